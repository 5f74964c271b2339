/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/key_material.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/supervisor/state.h"
#include "host/supervisor/token_place.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/hsm/pin.h"

int ls_key_file_read(int state_fd, const char *path, struct ls_buffer *out, struct ls_error *err)
{
	int rc = ls_file_read(state_fd, path, out, err);
	if (rc == -ENOENT)
		return ls_fail(
			err, rc, "start.keys",
			"there is no '%s' in the state folder; run 'labseal provision' first",
			path);
	return rc;
}

/* --- what is read, by the kind of key --------------------------------------------------- */

static int read_blob(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
		     struct ls_error *err)
{
	(void)policy;
	return ls_key_file_read(state_fd, LS_KEYS_SIGNING_BLOB, key, err);
}

static int read_pem(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
		    struct ls_error *err)
{
	(void)policy;
	return ls_key_file_read(state_fd, LS_KEYS_SIGNING_PEM, key, err);
}

static int say_place(const struct ls_policy *policy, const void *secret, size_t size,
		     struct ls_buffer *key, struct ls_error *err)
{
	struct ls_hsm_place place;
	ls_token_place(policy, &place);
	int rc = ls_hsm_place_format(&place, secret, size, key);
	return rc < 0 ? ls_fail(err, rc, "start.token", "cannot say where the token is") : 0;
}

static int read_sealed_pin(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
			   struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_HSM_SECRET_MAX);
	int rc = ls_key_file_read(state_fd, LS_KEYS_SEALED_PIN, &blob, err);
	return rc < 0 ? rc : say_place(policy, blob.data, blob.size, key, err);
}

static int read_pin(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
		    struct ls_error *err)
{
	_cleanup_pin_ struct ls_hsm_pin pin;
	(void)state_fd;
	ls_hsm_pin_init(&pin);
	int rc = ls_hsm_pin_read(policy->signing.pkcs11.pin_file, &pin, err);
	return rc < 0 ? rc : say_place(policy, pin.text, strlen(pin.text), key, err);
}

static const struct {
	enum ls_signing_key key;
	bool tpm;
	const char *backend;
	int (*read)(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
		    struct ls_error *err);
} sources[] = {
	{ LS_SIGN_TPM, true, "tpm", read_blob },
	{ LS_SIGN_PKCS11, true, "pkcs11+tpm", read_sealed_pin },
	{ LS_SIGN_PKCS11, false, "pkcs11", read_pin },
	{ LS_SIGN_FILE, false, "file", read_pem },
};

int ls_key_material_read(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
			 const char **ret_backend, struct ls_error *err)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sources[i].key == policy->signing.key &&
		    sources[i].tpm == ls_policy_has_tpm(policy)) {
			*ret_backend = sources[i].backend;
			return sources[i].read(policy, state_fd, key, err);
		}
	return ls_fail(err, -EINVAL, "start.backend", "there is no backend for such a key");
}

/* --- the Ed25519 key beside it ----------------------------------------------------------- */

int ls_ed25519_public_read(int state_fd, struct ls_ed25519_public *ret_key, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * LS_ED25519_KEY_SIZE + 1);
	int rc = ls_key_file_read(state_fd, LS_KEYS_ED25519, &text, err);
	if (rc < 0)
		return rc;
	if (text.size != 2 * LS_ED25519_KEY_SIZE + 1 || text.data[text.size - 1] != '\n' ||
	    ls_hex_decode(ls_buffer_str(&text), text.size - 1, ret_key->bytes) < 0)
		return ls_fail(err, -EBADMSG, "key.ed25519",
			       "'%s' is not an Ed25519 public key in %d hex digits",
			       LS_KEYS_ED25519, 2 * LS_ED25519_KEY_SIZE);
	return 0;
}

/* A label that leaves no room for the ending is cut short. */
const char *ls_ed25519_label(const struct ls_policy *policy, char buffer[static LS_HSM_LABEL_SIZE])
{
	snprintf(buffer, LS_HSM_LABEL_SIZE, "%.119s-ed25519", policy->signing.pkcs11.label);
	return buffer;
}

int ls_ed25519_material_read(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
			     struct ls_buffer *public, struct ls_error *err)
{
	struct ls_ed25519_public half;
	char label[LS_HSM_LABEL_SIZE];
	if (!policy->signing.ed25519)
		return 0;
	int rc = ls_ed25519_public_read(state_fd, &half, err);
	if (rc == 0 && policy->signing.key == LS_SIGN_PKCS11)
		rc = ls_buffer_add_str(key, ls_ed25519_label(policy, label));
	else if (rc == 0)
		rc = ls_key_file_read(state_fd,
				      policy->signing.key == LS_SIGN_TPM ? LS_KEYS_ED25519_SEALED
									 : LS_KEYS_ED25519_SEED,
				      key, err);
	return rc < 0 ? rc : ls_buffer_add(public, half.bytes, sizeof(half.bytes));
}

/* --- what it is called ------------------------------------------------------------------- */

int ls_key_kind_read(int state_fd, enum ls_key_kind *ret_kind, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_KIND_NAME_SIZE);
	int rc = ls_key_file_read(state_fd, LS_KEYS_KIND, &text, err);
	if (rc < 0)
		return rc;
	if (text.size == 0 || text.data[text.size - 1] != '\n' ||
	    ls_key_kind_parse(ls_buffer_str(&text), text.size - 1, ret_kind) < 0)
		return ls_fail(err, -EBADMSG, "key.kind", "'%s' does not name a kind of key",
			       LS_KEYS_KIND);
	return 0;
}

int ls_key_kind_now(const struct ls_policy *policy, int state_fd, enum ls_key_kind tpm,
		    enum ls_key_kind *ret_kind, struct ls_error *err)
{
	enum ls_key_kind made = tpm;
	int rc = policy->signing.key == LS_SIGN_PKCS11 ? ls_key_kind_read(state_fd, &made, err) : 0;
	if (rc < 0)
		return rc;
	*ret_kind = policy->signing.key == LS_SIGN_PKCS11
			    ? ls_key_kind_of_token(ls_key_kind_is_software_token(made), tpm)
			    : tpm;
	return 0;
}
