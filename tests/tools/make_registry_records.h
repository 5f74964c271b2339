/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a made-up registry, each from the plan alone and the ids of those before it. */
#ifndef LABSEAL_TESTS_TOOLS_MAKE_REGISTRY_RECORDS_H
#define LABSEAL_TESTS_TOOLS_MAKE_REGISTRY_RECORDS_H

#include "lib/cal/record.h"
#include "lib/cal/unit.h"
#include "tests/tools/make_registry_keys.h"
#include "tests/tools/make_registry_plan.h"

#define KEYS_KEPT 32
#define KEY_NAME  24

/* Ids of what was made, for all threads: written by one, read by others in a later stage. */
struct made_ids {
	struct ls_digest *organisations, *technicians; /* [level * organisations + i] */
	struct ls_digest *devices[LEVELS_MAX + 1], *reports[LEVELS_MAX + 1];
	struct ls_digest faulty_organisation, faulty_technician;
	struct ls_digest older;	     /* the report of a device that was calibrated again */
	struct ls_digest revocation; /* zero: there is none yet */
};

/* One thread's. */
struct record_maker {
	const struct plan *plan;
	struct made_ids *ids;
	const char *origin;
	struct key_maker keys;
	struct {
		char kind[KEY_NAME];
		uint64_t index;
		struct made_key key;
	} kept[KEYS_KEPT];
	struct ls_buffer text; /* scratch */
	struct ls_cal_record record;
	struct ls_cal_scope scope;
	struct ls_cal_parent parents[LS_CAL_PARENTS_MAX];
	struct ls_cal_details details;
	struct ls_cal_measurand measurand;
	struct ls_cal_point points[3], found[3];
	struct ls_cal_condition condition;
};

_Noreturn static inline void make_failed(const struct ls_error *err, const char *what)
{
	fprintf(stderr, "make_registry: %s: %s\n", what, err ? err->message : "out of memory");
	exit(4);
}

static inline void record_maker_init(struct record_maker *m, const struct plan *plan,
				     struct made_ids *ids, const char *origin)
{
	*m = (struct record_maker){ .plan = plan, .ids = ids, .origin = origin };
	key_maker_init(&m->keys, plan->o.seed);
	ls_buffer_init(&m->text, LS_CAL_RECORD_SIZE_MAX);
}

static inline void record_maker_free(struct record_maker *m)
{
	for (size_t i = 0; i < KEYS_KEPT; i++)
		if (m->kept[i].key.pkey)
			key_done(&m->kept[i].key);
	key_maker_free(&m->keys);
	ls_buffer_free(&m->text);
}

/* A key that signs again and again is kept for as long as no other takes its place. */
static inline const struct made_key *key_of(struct record_maker *m, const char *kind,
					    uint64_t index)
{
	size_t at = (size_t)(index + (uint64_t)kind[0] * 7) % KEYS_KEPT;
	if (m->kept[at].key.pkey && m->kept[at].index == index &&
	    strcmp(m->kept[at].kind, kind) == 0)
		return &m->kept[at].key;
	if (m->kept[at].key.pkey)
		key_done(&m->kept[at].key);
	snprintf(m->kept[at].kind, KEY_NAME, "%s", kind);
	m->kept[at].index = index;
	key_make(&m->keys, kind, index, &m->kept[at].key);
	return &m->kept[at].key;
}

static inline uint64_t level_index(unsigned level, uint64_t i)
{
	return ((uint64_t)level << 40) + i;
}

static inline size_t organisation_index(const struct plan *p, unsigned level, unsigned i)
{
	return (size_t)level * p->o.organisations + i;
}

/* --- beginning, signing and writing --------------------------------------------------------- */

static inline struct ls_cal_record *record_begin(struct record_maker *m, enum ls_cal_kind kind,
						 int64_t issued)
{
	memset(&m->record, 0, sizeof(m->record));
	m->record.kind = kind;
	m->record.issued = issued;
	snprintf(m->record.registry, sizeof(m->record.registry), "%s", m->origin);
	return &m->record;
}

