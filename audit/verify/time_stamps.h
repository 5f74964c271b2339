/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stamps that the log holds as events (docs/formats/time-stamp.md), and what they say of
 * its times: each seal of a stamped checkpoint was received before the stamp, each after
 * the stamp's own seal was received after it.  Any number of threads tell of records; at the end it
 * is settled.
 */
#ifndef LABSEAL_AUDIT_VERIFY_TIME_STAMPS_H
#define LABSEAL_AUDIT_VERIFY_TIME_STAMPS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/log.h"
#include "audit/verify/report.h"
#include "lib/seal/record.h"
#include "lib/seal/trust.h"

/* Seconds that the laboratory's clock and the authority's may differ, beside the token's own
 * accuracy. */
#define LS_CLOCK_TOLERANCE_S 60

struct ls_stamp {
	uint64_t seal, size; /* the event's; the stamped checkpoint's */
	struct ls_digest root;
	int64_t time;
	uint32_t accuracy; /* seconds */
};

struct ls_time_stamps {
	pthread_mutex_t lock;
	const struct ls_trust *trust; /* borrowed; NULL: none */
	uint64_t size;		      /* of the log */
	int64_t *received; /* owned; by seal, seconds since 1970, 0: not known; NULL: nobody asks */
	struct ls_stamp *stamps; /* owned: those that hold by themselves; where no authority is
				  * named, those whose checkpoint does, without a time */
	size_t count, capacity;
	uint64_t told; /* events, good or not */
	bool out_of_memory;
};

void ls_time_stamps_init(struct ls_time_stamps *t, const struct ls_trust *trust);
void ls_time_stamps_free(struct ls_time_stamps *t);

/* The log is of this size; before the first record is told. */
void ls_time_stamps_begin(struct ls_time_stamps *t, uint64_t size);

/* A record that is the sealed one, in this file.  A time stamp that does not hold is reported. */
void ls_time_stamps_tell(struct ls_time_stamps *t, const struct ls_record *record, const char *file,
			 struct ls_report *report);

/* When all were told: LS_CHECK_TIME_STAMPS.  log may be NULL.  0 or -ENOMEM. */
int ls_time_stamps_check(struct ls_time_stamps *t, const struct ls_log *log,
			 struct ls_report *report);

/*
 * The same for a bundle, of whose log there is a checkpoint alone: its time stamps against its
 * result, which was received then (seconds since 1970).  is_linked: each covers the
 * result; if not, that was reported.  0 or -ENOMEM.
 */
int ls_time_stamps_check_bundle(struct ls_time_stamps *t, uint64_t seal, int64_t received,
				bool is_linked, struct ls_report *report);

/*
 * The same for a folder alone: a result has none, an event that is a time stamp is checked as far
 * as it goes without the log.  0 or -ENOMEM.
 */
int ls_time_stamps_check_alone(struct ls_time_stamps *t, struct ls_report *report);

#endif
