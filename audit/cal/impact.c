/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/impact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/id_map.h"

struct search {
	struct ls_cal_store *store;
	struct ls_cal_impact *impact;
	size_t capacity;
	int64_t since;
	uint64_t size;
	struct ls_error *err;
	struct ls_id_map reports; /* touched: their index */
	struct ls_id_map visited; /* devices, technicians and organisations */
	unsigned steps;		  /* of what is being added */
	const char *name;	  /* that is looked for */
	struct ls_digest subjects[LS_CAL_SUBJECTS_MAX];
};

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
}

static int list(struct search *s, enum ls_cal_relation relation, const struct ls_digest *id,
		ls_cal_each *each)
{
	return s->store->operations->related(s->store, relation, id, each, s, s->err);
}

static int get(struct search *s, const struct ls_digest *id, struct ls_cal_entry **ret)
{
	return s->store->operations->find(s->store, id, ret, s->err);
}

/* --- reports that are touched ------------------------------------------------------------- */

static int push(struct search *s, const struct ls_cal_entry *entry)
{
	struct ls_cal_impact *m = s->impact;
	const struct ls_cal_report *r = &entry->record.report;
	if (m->count == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 64;
		struct ls_cal_touched *touched = realloc(m->touched, capacity * sizeof(*touched));
		if (!touched)
			return out_of_memory(s->err);
		m->touched = touched;
		s->capacity = capacity;
	}
	int rc = ls_id_map_add(&s->reports, &entry->record.id, m->count);
	if (rc < 0)
		return out_of_memory(s->err);
	if (rc == 1)
		m->touched[m->count++] = (struct ls_cal_touched){ .report = entry->record.id,
								  .device = r->device,
								  .organisation = r->technician,
								  .performed = r->performed,
								  .due = r->due,
								  .steps = s->steps };
	return 0;
}

/* A report that is what is asked about, whenever it was performed. */
static int touch(struct search *s, const struct ls_digest *id, int64_t since)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	if (ls_id_map_find(&s->reports, id))
		return 0;
	int rc = get(s, id, &entry);
	if (rc < 0 || entry->record.kind != LS_CAL_REPORT || entry->record.report.performed < since)
		return rc;
	return push(s, entry);
}

static int touch_found(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	return found->kind == LS_CAL_REPORT && found->index < s->size
		       ? touch(s, &found->id, s->since)
		       : 0;
}

/* --- devices, technicians, organisations --------------------------------------------------- */

struct own_reports {
	struct search *s;
	struct ls_digest before; /* the newest one before `since`: it was in force then */
	int64_t performed;
};

static int touch_children(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	return found->index < s->size ? list(s, LS_CAL_CHILDREN_OF, &found->id, touch_found) : 0;
}

static int find_own(void *context, const struct ls_cal_found *found)
{
	struct own_reports *own = context;
	struct search *s = own->s;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = found->index < s->size ? get(s, &found->id, &entry) : 0;
	if (rc < 0 || !entry)
		return rc;
	int64_t performed = entry->record.report.performed;
	if (performed >= s->since)
		return push(s, entry);
	if (performed >= own->performed) {
		own->performed = performed;
		own->before = found->id;
	}
	return 0;
}

/* What it was calibrated as, what it measured, and what was calibrated with it. */
static int touch_device(struct search *s, const struct ls_digest *id)
{
	struct own_reports own = { .s = s, .performed = INT64_MIN };
	if (ls_id_map_add(&s->visited, id, 0) == 0)
		return 0;
	int rc = s->store->operations->related(s->store, LS_CAL_REPORTS_OF, id, find_own, &own,
					       s->err);
	if (rc == 0 && !ls_digest_is_zero(&own.before))
		rc = touch(s, &own.before, INT64_MIN);
	if (rc < 0)
		return rc;
	s->steps++;
	rc = list(s, LS_CAL_REPORTS_OF, id, touch_children);
	s->steps--;
	return rc;
}

static int touch_certified(void *context, const struct ls_cal_found *found);

static int touch_certifier(struct search *s, const struct ls_digest *id)
{
	int rc = ls_id_map_add(&s->visited, id, 0);
	if (rc < 0)
		return out_of_memory(s->err);
	return rc == 0 ? 0 : list(s, LS_CAL_CERTIFIED_BY, id, touch_certified);
}

/* A device whose key was certified by someone bad may be anything since. */
static int touch_certified_device(struct search *s, const struct ls_digest *id)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = get(s, id, &entry);
	if (rc < 0 || entry->record.issued < s->since)
		return rc;
	return touch_device(s, id);
}

