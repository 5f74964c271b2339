/* SPDX-License-Identifier: Apache-2.0 */
/* Each check of a trace, holding and failing, over chains that the maker makes. */
#include <math.h>

#include "lib/cal/maker_test.h"

#include "lib/base/text.h"

TEST(a_chain_of_three_levels_is_traceable)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	chain_begin(&c, 3);
	chain_build(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	if (r.verdict != LS_CAL_TRACEABLE)
		show_result(&r);
	CHECK_INT_EQ(r.link_count, 3);
	CHECK_INT_EQ(r.depth, 3);
	CHECK_INT_EQ(r.first, r.check_count);
	CHECK_STR_EQ(r.nmi, "Example NMI");
	CHECK_STR_EQ(r.links[0].device_name, "Thermometer 2");
	CHECK_STR_EQ(r.links[2].organisation_name, "Example NMI");
	CHECK_INT_EQ(r.links[0].parents[0], 1);
	CHECK(r.links[2].root);
	CHECK(r.bounds.known);
	double shares = 0;
	for (size_t i = 0; i < r.link_count; i++)
		shares += r.links[i].share;
	CHECK(shares > 0.999999 && shares < 1.000001);
	CHECK(r.links[0].u > r.links[1].u && r.links[1].u > r.links[2].u);
	/* 20 degrees Celsius above, 293.15 K below: U 0.032 K, k 2 */
	CHECK(r.links[0].value > 293.149 && r.links[0].value < 293.151);
	CHECK(r.links[1].value > 19.999 && r.links[1].value < 20.001);
	CHECK(r.links[0].u_expanded > 0.0319 && r.links[0].u_expanded < 0.0321);
	static const enum ls_cal_check_id made[] = {
		LS_CAL_CHECK_FRESHNESS,
		LS_CAL_CHECK_DEVICE,
		LS_CAL_CHECK_IN_FORCE,
		LS_CAL_CHECK_ROOT,
		LS_CAL_CHECK_CYCLE,
		LS_CAL_CHECK_DEPTH,
		LS_CAL_CHECK_RECORD,
		LS_CAL_CHECK_REGISTRY,
		LS_CAL_CHECK_SIGNATURE_PARENT,
		LS_CAL_CHECK_SIGNATURE_TECHNICIAN,
		LS_CAL_CHECK_SIGNATURE_ORGANISATION,
		LS_CAL_CHECK_TECHNICIAN,
		LS_CAL_CHECK_ORGANISATION,
		LS_CAL_CHECK_DEVICE_CERTIFICATE,
		LS_CAL_CHECK_PARENT,
		LS_CAL_CHECK_REVOKED_REPORT,
		LS_CAL_CHECK_REVOKED_DEVICE,
		LS_CAL_CHECK_REVOKED_TECHNICIAN,
		LS_CAL_CHECK_REVOKED_ORGANISATION,
		LS_CAL_CHECK_LEVEL_PARENT,
		LS_CAL_CHECK_LEVEL_ORGANISATION,
		LS_CAL_CHECK_TIME_ORDER,
		LS_CAL_CHECK_TIME_DUE,
		LS_CAL_CHECK_TIME_VERSION,
		LS_CAL_CHECK_TIME_LOGGED,
		LS_CAL_CHECK_ADJUSTMENT,
		LS_CAL_CHECK_SCOPE,
		LS_CAL_CHECK_SCOPE_UNCERTAINTY,
		LS_CAL_CHECK_SCOPE_CERTIFIER,
		LS_CAL_CHECK_STANDARD_UNCERTAINTY,
		LS_CAL_CHECK_COMPARABLE,
		LS_CAL_CHECK_GROWTH,
		LS_CAL_CHECK_BUDGET,
		LS_CAL_CHECK_BOUND,
		LS_CAL_CHECK_CONDITIONS,
	};
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (outcome_of(&r, made[i]) != LS_CAL_HOLDS)
			TEST_FAIL("%s: %d", ls_cal_check_kind(made[i])->id,
				  outcome_of(&r, made[i]));
	chain_end(&c);
}

/* --- faults of one record, one by one ------------------------------------------------------- */

#define BEND(name, a_kind, a_level)                               \
	static void name##_body(struct ls_cal_record *r);         \
	static void name(struct ls_cal_record *r, unsigned level) \
	{                                                         \
		if (r->kind == (a_kind) && level == (a_level))    \
			name##_body(r);                           \
	}                                                         \
	static void name##_body(struct ls_cal_record *r)

#define MEASURAND(r) ((r)->report.details->measurands[0])

