/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RDML, the Real-time PCR Data Markup Language (http://www.rdml.org), versions
 * 1.0 to 1.3: XML, as a rule in a ZIP archive as rdml_data.xml.
 */
#ifndef LABSEAL_AUDIT_RUN_RDML_H
#define LABSEAL_AUDIT_RUN_RDML_H

#include "audit/run/analysis.h"
#include "audit/run/run_build.h"
#include "audit/zip/zip.h"

#define LS_RDML_XML_MAX ((size_t)128 << 20) /* bytes of the XML, unfolded */

/* Whether bytes begin as RDML that is not zipped. */
bool ls_rdml_is(const void *data, size_t size);

/* The entry of an archive that is RDML, by its name, or LS_ZIP_NONE. */
size_t ls_rdml_entry(const struct ls_zip *zip);

/*
 * Read the first run of the first experiment that has one; others are named in
 * a warning.  Errors are those of xml.h, and -EBADMSG report.rdml.nothing when there
 * is no run.  ls_rdml_read_zip(): also those of zip.h.
 */
int ls_rdml_read(const void *data, size_t size, struct ls_run *run, struct ls_error *err);
int ls_rdml_read_zip(struct ls_zip *zip, struct ls_run *run, struct ls_error *err);

/*
 * The run as an RDML 1.3 document, appended to out: what the file says and nothing of ours.
 * The fluorescence is what RDML wants, not baseline-corrected: Rn where the file has it, else
 * the reporter over the passive reference, or the reporter alone (both as analysis.h takes
 * them).  What RDML has no place for is left out: docs/formats/run-files.md lists it.  0, -EFBIG
 * or -ENOMEM.
 */
int ls_rdml_write(const struct ls_run *run, const struct ls_run_analysis *analysis,
		  struct ls_buffer *out);

/* The same as an archive with rdml_data.xml in it, as RDML files are exchanged. */
int ls_rdml_write_zip(const struct ls_run *run, const struct ls_run_analysis *analysis,
		      struct ls_buffer *out, struct ls_error *err);

#endif