static int touch_certified(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	if (found->index >= s->size)
		return 0;
	switch (found->kind) {
	case LS_CAL_ORGANISATION:
	case LS_CAL_TECHNICIAN: return touch_certifier(s, &found->id);
	case LS_CAL_DEVICE: return touch_certified_device(s, &found->id);
	case LS_CAL_REPORT: return touch(s, &found->id, s->since);
	default: return 0;
	}
}

/* --- who is asked about --------------------------------------------------------------------- */

static int add_subject(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	if (found->index >= s->size)
		return 0;
	if (s->impact->subject_count == LS_CAL_SUBJECTS_MAX)
		return ls_fail(s->err, -ENOTUNIQ, "cal.impact.several",
			       "more than %d records have it: name one by its id",
			       LS_CAL_SUBJECTS_MAX);
	s->subjects[s->impact->subject_count++] = found->id;
	return 0;
}

static int add_named(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = get(s, &found->id, &entry);
	if (rc < 0 || strcmp(ls_cal_record_name(&entry->record), s->name) != 0)
		return rc;
	return add_subject(s, found);
}

static int find_by_name(struct search *s)
{
	static const enum ls_cal_kind kinds[] = { LS_CAL_ORGANISATION, LS_CAL_TECHNICIAN };
	int rc = s->store->operations->named(s->store, s->name, add_subject, s, s->err);
	for (size_t i = 0; rc == 0 && s->impact->subject_count == 0 && i < 2; i++)
		rc = s->store->operations->all(s->store, kinds[i], add_named, s, s->err);
	if (rc == 0 && s->impact->subject_count > 1)
		return ls_fail(s->err, -ENOTUNIQ, "cal.impact.several",
			       "%zu records are called '%s': name one by its id",
			       s->impact->subject_count, s->name);
	return rc;
}

static int find_subjects(struct search *s)
{
	struct ls_digest id;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	if (ls_digest_parse(s->name, strlen(s->name), &id) < 0)
		return find_by_name(s);
	int rc = get(s, &id, &entry);
	if (rc == -ENOENT)
		return list(s, LS_CAL_HOLDERS_OF_KEY, &id, add_subject);
	if (rc == 0)
		s->subjects[s->impact->subject_count++] = id;
	return rc;
}

static int touch_subject(struct search *s, const struct ls_digest *id)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = get(s, id, &entry);
	if (rc < 0)
		return rc;
	if (!s->impact->kind) {
		s->impact->kind = entry->record.kind;
		s->impact->subject = *id;
	}
	s->steps = 0;
	switch (entry->record.kind) {
	case LS_CAL_REPORT: return touch(s, id, INT64_MIN);
	case LS_CAL_DEVICE: return touch_device(s, id);
	case LS_CAL_TECHNICIAN:
	case LS_CAL_ORGANISATION: s->steps = 1; return touch_certifier(s, id);
	default:
		return ls_fail(s->err, -EINVAL, "cal.impact.kind",
			       "'%s' is a %s: nothing is calibrated with it", s->name,
			       ls_cal_kind_name(entry->record.kind));
	}
}

/* --- the whole ------------------------------------------------------------------------------ */

struct newest {
	struct search *s;
	struct ls_digest id;
	int64_t performed;
};

static int find_newest(void *context, const struct ls_cal_found *found)
{
	struct newest *n = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = found->index < n->s->size ? get(n->s, &found->id, &entry) : 0;
	if (rc == 0 && entry && entry->record.report.performed >= n->performed) {
		n->performed = entry->record.report.performed;
		n->id = found->id;
	}
	return rc;
}

/* Whether it is in force, and the organisation in the place of the technician. */
static int complete(struct search *s, struct ls_cal_touched *t)
{
	struct newest newest = { .s = s, .performed = INT64_MIN };
	_cleanup_cal_entry_ struct ls_cal_entry *technician = NULL;
	if (ls_digest_is_zero(&t->device)) {
		t->in_force = true; /* a document: nobody says that there is a later one */
		return 0;
	}
	int rc = s->store->operations->related(s->store, LS_CAL_REPORTS_OF, &t->device, find_newest,
					       &newest, s->err);
	if (rc < 0)
		return rc;
	t->in_force = ls_digest_equal(&newest.id, &t->report);
	rc = get(s, &t->organisation, &technician);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	t->organisation = rc == 0 && technician->record.kind == LS_CAL_TECHNICIAN
				  ? technician->record.technician.organisation
				  : (struct ls_digest){ { 0 } };
	return 0;
}

