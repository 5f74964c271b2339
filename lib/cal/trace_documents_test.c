/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of certificates, and of records and certificates together. */
#include <math.h>

#include "lib/cal/documents_test.h"

TEST(linked_documents_are_walked_up_to_an_institute)
{
	struct chain c;
	struct ls_cal_result r;
	begin_documents(&c);
	put_document(&c, document(1, "PTB", 0, NULL, 0));
	put_document(&c, document(2, "Laboratory", 1, (const uint8_t[]){ 1 }, 1));
	chain_trace_at(&c, "Document's device 2", "temperature", MAKER_AT, &r);
	/* a document does not carry its laboratory's scope: that is not passed by itself */
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(r.checks[r.first].check, LS_CAL_CHECK_SCOPE);
	CHECK_STR_EQ(r.nmi, "PTB");
	ls_cal_result_free(&r);
	c.trust.severities = &scope_warns;
	c.trust.severity_count = 1;
	chain_trace_at(&c, "Document's device 2", "temperature", MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK(r.links[0].document && !r.links[0].has_level);
	ls_cal_result_free(&r);
	chain_end(&c);
}

/* Of document 2, which is against document 1. */
enum fault {
	UNSIGNED,
	UNCHECKED,
	REVOKED,
	LINK_FAILS,
	LINK_CANNOT,
	TOP_LINK_FAILS,
	ORPHAN,
	NO_U,
	BEGUN_BEFORE
};

static void bend_document(struct ls_cal_entry *e, enum fault fault)
{
	struct ls_cal_report *r = &e->record.report;
	if (fault == UNSIGNED || fault == UNCHECKED)
		e->outside->outcome = fault == UNSIGNED ? LS_CAL_FAILS : LS_CAL_CANNOT;
	if (fault == REVOKED)
		e->outside->revocation = LS_CAL_FAILS;
	if (fault == LINK_FAILS || fault == LINK_CANNOT) {
		r->parents[0].link = fault == LINK_FAILS ? LS_CAL_FAILS : LS_CAL_CANNOT;
		snprintf(r->parents[0].words, LS_CAL_WORDS_SIZE, "no hash");
	}
	if (fault == NO_U)
		r->details->measurands[0].points[1].has_u = false;
	if (fault == BEGUN_BEFORE) /* and performed after the standard's calibration */
		r->begun = MAKER_T0 - 1;
}

TEST(what_is_wrong_with_a_document_decides)
{
	static const struct {
		enum fault fault;
		int verdict, outcome;
		enum ls_cal_check_id check;
	} cases[] = {
		{ UNSIGNED, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_SIGNATURE_DOCUMENT },
		{ UNCHECKED, LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CANNOT,
		  LS_CAL_CHECK_SIGNATURE_DOCUMENT },
		{ REVOKED, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_REVOKED_REPORT },
		{ LINK_FAILS, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_PARENT },
		{ LINK_CANNOT, LS_CAL_CANNOT_BE_SHOWN, LS_CAL_CANNOT, LS_CAL_CHECK_PARENT },
		{ TOP_LINK_FAILS, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_PARENT },
		{ ORPHAN, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_ROOT },
		{ NO_U, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_STANDARD_UNCERTAINTY },
		{ BEGUN_BEFORE, LS_CAL_NOT_TRACEABLE, LS_CAL_FAILS, LS_CAL_CHECK_TIME_ORDER },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chain c;
		struct ls_cal_result r;
		enum fault fault = cases[i].fault;
		begin_documents(&c);
		c.trust.severities = &scope_warns;
		c.trust.severity_count = 1;
		struct ls_cal_entry *top = document(1, fault == ORPHAN ? "Nobody" : "PTB", 0,
						    (const uint8_t[]){ 3 },
						    fault == TOP_LINK_FAILS);
		struct ls_cal_entry *e = document(2, "Laboratory", 1, (const uint8_t[]){ 1 }, 1);
		if (fault == TOP_LINK_FAILS) /* an institute's own, which needs none */
			top->record.report.parents[0].link = LS_CAL_FAILS;
		bend_document(e, fault);
		e->outside->claims_traceable = true; /* which helps nothing */
		put_document(&c, top);
		put_document(&c, e);
		chain_trace_at(&c, "Document's device 2", NULL, MAKER_AT, &r);
		if ((int)r.verdict != cases[i].verdict ||
		    outcome_of(&r, cases[i].check) != cases[i].outcome) {
			TEST_FAIL("case %zu: verdict %d", i, r.verdict);
			show_result(&r);
		}
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_CLAIM), LS_CAL_INFO);
		ls_cal_result_free(&r);
		chain_end(&c);
	}
}

