/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/provision_token.h"

#include <errno.h>
#include <string.h>

#include "host/command/keyring.h"
#include "host/supervisor/key_material.h"
#include "host/supervisor/state.h"
#include "host/supervisor/token_place.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/files.h"
#include "lib/hsm/key.h"
#include "lib/hsm/terminal.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/sealed.h"

#define SEALED_PURPOSE "the token's PIN, which the TPM gives out in an approved state only"

struct token {
	struct ls_hsm *hsm;
	struct ls_hsm_key *key;
	struct ls_hsm_pin pin;
};

static void close_token(struct token *t)
{
	ls_hsm_key_free(t->key);
	ls_hsm_close(t->hsm);
	ls_hsm_pin_wipe(&t->pin);
}
#define _cleanup_token_ __attribute__((cleanup(close_token)))

static const char *pin_file(const struct ls_provision *p)
{
	const char *policys = p->policy->signing.pkcs11.pin_file;
	return p->pin_file ? p->pin_file : policys[0] ? policys : NULL;
}

/* Found under its label, or, where make is set and none is there, made. */
static int open_token(struct ls_provision *p, bool make, struct token *t, struct ls_error *err)
{
	struct ls_hsm_place place;
	struct ls_error missing = { 0 };
	ls_token_place(p->policy, &place);
	ls_hsm_pin_init(&t->pin);
	/* first whether the token is there: nobody types a PIN in vain */
	int rc = ls_hsm_open(&place, &t->hsm, err);
	if (rc == 0)
		rc = ls_pin_get(place.token, pin_file(p), &t->pin, err);
	if (rc == 0)
		rc = ls_hsm_login(t->hsm, &t->pin, make, err);
	if (rc < 0)
		return rc;
	rc = ls_hsm_key_open(t->hsm, &t->key, &missing);
	if (rc == 0)
		return 0;
	if (make && strcmp(missing.id, "hsm.key.missing") == 0)
		return ls_hsm_key_make(t->hsm, &t->key, err);
	return ls_fail(err, rc, missing.id, "%s", missing.message);
}

static int seal_pin(struct ls_provision *p, const struct token *t, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_provision_open_tpm(p, err);
	if (rc == 0)
		rc = ls_tpm_seal(p->tpm, &p->authority, LS_POLICY_REF, strlen(LS_POLICY_REF),
				 t->pin.text, strlen(t->pin.text), &blob, err);
	if (rc == 0)
		rc = ls_file_replace(p->state_fd, LS_KEYS_SEALED_PIN, blob.data, blob.size, 0600,
				     err);
	if (rc == 0)
		ls_provision_say(p, false, LS_KEYS_SEALED_PIN, SEALED_PURPOSE);
	return rc;
}

static int write_kind(struct ls_provision *p, const struct token *t, struct ls_error *err)
{
	bool tpm = ls_policy_has_tpm(p->policy);
	int rc = tpm ? ls_provision_open_tpm(p, err) : 0;
	return rc < 0 ? rc
		      : ls_keyring_write_kind(p->state_fd,
					      ls_key_kind_of_token(ls_hsm_is_software(t->hsm),
								   tpm ? p->tpm_kind : LS_KEY_FILE),
					      err);
}

static int make_ed25519(struct ls_provision *p, const struct token *t, struct ls_error *err)
{
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL;
	struct ls_ed25519_signer signer;
	struct ls_error missing = { 0 };
	char label[LS_HSM_LABEL_SIZE];
	ls_ed25519_label(p->policy, label);
	int rc = ls_hsm_ed25519_open(t->hsm, label, &key, &missing);
	if (rc < 0 && strcmp(missing.id, "hsm.key.missing") == 0)
		rc = ls_hsm_ed25519_make(t->hsm, label, &key, err);
	else if (rc < 0)
		ls_fail(err, rc, missing.id, "%s", missing.message);
	if (rc < 0)
		return rc;
	ls_hsm_ed25519_signer(key, &signer);
	return ls_provision_write_ed25519(p, &signer.key, err);
}

int ls_provision_make_token_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_token_ struct token t = { .hsm = NULL };
	struct ls_signer signer;
	int rc = open_token(p, /* make= */ true, &t, err);
	if (rc == 0)
		rc = write_kind(p, &t, err);
	if (rc == 0 && ls_policy_has_tpm(p->policy))
		rc = seal_pin(p, &t, err);
	if (rc < 0)
		return rc;
	ls_hsm_key_signer(t.key, &signer);
	p->signing_key = signer.key;
	rc = ls_keyring_write_public(p->state_fd, LS_KEYS_TOKEN_KEY, &signer.key, err);
	/* now, so that nobody types the PIN twice */
	if (rc == 0 && p->policy->signing.ed25519)
		rc = make_ed25519(p, &t, err);
	return rc;
}

int ls_provision_make_token_ed25519(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_token_ struct token t = { .hsm = NULL };
	int rc = open_token(p, /* make= */ true, &t, err);
	return rc < 0 ? rc : make_ed25519(p, &t, err);
}

/* --- what is there ------------------------------------------------------------------------- */

static int check_sealed(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_file_read(p->state_fd, LS_KEYS_SEALED_PIN, &blob, err);
	if (rc == 0)
		rc = ls_tpm_check_sealed(blob.data, blob.size, &p->authority, LS_POLICY_REF,
					 strlen(LS_POLICY_REF), err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", LS_KEYS_SEALED_PIN);
	else
		ls_provision_say(p, true, LS_KEYS_SEALED_PIN, SEALED_PURPOSE);
	return rc;
}

static int seal_again(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_token_ struct token t = { .hsm = NULL };
	struct ls_signer signer;
	int rc = open_token(p, /* make= */ false, &t, err);
	if (rc < 0)
		return rc;
	ls_hsm_key_signer(t.key, &signer);
	if (!ls_p256_public_equal(&signer.key, &p->signing_key))
		return ls_fail(
			err, -EKEYREJECTED, "provision.token",
			"the key '%s' in the token '%s' is not the one of '%s': the token was "
			"made anew, or is another; put the right one in, or move the state "
			"folder away and start a new log",
			p->policy->signing.pkcs11.label, p->policy->signing.pkcs11.token,
			LS_KEYS_TOKEN_KEY);
	return seal_pin(p, &t, err);
}

int ls_provision_read_token_key(struct ls_provision *p, struct ls_error *err)
{
	int rc = ls_keyring_public(p->state_fd, LS_KEYS_TOKEN_KEY, &p->signing_key, err);
	if (rc < 0 || !ls_policy_has_tpm(p->policy))
		return rc;
	if (ls_keyring_has(p->state_fd, LS_KEYS_SEALED_PIN))
		return check_sealed(p, err);
	if (!p->dry_run)
		return seal_again(p, err);
	ls_provision_say(p, false, LS_KEYS_SEALED_PIN, SEALED_PURPOSE);
	return 0;
}
