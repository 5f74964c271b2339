/* SPDX-License-Identifier: Apache-2.0 */
/* A person's private key and certificates, as labseal countersign takes them: files, or a token. */
#ifndef LABSEAL_HOST_COMMAND_PERSON_KEY_H
#define LABSEAL_HOST_COMMAND_PERSON_KEY_H

#include "lib/base/error.h"
#include "lib/hsm/private_key.h"
#include "lib/hsm/uri.h"
#include "lib/seal/person_signature.h"

/* Both owned; the token is NULL for a key in a file. */
struct ls_person_holder {
	struct ls_person_key *key;
	struct ls_hsm_uri_key *token;
};
void ls_person_holder_free(struct ls_person_holder *holder);
#define _cleanup_person_holder_ __attribute__((cleanup(ls_person_holder_free)))

/*
 * A file: PEM, of any kind that lib/seal/person_signature.h takes, its passphrase asked for if it
 * has one.  A token: P-256, as lib/hsm/key.h has it; "hsm.key.curve" says which kinds work where.
 */
int ls_person_holder_load(const struct ls_key_place *place, struct ls_person_holder *holder,
			  struct ls_error *err);

/* Certificates that were read; the bytes are in der. */
struct ls_person_files {
	struct ls_buffer der; /* owned; initialise with LS_CMS_SIZE_MAX */
	struct ls_person_certificates certificates;
	size_t at[LS_PERSON_CERTIFICATES_MAX]; /* offsets in der */
};

/*
 * Appends a PEM file's certificates, one at least, each in a block of its own; text between them,
 * as openssl writes it, is skipped, and a self-signed CA's is left out: what ends the path is the
 * trust file's.  -EINVAL ("countersign.chain"): more than LS_PERSON_CERTIFICATES_MAX; -EBADMSG.
 */
int ls_person_files_read(const char *path, struct ls_person_files *files, struct ls_error *err);

#endif
