/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key in a PKCS#11 token.  Two backends, by where the PIN comes from: the start message
 * has it, and nothing binds the key to the measured state; or the message has it sealed,
 * and the TPM gives it out in the approved state only.  The second one has all that the TPM
 * does for a key of its own: it remembers the log, and vouches.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enclave/keys/tpm_side.h"
#include "lib/base/cleanup.h"
#include "lib/hsm/key.h"
#include "lib/seal/key_kind.h"
#include "lib/tpm/sealed.h"

struct ls_key {
	struct ls_hsm *hsm;
	struct ls_hsm_key *key;
	struct ls_hsm_key *ed25519; /* NULL: none */
	struct ls_signer signer;    /* the token's */
	int folder;
	struct ls_tpm *tpm; /* NULL in the first backend */
	struct ls_tpm_guard *guard;
};

static void close_key(struct ls_key *key)
{
	ls_hsm_key_free(key->ed25519);
	ls_hsm_key_free(key->key);
	ls_hsm_close(key->hsm);
	ls_tpm_guard_close(key->guard);
	ls_tpm_close(key->tpm);
	ls_cleanup_close(&key->folder);
	free(key);
}

static void close_key_cleanup(struct ls_key **key)
{
	if (*key)
		close_key(*key);
}

static int open_folder(const struct ls_hsm_place *place, struct ls_key *key, struct ls_error *err)
{
	if (!place->folder[0])
		return 0;
	key->folder = open(place->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return key->folder < 0 ? ls_fail_errno(err, errno, "enclave.key.folder",
					       "cannot open the token's folder '%s'", place->folder)
			       : 0;
}

/* A folder of files is not passed off as a device. */
static int check_kind(const struct ls_key *key, const struct ls_hsm_place *place,
		      const struct ls_start *start, struct ls_error *err)
{
	enum ls_key_kind kind = LS_KEY_HSM;
	ls_key_kind_parse((const char *)start->key_kind.data, start->key_kind.size, &kind);
	if (ls_key_kind_is_software_token(kind) == ls_hsm_is_software(key->hsm))
		return 0;
	return ls_fail(err, -EINVAL, "enclave.start.kind",
		       "the token '%s' %s, and its key was provisioned as '%s': another token has "
		       "taken its place",
		       place->token, ls_hsm_is_software(key->hsm) ? "is software" : "is a device",
		       ls_key_kind_name(kind));
}

static int open_token(struct ls_key *key, const struct ls_start *start,
		      const struct ls_hsm_place *place, const struct ls_hsm_pin *pin,
		      struct ls_error *err)
{
	int rc = open_folder(place, key, err);
	if (rc == 0)
		rc = ls_hsm_open(place, &key->hsm, err);
	if (rc == 0)
		rc = check_kind(key, place, start, err);
	if (rc == 0)
		rc = ls_hsm_login(key->hsm, pin, /* writable= */ false, err);
	if (rc == 0)
		rc = ls_hsm_key_open(key->hsm, &key->key, err);
	if (rc == 0)
		ls_hsm_key_signer(key->key, &key->signer);
	return rc;
}

/* What was typed once is what is tried at each start. */
static int say_what_to_do(int rc, struct ls_error *err)
{
	if (err && strcmp(err->id, "hsm.pin.wrong") == 0)
		ls_error_prefix(err,
				"the PIN that the TPM gave out (if it was changed since, remove "
				"state/keys/signing-key.pin and run 'labseal provision')");
	return rc;
}

static int unseal(struct ls_key *key, const struct ls_start *start,
		  const struct ls_key_channel *channel, const uint8_t *blob, size_t size,
		  struct ls_hsm_pin *pin, struct ls_error *err)
{
	struct ls_tpm_approval approval;
	uint8_t secret[LS_TPM_SEALED_MAX];
	size_t secret_size = 0;
	int rc = ls_key_read_approval(start, &approval, err);
	if (rc == 0)
		rc = ls_key_connect_tpm(channel, &key->tpm, err);
	if (rc == 0)
		rc = ls_tpm_guard_open(key->tpm, &approval, &key->guard, err);
	if (rc == 0)
		rc = ls_tpm_unseal(key->tpm, key->guard, blob, size, secret, &secret_size, err);
	if (rc == 0)
		rc = ls_hsm_pin_set(pin, secret, secret_size, err);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

/* channel: NULL when the PIN is not sealed. */
static int open_with(const struct ls_start *start, const struct ls_key_channel *channel,
		     struct ls_key **ret_key, struct ls_error *err)
{
	struct ls_hsm_place place;
	const uint8_t *secret;
	size_t size;
	_cleanup_pin_ struct ls_hsm_pin pin;
	__attribute__((cleanup(close_key_cleanup))) struct ls_key *key = calloc(1, sizeof(*key));
	ls_hsm_pin_init(&pin);
	if (!key)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the signing key");
	key->folder = -1;
	int rc = ls_hsm_place_parse(start->key.data, start->key.size, &place, &secret, &size, err);
	if (rc == 0)
		rc = channel ? unseal(key, start, channel, secret, size, &pin, err)
			     : ls_hsm_pin_set(&pin, secret, size, err);
	if (rc == 0)
		rc = open_token(key, start, &place, &pin, err);
	if (rc == 0)
		*ret_key = ls_steal_ptr(&key);
	return rc < 0 && channel ? say_what_to_do(rc, err) : rc;
}

static int open_plain(const struct ls_start *start, const struct ls_key_channel *channel,
		      struct ls_key **ret_key, struct ls_error *err)
{
	(void)channel;
	return open_with(start, NULL, ret_key, err);
}

static int open_sealed(const struct ls_start *start, const struct ls_key_channel *channel,
		       struct ls_key **ret_key, struct ls_error *err)
{
	return open_with(start, channel, ret_key, err);
}

static void make_signer(struct ls_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = key->signer;
}

/*
 * The token knows nothing of the measured state once it is logged in to.  So the TPM is
 * asked before each signature: what ends the use of a key of its own ends this one's, too.
 */
static int sign_if_approved(void *context, const struct ls_digest *digest, uint8_t *der,
			    size_t *ret_size, struct ls_error *err)
{
	struct ls_key *key = context;
	int rc = ls_tpm_guard_check(key->guard, err);
	return rc < 0 ? rc : key->signer.sign(key->signer.context, digest, der, ret_size, err);
}

static void make_guarded_signer(struct ls_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = (struct ls_signer){ sign_if_approved, key, key->signer.key };
}

/* Its line comes after the other one's over the same text, so the TPM was asked. */
static int open_ed25519(struct ls_key *key, const struct ls_start *start,
			struct ls_ed25519_signer *ret_signer, struct ls_error *err)
{
	char label[LS_HSM_LABEL_SIZE];
	struct ls_bytes given = start->ed25519;
	if (given.size >= sizeof(label) || memchr(given.data, '\0', given.size))
		return ls_fail(err, -EINVAL, "enclave.start.ed25519",
			       "the label of the Ed25519 key in the token is not allowed");
	memcpy(label, given.data, given.size);
	label[given.size] = '\0';
	int rc = ls_hsm_ed25519_open(key->hsm, label, &key->ed25519, err);
	if (rc == 0)
		ls_hsm_ed25519_signer(key->ed25519, ret_signer);
	return rc;
}

static int folder(const struct ls_key *key)
{
	return key->folder;
}

static int read_checkpoint(struct ls_key *key, struct ls_nv_checkpoint *ret_checkpoint,
			   struct ls_error *err)
{
	return ls_tpm_guard_read_checkpoint(key->guard, ret_checkpoint, err);
}

static int write_checkpoint(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
			    struct ls_error *err)
{
	return ls_tpm_guard_write_checkpoint(key->guard, checkpoint, err);
}

static int attest(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
		  struct ls_key_attestation *ret, struct ls_error *err)
{
	return ls_key_tpm_attest(key->tpm, key->guard, checkpoint, ret, err);
}

const struct ls_key_backend ls_key_pkcs11 = {
	.name = "pkcs11",
	.kinds = "\nHSM, no measurement\nsoftware HSM, no measurement",
	.measured = false,
	.open = open_plain,
	.signer = make_signer,
	.open_ed25519 = open_ed25519,
	.folder = folder,
	.close = close_key,
};

const struct ls_key_backend ls_key_pkcs11_tpm = {
	.name = "pkcs11+tpm",
	.kinds = "\nHSM, PIN sealed to the approved state by a TPM"
		 "\nHSM, PIN sealed to the approved state by a software TPM"
		 "\nsoftware HSM, PIN sealed to the approved state by a TPM"
		 "\nsoftware HSM, PIN sealed to the approved state by a software TPM",
	.measured = true,
	.open = open_sealed,
	.signer = make_guarded_signer,
	.open_ed25519 = open_ed25519,
	.folder = folder,
	.read_checkpoint = read_checkpoint,
	.write_checkpoint = write_checkpoint,
	.attest = attest,
	.close = close_key,
};
