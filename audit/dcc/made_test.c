/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that tests/tools/make_dcc.py makes, each with one fault: what is said of it. */
#include "audit/dcc/made_test.h"

#include "audit/dcc/measurand.h"
#include "audit/dcc/store.h"
#include "lib/base/text.h"
#include "lib/cal/trace.h"

#define NOW                                                                                        \
	1796000000 /* 2026-11-30; the certificates' stamps and OCSP responses are of when they are \
		      made */

/* How each signature that was made comes out, and by which reason. */
static const struct {
	const char *name;
	enum ls_dcc_outcome outcome;
	const char *id;
} SIGNED[] = {
	{ "good", LS_DCC_HOLDS, "" },
	{ "filter2", LS_DCC_HOLDS, "" },
	{ "sha512", LS_DCC_HOLDS, "" },
	{ "expired-now", LS_DCC_HOLDS, "" },
	{ "good-by-ocsp", LS_DCC_HOLDS, "" },
	{ "forged-ocsp", LS_DCC_HOLDS, "" }, /* these say nothing; see below */
	{ "forged-crl", LS_DCC_HOLDS, "" },
	{ "stale-crl", LS_DCC_HOLDS, "" },
	{ "no-revocation-data", LS_DCC_HOLDS, "" },
	{ "endless-ocsp", LS_DCC_HOLDS, "" },
	{ "too-much-embedded", LS_DCC_HOLDS, "" },
	{ "intermediate", LS_DCC_HOLDS, "" },
	{ "intermediate-unknown", LS_DCC_HOLDS, "" },
	{ "part-crl", LS_DCC_HOLDS, "" },
	{ "delta-crl", LS_DCC_HOLDS, "" },
	{ "unknown-ocsp", LS_DCC_HOLDS, "" },
	{ "own-ocsp", LS_DCC_HOLDS, "" },
	{ "stamped-before-revocation", LS_DCC_HOLDS, "" },
	{ "stamp-unknown", LS_DCC_HOLDS, "" },
	{ "stamp-of-another", LS_DCC_HOLDS, "" },
	{ "two-signatures", LS_DCC_HOLDS, "" },
	{ "two-signatures-stranger", LS_DCC_HOLDS, "" },
	{ "rsa", LS_DCC_HOLDS, "" },
	{ "rsa-sha384", LS_DCC_HOLDS, "" },
	{ "rsa-sha512", LS_DCC_HOLDS, "" },
	{ "pss-sha256", LS_DCC_HOLDS, "" },
	{ "pss-sha384", LS_DCC_HOLDS, "" },
	{ "pss-sha512", LS_DCC_HOLDS, "" },
	{ "rsa-tampered", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest" },
	{ "pss-tampered", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest" },
	{ "pss-time", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest" },
	{ "pss-another-key", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "pss-another-salt", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "pss-another-hash", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "pkcs1-named-pss", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "rsa-named-ecdsa", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "ecdsa-named-rsa", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "rsa-1024", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.weak" },
	{ "rsa-sha1", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.weak" },
	{ "digest-sha1", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.weak" },
	{ "unsigned", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.none" },
	{ "unknown-authority", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.authority" },
	{ "xpath-away", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "method-parameters", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "filter2-intersect", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "filter2-second", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "filter2-away", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "wrapped-object", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.place" },
	{ "revoked-later", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.revoked-later" },
	{ "part-only", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "tampered", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest" },
	{ "wrong-value", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value" },
	{ "wrapped-moved", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest" },
	{ "two-signatures-broken", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.digest" },
	{ "wrapped-inside", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.place" },
	{ "signature-in-comment", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.place" },
	{ "same-id-twice", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.properties" },
	{ "document-uncovered", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.cover" },
	{ "document-twice", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.cover" },
	{ "properties-uncovered", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.properties" },
	{ "properties-twice", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.properties" },
	{ "properties-transformed", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form" },
	{ "named-another", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.certificate" },
	{ "revoked-by-crl", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked" },
	{ "revoked-by-ocsp", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked" },
	{ "intermediate-revoked", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked" },
	{ "invalid-before", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked" },
	{ "expired-at-signing", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.expired" },
	{ "claimed-after-stamp", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.time" },
	{ "in-the-future", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.time" },
	{ "wrong-usage", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.usage" },
};

TEST(signatures_come_out_as_their_certificate_is)
{
	NEED_MADE("tests/tools/make_dcc.py");
	for (size_t i = 0; i < sizeof(SIGNED) / sizeof(SIGNED[0]); i++) {
		struct ls_dcc_signatures all = { 0 };
		if (check_single(SIGNED[i].name, &all) == 0 &&
		    (all.outcome != SIGNED[i].outcome || strcmp(all.id, SIGNED[i].id) != 0))
			TEST_FAIL("%s: %s %s %s", SIGNED[i].name, ls_dcc_outcome_name(all.outcome),
				  all.id, all.words);
	}
}

TEST(what_says_that_nothing_was_revoked_is_told)
{
	NEED_MADE("tests/tools/make_dcc.py");
	struct ls_dcc_signatures all;
	REQUIRE(check_single("good", &all) == 0);
	CHECK(all.items[0].revocation_known);
	CHECK_STR_EQ(all.items[0].organisation, "National Institute");
	CHECK_STR_EQ(all.items[0].authority_name, "CN=Accreditation root,O=Accreditation,C=XX");
	REQUIRE(check_single("good-by-ocsp", &all) == 0);
	CHECK(all.items[0].revocation_known);
	REQUIRE(check_single("intermediate", &all) == 0);
	CHECK(all.items[0].revocation_known);
	REQUIRE(check_single("endless-ocsp", &all) == 0); /* without an end, and of later */
	CHECK(all.items[0].revocation_known);
	REQUIRE(check_single("too-much-embedded", &all) == 0);
	CHECK_STR_HAS(all.items[0].notes[0], "malformed or one too many");
	REQUIRE(check_single("revoked-by-crl", &all) == 0);
	CHECK_INT_EQ(all.items[0].revoked_since, 1735689600);
	CHECK_STR_HAS(all.words, "2025-01-01T00:00:00Z");
}

TEST(what_says_nothing_of_the_signer_shows_nothing)
{
	static const char *const names[] = {
		"no-revocation-data",
		"forged-ocsp",	/* signed by another's responder */
		"forged-crl",	/* its issuer's name, another's key */
		"stale-crl",	/* ended before the signing */
		"part-crl",	/* of the certificates */
		"delta-crl",	/* what is new since another list */
		"unknown-ocsp", /* that is its answer */
		"own-ocsp",	/* by the signer, who may not */
		"intermediate-unknown",
	};
	NEED_MADE("tests/tools/make_dcc.py");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct ls_dcc_signatures all;
		REQUIRE(check_single(names[i], &all) == 0);
		if (all.items[0].revocation_known)
			TEST_FAIL("%s: taken for what shows that nothing was revoked", names[i]);
	}
}

TEST(the_time_is_of_a_stamp_or_the_signers_word)
{
	NEED_MADE("tests/tools/make_dcc.py");
	struct ls_dcc_signatures all;
	REQUIRE(check_single("stamped-before-revocation", &all) == 0);
	CHECK_INT_EQ(all.items[0].time_source, LS_DCC_TIME_STAMP);
	CHECK_STR_HAS(all.items[0].stamp_authority, "CN=stamps");
	CHECK_STR_HAS(all.items[0].notes[0], "revoked later, at 2040-01-01");
	CHECK(all.items[0].revocation_known); /* and when */
	REQUIRE(check_single("stamp-of-another", &all) == 0);
	CHECK_INT_EQ(all.items[0].time_source, LS_DCC_TIME_SIGNER);
	CHECK_STR_HAS(all.items[0].notes[0], "does not count");
	REQUIRE(check_single("stamp-unknown", &all) == 0);
	CHECK_INT_EQ(all.items[0].time_source, LS_DCC_TIME_SIGNER);
	REQUIRE(check_single("expired-now", &all) == 0); /* "+02:00" */
	CHECK_INT_EQ(all.items[0].time, 1685613600);
}

TEST(of_two_signatures_the_one_that_holds_speaks)
{
	NEED_MADE("tests/tools/make_dcc.py");
	struct ls_dcc_signatures all;
	REQUIRE(check_single("two-signatures", &all) == 0);
	CHECK_INT_EQ(all.count, 2);
	CHECK_INT_EQ(all.items[0].outcome, LS_DCC_HOLDS);
	CHECK_INT_EQ(all.items[1].outcome, LS_DCC_HOLDS);
	REQUIRE(check_single("two-signatures-stranger", &all) == 0);
	CHECK_INT_EQ(all.items[1].outcome, LS_DCC_CANNOT_BE_CHECKED);
	CHECK_INT_EQ(all.decisive, 0);
}

TEST(what_is_no_certificate_is_refused)
{
	static const struct {
		const char *name;
		int code;
		const char *id, *message;
	} wanted[] = {
		{ "entity-bomb", -EBADMSG, "cal.dcc.doctype", "document type" },
		{ "external-entity", -EBADMSG, "cal.dcc.doctype", "document type" },
		{ "external-dtd", -EBADMSG, "cal.dcc.doctype", "document type" },
		{ "depth", -EFBIG, "cal.dcc.size", "64 elements within one another" },
		{ "huge", -EFBIG, "cal.dcc.size", "200000 in all" },
		{ "attributes", -EFBIG, "cal.dcc.size", "32 attributes" },
		{ "cut", -EBADMSG, "cal.dcc.malformed", "line " },
		{ "empty", -EBADMSG, "cal.dcc.malformed", "empty" },
		{ "wrong-schema", -EBADMSG, "cal.dcc.schema", "'certificate'" },
		{ "wrong-namespace", -EBADMSG, "cal.dcc.schema", "namespace" },
		{ "new-version", -EBADMSG, "cal.dcc.schema", "'3.4.0'" },
		{ "old-version", -EBADMSG, "cal.dcc.schema", "'2.3.0'" },
		{ "material", -EBADMSG, "cal.dcc.schema", "reference materials" },
		{ "pkcs7", -EBADMSG, "cal.dcc.wrapped", "openssl cms" },
		{ "pkcs7-pem", -EBADMSG, "cal.dcc.wrapped", "openssl cms" },
		{ "no-number", -EBADMSG, "cal.dcc.content", "uniqueIdentifier" },
		{ "no-laboratory", -EBADMSG, "cal.dcc.content", "calibrationLaboratory" },
		{ "bad-date", -EBADMSG, "cal.dcc.content", "beginPerformanceDate" },
		{ "bad-due", -EBADMSG, "cal.dcc.content", "basic_recalibration" },
	};
	NEED_MADE("tests/tools/make_dcc.py");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct ls_dcc_file *file = NULL;
		struct ls_error err = { 0 };
		int rc = read_single(wanted[i].name, &file, &err);
		if (rc != wanted[i].code || strcmp(err.id, wanted[i].id) != 0 ||
		    !strstr(err.message, wanted[i].message))
			TEST_FAIL("%s: %d %s: %s", wanted[i].name, rc, err.id, err.message);
		ls_dcc_file_free(file);
	}
}

TEST(what_cannot_be_used_says_why)
{
	static const char *const wanted[][2] = {
		{ "no-unit", "it has no unit" },
		{ "unknown-unit", "its unit is none that is known" },
		{ "one-u-of-three", "its uncertainties are not as many as its values" },
		{ "word-for-number", "a value is no number" },
		{ "not-a-number", "a value is no number" },
		{ "other-count", "its values are not as many, or not of the unit of the others" },
	};
	NEED_MADE("tests/tools/make_dcc.py");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct ls_dcc_file *file = NULL;
		struct ls_error err = { 0 };
		struct ls_dcc_series s = { 0 };
		REQUIRE(read_single(wanted[i][0], &file, &err) == 0);
		CHECK(ls_dcc_series_at(ls_dcc_of(file), 0, &s));
		CHECK_STR_EQ(s.problem, wanted[i][1]);
		ls_dcc_file_free(file);
	}
}

/* --- stores ----------------------------------------------------------------------------------- */

static struct ls_cal_store *open_folder(const char *name)
{
	char path[200];
	struct ls_cal_store *store = NULL;
	struct ls_error err = { 0 };
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (ls_dcc_store_new(&trust, NOW, &store, &err) < 0 ||
	    ls_dcc_store_add_folder(store, path, &err) < 0)
		TEST_FAIL("%s: %s", name, err.message);
	return store;
}

static int take_id(void *context, const struct ls_cal_found *found)
{
	*(struct ls_digest *)context = found->id;
	return 0;
}

/* The device's report in a chain. */
static struct ls_cal_entry *device_of(struct ls_cal_store *store)
{
	struct ls_digest id = { 0 };
	struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(store->operations->named(store, "D-1", take_id, &id, &err), 0);
	if (store->operations->find(store, &id, &entry, &err) < 0)
		TEST_FAIL("%s", err.message);
	return entry;
}

TEST(a_chain_is_linked_by_hash)
{
	NEED_MADE("tests/tools/make_dcc.py");
	struct ls_error err = { 0 };
	_cleanup_cal_store_ struct ls_cal_store *store = open_folder("chain");
	_cleanup_cal_entry_ struct ls_cal_entry *device = device_of(store), *laboratory = NULL;
	REQUIRE(device && device->outside && device->record.report.parent_count == 1);
	CHECK_STR_EQ(device->outside->device, "Acme T1 D-1");
	CHECK_STR_EQ(device->outside->organisation, "Laboratory");
	CHECK_STR_EQ(device->outside->person, "Ada Example");
	CHECK_INT_EQ(device->outside->outcome, LS_CAL_HOLDS);
	CHECK_INT_EQ(device->outside->revocation, LS_CAL_HOLDS);
	const struct ls_cal_report *r = &device->record.report;
	CHECK_INT_EQ(r->parents[0].link, LS_CAL_HOLDS); /* c14n-sha256 */
	REQUIRE(store->operations->find(store, &r->parents[0].id, &laboratory, &err) == 0);
	CHECK_STR_EQ(laboratory->outside->number, "LAB-1");
	CHECK_INT_EQ(laboratory->record.report.parents[0].link, LS_CAL_HOLDS); /* SHA256 */
	struct ls_digest child = { 0 };
	CHECK_INT_EQ(store->operations->related(store, LS_CAL_CHILDREN_OF, &laboratory->record.id,
						take_id, &child, &err),
		     0);
	CHECK(ls_digest_equal(&child, &device->record.id));
}

TEST(a_report_is_the_certificates_numbers)
{
	NEED_MADE("tests/tools/make_dcc.py");
	_cleanup_cal_store_ struct ls_cal_store *store = open_folder("chain");
	_cleanup_cal_entry_ struct ls_cal_entry *device = device_of(store);
	REQUIRE(device && device->record.report.details);
	const struct ls_cal_report *r = &device->record.report;
	const struct ls_cal_details *d = r->details;
	CHECK_INT_EQ(r->performed, 1740009600); /* 2025-02-20 */
	CHECK_INT_EQ(r->due, 2308089599);	/* the end of 2043-02-20 */
	REQUIRE(d->measurand_count == 1 && d->condition_count == 1);
	const struct ls_cal_measurand *m = &d->measurands[0];
	CHECK_STR_EQ(m->quantity, "temperature");
	REQUIRE(m->point_count == 3);
	CHECK(ls_decimal_double(m->points[1].value) == 50);
	CHECK(ls_decimal_double(m->points[1].error) == 0.002); /* kelvin, of degrees Celsius */
	CHECK(m->points[2].has_u && ls_decimal_double(m->points[2].u) == 0.05);
	CHECK(m->points[2].has_k && ls_decimal_double(m->points[2].k) == 2);
	CHECK(m->points[2].probability == 0.95);
	CHECK(ls_decimal_double(m->low) == 0 && ls_decimal_double(m->high) == 100);
	CHECK_STR_EQ(d->conditions[0].name, "ambient-temperature");
	CHECK(ls_decimal_double(d->conditions[0].high) == 299);
}

TEST(links_that_lead_nowhere_say_why)
{
	static const struct {
		const char *name;
		enum ls_cal_outcome outcome;
		const char *words;
	} wanted[] = {
		{ "chain-old-versions", LS_CAL_HOLDS, "" },
		{ "link-wrong-hash", LS_CAL_FAILS, "'LAB-1' that is here is not the one" },
		{ "link-missing", LS_CAL_CANNOT, "'NOT-HERE' is not here" },
		{ "link-placeholder", LS_CAL_CANNOT, "placeholder ('SHA256-value')" },
		{ "link-analogue", LS_CAL_CANNOT, "paper" },
		{ "link-by-name", LS_CAL_CANNOT, "placeholder" },
		{ "link-weak", LS_CAL_CANNOT, "MD5" },
		{ "link-none", LS_CAL_CANNOT, "no certificate of it is named" },
		{ "claim-alone", LS_CAL_CANNOT, "placeholder" },
		{ "parent-unsigned", LS_CAL_HOLDS, "" },
	};
	NEED_MADE("tests/tools/make_dcc.py");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		_cleanup_cal_store_ struct ls_cal_store *store = open_folder(wanted[i].name);
		_cleanup_cal_entry_ struct ls_cal_entry *device = device_of(store);
		REQUIRE(device && device->record.report.parent_count == 1);
		const struct ls_cal_parent *p = &device->record.report.parents[0];
		if (p->link != wanted[i].outcome || !strstr(p->words, wanted[i].words))
			TEST_FAIL("%s: %d %s", wanted[i].name, p->link, p->words);
	}
}

/* The whole way: the trace engine over a folder, by the certificate's hash. */
TEST(chains_come_out_as_they_are)
{
	static const struct {
		const char *name;
		enum ls_cal_verdict verdict;
		enum ls_cal_check_id first;
	} wanted[] = {
		{ "chain", LS_CAL_TRACEABLE, LS_CAL_CHECKS },
		{ "chain-old-versions", LS_CAL_TRACEABLE, LS_CAL_CHECKS },
		{ "link-wrong-hash", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_PARENT },
		{ "link-missing", LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CHECK_ROOT },
		{ "link-placeholder", LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CHECK_ROOT },
		{ "link-analogue", LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CHECK_ROOT },
		{ "link-none", LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CHECK_ROOT },
		{ "claim-alone", LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CHECK_ROOT },
		{ "parent-tampered", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_PARENT },
		{ "parent-unsigned", LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CHECK_SIGNATURE_DOCUMENT },
		{ "parent-revoked", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_SIGNATURE_DOCUMENT },
		{ "root-is-no-institute", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_ROOT },
		/* of a certificate with two organisations none is believed */
		{ "root-of-both", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_ROOT },
		{ "root-of-both2", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_ROOT },
		{ "uncertainty-shrinks", LS_CAL_NOT_TRACEABLE, LS_CAL_CHECK_GROWTH },
	};
	NEED_MADE("tests/tools/make_dcc.py");
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		_cleanup_cal_store_ struct ls_cal_store *store = open_folder(wanted[i].name);
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct ls_cal_engine_options options = { .at = NOW };
		struct ls_cal_engine *engine = NULL;
		struct ls_cal_worker *worker = NULL;
		struct ls_error err = { 0 };
		REQUIRE(ls_cal_engine_new(&trust, &options, &engine, &err) == 0);
		if (ls_cal_worker_new(engine, store, &worker, &err) < 0 ||
		    ls_cal_trace(worker, "Acme T1 D-1", NULL, &r, &err) < 0)
			TEST_FAIL("%s: %s", wanted[i].name, err.message);
		enum ls_cal_check_id first = r.first < r.check_count ? r.checks[r.first].check
								     : LS_CAL_CHECKS;
		if (r.verdict != wanted[i].verdict || first != wanted[i].first)
			TEST_FAIL("%s: %s, %s: %s", wanted[i].name, ls_cal_verdict_name(r.verdict),
				  first < LS_CAL_CHECKS ? ls_cal_check_kind(first)->id : "",
				  r.first < r.check_count ? r.checks[r.first].words : "");
		if (strcmp(wanted[i].name, "chain") == 0)
			CHECK_INT_EQ(r.depth, 3);
		ls_cal_worker_free(worker);
		ls_cal_engine_free(engine);
	}
}

TEST(a_claim_is_told_and_not_believed)
{
	NEED_MADE("tests/tools/make_dcc.py");
	_cleanup_cal_store_ struct ls_cal_store *store = open_folder("claim-alone");
	_cleanup_cal_entry_ struct ls_cal_entry *device = device_of(store);
	REQUIRE(device != NULL);
	CHECK(device->outside->claims_traceable);
	CHECK_INT_EQ(device->record.report.parents[0].link, LS_CAL_CANNOT);
}

TEST(a_tampered_parent_cannot_be_linked_by_its_signed_digest)
{
	NEED_MADE("tests/tools/make_dcc.py");
	_cleanup_cal_store_ struct ls_cal_store *store = open_folder("parent-tampered");
	_cleanup_cal_entry_ struct ls_cal_entry *device = device_of(store);
	REQUIRE(device != NULL);
	CHECK_INT_EQ(device->record.report.parents[0].link, LS_CAL_FAILS);
}

TEST(before_it_was_signed_it_was_not_there)
{
	NEED_MADE("tests/tools/make_dcc.py");
	_cleanup_cal_store_ struct ls_cal_store *store = open_folder("chain");
	store->at = 1740800000; /* 2025-03-01T03:33:20Z, hours before */
	_cleanup_cal_entry_ struct ls_cal_entry *device = device_of(store);
	REQUIRE(device != NULL);
	CHECK_INT_EQ(device->outside->outcome, LS_CAL_FAILS);
	CHECK_STR_HAS(device->outside->words, "after the time that is asked for");
}

TEST(files_of_a_folder_that_are_no_certificates_are_counted)
{
	NEED_MADE("tests/tools/make_dcc.py");
	const struct ls_error *first = NULL;
	_cleanup_cal_store_ struct ls_cal_store *store = open_folder("single");
	CHECK_INT_EQ(ls_dcc_store_left_out(store, &first), 19);
	REQUIRE(first != NULL);
	CHECK_STR_HAS(first->message, "'attributes.xml'");
}

TEST_MAIN()
