/* SPDX-License-Identifier: Apache-2.0 */
/* Signing, ids and private scope; the forms are in corpus_test.c. */
#include "lib/cal/maker_test.h"

static void bytes_of(const struct ls_cal_record *r, bool with_details, struct ls_buffer *out)
{
	struct ls_error err = { 0 };
	ls_buffer_init(out, LS_CAL_RECORD_SIZE_MAX);
	if (ls_cal_record_format(r, with_details, out, &err) < 0)
		TEST_FAIL("%s", err.message);
}

/* A report of two parents, one of them a document, whose signatures are by these. */
static void report(struct ls_cal_record *r, const struct ls_signer *parent,
		   const struct ls_signer *organisation, const struct ls_signer *technician)
{
	struct ls_error err = { 0 };
	*r = (struct ls_cal_record){ .kind = LS_CAL_REPORT,
				     .registry = MAKER_REGISTRY,
				     .issued = MAKER_T0 };
	r->report.device.bytes[0] = 1;
	r->report.level = 2;
	r->report.technician.bytes[0] = 2;
	r->report.parent_count = 2;
	r->report.parents = calloc(2, sizeof(*r->report.parents));
	r->report.parents[0].id.bytes[0] = 3;
	r->report.parents[1].id.bytes[0] = 4;
	r->report.parents[1].document = true;
	r->report.performed = MAKER_T0 - 3600;
	r->report.due = LS_CAL_NO_END;
	r->report.private = true;
	r->report.details = make_details(2);
	CHECK_INT_EQ(ls_cal_record_sign(r, LS_CAL_ROLE_PARENT, parent, &err), 0);
	CHECK_INT_EQ(ls_cal_record_sign(r, LS_CAL_ROLE_ORGANISATION, organisation, &err), 0);
	CHECK_INT_EQ(ls_cal_record_sign(r, LS_CAL_ROLE_TECHNICIAN, technician, &err), 0);
}

struct keys {
	struct party parent, organisation, technician;
};

static void begin(struct keys *k)
{
	memset(k, 0, sizeof(*k));
	party_key(&k->parent);
	party_key(&k->organisation);
	party_key(&k->technician);
}

static void end(struct keys *k)
{
	party_free(&k->parent);
	party_free(&k->organisation);
	party_free(&k->technician);
}

TEST(each_signature_verifies_with_its_own_key_alone)
{
	struct keys k;
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 };
	_cleanup_p256_verifier_ struct ls_p256_verifier v = { .pkey = NULL };
	begin(&k);
	report(&r, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	const struct ls_p256_public *keys[] = { &k.parent.signer.key, &k.organisation.signer.key,
						&k.technician.signer.key };
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++)
			CHECK_INT_EQ(ls_cal_record_verify(&r, i, keys[j], &v, NULL),
				     i == j ? 0 : -EBADMSG);
	CHECK_INT_EQ(ls_cal_record_verify(&r, 3, keys[0], &v, NULL), -EBADMSG);
	end(&k);
}

/* A signature in one role is none in another, though key and text are the same. */
TEST(a_role_is_part_of_what_is_signed)
{
	struct keys k;
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 };
	_cleanup_p256_verifier_ struct ls_p256_verifier v = { .pkey = NULL };
	begin(&k);
	report(&r, &k.parent.signer, &k.parent.signer, &k.parent.signer);
	struct ls_cal_signature first = r.signatures[0];
	for (size_t i = 1; i < 3; i++) {
		CHECK_INT_EQ(ls_cal_record_verify(&r, i, &k.parent.signer.key, &v, NULL), 0);
		memcpy(r.signatures[i].der, first.der, sizeof(first.der));
		r.signatures[i].size = first.size;
		CHECK_INT_EQ(ls_cal_record_verify(&r, i, &k.parent.signer.key, &v, NULL), -EBADMSG);
	}
	end(&k);
}

TEST(signatures_come_in_order_and_no_more_than_there_are_roles)
{
	struct keys k;
	struct ls_error err = { 0 };
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 };
	begin(&k);
	report(&r, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	CHECK_INT_EQ(ls_cal_record_sign(&r, LS_CAL_ROLE_TECHNICIAN, &k.technician.signer, &err),
		     -EINVAL);
	CHECK_STR_EQ(err.id, "cal.record.role");
	r.signature_count = 0;
	CHECK_INT_EQ(ls_cal_record_sign(&r, LS_CAL_ROLE_TECHNICIAN, &k.technician.signer, &err),
		     -EINVAL);
	CHECK_INT_EQ(ls_cal_record_sign(&r, LS_CAL_ROLE_PARENT, &k.parent.signer, &err), 0);
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_CAL_RECORD_SIZE_MAX);
	CHECK_INT_EQ(ls_cal_record_format(&r, true, &out, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "cal.record.signatures");
	end(&k);
}

