/* SPDX-License-Identifier: Apache-2.0 */
/* The auditor's commands: entries of the one table that `labseal` and `labseal-audit` dispatch. */
#ifndef LABSEAL_AUDIT_COMMANDS_H
#define LABSEAL_AUDIT_COMMANDS_H

#include "lib/base/command.h"

enum {
	LS_AUDIT_VERIFY,
	LS_AUDIT_REPORT,
	LS_AUDIT_EXPORT,
	LS_AUDIT_BUNDLE,
	LS_AUDIT_CAL,
	LS_AUDIT_DNA,
	LS_AUDIT_COMMAND_COUNT
};

extern const struct ls_command ls_audit_commands[LS_AUDIT_COMMAND_COUNT];

#endif
