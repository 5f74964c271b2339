/* SPDX-License-Identifier: Apache-2.0 */
/* labseal report --csv, --json, --rdml: a run for other programs. */
#ifndef LABSEAL_AUDIT_REPORT_EXPORT_COMMAND_H
#define LABSEAL_AUDIT_REPORT_EXPORT_COMMAND_H

enum ls_export_form { LS_EXPORT_CSV, LS_EXPORT_JSON, LS_EXPORT_RDML };

/*
 * Read the file and write it in the form to output (replaced in one step), or
 * to standard output if NULL.  Returns an exit status (lib/base/exit.h), after
 * a line on standard error for each thing that is to be said.
 */
int ls_report_export_command(enum ls_export_form form, const char *file, const char *output);

#endif
