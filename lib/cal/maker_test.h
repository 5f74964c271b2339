/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes chains of calibrations for tests: an institute, laboratories below it, a
 * device at each level, and lets a test bend any record before it is signed.
 *
 *     MAKER_CHAIN(c, 3);                 levels 0 to 2, all in order
 *     c.plan.bend = my_bend; ...         before chain_build(&c)
 */
#ifndef LABSEAL_LIB_CAL_MAKER_TEST_H
#define LABSEAL_LIB_CAL_MAKER_TEST_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/test.h"
#include "lib/cal/trace.h"

#define MAKER_REGISTRY "example.org/calibration"
#define MAKER_T0       1767225600LL /* 2026-01-01T00:00:00Z */
#define MAKER_DAY      86400LL
#define MAKER_AT       (MAKER_T0 + 100 * MAKER_DAY)
#define MAKER_LEVELS   64

struct party {
	struct ls_cal_record record;
	struct ls_p256_key *key;
	struct ls_signer signer;
};

/* Who signs what in another's place. */
struct plan {
	void (*bend)(struct ls_cal_record *record, unsigned level);
	enum ls_cal_kind forged; /* its record's signature of this role is by a stranger */
	enum ls_cal_role forged_role;
	unsigned forged_level;
	bool private;	       /* every report is */
	int64_t logged_after;  /* seconds from issued to logged; 0: an hour */
	bool unlogged;	       /* nobody says when */
	int64_t absent_before; /* seconds before a calibration its report was not there; 0: nobody
				  says */
};

struct chain {
	struct plan plan;
	unsigned levels;
	struct ls_cal_store *store;
	uint64_t size;
	struct ls_cal_trust trust;
	struct ls_cal_nmi nmi;
	struct party registry, stranger;
	struct party organisations[MAKER_LEVELS], technicians[MAKER_LEVELS], devices[MAKER_LEVELS];
	struct ls_digest reports[MAKER_LEVELS];
	struct ls_cal_fresh fresh;
};

__attribute__((unused)) static struct ls_decimal decimal(const char *text)
{
	struct ls_decimal d = { 0, 0 };
	if (ls_decimal_parse(text, strlen(text), &d) < 0)
		TEST_FAIL("no decimal: %s", text);
	return d;
}

__attribute__((unused)) static void set_unit(const char *text, char *buffer, struct ls_unit *unit)
{
	snprintf(buffer, LS_CAL_UNIT_SIZE, "%s", text);
	if (ls_unit_parse(text, strlen(text), unit, NULL) < 0)
		TEST_FAIL("no unit: %s", text);
}

__attribute__((unused)) static void set_quantity(char *buffer, const char *text)
{
	snprintf(buffer, LS_CAL_QUANTITY_SIZE, "%s", text);
}

__attribute__((unused)) static void party_key(struct party *p)
{
	if (ls_p256_key_generate(&p->key, NULL) < 0)
		TEST_FAIL("no key");
	ls_p256_key_signer(p->key, &p->signer);
}

__attribute__((unused)) static void party_free(struct party *p)
{
	ls_p256_key_free(p->key);
	ls_cal_record_free(&p->record);
}

/* --- records --------------------------------------------------------------------------- */

/* Sign in the next role, by this party or by the stranger. */
__attribute__((unused)) static void sign_as(struct chain *c, struct ls_cal_record *r,
					    enum ls_cal_role role, const struct party *by,
					    unsigned level)
{
	struct ls_error err = { 0 };
	bool forged = c->plan.forged == r->kind && c->plan.forged_role == role &&
		      c->plan.forged_level == level;
	if (ls_cal_record_sign(r, role, forged ? &c->stranger.signer : &by->signer, &err) < 0)
		TEST_FAIL("%s", err.message);
}

