/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: what is worth proving about the channel itself.
 *
 * An event's key is the SHA-256 of its detail, and one key is sealed once, so a
 * detail says what happened and, where it may happen again, when.  A guest can
 * cause events at will: past a burst they are only counted, and the counts are
 * an event of their own.
 */
#ifndef LABSEAL_DIODE_RECEIVE_EVENTS_H
#define LABSEAL_DIODE_RECEIVE_EVENTS_H

#include <jansson.h>
#include <stdint.h>

#include "diode/receive/assemble.h"
#include "diode/receive/ledger.h"
#include "diode/receive/spool.h"
#include "lib/base/error.h"

#define LS_EVENT_BURST	  64 /* events at once ... */
#define LS_EVENT_INTERVAL 10 /* ... and one more every so many seconds */

/* A new event is in the spool, to be synced; one that is known; one that is only counted. */
enum ls_event_outcome { LS_EVENT_ADDED, LS_EVENT_KNOWN, LS_EVENT_COUNTED };

struct ls_events;

int ls_events_new(struct ls_spool *spool, struct ls_ledger *ledger, struct ls_events **ret_events,
		  struct ls_error *err);
struct ls_events *ls_events_free(struct ls_events *events); /* NULL ok, returns NULL */

/* detail is taken over (freed).  now: ns since 1970. */
int ls_events_add(struct ls_events *events, const char *kind, json_t *detail, int64_t now,
		  enum ls_event_outcome *ret_outcome, struct ls_error *err);

/* A refused file, as an event of kind "refused". */
int ls_events_refused(struct ls_events *events, const struct ls_delivery *delivery,
		      const char *reason, int64_t now, enum ls_event_outcome *ret_outcome,
		      struct ls_error *err);

/* Once a second or so: the counts of what was left out become an event when there is room. */
int ls_events_tick(struct ls_events *events, int64_t now, struct ls_error *err);

/* For details: exact also past what a JSON integer holds; claimed text, escaped. */
json_t *ls_json_u64(uint64_t value);
json_t *ls_json_hex(const void *bytes, size_t n);
json_t *ls_json_claim(const void *bytes, size_t n);

#endif
