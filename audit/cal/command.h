/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal cal: its subcommands, put together from the tables of the rooms that have some.
 * A room that brings subcommands defines a table of its own (struct ls_command, each name
 * "cal WORD") and adds it in command.c; help, usage and completion follow from the tables.
 */
#ifndef LABSEAL_AUDIT_CAL_COMMAND_H
#define LABSEAL_AUDIT_CAL_COMMAND_H

int ls_cal_command(int argc, char **argv);

#endif
