/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/readers.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "audit/dna/scheme/key.h"

#define KEY_SIZE 16

struct text_key {
	uint8_t bytes[KEY_SIZE];
};

/* A keyed hash of the text under fresh randomness: new for each text, whatever the randomness is
 * worth. */
static int make_text_key(const void *text, size_t n, struct text_key *ret, struct ls_error *err)
{
	uint8_t random[32], mac[32];
	bool ok = RAND_priv_bytes(random, sizeof(random)) == 1 &&
		  HMAC(EVP_sha256(), random, sizeof(random), text, n, mac, NULL);
	memcpy(ret->bytes, mac, KEY_SIZE);
	OPENSSL_cleanse(random, sizeof(random));
	OPENSSL_cleanse(mac, sizeof(mac));
	return ok ? 0 : ls_fail(err, -EIO, "dna.random", "this machine gives no random numbers");
}

/* r = hash(text's key, SHA-256 of the text). */
static void make_r(const struct text_key *key, const void *text, size_t n, blst_scalar *ret)
{
	struct ls_digest digest;
	ls_sha256_buffer(text, n, &digest);
	const struct ls_piece pieces[] = { { key->bytes, KEY_SIZE },
					   { digest.bytes, LS_DIGEST_SIZE } };
	ls_scalar_hash("LABSEAL-DNA-V1-SEAL-R", pieces, 2, ret);
	OPENSSL_cleanse(&digest, sizeof(digest));
}

/* U = r P1. */
static void make_u(const blst_scalar *r, uint8_t ret[static LS_G1_SIZE])
{
	blst_p1_affine point;
	ls_g1_multiply(blst_p1_affine_generator(), r, &point);
	blst_p1_affine_compress(ret, &point);
}

/* What a reader's slot is masked with: a hash of e(.,.), of U and of who reads. */
static void make_mask(const blst_p1_affine *p1, const blst_p2_affine *p2,
		      const uint8_t u[static LS_G1_SIZE], const struct ls_orcid *reader,
		      struct text_key *ret)
{
	uint8_t gt[LS_GT_SIZE];
	ls_pairing_bytes(p1, p2, gt);
	const struct ls_piece pieces[] = { { u, LS_G1_SIZE },
					   { reader->text, LS_ORCID_SIZE - 1 },
					   { gt, sizeof(gt) } };
	ls_curve_hash("LABSEAL-DNA-V1-SEAL-SLOT", pieces, 3, ret->bytes, KEY_SIZE);
	OPENSSL_cleanse(gt, sizeof(gt));
}

static void mask_slot(const struct text_key *mask, const uint8_t in[static KEY_SIZE],
		      uint8_t out[static KEY_SIZE])
{
	for (size_t i = 0; i < KEY_SIZE; i++)
		out[i] = in[i] ^ mask->bytes[i];
}

/* AES-256 in counter mode under a hash of the text's key, from counter 0: the key has one text. */
static int stream(const struct text_key *key, const uint8_t *in, uint8_t *out, size_t n)
{
	static const uint8_t counter[16];
	uint8_t stream_key[32];
	int taken;
	const struct ls_piece piece = { key->bytes, KEY_SIZE };
	ls_curve_hash("LABSEAL-DNA-V1-SEAL-TEXT", &piece, 1, stream_key, sizeof(stream_key));
	EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
	bool ok = aes && EVP_EncryptInit_ex(aes, EVP_aes_256_ctr(), NULL, stream_key, counter) &&
		  EVP_EncryptUpdate(aes, out, &taken, in, (int)n);
	EVP_CIPHER_CTX_free(aes); /* OpenSSL wipes it */
	OPENSSL_cleanse(stream_key, sizeof(stream_key));
	return ok ? 0 : -ENOMEM;
}

static int check_readers(const struct ls_dna_key *key, const struct ls_orcid *readers, size_t count,
			 struct ls_error *err)
{
	if (key->own)
		return ls_fail(
			err, -EINVAL, "dna.readers.key",
			"a signer's own key neither encrypts nor reads; give an identity key");
	if (count == 0 || count > LS_DNA_READERS_MAX)
		return ls_fail(err, -EINVAL, "dna.readers.count",
			       "a text has 1 to %d readers, not %zu", LS_DNA_READERS_MAX, count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(readers[i].text, readers[k].text) == 0)
				return ls_fail(err, -EINVAL, "dna.readers.twice",
					       "'%s' is a reader twice", readers[i].text);
	return 0;
}

