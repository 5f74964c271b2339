/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events that labseald seals at a time of its own: heartbeats, and the machine's start and
 * end.  What lies between two of them in the log was sealed between their times.
 */
#ifndef LABSEAL_AUDIT_VERIFY_HEARTBEATS_H
#define LABSEAL_AUDIT_VERIFY_HEARTBEATS_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/seal/record.h"

struct ls_heartbeat {
	uint64_t seal;
	int64_t time;	  /* received, seconds since 1970 */
	const char *kind; /* "heartbeat", "vm-start", "vm-stop" */
};

struct ls_heartbeats {
	pthread_mutex_t lock;
	struct ls_heartbeat *items; /* owned; by seal once they are sorted */
	size_t count, capacity;
	bool out_of_memory;
};

void ls_heartbeats_init(struct ls_heartbeats *h);
void ls_heartbeats_free(struct ls_heartbeats *h);

/* A record that is the sealed one; any number of threads.  Other events and results: nothing. */
void ls_heartbeats_tell(struct ls_heartbeats *h, const struct ls_record *record);

/* When all were told: into their order. */
void ls_heartbeats_sort(struct ls_heartbeats *h);

/* The last one before this seal, and the first one after it; NULL: there is none. */
void ls_heartbeats_around(const struct ls_heartbeats *h, uint64_t seal,
			  const struct ls_heartbeat **ret_before,
			  const struct ls_heartbeat **ret_after);

/* "after vm-start (seal 2, TIME), before heartbeat (seal 9, TIME)" in words.  Returns buffer. */
#define LS_HEARTBEATS_SENTENCE 192
const char *ls_heartbeats_sentence(const struct ls_heartbeats *h, uint64_t seal,
				   char buffer[static LS_HEARTBEATS_SENTENCE]);

/* The newest stretches of a log of this size, one a line; nothing where it has no seal. */
void ls_heartbeats_print(const struct ls_heartbeats *h, uint64_t size);

/* For the JSON report: null where there is none. */
json_t *ls_heartbeats_json(const struct ls_heartbeats *h, uint64_t size);

#endif
