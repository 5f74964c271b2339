/* SPDX-License-Identifier: Apache-2.0 */
/* The step that makes the key of checkpoints' second line, by where the signing key lives. */
#include <errno.h>
#include <string.h>

#include "host/command/keyring.h"
#include "host/command/provision.h"
#include "host/command/provision_token.h"
#include "host/supervisor/key_material.h"
#include "host/supervisor/state.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/sealed.h"

#define PURPOSE "the Ed25519 key that signs checkpoints a second time"

int ls_provision_write_ed25519(struct ls_provision *p, const struct ls_ed25519_public *key,
			       struct ls_error *err)
{
	char text[2 * LS_ED25519_KEY_SIZE + 2];
	ls_hex_encode(key->bytes, sizeof(key->bytes), text);
	text[2 * LS_ED25519_KEY_SIZE] = '\n';
	int rc = ls_file_replace(p->state_fd, LS_KEYS_ED25519, text, 2 * LS_ED25519_KEY_SIZE + 1,
				 0644, err);
	if (rc == 0)
		ls_provision_say(p, false, LS_KEYS_ED25519, PURPOSE);
	p->ed25519_said = rc == 0;
	return rc;
}

/* By the signing key's policy, so that it comes out in approved states only. */
static int seal_seed(struct ls_provision *p, const uint8_t *seed, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_provision_open_tpm(p, err);
	if (rc == 0)
		rc = ls_tpm_seal(p->tpm, &p->authority, LS_POLICY_REF, strlen(LS_POLICY_REF), seed,
				 LS_ED25519_SEED_SIZE, &blob, err);
	if (rc == 0)
		rc = ls_file_replace(p->state_fd, LS_KEYS_ED25519_SEALED, blob.data, blob.size,
				     0600, err);
	return rc;
}

static int make(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL;
	struct ls_ed25519_signer signer;
	uint8_t seed[LS_ED25519_SEED_SIZE];
	if (p->policy->signing.key == LS_SIGN_PKCS11)
		return ls_provision_make_token_ed25519(p, err);
	int rc = ls_ed25519_key_generate(&key, err);
	if (rc == 0)
		rc = ls_ed25519_key_seed(key, seed, err);
	if (rc == 0)
		rc = p->policy->signing.key == LS_SIGN_TPM
			     ? seal_seed(p, seed, err)
			     : ls_file_replace(p->state_fd, LS_KEYS_ED25519_SEED, seed,
					       sizeof(seed), 0600, err);
	explicit_bzero(seed, sizeof(seed));
	if (rc < 0)
		return rc;
	ls_ed25519_key_signer(key, &signer);
	return ls_provision_write_ed25519(p, &signer.key, err);
}

/* What is there is what the enclave will be able to open, as far as that shows without a TPM. */
static int check(struct ls_provision *p, struct ls_error *err)
{
	struct ls_ed25519_public key;
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_ed25519_public_read(p->state_fd, &key, err);
	if (rc < 0 || p->policy->signing.key != LS_SIGN_TPM)
		return rc;
	rc = ls_key_file_read(p->state_fd, LS_KEYS_ED25519_SEALED, &blob, err);
	if (rc == 0)
		rc = ls_tpm_check_sealed(blob.data, blob.size, &p->authority, LS_POLICY_REF,
					 strlen(LS_POLICY_REF), err);
	if (rc < 0)
		ls_error_prefix(err, "the Ed25519 key '%s'", LS_KEYS_ED25519_SEALED);
	return rc;
}

int ls_provision_ed25519(struct ls_provision *p, struct ls_error *err)
{
	if (!p->policy->signing.ed25519 || p->ed25519_said)
		return 0;
	bool there = ls_keyring_has(p->state_fd, LS_KEYS_ED25519);
	if (!there && !p->dry_run)
		return make(p, err);
	int rc = there ? check(p, err) : 0;
	if (rc == 0)
		ls_provision_say(p, there, LS_KEYS_ED25519, PURPOSE);
	return rc;
}