/* Into the log, as its bytes. */
__attribute__((unused)) static int put(struct chain *c, const struct ls_cal_record *r,
				       bool with_details)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	int64_t logged = r->issued + (c->plan.logged_after ? c->plan.logged_after : 3600);
	if (c->plan.unlogged)
		logged = LS_CAL_TIME_UNKNOWN;
	int rc = ls_cal_record_format(r, with_details, &bytes, &err);
	if (rc == 0)
		rc = ls_cal_entry_parse(bytes.data, bytes.size, c->size, logged, &entry, &err);
	if (rc == 0 && c->plan.absent_before)
		entry->absent = r->report.performed - c->plan.absent_before;
	if (rc == 0)
		rc = ls_cal_memory_store_add(c->store, entry);
	if (rc < 0)
		TEST_FAIL("%s (%d)", err.message, rc);
	c->size++;
	return rc;
}

__attribute__((unused)) static void bend_record(const struct chain *c, struct ls_cal_record *r,
						unsigned level)
{
	if (c->plan.bend)
		c->plan.bend(r, level);
}

__attribute__((unused)) static void make_organisation(struct chain *c, struct party *p,
						      const char *name, unsigned level,
						      const struct party *certifier)
{
	static const char *const smallest[] = { "0.0001", "0.001", "0.002", "0.003" };
	party_key(p);
	struct ls_cal_record *r = &p->record;
	*r = (struct ls_cal_record){ .kind = LS_CAL_ORGANISATION,
				     .registry = MAKER_REGISTRY,
				     .issued = MAKER_T0 - 300 * MAKER_DAY };
	struct ls_cal_organisation *o = &r->organisation;
	snprintf(o->name, sizeof(o->name), "%s", name);
	o->key = p->signer.key;
	o->level = level;
	o->root = certifier == NULL;
	if (certifier)
		o->certifier = certifier->record.id;
	o->from = MAKER_T0 - 400 * MAKER_DAY;
	o->until = MAKER_T0 + 4000 * MAKER_DAY;
	o->scope_count = 2;
	o->scopes = calloc(2, sizeof(*o->scopes));
	for (int i = 0; i < 2; i++) {
		struct ls_cal_scope *s = &o->scopes[i];
		set_quantity(s->quantity, i ? "resistance" : "temperature");
		set_unit(i ? "\\ohm" : "\\kelvin", s->unit_text, &s->unit);
		s->low = decimal(i ? "1" : "200");
		s->high = decimal(i ? "1000" : "500");
		s->u = decimal(smallest[level < 3 ? level : 3]);
		s->k = decimal("2");
	}
	bend_record(c, r, level);
	sign_as(c, r, LS_CAL_ROLE_CERTIFIER, certifier ? certifier : p, level);
	put(c, r, false);
}

__attribute__((unused)) static void make_technician(struct chain *c, struct party *p,
						    const char *name, unsigned level,
						    const struct party *organisation)
{
	party_key(p);
	struct ls_cal_record *r = &p->record;
	*r = (struct ls_cal_record){ .kind = LS_CAL_TECHNICIAN,
				     .registry = MAKER_REGISTRY,
				     .issued = MAKER_T0 - 200 * MAKER_DAY };
	snprintf(r->technician.name, sizeof(r->technician.name), "%s", name);
	r->technician.key = p->signer.key;
	r->technician.organisation = organisation->record.id;
	r->technician.from = MAKER_T0 - 250 * MAKER_DAY;
	r->technician.until = MAKER_T0 + 3000 * MAKER_DAY;
	bend_record(c, r, level);
	sign_as(c, r, LS_CAL_ROLE_CERTIFIER, organisation, level);
	put(c, r, false);
}

__attribute__((unused)) static void make_device(struct chain *c, struct party *p, const char *name,
						unsigned level, const struct party *technician)
{
	party_key(p);
	struct ls_cal_record *r = &p->record;
	*r = (struct ls_cal_record){ .kind = LS_CAL_DEVICE,
				     .registry = MAKER_REGISTRY,
				     .issued = MAKER_T0 - 100 * MAKER_DAY };
	snprintf(r->device.name, sizeof(r->device.name), "%s", name);
	r->device.key = p->signer.key;
	r->device.level = level;
	r->device.technician = technician->record.id;
	r->device.from = MAKER_T0 - 150 * MAKER_DAY;
	r->device.until = LS_CAL_NO_END;
	bend_record(c, r, level);
	sign_as(c, r, LS_CAL_ROLE_CERTIFIER, technician, level);
	put(c, r, false);
}

