/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal dna: its subcommands.  A room that brings subcommands defines a table of its own (struct
 * ls_command, each name "dna WORD") and adds it in command.c.
 */
#ifndef LABSEAL_AUDIT_DNA_COMMAND_H
#define LABSEAL_AUDIT_DNA_COMMAND_H

int ls_dna_command(int argc, char **argv);

#endif
