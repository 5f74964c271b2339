/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reverse traceability: what a bad key, report, device, technician or organisation touches from
 * a day on.  Nobody is believed less for it and nothing is verified: every report that the
 * registry has is followed, for what is to be judged again is better one too many.
 *
 * Reports are touched when they were performed at or after `since` and
 *  - are named themselves, or are of a touched technician or organisation,
 *  - name as a parent a report of a touched device, or a touched report.
 */
#ifndef LABSEAL_AUDIT_CAL_IMPACT_H
#define LABSEAL_AUDIT_CAL_IMPACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cal/store.h"

#define LS_CAL_SUBJECTS_MAX 64 /* records with one key */

struct ls_cal_touched {
	struct ls_digest report, device, organisation; /* ids; device is zero in a document */
	int64_t performed, due;
	unsigned steps;	  /* from what is bad: 1 is calibrated with it, or by it; 0: its own */
	bool in_force;	  /* the device was not calibrated again since */
	uint64_t results; /* sealed results that it touches; set by ls_cal_impact_share */
};

/* Of one organisation: how much of what it has calibrated is touched. */
struct ls_cal_blast {
	struct ls_digest organisation;
	size_t reports, devices;
};

/* A sealed result that was measured with a touched device. */
struct ls_cal_touched_result {
	size_t share; /* which of the shares */
	uint64_t seal;
	char *folder;	  /* owned, escaped, below the share */
	int64_t received; /* ms */
	size_t touched;	  /* index of the report */
};

struct ls_cal_impact {
	enum ls_cal_kind kind; /* of what was named, of the first of them */
	int64_t since;	       /* seconds since 1970: nothing of before is touched */
	struct ls_digest subject;
	size_t subject_count; /* records that have the key that was named; else 1 */
	size_t count;
	struct ls_cal_touched *touched; /* owned; nearest first, then in the log's order */
	size_t device_count;
	size_t blast_count;
	struct ls_cal_blast *blasts; /* owned; most devices first */
	size_t result_count, results_looked_at;
	size_t results_other; /* looked at, and sealed without a word on calibration */
	struct ls_cal_touched_result *results; /* owned; by share and seal */
};

/*
 * What was calibrated by or with the subject at `since` or later, and what stands on that; of a
 * device also its own report that was in force at `since`.
 * subject: a record's id or a key's SHA-256 (64 hex digits), a device's name, or an
 * organisation's or a technician's.  size: entries of this index and later are not seen.
 * 0; -ENOENT: nobody is called so; -ENOTUNIQ: several are; -ENOMEM; the store's errors.
 */
int ls_cal_impact_find(struct ls_cal_store *store, const char *subject, int64_t since,
		       uint64_t size, struct ls_cal_impact *ret_impact, struct ls_error *err);
void ls_cal_impact_free(struct ls_cal_impact *impact);
#define _cleanup_cal_impact_ __attribute__((cleanup(ls_cal_impact_free)))

/*
 * Add the results of a share (a folder, or a zip archive of one) whose record.json names a touched
 * report as the one that was in force, and that were received at `since` or later: what was
 * measured before was measured before it went bad.  What is read is the share's word: `labseal
 * verify` says whether it can be believed.  0; -ENOENT and others: the share cannot be read;
 * -EBADMSG: a record in it cannot, which is named; -ENOMEM.
 */
int ls_cal_impact_share(struct ls_cal_impact *impact, size_t number, const char *share,
			struct ls_error *err);

#endif
