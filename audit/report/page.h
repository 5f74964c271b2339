/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.html: one result on one page, for people.
 *
 * Pure functions.  The page stands alone: no script, nothing from elsewhere,
 * A4 when printed.  It says what the seal says and what the file says, each for
 * what it is, and never that anything was verified: it lies beside the result
 * and is not under the seal.
 */
#ifndef LABSEAL_AUDIT_REPORT_PAGE_H
#define LABSEAL_AUDIT_REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/run/run.h"
#include "lib/base/buffer.h"
#include "lib/base/hash.h"
#include "lib/log/checkpoint.h"
#include "lib/seal/record.h"

struct ls_run_analysis;

/* A result's seal, as far as a page tells of it.  All borrowed. */
struct ls_page_seal {
	const struct ls_record *record;
	struct ls_digest manifest;	 /* SHA-256 of manifest.sha256 */
	uint64_t index;			 /* of its entry in the log, from 0 */
	struct ls_checkpoint checkpoint; /* that its proof leads to */
	size_t shown;			 /* which of the record's files the page shows */
};

/* What is on the page.  All borrowed. */
struct ls_page_content {
	const struct ls_page_seal *seal;	/* NULL: a file alone */
	const char *name;			/* of a file alone; escaped */
	bool is_hashed;				/* the file was read for the page: */
	uint64_t size;				/* its bytes, */
	struct ls_digest sha256;		/* and their hash */
	const struct ls_run *run;		/* NULL: no run could be read */
	const struct ls_run_analysis *analysis; /* NULL without a run */
	const char *problem;			/* why not; NULL or text */
};

/* Append the page.  0 or the buffer's error. */
int ls_report_draw(const struct ls_page_content *content, struct ls_buffer *out);

#endif
