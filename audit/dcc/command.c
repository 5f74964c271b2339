/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/command.h"

const struct ls_command ls_dcc_commands[LS_DCC_COMMAND_COUNT] = {
	[LS_DCC_SHOW] = { "cal show", "[--trust FILE] [--folder DIR] [--json] DCC",
			  "show a digital calibration certificate, who signed it, and which "
			  "certificates it names",
			  "--trust --folder --json", ls_dcc_show_command },
	[LS_DCC_IMPORT] = { "cal import", "--registry DIR --trust FILE [--report RECORD] DCC",
			    "put a digital calibration certificate into a registry's documents, "
			    "so that reports can name it",
			    "--registry --trust --report", ls_dcc_import_command },
};
