/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LABSEAL_AUDIT_BUNDLE_COMMAND_H
#define LABSEAL_AUDIT_BUNDLE_COMMAND_H

/* labseal bundle [--trust FILE] [--output FILE] [--anyway] RESULT; returns enum ls_exit. */
int ls_bundle_command(int argc, char **argv);

#endif