BEND(expired_technician, LS_CAL_TECHNICIAN, 1)
{
	r->technician.until = MAKER_T0;
}
BEND(technician_of_later, LS_CAL_TECHNICIAN, 1)
{
	r->technician.from = MAKER_T0 + 2 * MAKER_DAY;
}
/* Reports of level 1 are performed on T0 + 1 d and signed two hours later. */
BEND(technician_ended_before_signing, LS_CAL_TECHNICIAN, 1)
{
	r->technician.until = MAKER_T0 + MAKER_DAY + 3600;
}
BEND(technician_began_after_the_work, LS_CAL_TECHNICIAN, 1)
{
	r->technician.from = MAKER_T0 + MAKER_DAY + 3600;
}
BEND(technician_of_after_the_device, LS_CAL_TECHNICIAN, 1)
{
	r->technician.from = MAKER_T0 - 90 * MAKER_DAY;
}
/* The device was certified before the organisation could have anything certified. */
static void organisation_of_after_the_device(struct ls_cal_record *r, unsigned level)
{
	if (level != 1)
		return;
	if (r->kind == LS_CAL_ORGANISATION)
		r->organisation.from = MAKER_T0 - 305 * MAKER_DAY;
	if (r->kind == LS_CAL_TECHNICIAN)
		r->technician.from = MAKER_T0 - 350 * MAKER_DAY;
	if (r->kind == LS_CAL_DEVICE) {
		r->issued = MAKER_T0 - 310 * MAKER_DAY;
		r->device.from = r->issued;
	}
}
BEND(key_of_before_the_report, LS_CAL_DEVICE, 1)
{
	r->device.from = MAKER_T0 + MAKER_DAY + 7200;
}
BEND(key_of_after_the_report, LS_CAL_DEVICE, 1)
{
	r->device.from = MAKER_T0 + MAKER_DAY + 7201;
}
BEND(expired_organisation, LS_CAL_ORGANISATION, 1)
{
	r->organisation.until = MAKER_T0;
}
BEND(institute_of_later, LS_CAL_ORGANISATION, 0)
{
	r->organisation.from = MAKER_T0 - 290 * MAKER_DAY;
}
BEND(ended_device, LS_CAL_DEVICE, 1)
{
	r->device.until = MAKER_T0 + MAKER_DAY / 2;
}
BEND(parent_device_ended, LS_CAL_DEVICE, 1)
{
	r->device.until = MAKER_T0 + MAKER_DAY + 100;
}
BEND(another_registry, LS_CAL_REPORT, 1)
{
	snprintf(r->registry, sizeof(r->registry), "elsewhere.example/calibration");
}
BEND(technician_of_another_registry, LS_CAL_TECHNICIAN, 1)
{
	snprintf(r->registry, sizeof(r->registry), "elsewhere.example/calibration");
}
static void child_of_parents_level(struct ls_cal_record *r, unsigned level)
{
	if (level == 2 && r->kind == LS_CAL_DEVICE)
		r->device.level = 1;
	if (level == 2 && r->kind == LS_CAL_REPORT)
		r->report.level = 1;
	if (level == 2 && r->kind == LS_CAL_ORGANISATION)
		r->organisation.level = 1; /* which breaks its certificate, too */
}
BEND(another_level_than_certified, LS_CAL_REPORT, 2)
{
	r->report.level = 3;
}
BEND(low_organisation, LS_CAL_ORGANISATION, 2)
{
	r->organisation.level = 5;
}
BEND(certifier_not_above, LS_CAL_ORGANISATION, 2)
{
	r->organisation.level = 1;
}
BEND(before_its_parent, LS_CAL_REPORT, 2)
{
	r->report.begun = r->report.performed = MAKER_T0 + MAKER_DAY - 1;
}
BEND(parent_past_due, LS_CAL_REPORT, 1)
{
	r->report.due = MAKER_T0 + 2 * MAKER_DAY - 1;
}
BEND(parent_without_due, LS_CAL_REPORT, 1)
{
	r->report.due = LS_CAL_NO_END;
}
BEND(dated_before_it_was_logged, LS_CAL_REPORT, 1)
{
	r->issued += 20 * MAKER_DAY;
}
BEND(data_before_adjustment, LS_CAL_REPORT, 1)
{
	MEASURAND(r).adjustment = LS_CAL_ADJUSTMENT_BEFORE;
}
BEND(beyond_scope, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scopes[0].high = decimal("300");
}
BEND(colder_than_its_scope, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scopes[0].low = decimal("260"); /* the report begins at 253.15 K */
}
BEND(without_scope, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scope_count = 0;
}
BEND(scope_of_other_quantities, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scope_count = 1;
	set_quantity(r->organisation.scopes[0].quantity, "mass");
}
BEND(below_its_best, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scopes[0].u = decimal("0.009");
}
BEND(wider_than_its_certifier, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scopes[0].high = decimal("600");
}
BEND(better_than_its_certifier, LS_CAL_ORGANISATION, 1)
{
	r->organisation.scopes[0].u = decimal("0.00001");
}
BEND(better_than_its_parent, LS_CAL_REPORT, 2)
{
	MEASURAND(r).points[1].u = decimal("0.007");
}
BEND(as_good_as_its_parent, LS_CAL_REPORT, 2)
{
	MEASURAND(r).points[1].u = decimal("0.008");
}
BEND(without_room_for_drift, LS_CAL_REPORT, 2)
{
	MEASURAND(r).has_drift = true;
	MEASURAND(r).drift = decimal("0.02");
}
BEND(another_quantity, LS_CAL_REPORT, 2)
{
	set_quantity(MEASURAND(r).quantity, "resistance");
	set_unit("\\ohm", MEASURAND(r).unit_text, &MEASURAND(r).unit);
	MEASURAND(r).low = decimal("100");
	MEASURAND(r).high = decimal("400");
}
static struct ls_cal_sensitivity *give_sensitivity(struct ls_cal_record *r, const char *coefficient)
{
	struct ls_cal_sensitivity *s = calloc(1, sizeof(*s));
	set_quantity(s->quantity, "temperature");
	set_unit("\\kelvin", s->unit_text, &s->unit);
	s->coefficient = decimal(coefficient);
	MEASURAND(r).sensitivity_count = 1;
	MEASURAND(r).sensitivities = s;
	return s;
}
BEND(another_quantity_with_sensitivity, LS_CAL_REPORT, 2)
{
	another_quantity_body(r);
	give_sensitivity(r, "0.39"); /* a platinum thermometer: 0.39 ohm per kelvin */
}
BEND(too_small_for_its_sensitivity, LS_CAL_REPORT, 2)
{
	another_quantity_body(r);
	give_sensitivity(r, "39");
}
BEND(little_of_the_same_quantity, LS_CAL_REPORT, 2)
{
	better_than_its_parent_body(r);
	give_sensitivity(r, "1E-9"); /* so that nothing of the parent's uncertainty is left */
}
BEND(half_of_the_same_quantity, LS_CAL_REPORT, 2)
{
	give_sensitivity(r, "0.5"); /* though u is not below its parent's */
}
BEND(nearly_all_of_the_same_quantity, LS_CAL_REPORT, 2)
{
	give_sensitivity(r, "0.95");
}
BEND(more_than_all_of_the_same_quantity, LS_CAL_REPORT, 2)
{
	give_sensitivity(r, "1.5");
}
BEND(nothing_of_another_quantity, LS_CAL_REPORT, 2)
{
	another_quantity_body(r);
	give_sensitivity(r, "1E-9");
}
BEND(all_of_the_same_quantity, LS_CAL_REPORT, 2)
{
	give_sensitivity(r, "-1");
}
BEND(extrapolated, LS_CAL_REPORT, 2)
{
	MEASURAND(r).high = decimal("333.16");
}
BEND(colder_than_its_parent, LS_CAL_REPORT, 2)
{
	MEASURAND(r).low = decimal("253.14");
}
BEND(within_its_parent, LS_CAL_REPORT, 2)
{
	MEASURAND(r).low = decimal("260");
	MEASURAND(r).points[0].value = decimal("270");
}
static void tolerance(struct ls_cal_record *r, const char *limit, enum ls_cal_conformity stated,
		      enum ls_cal_decision_rule rule)
{
	char lower[32];
	snprintf(lower, sizeof(lower), "-%s", limit);
	MEASURAND(r).has_tolerance = true;
	MEASURAND(r).lower = decimal(lower);
	MEASURAND(r).upper = decimal(limit);
	MEASURAND(r).conformity = stated;
	MEASURAND(r).rule = rule;
}
BEND(wide_tolerance, LS_CAL_REPORT, 2)
{
	tolerance(r, "1.0", LS_CAL_PASS, LS_CAL_RULE_GUARDED);
}
BEND(narrow_tolerance, LS_CAL_REPORT, 2)
{
	tolerance(r, "0.01", LS_CAL_CONFORMITY_NONE, LS_CAL_RULE_SIMPLE);
}
BEND(false_pass, LS_CAL_REPORT, 2)
{
	tolerance(r, "0.02", LS_CAL_PASS, LS_CAL_RULE_GUARDED);
}
BEND(simple_pass, LS_CAL_REPORT, 2)
{
	tolerance(r, "0.02", LS_CAL_PASS, LS_CAL_RULE_SIMPLE);
}
BEND(pass_without_errors, LS_CAL_REPORT, 2)
{
	tolerance(r, "0.02", LS_CAL_PASS, LS_CAL_RULE_SIMPLE);
	MEASURAND(r).points[0].has_error = false;
}
BEND(warmer_than_its_parent, LS_CAL_REPORT, 2)
{
	r->report.details->conditions[0].high = decimal("24.0");
}
/* With 12 degrees of freedom 95 % need k = 2.18, with 40 2.02. */
BEND(with_few_degrees_of_freedom, LS_CAL_REPORT, 2)
{
	MEASURAND(r).points[1].dof = 12;
}
static void with_degrees_of_freedom(struct ls_cal_record *r, unsigned level)
{
	(void)level;
	if (r->kind == LS_CAL_REPORT)
		MEASURAND(r).points[1].dof = 40;
}
BEND(with_few_and_their_k, LS_CAL_REPORT, 2)
{
	MEASURAND(r).points[1].dof = 12;
	MEASURAND(r).points[1].k = decimal("2.18");
}
BEND(a_standard_uncertainty_with_few, LS_CAL_REPORT, 2)
{
	MEASURAND(r).points[1].dof = 12;
	MEASURAND(r).points[1].u = decimal("0.016");
	MEASURAND(r).points[1].k = decimal("1");
}
/* Half of u is the parent's, which has 3: (1/2)^4 / 3 leaves 48. */
static void parent_with_three(struct ls_cal_record *r, unsigned level, unsigned own)
{
	if (r->kind != LS_CAL_REPORT || level == 0)
		return;
	MEASURAND(r).points[1].dof = level == 1 ? 3 : own;
	if (level == 2)
		MEASURAND(r).points[1].u = decimal("0.016");
}
static void as_many_as_its_parent_leaves(struct ls_cal_record *r, unsigned level)
{
	parent_with_three(r, level, 48);
}
static void more_than_its_parent_leaves(struct ls_cal_record *r, unsigned level)
{
	parent_with_three(r, level, 50);
}
/* Four fifths of u are the parent's of 3: 7 are left, and k = 2 covers 91 %. */
static void what_its_parent_leaves_is_few(struct ls_cal_record *r, unsigned level)
{
	parent_with_three(r, level, 0);
	if (r->kind == LS_CAL_REPORT && level == 2)
		MEASURAND(r).points[1].u = decimal("0.010");
}
BEND(level_past_the_institute, LS_CAL_REPORT, 1)
{
	free(r->report.parents);
	r->report.parents = NULL;
	r->report.parent_count = 0;
}

