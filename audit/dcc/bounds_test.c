/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that tests/tools/make_dcc_bounds.py makes: the last that counts, the first that does
 * not. */
#include "audit/dcc/made_test.h"

#define MADE() NEED_MADE("tests/tools/make_dcc_bounds.py")

/* How each comes out, by which reason, and with which words. */
static const struct {
	const char *name;
	enum ls_dcc_outcome outcome;
	const char *id, *words;
} SIGNED[] = {
	{ "good", LS_DCC_HOLDS, "", "" },
	/* the path */
	{ "between", LS_DCC_HOLDS, "", "" },
	{ "between-64th", LS_DCC_HOLDS, "", "" },
	{ "between-65th", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.authority", "" },
	{ "between-trailing", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.authority", "" },
	{ "weak-path", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.path", "" },
	/* the earliest revocation of the path counts, wherever in it; one of the second, too */
	{ "revoked-above-before", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked",
	  "since 2025-01-01T00:00:00Z" },
	{ "revoked-above-after", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked",
	  "since 2025-01-01T00:00:00Z" },
	{ "revoked-that-second", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked", "" },
	{ "revoked-who-knows-when", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked",
	  "since 1970-01-01T00:00:00Z" },
	/* the signer's key */
	{ "p384", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "not on the curve P-256" },
	{ "rsa-8192", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.value", "" },
	{ "rsa-8200", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
	  "an RSA key of 8200 bits is larger than 8192" },
	/* the form */
	{ "eight-signatures", LS_DCC_HOLDS, "", "" },
	{ "nine-signatures", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.place", "too many" },
	{ "filter2-namespace", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "transforms" },
	{ "enveloped-parameters", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
	  "transforms" },
	{ "short-digest", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "wrong length" },
	{ "empty-id", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
	  "something else than the document" },
	{ "named-by-more", LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.certificate", "" },
	{ "second-object", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "an Object" },
	{ "another-object", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "an Object" },
	{ "object-with-more", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "an Object" },
	{ "properties-renamed", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form", "an Object" },
	{ "nothing-signed", LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
	  "without signed ones" },
};

TEST(signatures_come_out_as_they_are)
{
	MADE();
	for (size_t i = 0; i < sizeof(SIGNED) / sizeof(SIGNED[0]); i++) {
		struct ls_dcc_signatures all = { 0 };
		if (check_single(SIGNED[i].name, &all) == 0 &&
		    (all.outcome != SIGNED[i].outcome || strcmp(all.id, SIGNED[i].id) != 0 ||
		     !strstr(all.words, SIGNED[i].words)))
			TEST_FAIL("%s: %s %s %s", SIGNED[i].name, ls_dcc_outcome_name(all.outcome),
				  all.id, all.words);
	}
}

/* That nothing was revoked is known when something says it of each certificate of the path. */
TEST(what_says_that_nothing_was_revoked_counts_up_to_its_bound)
{
	static const struct {
		const char *name;
		bool known;
	} wanted[] = {
		{ "between", true },
		{ "between-ocsp", true }, /* by one whom the authority between let answer */
		{ "between-alone-known", false },
		{ "ocsp-of-then", true }, /* its responder's certificate ended since */
		{ "ocsp-after-its-responder", false },
		{ "ocsp-ended-before", false }, /* the signing */
		{ "ocsp-sha256", true },	/* the certificate's id */
		{ "ocsp-failed", false },	/* its status says so, whatever it carries */
		{ "ocsp-trailing", false },
		{ "ocsp-64th", true },
		{ "ocsp-65th", false },
		{ "crl-64th", true },
		{ "crl-65th", false },
		{ "crl-trailing", false },
		{ "crl-of-another-name", false }, /* of the authority's key */
		/* what says so is of the second of the signing at the earliest */
		{ "crl-until-that-second", true },
		{ "crl-until-the-second-before", false },
		{ "ocsp-of-that-second", true },
		{ "ocsp-of-the-second-before", false },
	};
	MADE();
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct ls_dcc_signatures all = { 0 };
		REQUIRE(check_single(wanted[i].name, &all) == 0);
		if (all.outcome != LS_DCC_HOLDS || all.items[0].revocation_known != wanted[i].known)
			TEST_FAIL("%s: %s, known: %d", wanted[i].name,
				  ls_dcc_outcome_name(all.outcome), all.items[0].revocation_known);
	}
}

/* A path ends at whom the trust file names, not at a root only. */
TEST(an_authority_between_may_be_the_one_that_is_believed)
{
	MADE();
	struct ls_cal_trust between = { .certificate_count = 0 };
	struct ls_dcc_signatures all = { 0 };
	load_trust("trust-between.txt", &between);
	REQUIRE(between.certificate_count == 1);
	REQUIRE(check_single_by(&between, "between", &all) == 0);
	CHECK_INT_EQ(all.outcome, LS_DCC_HOLDS);
	CHECK_STR_EQ(all.items[0].authority_name, "CN=between,O=Between,C=XX");
	REQUIRE(check_single_by(&between, "good", &all) == 0);
	CHECK_STR_EQ(all.id, "cal.dcc.signature.authority");
	ls_cal_trust_free(&between);
}

static struct ls_dcc_signature signature_of(const char *name)
{
	struct ls_dcc_signatures all = { 0 };
	CHECK_INT_EQ(check_single(name, &all), 0);
	CHECK_INT_EQ(all.outcome, LS_DCC_HOLDS);
	return all.items[0];
}

TEST(of_several_stamps_the_earliest_counts)
{
	MADE();
	int64_t first = signature_of("stamp-first").time;
	CHECK(signature_of("stamp-second").time > first);
	CHECK_INT_EQ(signature_of("stamps-in-order").time, first);
	CHECK_INT_EQ(signature_of("stamps-in-reverse").time, first);
}

TEST(no_more_than_four_stamps_are_looked_at)
{
	MADE();
	CHECK_INT_EQ(signature_of("stamp-4th").time_source, LS_DCC_TIME_STAMP);
	CHECK_INT_EQ(signature_of("stamp-5th").time_source, LS_DCC_TIME_SIGNER);
}

TEST_MAIN()