static int out_of_memory(struct ls_error *err, int rc)
{
	return ls_fail(err, rc, "dna.memory",
		       rc == -EFBIG ? "the text is too large" : "out of memory");
}

int ls_dna_seal(const struct ls_dna_key *key, const struct ls_orcid *readers, size_t count,
		const void *text, size_t n, struct ls_buffer *out, struct ls_error *err)
{
	struct text_key text_key;
	blst_scalar r;
	blst_p1_affine shared; /* r (e P1): the pairing's value is e(r e P1, Q(ID)) */
	int rc = check_readers(key, readers, count, err);
	if (rc < 0 || (rc = make_text_key(text, n, &text_key, err)) < 0)
		return rc;
	uint8_t *to = n > INT32_MAX ? NULL : ls_buffer_reserve(out, LS_DNA_SEALED_SIZE(count, n));
	if (!to) {
		OPENSSL_cleanse(&text_key, sizeof(text_key));
		return out_of_memory(err, n > INT32_MAX ? -EFBIG : ls_buffer_error(out));
	}
	make_r(&text_key, text, n, &r);
	ls_g1_multiply(&key->params.encrypt, &r, &shared);
	uint8_t *u = to + 1, *slot = u + LS_G1_SIZE;
	*to = (uint8_t)count;
	make_u(&r, u);
	for (size_t i = 0; i < count; i++, slot += KEY_SIZE) {
		struct text_key mask;
		blst_p2_affine point;
		ls_dna_reader_point(&readers[i], &point);
		make_mask(&shared, &point, u, &readers[i], &mask);
		mask_slot(&mask, text_key.bytes, slot);
		OPENSSL_cleanse(&mask, sizeof(mask));
	}
	rc = stream(&text_key, text, slot, n);
	OPENSSL_cleanse(&text_key, sizeof(text_key));
	OPENSSL_cleanse(&r, sizeof(r));
	OPENSSL_cleanse(&shared, sizeof(shared));
	if (rc < 0)
		return out_of_memory(err, rc);
	ls_buffer_commit(out, LS_DNA_SEALED_SIZE(count, n));
	return 0;
}

/* Whether this key opens the text: then it is in text, n bytes. */
static bool opens(const struct text_key *key, const uint8_t u[static LS_G1_SIZE], const uint8_t *in,
		  uint8_t *text, size_t n)
{
	uint8_t again[LS_G1_SIZE];
	blst_scalar r;
	if (stream(key, in, text, n) < 0)
		return false;
	make_r(key, text, n, &r);
	make_u(&r, again);
	OPENSSL_cleanse(&r, sizeof(r));
	return memcmp(again, u, sizeof(again)) == 0;
}

int ls_dna_unseal(const struct ls_dna_key *key, const uint8_t *sealed, size_t n,
		  struct ls_buffer *out, struct ls_error *err)
{
	struct ls_reader reader;
	struct text_key mask, text_key;
	const uint8_t *u, *slots, *in;
	uint8_t count;
	blst_p1_affine point;
	if (key->own)
		return check_readers(key, NULL, 0, err);
	ls_reader_init(&reader, sealed, n);
	if (ls_read_u8(&reader, &count) < 0 || count == 0 ||
	    ls_read_bytes(&reader, LS_G1_SIZE, &u) < 0 || ls_g1_read(u, &point) < 0 ||
	    ls_read_bytes(&reader, (size_t)count * KEY_SIZE, &slots) < 0)
		return ls_fail(err, -EBADMSG, "dna.readers.form",
			       "the part for chosen readers is malformed");
	size_t size = ls_reader_left(&reader);
	if (size > INT32_MAX || ls_read_bytes(&reader, size, &in) < 0)
		return ls_fail(err, -EBADMSG, "dna.readers.form",
			       "the part for chosen readers is too large");
	uint8_t *text = ls_buffer_reserve(out, size + 1); /* of 0 bytes, too */
	if (!text)
		return out_of_memory(err, ls_buffer_error(out));
	make_mask(&point, &key->encrypt, u, &key->orcid, &mask);
	bool opened = false;
	for (size_t i = 0; i < count && !opened; i++) {
		mask_slot(&mask, slots + i * KEY_SIZE, text_key.bytes);
		opened = opens(&text_key, u, in, text, size);
	}
	OPENSSL_cleanse(&mask, sizeof(mask));
	OPENSSL_cleanse(&text_key, sizeof(text_key));
	if (!opened)
		return ls_fail(err, -ENOKEY, "dna.readers.other",
			       "this part is not for '%s', or was changed", key->orcid.text);
	ls_buffer_commit(out, size);
	return 0;
}