static void nothing(struct chain *c)
{
	(void)c;
}
static void interval(struct chain *c)
{
	c->trust.interval = 365 * MAKER_DAY;
}
static void short_interval(struct chain *c)
{
	c->trust.interval = MAKER_DAY / 2;
}
static void logging_delay(struct chain *c)
{
	c->trust.logging_delay = 10 * MAKER_DAY;
}
static void tur_of_four(struct chain *c)
{
	c->trust.has_tur = true;
	c->trust.tur = decimal("4");
}
static void another_institute(struct chain *c)
{
	c->nmi.key = c->stranger.signer.key;
}
static void two_links(struct chain *c)
{
	c->trust.max_depth = 2;
}
static void stale(struct chain *c)
{
	c->trust.max_age = 3599;
}
static void not_stale(struct chain *c)
{
	c->trust.max_age = 3600;
}
static void of_unknown_age(struct chain *c)
{
	c->fresh.time = LS_CAL_TIME_UNKNOWN;
	ls_cal_memory_store_set_fresh(c->store, &c->fresh);
}
static void not_whole(struct chain *c)
{
	c->fresh.absence_shown = false;
	ls_cal_memory_store_set_fresh(c->store, &c->fresh);
}
static void without_revocations(struct chain *c)
{
	c->fresh.absence_shown = c->fresh.revocations_shown = false;
	ls_cal_memory_store_set_fresh(c->store, &c->fresh);
}
static struct ls_cal_severity severity;
static void due_warns(struct chain *c)
{
	severity = (struct ls_cal_severity){ LS_CAL_CHECK_TIME_DUE, LS_CAL_WARNS };
	c->trust.severities = &severity;
	c->trust.severity_count = 1;
}

