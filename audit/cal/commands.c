/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/commands.h"

#define SOURCE "--registry MIRROR --trust FILE [--at TIME]"

const struct ls_command ls_cal_commands[LS_CAL_COMMAND_COUNT] = {
	[LS_CAL_TRACE] = { "cal trace",
			   SOURCE
			   " [--folder DIR] [--quantity Q] [--memory FILE] [--json] [--html FILE] "
			   "DEVICE; or --evidence FILE --trust FILE DEVICE; or --dcc FILE "
			   "[--folder DIR] --trust FILE; or --node URL [--pin FILE] --trust FILE "
			   "DEVICE",
			   "follow a device's calibration to the national standard, and check each "
			   "link",
			   "--registry --evidence --dcc --folder --node --pin --trust --at "
			   "--quantity --memory "
			   "--json "
			   "--html",
			   ls_cal_trace_command },
	[LS_CAL_IMPACT] = { "cal impact",
			    SOURCE " --since DATE [--json] [--results SHARE] KEY|REPORT|DEVICE "
				   "[SHARE ...]",
			    "list what a bad standard, key or laboratory touches, down to sealed "
			    "results",
			    "--registry --trust --at --since --results --json",
			    ls_cal_impact_command },
	[LS_CAL_DUE] = { "cal due", SOURCE " [--within DAYS] [--organisation NAME] [--json]",
			 "list devices whose calibration is over, or soon will be",
			 "--registry --trust --at --within --organisation --json",
			 ls_cal_due_command },
	[LS_CAL_STATS] = { "cal stats", SOURCE " [--organisation NAME] [--json]",
			   "tell how much of a registry is traceable, how deep, and how well",
			   "--registry --trust --at --organisation --json", ls_cal_stats_command },
	[LS_CAL_PROBE] = { "cal probe",
			   SOURCE
			   " [--quantity Q] [--json] --reference VALUE --uncertainty U --reading "
			   "VALUE DEVICE | ... --csv FILE",
			   "hold a device's reading of a reference against what its calibration "
			   "says",
			   "--registry --trust --at --quantity --reference --uncertainty --reading "
			   "--csv "
			   "--json",
			   ls_cal_probe_command },
	[LS_CAL_EVIDENCE] = { "cal evidence", SOURCE " [--complete] --output FILE DEVICE",
			      "put a device's chain and its proofs into one file that anyone can "
			      "check",
			      "--registry --trust --at --complete --output",
			      ls_cal_evidence_command },
};
