/* SPDX-License-Identifier: Apache-2.0 */
/* A registry as the trace engine's store (lib/cal/store.h). */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/registry/registry.h"
#include "lib/registry/witnessed.h"

#define BEATS 256 /* heartbeats that were looked at and are remembered */
#define TOLD  8	  /* entries that a list told of last: who asked for it asks for them next */

struct beat {
	uint64_t end; /* 1 + its place; 0: none */
	int64_t time;
};

/* No heartbeat is from here to the next one's place. */
struct span {
	uint64_t from, end; /* end: 1 + the heartbeat's place; 0: nothing is known */
	int64_t time;
};

struct registry_store {
	struct ls_cal_store store; /* first */
	struct ls_registry *registry;
	struct ls_witnessed witnessed;
	const struct ls_cal_trust *trust;
	uint64_t size;	/* entries that are seen */
	unsigned holds; /* reads that are under way */
	struct ls_buffer bytes;
	struct ls_p256_verifier verifier;
	uint64_t signatures;	  /* verified with it */
	struct beat beats[BEATS]; /* by the place's last byte */
	struct span span;	  /* where it was looked for last */
	unsigned told_count;	  /* in all; the last ones are there */
	struct ls_index_entry told[TOLD];
};

static struct registry_store *of(struct ls_cal_store *store)
{
	return (struct registry_store *)store;
}

/* --- how old it is ----------------------------------------------------------------------- */

static bool is_beat(struct registry_store *s, const struct ls_cal_record *record, int64_t time)
{
	struct ls_error ignored = { 0 };
	if (record->kind != LS_CAL_HEARTBEAT || record->issued != time ||
	    strcmp(record->registry, ls_registry_checkpoint(s->registry)->origin) != 0)
		return false;
	s->signatures++;
	return ls_cal_record_verify(record, 0, &s->trust->registry.key, &s->verifier, &ignored) ==
	       0;
}

/* The index says where a heartbeat is; that it is one, and its time, its record says. */
static int check_beat(struct registry_store *s, uint64_t place, int64_t time, struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	struct ls_index_entry entry;
	struct beat *known = &s->beats[place % BEATS];
	if (known->end == place + 1 && known->time == time)
		return 0;
	int rc = ls_index_entry(ls_registry_index(s->registry), place, &entry, err);
	if (rc == 0)
		rc = ls_registry_read(s->registry, &entry, &s->bytes, err);
	if (rc == 0)
		rc = ls_cal_record_parse(s->bytes.data, s->bytes.size, &record, err);
	if (rc == -ENOENT || rc == -EBADMSG || (rc == 0 && !is_beat(s, &record, time)))
		return ls_fail(err, -EUCLEAN, "registry.entry",
			       "entry %" PRIu64 " of the registry's log is not the heartbeat that "
			       "the index has there; 'labseal cal sync --check' makes it again",
			       place);
	if (rc == 0)
		*known = (struct beat){ place + 1, time };
	return rc;
}

/* The newest state that somebody vouches for, not later than `at`.  -ENOENT: there is none. */
static int find_state(struct registry_store *s, uint64_t size, int64_t at,
		      struct ls_cal_fresh *fresh, struct ls_error *err)
{
	if (s->trust->witness_count > 0) {
		const struct ls_witnessed_mark *mark = ls_witnessed_before(&s->witnessed, size, at);
		if (!mark)
			return -ENOENT;
		fresh->size = mark->size;
		fresh->time = mark->latest;
		fresh->clock = LS_CAL_CLOCK_WITNESSES;
		fresh->witnesses = mark->witnesses;
		return 0;
	}
	uint64_t place;
	int64_t time;
	int rc = ls_index_heartbeat_before(ls_registry_index(s->registry), size, at, &place, &time,
					   err);
	if (rc < 0)
		return rc;
	rc = check_beat(s, place, time, err);
	if (rc < 0)
		return rc;
	fresh->time = time;
	fresh->size = place + 1;
	fresh->clock = LS_CAL_CLOCK_HEARTBEAT;
	return 0;
}

/* The size that the log is looked at with: as asked; or as vouched for, and after the last such
 * state everything, so that no revocation waits for a clock to be seen. */