static void sensitivity_warns(struct chain *c)
{
	severity = (struct ls_cal_severity){ LS_CAL_CHECK_SENSITIVITY, LS_CAL_WARNS };
	c->trust.severities = &severity;
	c->trust.severity_count = 1;
}

#define OK     LS_CAL_TRACEABLE
#define NO     LS_CAL_NOT_TRACEABLE
#define UNSURE LS_CAL_CANNOT_BE_SHOWN

static const struct {
	const char *name;
	void (*bend)(struct ls_cal_record *r, unsigned level);
	void (*change)(struct chain *c); /* after it was built */
	enum ls_cal_check_id check;
	int outcome, verdict;
} FAULTS[] = {
#define CASE(bend, change, check, outcome, verdict)                                              \
	{                                                                                        \
#bend " " #change, bend, change, LS_CAL_CHECK_##check, LS_CAL_##outcome, verdict \
	}
	CASE(expired_technician, nothing, TECHNICIAN, FAILS, NO),
	CASE(technician_of_later, nothing, TECHNICIAN, FAILS, NO),
	CASE(technician_ended_before_signing, nothing, TECHNICIAN, FAILS, NO),
	CASE(technician_began_after_the_work, nothing, TECHNICIAN, FAILS, NO),
	CASE(technician_of_after_the_device, nothing, TECHNICIAN, HOLDS, NO),
	CASE(technician_of_after_the_device, nothing, DEVICE_CERTIFICATE, FAILS, NO),
	CASE(organisation_of_after_the_device, nothing, TECHNICIAN, HOLDS, NO),
	CASE(organisation_of_after_the_device, nothing, ORGANISATION, HOLDS, NO),
	CASE(organisation_of_after_the_device, nothing, DEVICE_CERTIFICATE, FAILS, NO),
	CASE(key_of_before_the_report, nothing, DEVICE_CERTIFICATE, HOLDS, OK),
	CASE(key_of_after_the_report, nothing, DEVICE_CERTIFICATE, FAILS, NO),
	CASE(expired_organisation, nothing, ORGANISATION, FAILS, NO),
	CASE(institute_of_later, nothing, ORGANISATION, FAILS, NO),
	CASE(ended_device, nothing, DEVICE_CERTIFICATE, FAILS, NO),
	CASE(parent_device_ended, nothing, REVOKED_DEVICE, FAILS, NO),
	CASE(another_registry, nothing, REGISTRY, FAILS, NO),
	CASE(technician_of_another_registry, nothing, TECHNICIAN, FAILS, NO),
	CASE(child_of_parents_level, nothing, LEVEL_PARENT, FAILS, NO),
	CASE(another_level_than_certified, nothing, DEVICE_CERTIFICATE, FAILS, NO),
	CASE(low_organisation, nothing, LEVEL_ORGANISATION, FAILS, NO),
	CASE(certifier_not_above, nothing, ORGANISATION, FAILS, NO),
	CASE(before_its_parent, nothing, TIME_ORDER, FAILS, NO),
	CASE(parent_past_due, nothing, TIME_DUE, FAILS, NO),
	CASE(parent_past_due, due_warns, TIME_DUE, WARNS, OK),
	CASE(parent_without_due, nothing, TIME_DUE, CANNOT, UNSURE),
	CASE(parent_without_due, interval, TIME_DUE, HOLDS, OK),
	CASE(parent_without_due, short_interval, TIME_DUE, FAILS, NO),
	CASE(dated_before_it_was_logged, nothing, TIME_LOGGED, HOLDS, OK),
	CASE(dated_before_it_was_logged, logging_delay, TIME_LOGGED, FAILS, NO),
	CASE(NULL, logging_delay, TIME_LOGGED, HOLDS, OK),
	CASE(data_before_adjustment, nothing, ADJUSTMENT, WARNS, OK),
	CASE(beyond_scope, nothing, SCOPE, FAILS, NO),
	CASE(colder_than_its_scope, nothing, SCOPE, FAILS, NO),
	CASE(without_scope, nothing, SCOPE, FAILS, NO),
	CASE(scope_of_other_quantities, nothing, SCOPE, FAILS, NO),
	CASE(below_its_best, nothing, SCOPE_UNCERTAINTY, FAILS, NO),
	CASE(wider_than_its_certifier, nothing, SCOPE_CERTIFIER, FAILS, NO),
	CASE(better_than_its_certifier, nothing, SCOPE_CERTIFIER, FAILS, NO),
	CASE(better_than_its_parent, nothing, GROWTH, FAILS, NO),
	CASE(as_good_as_its_parent, nothing, GROWTH, HOLDS, OK),
	CASE(without_room_for_drift, nothing, BUDGET, FAILS, NO),
	CASE(without_room_for_drift, nothing, GROWTH, HOLDS, NO),
	CASE(another_quantity, nothing, COMPARABLE, CANNOT, UNSURE),
	CASE(another_quantity_with_sensitivity, nothing, COMPARABLE, HOLDS, OK),
	CASE(too_small_for_its_sensitivity, nothing, BUDGET, FAILS, NO),
	CASE(little_of_the_same_quantity, nothing, SENSITIVITY, CANNOT, UNSURE),
	CASE(little_of_the_same_quantity, sensitivity_warns, SENSITIVITY, WARNS, OK),
	CASE(half_of_the_same_quantity, nothing, SENSITIVITY, CANNOT, UNSURE),
	CASE(nearly_all_of_the_same_quantity, nothing, SENSITIVITY, WARNS, OK),
	CASE(all_of_the_same_quantity, nothing, SENSITIVITY, HOLDS, OK),
	CASE(all_of_the_same_quantity, nothing, GROWTH, HOLDS, OK),
	CASE(more_than_all_of_the_same_quantity, nothing, SENSITIVITY, HOLDS, OK),
	CASE(NULL, nothing, SENSITIVITY, HOLDS, OK),
	CASE(another_quantity_with_sensitivity, nothing, SENSITIVITY, HOLDS, OK),
	CASE(nothing_of_another_quantity, nothing, SENSITIVITY, WARNS, OK),
	CASE(extrapolated, nothing, RANGE, FAILS, NO),
	CASE(colder_than_its_parent, nothing, RANGE, FAILS, NO),
	CASE(within_its_parent, nothing, RANGE, INFO, OK), /* the institute's has no parent */
	CASE(wide_tolerance, tur_of_four, TUR, HOLDS, OK),
	CASE(wide_tolerance, nothing, CONFORMITY, HOLDS, OK),
	CASE(narrow_tolerance, tur_of_four, TUR, FAILS, NO),
	CASE(false_pass, nothing, CONFORMITY, FAILS, NO),
	CASE(simple_pass, nothing, CONFORMITY, HOLDS, OK),
	CASE(pass_without_errors, nothing, CONFORMITY, CANNOT, UNSURE),
	CASE(warmer_than_its_parent, nothing, CONDITIONS, WARNS, OK),
	CASE(NULL, nothing, COVERAGE, INFO, OK),
	CASE(with_degrees_of_freedom, nothing, COVERAGE, HOLDS, OK),
	CASE(with_few_degrees_of_freedom, nothing, COVERAGE, WARNS, OK),
	CASE(with_few_and_their_k, nothing, COVERAGE, INFO, OK),
	CASE(a_standard_uncertainty_with_few, nothing, COVERAGE, INFO, OK),
	CASE(as_many_as_its_parent_leaves, nothing, COVERAGE, WARNS, OK),
	CASE(more_than_its_parent_leaves, nothing, COVERAGE, FAILS, NO),
	CASE(what_its_parent_leaves_is_few, nothing, COVERAGE, WARNS, OK),
	CASE(level_past_the_institute, nothing, ROOT, FAILS, NO),
	CASE(NULL, another_institute, ROOT, FAILS, NO),
	CASE(NULL, another_institute, ORGANISATION, FAILS, NO),
	CASE(NULL, two_links, DEPTH, FAILS, NO),
	CASE(NULL, stale, FRESHNESS, CANNOT, UNSURE),
	CASE(NULL, not_stale, FRESHNESS, HOLDS, OK),
	CASE(NULL, of_unknown_age, FRESHNESS, CANNOT, UNSURE),
	CASE(NULL, not_whole, TIME_VERSION, WARNS, OK),
	CASE(NULL, without_revocations, REVOKED_REPORT, CANNOT, UNSURE),
	CASE(NULL, without_revocations, REVOKED_DEVICE, CANNOT, UNSURE),
	CASE(NULL, without_revocations, REVOKED_TECHNICIAN, CANNOT, UNSURE),
	CASE(NULL, without_revocations, REVOKED_ORGANISATION, CANNOT, UNSURE),
};

