/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-audit: the auditor's commands alone, without libvirt, QEMU or a TPM. */
#include "audit/commands.h"

int main(int argc, char **argv)
{
	const struct ls_command_table table = { ls_audit_commands, LS_AUDIT_COMMAND_COUNT };
	return ls_command_dispatch("labseal-audit", &table, 1, argc, argv);
}