static inline void record_text(struct record_maker *m)
{
	struct ls_error err = { 0 };
	ls_buffer_clear(&m->text);
	if (ls_cal_record_identify(&m->record, &err) < 0 ||
	    ls_cal_record_text(&m->record, &m->text, &err) < 0)
		make_failed(&err, ls_cal_kind_name(m->record.kind));
}

/* Without lib's check of each signature by its key, which would cost more than all the rest. */
static inline void record_sign(struct record_maker *m, enum ls_cal_role role,
			       const struct made_key *key)
{
	char head[64];
	static _Thread_local struct ls_sha256 hash;
	struct ls_cal_signature *s = &m->record.signatures[m->record.signature_count++];
	int n = snprintf(head, sizeof(head), "labseal calibration v1\n%s\n",
			 ls_cal_role_name(role));
	if (ls_sha256_init(&hash) < 0)
		keys_failed();
	ls_sha256_update(&hash, head, (size_t)n);
	ls_sha256_update(&hash, m->text.data, m->text.size);
	ls_sha256_final(&hash, &s->digest);
	s->role = role;
	s->size = key_sign(key, &s->digest, s->der);
}

static inline void record_write(struct record_maker *m, struct ls_buffer *out,
				struct ls_digest *ret_id)
{
	struct ls_error err = { 0 };
	if (ls_cal_record_format(&m->record, false, out, &err) < 0)
		make_failed(&err, ls_cal_kind_name(m->record.kind));
	if (ret_id)
		*ret_id = m->record.id;
}

/* --- numbers -------------------------------------------------------------------------------- */

static inline struct ls_decimal decimal(int64_t coefficient, int exponent)
{
	return (struct ls_decimal){ coefficient, exponent };
}

/* Expanded uncertainty in microkelvin: each level adds a good part of its own. */
static inline int64_t uncertainty_of(const struct plan *p, unsigned level)
{
	double growth = p->levels > 10 ? 1.15 : 1.6;
	return (int64_t)ceil(200 * pow(growth, level));
}

static inline void unit_of(const char *text, char *buffer, size_t size, struct ls_unit *unit)
{
	struct ls_error err = { 0 };
	snprintf(buffer, size, "%s", text);
	if (ls_unit_parse(text, strlen(text), unit, &err) < 0)
		make_failed(&err, text);
}

/* --- organisations and technicians ---------------------------------------------------------- */

static inline int64_t issued_first(const struct plan *p)
{
	return p->o.end - 800 * DAY;
}

static inline void scope_of(struct record_maker *m, unsigned level, bool faulty)
{
	enum registry_fault fault = faulty ? m->plan->o.fault : FAULT_NONE;
	struct ls_cal_scope *s = &m->scope;
	*s = (struct ls_cal_scope){ .low = decimal(200, 0), .high = decimal(400, 0) };
	snprintf(s->quantity, sizeof(s->quantity), "%s",
		 fault == FAULT_SCOPE_QUANTITY ? "pressure" : "temperature");
	unit_of(fault == FAULT_SCOPE_QUANTITY ? "\\pascal" : "\\kelvin", s->unit_text,
		sizeof(s->unit_text), &s->unit);
	if (fault == FAULT_SCOPE_RANGE)
		s->high = decimal(300, 0);
	s->u = decimal(uncertainty_of(m->plan, level) / 2, -6);
	if (fault == FAULT_SCOPE_UNCERTAINTY)
		s->u = decimal(uncertainty_of(m->plan, level + 1) * 4, -6);
	s->k = decimal(2, 0);
	m->record.organisation.scopes = s;
	m->record.organisation.scope_count = 1;
}

/* Who certifies an organisation of this level: one of the level above. */
static inline unsigned certifier_of(const struct plan *p, unsigned level, unsigned i)
{
	return i % p->organisations[level - 1];
}

