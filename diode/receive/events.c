/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define SECOND 1000000000ll

#define LABELS_MAX 16

/* Events of one sort that were only counted. */
struct left_out {
	char label[LS_EVENT_KIND_MAX + 1]; /* kind, or why it was refused */
	uint64_t count;
};

struct ls_events {
	struct ls_spool *spool;
	struct ls_ledger *ledger;
	int tokens;	    /* events that may come at once */
	int64_t filled;	    /* when tokens was last raised, ns */
	uint64_t left_out;  /* events that were only counted ... */
	int64_t left_since; /* ... since then */
	struct left_out sorts[LABELS_MAX];
	size_t sort_count;
	bool telling; /* these counts, just now */
};

int ls_events_new(struct ls_spool *spool, struct ls_ledger *ledger, struct ls_events **ret_events,
		  struct ls_error *err)
{
	struct ls_events *e = calloc(1, sizeof(*e));
	if (!e)
		return ls_fail(err, -ENOMEM, "diode.event.memory", "out of memory for events");
	*e = (struct ls_events){ .spool = spool, .ledger = ledger, .tokens = LS_EVENT_BURST };
	*ret_events = e;
	return 0;
}

struct ls_events *ls_events_free(struct ls_events *e)
{
	free(e);
	return NULL;
}

json_t *ls_json_u64(uint64_t value)
{
	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	return json_sprintf("%" PRIu64, value);
}

json_t *ls_json_hex(const void *bytes, size_t n)
{
	char hex[2 * LS_DIGEST_SIZE + 1];
	ls_hex_encode(bytes, n < LS_DIGEST_SIZE ? n : LS_DIGEST_SIZE, hex);
	return json_string(hex);
}

json_t *ls_json_claim(const void *bytes, size_t n)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 3 * LS_NAME_MAX);
	ls_text_escape(bytes, n, &b);
	return json_string(ls_buffer_str(&b));
}

static void refill(struct ls_events *e, int64_t now)
{
	if (e->filled == 0 || now < e->filled)
		e->filled = now;
	int64_t more = (now - e->filled) / (LS_EVENT_INTERVAL * SECOND);
	if (more <= 0)
		return;
	e->filled += more * LS_EVENT_INTERVAL * SECOND;
	e->tokens = more > LS_EVENT_BURST - e->tokens ? LS_EVENT_BURST : e->tokens + (int)more;
}

/* Sorts are few, and none has a name that the guest made; were there more, they share the last. */
static void leave_out(struct ls_events *e, const char *label, int64_t now)
{
	size_t i = 0;
	e->left_since = e->left_out++ ? e->left_since : now;
	while (i < e->sort_count && strcmp(e->sorts[i].label, label) != 0)
		i++;
	if (i == LABELS_MAX)
		i--;
	if (i == e->sort_count) {
		snprintf(e->sorts[i].label, sizeof(e->sorts[i].label), "%s", label);
		e->sorts[i].count = 0;
		e->sort_count++;
	}
	e->sorts[i].count++;
}

/*
 * Where events were left out the counts come first: in a flood that goes on they
 * would never be told if each new event took the room.
 */
static bool may_add(const struct ls_events *e)
{
	return e->telling || e->tokens > (e->left_out > 0);
}

static int put(struct ls_events *e, const char *kind, const char *label, const char *text,
	       const struct ls_digest *key, int64_t now, enum ls_event_outcome *outcome,
	       struct ls_error *err)
{
	struct ls_event event = {
		.key = *key,
		.host_time = now,
		.kind = { .data = (const uint8_t *)kind, .size = strlen(kind) },
		.detail = { .data = (const uint8_t *)text, .size = strlen(text) },
	};
	int rc = may_add(e) ? ls_spool_add_event(e->spool, &event, err) : -EAGAIN;
	if (rc == -EAGAIN) {
		leave_out(e, label, now);
		*outcome = LS_EVENT_COUNTED;
		return 0;
	}
	if (rc == 0) {
		e->tokens--;
		*outcome = LS_EVENT_ADDED;
	}
	return rc;
}

/*
 * It waits here, or is sealed.  That the ledger says it was received is not enough: a disk may have
 * lost it from the spool, and now what it tells of is so again.
 */
static bool is_known(const struct ls_events *e, const struct ls_delivery_key *key)
{
	return ls_spool_has(e->spool, true, key) ||
	       ls_ledger_kind_of(e->ledger, key) == LS_LEDGER_SEALED;
}

static int add_text(struct ls_events *e, const char *kind, const char *label, const char *text,
		    int64_t now, enum ls_event_outcome *outcome, struct ls_error *err)
{
	struct ls_digest digest;
	struct ls_delivery_key key;
	ls_sha256_buffer(text, strlen(text), &digest);
	ls_ledger_event_key(&digest, &key);
	refill(e, now);
	*outcome = LS_EVENT_KNOWN;
	if (is_known(e, &key))
		return 0;
	return put(e, kind, label, text, &digest, now, outcome, err);
}

static const char *label_of(const char *kind, const json_t *detail)
{
	const char *reason = json_string_value(json_object_get(detail, "reason"));
	return reason ? reason : kind;
}

int ls_events_add(struct ls_events *e, const char *kind, json_t *detail, int64_t now,
		  enum ls_event_outcome *ret_outcome, struct ls_error *err)
{
	_cleanup_free_ char *text = detail ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS)
					   : NULL;
	int rc = text ? add_text(e, kind, label_of(kind, detail), text, now, ret_outcome, err)
		      : ls_fail(err, -ENOMEM, "diode.event.memory", "out of memory for an event");
	json_decref(detail);
	return rc;
}

/* The claims' time is not in it: the same file refused again for the same reason is no news. */
int ls_events_refused(struct ls_events *e, const struct ls_delivery *d, const char *reason,
		      int64_t now, enum ls_event_outcome *ret_outcome, struct ls_error *err)
{
	json_t *detail = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "reason", reason, "session",
				   ls_json_hex(d->key.session, sizeof(d->key.session)), "number",
				   ls_json_u64(d->key.number), "sha256",
				   ls_json_hex(d->key.sha256.bytes, LS_DIGEST_SIZE), "size",
				   ls_json_u64(d->size), "name",
				   ls_json_claim(d->name.data, d->name.size));
	return ls_events_add(e, "refused", detail, now, ret_outcome, err);
}

static json_t *sorts_of(const struct ls_events *e)
{
	json_t *sorts = json_object();
	for (size_t i = 0; i < e->sort_count; i++)
		json_object_set_new(sorts, e->sorts[i].label, ls_json_u64(e->sorts[i].count));
	return sorts;
}

int ls_events_tick(struct ls_events *e, int64_t now, struct ls_error *err)
{
	refill(e, now);
	if (e->left_out == 0 || e->tokens == 0)
		return 0;
	enum ls_event_outcome outcome;
	const struct ls_events before = *e;
	json_t *detail = json_pack("{s:s, s:o, s:o, s:I, s:I}", "reason", "too-many-events",
				   "events", ls_json_u64(e->left_out), "sorts", sorts_of(e), "from",
				   (json_int_t)(e->left_since / SECOND), "until",
				   (json_int_t)(now / SECOND));
	e->telling = true;
	int rc = ls_events_add(e, "refused", detail, now, &outcome, err);
	e->telling = false;
	if (rc < 0)
		return rc;
	if (outcome == LS_EVENT_COUNTED) {
		*e = before; /* the spool is full: later, then */
		return 0;
	}
	e->left_out = 0;
	e->sort_count = 0;
	return 0;
}
