/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the signing key lives: one interface, and for each backend one file and one row of
 * the table in key.c.
 */
#ifndef LABSEAL_ENCLAVE_KEYS_KEY_H
#define LABSEAL_ENCLAVE_KEYS_KEY_H

#include <stdbool.h>

#include "lib/attest/nv_index.h"
#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/proc/message.h"
#include "lib/proc/protocol.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/transport.h"

struct ls_key;

/* The way to whoever forwards commands to the device that holds the key. */
struct ls_key_channel {
	struct ls_message_stream *stream;
	struct ls_tpm_waiting waiting; /* what is done while an answer is awaited */
};

/* What a TPM says of a published checkpoint. */
struct ls_key_attestation {
	struct ls_tpm_attested quote, counter, checkpoint;
};

struct ls_key_backend {
	const char *name;  /* in struct ls_start: "tpm", "pkcs11", "pkcs11+tpm", "file" */
	const char *kinds; /* the words (ls_key_kind_name) that it may be called, each after a LF */
	bool measured;	   /* works only in a measured, approved state */

	/* Make libraries load what they need; called once, before the first message.  NULL:
	 * nothing.
	 */
	void (*warm_up)(void);

	/*
	 * Open the key that start describes, in the phase of confinement that may read files
	 * (enclave/confinement.h).  start and channel must outlive it.
	 */
	int (*open)(const struct ls_start *start, const struct ls_key_channel *channel,
		    struct ls_key **ret_key, struct ls_error *err);

	/* The public key, and sign(); borrows the key. */
	void (*signer)(struct ls_key *key, struct ls_signer *ret_signer);

	/*
	 * Open the Ed25519 key that start describes beside it, which the key then owns: in
	 * start->ed25519 a blob that the TPM unseals ("tpm"), the label it has in the token
	 * ("pkcs11", "pkcs11+tpm"), the seed itself ("file").
	 */
	int (*open_ed25519)(struct ls_key *key, const struct ls_start *start,
			    struct ls_ed25519_signer *ret_signer, struct ls_error *err);

	/*
	 * The one folder (a descriptor of the key's) whose files it reads while it serves; -1:
	 * none. NULL: it never reads one.
	 */
	int (*folder)(const struct ls_key *key);

	/* What the device remembers of the log; both fail as lib/tpm/keys.h says.  NULL: it has no
	 * memory, and the share is the log's only one. */
	int (*read_checkpoint)(struct ls_key *key, struct ls_nv_checkpoint *ret_checkpoint,
			       struct ls_error *err);
	int (*write_checkpoint)(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
				struct ls_error *err);

	/*
	 * Let the device remember this published checkpoint, and vouch for it and for its own
	 * state.  NULL: it cannot.
	 */
	int (*attest)(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
		      struct ls_key_attestation *ret_attestation, struct ls_error *err);

	void (*close)(struct ls_key *key);
};

/* NULL when there is none of this name. */
const struct ls_key_backend *ls_key_backend_find(struct ls_bytes name);

/* Whether this backend may call its key this: nobody can pass a file off as a TPM. */
bool ls_key_backend_may_be(const struct ls_key_backend *backend, struct ls_bytes kind);

void ls_key_warm_up(void); /* every backend's */

#endif