static inline void make_organisation(struct record_maker *m, unsigned level, unsigned i,
				     struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	struct ls_cal_organisation *o =
		&record_begin(m, LS_CAL_ORGANISATION, issued_first(p))->organisation;
	snprintf(o->name, sizeof(o->name),
		 level == 0 ? "National Metrology Institute" : "Laboratory %u-%u", level, i);
	o->key = key_of(m, "organisation", level_index(level, i))->public;
	o->level = level;
	o->root = level == 0;
	o->from = issued_first(p);
	o->until = p->o.end + 3650LL * DAY;
	scope_of(m, level, false);
	unsigned by = level ? certifier_of(p, level, i) : 0;
	if (level > 0)
		o->certifier = m->ids->organisations[organisation_index(p, level - 1, by)];
	record_text(m);
	record_sign(m, LS_CAL_ROLE_CERTIFIER,
		    key_of(m, "organisation", level_index(level ? level - 1 : 0, by)));
	record_write(m, out, &m->ids->organisations[organisation_index(p, level, i)]);
}

/* The organisation that calibrates the faulty device: itself only where the fault is its own. */
static inline bool fault_is_of_organisation(enum registry_fault fault)
{
	return fault == FAULT_NMI_UNKNOWN || fault == FAULT_ORGANISATION_SIGNATURE ||
	       fault == FAULT_ORGANISATION_EXPIRED || fault == FAULT_ORGANISATION_REVOKED ||
	       fault == FAULT_SCOPE_QUANTITY || fault == FAULT_SCOPE_RANGE ||
	       fault == FAULT_SCOPE_UNCERTAINTY;
}

static inline bool fault_is_of_technician(enum registry_fault fault)
{
	return fault == FAULT_TECHNICIAN_FOREIGN || fault == FAULT_TECHNICIAN_EXPIRED ||
	       fault == FAULT_TECHNICIAN_REVOKED || fault_is_of_organisation(fault);
}

static inline unsigned faulty_level(const struct plan *p)
{
	return p->o.fault_level ? p->o.fault_level - 1 : 0;
}

static inline void make_faulty_organisation(struct record_maker *m, struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	unsigned level = faulty_level(p);
	bool unknown = p->o.fault == FAULT_NMI_UNKNOWN || level == 0;
	struct ls_cal_organisation *o =
		&record_begin(m, LS_CAL_ORGANISATION, issued_first(p))->organisation;
	snprintf(o->name, sizeof(o->name), "Questionable Calibrations");
	o->key = key_of(m, "faulty-organisation", 0)->public;
	o->level = unknown ? 0 : level;
	o->root = unknown;
	o->from = issued_first(p);
	o->until = p->o.fault == FAULT_ORGANISATION_EXPIRED
			   ? plan_performed(p, p->o.fault_level) - DAY
			   : p->o.end + 3650LL * DAY;
	scope_of(m, level, true);
	if (!unknown)
		o->certifier = m->ids->organisations[organisation_index(p, level - 1, 0)];
	record_text(m);
	bool own = unknown || p->o.fault == FAULT_ORGANISATION_SIGNATURE;
	record_sign(m, LS_CAL_ROLE_CERTIFIER,
		    own ? key_of(m, "faulty-organisation", 0)
			: key_of(m, "organisation", level_index(level - 1, 0)));
	record_write(m, out, &m->ids->faulty_organisation);
}

static inline void make_technician(struct record_maker *m, unsigned level, unsigned i,
				   struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	struct ls_cal_technician *t =
		&record_begin(m, LS_CAL_TECHNICIAN, issued_first(p))->technician;
	snprintf(t->name, sizeof(t->name), "Technician %u-%u", level, i);
	t->key = key_of(m, "technician", level_index(level, i))->public;
	t->organisation = m->ids->organisations[organisation_index(p, level, i)];
	t->from = issued_first(p);
	t->until = p->o.end + 3650LL * DAY;
	record_text(m);
	record_sign(m, LS_CAL_ROLE_CERTIFIER, key_of(m, "organisation", level_index(level, i)));
	record_write(m, out, &m->ids->technicians[organisation_index(p, level, i)]);
}

