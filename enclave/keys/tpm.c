/* SPDX-License-Identifier: Apache-2.0 */
/* A key in the TPM that works only in an approved measured state; the supervisor brokers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enclave/keys/tpm_side.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/sealed.h"

struct ls_key {
	struct ls_tpm *tpm;
	struct ls_tpm_signing_key *signing;
	struct ls_ed25519_key *ed25519; /* NULL: none */
};

/* The TPM library's own use of OpenSSL; the descriptor is never used. */
static void warm_up(void)
{
	_cleanup_tpm_ struct ls_tpm *tpm = NULL;
	if (ls_tpm_open_fd(-1, &tpm, NULL) < 0)
		return;
}

static void close_key(struct ls_key *key)
{
	ls_ed25519_key_free(key->ed25519);
	ls_tpm_signing_key_close(key->signing);
	ls_tpm_close(key->tpm);
	free(key);
}

static int open_key(const struct ls_start *start, const struct ls_key_channel *channel,
		    struct ls_key **ret_key, struct ls_error *err)
{
	struct ls_tpm_approval approval;
	int rc = ls_key_read_approval(start, &approval, err);
	if (rc < 0)
		return rc;
	struct ls_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the signing key");
	rc = ls_key_connect_tpm(channel, &key->tpm, err);
	if (rc == 0)
		rc = ls_tpm_signing_key_open(key->tpm, start->key.data, start->key.size, &approval,
					     &key->signing, err);
	if (rc < 0)
		close_key(key);
	else
		*ret_key = key;
	return rc;
}

static void make_signer(struct ls_key *key, struct ls_signer *ret_signer)
{
	ls_tpm_signing_key_signer(key->signing, ret_signer);
}

/* TPMs have no such keys: this one unseals it, by the signing key's policy, and it is held here. */
static int open_ed25519(struct ls_key *key, const struct ls_start *start,
			struct ls_ed25519_signer *ret_signer, struct ls_error *err)
{
	uint8_t seed[LS_TPM_SEALED_MAX];
	size_t size = 0;
	int rc = ls_tpm_unseal(key->tpm, ls_tpm_signing_key_guard(key->signing),
			       start->ed25519.data, start->ed25519.size, seed, &size, err);
	if (rc == 0)
		rc = ls_ed25519_key_from_seed(seed, size, &key->ed25519, err);
	explicit_bzero(seed, sizeof(seed));
	if (rc == 0)
		ls_ed25519_key_signer(key->ed25519, ret_signer);
	return rc;
}

static int read_checkpoint(struct ls_key *key, struct ls_nv_checkpoint *ret_checkpoint,
			   struct ls_error *err)
{
	return ls_tpm_guard_read_checkpoint(ls_tpm_signing_key_guard(key->signing), ret_checkpoint,
					    err);
}

static int write_checkpoint(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
			    struct ls_error *err)
{
	return ls_tpm_guard_write_checkpoint(ls_tpm_signing_key_guard(key->signing), checkpoint,
					     err);
}

static int attest(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
		  struct ls_key_attestation *ret, struct ls_error *err)
{
	return ls_key_tpm_attest(key->tpm, ls_tpm_signing_key_guard(key->signing), checkpoint, ret,
				 err);
}

const struct ls_key_backend ls_key_tpm = {
	.name = "tpm",
	.kinds = "\nTPM\nsoftware TPM",
	.measured = true,
	.warm_up = warm_up,
	.open = open_key,
	.signer = make_signer,
	.open_ed25519 = open_ed25519,
	.read_checkpoint = read_checkpoint,
	.write_checkpoint = write_checkpoint,
	.attest = attest,
	.close = close_key,
};