TEST(an_id_is_of_the_text_and_not_of_the_signatures)
{
	struct keys k;
	_cleanup_cal_record_ struct ls_cal_record a = { .kind = 0 }, b = { .kind = 0 };
	struct ls_digest before;
	begin(&k);
	report(&a, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	report(&b, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	CHECK(ls_digest_equal(&a.id, &b.id));
	CHECK(memcmp(a.signatures, b.signatures, sizeof(a.signatures)) != 0);
	before = a.id;
	a.report.details->measurands[0].points[0].u = decimal("0.5");
	CHECK_INT_EQ(ls_cal_record_identify(&a, NULL), 0);
	CHECK(!ls_digest_equal(&a.id, &before));
	end(&k);
}

/* In the log without its details, shown with them: one record, one id, one set of signatures. */
TEST(a_private_report_is_the_same_with_and_without_its_details)
{
	struct keys k;
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 }, hidden = { .kind = 0 },
						  shown = { .kind = 0 };
	_cleanup_buffer_ struct ls_buffer without, with;
	begin(&k);
	report(&r, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	bytes_of(&r, false, &without);
	bytes_of(&r, true, &with);
	CHECK(with.size > without.size && memcmp(with.data, without.data, without.size) == 0);
	CHECK(strstr(ls_buffer_str(&without), "CAL-2") == NULL);
	REQUIRE(ls_cal_record_parse(without.data, without.size, &hidden, NULL) == 0);
	REQUIRE(ls_cal_record_parse(with.data, with.size, &shown, NULL) == 0);
	CHECK(!hidden.report.details && shown.report.details);
	CHECK(ls_digest_equal(&hidden.id, &shown.id));
	CHECK_STR_EQ(ls_cal_record_name(&hidden), "-");
	CHECK_STR_EQ(ls_cal_record_name(&shown), "CAL-2");
	end(&k);
}

/* No bit can be changed without the record being refused, or its signatures failing. */
TEST(every_bit_counts)
{
	struct keys k;
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 };
	_cleanup_p256_verifier_ struct ls_p256_verifier v = { .pkey = NULL };
	_cleanup_buffer_ struct ls_buffer b;
	begin(&k);
	report(&r, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	bytes_of(&r, true, &b);
	size_t text = (size_t)(strstr(ls_buffer_str(&b), "signature ") - ls_buffer_str(&b));
	const struct ls_p256_public *keys[] = { &k.parent.signer.key, &k.organisation.signer.key,
						&k.technician.signer.key };
	for (size_t i = 0; i < 8 * b.size; i += i < 8 * text ? 3 : 7) {
		_cleanup_cal_record_ struct ls_cal_record bent = { .kind = 0 };
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
		if (ls_cal_record_parse(b.data, b.size, &bent, NULL) == 0) {
			bool all = true;
			for (size_t s = 0; s < 3; s++)
				all &= ls_cal_record_verify(&bent, s, keys[s], &v, NULL) == 0;
			if (all)
				TEST_FAIL("bit %zu does not count", i);
		}
		b.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	end(&k);
}

/* --- what cannot be written ------------------------------------------------------------------ */

static void name_with_lines(struct ls_cal_record *r)
{
	snprintf(r->device.name, sizeof(r->device.name), "A\nlevel 0");
}
static void name_empty(struct ls_cal_record *r)
{
	r->device.name[0] = '\0';
}
static void level_too_high(struct ls_cal_record *r)
{
	r->device.level = 256;
}
static void no_origin(struct ls_cal_record *r)
{
	snprintf(r->registry, sizeof(r->registry), "a b");
}
static void time_of_five_digits(struct ls_cal_record *r)
{
	r->issued = 300000000000LL;
}
static void ends_before_it_begins(struct ls_cal_record *r)
{
	r->device.until = r->device.from;
}
static void of_no_kind(struct ls_cal_record *r)
{
	r->kind = (enum ls_cal_kind)17;
}

TEST(what_breaks_a_rule_is_not_signed)
{
	static void (*const spoil[])(struct ls_cal_record * r) = {
		name_with_lines,       name_empty, level_too_high, no_origin, time_of_five_digits,
		ends_before_it_begins, of_no_kind,
	};
	struct keys k;
	begin(&k);
	for (size_t i = 0; i < sizeof(spoil) / sizeof(spoil[0]); i++) {
		struct ls_error err = { 0 };
		struct ls_cal_record r = { .kind = LS_CAL_DEVICE,
					   .registry = MAKER_REGISTRY,
					   .issued = MAKER_T0 };
		snprintf(r.device.name, sizeof(r.device.name), "Thermometer");
		r.device.key = k.parent.signer.key;
		r.device.from = MAKER_T0;
		r.device.until = LS_CAL_NO_END;
		spoil[i](&r);
		int rc = ls_cal_record_sign(&r, LS_CAL_ROLE_CERTIFIER, &k.parent.signer, &err);
		if (rc != -EINVAL || err.message[0] == '\0')
			TEST_FAIL("case %zu: %d %s", i, rc, err.message);
	}
	end(&k);
}

TEST(details_that_break_a_rule_are_not_signed)
{
	struct keys k;
	begin(&k);
	for (int fault = 0; fault < 8; fault++) {
		struct ls_error err = { 0 };
		_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 };
		report(&r, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
		struct ls_cal_details *d = r.report.details;
		struct ls_cal_measurand *m = &d->measurands[0];
		r.signature_count = 0;
		if (fault == 0)
			m->points[0].has_k = false;
		if (fault == 1)
			m->points[2].value = decimal("500");
		if (fault == 2)
			set_quantity(m->quantity, "a b");
		if (fault == 3)
			m->conformity = LS_CAL_PASS;
		if (fault == 4)
			snprintf(d->number, sizeof(d->number), " x");
		if (fault == 5)
			m->point_count = 0;
		if (fault == 6)
			m->points[0].u = decimal("-1");
		if (fault == 7)
			snprintf(d->method, sizeof(d->method), "a\ndocument");
		int rc = ls_cal_record_sign(&r, LS_CAL_ROLE_PARENT, &k.parent.signer, &err);
		if (rc != -EINVAL || err.message[0] == '\0')
			TEST_FAIL("fault %d: %d %s", fault, rc, err.message);
	}
	end(&k);
}

TEST(a_record_that_does_not_fit_a_log_entry_is_told)
{
	struct keys k;
	struct ls_error err = { 0 };
	_cleanup_cal_record_ struct ls_cal_record r = { .kind = 0 };
	begin(&k);
	report(&r, &k.parent.signer, &k.organisation.signer, &k.technician.signer);
	struct ls_cal_details *d = r.report.details;
	d->measurands = reallocarray(d->measurands, 64, sizeof(*d->measurands));
	for (size_t i = 1; i < 64; i++) {
		struct ls_cal_measurand *m = &d->measurands[i];
		*m = (struct ls_cal_measurand){ .point_count = 64 };
		snprintf(m->quantity, sizeof(m->quantity), "quantity-%zu", i);
		set_unit("\\kelvin", m->unit_text, &m->unit);
		m->low = decimal("0");
		m->high = decimal("1000");
		m->points = calloc(64, sizeof(*m->points));
		for (int64_t p = 0; p < 64; p++) {
			m->points[p] = d->measurands[0].points[0];
			m->points[p].value = (struct ls_decimal){ 1000000 + p, -5 };
		}
	}
	d->measurand_count = 64;
	r.signature_count = 0;
	CHECK_INT_EQ(ls_cal_record_sign(&r, LS_CAL_ROLE_PARENT, &k.parent.signer, &err), -EFBIG);
	CHECK_STR_EQ(err.id, "cal.details.size");
	end(&k);
}

/* --- conformity ------------------------------------------------------------------------------- */

TEST(conformity_is_computed_and_compared)
{
	static const struct {
		const char *error, *u;
		enum ls_cal_conformity computed;
		/* what may be stated, by the rules simple and guarded: P C c F p f */
		const char *simple, *guarded;
	} rows[] = {
		{ "0.5", "0.5", LS_CAL_PASS, "Pf", "Pf" },
		{ "-0.5", "0.5", LS_CAL_PASS, "Pf", "Pf" },
		{ "0.6", "0.5", LS_CAL_CONDITIONAL_PASS, "PCpf", "CFpf" },
		{ "1.0", "0.5", LS_CAL_CONDITIONAL_PASS, "PCpf", "CFpf" },
		{ "1.1", "0.5", LS_CAL_CONDITIONAL_FAIL, "cFpf", "cFpf" },
		{ "-1.5", "0.5", LS_CAL_CONDITIONAL_FAIL, "cFpf", "cFpf" },
		{ "1.6", "0.5", LS_CAL_FAIL, "Fp", "Fp" },
		{ "0.3", "0.7", LS_CAL_PASS, "Pf", "Pf" },
	};
	static const char letters[] = "PCcFpf";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ls_cal_point p = { .has_error = true,
					  .error = decimal(rows[i].error),
					  .has_u = true,
					  .u = decimal(rows[i].u) };
		struct ls_cal_measurand m = { .has_tolerance = true,
					      .lower = decimal("-1.0"),
					      .upper = decimal("1.0"),
					      .point_count = 1,
					      .points = &p };
		CHECK_INT_EQ(ls_cal_conformity_compute(&m), rows[i].computed);
		for (int s = LS_CAL_PASS; s <= LS_CAL_NO_FAIL; s++) {
			char letter = letters[s - LS_CAL_PASS];
			m.conformity = (enum ls_cal_conformity)s;
			m.rule = LS_CAL_RULE_SIMPLE;
			CHECK_INT_EQ(ls_cal_conformity_agrees(&m, rows[i].computed),
				     strchr(rows[i].simple, letter) != NULL);
			m.rule = LS_CAL_RULE_GUARDED;
			CHECK_INT_EQ(ls_cal_conformity_agrees(&m, rows[i].computed),
				     strchr(rows[i].guarded, letter) != NULL);
		}
		p.has_u = false;
		CHECK_INT_EQ(ls_cal_conformity_compute(&m), LS_CAL_CONFORMITY_NONE);
	}
}

TEST_MAIN()