static inline void make_faulty_technician(struct record_maker *m, struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	enum registry_fault fault = p->o.fault;
	unsigned level = faulty_level(p);
	bool own = fault_is_of_organisation(fault);
	struct ls_cal_technician *t =
		&record_begin(m, LS_CAL_TECHNICIAN, issued_first(p))->technician;
	snprintf(t->name, sizeof(t->name), "Doubtful Technician");
	t->key = key_of(m, "faulty-technician", 0)->public;
	t->organisation = own ? m->ids->faulty_organisation
			      : m->ids->organisations[organisation_index(p, level, 0)];
	t->from = issued_first(p);
	t->until = fault == FAULT_TECHNICIAN_EXPIRED ? plan_performed(p, p->o.fault_level) - DAY
						     : p->o.end + 3650LL * DAY;
	record_text(m);
	/* the technician of a stranger: another organisation than the one it names has signed */
	record_sign(m, LS_CAL_ROLE_CERTIFIER,
		    fault == FAULT_TECHNICIAN_FOREIGN ? key_of(m, "stranger", 0)
		    : own			      ? key_of(m, "faulty-organisation", 0)
			  : key_of(m, "organisation", level_index(level, 0)));
	record_write(m, out, &m->ids->faulty_technician);
}

/* --- devices and reports -------------------------------------------------------------------- */

/* Who calibrates a device: the level and index of the organisation that owns its first parent. */
struct calibrator {
	unsigned level, organisation;
	bool faulty;
};

static inline struct calibrator calibrator_of(const struct plan *p, unsigned level, uint64_t i)
{
	if (level == 0)
		return (struct calibrator){ 0, 0, false };
	uint64_t parent = plan_parent(p, level, i, 0);
	return (struct calibrator){ level - 1, plan_owner(p, level - 1, parent),
				    i == 0 && level == p->o.fault_level &&
					    fault_is_of_technician(p->o.fault) };
}

static inline const struct ls_digest *technician_id(const struct record_maker *m,
						    struct calibrator c)
{
	return c.faulty
		       ? &m->ids->faulty_technician
		       : &m->ids->technicians[organisation_index(m->plan, c.level, c.organisation)];
}

static inline const struct made_key *technician_key(struct record_maker *m, struct calibrator c)
{
	return c.faulty ? key_of(m, "faulty-technician", 0)
			: key_of(m, "technician", level_index(c.level, c.organisation));
}

static inline unsigned device_level(const struct plan *p, unsigned level, uint64_t i)
{
	return plan_fault(p, level, i, FAULT_LEVEL_EQUAL) ? level - 1 : level;
}

static inline void make_device(struct record_maker *m, unsigned level, uint64_t i,
			       struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	int64_t issued = plan_performed(p, level) - 3600;
	struct calibrator by = calibrator_of(p, level, i);
	struct ls_cal_device *d = &record_begin(m, LS_CAL_DEVICE, issued)->device;
	snprintf(d->name, sizeof(d->name), "Thermometer %u-%06" PRIu64, level, i);
	key_public(&m->keys, "device", level_index(level, i), &d->key);
	d->level = device_level(p, level, i);
	d->technician = *technician_id(m, by);
	d->from = plan_fault(p, level, i, FAULT_DEVICE_EXPIRED) ? issued - 100 * DAY : issued;
	d->until = plan_fault(p, level, i, FAULT_DEVICE_EXPIRED) ? issued - DAY : LS_CAL_NO_END;
	record_text(m);
	record_sign(m, LS_CAL_ROLE_CERTIFIER,
		    plan_fault(p, level, i, FAULT_DEVICE_SIGNATURE) ? key_of(m, "stranger", 0)
								    : technician_key(m, by));
	record_write(m, out, &m->ids->devices[level][i]);
}