TEST(one_fault_at_a_time)
{
	for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		chain_begin(&c, 3);
		c.plan.bend = FAULTS[i].bend;
		chain_build(&c);
		FAULTS[i].change(&c);
		chain_trace(&c, &r);
		int outcome = outcome_of(&r, FAULTS[i].check);
		if (outcome != FAULTS[i].outcome || (int)r.verdict != FAULTS[i].verdict) {
			TEST_FAIL("%s: outcome %d, wanted %d; verdict %d, wanted %d",
				  FAULTS[i].name, outcome, FAULTS[i].outcome, r.verdict,
				  FAULTS[i].verdict);
			show_result(&r);
		}
		/* the reason that is told first is of the worst outcome there is */
		if (r.verdict != LS_CAL_TRACEABLE && r.first == r.check_count)
			TEST_FAIL("%s: no reason is told", FAULTS[i].name);
		chain_end(&c);
	}
}

/* A laboratory of level 3 certifies a device of level 2, or reports of one. */
static void lower_laboratory(bool reports, struct ls_cal_result *r)
{
	struct chain c;
	struct party organisation = { .key = NULL }, technician = { .key = NULL },
		     device = { .key = NULL };
	chain_begin(&c, 3);
	chain_build(&c);
	make_organisation(&c, &organisation, "Laboratory below", 3, &c.organisations[2]);
	make_technician(&c, &technician, "Technician below", 3, &organisation);
	make_device(&c, &device, "Of both", 2, reports ? &c.technicians[2] : &technician);
	struct party own = c.technicians[2];
	if (reports)
		c.technicians[2] = technician;
	const struct report_parent parent = { &c.reports[1], &c.devices[1] };
	make_report(&c, 2, &device, &parent, 1, MAKER_T0 + 5 * MAKER_DAY);
	c.technicians[2] = own;
	chain_settle(&c);
	chain_trace_at(&c, "Of both", NULL, MAKER_AT, r);
	party_free(&organisation);
	party_free(&technician);
	party_free(&device);
	chain_end(&c);
}