/* Of the second standard no result can be read, and it is of a laboratory that leads nowhere. */
TEST(a_parent_of_which_nothing_can_be_read_is_not_passed_over)
{
	for (int read = 0; read < 2; read++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin_documents(&c);
		c.trust.severities = &scope_warns;
		c.trust.severity_count = 1;
		struct ls_cal_entry *e = document(2, "Laboratory", 0, NULL, 0);
		if (!read) {
			ls_cal_details_free(e->record.report.details);
			e->record.report.details = calloc(1, sizeof(struct ls_cal_details));
		}
		put_document(&c, document(1, "PTB", 0, NULL, 0));
		put_document(&c, e);
		put_document(&c, document(3, "Laboratory", 1, (const uint8_t[]){ 1, 2 }, 2));
		chain_trace_at(&c, "Document's device 3", NULL, MAKER_AT, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_ROOT), LS_CAL_FAILS);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_COMPARABLE),
			     read ? LS_CAL_HOLDS : LS_CAL_CANNOT);
		CHECK_INT_EQ(r.link_count, 3);
		chain_end(&c);
	}
}

/* The same of an institute's: its chain is in order, and what it gives is not known. */
TEST(an_institutes_certificate_of_which_nothing_can_be_read_shows_nothing)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin_documents(&c);
	c.trust.severities = &scope_warns;
	c.trust.severity_count = 1;
	struct ls_cal_entry *e = document(1, "PTB", 0, NULL, 0);
	ls_cal_details_free(e->record.report.details);
	e->record.report.details = calloc(1, sizeof(struct ls_cal_details));
	put_document(&c, e);
	put_document(&c, document(2, "Laboratory", 1, (const uint8_t[]){ 1 }, 1));
	chain_trace_at(&c, "Document's device 2", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_COMPARABLE), LS_CAL_CANNOT);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_ROOT), LS_CAL_HOLDS);
	chain_end(&c);
}

/* A second table of the same name or of another, with uncertainties that are too good to be true.
 */
static struct ls_cal_entry *two_tables(const char *twin, int64_t times)
{
	struct ls_cal_entry *e = document(1, "PTB", 0, NULL, 0);
	struct ls_cal_details *d = e->record.report.details, *second = make_details(0);
	struct ls_cal_measurand *both = calloc(2, sizeof(*both));
	both[0] = d->measurands[0];
	both[1] = second->measurands[0];
	both[1].quantity[0] = '\0';
	set_quantity(both[1].twin, twin);
	for (size_t i = 0; i < both[0].point_count; i++)
		both[0].points[i].u.coefficient *= times;
	free(d->measurands);
	d->measurands = both;
	d->measurand_count = 2;
	second->measurand_count = 0;
	ls_cal_details_free(second);
	return e;
}

