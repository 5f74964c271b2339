/* SPDX-License-Identifier: Apache-2.0 */
/* What a TPM would attest, made without one, and every way to get it wrong.  For tests. */
#ifndef LABSEAL_LIB_ATTEST_MAKER_TEST_H
#define LABSEAL_LIB_ATTEST_MAKER_TEST_H

#include "lib/attest/attest.h"
#include "lib/attest/pcr_values.h"
#include "lib/attest/tpm_constants.h"
#include "lib/base/buffer.h"
#include "lib/base/test.h"

#define AK_ATTRIBUTES                                                                     \
	(LS_OBJECT_FIXED_TPM | LS_OBJECT_FIXED_PARENT | LS_OBJECT_SENSITIVE_DATA_ORIGIN | \
	 LS_OBJECT_USER_WITH_AUTH | LS_OBJECT_RESTRICTED | LS_OBJECT_SIGN)

/* A TPM's keys: a public EK of no private part, and an AK that signs what it is given. */
struct maker {
	struct ls_p256_key *key;
	struct ls_signer signer;
	struct ls_buffer ek, ak; /* TPMT_PUBLIC */
	struct ls_attester attester;
};

static inline void put_tpm2b(struct ls_buffer *b, const void *bytes, size_t size)
{
	ls_buffer_add_be16(b, (uint16_t)size);
	ls_buffer_add(b, bytes, size);
}

/* Template L-1 with this byte repeated as modulus, its top bit set. */
static inline void make_ek(struct ls_buffer *b, uint8_t fill)
{
	static const uint8_t policy[] = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8,
					  0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
					  0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64,
					  0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa };
	uint8_t modulus[LS_RSA_MODULUS_SIZE];
	memset(modulus, 0x80 | fill, sizeof(modulus));
	ls_buffer_add_be16(b, LS_ALG_RSA);
	ls_buffer_add_be16(b, LS_ALG_SHA256);
	ls_buffer_add_be32(b, 0x000300b2);
	put_tpm2b(b, policy, sizeof(policy));
	ls_buffer_add_be16(b, LS_ALG_AES);
	ls_buffer_add_be16(b, 128);
	ls_buffer_add_be16(b, LS_ALG_CFB);
	ls_buffer_add_be16(b, LS_ALG_NULL);
	ls_buffer_add_be16(b, 2048);
	ls_buffer_add_be32(b, 0);
	put_tpm2b(b, modulus, sizeof(modulus));
}

/* An ECDSA P-256 key's TPMT_PUBLIC. */
static inline void make_ecdsa(struct ls_buffer *b, uint32_t attributes, const void *policy,
			      size_t policy_size, const struct ls_p256_public *key)
{
	const uint8_t *x = key->spki + LS_P256_SPKI_SIZE - 2 * LS_P256_SCALAR_SIZE;
	ls_buffer_add_be16(b, LS_ALG_ECC);
	ls_buffer_add_be16(b, LS_ALG_SHA256);
	ls_buffer_add_be32(b, attributes);
	put_tpm2b(b, policy, policy_size);
	ls_buffer_add_be16(b, LS_ALG_NULL);
	ls_buffer_add_be16(b, LS_ALG_ECDSA);
	ls_buffer_add_be16(b, LS_ALG_SHA256);
	ls_buffer_add_be16(b, LS_ECC_NIST_P256);
	ls_buffer_add_be16(b, LS_ALG_NULL);
	put_tpm2b(b, x, LS_P256_SCALAR_SIZE);
	put_tpm2b(b, x + LS_P256_SCALAR_SIZE, LS_P256_SCALAR_SIZE);
}

/* key is taken over. */
static inline void maker_init_key(struct maker *m, struct ls_p256_key *key, uint8_t fill)
{
	struct ls_error err = { 0 };
	memset(m, 0, sizeof(*m));
	m->key = key;
	ls_buffer_init(&m->ek, LS_PUBLIC_AREA_MAX);
	ls_buffer_init(&m->ak, LS_PUBLIC_AREA_MAX);
	ls_p256_key_signer(m->key, &m->signer);
	make_ek(&m->ek, fill);
	make_ecdsa(&m->ak, AK_ATTRIBUTES, NULL, 0, &m->signer.key);
	CHECK_INT_EQ(ls_attester_init(m->ek.data, m->ek.size, m->ak.data, m->ak.size, &m->attester,
				      &err),
		     0);
	CHECK_STR_EQ(err.message, "");
}

static inline void maker_init(struct maker *m, uint8_t fill)
{
	struct ls_p256_key *key = NULL;
	CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	maker_init_key(m, key, fill);
}