static int settle_size(struct registry_store *s, int64_t at, uint64_t size,
		       struct ls_cal_fresh *fresh, struct ls_error *err)
{
	struct ls_cal_fresh last = { .size = 0 };
	uint64_t whole = ls_registry_checkpoint(s->registry)->size;
	if (size > whole)
		return ls_fail(err, -ENOENT, "registry.size",
			       "this copy of the registry has %" PRIu64 " entries, and %" PRIu64
			       " are asked for; get the newer ones with 'labseal cal sync'",
			       whole, size);
	int ever = find_state(s, whole, INT64_MAX, &last, err);
	if (ever < 0 && ever != -ENOENT)
		return ever;
	int vouched = find_state(s, size != 0 ? size : whole, at, fresh, err);
	if (vouched < 0 && vouched != -ENOENT)
		return vouched;
	if (vouched < 0 && ever == 0 && size == 0)
		return ls_fail(err, -ENOENT, "registry.fresh",
			       "nobody vouches for a state of the registry that is so old");
	if (size != 0)
		fresh->size = size;
	else if (ever < 0 || last.size == fresh->size)
		fresh->size = whole;
	return 0;
}

static int registry_fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
			  struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	struct registry_store *s = of(store);
	struct ls_cal_fresh fresh = { .time = LS_CAL_TIME_UNKNOWN, .absence_shown = true };
	memcpy(fresh.origin, ls_registry_checkpoint(s->registry)->origin, sizeof(fresh.origin));
	int rc = settle_size(s, at, size, &fresh, err);
	if (rc == 0)
		rc = ls_registry_root(s->registry, fresh.size, &fresh.root, err);
	if (rc < 0)
		return rc;
	s->size = fresh.size;
	*ret_fresh = fresh;
	return 0;
}

/* The first heartbeat from this place on, as the index says. */
static int find_beat(struct registry_store *s, uint64_t place, uint64_t *ret_beat,
		     int64_t *ret_time, struct ls_error *err)
{
	struct span *span = &s->span;
	if (place < span->from || place >= span->end) {
		uint64_t beat;
		int64_t time;
		int rc = ls_index_heartbeat_from(ls_registry_index(s->registry), place, &beat,
						 &time, err);
		if (rc < 0)
			return rc;
		*span = (struct span){ place, beat + 1, time };
	}
	*ret_beat = span->end - 1;
	*ret_time = span->time;
	return 0;
}

static int logged_by(struct registry_store *s, uint64_t place, int64_t *ret_time,
		     struct ls_error *err)
{
	uint64_t beat;
	int64_t time;
	*ret_time = LS_CAL_TIME_UNKNOWN;
	if (s->trust->witness_count > 0) {
		const struct ls_witnessed_mark *mark = ls_witnessed_from(&s->witnessed, place);
		if (mark)
			*ret_time = mark->seen;
		return 0;
	}
	int rc = find_beat(s, place, &beat, &time, err);
	/* one past the checkpoint was logged since it was read */
	if (rc == -ENOENT || (rc == 0 && beat >= ls_registry_checkpoint(s->registry)->size))
		return 0;
	if (rc == 0)
		rc = check_beat(s, beat, time, err);
	if (rc == 0)
		*ret_time = time;
	return rc;
}

/* --- records ----------------------------------------------------------------------------- */

struct wanted {
	const struct ls_digest *id;
	struct ls_index_entry entry;
};

static int match(void *context, const struct ls_index_entry *entry)
{
	struct wanted *w = context;
	if (!ls_digest_equal(&entry->id, w->id))
		return 0;
	w->entry = *entry;
	return 1;
}

/* The index's entry of an id: 1, 0, or an error.  What lists told of is not looked for again. */
static int find_entry(struct registry_store *s, struct wanted *w, struct ls_error *err)
{
	for (size_t i = 0; i < TOLD && i < s->told_count; i++)
		if (s->told[i].place < s->size && match(w, &s->told[i]) == 1)
			return 1;
	return ls_index_linked(ls_registry_index(s->registry), LS_INDEX_ID, w->id, s->size, match,
			       w, err);
}

static int registry_find(struct ls_cal_store *store, const struct ls_digest *id,
			 struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct registry_store *s = of(store);
	struct wanted w = { .id = id };
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = find_entry(s, &w, err);
	if (rc == 0)
		return ls_fail(err, -ENOENT, "registry.missing", "the registry has no record %s",
			       ls_digest_hex(id, hex));
	if (rc < 0)
		return rc;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int64_t logged;
	rc = logged_by(s, w.entry.place, &logged, err);
	if (rc < 0)
		return rc;
	rc = ls_registry_read(s->registry, &w.entry, &s->bytes, err);
	if (rc == 0)
		rc = ls_cal_entry_parse(s->bytes.data, s->bytes.size, w.entry.place, logged, &entry,
					err);
	if (rc == -EBADMSG || (rc == 0 && !ls_digest_equal(&entry->record.id, id)))
		return ls_fail(err, -EUCLEAN, "registry.entry",
			       "entry %" PRIu64 " of the registry's log is not record %s, which "
			       "the index has there; 'labseal cal sync --check' makes it again",
			       w.entry.place, ls_digest_hex(id, hex));
	if (rc == 0)
		*ret_entry = ls_steal_ptr(&entry);
	return rc;
}

