/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of this room: what a laboratory does to a registry, and who keeps a copy. */
#ifndef LABSEAL_AUDIT_REGISTRY_COMMANDS_H
#define LABSEAL_AUDIT_REGISTRY_COMMANDS_H

#include "lib/base/command.h"
#include "lib/base/error.h"

enum {
	LS_REGISTRY_INIT,
	LS_REGISTRY_ADD_KEY,
	LS_REGISTRY_ISSUE,
	LS_REGISTRY_SIGN,
	LS_REGISTRY_APPEND,
	LS_REGISTRY_REVOKE,
	LS_REGISTRY_SYNC,
	LS_REGISTRY_WITNESS,
	LS_REGISTRY_COMMAND_COUNT
};
extern const struct ls_command ls_registry_commands[LS_REGISTRY_COMMAND_COUNT];

int ls_registry_init_command(int argc, char **argv);
int ls_registry_add_key_command(int argc, char **argv);
int ls_registry_issue_command(int argc, char **argv);
int ls_registry_sign_command(int argc, char **argv);
int ls_registry_append_command(int argc, char **argv);
int ls_registry_revoke_command(int argc, char **argv);
int ls_registry_sync_command(int argc, char **argv);
/* The same for another command and its own kind of trust file, out of which read_trust takes the
 * log's key and witnesses. */
struct ls_registry_trusted;
typedef int ls_registry_read_trust(const char *path, struct ls_registry_trusted *ret_trusted,
				   struct ls_error *err);
int ls_registry_sync_run(const struct ls_command *command, ls_registry_read_trust *read_trust,
			 int argc, char **argv);
int ls_registry_witness_command(int argc, char **argv);

/* The error on standard error, and the exit status that it means. */
int ls_registry_fail(const struct ls_command *command, const struct ls_error *err);

#endif