TEST(the_better_of_two_tables_serves_only_where_it_is_said)
{
	static const struct {
		const char *twin; /* of the second table */
		int64_t times;	  /* how much worse the first one is */
		int growth, verdict;
	} cases[] = {
		{ "temperature", 1, LS_CAL_HOLDS, LS_CAL_TRACEABLE },
		{ "temperature", 100, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "temperature-gradient", 1, LS_CAL_HOLDS, LS_CAL_TRACEABLE },
		{ "temperature-gradient", 100, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin_documents(&c);
		c.trust.severities = &scope_warns;
		c.trust.severity_count = 1;
		put_document(&c, two_tables(cases[i].twin, cases[i].times));
		put_document(&c, document(2, "Laboratory", 1, (const uint8_t[]){ 1 }, 1));
		chain_trace_at(&c, "Document's device 2", NULL, MAKER_AT, &r);
		if (outcome_of(&r, LS_CAL_CHECK_GROWTH) != cases[i].growth ||
		    (int)r.verdict != cases[i].verdict) {
			TEST_FAIL("%s, %d times worse", cases[i].twin, (int)cases[i].times);
			show_result(&r);
		}
		chain_end(&c);
	}
}

/* D14 of certificates, which state a probability, a distribution, and never degrees of freedom. */
TEST(a_certificates_k_is_held_against_its_probability)
{
	static const struct {
		const char *k; /* NULL: it is not stated */
		double p;
		enum ls_cal_distribution distribution;
		int outcome, verdict;
		double dof;
	} cases[] = {
		{ "2", 0.95, LS_CAL_NORMAL, LS_CAL_INFO, LS_CAL_TRACEABLE, INFINITY },
		{ "2", 0.9545, LS_CAL_DISTRIBUTION_UNKNOWN, LS_CAL_INFO, LS_CAL_TRACEABLE,
		  INFINITY },
		{ "1.8", 0.95, LS_CAL_NORMAL, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, INFINITY },
		{ "1.8", 0.95, LS_CAL_STUDENT, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, INFINITY },
		/* which may be a rectangle, that needs no more than 1.65 */
		{ "1.8", 0.95, LS_CAL_DISTRIBUTION_UNKNOWN, LS_CAL_INFO, LS_CAL_TRACEABLE,
		  INFINITY },
		{ "1.65", 0.95, LS_CAL_RECTANGULAR, LS_CAL_INFO, LS_CAL_TRACEABLE, INFINITY },
		/* EA-4/02, table E.1: 95.45 % with 20 degrees of freedom */
		{ "2.1330", 0.9545, LS_CAL_STUDENT, LS_CAL_HOLDS, LS_CAL_TRACEABLE, 20 },
		{ "2.1330", 0.9545, LS_CAL_DISTRIBUTION_UNKNOWN, LS_CAL_HOLDS, LS_CAL_TRACEABLE,
		  20 },
		{ "2.1330", 0.9545, LS_CAL_NORMAL, LS_CAL_INFO, LS_CAL_TRACEABLE, INFINITY },
		{ NULL, 0.9545, LS_CAL_NORMAL, LS_CAL_INFO, LS_CAL_TRACEABLE, INFINITY },
		{ NULL, 0.9545, LS_CAL_STUDENT, -1, LS_CAL_CANNOT_BE_SHOWN, INFINITY },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin_documents(&c);
		struct ls_cal_entry *e = document(1, "PTB", 0, NULL, 0);
		struct ls_cal_measurand *m = &e->record.report.details->measurands[0];
		for (size_t j = 0; j < m->point_count; j++) {
			m->points[j].has_k = cases[i].k != NULL;
			if (cases[i].k)
				m->points[j].k = decimal(cases[i].k);
			m->points[j].probability = cases[i].p;
			m->points[j].distribution = cases[i].distribution;
		}
		put_document(&c, e);
		chain_trace_at(&c, "Document's device 1", NULL, MAKER_AT, &r);
		int outcome = outcome_of(&r, LS_CAL_CHECK_COVERAGE);
		double dof = r.links[0].dof;
		if (outcome != cases[i].outcome || (int)r.verdict != cases[i].verdict ||
		    (isinf(cases[i].dof) ? !isinf(dof) : fabs(dof / cases[i].dof - 1) > 0.01)) {
			TEST_FAIL("case %zu: outcome %d, %g degrees", i, outcome, dof);
			show_result(&r);
		}
		chain_end(&c);
	}
}

/* What of a certificate is not read may lead elsewhere than what is. */
TEST(what_is_left_out_of_a_certificate_is_told)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin_documents(&c);
	c.trust.severities = &scope_warns;
	c.trust.severity_count = 1;
	struct ls_cal_entry *e = document(2, "Laboratory", 1, (const uint8_t[]){ 1 }, 1);
	e->outside->left_out = 3;
	put_document(&c, document(1, "PTB", 0, NULL, 0));
	put_document(&c, e);
	chain_trace_at(&c, "Document's device 2", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_COMPARABLE), LS_CAL_WARNS);
	chain_end(&c);
}

