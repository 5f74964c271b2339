/* SPDX-License-Identifier: Apache-2.0 */
/* What the assembler asks of the receiver, file by file. */
#include <inttypes.h>

#include "diode/receive/receiver_state.h"
#include "lib/base/log.h"

#define CONTENTS_MAX 16 /* of one number: forks happen, floods must not */

/*
 * It is here or sealed already.  That the ledger says it was received is not
 * enough: a disk may have lost it from the spool, and now it comes again.
 */
static bool is_known(struct ls_receiver *r, const struct ls_delivery_key *key)
{
	return ls_spool_has(r->spool, false, key) ||
	       ls_ledger_kind_of(r->ledger, key) == LS_LEDGER_SEALED;
}

static int sink_judge(void *context, const struct ls_delivery *d)
{
	struct ls_receiver *r = context;
	unsigned contents;
	struct ls_digest first;
	if (is_known(r, &d->key))
		return LS_KNOWN;
	ls_ledger_number(r->ledger, d->key.session, d->key.number, &contents, &first);
	if (contents + ls_spool_pending_contents(r->spool, &d->key) >= CONTENTS_MAX)
		return LS_REFUSED_NUMBER;
	if (ls_hours_sum(&r->accepted, r->now) >= r->limits->files_per_day)
		return LS_REFUSED_RATE;
	return LS_TAKE_IT;
}

static int sink_begin(void *context, unsigned slot, uint64_t size, struct ls_error *err)
{
	struct ls_receiver *r = context;
	int rc = ls_ledger_reserve(r->ledger);
	return rc ? rc : ls_spool_begin(r->spool, slot, size, err);
}

static int sink_write(void *context, unsigned slot, const void *bytes, size_t n,
		      struct ls_error *err)
{
	struct ls_receiver *r = context;
	return ls_spool_write(r->spool, slot, bytes, n, err);
}

static int sink_finish(void *context, unsigned slot, const struct ls_delivery *d,
		       struct ls_error *err)
{
	struct ls_receiver *r = context;
	int rc = ls_spool_finish(r->spool, slot, d, err);
	if (rc == 0) {
		ls_hours_sum(&r->accepted, r->now);
		ls_hours_add(&r->accepted, r->now);
		r->pending_since = r->pending_since ? r->pending_since : r->now;
	}
	return rc;
}

static void sink_drop(void *context, unsigned slot)
{
	struct ls_receiver *r = context;
	ls_spool_drop(r->spool, slot);
}

/* What is not known of its number yet, up to so many contents: more would only cost time. */
static bool may_note(struct ls_receiver *r, const struct ls_delivery *d)
{
	unsigned contents;
	struct ls_digest first;
	ls_ledger_number(r->ledger, d->key.session, d->key.number, &contents, &first);
	return d->key.number > 0 && d->key.number <= LS_NUMBER_MAX && contents < CONTENTS_MAX &&
	       ls_ledger_kind_of(r->ledger, &d->key) == 0;
}

/*
 * On record: an event, and in the ledger, so that its number is accounted for.
 * A refusal that failed to be recorded comes again with the file.
 */
static void sink_refused(void *context, const struct ls_delivery *d, enum ls_refusal why)
{
	struct ls_receiver *r = context;
	enum ls_event_outcome outcome = LS_EVENT_COUNTED;
	int rc = ls_events_refused(r->events, d, ls_refusal_name(why), r->now, &outcome, NULL);
	if (rc < 0 || outcome == LS_EVENT_COUNTED)
		return;
	if (outcome == LS_EVENT_ADDED) {
		r->pending_since = r->pending_since ? r->pending_since : r->now;
		ls_log(LS_LOG_WARNING, "diode.refused",
		       "file %" PRIu64 " of %" PRIu64 " bytes refused: %s", d->key.number, d->size,
		       ls_refusal_name(why));
	}
	/* also when the event is known: we may have died between it and this */
	if (why == LS_REFUSED_NUMBER || why == LS_REFUSED_OPEN || !may_note(r, d))
		return;
	struct ls_ledger_record record = { .kind = LS_LEDGER_REFUSED,
					   .key = d->key,
					   .time = r->now };
	ls_ledger_append(r->ledger, &record, NULL);
}

static int64_t sink_now(void *context)
{
	struct ls_receiver *r = context;
	r->now = ls_receiver_clock();
	return r->now;
}

void ls_receiver_set_sink(struct ls_receiver *r)
{
	r->sink = (struct ls_sink){
		.context = r,
		.judge = sink_judge,
		.begin = sink_begin,
		.write = sink_write,
		.finish = sink_finish,
		.drop = sink_drop,
		.refused = sink_refused,
		.now = sink_now,
	};
}
