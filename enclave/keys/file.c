/* SPDX-License-Identifier: Apache-2.0 */
/* A PEM key in memory, for tests: the start message carries it.  Nothing guards it. */
#include "enclave/keys/key.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#define SECURE_HEAP_SIZE  65536 /* bytes: locked in memory, left out of dumps, wiped when freed */
#define SECURE_HEAP_LEAST 32

struct ls_key {
	struct ls_p256_key *p256;
	struct ls_ed25519_key *ed25519; /* NULL: none */
};

/* OpenSSL keeps private keys in its secure heap once there is one. */
static void warm_up(void)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL, *again = NULL;
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 4096);
	CRYPTO_secure_malloc_init(SECURE_HEAP_SIZE, SECURE_HEAP_LEAST);
	if (ls_p256_key_generate(&key, NULL) == 0 && ls_p256_key_to_pem(key, &pem, NULL) == 0)
		ls_p256_key_from_pem(ls_buffer_str(&pem), pem.size, &again, NULL);
}

static int open_key(const struct ls_start *start, const struct ls_key_channel *channel,
		    struct ls_key **ret_key, struct ls_error *err)
{
	(void)channel;
	struct ls_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the signing key");
	int rc = ls_p256_key_from_pem((const char *)start->key.data, start->key.size, &key->p256,
				      err);
	if (rc < 0)
		free(key);
	else
		*ret_key = key;
	return rc;
}

static void make_signer(struct ls_key *key, struct ls_signer *ret_signer)
{
	ls_p256_key_signer(key->p256, ret_signer);
}

static int open_ed25519(struct ls_key *key, const struct ls_start *start,
			struct ls_ed25519_signer *ret_signer, struct ls_error *err)
{
	int rc = ls_ed25519_key_from_seed(start->ed25519.data, start->ed25519.size, &key->ed25519,
					  err);
	if (rc == 0)
		ls_ed25519_key_signer(key->ed25519, ret_signer);
	return rc;
}

static void close_key(struct ls_key *key)
{
	ls_p256_key_free(key->p256);
	ls_ed25519_key_free(key->ed25519);
	free(key);
}

const struct ls_key_backend ls_key_file = {
	.name = "file",
	.kinds = "\nfile",
	.measured = false,
	.warm_up = warm_up,
	.open = open_key,
	.signer = make_signer,
	.open_ed25519 = open_ed25519,
	.close = close_key,
};