static inline void set_points(struct record_maker *m, unsigned level, uint64_t i)
{
	static const int64_t at[3] = { 260, 300, 340 };
	const struct plan *p = m->plan;
	int64_t u = uncertainty_of(p, level);
	bool wrong = plan_fault(p, level, i, FAULT_CONFORMITY_WRONG);
	if (plan_fault(p, level, i, FAULT_UNCERTAINTY_SMALLER))
		u = uncertainty_of(p, level - 1) / 2;
	for (size_t n = 0; n < 3; n++) {
		m->points[n] = (struct ls_cal_point){
			.value = decimal(at[n], 0),
			.has_error = true,
			.error = wrong ? decimal(u * 20, -6)
				       : decimal((int64_t)((i * 7 + n) % 5) * u / 10, -6),
			.has_u = true,
			.u = decimal(u, -6),
			.has_k = true,
			.k = decimal(2, 0),
		};
		m->found[n] = m->points[n];
		m->found[n].error = decimal(u * 20, -6);
	}
}

static inline void set_details(struct record_maker *m, unsigned level, uint64_t i)
{
	const struct plan *p = m->plan;
	struct ls_cal_measurand *q = &m->measurand;
	bool other = plan_fault(p, level, i, FAULT_QUANTITY_OTHER);
	int64_t u = uncertainty_of(p, level);
	set_points(m, level, i);
	*q = (struct ls_cal_measurand){ .low = decimal(250, 0),
					.high = plan_fault(p, level, i, FAULT_RANGE_OUTSIDE)
							? decimal(380, 0)
							: decimal(350, 0),
					.has_tolerance = true,
					.lower = decimal(-u * 6, -6),
					.upper = decimal(u * 6, -6),
					.conformity = LS_CAL_PASS,
					.point_count = 3,
					.points = m->points };
	snprintf(q->quantity, sizeof(q->quantity), "%s", other ? "resistance" : "temperature");
	unit_of(other ? "\\ohm" : "\\kelvin", q->unit_text, sizeof(q->unit_text), &q->unit);
	m->condition = (struct ls_cal_condition){ .name = "ambient-temperature",
						  .low = decimal(293, 0),
						  .high = decimal(297, 0) };
	unit_of("\\kelvin", m->condition.unit_text, sizeof(m->condition.unit_text),
		&m->condition.unit);
	m->details = (struct ls_cal_details){ .measurand_count = 1,
					      .measurands = q,
					      .condition_count = 1,
					      .conditions = &m->condition };
	struct ls_digest salt;
	char name[64];
	int n = snprintf(name, sizeof(name), "salt %" PRIu64 " %u %" PRIu64, p->o.seed, level, i);
	ls_sha256_buffer(name, (size_t)n, &salt);
	memcpy(m->details.salt, salt.bytes, LS_CAL_SALT_SIZE);
	snprintf(m->details.number, sizeof(m->details.number), "C-%u-%06" PRIu64, level, i);
	snprintf(m->details.method, sizeof(m->details.method), "comparison in a stirred bath");
}

/* What a report of this device is, as it should be. */
static inline struct ls_cal_report *begin_report(struct record_maker *m, unsigned level, uint64_t i,
						 int64_t performed)
{
	const struct plan *p = m->plan;
	struct ls_cal_report *r = &record_begin(m, LS_CAL_REPORT, performed + 600)->report;
	r->device = m->ids->devices[level][i];
	r->technician = *technician_id(m, calibrator_of(p, level, i));
	r->level = device_level(p, level, i);
	r->begun = r->performed = performed;
	r->due = performed + 365 * DAY;
	r->parents = m->parents;
	r->parent_count = plan_parents(p, level, i);
	for (unsigned j = 0; j < r->parent_count; j++)
		m->parents[j] = (struct ls_cal_parent){
			.id = m->ids->reports[level - 1][plan_parent(p, level, i, j)]
		};
	set_details(m, level, i);
	r->details = &m->details;
	return r;
}

