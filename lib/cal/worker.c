/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker has verified, and what it remembers of it. */
#include <errno.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

/* --- signatures ------------------------------------------------------------------------ */

/* What one trace verifies is too little for a table of what was verified. */
#define SEEN_FROM      512	    /* signatures */
#define SEEN_BYTES_MAX (128u << 20) /* of four million entries */
#define SEEN_BYTES_MIN (64u << 10)

/* As many places as the log's entries want. */
static size_t seen_bytes(const struct ls_cal_engine *e)
{
	uint64_t wanted = e->fresh.size < SEEN_BYTES_MAX / LS_CAL_SEEN_ENTRY
				  ? e->fresh.size * LS_CAL_SEEN_ENTRY
				  : SEEN_BYTES_MAX;
	return wanted > SEEN_BYTES_MIN ? (size_t)wanted : SEEN_BYTES_MIN;
}

/* NULL: there is none yet, or no memory for it. */
static struct ls_cal_seen *seen_of(struct ls_cal_worker *w)
{
	struct ls_cal_engine *e = w->engine;
	if (w->seen || (!w->in_batch && w->signatures < SEEN_FROM))
		return w->seen;
	pthread_mutex_lock(&e->lock);
	if (!e->seen)
		e->seen = ls_cal_seen_new(seen_bytes(e));
	w->seen = e->seen;
	pthread_mutex_unlock(&e->lock);
	return w->seen;
}

/* What the i-th is known by; false: nothing is known of it. */
static bool name_of(struct ls_cal_worker *w, const struct ls_cal_entry *entry, size_t i,
		    const struct ls_p256_public *key, struct ls_cal_seen_name *ret_name)
{
	const struct ls_cal_signature *s = &entry->record.signatures[i];
	return seen_of(w) && ls_cal_seen_name(w->seen, &w->hash, entry->index, i, key, &s->digest,
					      s->der, s->size, ret_name) == 0;
}

static void defer(struct ls_cal_worker *w, const struct ls_cal_entry *entry, size_t i,
		  const struct ls_p256_public *key)
{
	const struct ls_cal_signature *s = &entry->record.signatures[i];
	struct ls_cal_deferred_signature d = { .key = *key, .digest = s->digest, .size = s->size };
	if (name_of(w, entry, i, key, &d.name))
		d.seen = w->seen;
	memcpy(d.der, s->der, sizeof(d.der));
	ls_cal_deferred_add(w->deferred, &d);
}

int ls_cal_worker_verify(struct ls_cal_worker *w, const struct ls_cal_entry *entry, size_t i,
			 const struct ls_p256_public *key, struct ls_error *err)
{
	const struct ls_cal_record *record = &entry->record;
	struct ls_cal_seen_name name;
	if (i >= record->signature_count)
		return ls_cal_record_verify(record, i, key, &w->verifier, err);
	if (w->deferring) {
		defer(w, entry, i, key);
		return 0; /* until ls_cal_worker_settle says whether it is */
	}
	bool named = name_of(w, entry, i, key, &name);
	if (named && ls_cal_seen_has(w->seen, &name))
		return 0;
	w->signatures++;
	int rc = ls_cal_record_verify(record, i, key, &w->verifier, err);
	if (rc == 0 && named)
		ls_cal_seen_add(w->seen, &name);
	return rc;
}

/* --- deferred signatures ------------------------------------------------------------------ */

bool ls_cal_worker_defer(struct ls_cal_worker *w, unsigned threads)
{
	if (!w->deferred)
		w->deferred = ls_cal_deferred_new(threads);
	w->deferring = w->deferred != NULL;
	return w->deferring;
}

static void move_to_memo(void *context, const struct ls_cal_key *key, void *object)
{
	ls_cal_memo_put(context, key, object);
}

bool ls_cal_worker_settle(struct ls_cal_worker *w)
{
	uint64_t checked;
	bool hold = ls_cal_deferred_settle(w->deferred, &checked);
	w->deferring = false;
	if (hold)
		ls_cal_table_each(&w->pending, move_to_memo, w->engine->memo);
	w->signatures += checked;
	ls_cal_table_clear(&w->pending);
	ls_cal_table_clear(&w->own_objects);
	return hold;
}

/* --- what is remembered ------------------------------------------------------------------- */

void *ls_cal_worker_recall(struct ls_cal_worker *w, const struct ls_cal_key *key)
{
	void *object = ls_cal_table_get(&w->own_objects, key); /* the few first: they are at hand */
	if (!object)
		object = ls_cal_table_get(&w->pending, key);
	return object ? ls_cal_object_ref(object) : ls_cal_memo_get(w->engine->memo, key);
}

void ls_cal_worker_remember(struct ls_cal_worker *w, const struct ls_cal_key *key,
			    const struct ls_digest *device, void *object)
{
	/* without memory it is not kept */
	if (w->own && ls_digest_equal(w->own, device))
		ls_cal_table_put(&w->own_objects, key, object);
	else if (w->deferring)
		ls_cal_table_put(&w->pending, key, object);
	else
		ls_cal_memo_put(w->engine->memo, key, object);
}
