/* SPDX-License-Identifier: Apache-2.0 */
/* labseal export-share: a copy of a share at one checkpoint, verified. */
#ifndef LABSEAL_AUDIT_EXPORT_COMMAND_H
#define LABSEAL_AUDIT_EXPORT_COMMAND_H

int ls_export_command(int argc, char **argv);

#endif