static inline void sign_report(struct record_maker *m, unsigned level, uint64_t i)
{
	const struct plan *p = m->plan;
	const struct ls_cal_report *r = &m->record.report;
	struct calibrator by = calibrator_of(p, level, i);
	record_text(m);
	for (unsigned j = 0; j < r->parent_count; j++)
		record_sign(m, LS_CAL_ROLE_PARENT,
			    plan_fault(p, level, i, FAULT_PARENT_SIGNATURE)
				    ? key_of(m, "stranger", 0)
				    : key_of(m, "device",
					     level_index(level - 1, plan_parent(p, level, i, j))));
	if (r->parent_count == 0)
		record_sign(m, LS_CAL_ROLE_ORGANISATION,
			    by.faulty && fault_is_of_organisation(p->o.fault)
				    ? key_of(m, "faulty-organisation", 0)
				    : key_of(m, "organisation",
					     level_index(by.level, by.organisation)));
	record_sign(m, LS_CAL_ROLE_TECHNICIAN,
		    plan_fault(p, level, i, FAULT_TECHNICIAN_SIGNATURE) ? key_of(m, "stranger", 0)
									: technician_key(m, by));
}

/* The faulty device's parent was calibrated twice, and what is named is the first time. */
static inline bool fault_wants_older(enum registry_fault fault)
{
	return fault == FAULT_PARENT_OLDER || fault == FAULT_CYCLE || fault == FAULT_FOUND_OUT;
}

static inline void put_faults(struct record_maker *m, struct ls_cal_report *r, unsigned level,
			      uint64_t i)
{
	const struct plan *p = m->plan;
	if (i != 0)
		return;
	if (level + 1 == p->o.fault_level && p->o.fault == FAULT_PARENT_OVERDUE)
		r->due = r->performed + 3600;
	if (level != p->o.fault_level)
		return;
	switch (p->o.fault) {
	case FAULT_PARENT_UNKNOWN: memset(&m->parents[0].id, 0x5a, LS_DIGEST_SIZE); break;
	case FAULT_PARENT_OLDER: m->parents[0].id = m->ids->older; break;
	case FAULT_ORPHAN: r->parent_count = 0; break;
	case FAULT_PARENT_LATER: r->performed = r->begun = r->performed - 3 * DAY; break;
	case FAULT_OVERDUE: r->due = p->o.end - DAY; break;
	case FAULT_PRIVATE: r->private = true; break;
	case FAULT_ADJUSTED_AFTER: m->measurand.adjustment = LS_CAL_ADJUSTMENT_BEFORE; break;
	default: break;
	}
}

static inline void make_report(struct record_maker *m, unsigned level, uint64_t i,
			       struct ls_buffer *out)
{
	struct ls_cal_report *r = begin_report(m, level, i, plan_performed(m->plan, level));
	put_faults(m, r, level, i);
	sign_report(m, level, i);
	record_write(m, out, &m->ids->reports[level][i]);
}

/* --- what comes beside the tree ------------------------------------------------------------- */

/* An earlier calibration of the faulty device's parent; or, of a cycle, of the device itself. */
static inline void make_older(struct record_maker *m, struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	unsigned level = p->o.fault_level - 1;
	struct ls_cal_report *r =
		begin_report(m, level, 0, plan_performed(p, level) + (level ? -3600 : -DAY) / 2);
	r->due = r->performed + 365 * DAY;
	sign_report(m, level, 0);
	record_write(m, out, &m->ids->older);
}

/* Calibrated again at the end, and found out of tolerance, then adjusted. */
static inline void make_found_out(struct record_maker *m, struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	unsigned level = p->o.fault_level - 1;
	struct ls_cal_report *r = begin_report(m, level, 0, p->o.end - DAY / 2);
	struct ls_digest id;
	m->measurand.adjustment = LS_CAL_ADJUSTMENT_AFTER;
	m->measurand.found = m->found;
	m->measurand.found_count = 3;
	(void)r;
	sign_report(m, level, 0);
	record_write(m, out, &id);
}

