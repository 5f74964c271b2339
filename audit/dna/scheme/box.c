/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/box.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/keeper.h"

#define KEY_SIZE   32
#define SECRET_MAX 512
#define SALT_SIZE  16
#define TAG_SIZE   16
#define MEMORY_MAX (256u << 20)

enum kind { PLAIN = 0, SCRYPT = 1, SEALED = 2 };

struct cost {
	uint8_t log2_n, r, p;
	uint8_t salt[SALT_SIZE];
};

static bool affordable(const struct cost *c)
{
	return c->log2_n >= 10 && c->log2_n <= 20 && c->r >= 1 && c->r <= 32 && c->p >= 1 &&
	       c->p <= 16 && (128ull * c->r << c->log2_n) <= MEMORY_MAX;
}

static bool derive(const struct cost *c, const char *passphrase, uint8_t key[static KEY_SIZE])
{
	return EVP_PBE_scrypt(passphrase, strlen(passphrase), c->salt, SALT_SIZE, 1ull << c->log2_n,
			      c->r, c->p, MEMORY_MAX + (1u << 20), key, KEY_SIZE) == 1;
}

static bool authenticate(EVP_CIPHER_CTX *gcm, const struct ls_box_context *context)
{
	int n;
	return EVP_CipherUpdate(gcm, NULL, &n, (const uint8_t *)context->label,
				(int)strlen(context->label) + 1) &&
	       EVP_CipherUpdate(gcm, NULL, &n, context->bytes, (int)context->size);
}

/* One secret through AES-256-GCM; tag is written, or checked. */
static bool crypt(bool encrypt, const struct ls_box_context *context,
		  const uint8_t key[static KEY_SIZE], const uint8_t *in, uint8_t *out, size_t n,
		  uint8_t tag[static TAG_SIZE])
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

/* --- the key ------------------------------------------------------------------ */

/* What stands before a secret that is encrypted. */
struct head {
	bool sealed, has_passphrase;
	const uint8_t *kept; /* sealed: what a TPM gives a key for; borrowed */
	size_t kept_size;
	struct cost cost; /* has_passphrase */
	uint8_t tag[TAG_SIZE];
};

/* The TPM's key, which the passphrase's, where there is one, makes another of. */
static bool combine(const uint8_t of_tpm[static KEY_SIZE], bool has_passphrase,
		    uint8_t key[static KEY_SIZE])
{
	uint8_t of_passphrase[KEY_SIZE];
	unsigned n = 0;
	memcpy(of_passphrase, key, KEY_SIZE);
	bool ok = HMAC(EVP_sha256(), of_tpm, KEY_SIZE, of_passphrase, has_passphrase ? KEY_SIZE : 0,
		       key, &n) &&
		  n == KEY_SIZE;
	OPENSSL_cleanse(of_passphrase, sizeof(of_passphrase));
	return ok;
}

/* --- writing -------------------------------------------------------------------- */

/* A new key that the TPM keeps. */
static int keep(const struct ls_box_lock *lock, uint8_t ret_key[static KEY_SIZE],
		struct ls_buffer *kept, struct ls_error *err)
{
	const struct ls_keeper *keeper;
	int rc = ls_keeper_get("nothing can be sealed", &keeper, err);
	if (rc < 0)
		return rc;
	if (RAND_priv_bytes(ret_key, KEY_SIZE) != 1)
		return ls_fail(err, -EIO, "dna.random", "this machine gives no random numbers");
	return keeper->keep(lock->tpm, lock->pcrs, ret_key, KEY_SIZE, kept, err);
}

static void add_head(const struct head *h, struct ls_buffer *out)
{
	if (h->sealed) {
		ls_buffer_add_u8(out, SEALED);
		ls_buffer_add_be16(out, (uint16_t)h->kept_size);
		ls_buffer_add(out, h->kept, h->kept_size);
	}
	ls_buffer_add_u8(out, h->has_passphrase ? SCRYPT : PLAIN);
	if (h->has_passphrase) {
		ls_buffer_add_u8(out, h->cost.log2_n);
		ls_buffer_add_u8(out, h->cost.r);
		ls_buffer_add_u8(out, h->cost.p);
		ls_buffer_add(out, h->cost.salt, SALT_SIZE);
	}
	ls_buffer_add(out, h->tag, TAG_SIZE);
}

static int encrypt(const struct ls_box_context *context, const struct ls_box_lock *lock,
		   const uint8_t *secret, size_t n, struct ls_buffer *out, struct ls_error *err)
{
	struct head h = { .sealed = lock->sealed,
			  .has_passphrase = lock->passphrase,
			  .cost = { LS_BOX_LOG2_N, LS_BOX_R, LS_BOX_P, { 0 } } };
	uint8_t key[KEY_SIZE] = { 0 }, of_tpm[KEY_SIZE] = { 0 }, encrypted[SECRET_MAX];
	_cleanup_buffer_ struct ls_buffer kept;
	ls_buffer_init(&kept, LS_KEPT_SIZE_MAX);
	int rc = lock->sealed ? keep(lock, of_tpm, &kept, err) : 0;
	h.kept = kept.data;
	h.kept_size = kept.size;
	bool ok = rc == 0 && n <= sizeof(encrypted) && RAND_bytes(h.cost.salt, SALT_SIZE) == 1 &&
		  (!lock->passphrase || derive(&h.cost, lock->passphrase, key)) &&
		  (!lock->sealed || combine(of_tpm, lock->passphrase, key)) &&
		  crypt(true, context, key, secret, encrypted, n, h.tag);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(of_tpm, sizeof(of_tpm));
	if (rc < 0)
		return rc;
	if (!ok)
		return ls_fail(err, -EIO, "dna.key.encrypt", "the key could not be encrypted");
	add_head(&h, out);
	ls_buffer_add(out, encrypted, n);
	return 0;
}

