/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LABSEAL_AUDIT_VERIFY_COMMAND_H
#define LABSEAL_AUDIT_VERIFY_COMMAND_H

/* `labseal verify`, labseal-verify(1); argv[0] is "verify".  Returns enum ls_exit. */
int ls_verify_command(int argc, char **argv);

#endif