TEST(no_laboratory_works_above_its_own_level_with_its_key_or_with_its_reports)
{
	for (int reports = 0; reports < 2; reports++) {
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		lower_laboratory(reports, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_LEVEL_ORGANISATION), LS_CAL_FAILS);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEVICE_CERTIFICATE), LS_CAL_HOLDS);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TECHNICIAN), LS_CAL_HOLDS);
	}
}

/* D14: what a parent's few degrees of freedom leave, link after link. */
static void three_at_the_top(struct ls_cal_record *r, unsigned level)
{
	static const char *const u[] = { "0.0020", "0.0025", "0.0050", "0.0500" };
	if (r->kind != LS_CAL_REPORT)
		return;
	MEASURAND(r).points[1].u = decimal(u[level]);
	if (level == 0)
		MEASURAND(r).points[1].dof = 3;
}

TEST(degrees_of_freedom_are_computed_down_the_chain)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	/* (u / u_parent)^4 times as many from link to link; past 10^4 they are no matter */
	static const double wanted[] = { INFINITY, 3 * 2.44140625 * 16, 3 * 2.44140625, 3 };
	chain_begin(&c, 4);
	c.plan.bend = three_at_the_top;
	chain_build(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(r.link_count, 4);
	for (size_t i = 0; i < r.link_count; i++)
		if (isinf(wanted[i]) ? !isinf(r.links[i].dof)
				     : fabs(r.links[i].dof / wanted[i] - 1) > 1e-9)
			TEST_FAIL("link %zu: %g, wanted %g", i, r.links[i].dof, wanted[i]);
	chain_end(&c);
}