/* The faulty device's parent is calibrated with the faulty device, and then that with it again. */
static inline void make_cycle(struct record_maker *m, unsigned step, struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	unsigned level = p->o.fault_level - (step == 0), parent = p->o.fault_level - (step == 1);
	struct ls_cal_report *r =
		begin_report(m, level, 0, plan_performed(p, p->o.fault_level) + (step + 1) * 7200);
	r->parent_count = 1;
	m->parents[0] = (struct ls_cal_parent){ .id = step == 0 ? m->ids->reports[parent][0]
								: m->ids->older };
	record_text(m);
	record_sign(m, LS_CAL_ROLE_PARENT, key_of(m, "device", level_index(parent, 0)));
	record_sign(m, LS_CAL_ROLE_TECHNICIAN, technician_key(m, calibrator_of(p, level, 0)));
	record_write(m, out, step == 0 ? &m->ids->older : &m->ids->reports[level][0]);
}

static inline void make_heartbeat(struct record_maker *m, int64_t time, struct ls_buffer *out)
{
	struct ls_cal_heartbeat *h = &record_begin(m, LS_CAL_HEARTBEAT, time)->heartbeat;
	h->has_revocations = true;
	h->revocations = !ls_digest_is_zero(&m->ids->revocation);
	ls_sha256_buffer(m->ids->revocation.bytes, h->revocations ? LS_DIGEST_SIZE : 0, &h->digest);
	record_text(m);
	record_sign(m, LS_CAL_ROLE_REGISTRY, key_of(m, "registry", 0));
	record_write(m, out, NULL);
}

/* What the fault revokes, and by whose key. */
static inline bool make_revocation(struct record_maker *m, struct ls_buffer *out)
{
	const struct plan *p = m->plan;
	unsigned level = p->o.fault_level;
	struct ls_cal_revocation *v =
		&record_begin(m, LS_CAL_REVOCATION, p->o.end - 7200)->revocation;
	struct calibrator by = calibrator_of(p, level, 0);
	const char *key = "faulty-technician";
	uint64_t index = 0;
	v->since = plan_performed(p, level) - DAY / 2;
	v->reason = LS_CAL_ERROR;
	snprintf(v->words, sizeof(v->words), "made up for a test");
	switch (p->o.fault) {
	case FAULT_REPORT_REVOKED:
	case FAULT_REVOKED_LATER:
	case FAULT_REVOKED_BY_STRANGER:
		v->record = m->ids->reports[level][0];
		v->revoked = LS_CAL_REPORT;
		v->by = *technician_id(m, by);
		key = p->o.fault == FAULT_REVOKED_BY_STRANGER ? "stranger" : "technician";
		index = p->o.fault == FAULT_REVOKED_BY_STRANGER
				? 0
				: level_index(by.level, by.organisation);
		v->reason = LS_CAL_ERROR;
		if (p->o.fault == FAULT_REVOKED_LATER) {
			v->since = p->o.end - 7200;
			v->reason = LS_CAL_CEASED;
		}
		break;
	case FAULT_KEY_COMPROMISED:
	case FAULT_DEVICE_REVOKED:
		v->record = m->ids->devices[level - 1][0];
		v->revoked = LS_CAL_DEVICE;
		v->reason = p->o.fault == FAULT_DEVICE_REVOKED ? LS_CAL_DAMAGE
							       : LS_CAL_KEY_COMPROMISE;
		by = calibrator_of(p, level - 1, 0);
		v->by = *technician_id(m, by);
		key = "technician";
		index = level_index(by.level, by.organisation);
		break;
	case FAULT_TECHNICIAN_REVOKED:
		v->record = v->by = m->ids->faulty_technician;
		v->revoked = LS_CAL_TECHNICIAN;
		v->reason = LS_CAL_COMPETENCE;
		break;
	case FAULT_ORGANISATION_REVOKED:
		v->record = v->by = m->ids->faulty_organisation;
		v->revoked = LS_CAL_ORGANISATION;
		v->reason = LS_CAL_COMPETENCE;
		key = "faulty-organisation";
		break;
	default: return false;
	}
	record_text(m);
	record_sign(m, LS_CAL_ROLE_REVOKER, key_of(m, key, index));
	record_write(m, out, &m->ids->revocation);
	return true;
}

#endif
