/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/events.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define SECOND 1000000000ll

struct ls_events {
	struct ls_spool *spool;
	struct ls_ledger *ledger;
	int tokens;	    /* events that may come at once */
	int64_t filled;	    /* when tokens was last raised, ns */
	uint64_t left_out;  /* events that were only counted ... */
	int64_t left_since; /* ... since then */
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

static int put(struct ls_events *e, const char *kind, const char *text, const struct ls_digest *key,
	       int64_t now, enum ls_event_outcome *outcome, struct ls_error *err)
{
	struct ls_event event = {
		.key = *key,
		.host_time = now,
		.kind = { .data = (const uint8_t *)kind, .size = strlen(kind) },
		.detail = { .data = (const uint8_t *)text, .size = strlen(text) },
	};
	int rc = e->tokens > 0 ? ls_spool_add_event(e->spool, &event, err) : -EAGAIN;
	if (rc == -EAGAIN) {
		e->left_since = e->left_out++ ? e->left_since : now;
		*outcome = LS_EVENT_COUNTED;
		return 0;
	}
	if (rc == 0) {
		e->tokens--;
		*outcome = LS_EVENT_ADDED;
	}
	return rc;
}

static int add_text(struct ls_events *e, const char *kind, const char *text, int64_t now,
		    enum ls_event_outcome *outcome, struct ls_error *err)
{
	struct ls_digest digest;
	struct ls_delivery_key key;
	ls_sha256_buffer(text, strlen(text), &digest);
	ls_ledger_event_key(&digest, &key);
	refill(e, now);
	*outcome = LS_EVENT_KNOWN;
	if (ls_ledger_kind_of(e->ledger, &key) != 0 || ls_spool_is_pending(e->spool, true, &key))
		return 0;
	return put(e, kind, text, &digest, now, outcome, err);
}

int ls_events_add(struct ls_events *e, const char *kind, json_t *detail, int64_t now,
		  enum ls_event_outcome *ret_outcome, struct ls_error *err)
{
	_cleanup_free_ char *text = detail ? json_dumps(detail, JSON_COMPACT | JSON_SORT_KEYS)
					   : NULL;
	json_decref(detail);
	if (!text)
		return ls_fail(err, -ENOMEM, "diode.event.memory", "out of memory for an event");
	return add_text(e, kind, text, now, ret_outcome, err);
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

int ls_events_tick(struct ls_events *e, int64_t now, struct ls_error *err)
{
	refill(e, now);
	if (e->left_out == 0 || e->tokens == 0)
		return 0;
	enum ls_event_outcome outcome;
	uint64_t left_out = e->left_out;
	json_t *detail = json_pack("{s:s, s:o, s:I, s:I}", "reason", "too-many-events", "events",
				   ls_json_u64(left_out), "from",
				   (json_int_t)(e->left_since / SECOND), "until",
				   (json_int_t)(now / SECOND));
	e->left_out = 0;
	int rc = ls_events_add(e, "refused", detail, now, &outcome, err);
	if (rc == 0 && outcome == LS_EVENT_COUNTED)
		e->left_out = left_out;
	return rc;
}