static inline void maker_free(struct maker *m)
{
	ls_p256_key_free(m->key);
	ls_buffer_free(&m->ek);
	ls_buffer_free(&m->ak);
}
#define MAKER(m)                                             \
	__attribute__((cleanup(maker_free))) struct maker m; \
	maker_init(&m, 1)

/* What goes into an attestation; a test spoils one member. */
struct recipe {
	uint32_t magic;
	uint16_t type;
	struct ls_tpm_name signer;
	uint8_t qualifying[LS_QUALIFYING_MAX];
	size_t qualifying_size;
	struct ls_clock clock;
};

static const struct ls_digest nonce = { { 0x4e, 1, 2, 3 } };

static inline struct recipe recipe_of(const struct maker *m, uint16_t type)
{
	struct recipe r = { .magic = LS_TPM_GENERATED,
			    .type = type,
			    .signer = m->attester.qualified_name,
			    .qualifying_size = LS_DIGEST_SIZE,
			    .clock = { 123456789, 21, 3, true } };
	memcpy(r.qualifying, nonce.bytes, LS_DIGEST_SIZE);
	return r;
}

/* Everything up to what the type says; magic 0 leaves it out. */
static inline void make_head(struct ls_buffer *b, const struct recipe *r)
{
	if (r->magic)
		ls_buffer_add_be32(b, r->magic);
	ls_buffer_add_be16(b, r->type);
	put_tpm2b(b, r->signer.bytes, LS_TPM_NAME_SIZE);
	put_tpm2b(b, r->qualifying, r->qualifying_size);
	ls_buffer_add_be64(b, r->clock.milliseconds);
	ls_buffer_add_be32(b, r->clock.reset_count);
	ls_buffer_add_be32(b, r->clock.restart_count);
	ls_buffer_add_u8(b, r->clock.safe);
	ls_buffer_add_be64(b, 0x2019102300163636);
}

static inline void make_selection(struct ls_buffer *b, uint16_t hash, uint32_t pcrs)
{
	ls_buffer_add_be16(b, hash);
	ls_buffer_add_u8(b, 3);
	ls_buffer_add_u8(b, (uint8_t)pcrs);
	ls_buffer_add_u8(b, (uint8_t)(pcrs >> 8));
	ls_buffer_add_u8(b, (uint8_t)(pcrs >> 16));
}

/* TPMS_QUOTE_INFO that tells the truth. */
static inline void make_quote(struct ls_buffer *b, const struct ls_pcr_values *values)
{
	struct ls_digest digest;
	ls_pcr_values_digest(values, &digest);
	ls_buffer_add_be32(b, 1);
	make_selection(b, LS_ALG_SHA256, values->pcrs);
	put_tpm2b(b, digest.bytes, LS_DIGEST_SIZE);
}

/* The two INTEGERs of a DER signature as the TPM has them, in 32 bytes each. */
static inline void put_scalar(struct ls_buffer *b, const uint8_t *der, size_t *at)
{
	uint8_t scalar[LS_P256_SCALAR_SIZE] = { 0 };
	size_t n = der[*at + 1];
	const uint8_t *from = der + *at + 2;
	*at += 2 + n;
	if (n > LS_P256_SCALAR_SIZE)
		from++, n--;
	memcpy(scalar + LS_P256_SCALAR_SIZE - n, from, n);
	put_tpm2b(b, scalar, sizeof(scalar));
}

/* TPMT_SIGNATURE over these bytes. */
static inline void make_signature(const struct maker *m, const struct ls_buffer *attest,
				  struct ls_buffer *out)
{
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n = 0, at = 2;
	struct ls_digest digest;
	ls_sha256_buffer(attest->data, attest->size, &digest);
	CHECK_INT_EQ(ls_signer_sign(&m->signer, &digest, der, &n, NULL), 0);
	ls_buffer_clear(out);
	ls_buffer_add_be16(out, LS_ALG_ECDSA);
	ls_buffer_add_be16(out, LS_ALG_SHA256);
	put_scalar(out, der, &at);
	put_scalar(out, der, &at);
}

/* An attestation under construction and its signature. */
struct made {
	struct ls_buffer attest, signature;
};

static inline void made_init(struct made *q)
{
	ls_buffer_init(&q->attest, 4096);
	ls_buffer_init(&q->signature, 256);
}

static inline void made_free(struct made *q)
{
	ls_buffer_free(&q->attest);
	ls_buffer_free(&q->signature);
}
#define MADE(q)                                            \
	__attribute__((cleanup(made_free))) struct made q; \
	made_init(&q)

static inline struct ls_attested attested_of(const struct made *q)
{
	return (struct ls_attested){ q->attest.data, q->attest.size, q->signature.data,
				     q->signature.size };
}

#endif
