/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of lab IT: one table (table.c) from which dispatch, help and the
 * shell completion come.  Each function has its command's name in argv[0] and
 * returns an enum ls_exit.
 */
#ifndef LABSEAL_HOST_COMMAND_COMMANDS_H
#define LABSEAL_HOST_COMMAND_COMMANDS_H

#include <stddef.h>

#include "lib/base/command.h"

int ls_cmd_check(int argc, char **argv);
int ls_cmd_audit(int argc, char **argv);
int ls_cmd_xml(int argc, char **argv);
int ls_cmd_provision(int argc, char **argv);
int ls_cmd_install(int argc, char **argv);
int ls_cmd_lock(int argc, char **argv);
int ls_cmd_console(int argc, char **argv);
int ls_cmd_deprovision(int argc, char **argv);
int ls_cmd_authority(int argc, char **argv);
int ls_cmd_approve(int argc, char **argv);
int ls_cmd_enrol(int argc, char **argv);
int ls_cmd_trust(int argc, char **argv);
int ls_cmd_countersign(int argc, char **argv);
int ls_cmd_run(int argc, char **argv);
int ls_cmd_status(int argc, char **argv);
int ls_cmd_demo(int argc, char **argv);
int ls_cmd_witness(int argc, char **argv);

extern const struct ls_command ls_host_commands[];
extern const size_t ls_host_command_count;

/* The entry with this name, which must be one of the table's. */
const struct ls_command *ls_host_command(const char *name);

#endif
