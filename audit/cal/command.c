/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/command.h"

#include "audit/cal/commands.h"
#include "audit/chain/command.h"
#include "audit/dcc/command.h"
#include "audit/registry/commands.h"
#include "lib/base/command.h"

int ls_cal_command(int argc, char **argv)
{
	static const struct ls_command_table tables[] = {
		{ ls_cal_commands, LS_CAL_COMMAND_COUNT },
		{ ls_registry_commands, LS_REGISTRY_COMMAND_COUNT },
		{ ls_chain_commands, LS_CHAIN_COMMAND_COUNT },
		{ ls_dcc_commands, LS_DCC_COMMAND_COUNT },
	};
	return ls_command_dispatch("labseal cal", tables, sizeof(tables) / sizeof(tables[0]), argc,
				   argv);
}
