/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/commands.h"

#define SOURCE_TABLE "{--registry MIRROR | --node URL [--pin FILE]} --trust FILE [--at TIME]"
#define SOURCE_WORDS "--registry --node --pin --trust --at"

const struct ls_command ls_cal_commands[LS_CAL_COMMAND_COUNT] = {
	[LS_CAL_TRACE] = { "cal trace",
			   "{--registry MIRROR [--folder DIR] [--memory FILE] | --evidence FILE | "
			   "--node URL [--pin FILE]} --trust FILE [--at TIME] [--quantity Q] "
			   "[--json] [--html FILE] DEVICE; or --dcc FILE [--folder DIR] "
			   "[--registry MIRROR] --trust FILE [--at TIME] [--quantity Q] [--json] "
			   "[--html FILE]",
			   "follow a device's calibration to the national standard, and check each "
			   "link",
			   SOURCE_WORDS
			   " --evidence --dcc --folder --quantity --memory --json --html",
			   ls_cal_trace_command },
	[LS_CAL_IMPACT] = { "cal impact",
			    SOURCE_TABLE " --since DATE [--json] [--results SHARE] "
					 "KEY|REPORT|DEVICE [SHARE ...]",
			    "list what a bad standard, key or laboratory touches, down to sealed "
			    "results",
			    SOURCE_WORDS " --since --results --json", ls_cal_impact_command },
	[LS_CAL_DUE] = { "cal due", SOURCE_TABLE " [--within DAYS] [--organisation NAME] [--json]",
			 "list devices whose calibration is over, or soon will be",
			 SOURCE_WORDS " --within --organisation --json", ls_cal_due_command },
	[LS_CAL_STATS] = { "cal stats", SOURCE_TABLE " [--organisation NAME] [--json]",
			   "tell how much of a registry is traceable, how deep, and how well",
			   SOURCE_WORDS " --organisation --json", ls_cal_stats_command },
	[LS_CAL_PROBE] = { "cal probe",
			   SOURCE_TABLE " [--quantity Q] [--json] {--reference VALUE --uncertainty "
					"U --reading VALUE | --csv FILE} DEVICE",
			   "hold a device's reading of a reference against what its calibration "
			   "says",
			   SOURCE_WORDS
			   " --quantity --reference --uncertainty --reading --csv --json",
			   ls_cal_probe_command },
	[LS_CAL_EVIDENCE] = { "cal evidence",
			      "--registry MIRROR --trust FILE [--at TIME] [--complete] --output "
			      "FILE DEVICE",
			      "put a device's chain and its proofs into one file that anyone can "
			      "check",
			      "--registry --trust --at --complete --output",
			      ls_cal_evidence_command },
};
