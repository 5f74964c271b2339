/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The run file of a 7500, StepOne, ViiA 7 or QuantStudio (.eds, version 1): a
 * ZIP archive with a folder apldbio/sds.  docs/formats/run-files.md says what is read
 * of it, from where that is known, and what is not known.
 */
#ifndef LABSEAL_AUDIT_RUN_EDS_H
#define LABSEAL_AUDIT_RUN_EDS_H

#include "audit/run/run_build.h"
#include "audit/zip/zip.h"

#define LS_EDS_ENTRY_MAX ((size_t)32 << 20) /* bytes of one entry, unfolded */

/* Whether an archive is one, by the names of its entries. */
bool ls_eds_is(const struct ls_zip *zip);

/*
 * Read it into a run.  An entry that cannot be read is a warning; what is
 * refused is an archive with none of the entries that matter readable:
 * -EBADMSG report.eds.nothing.  -ENOTSUP report.eds.version for the newer kind
 * that holds JSON.
 */
int ls_eds_read(struct ls_zip *zip, struct ls_run *run, struct ls_error *err);

#endif
