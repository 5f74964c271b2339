/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run for other programs.  Each appends to out, and returns 0 or a negative
 * code with err filled in; out then holds a part and is of no use.
 */
#ifndef LABSEAL_AUDIT_REPORT_EXPORT_H
#define LABSEAL_AUDIT_REPORT_EXPORT_H

#include "audit/run/analysis.h"
#include "lib/base/buffer.h"

#define LS_EXPORT_MAX ((size_t)1 << 30) /* bytes of one export */

/*
 * Curves as CSV (RFC 4180, UTF-8, CR LF), one point a row, and the Cq: columns
 * well, sample, task, target, dye, origin ("stored" or "computed"), curve, cycle,
 * temperature, value.  Text that a spreadsheet would run as a formula gets an apostrophe in
 * front: docs/formats/run-files.md.
 */
int ls_export_csv(const struct ls_run *run, const struct ls_run_analysis *analysis,
		  struct ls_buffer *out, struct ls_error *err);

/* The whole model as JSON: docs/formats/report-json.md. */
int ls_export_json(const struct ls_run *run, const struct ls_run_analysis *analysis,
		   struct ls_buffer *out, struct ls_error *err);

/* RDML 1.3, zipped: rdml.h. */
int ls_export_rdml(const struct ls_run *run, const struct ls_run_analysis *analysis,
		   struct ls_buffer *out, struct ls_error *err);

#endif
