/* SPDX-License-Identifier: Apache-2.0 */
/* One seal's folder: everything that can be checked of a result or an event. */
#ifndef LABSEAL_AUDIT_VERIFY_RESULT_H
#define LABSEAL_AUDIT_VERIFY_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/verify/calibration.h"
#include "audit/verify/log.h"
#include "audit/verify/order.h"
#include "audit/verify/pool.h"
#include "audit/verify/read.h"
#include "audit/verify/report.h"
#include "audit/verify/resume.h"
#include "audit/verify/tally.h"
#include "audit/verify/time_stamps.h"
#include "audit/verify/versions.h"
#include "lib/seal/cms.h"
#include "lib/seal/manifest.h"
#include "lib/seal/trust.h"

/* What all folders of an audit have in common; read only while threads run. */
struct ls_result_context {
	struct ls_source *source; /* paths are beneath it */
	struct ls_report *report;
	const struct ls_trust *trust;  /* NULL: none */
	const struct ls_log *log;      /* NULL: a folder alone, or a share without a readable log */
	struct ls_order *order;	       /* is told of each record; NULL: a folder alone */
	struct ls_tally *tally;	       /* the same */
	struct ls_time_stamps *stamps; /* the same */
	bool alone;		       /* the folder's name says nothing: it was copied somewhere */
	struct ls_versions *versions;  /* is told of each record; NULL: not the whole share */
	struct ls_calibrations *calibrations; /* is told of each record */
	struct ls_resume *resume;	 /* what was hashed before; NULL: nothing is taken over */
	const struct ls_buffer *bundled; /* the manifest of a bundle's result; NULL: no bundle */
};

/* What a thread needs for one folder after the other. */
struct ls_result_scratch {
	struct ls_log_scratch log;
	struct ls_sha256 hash;
	struct ls_buffer manifest, record, signature, proof;
	uint8_t *chunk; /* LS_SHARE_CHUNK bytes */
	struct ls_cms_verifier cms;
	struct ls_p256_verifier log_key;
	uint64_t signed_size;	    /* the largest log size that a good proof speaks of */
	struct ls_digest seen_note; /* a checkpoint whose signature was found good */

	struct ls_pool *pool; /* whose idle workers help with large folders; NULL: nobody does */
	unsigned worker;      /* whose scratch this is */
	struct ls_result_scratch *of_all; /* the scratch of each worker of the pool */
};
/* One for each of so many threads; 0 or -ENOMEM, then *ret is NULL.  free: NULL is fine. */
int ls_result_scratch_new(unsigned threads, struct ls_result_scratch **ret);
void ls_result_scratch_free(struct ls_result_scratch *all, unsigned threads);

/*
 * Check the folder at path ("." for a folder alone).  seal: the number in its
 * name, 0 when that is not known.  Everything found goes to the report.
 */
void ls_result_check(const struct ls_result_context *c, struct ls_result_scratch *s,
		     const char *path, uint64_t seal);

#endif
