/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every device of a registry traced, on all processors: for recall lists and statistics.  What
 * several devices' chains have in common is verified once.
 */
#ifndef LABSEAL_AUDIT_CAL_SWEEP_H
#define LABSEAL_AUDIT_CAL_SWEEP_H

#include <stddef.h>
#include <stdint.h>

#include "audit/cal/session.h"

#define LS_CAL_SWEEP_KINDS_MAX 1024

/* What devices measure: a quantity in a unit. */
struct ls_cal_swept_kind {
	char quantity[LS_CAL_QUANTITY_SIZE], unit[LS_CAL_UNIT_SIZE];
};

struct ls_cal_swept {
	struct ls_digest device; /* its record */
	uint64_t index;		 /* in the log */
	uint16_t kind; /* in the sweep's kinds: of its report's first measurand; only where asked
			  for and summary.has_u */
	struct ls_cal_summary summary;
};

struct ls_cal_sweep_options {
	unsigned threads; /* 0: as many as there are processors */
	bool kinds;	  /* tell what is measured, too */
};

struct ls_cal_sweep {
	size_t count;
	struct ls_cal_swept *devices; /* owned; in the log's order */
	uint64_t signatures;	      /* that were verified */
	size_t kind_count; /* more than LS_CAL_SWEEP_KINDS_MAX are counted as the last one */
	struct ls_cal_swept_kind *kinds; /* owned */
};

/* options NULL: none.  0 or a negative errno: nothing is returned then. */
int ls_cal_sweep(const struct ls_cal_session *session, const struct ls_cal_sweep_options *options,
		 struct ls_cal_sweep *ret_sweep, struct ls_error *err);
void ls_cal_sweep_free(struct ls_cal_sweep *sweep);
#define _cleanup_cal_sweep_ __attribute__((cleanup(ls_cal_sweep_free)))

#endif