TEST(each_signature_by_a_stranger_is_seen_on_every_level)
{
	static const struct {
		enum ls_cal_kind kind;
		enum ls_cal_role role;
		unsigned level;
		enum ls_cal_check_id check;
	} cases[] = {
		{ LS_CAL_ORGANISATION, LS_CAL_ROLE_CERTIFIER, 0, LS_CAL_CHECK_ORGANISATION },
		{ LS_CAL_ORGANISATION, LS_CAL_ROLE_CERTIFIER, 1, LS_CAL_CHECK_ORGANISATION },
		{ LS_CAL_ORGANISATION, LS_CAL_ROLE_CERTIFIER, 2, LS_CAL_CHECK_ORGANISATION },
		{ LS_CAL_TECHNICIAN, LS_CAL_ROLE_CERTIFIER, 0, LS_CAL_CHECK_TECHNICIAN },
		{ LS_CAL_TECHNICIAN, LS_CAL_ROLE_CERTIFIER, 1, LS_CAL_CHECK_TECHNICIAN },
		{ LS_CAL_TECHNICIAN, LS_CAL_ROLE_CERTIFIER, 2, LS_CAL_CHECK_TECHNICIAN },
		{ LS_CAL_DEVICE, LS_CAL_ROLE_CERTIFIER, 0, LS_CAL_CHECK_DEVICE_CERTIFICATE },
		{ LS_CAL_DEVICE, LS_CAL_ROLE_CERTIFIER, 1, LS_CAL_CHECK_DEVICE_CERTIFICATE },
		{ LS_CAL_DEVICE, LS_CAL_ROLE_CERTIFIER, 2, LS_CAL_CHECK_DEVICE_CERTIFICATE },
		{ LS_CAL_REPORT, LS_CAL_ROLE_ORGANISATION, 0, LS_CAL_CHECK_SIGNATURE_ORGANISATION },
		{ LS_CAL_REPORT, LS_CAL_ROLE_TECHNICIAN, 0, LS_CAL_CHECK_SIGNATURE_TECHNICIAN },
		{ LS_CAL_REPORT, LS_CAL_ROLE_PARENT, 1, LS_CAL_CHECK_SIGNATURE_PARENT },
		{ LS_CAL_REPORT, LS_CAL_ROLE_TECHNICIAN, 1, LS_CAL_CHECK_SIGNATURE_TECHNICIAN },
		{ LS_CAL_REPORT, LS_CAL_ROLE_PARENT, 2, LS_CAL_CHECK_SIGNATURE_PARENT },
		{ LS_CAL_REPORT, LS_CAL_ROLE_TECHNICIAN, 2, LS_CAL_CHECK_SIGNATURE_TECHNICIAN },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		chain_begin(&c, 3);
		c.plan.forged = cases[i].kind;
		c.plan.forged_role = cases[i].role;
		c.plan.forged_level = cases[i].level;
		chain_build(&c);
		chain_trace(&c, &r);
		if (r.verdict != LS_CAL_NOT_TRACEABLE ||
		    outcome_of(&r, cases[i].check) != LS_CAL_FAILS) {
			TEST_FAIL("case %zu was not seen", i);
			show_result(&r);
		}
		chain_end(&c);
	}
}

TEST(a_private_chain_still_verifies_and_says_what_was_not_checked)
{
	struct chain c;
	struct ls_cal_result r;
	chain_begin(&c, 3);
	c.plan.private = true;
	chain_build(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK(r.links[0].hidden && r.links[0].quantity[0] == '\0');
	CHECK_STR_EQ(r.links[0].report_name, "-");
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_STANDARD_UNCERTAINTY), LS_CAL_INFO);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_SIGNATURE_PARENT), LS_CAL_HOLDS);
	ls_cal_result_free(&r);
	chain_trace_at(&c, "Thermometer 2", "temperature", MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_QUANTITY), LS_CAL_CANNOT);
	ls_cal_result_free(&r);
	chain_end(&c);
}

TEST(a_report_of_a_day_to_come_is_refused)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	chain_begin(&c, 2);
	c.plan.logged_after = -MAKER_DAY;
	chain_build(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TIME_LOGGED), LS_CAL_FAILS);
	chain_end(&c);
}

/* --- the device ------------------------------------------------------------------------------ */

