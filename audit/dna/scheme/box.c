/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/box.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>

#define SALT_SIZE  16
#define TAG_SIZE   16
#define MEMORY_MAX (256u << 20)

enum kind { PLAIN = 0, SCRYPT = 1 };

struct cost {
	uint8_t log2_n, r, p;
	uint8_t salt[SALT_SIZE];
};

static bool affordable(const struct cost *c)
{
	return c->log2_n >= 10 && c->log2_n <= 20 && c->r >= 1 && c->r <= 32 && c->p >= 1 &&
	       c->p <= 16 && (128ull * c->r << c->log2_n) <= MEMORY_MAX;
}

static bool derive(const struct cost *c, const char *passphrase, uint8_t key[static 32])
{
	return EVP_PBE_scrypt(passphrase, strlen(passphrase), c->salt, SALT_SIZE, 1ull << c->log2_n,
			      c->r, c->p, MEMORY_MAX + (1u << 20), key, 32) == 1;
}

static bool authenticate(EVP_CIPHER_CTX *gcm, const struct ls_box_context *context)
{
	int n;
	return EVP_CipherUpdate(gcm, NULL, &n, (const uint8_t *)context->label,
				(int)strlen(context->label) + 1) &&
	       EVP_CipherUpdate(gcm, NULL, &n, context->bytes, (int)context->size);
}

/* One secret through AES-256-GCM; tag is written, or checked. */
static bool crypt(bool encrypt, const struct ls_box_context *context, const uint8_t key[static 32],
		  const uint8_t *in, uint8_t *out, size_t n, uint8_t tag[static TAG_SIZE])
{
	static const uint8_t nonce[12];
	EVP_CIPHER_CTX *gcm = EVP_CIPHER_CTX_new();
	int taken;
	bool ok = gcm && EVP_CipherInit_ex(gcm, EVP_aes_256_gcm(), NULL, key, nonce, encrypt) &&
		  authenticate(gcm, context) && EVP_CipherUpdate(gcm, out, &taken, in, (int)n) &&
		  (encrypt || EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag)) &&
		  EVP_CipherFinal_ex(gcm, out + n, &taken) &&
		  (!encrypt || EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, tag));
	EVP_CIPHER_CTX_free(gcm); /* OpenSSL wipes it */
	return ok;
}

static int encrypt(const struct ls_box_context *context, const char *passphrase,
		   const uint8_t *secret, size_t n, struct ls_buffer *out, struct ls_error *err)
{
	struct cost cost = { LS_BOX_LOG2_N, LS_BOX_R, LS_BOX_P, { 0 } };
	uint8_t key[32], tag[TAG_SIZE], sealed[512];
	bool ok = n <= sizeof(sealed) && RAND_bytes(cost.salt, SALT_SIZE) == 1 &&
		  derive(&cost, passphrase, key) &&
		  crypt(true, context, key, secret, sealed, n, tag);
	OPENSSL_cleanse(key, sizeof(key));
	if (!ok)
		return ls_fail(err, -EIO, "dna.key.encrypt", "the key could not be encrypted");
	ls_buffer_add_u8(out, SCRYPT);
	ls_buffer_add_u8(out, cost.log2_n);
	ls_buffer_add_u8(out, cost.r);
	ls_buffer_add_u8(out, cost.p);
	ls_buffer_add(out, cost.salt, SALT_SIZE);
	ls_buffer_add(out, tag, TAG_SIZE);
	ls_buffer_add(out, sealed, n);
	return 0;
}

int ls_box_write(const struct ls_box_context *context, const char *passphrase,
		 const uint8_t *secret, size_t n, struct ls_buffer *out, struct ls_error *err)
{
	if (passphrase) {
		int rc = encrypt(context, passphrase, secret, n, out, err);
		if (rc < 0)
			return rc;
	} else {
		ls_buffer_add_u8(out, PLAIN);
		ls_buffer_add(out, secret, n);
	}
	int rc = ls_buffer_error(out);
	return rc < 0 ? ls_fail(err, rc, "dna.memory", "out of memory") : 0;
}

static int decrypt(struct ls_reader *r, const struct ls_box_context *context,
		   const char *passphrase, uint8_t *secret, size_t n, struct ls_error *err)
{
	struct cost cost;
	uint8_t key[32], tag[TAG_SIZE];
	const uint8_t *sealed;
	if (ls_read_u8(r, &cost.log2_n) < 0 || ls_read_u8(r, &cost.r) < 0 ||
	    ls_read_u8(r, &cost.p) < 0 || ls_read_into(r, cost.salt, SALT_SIZE) < 0 ||
	    ls_read_into(r, tag, TAG_SIZE) < 0 || ls_read_bytes(r, n, &sealed) < 0 ||
	    ls_reader_end(r) < 0 || !affordable(&cost))
		return ls_fail(err, -EBADMSG, "dna.key.form", "its encrypted part is malformed");
	if (!passphrase)
		return ls_fail(err, -EKEYREJECTED, "dna.key.passphrase",
			       "it is encrypted; give its passphrase");
	bool ok = derive(&cost, passphrase, key) &&
		  crypt(false, context, key, sealed, secret, n, tag);
	OPENSSL_cleanse(key, sizeof(key));
	if (ok)
		return 0;
	OPENSSL_cleanse(secret, n);
	return ls_fail(err, -EKEYREJECTED, "dna.key.passphrase",
		       "this passphrase does not open it, or it was changed");
}

int ls_box_read(struct ls_reader *r, const struct ls_box_context *context, const char *passphrase,
		uint8_t *secret, size_t n, struct ls_error *err)
{
	uint8_t kind;
	memset(secret, 0, n);
	if (ls_read_u8(r, &kind) == 0 && kind == SCRYPT)
		return decrypt(r, context, passphrase, secret, n, err);
	if (ls_reader_left(r) != n || kind != PLAIN || ls_read_into(r, secret, n) < 0)
		return ls_fail(err, -EBADMSG, "dna.key.form", "its secret part is malformed");
	return 0;
}