static int by_devices(const void *left, const void *right)
{
	const struct ls_cal_blast *a = left, *b = right;
	if (a->devices != b->devices)
		return a->devices > b->devices ? -1 : 1;
	return memcmp(a->organisation.bytes, b->organisation.bytes, LS_DIGEST_SIZE);
}

static int count_blast(struct ls_cal_impact *m, struct ls_id_map *organisations,
		       struct ls_id_map *pairs, const struct ls_cal_touched *t)
{
	uint8_t both[2 * LS_DIGEST_SIZE];
	struct ls_digest pair;
	if (ls_id_map_add(organisations, &t->organisation, m->blast_count) == 1)
		m->blasts[m->blast_count++].organisation = t->organisation;
	size_t *at = ls_id_map_find(organisations, &t->organisation);
	if (!at)
		return 0; /* a document: it has no organisation's record */
	memcpy(both, t->organisation.bytes, LS_DIGEST_SIZE);
	memcpy(both + LS_DIGEST_SIZE, t->device.bytes, LS_DIGEST_SIZE);
	ls_sha256_buffer(both, sizeof(both), &pair);
	int rc = ls_id_map_add(pairs, &pair, 0);
	m->blasts[*at].reports++;
	m->blasts[*at].devices += rc == 1;
	return rc < 0 ? rc : 0;
}

static int count_all(struct ls_cal_impact *m)
{
	_cleanup_id_map_ struct ls_id_map organisations = { .count = 0 };
	_cleanup_id_map_ struct ls_id_map pairs = { .count = 0 };
	_cleanup_id_map_ struct ls_id_map devices = { .count = 0 };
	m->blasts = calloc(m->count + 1, sizeof(*m->blasts));
	if (!m->blasts)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++) {
		const struct ls_cal_touched *t = &m->touched[i];
		int rc = ls_id_map_add(&devices, &t->device, 0);
		if (rc < 0 || count_blast(m, &organisations, &pairs, t) < 0)
			return -ENOMEM;
		m->device_count += rc == 1;
	}
	if (m->blast_count > 0)
		qsort(m->blasts, m->blast_count, sizeof(*m->blasts), by_devices);
	return 0;
}

/* Breadth first, so that steps are as few as there are. */
static int follow(struct search *s)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->impact->count; i++) {
		struct ls_digest id = s->impact->touched[i].report;
		s->steps = s->impact->touched[i].steps + 1;
		rc = list(s, LS_CAL_CHILDREN_OF, &id, touch_found);
	}
	for (size_t i = 0; rc == 0 && i < s->impact->count; i++)
		rc = complete(s, &s->impact->touched[i]);
	return rc;
}

static int find(struct search *s)
{
	int rc = find_subjects(s);
	if (rc == 0 && s->impact->subject_count == 0)
		rc = ls_fail(
			s->err, -ENOENT, "cal.impact.unknown",
			"'%s' is in the registry neither as an id or a key's SHA-256, nor as the "
			"name of a device, technician or organisation",
			s->name);
	for (size_t i = 0; rc == 0 && i < s->impact->subject_count; i++)
		rc = touch_subject(s, &s->subjects[i]);
	if (rc == 0)
		rc = follow(s);
	if (rc == 0 && count_all(s->impact) < 0)
		rc = out_of_memory(s->err);
	return rc;
}

int ls_cal_impact_find(struct ls_cal_store *store, const char *subject, int64_t since,
		       uint64_t size, struct ls_cal_impact *ret_impact, struct ls_error *err)
{
	struct ls_cal_impact impact = { .since = since };
	struct search s = { .store = store,
			    .impact = &impact,
			    .since = since,
			    .size = size,
			    .err = err,
			    .name = subject };
	int rc = find(&s);
	ls_id_map_free(&s.reports);
	ls_id_map_free(&s.visited);
	if (rc < 0)
		ls_cal_impact_free(&impact);
	else
		*ret_impact = impact;
	return rc;
}

void ls_cal_impact_free(struct ls_cal_impact *impact)
{
	for (size_t i = 0; i < impact->result_count; i++)
		free(impact->results[i].folder);
	free(impact->results);
	free(impact->touched);
	free(impact->blasts);
	*impact = (struct ls_cal_impact){ .count = 0 };
}
