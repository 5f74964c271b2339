/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal's subcommands of this room. */
#ifndef LABSEAL_AUDIT_DCC_COMMAND_H
#define LABSEAL_AUDIT_DCC_COMMAND_H

#include "lib/base/command.h"

enum { LS_DCC_SHOW, LS_DCC_IMPORT, LS_DCC_COMMAND_COUNT };
extern const struct ls_command ls_dcc_commands[LS_DCC_COMMAND_COUNT];

int ls_dcc_show_command(int argc, char **argv);
int ls_dcc_import_command(int argc, char **argv);

#endif
