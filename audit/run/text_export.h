/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text exports of 7500, StepOne, ViiA 7 and QuantStudio software: lines
 * "* Key = Value", then sections "[Results]" of tab-separated tables.
 * docs/formats/run-files.md says which sections and columns are read.
 */
#ifndef LABSEAL_AUDIT_RUN_TEXT_EXPORT_H
#define LABSEAL_AUDIT_RUN_TEXT_EXPORT_H

#include "audit/run/run_build.h"

/* Whether bytes begin as one, in any encoding that is read. */
bool ls_text_export_is(const void *data, size_t size);

/*
 * Read one into a run.  A row or a section that makes no sense is left out, with a
 * warning.  -EBADMSG report.text.nothing: there is no section that is known.
 */
int ls_text_export_read(const void *data, size_t size, struct ls_run *run, struct ls_error *err);

#endif