TEST(a_device_is_found_by_name_id_and_key)
{
	struct chain c;
	char id[LS_DIGEST_HEX_SIZE], key[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	chain_begin(&c, 2);
	chain_build(&c);
	ls_p256_public_digest(&c.devices[1].signer.key, &digest);
	ls_digest_hex(&digest, key);
	ls_digest_hex(&c.devices[1].record.id, id);
	const char *const names[] = { "Thermometer 1", id, key };
	for (size_t i = 0; i < 3; i++) {
		struct ls_cal_result r;
		chain_trace_at(&c, names[i], "temperature", MAKER_AT, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		CHECK_STR_EQ(r.device_name, "Thermometer 1");
		ls_cal_result_free(&r);
	}
	chain_end(&c);
}

TEST(what_is_not_there_is_not_traceable_and_says_why)
{
	static const struct {
		const char *device, *quantity;
		enum ls_cal_check_id check;
	} cases[] = {
		{ "Thermometer 9", NULL, LS_CAL_CHECK_DEVICE },
		{ "0000000000000000000000000000000000000000000000000000000000000000", NULL,
		  LS_CAL_CHECK_DEVICE },
		{ "Thermometer 1", "mass", LS_CAL_CHECK_QUANTITY },
	};
	struct chain c;
	chain_begin(&c, 2);
	chain_build(&c);
	for (int whole = 0; whole < 2; whole++) {
		c.fresh.absence_shown = whole;
		ls_cal_memory_store_set_fresh(c.store, &c.fresh);
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct ls_cal_result r;
			chain_trace_at(&c, cases[i].device, cases[i].quantity, MAKER_AT, &r);
			CHECK_INT_EQ(r.verdict,
				     whole ? LS_CAL_NOT_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN);
			CHECK_INT_EQ(outcome_of(&r, cases[i].check),
				     whole ? LS_CAL_FAILS : LS_CAL_CANNOT);
			CHECK(r.first < r.check_count && r.checks[r.first].check == cases[i].check);
			ls_cal_result_free(&r);
		}
	}
	chain_end(&c);
}

TEST(two_devices_of_one_name_are_told_apart_by_id)
{
	struct chain c;
	struct party other = { .key = NULL };
	struct ls_cal_result r;
	chain_begin(&c, 2);
	chain_build(&c);
	make_device(&c, &other, "Thermometer 1", 1, &c.technicians[1]);
	chain_settle(&c);
	chain_trace_at(&c, "Thermometer 1", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEVICE), LS_CAL_CANNOT);
	ls_cal_result_free(&r);
	/* the other one is given up: its name is free again */
	revoke(&c, &other.record.id, LS_CAL_DEVICE, &c.technicians[1], MAKER_T0, LS_CAL_SUPERSEDED);
	chain_trace_at(&c, "Thermometer 1", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	ls_cal_result_free(&r);
	party_free(&other);
	chain_end(&c);
}

TEST(a_device_past_its_due_date_is_not_in_force)
{
	struct chain c;
	struct ls_cal_result r;
	int64_t due = MAKER_T0 + 2 * MAKER_DAY + 365 * MAKER_DAY;
	chain_begin(&c, 3);
	chain_build(&c);
	c.trust.max_age = 1000 * MAKER_DAY;
	chain_trace_at(&c, "Thermometer 2", NULL, due, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	ls_cal_result_free(&r);
	chain_trace_at(&c, "Thermometer 2", NULL, due + 1, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_IN_FORCE), LS_CAL_FAILS);
	/* its parents were in force when they were used, which is what counts */
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TIME_DUE), LS_CAL_HOLDS);
	ls_cal_result_free(&r);
	chain_end(&c);
}

TEST(a_report_by_nobody_entitled_takes_no_device_out_of_service)
{
	struct chain c;
	struct ls_cal_result r;
	chain_begin(&c, 2);
	chain_build(&c);
	struct report_parent parent = { &c.reports[0], &c.devices[0] };
	c.plan.forged = LS_CAL_REPORT;
	c.plan.forged_role = LS_CAL_ROLE_TECHNICIAN;
	c.plan.forged_level = 1;
	make_report(&c, 1, &c.devices[1], &parent, 1, MAKER_T0 + 50 * MAKER_DAY);
	chain_settle(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_IN_FORCE), LS_CAL_WARNS);
	CHECK(ls_digest_equal(&r.links[0].report, &c.reports[1]));
	ls_cal_result_free(&r);
	chain_end(&c);
}

static void of_another_registry(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 1)
		another_registry_body(r);
}

TEST(a_report_of_another_registry_takes_no_device_out_of_service)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r;
	chain_begin(&c, 2);
	chain_build(&c);
	struct report_parent parent = { &c.reports[0], &c.devices[0] };
	c.plan.bend = of_another_registry;
	make_report(&c, 1, &c.devices[1], &parent, 1, MAKER_T0 + 50 * MAKER_DAY);
	chain_settle(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_IN_FORCE), LS_CAL_WARNS);
	CHECK(ls_digest_equal(&r.links[0].report, &c.reports[1]));
	chain_end(&c);
}

TEST_MAIN()
