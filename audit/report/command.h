/* SPDX-License-Identifier: Apache-2.0 */
/* `labseal report`: a page of one file or one result (labseal-report(1)). */
#ifndef LABSEAL_AUDIT_REPORT_COMMAND_H
#define LABSEAL_AUDIT_REPORT_COMMAND_H

int ls_report_command(int argc, char **argv);

#endif