TEST(documents_that_lead_back_to_themselves_end)
{
	struct chain c;
	struct ls_cal_result r;
	begin_documents(&c);
	put_document(&c, document(1, "PTB", 1, (const uint8_t[]){ 3 }, 1));
	put_document(&c, document(2, "Laboratory", 1, (const uint8_t[]){ 1, 3 }, 2));
	put_document(&c, document(3, "Laboratory", 1, (const uint8_t[]){ 2, 3 }, 2));
	for (unsigned i = 1; i <= 3; i++) {
		char name[64];
		snprintf(name, sizeof(name), "Document's device %u", i);
		chain_trace_at(&c, name, NULL, MAKER_AT, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_CYCLE), LS_CAL_FAILS);
		for (size_t j = 0; j < r.check_count; j++) /* nor is it told that there is none */
			CHECK(r.checks[j].check != LS_CAL_CHECK_CYCLE ||
			      r.checks[j].outcome == LS_CAL_FAILS);
		ls_cal_result_free(&r);
	}
	chain_end(&c);
}

/* What was cut short for one device's sake is not what another one is told. */
TEST(what_was_too_far_from_one_device_is_near_another)
{
	static const struct {
		const char *device;
		int verdict;
	} cases[] = { { "Document's device 6", LS_CAL_NOT_TRACEABLE },
		      { "Document's device 2", LS_CAL_TRACEABLE },
		      { "Document's device 5", LS_CAL_TRACEABLE } };
	struct chain c;
	struct ls_error err = { 0 };
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *worker = NULL;
	const struct ls_cal_engine_options options = { .at = MAKER_AT, .threads = 1 };
	begin_documents(&c);
	c.trust.severities = &scope_warns;
	c.trust.severity_count = 1;
	c.trust.max_depth = 5;
	put_document(&c, document(1, "PTB", 0, NULL, 0));
	for (uint8_t i = 2; i <= 6; i++)
		put_document(&c, document(i, "Laboratory", 1, (const uint8_t[]){ i - 1 }, 1));
	REQUIRE(ls_cal_engine_new(&c.trust, &options, &engine, &err) == 0);
	REQUIRE(ls_cal_worker_new(engine, c.store, &worker, &err) == 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_cal_result r;
		REQUIRE(ls_cal_trace(worker, cases[i].device, NULL, &r, &err) == 0);
		if ((int)r.verdict != cases[i].verdict) {
			TEST_FAIL("%s", cases[i].device);
			show_result(&r);
		}
		ls_cal_result_free(&r);
	}
	ls_cal_worker_free(worker);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

/* Certificates have no levels that would end a chain of them. */
TEST(more_documents_in_a_row_than_any_trust_file_allows_are_not_followed)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	const uint8_t last = LS_CAL_DEPTH_MAX + 50;
	char name[64];
	begin_documents(&c);
	c.trust.max_depth = LS_CAL_DEPTH_MAX;
	put_document(&c, document(1, "PTB", 0, NULL, 0));
	for (uint8_t i = 2; i <= last; i++)
		put_document(&c, document(i, "Laboratory", 1, (const uint8_t[]){ i - 1 }, 1));
	snprintf(name, sizeof(name), "Document's device %u", last);
	chain_trace_at(&c, name, NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEPTH), LS_CAL_FAILS);
	chain_end(&c);
}

/* Eight parents each, twelve deep, each the same eight: 8^12 paths, 97 reports. */
TEST(many_paths_over_few_reports_take_no_time)
{
	struct chain c;
	struct ls_cal_result r;
	begin_documents(&c);
	put_document(&c, document(1, "PTB", 0, NULL, 0));
	uint8_t above[8] = { 1 };
	size_t above_count = 1;
	uint8_t name = 2;
	for (unsigned level = 1; level <= 12; level++) {
		uint8_t here[8];
		for (unsigned i = 0; i < 8; i++) {
			here[i] = name;
			put_document(&c,
				     document(name++, "Laboratory", level % 2, above, above_count));
		}
		memcpy(above, here, sizeof(above));
		above_count = 8;
	}
	char last[64];
	snprintf(last, sizeof(last), "Document's device %u", name - 1U);
	chain_trace_at(&c, last, NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.link_count, 1 + 11 * 8 + 1);
	CHECK_INT_EQ(r.depth, 13);
	ls_cal_result_free(&r);
	chain_end(&c);
}