/* U of a level: 0.002 K at the institute, four times as much at each level below, up to 1 K. */
__attribute__((unused)) static struct ls_decimal level_u(unsigned level, unsigned part)
{
	struct ls_decimal d = { 2 + (int64_t)part, -3 };
	for (unsigned i = 0; i < level; i++)
		d.coefficient *= i < 4 ? 4 : 2;
	return d;
}

/* Temperature from 250 K to 350 K (less at each level), three points. */
__attribute__((unused)) static struct ls_cal_details *make_details(unsigned level)
{
	struct ls_cal_details *d = calloc(1, sizeof(*d));
	struct ls_cal_measurand *m = calloc(1, sizeof(*m));
	d->salt[0] = (uint8_t)(level + 1);
	snprintf(d->number, sizeof(d->number), "CAL-%u", level);
	d->measurand_count = 1;
	d->measurands = m;
	d->condition_count = 1;
	d->conditions = calloc(1, sizeof(*d->conditions));
	set_quantity(d->conditions[0].name, "ambient-temperature");
	set_unit("\\degreecelsius", d->conditions[0].unit_text, &d->conditions[0].unit);
	d->conditions[0].low = decimal("22.5");
	d->conditions[0].high = decimal("23.5");
	set_quantity(m->quantity, "temperature");
	set_unit(level % 2 ? "\\degreecelsius" : "\\kelvin", m->unit_text, &m->unit);
	static const char *const points[2][3] = { { "253.15", "293.15", "333.15" },
						  { "-20.00", "20.00", "60.00" } };
	m->low = decimal(points[level % 2][0]);
	m->high = decimal(points[level % 2][2]);
	m->point_count = 3;
	m->points = calloc(3, sizeof(*m->points));
	for (unsigned i = 0; i < 3; i++)
		m->points[i] = (struct ls_cal_point){ .value = decimal(points[level % 2][i]),
						      .has_error = true,
						      .error = decimal("0.001"),
						      .has_u = true,
						      .u = level_u(level, i == 1 ? 0 : 1),
						      .has_k = true,
						      .k = decimal("2") };
	return d;
}

struct report_parent {
	const struct ls_digest *report;
	const struct party *device;
};

/* A report of `level`, by its technician, on `device`; kept as `level`'s when it is the device's.
 */
__attribute__((unused)) static struct ls_digest make_report(struct chain *c, unsigned level,
							    const struct party *device,
							    const struct report_parent *parents,
							    size_t parent_count, int64_t performed)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_REPORT,
							     .registry = MAKER_REGISTRY,
							     .issued = performed + 7200 };
	struct ls_cal_report *r = &record.report;
	r->device = device->record.id;
	r->level = level;
	r->technician = c->technicians[level].record.id;
	r->parent_count = parent_count;
	r->parents = calloc(parent_count ? parent_count : 1, sizeof(*r->parents));
	for (size_t i = 0; i < parent_count; i++)
		r->parents[i].id = *parents[i].report;
	r->begun = r->performed = performed;
	r->due = performed + 365 * MAKER_DAY;
	r->private = c->plan.private;
	r->details = make_details(level);
	bend_record(c, &record, level);
	enum ls_cal_role role;
	for (size_t i = 0; (role = ls_cal_record_role(&record, i)) != 0; i++)
		sign_as(c, &record, role,
			role == LS_CAL_ROLE_PARENT	 ? parents[i].device
			: role == LS_CAL_ROLE_TECHNICIAN ? &c->technicians[level]
							 : &c->organisations[level],
			level);
	put(c, &record, false);
	return record.id;
}

