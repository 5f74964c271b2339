/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker has verified, and what it remembers of it. */
#include <errno.h>

#include "lib/cal/trace_internal.h"

/* --- signatures ------------------------------------------------------------------------ */

/* What one trace verifies is too little for a table of what was verified. */
#define SEEN_FROM      512	    /* signatures */
#define SEEN_BYTES_MAX (128u << 20) /* four million of them */
#define SEEN_BYTES_MIN (64u << 10)

/* Twice as many places as the log has entries: an empty page that is touched costs as much as a few
 * verifications. */
static size_t seen_bytes(const struct ls_cal_engine *e)
{
	uint64_t wanted = e->fresh.size < SEEN_BYTES_MAX / (2 * LS_DIGEST_SIZE)
				  ? e->fresh.size * 2 * LS_DIGEST_SIZE
				  : SEEN_BYTES_MAX;
	return wanted > SEEN_BYTES_MIN ? (size_t)wanted : SEEN_BYTES_MIN;
}

/* NULL: there is none yet, or no memory for it. */
static struct ls_cal_seen *seen_of(struct ls_cal_worker *w)
{
	struct ls_cal_engine *e = w->engine;
	if (w->seen || w->signatures < SEEN_FROM)
		return w->seen;
	pthread_mutex_lock(&e->lock);
	if (!e->seen)
		e->seen = ls_cal_seen_new(seen_bytes(e));
	w->seen = e->seen;
	pthread_mutex_unlock(&e->lock);
	return w->seen;
}

int ls_cal_worker_verify(struct ls_cal_worker *w, const struct ls_cal_record *record, size_t i,
			 const struct ls_p256_public *key, struct ls_error *err)
{
	struct ls_cal_seen *seen = i < record->signature_count ? seen_of(w) : NULL;
	const struct ls_cal_signature *s = &record->signatures[i];
	struct ls_digest name;
	if (seen && ls_cal_seen_name(&w->hash, key, &s->digest, s->der, s->size, &name) < 0)
		seen = NULL;
	if (seen && ls_cal_seen_has(seen, &name))
		return 0;
	w->signatures++;
	if (w->deferring && i < record->signature_count) {
		ls_cal_deferred_add(w->deferred, key, &s->digest, s->der, s->size);
		return 0; /* until ls_cal_worker_settle says whether it is */
	}
	int rc = ls_cal_record_verify(record, i, key, &w->verifier, err);
	if (rc == 0 && seen)
		ls_cal_seen_add(seen, &name);
	return rc;
}

/* --- deferred signatures ------------------------------------------------------------------ */

bool ls_cal_worker_defer(struct ls_cal_worker *w)
{
	if (!w->deferred && w->engine->options.threads > 1)
		w->deferred = ls_cal_deferred_new(w->engine->options.threads);
	w->deferring = w->deferred != NULL;
	return w->deferring;
}

static void move_to_memo(void *context, const struct ls_cal_key *key, void *object)
{
	ls_cal_memo_put(context, key, object);
}

bool ls_cal_worker_settle(struct ls_cal_worker *w)
{
	bool hold = ls_cal_deferred_settle(w->deferred);
	w->deferring = false;
	if (hold)
		ls_cal_table_each(&w->aside, move_to_memo, w->engine->memo);
	ls_cal_table_clear(&w->aside);
	return hold;
}

/* --- what is remembered ------------------------------------------------------------------- */

void *ls_cal_worker_recall(struct ls_cal_worker *w, const struct ls_cal_key *key)
{
	void *object = ls_cal_table_get(&w->aside, key); /* the few first: they are at hand */
	return object ? ls_cal_object_ref(object) : ls_cal_memo_get(w->engine->memo, key);
}

void ls_cal_worker_remember(struct ls_cal_worker *w, const struct ls_cal_key *key,
			    const struct ls_digest *device, void *object)
{
	bool own = w->own && ls_digest_equal(w->own, device);
	if (w->deferring || own)
		ls_cal_table_put(&w->aside, key, object); /* without memory it is not kept */
	else
		ls_cal_memo_put(w->engine->memo, key, object);
}
