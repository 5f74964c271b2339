/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records say of the instrument's calibration (docs/formats/manifest.md), held against a
 * registry of calibrations that the auditor has.  Any number of threads tell of records; at the
 * end the registry is asked:
 *
 *     as of the time of receipt, by the registry as it stood when the host asked it: what a record
 *     says must come out again (LS_CHECK_CALIBRATION);
 *     for the same time, by all that is known today: a revocation since is a warning.
 *
 * The first is a proof against the record, the second none: nobody could have known.
 */
#ifndef LABSEAL_AUDIT_VERIFY_CALIBRATION_H
#define LABSEAL_AUDIT_VERIFY_CALIBRATION_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "lib/seal/record.h"

/* What records say but for their times: mostly the same for many. */
struct ls_calibration_claim {
	struct ls_calibration_status status; /* checked is 0 */
	uint64_t seals, first, last; /* how many say so; the smallest and the largest of them */
};

/* A time for which a claim was made: a result's first file, or its last. */
struct ls_calibration_time {
	uint64_t seal;
	int64_t at;	/* seconds since 1970 */
	uint32_t claim; /* index */
	uint32_t path;	/* offset of the record's path */
};

struct ls_calibrations {
	pthread_mutex_t lock;
	struct ls_calibration_claim *claims; /* owned */
	size_t claim_count, claim_capacity;
	struct ls_calibration_time *times; /* owned */
	size_t time_count, time_capacity;
	struct ls_buffer paths; /* NUL-terminated, one after the other */
	bool out_of_memory;
};

void ls_calibrations_init(struct ls_calibrations *c);
void ls_calibrations_free(struct ls_calibrations *c);

/* A record that is the sealed one, in this file; events are passed over.  c NULL: nothing. */
void ls_calibrations_tell(struct ls_calibrations *c, const struct ls_record *record,
			  const char *file);

/*
 * When all records were told.  mirror: the registry's folder, trust: the calibration trust file;
 * both NULL: what is not checked is said.  0 or -ENOMEM.
 */
int ls_calibrations_check(struct ls_calibrations *c, const char *mirror, const char *trust,
			  struct ls_report *report);

#endif