int ls_box_write(const struct ls_box_context *context, const struct ls_box_lock *lock,
		 const uint8_t *secret, size_t n, struct ls_buffer *out, struct ls_error *err)
{
	if (lock->passphrase || lock->sealed) {
		int rc = encrypt(context, lock, secret, n, out, err);
		if (rc < 0)
			return rc;
	} else {
		ls_buffer_add_u8(out, PLAIN);
		ls_buffer_add(out, secret, n);
	}
	int rc = ls_buffer_error(out);
	return rc < 0 ? ls_fail(err, rc, "dna.memory", "out of memory") : 0;
}

/* --- reading -------------------------------------------------------------------- */

static int read_cost(struct ls_reader *r, struct cost *c)
{
	return ls_read_u8(r, &c->log2_n) < 0 || ls_read_u8(r, &c->r) < 0 ||
			       ls_read_u8(r, &c->p) < 0 ||
			       ls_read_into(r, c->salt, SALT_SIZE) < 0 || !affordable(c)
		       ? -EBADMSG
		       : 0;
}

/* From behind the first byte on. */
static int read_head(struct ls_reader *r, struct head *h)
{
	uint16_t size;
	uint8_t kind = SCRYPT;
	if (h->sealed) {
		if (ls_read_be16(r, &size) < 0 || size > LS_KEPT_SIZE_MAX ||
		    ls_read_bytes(r, size, &h->kept) < 0 || ls_read_u8(r, &kind) < 0 ||
		    (kind != PLAIN && kind != SCRYPT))
			return -EBADMSG;
		h->kept_size = size;
	}
	h->has_passphrase = kind == SCRYPT;
	if (h->has_passphrase && read_cost(r, &h->cost) < 0)
		return -EBADMSG;
	return ls_read_into(r, h->tag, TAG_SIZE);
}

static int give(const struct head *h, const struct ls_box_lock *lock,
		uint8_t ret_key[static KEY_SIZE], struct ls_error *err)
{
	const struct ls_keeper *keeper;
	int rc = ls_keeper_get("it is sealed to a TPM", &keeper, err);
	return rc < 0 ? rc : keeper->give(lock->tpm, h->kept, h->kept_size, ret_key, KEY_SIZE, err);
}

static int decrypt_with(struct head *h, const struct ls_box_context *context,
			const struct ls_box_lock *lock, const uint8_t *encrypted, uint8_t *secret,
			size_t n, struct ls_error *err)
{
	uint8_t key[KEY_SIZE] = { 0 }, of_tpm[KEY_SIZE] = { 0 };
	int rc = h->sealed ? give(h, lock, of_tpm, err) : 0;
	bool ok = rc == 0 && (!h->has_passphrase || derive(&h->cost, lock->passphrase, key)) &&
		  (!h->sealed || combine(of_tpm, h->has_passphrase, key)) &&
		  crypt(false, context, key, encrypted, secret, n, h->tag);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(of_tpm, sizeof(of_tpm));
	if (ok)
		return 0;
	OPENSSL_cleanse(secret, n);
	if (rc < 0)
		return rc;
	if (!h->has_passphrase)
		return ls_fail(err, -EBADMSG, "dna.key.altered",
			       "it was changed since it was sealed");
	return ls_fail(err, -EKEYREJECTED, "dna.key.passphrase",
		       "this passphrase does not open it, or it was changed");
}

static int malformed(const char *part, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "dna.key.form", "its %s part is malformed", part);
}

/* The whole of a box: ret_head->sealed and has_passphrase are false of one that lies open. */
static int read_box(struct ls_reader *r, size_t n, struct head *ret_head,
		    const uint8_t **ret_secret, struct ls_error *err)
{
	uint8_t kind;
	if (ls_read_u8(r, &kind) < 0 || kind > SEALED)
		return malformed("secret", err);
	*ret_head = (struct head){ .sealed = kind == SEALED };
	if ((kind != PLAIN && read_head(r, ret_head) < 0) || ls_read_bytes(r, n, ret_secret) < 0 ||
	    ls_reader_end(r) < 0)
		return malformed(kind == PLAIN ? "secret" : "encrypted", err);
	return 0;
}

int ls_box_read(struct ls_reader *r, const struct ls_box_context *context,
		const struct ls_box_lock *lock, uint8_t *secret, size_t n, struct ls_error *err)
{
	struct head h = { 0 };
	const uint8_t *bytes;
	memset(secret, 0, n);
	int rc = read_box(r, n, &h, &bytes, err);
	if (rc < 0)
		return rc;
	if (h.has_passphrase && !lock->passphrase)
		return ls_fail(err, -EKEYREJECTED, "dna.key.passphrase",
			       "it is encrypted; give its passphrase");
	if (h.sealed || h.has_passphrase)
		return decrypt_with(&h, context, lock, bytes, secret, n, err);
	memcpy(secret, bytes, n);
	return 0;
}

int ls_box_tell(struct ls_reader *r, size_t n, struct ls_box_told *ret, struct ls_error *err)
{
	struct head h = { 0 };
	const uint8_t *bytes;
	int rc = read_box(r, n, &h, &bytes, err);
	*ret = (struct ls_box_told){ .sealed = h.sealed, .passphrase = h.has_passphrase };
	return rc;
}