/* A revocation by this party's key. */
__attribute__((unused)) static void revoke(struct chain *c, const struct ls_digest *id,
					   enum ls_cal_kind kind, const struct party *by,
					   int64_t since, enum ls_cal_reason reason)
{
	struct ls_cal_record r = { .kind = LS_CAL_REVOCATION,
				   .registry = MAKER_REGISTRY,
				   .issued = MAKER_AT - MAKER_DAY };
	r.revocation = (struct ls_cal_revocation){ .record = *id,
						   .revoked = kind,
						   .since = since,
						   .reason = reason,
						   .words = "for the test",
						   .by = by->record.id };
	bend_record(c, &r, 0);
	sign_as(c, &r, LS_CAL_ROLE_REVOKER, by, 0);
	put(c, &r, false);
	c->fresh.size = c->size;
	ls_cal_memory_store_set_fresh(c->store, &c->fresh);
}

/* --- chains ------------------------------------------------------------------------------ */

__attribute__((unused)) static void chain_begin(struct chain *c, unsigned levels)
{
	memset(c, 0, sizeof(*c));
	c->levels = levels;
	c->store = ls_cal_memory_store_new();
	party_key(&c->registry);
	party_key(&c->stranger);
	c->trust.has_registry = true;
	ls_note_key_init(&c->trust.registry, MAKER_REGISTRY, &c->registry.signer.key, NULL);
	c->trust.nmi_count = 1;
	c->trust.nmis = &c->nmi;
	snprintf(c->nmi.name, sizeof(c->nmi.name), "Example NMI");
	c->trust.max_age = LS_CAL_MAX_AGE_DEFAULT;
	c->trust.max_depth = LS_CAL_DEPTH_DEFAULT;
}

__attribute__((unused)) static void chain_settle(struct chain *c)
{
	c->fresh = (struct ls_cal_fresh){ .origin = MAKER_REGISTRY,
					  .size = c->size,
					  .time = MAKER_AT - 3600,
					  .clock = LS_CAL_CLOCK_HEARTBEAT,
					  .absence_shown = true,
					  .revocations_shown = true };
	ls_cal_memory_store_set_fresh(c->store, &c->fresh);
}

__attribute__((unused)) static void chain_level(struct chain *c, unsigned level)
{
	char name[64];
	snprintf(name, sizeof(name), level ? "Laboratory %u" : "Example NMI", level);
	make_organisation(c, &c->organisations[level], name, level,
			  level ? &c->organisations[level - 1] : NULL);
	if (level == 0)
		c->nmi.key = c->organisations[0].signer.key;
	snprintf(name, sizeof(name), "Technician %u", level);
	make_technician(c, &c->technicians[level], name, level, &c->organisations[level]);
	snprintf(name, sizeof(name), "Thermometer %u", level);
	make_device(c, &c->devices[level], name, level, &c->technicians[level]);
	struct report_parent parent = { NULL, NULL };
	if (level)
		parent = (struct report_parent){ &c->reports[level - 1], &c->devices[level - 1] };
	c->reports[level] = make_report(c, level, &c->devices[level], &parent, level ? 1 : 0,
					MAKER_T0 + level * MAKER_DAY);
}

__attribute__((unused)) static void chain_build(struct chain *c)
{
	for (unsigned level = 0; level < c->levels; level++)
		chain_level(c, level);
	chain_settle(c);
}

__attribute__((unused)) static void chain_end(struct chain *c)
{
	for (unsigned level = 0; level < c->levels; level++) {
		party_free(&c->organisations[level]);
		party_free(&c->technicians[level]);
		party_free(&c->devices[level]);
	}
	party_free(&c->registry);
	party_free(&c->stranger);
	ls_cal_store_free(c->store);
}

