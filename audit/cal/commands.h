/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of this room: what a registry, or a folder of certificates, shows. */
#ifndef LABSEAL_AUDIT_CAL_COMMANDS_H
#define LABSEAL_AUDIT_CAL_COMMANDS_H

#include "lib/base/command.h"

enum ls_cal_command_index {
	LS_CAL_TRACE,
	LS_CAL_IMPACT,
	LS_CAL_DUE,
	LS_CAL_STATS,
	LS_CAL_PROBE,
	LS_CAL_EVIDENCE,
	LS_CAL_COMMAND_COUNT
};

extern const struct ls_command ls_cal_commands[LS_CAL_COMMAND_COUNT];

int ls_cal_trace_command(int argc, char **argv);
int ls_cal_impact_command(int argc, char **argv);
int ls_cal_due_command(int argc, char **argv);
int ls_cal_stats_command(int argc, char **argv);
int ls_cal_probe_command(int argc, char **argv);
int ls_cal_evidence_command(int argc, char **argv);

#endif
