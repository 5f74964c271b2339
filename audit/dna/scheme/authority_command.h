/* SPDX-License-Identifier: Apache-2.0 */
/* `labseal dna authority COMMAND`: keys for DNA signatures (labseal-dna(1), AUTHORITIES).  Those of
 * logs of keys are in audit/dna/keys. */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_AUTHORITY_COMMAND_H
#define LABSEAL_AUDIT_DNA_SCHEME_AUTHORITY_COMMAND_H

#include "audit/dna/scheme/directory.h"
#include "lib/base/command.h"

enum {
	LS_AUTHORITY_INIT,
	LS_AUTHORITY_SEAL,
	LS_AUTHORITY_EXTRACT,
	LS_AUTHORITY_OWN,
	LS_AUTHORITY_SHOW,
	LS_AUTHORITY_COMMAND_COUNT
};
extern const struct ls_command ls_authority_commands[LS_AUTHORITY_COMMAND_COUNT];

/* rc's exit status, after the error was said. */
int ls_authority_done(const struct ls_command *command, int rc, const struct ls_error *err);

/* How a master key is opened: --passphrase-file (NULL: asked for, where it has one) and --tpm
 * (NULL: this machine's, where it is sealed). */
struct ls_master_opening {
	const char *passphrase_file, *tpm;
};

/* The folder's master key, in memory that is locked. */
int ls_authority_open_master(const char *folder, const struct ls_master_opening *how,
			     struct ls_dna_master *ret, struct ls_error *err);

/* A signer's request in a file: ls_request_from_pem(). */
int ls_authority_read_request(const char *path, const struct ls_dna_params *params,
			      struct ls_directory_entry *ret, struct ls_error *err);

/* The next directory: with the request in the file `add`, without the key of `withdraw` (either may
 * be NULL).  *ret_number is its number. */
int ls_authority_next_directory(const char *folder, const struct ls_dna_master *master,
				const char *add, const char *withdraw, uint64_t *ret_number,
				struct ls_error *err);

#endif