/* A registry's device that was calibrated with a standard whose certificate is a DCC. */
static void parent_is_a_document(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 1)
		return;
	memset(r->report.parents[0].id.bytes, 1, sizeof(r->report.parents[0].id.bytes));
	r->report.parents[0].document = true;
}

TEST(a_record_s_parent_may_be_a_document)
{
	for (int here = 0; here < 2; here++) {
		struct chain c;
		struct ls_cal_result r;
		chain_begin(&c, 2);
		c.plan.bend = parent_is_a_document;
		chain_build(&c);
		struct ls_cal_nmi nmis[2] = { c.nmi, { .name = "PTB", .document = true } };
		c.trust.nmis = nmis;
		c.trust.nmi_count = 2;
		c.trust.interval = 365 * MAKER_DAY;
		struct ls_cal_store *folder = ls_cal_memory_store_new();
		struct ls_cal_entry *e = document(1, "PTB", 0, NULL, 0);
		if (here)
			CHECK_INT_EQ(ls_cal_memory_store_add(folder, e), 0);
		ls_cal_entry_unref(e);
		struct ls_cal_store *alone = c.store;
		c.store = ls_cal_store_join((struct ls_cal_store *[]){ alone, folder }, 2);
		static const struct ls_cal_fresh none = { .time = LS_CAL_TIME_UNKNOWN };
		ls_cal_memory_store_set_fresh(folder, &none);
		chain_trace(&c, &r);
		CHECK_INT_EQ(r.verdict, here ? LS_CAL_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_SIGNATURE_ORGANISATION), LS_CAL_HOLDS);
		if (here)
			CHECK_STR_EQ(r.nmi, "PTB");
		if ((int)r.verdict != (here ? LS_CAL_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN))
			show_result(&r);
		ls_cal_result_free(&r);
		chain_end(&c);
	}
}

static void record_is_called_a_document(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 1)
		r->report.parents[0].document = true;
}

static void document_is_called_a_record(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 1)
		memset(r->report.parents[0].id.bytes, 1, sizeof(r->report.parents[0].id.bytes));
}

/* No device signs for a document, so whoever calls a record one would need no signature of it. */
TEST(a_parent_is_what_the_report_says_that_it_is)
{
	void (*const bends[])(struct ls_cal_record *, unsigned) = { record_is_called_a_document,
								    document_is_called_a_record };
	for (int i = 0; i < 2; i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		chain_begin(&c, 2);
		c.plan.bend = bends[i];
		chain_build(&c);
		put_document(&c, document(1, "PTB", 0, NULL, 0));
		chain_trace(&c, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_PARENT), LS_CAL_FAILS);
		chain_end(&c);
	}
}

/* A record that names the certificate that was given out with it. */
static void names_a_document(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 1)
		return;
	r->report.details->has_document = true;
	memset(r->report.details->document.bytes, 9, LS_DIGEST_SIZE);
}

/* What is bent in a certificate that says the same. */
struct said_otherwise {
	const char *name;
	int outcome, verdict;
	void (*bend)(struct ls_cal_entry *e);
};

