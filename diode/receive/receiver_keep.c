/* SPDX-License-Identifier: Apache-2.0 */
/* What the receiver keeps: the spool's files made durable, and the ledger that tells of them. */
#include <errno.h>
#include <string.h>

#include "diode/receive/receiver_state.h"
#include "lib/base/log.h"

#define BATCH_FILES    4096	    /* sync at the latest after so many files, ... */
#define BATCH_BYTES    (256u << 20) /* ... so many bytes, ... */
#define BATCH_TIME     (SECOND / 5) /* ... so long, or the longer, the longer a sync takes, ... */
#define BATCH_TIME_MAX (2 * SECOND) /* ... up to this */
#define LINGER_MAX_MS  20 /* nothing comes: so long, or as long as a sync takes, for more */
#define TICK_MS	       250
#define FOLD_RETRY     (60 * SECOND) /* when there was no room */

/* --- starting ---------------------------------------------------------------------------- */

static void restore(void *context, const struct ls_ledger_record *record)
{
	struct ls_receiver *r = context;
	ls_sessions_restore(r->sessions, record);
	if (record->kind == LS_LEDGER_RECEIVED && ls_receiver_is_session(record->key.session))
		ls_hours_add(&r->accepted, record->time);
}

static int note_received(struct ls_receiver *r, const struct ls_spool_entry *entry,
			 struct ls_error *err)
{
	struct ls_ledger_record record = { .kind = LS_LEDGER_RECEIVED,
					   .key = entry->key,
					   .time = r->now };
	if (entry->is_event)
		ls_ledger_event_key(&entry->key.sha256, &record.key);
	if (ls_ledger_kind_of(r->ledger, &record.key) >= LS_LEDGER_RECEIVED)
		return 0;
	return ls_ledger_append(r->ledger, &record, err);
}

static bool is_sealed(struct ls_receiver *r, const struct ls_spool_entry *entry)
{
	struct ls_delivery_key key = entry->key;
	if (entry->is_event)
		ls_ledger_event_key(&entry->key.sha256, &key);
	return ls_ledger_kind_of(r->ledger, &key) == LS_LEDGER_SEALED;
}

/* After a crash the spool may hold what the ledger says is sealed, or not yet know what is here. */
static int reconcile(struct ls_receiver *r, struct ls_error *err)
{
	int rc = 0;
	struct ls_spool_entry *entry = ls_spool_after(r->spool, NULL), *after;
	for (; rc == 0 && entry; entry = after) {
		after = ls_spool_after(r->spool, entry);
		if (is_sealed(r, entry))
			rc = ls_spool_remove(r->spool, entry, err);
		else
			rc = note_received(r, entry, err);
	}
	return rc;
}

/* What a failure of power or of the disk took, and what comes of it. */
static void tell_torn(const struct ls_receiver *r, size_t removed)
{
	if (removed > 0)
		ls_log(LS_LOG_WARNING, "diode.spool.torn",
		       "%zu files or events in the spool, at least, were not whole and are "
		       "removed; the guest sends again what it has in its outbox",
		       removed);
	if (ls_ledger_cut(r->ledger) > 0)
		ls_log(LS_LOG_WARNING, "diode.ledger.torn",
		       "the last %llu bytes of the ledger were not whole and are cut off; what "
		       "they told of may be received again, and the enclave seals nothing twice",
		       (unsigned long long)ls_ledger_cut(r->ledger));
}