/* The first difference between two results of one question. */
__attribute__((unused)) static void check_same_result(const struct ls_cal_result *a,
						      const struct ls_cal_result *b)
{
	CHECK_INT_EQ(a->verdict, b->verdict);
	CHECK_INT_EQ(a->link_count, b->link_count);
	CHECK_INT_EQ(a->check_count, b->check_count);
	CHECK_INT_EQ(a->first, b->first);
	CHECK_STR_EQ(a->nmi, b->nmi);
	for (size_t i = 0; i < a->link_count && i < b->link_count; i++)
		CHECK(ls_digest_equal(&a->links[i].report, &b->links[i].report));
	for (size_t i = 0; i < a->check_count && i < b->check_count; i++) {
		const struct ls_cal_check *p = &a->checks[i], *q = &b->checks[i];
		CHECK(p->check == q->check && p->outcome == q->outcome && p->link == q->link);
		CHECK_STR_EQ(p->words ? p->words : "", q->words ? q->words : "");
	}
}

__attribute__((unused)) static int trace_by(struct chain *c, unsigned threads, const char *device,
					    const char *quantity, int64_t at,
					    struct ls_cal_result *result)
{
	struct ls_error err = { 0 };
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *worker = NULL;
	struct ls_cal_engine_options options = { .at = at, .threads = threads };
	memset(result, 0, sizeof(*result));
	int rc = ls_cal_engine_new(&c->trust, &options, &engine, &err);
	if (rc == 0)
		rc = ls_cal_worker_new(engine, c->store, &worker, &err);
	if (rc == 0)
		rc = ls_cal_trace(worker, device, quantity, result, &err);
	if (rc < 0)
		TEST_FAIL("%s (%d)", err.message, rc);
	ls_cal_worker_free(worker);
	ls_cal_engine_free(engine);
	return rc;
}

/* The trace of the last level's device (or another one, or by name): by one thread, and, what has
 * to say the same, with others that check signatures. */
__attribute__((unused)) static void chain_trace_at(struct chain *c, const char *device,
						   const char *quantity, int64_t at,
						   struct ls_cal_result *result)
{
	_cleanup_cal_result_ struct ls_cal_result deferred;
	int rc = trace_by(c, 1, device, quantity, at, result);
	if (trace_by(c, 3, device, quantity, at, &deferred) == 0 && rc == 0)
		check_same_result(result, &deferred);
}

__attribute__((unused)) static void chain_trace(struct chain *c, struct ls_cal_result *result)
{
	char device[LS_DIGEST_HEX_SIZE];
	ls_digest_hex(&c->devices[c->levels - 1].record.id, device);
	chain_trace_at(c, device, NULL, MAKER_AT, result);
}

__attribute__((unused)) static void show_result(const struct ls_cal_result *result)
{
	printf("  %s, %zu links\n", ls_cal_verdict_name(result->verdict), result->link_count);
	for (size_t i = 0; i < result->check_count; i++)
		if (result->checks[i].outcome != LS_CAL_HOLDS)
			printf("    %s %s (link %zd): %s\n",
			       ls_cal_outcome_name(result->checks[i].outcome),
			       ls_cal_check_kind(result->checks[i].check)->id,
			       (ssize_t)result->checks[i].link, result->checks[i].words);
}

/* The worst outcome of this check; -1: it was not made. */
__attribute__((unused)) static int outcome_of(const struct ls_cal_result *result,
					      enum ls_cal_check_id check)
{
	int worst = -1;
	for (size_t i = 0; i < result->check_count; i++)
		if (result->checks[i].check == check && (int)result->checks[i].outcome > worst)
			worst = (int)result->checks[i].outcome;
	return worst;
}

/* The verdict, and the worst outcome of this check. */
__attribute__((unused)) static int verdict_of(struct chain *c, enum ls_cal_check_id check,
					      int *outcome)
{
	struct ls_cal_result r;
	chain_trace(c, &r);
	int verdict = (int)r.verdict;
	*outcome = outcome_of(&r, check);
	if (verdict != LS_CAL_TRACEABLE && r.first == r.check_count)
		TEST_FAIL("no reason is told");
	ls_cal_result_free(&r);
	return verdict;
}

#endif