static void otherwise_value(struct ls_cal_entry *e)
{
	e->record.report.details->measurands[0].points[0].value = decimal("-19.99");
}
static void otherwise_u(struct ls_cal_entry *e)
{
	e->record.report.details->measurands[0].points[1].u = decimal("0.009");
}
static void otherwise_error(struct ls_cal_entry *e)
{
	e->record.report.details->measurands[0].points[1].error = decimal("0.002");
}
static void otherwise_k(struct ls_cal_entry *e)
{
	e->record.report.details->measurands[0].points[1].k = decimal("3");
}
static void otherwise_unit(struct ls_cal_entry *e)
{
	struct ls_cal_measurand *m = &e->record.report.details->measurands[0];
	set_unit("\\ohm", m->unit_text, &m->unit);
}
static void otherwise_day(struct ls_cal_entry *e)
{
	e->record.report.begun += 2 * MAKER_DAY;
	e->record.report.performed += 2 * MAKER_DAY;
}
static void otherwise_device(struct ls_cal_entry *e)
{
	snprintf(e->outside->device, LS_CAL_TEXT_SIZE, "Thermometer 7");
}
static void otherwise_device_and_number(struct ls_cal_entry *e)
{
	otherwise_device(e);
	snprintf(e->outside->serial, LS_CAL_TEXT_SIZE, "17");
}
static void maker_and_number(struct ls_cal_entry *e)
{
	snprintf(e->outside->device, LS_CAL_TEXT_SIZE, "Maker T-200 1");
	snprintf(e->outside->serial, LS_CAL_TEXT_SIZE, "1");
}
static void otherwise_laboratory(struct ls_cal_entry *e)
{
	snprintf(e->outside->organisation, LS_CAL_TEXT_SIZE, "Laboratory 11");
	snprintf(e->outside->laboratory, LS_CAL_TEXT_SIZE, "Laboratory 11");
}
static void spelt_otherwise(struct ls_cal_entry *e)
{
	snprintf(e->outside->device, LS_CAL_TEXT_SIZE, "THERMOMETER-1");
	snprintf(e->outside->organisation, LS_CAL_TEXT_SIZE, "laboratory  1.");
}
static void badly_signed(struct ls_cal_entry *e)
{
	e->outside->outcome = LS_CAL_FAILS;
	snprintf(e->outside->words, LS_CAL_WORDS_SIZE, "not the one that was signed");
}
static void signed_by_unknown(struct ls_cal_entry *e)
{
	e->outside->outcome = LS_CAL_CANNOT;
}
static void is_the_same(struct ls_cal_entry *e)
{
	(void)e;
}

TEST(a_record_is_held_against_the_certificate_that_it_names)
{
	static const struct said_otherwise rows[] = {
		{ "the same", LS_CAL_HOLDS, LS_CAL_TRACEABLE, is_the_same },
		{ "not here", LS_CAL_WARNS, LS_CAL_TRACEABLE, NULL },
		{ "value", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, otherwise_value },
		{ "U", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, otherwise_u },
		{ "error", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, otherwise_error },
		{ "k", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, otherwise_k },
		{ "unit", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, otherwise_unit },
		{ "day", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, otherwise_day },
		{ "signature", LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE, badly_signed },
		{ "signer", LS_CAL_WARNS, LS_CAL_TRACEABLE, signed_by_unknown },
		{ "device", LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN, otherwise_device },
		{ "device's number", LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN,
		  otherwise_device_and_number },
		{ "its number alone", LS_CAL_HOLDS, LS_CAL_TRACEABLE, maker_and_number },
		{ "laboratory", LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN, otherwise_laboratory },
		{ "spelling", LS_CAL_HOLDS, LS_CAL_TRACEABLE, spelt_otherwise },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		chain_begin(&c, 2);
		c.plan.bend = names_a_document;
		chain_build(&c);
		struct ls_cal_store *folder = ls_cal_memory_store_new();
		struct ls_cal_entry *e = document(9, "Laboratory 1", 1, NULL, 0);
		snprintf(e->outside->device, LS_CAL_TEXT_SIZE, "Thermometer 1");
		if (rows[i].bend) {
			rows[i].bend(e);
			CHECK_INT_EQ(ls_cal_memory_store_add(folder, e), 0);
		}
		ls_cal_entry_unref(e);
		c.store = ls_cal_store_join((struct ls_cal_store *[]){ c.store, folder }, 2);
		static const struct ls_cal_fresh none = { .time = LS_CAL_TIME_UNKNOWN };
		ls_cal_memory_store_set_fresh(folder, &none);
		chain_trace(&c, &r);
		if (outcome_of(&r, LS_CAL_CHECK_DOCUMENT) != rows[i].outcome ||
		    (int)r.verdict != rows[i].verdict) {
			TEST_FAIL("%s: outcome %d", rows[i].name,
				  outcome_of(&r, LS_CAL_CHECK_DOCUMENT));
			show_result(&r);
		}
		chain_end(&c);
	}
}

TEST_MAIN()
