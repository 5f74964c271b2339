/* SPDX-License-Identifier: Apache-2.0 */
/* labseal: lab IT's commands and the auditor's, in one table. */
#include "audit/commands.h"
#include "host/command/commands.h"
#include "host/command/keeper.h"
#include "lib/base/command.h"

int main(int argc, char **argv)
{
	const struct ls_command_table tables[] = {
		{ ls_host_commands, ls_host_command_count },
		{ ls_audit_commands, LS_AUDIT_COMMAND_COUNT },
	};
	ls_keeper_set(&ls_tpm_keeper); /* the auditor's program has none */
	return ls_command_dispatch("labseal", tables, sizeof(tables) / sizeof(tables[0]), argc,
				   argv);
}
