/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/commands.h"

#include "audit/bundle/command.h"
#include "audit/cal/command.h"
#include "audit/dna/command.h"
#include "audit/export/command.h"
#include "audit/report/command.h"
#include "audit/verify/command.h"

const struct ls_command ls_audit_commands[LS_AUDIT_COMMAND_COUNT] = {
	[LS_AUDIT_VERIFY] = { "verify",
			      "[--trust FILE] [--memory FILE] [--resume FILE] "
			      "[--calibration FOLDER --calibration-trust FILE] [--dna-trust FILE "
			      "... [--dna-keys MIRROR|SNAPSHOT ...] [--dna-at TIME]] "
			      "[--html FILE] [--timeout SECONDS] "
			      "[--json] "
			      "SHARE|RESULT|ZIP; or --misbehaviour FILE --trust FILE [--json]",
			      "check a share, or one result, for anything altered, removed or "
			      "added",
			      "--trust --memory --calibration --calibration-trust --dna-trust "
			      "--dna-keys "
			      "--dna-at "
			      "--misbehaviour "
			      "--html --timeout --json",
			      ls_verify_command },
	[LS_AUDIT_REPORT] = { "report", "[--html FILE|--csv FILE|--rdml FILE|--json] FILE|RESULT",
			      "show a run file, or a result, as a page; or its curves for other "
			      "programs",
			      "--html --csv --rdml --json", ls_report_command },
	[LS_AUDIT_EXPORT] = { "export-share", "--trust FILE SHARE DEST",
			      "copy a share as it is at one checkpoint, while sealing goes on, and "
			      "verify the copy",
			      "--trust", ls_export_command },
	[LS_AUDIT_BUNDLE] = { "bundle", "[--trust FILE] [--output FILE] [--anyway] RESULT",
			      "put one result and all that belongs to it into a zip archive",
			      "--trust --output --anyway", ls_bundle_command },
	[LS_AUDIT_CAL] = { "cal", "COMMAND [ARGUMENT ...]",
			   "trace an instrument's calibration to the national standard", NULL,
			   ls_cal_command },
	[LS_AUDIT_DNA] = { "dna", "COMMAND [ARGUMENT ...]",
			   "sign DNA molecules, and verify what sequencing gives", NULL,
			   ls_dna_command },
};
