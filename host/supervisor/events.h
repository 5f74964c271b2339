/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's own sealed events (vm-start, vm-stop): kept until the
 * enclave says they are on the share, sent again to a new enclave; their keys
 * make each be sealed once.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_EVENTS_H
#define LABSEAL_HOST_SUPERVISOR_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_EVENTS_MAX	     16
#define LS_EVENT_KIND_ROOM   33
#define LS_EVENT_DETAIL_ROOM 512 /* bytes of JSON, with the final NUL */

struct ls_pending_event {
	struct ls_digest key;
	int64_t time; /* nanoseconds since 1970, UTC */
	char kind[LS_EVENT_KIND_ROOM];
	char detail[LS_EVENT_DETAIL_ROOM];
};

struct ls_events {
	uint8_t run[16]; /* random: makes this run's keys its own */
	uint64_t number; /* of the last event */
	size_t count;
	struct ls_pending_event pending[LS_EVENTS_MAX]; /* oldest first */
};

int ls_events_init(struct ls_events *events, struct ls_error *err);

/* Add one that happened now; detail is a JSON object.  When full the oldest is lost: -ENOBUFS. */
int ls_events_tell(struct ls_events *events, const char *kind, const char *detail,
		   struct ls_error *err);

/* Send to the enclave all from the given index on. */
int ls_events_send(const struct ls_events *events, size_t from, int channel, struct ls_error *err);

/* It is sealed.  An unknown key: nothing. */
void ls_events_done(struct ls_events *events, const struct ls_digest *key);

#endif
