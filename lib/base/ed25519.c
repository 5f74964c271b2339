/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/ed25519.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

struct ls_ed25519_key {
	EVP_PKEY *pkey;
	struct ls_ed25519_public public;
};

LS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
LS_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

#define PEM_MAX 16384 /* bytes */

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "ed25519.memory", "out of memory, or OpenSSL lacks Ed25519");
}

int ls_ed25519_verify(const struct ls_ed25519_public *key, const void *message, size_t n,
		      const uint8_t *signature, size_t signature_size, struct ls_error *err)
{
	_cleanup_(EVP_PKEY_free) EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(
		EVP_PKEY_ED25519, NULL, key->bytes, LS_ED25519_KEY_SIZE);
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (!pkey || !context || EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) != 1)
		return fail_memory(err);
	if (signature_size != LS_ED25519_SIGNATURE_SIZE ||
	    EVP_DigestVerify(context, signature, signature_size, message, n) != 1)
		return ls_fail(err, -EBADMSG, "ed25519.signature",
			       "the Ed25519 signature is not by this key, or what was signed is "
			       "not this");
	return 0;
}

int ls_ed25519_signer_sign(const struct ls_ed25519_signer *signer, const void *message, size_t n,
			   uint8_t signature[static LS_ED25519_SIGNATURE_SIZE],
			   struct ls_error *err)
{
	int rc = signer->sign(signer->context, message, n, signature, err);
	if (rc < 0)
		return rc;
	rc = ls_ed25519_verify(&signer->key, message, n, signature, LS_ED25519_SIGNATURE_SIZE, err);
	if (rc == -EBADMSG)
		return ls_fail(err, -EIO, "ed25519.signer",
			       "the Ed25519 key made a signature that its public key does not "
			       "verify");
	return rc;
}

/* --- a key in memory ------------------------------------------------------------------ */

/* Takes pkey, which may be NULL. */
static int make(EVP_PKEY *pkey, struct ls_ed25519_key **ret_key, struct ls_error *err)
{
	struct ls_ed25519_key *key = pkey ? calloc(1, sizeof(*key)) : NULL;
	size_t size = LS_ED25519_KEY_SIZE;
	if (!key || EVP_PKEY_get_raw_public_key(pkey, key->public.bytes, &size) != 1) {
		free(key);
		EVP_PKEY_free(pkey);
		return fail_memory(err);
	}
	key->pkey = pkey;
	*ret_key = key;
	return 0;
}

int ls_ed25519_key_generate(struct ls_ed25519_key **ret_key, struct ls_error *err)
{
	return make(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), ret_key, err);
}

int ls_ed25519_key_from_seed(const void *seed, size_t n, struct ls_ed25519_key **ret_key,
			     struct ls_error *err)
{
	if (n != LS_ED25519_SEED_SIZE)
		return ls_fail(err, -EBADMSG, "ed25519.seed",
			       "an Ed25519 private key is not %d bytes", LS_ED25519_SEED_SIZE);
	return make(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, n), ret_key, err);
}

int ls_ed25519_key_seed(const struct ls_ed25519_key *key, uint8_t seed[static LS_ED25519_SEED_SIZE],
			struct ls_error *err)
{
	size_t size = LS_ED25519_SEED_SIZE;
	return EVP_PKEY_get_raw_private_key(key->pkey, seed, &size) == 1 ? 0 : fail_memory(err);
}

/* OpenSSL's callback; size is at least 1024.  Without a passphrase no terminal is asked. */
static int give_passphrase(char *buffer, int size, int writing, void *context)
{
	const char *passphrase = context;
	(void)writing;
	size_t n = passphrase ? strlen(passphrase) : 0;
	if (n == 0 || n > (size_t)size)
		return -1;
	memcpy(buffer, passphrase, n); // NOLINT(bugprone-not-null-terminated-result): n is returned
	return (int)n;
}

int ls_ed25519_key_from_pem(const char *text, size_t n, const char *passphrase,
			    struct ls_ed25519_key **ret_key, struct ls_error *err)
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new_mem_buf(text, (int)(n <= PEM_MAX ? n : 0));
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase,
						       (void *)passphrase)
			     : NULL;
	if (!pkey && n <= PEM_MAX && strstr(text, "ENCRYPTED"))
		return ls_fail(err, -EKEYREJECTED, "ed25519.key.passphrase",
			       passphrase ? "the passphrase is not the private key's"
					  : "a private key is protected by a passphrase");
	if (!pkey || EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(pkey);
		return ls_fail(err, -EBADMSG, "ed25519.key.pem",
			       "it is no Ed25519 private key in PEM, as 'openssl genpkey "
			       "-algorithm ED25519' makes one");
	}
	return make(pkey, ret_key, err);
}

int ls_ed25519_key_to_pem(const struct ls_ed25519_key *key, const char *passphrase,
			  struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	if (!bio ||
	    PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, passphrase ? EVP_aes_256_cbc() : NULL,
					  NULL, 0, give_passphrase, (void *)passphrase) != 1)
		return fail_memory(err);
	long n = BIO_get_mem_data(bio, &text);
	return n > 0 && ls_buffer_add(out, text, (size_t)n) == 0 ? 0 : fail_memory(err);
}

void ls_ed25519_key_free(struct ls_ed25519_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

static int key_sign(void *context, const void *message, size_t n,
		    uint8_t signature[LS_ED25519_SIGNATURE_SIZE], struct ls_error *err)
{
	const struct ls_ed25519_key *key = context;
	size_t size = LS_ED25519_SIGNATURE_SIZE;
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *md = EVP_MD_CTX_new();
	if (!md || EVP_DigestSignInit(md, NULL, NULL, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(md, signature, &size, message, n) != 1)
		return fail_memory(err);
	return 0;
}

void ls_ed25519_key_signer(struct ls_ed25519_key *key, struct ls_ed25519_signer *ret_signer)
{
	*ret_signer = (struct ls_ed25519_signer){ key_sign, key, key->public };
}
