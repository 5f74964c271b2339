/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/commands.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/exit.h"

#define KEYS "[--passphrase-file FILE] [--pin-file FILE]"

const struct ls_command ls_registry_commands[LS_REGISTRY_COMMAND_COUNT] = {
	[LS_REGISTRY_INIT] = { "cal init",
			       "--origin NAME --log-key KEY [--ed25519-key KEY] [--make-key] " KEYS
			       " REGISTRY",
			       "make a new, empty registry of calibrations",
			       "--origin --log-key --ed25519-key --make-key --passphrase-file "
			       "--pin-file",
			       ls_registry_init_command },
	[LS_REGISTRY_ADD_KEY] = { "cal add-key",
				  "--ed25519-key KEY [--make-key] [--log-key KEY] " KEYS
				  " REGISTRY",
				  "give a registry that has none an Ed25519 key beside its own",
				  "--ed25519-key --make-key --log-key --passphrase-file --pin-file",
				  ls_registry_add_key_command },
	[LS_REGISTRY_ISSUE] = { "cal issue",
				"--registry REGISTRY [--log-key KEY] [--ed25519-key KEY] " KEYS
				" {KIND OPTION ... [--issued TIME] --key KEY ... [--output FILE] "
				"[--draft FILE] | --batch FILE}",
				"put an organisation, technician, device, report, revocation or "
				"heartbeat into a registry",
				"--registry --log-key --ed25519-key --passphrase-file --pin-file "
				"--batch "
				"--issued "
				"--key --draft --output --name --public --make-key --from --until "
				"--level --certified-by --scope --organisation --technician "
				"--device "
				"--parent --parent-document --performed --due --private --number "
				"--method --document --details --condition --quantity --serves "
				"--sensitivity --drift --averaged --adjustment --tolerance "
				"--conformity --found --point --record --since --reason --words "
				"--by",
				ls_registry_issue_command },
	[LS_REGISTRY_SIGN] = { "cal sign",
			       "[--registry REGISTRY] " KEYS " --key KEY [--output FILE] DRAFT",
			       "sign a draft with the next key it needs",
			       "--registry --key --output --passphrase-file --pin-file",
			       ls_registry_sign_command },
	[LS_REGISTRY_APPEND] = { "cal append",
				 "--registry REGISTRY [--log-key KEY] [--ed25519-key KEY] " KEYS
				 " RECORD ...",
				 "put signed records into a registry",
				 "--registry --log-key --ed25519-key --passphrase-file --pin-file",
				 ls_registry_append_command },
	[LS_REGISTRY_REVOKE] = { "cal revoke",
				 "--registry REGISTRY [--log-key KEY] [--ed25519-key KEY] " KEYS
				 " --record RECORD --reason REASON [--since TIME] [--words TEXT] "
				 "[--by RECORD] [--issued TIME] --key KEY [--output FILE] [--draft "
				 "FILE]",
				 "revoke a report, a device, a technician or an organisation",
				 "--registry --log-key --ed25519-key --passphrase-file --pin-file "
				 "--record "
				 "--since --reason --words --by --issued --key --output --draft",
				 ls_registry_revoke_command },
	[LS_REGISTRY_SYNC] = { "cal sync",
			       "[--trust FILE] [--max-bytes N] [--timeout SECONDS] [--json] SOURCE "
			       "MIRROR; or --check [--trust FILE] [--json] MIRROR",
			       "copy a registry, or what is new of it, from a folder or a web "
			       "server, and verify all of it",
			       "--trust --max-bytes --timeout --check --json",
			       ls_registry_sync_command },
	[LS_REGISTRY_WITNESS] = { "cal witness", "--registry REGISTRY --witness VKEY URL",
				  "ask a witness to cosign a registry's checkpoint",
				  "--registry --witness", ls_registry_witness_command },
};

int ls_registry_fail(const struct ls_command *command, const struct ls_error *err)
{
	fprintf(stderr, "labseal %s: %s\n", command->name, err->message);
	switch (-err->code) {
	case EBADMSG:
	case EUCLEAN:
	case EXDEV:
	case EEXIST: return LS_EXIT_DOES_NOT_HOLD;
	case EINVAL: return LS_EXIT_USAGE;
	case ENOENT:
	case ENOTDIR:
	case ENOKEY:
	case EACCES:
	case EBUSY:
	case EKEYREJECTED: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}