int ls_receiver_open_stores(struct ls_receiver *r, int spool_dir, struct ls_error *err)
{
	size_t removed = 0;
	int rc = ls_sessions_new(r->limits->gap_after, &r->sessions, err);
	rc = rc ? rc : ls_ledger_open(spool_dir, restore, r, &r->ledger, err);
	rc = rc ? rc : ls_spool_open(spool_dir, r->limits->spool_size, &r->spool, &removed, err);
	if (rc == 0)
		ls_hours_recall(&r->accepted, r->ledger);
	rc = rc ? rc : reconcile(r, err);
	rc = rc ? rc : ls_waiting_open(&r->waiting, spool_dir, ls_spool_count(r->spool), err);
	if (rc == 0)
		ls_log(LS_LOG_INFO, "diode.start", "%zu files and events wait in the spool",
		       ls_spool_count(r->spool));
	if (r->ledger) /* also where the rest cannot be opened: at the next start nothing tells of
			  it */
		tell_torn(r, removed);
	return rc;
}

/* --- durability ---------------------------------------------------------------------------- */

struct counting {
	struct ls_receiver *r;
	int rc;
	struct ls_error *err;
};

static void counted(void *context, const struct ls_spool_entry *entry)
{
	struct counting *c = context;
	if (c->rc == 0)
		c->rc = note_received(c->r, entry, c->err);
}

/*
 * The ledger's "received" need not be durable: it is made again from the spool.
 */
int ls_receiver_sync(struct ls_receiver *r, struct ls_error *err)
{
	struct counting c = { .r = r, .err = err };
	int64_t began = ls_receiver_clock();
	int rc = ls_spool_sync(r->spool, counted, &c, err);
	int64_t took = ls_receiver_clock() - began;
	r->sync_time = took > 0 ? took : 0; /* the clock may have been set back */
	r->pending_since = 0;
	rc = rc ? rc : c.rc;
	return rc ? rc : ls_sessions_synced(r->sessions, r->now, err);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Many files that come together share one sync: on a slow disk more of them, so
 * that most of the time is left for receiving.
 */
static bool is_due(const struct ls_receiver *r)
{
	uint64_t bytes;
	size_t files = ls_spool_pending(r->spool, &bytes);
	int64_t time = BATCH_TIME + least(4 * r->sync_time, BATCH_TIME_MAX - BATCH_TIME);
	return files >= BATCH_FILES || bytes >= BATCH_BYTES || r->pending_since == 0 ||
	       r->now - r->pending_since >= time || r->now < r->pending_since;
}

int ls_receiver_sync_if_due(struct ls_receiver *r, bool idle, struct ls_error *err)
{
	uint64_t bytes;
	if (ls_spool_pending(r->spool, &bytes) == 0)
		return 0;
	return idle || is_due(r) ? ls_receiver_sync(r, err) : 0;
}

int ls_receiver_patience_ms(const struct ls_receiver *r)
{
	uint64_t bytes;
	if (ls_spool_pending(r->spool, &bytes) == 0)
		return TICK_MS;
	return 1 + (int)least(r->sync_time / 1000000, LINGER_MAX_MS);
}

/* --- the ledger ------------------------------------------------------------------------------ */

/* What was received and is not in the ledger yet comes first: it is among the hour's files. */
static int fold(struct ls_receiver *r, struct ls_error *err)
{
	struct ls_ledger_record states[LS_SESSION_STATES_MAX + LS_HOURS];
	int rc = ls_receiver_sync(r, err);
	if (rc < 0)
		return rc;
	size_t count = ls_sessions_states(r->sessions, r->now, states);
	count += ls_hours_states(&r->accepted, r->now, states + count);
	rc = ls_ledger_fold(r->ledger, states, count, err);
	if (rc != -EAGAIN)
		return rc;
	r->fold_after = r->now + FOLD_RETRY;
	ls_log(LS_LOG_WARNING, "diode.ledger.full",
	       "no room on the disk of the spool folder to fold the ledger; it is tried again");
	return 0;
}

int ls_receiver_tend_ledger(struct ls_receiver *r, struct ls_error *err)
{
	int rc = ls_ledger_check(r->ledger, err);
	bool due = r->now >= r->fold_after || r->now < r->fold_after - FOLD_RETRY;
	return rc || !ls_ledger_is_long(r->ledger) || !due ? rc : fold(r, err);
}
