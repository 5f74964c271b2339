/* SPDX-License-Identifier: Apache-2.0 */
/* The step that makes the signing key, by where the policy says that it lives. */
#include <errno.h>
#include <string.h>

#include "host/command/keyring.h"
#include "host/command/provision.h"
#include "host/command/provision_token.h"
#include "host/supervisor/state.h"
#include "lib/attest/creation.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/files.h"
#include "lib/tpm/keys.h"

/*
 * The kind and the creation certificate are written first: where there is a key,
 * it is said where it lives, and its TPM has vouched for it.
 */
static int make_tpm_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob, creation;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	ls_buffer_init(&creation, LS_CREATION_MAX);
	int rc = ls_provision_open_tpm(p, err);
	if (rc == 0)
		rc = ls_tpm_create_signing_key(p->tpm, &p->authority, LS_POLICY_REF,
					       strlen(LS_POLICY_REF), &blob, &creation,
					       &p->signing_key, err);
	if (rc == 0)
		rc = ls_keyring_write_kind(p->state_fd, p->tpm_kind, err);
	if (rc == 0)
		rc = ls_file_replace(p->state_fd, LS_KEYS_CREATION, creation.data, creation.size,
				     0644, err);
	if (rc == 0)
		rc = ls_file_replace(p->state_fd, LS_KEYS_SIGNING_BLOB, blob.data, blob.size, 0600,
				     err);
	return rc;
}

static int read_tpm_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_file_read(p->state_fd, LS_KEYS_SIGNING_BLOB, &blob, err);
	if (rc == 0)
		rc = ls_tpm_check_signing_key(blob.data, blob.size, &p->authority, LS_POLICY_REF,
					      strlen(LS_POLICY_REF), &p->signing_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the signing key '%s'", LS_KEYS_SIGNING_BLOB);
	return rc;
}

static void take(struct ls_provision *p, struct ls_p256_key *key)
{
	struct ls_signer signer;
	ls_p256_key_signer(key, &signer);
	p->signing_key = signer.key;
}

static int make_file_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	int rc = ls_p256_key_generate(&key, err);
	if (rc == 0)
		rc = ls_keyring_write_kind(p->state_fd, LS_KEY_FILE, err);
	if (rc == 0)
		rc = ls_keyring_write_private(p->state_fd, LS_KEYS_SIGNING_PEM, key, err);
	if (rc == 0)
		take(p, key);
	return rc;
}

static int read_file_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	int rc = ls_keyring_private(p->state_fd, LS_KEYS_SIGNING_PEM, &key, err);
	if (rc == 0)
		take(p, key);
	return rc;
}

/* One row for each value of signing.key, in the order of its enum. */
static const struct {
	const char *file, *purpose;
	int (*read)(struct ls_provision *p, struct ls_error *err);
	int (*make)(struct ls_provision *p, struct ls_error *err);
} kinds[] = {
	[LS_SIGN_TPM] = { LS_KEYS_SIGNING_BLOB,
			  "the signing key, which works in its TPM in an approved state only",
			  read_tpm_key, make_tpm_key },
	[LS_SIGN_PKCS11] = { LS_KEYS_TOKEN_KEY, "the signing key, in its token",
			     ls_provision_read_token_key, ls_provision_make_token_key },
	[LS_SIGN_FILE] = { LS_KEYS_SIGNING_PEM, "the signing key, in a plain file", read_file_key,
			   make_file_key },
};

const char *ls_provision_signing_file(const struct ls_policy *policy)
{
	return kinds[policy->signing.key].file;
}

int ls_provision_signing_key(struct ls_provision *p, struct ls_error *err)
{
	const __typeof__(kinds[0]) *kind = &kinds[p->policy->signing.key];
	bool there = ls_keyring_has(p->state_fd, kind->file);
	int rc = 0;
	if (there)
		rc = kind->read(p, err);
	else if (!p->dry_run)
		rc = kind->make(p, err);
	if (rc < 0)
		return rc;
	p->has_signing_key = there || !p->dry_run;
	ls_provision_say(p, there, kind->file, kind->purpose);
	return 0;
}