static void remember(struct registry_store *s, const struct ls_index_entry *entry)
{
	s->told[s->told_count++ % TOLD] = *entry;
}

/* Places rise from one to the next: the index's page is at hand, which that of an id is not. */
static int registry_next(struct ls_cal_store *store, const struct ls_cal_found *found,
			 struct ls_error *err)
{
	struct registry_store *s = of(store);
	struct ls_index_entry entry;
	int rc = ls_index_entry(ls_registry_index(s->registry), found->index, &entry, err);
	if (rc == 0)
		remember(s, &entry);
	return rc == -ENOENT ? 0 : rc;
}

struct telling {
	struct registry_store *store;
	ls_cal_each *each;
	void *context;
};

static int tell(void *context, const struct ls_index_entry *entry)
{
	const struct telling *t = context;
	const struct ls_cal_found found = { .id = entry->id,
					    .index = entry->place,
					    .kind = entry->kind };
	if (!entry->kind)
		return 0;
	remember(t->store, entry);
	return t->each(t->context, &found);
}

static int registry_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			    const struct ls_digest *id, ls_cal_each *each, void *context,
			    struct ls_error *err)
{
	struct registry_store *s = of(store);
	struct telling t = { s, each, context };
	return ls_index_linked(ls_registry_index(s->registry), relation, id, s->size, tell, &t,
			       err);
}

static int registry_named(struct ls_cal_store *store, const char *name, ls_cal_each *each,
			  void *context, struct ls_error *err)
{
	struct registry_store *s = of(store);
	struct telling t = { s, each, context };
	struct ls_digest digest;
	ls_index_name_digest(name, &digest);
	return ls_index_linked(ls_registry_index(s->registry), LS_INDEX_DEVICE_NAME, &digest,
			       s->size, tell, &t, err);
}

static int registry_all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each,
			void *context, struct ls_error *err)
{
	struct registry_store *s = of(store);
	struct telling t = { s, each, context };
	return ls_index_of_kind(ls_registry_index(s->registry), kind, s->size, tell, &t, err);
}

static void registry_free(struct ls_cal_store *store)
{
	struct registry_store *s = of(store);
	ls_witnessed_free(&s->witnessed);
	ls_registry_free(s->registry);
	ls_p256_verifier_free(&s->verifier);
	ls_buffer_free(&s->bytes);
	free(s);
}

static void registry_hold(struct ls_cal_store *store, bool begins)
{
	struct registry_store *s = of(store);
	bool held = s->holds > 0;
	s->holds += begins ? 1 : -1u;
	if (held != (s->holds > 0))
		ls_registry_hold(s->registry, begins);
}

static uint64_t registry_signatures(const struct ls_cal_store *store)
{
	return ((const struct registry_store *)store)->signatures;
}

static const struct ls_cal_store_operations OPERATIONS = {
	.signatures = registry_signatures,
	.fresh = registry_fresh,
	.find = registry_find,
	.related = registry_related,
	.named = registry_named,
	.all = registry_all,
	.free = registry_free,
	.hold = registry_hold,
	.next = registry_next,
};

int ls_registry_store_open_shared(const char *path, const struct ls_cal_trust *trust,
				  struct ls_index_tables *tables, struct ls_cal_store **ret_store,
				  struct ls_error *err)
{
	if (!trust->has_registry)
		return ls_fail(err, -EINVAL, "registry.trust",
			       "the trust file names no registry, so '%s' cannot be verified: it "
			       "needs a line 'registry VKEY'",
			       path);
	struct registry_store *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a registry");
	s->store.operations = &OPERATIONS;
	s->trust = trust;
	ls_buffer_init(&s->bytes, LS_CAL_RECORD_SIZE_MAX);
	int rc = ls_registry_open(path, &trust->registry, &s->registry, err);
	if (rc == 0)
		rc = ls_witnessed_open(&s->witnessed, s->registry, trust, err);
	if (rc < 0) {
		registry_free(&s->store);
		return rc;
	}
	const struct ls_checkpoint *log = ls_registry_checkpoint(s->registry);
	if (tables)
		ls_index_share(ls_registry_index(s->registry), tables, log);
	s->size = log->size;
	*ret_store = &s->store;
	return 0;
}

int ls_registry_store_open(const char *path, const struct ls_cal_trust *trust,
			   struct ls_cal_store **ret_store, struct ls_error *err)
{
	return ls_registry_store_open_shared(path, trust, /* tables= */ NULL, ret_store, err);
}
