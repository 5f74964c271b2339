/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, clocks, PCR lists, and the two kinds of attestation beside the quote. */
#include "lib/attest/attest.h"

#include <errno.h>

#include "lib/attest/creation.h"
#include "lib/attest/maker_test.h"
#include "lib/attest/nv_certificate.h"
#include "lib/base/text.h"

#define REF	 LS_POLICY_REF
#define REF_SIZE strlen(LS_POLICY_REF)

/* --- the attestation key ------------------------------------------------------------- */

static const char *try_attester(const struct ls_buffer *ek, const struct ls_buffer *ak)
{
	static struct ls_error err;
	struct ls_attester attester;
	memset(&err, 0, sizeof(err));
	return ls_attester_init(ek->data, ek->size, ak->data, ak->size, &attester, &err) < 0
		       ? err.id
		       : "";
}

TEST(an_attestation_key_needs_each_attribute)
{
	MAKER(m);
	static const uint32_t needed[] = { LS_OBJECT_RESTRICTED, LS_OBJECT_FIXED_TPM,
					   LS_OBJECT_FIXED_PARENT, LS_OBJECT_SIGN,
					   LS_OBJECT_SENSITIVE_DATA_ORIGIN };
	CHECK_STR_EQ(try_attester(&m.ek, &m.ak), "");
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		_cleanup_buffer_ struct ls_buffer ak;
		ls_buffer_init(&ak, LS_PUBLIC_AREA_MAX);
		make_ecdsa(&ak, AK_ATTRIBUTES & ~needed[i], NULL, 0, &m.signer.key);
		CHECK_STR_EQ(try_attester(&m.ek, &ak), "attestation-key.attributes");
	}
	_cleanup_buffer_ struct ls_buffer ak;
	ls_buffer_init(&ak, LS_PUBLIC_AREA_MAX);
	make_ecdsa(&ak, AK_ATTRIBUTES | LS_OBJECT_DECRYPT, NULL, 0, &m.signer.key);
	CHECK_STR_EQ(try_attester(&m.ek, &ak), "attestation-key.attributes");
	CHECK_STR_EQ(try_attester(&m.ek, &m.ek), "attestation-key.scheme");
}

TEST(an_endorsement_key_is_the_template_s)
{
	MAKER(m);
	CHECK_STR_EQ(try_attester(&m.ak, &m.ak), "endorsement-key.template");
	static const size_t places[] = { 7, 12, 45, 47, 49, 53, 57 }; /* attributes to exponent */
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		m.ek.data[places[i]] ^= 4;
		CHECK(try_attester(&m.ek, &m.ak)[0] != '\0');
		m.ek.data[places[i]] ^= 4;
	}
	CHECK_STR_EQ(try_attester(&m.ek, &m.ak), "");
}

TEST(a_public_area_is_whole)
{
	MAKER(m);
	struct ls_public_area area;
	struct ls_buffer *keys[] = { &m.ek, &m.ak };
	for (size_t k = 0; k < 2; k++) {
		for (size_t n = 0; n < keys[k]->size; n++)
			CHECK_INT_EQ(ls_public_area_parse(keys[k]->data, n, &area, NULL), -EBADMSG);
		CHECK_INT_EQ(ls_public_area_parse(keys[k]->data, keys[k]->size, &area, NULL), 0);
		ls_buffer_add_u8(keys[k], 0);
		CHECK_INT_EQ(ls_public_area_parse(keys[k]->data, keys[k]->size, &area, NULL),
			     -EBADMSG);
	}
}

/* Constants computed with Python's hashlib over the base point of P-256. */
TEST(names)
{
	static const uint8_t x[32] = { 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
				       0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
				       0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
				       0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96 };
	static const uint8_t y[32] = { 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
				       0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
				       0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
				       0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 };
	struct ls_p256_public key;
	struct ls_public_area area;
	struct ls_tpm_name primary, child;
	char hex[2 * LS_TPM_NAME_SIZE + 1];
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_PUBLIC_AREA_MAX);
	REQUIRE(ls_p256_public_from_point(x, y, &key, NULL) == 0);
	make_ecdsa(&b, AK_ATTRIBUTES, NULL, 0, &key);
	REQUIRE(ls_public_area_parse(b.data, b.size, &area, NULL) == 0);
	ls_hex_encode(area.name.bytes, LS_TPM_NAME_SIZE, hex);
	CHECK_STR_EQ(hex, "000b62854727bebcef250a3a01b5aab872a2da174687ffeab8ee08fdbc80c86d6c04");
	ls_primary_qualified_name(LS_RH_ENDORSEMENT, &area.name, &primary);
	ls_hex_encode(primary.bytes, LS_TPM_NAME_SIZE, hex);
	CHECK_STR_EQ(hex, "000bebec5aeb888671976b2af9de8aa75bb88735da93b03571f17cf4402dd7bbd5a8");
	ls_child_qualified_name(&primary, &area.name, &child);
	ls_hex_encode(child.bytes, LS_TPM_NAME_SIZE, hex);
	CHECK_STR_EQ(hex, "000becf6d37fe65841b90565171927d717c18bb42195dda5d1075a9fd4c484ace42c");
}

/* --- NV ----------------------------------------------------------------------------- */

static const struct ls_tpm_name counter = { { 0x00, 0x0b, 9, 9, 9 } };

static void make_nv(const struct maker *m, const struct ls_tpm_name *index, uint16_t offset,
		    const void *contents, size_t size, struct made *q)
{
	struct recipe r = recipe_of(m, LS_ST_ATTEST_NV);
	ls_buffer_clear(&q->attest);
	make_head(&q->attest, &r);
	put_tpm2b(&q->attest, index->bytes, LS_TPM_NAME_SIZE);
	ls_buffer_add_be16(&q->attest, offset);
	put_tpm2b(&q->attest, contents, size);
	make_signature(m, &q->attest, &q->signature);
}

static const char *verify_nv(const struct maker *m, const struct made *q, uint8_t contents[8])
{
	static struct ls_error err;
	struct ls_clock clock;
	struct ls_attested attested = attested_of(q);
	memset(&err, 0, sizeof(err));
	return ls_nv_certificate_verify(&attested, &m->attester, &nonce, &counter, contents, 8,
					&clock, &err) < 0
		       ? err.id
		       : "";
}

TEST(a_certificate_of_nv)
{
	MAKER(m);
	MADE(q);
	uint8_t seen[8] = { 0 };
	make_nv(&m, &counter, 0, "\0\0\0\0\0\0\0\7", 8, &q);
	CHECK_STR_EQ(verify_nv(&m, &q, seen), "");
	CHECK_INT_EQ(seen[7], 7);
	memset(seen, 0, sizeof(seen));
	make_nv(&m, &counter, 0, "\0\0\0\0\0\0\0\7\0", 9, &q);
	CHECK_STR_EQ(verify_nv(&m, &q, seen), "nv-certificate.range");
	make_nv(&m, &counter, 0, "\0\0\0\0\0\0\0", 7, &q);
	CHECK_STR_EQ(verify_nv(&m, &q, seen), "nv-certificate.range");
	make_nv(&m, &counter, 1, "\0\0\0\0\0\0\0\7", 8, &q);
	CHECK_STR_EQ(verify_nv(&m, &q, seen), "nv-certificate.range");
	struct ls_tpm_name other = counter;
	other.bytes[33] ^= 1;
	make_nv(&m, &other, 0, "\0\0\0\0\0\0\0\7", 8, &q);
	CHECK_STR_EQ(verify_nv(&m, &q, seen), "nv-certificate.index");
	CHECK_INT_EQ(seen[7], 0);
}

/* --- creation ------------------------------------------------------------------------- */

struct made_key {
	struct ls_p256_key *key;
	struct ls_p256_public public;
	struct ls_buffer area, public_part,
		data; /* TPMT_PUBLIC, TPM2B_PUBLIC, TPMS_CREATION_DATA */
};

#define SEALING_ATTRIBUTES                                                                \
	(LS_OBJECT_FIXED_TPM | LS_OBJECT_FIXED_PARENT | LS_OBJECT_SENSITIVE_DATA_ORIGIN | \
	 LS_OBJECT_SIGN | LS_OBJECT_NO_DA)

static void make_key(struct made_key *k, const struct ls_p256_public *authority,
		     uint32_t attributes)
{
	struct ls_tpm_name name;
	struct ls_digest policy;
	struct ls_signer signer;
	memset(k, 0, sizeof(*k));
	ls_buffer_init(&k->area, 1024);
	ls_buffer_init(&k->public_part, 1024);
	ls_buffer_init(&k->data, 1024);
	CHECK_INT_EQ(ls_p256_key_generate(&k->key, NULL), 0);
	ls_p256_key_signer(k->key, &signer);
	k->public = signer.key;
	ls_authority_name(authority, &name);
	ls_policy_authorize_digest(&name, REF, REF_SIZE, &policy);
	make_ecdsa(&k->area, attributes, policy.bytes, LS_DIGEST_SIZE, &k->public);
	put_tpm2b(&k->public_part, k->area.data, k->area.size);
	ls_buffer_add_be32(&k->data, 0); /* no PCR was asked for */
	put_tpm2b(&k->data, NULL, 0);
	ls_buffer_add_u8(&k->data, 1);
	ls_buffer_add_be16(&k->data, LS_ALG_SHA256);
	put_tpm2b(&k->data, counter.bytes, LS_TPM_NAME_SIZE); /* any Name will do */
	put_tpm2b(&k->data, counter.bytes, LS_TPM_NAME_SIZE);
	put_tpm2b(&k->data, "lab", 3);
}

static void free_key(struct made_key *k)
{
	ls_p256_key_free(k->key);
	ls_buffer_free(&k->area);
	ls_buffer_free(&k->public_part);
	ls_buffer_free(&k->data);
}

/* What the attester says of `certified` and of this creation data. */
static void certify(const struct maker *m, const struct made_key *certified,
		    const struct ls_buffer *data, const struct ls_buffer *nonce_of, struct made *q)
{
	struct recipe r = recipe_of(m, LS_ST_ATTEST_CREATION);
	struct ls_public_area area;
	struct ls_digest hash, qualifying;
	CHECK_INT_EQ(ls_public_area_parse(certified->area.data, certified->area.size, &area, NULL),
		     0);
	ls_sha256_buffer(data->data, data->size, &hash);
	ls_sha256_buffer(nonce_of->data, nonce_of->size, &qualifying);
	memcpy(r.qualifying, qualifying.bytes, LS_DIGEST_SIZE);
	ls_buffer_clear(&q->attest);
	make_head(&q->attest, &r);
	put_tpm2b(&q->attest, area.name.bytes, LS_TPM_NAME_SIZE);
	put_tpm2b(&q->attest, hash.bytes, LS_DIGEST_SIZE);
	make_signature(m, &q->attest, &q->signature);
}

static const char *verify_creation(const struct maker *m, const struct made *q,
				   const struct made_key *k, const struct ls_p256_public *authority)
{
	static struct ls_error err;
	struct ls_creation creation = { attested_of(q), k->public_part.data, k->public_part.size,
					k->data.data, k->data.size };
	struct ls_creation_policy policy = { authority, REF, REF_SIZE };
	struct ls_p256_public key;
	struct ls_clock clock;
	memset(&err, 0, sizeof(err));
	int rc = ls_creation_verify(&creation, &m->attester, &policy, &key, &clock, &err);
	if (rc == 0 && !ls_p256_public_equal(&key, &k->public))
		TEST_FAIL("another key came out");
	return rc < 0 ? err.id : "";
}

TEST(a_creation_certificate)
{
	MAKER(m);
	MADE(q);
	__attribute__((cleanup(free_key))) struct made_key k, other;
	make_key(&k, &m.signer.key, SEALING_ATTRIBUTES);
	make_key(&other, &m.signer.key, SEALING_ATTRIBUTES);
	certify(&m, &k, &k.data, &k.public_part, &q);
	CHECK_STR_EQ(verify_creation(&m, &q, &k, &m.signer.key), "");
	/* the policy of another authority */
	CHECK_STR_EQ(verify_creation(&m, &q, &k, &other.public), "signing-key.policy");
	/* another key beside it, with the nonce for that one */
	certify(&m, &other, &k.data, &k.public_part, &q);
	CHECK_STR_EQ(verify_creation(&m, &q, &k, &m.signer.key), "creation.name");
	certify(&m, &k, &other.public_part, &k.public_part, &q);
	CHECK_STR_EQ(verify_creation(&m, &q, &k, &m.signer.key), "creation.hash");
	certify(&m, &k, &k.data, &other.public_part, &q);
	CHECK_STR_EQ(verify_creation(&m, &q, &k, &m.signer.key), "attest.qualifying");
}

TEST(a_certified_key_needs_its_attributes)
{
	MAKER(m);
	for (unsigned bit = 0; bit < 32; bit++) {
		MADE(q);
		__attribute__((cleanup(free_key))) struct made_key k;
		make_key(&k, &m.signer.key, SEALING_ATTRIBUTES ^ UINT32_C(1) << bit);
		certify(&m, &k, &k.data, &k.public_part, &q);
		CHECK_STR_EQ(verify_creation(&m, &q, &k, &m.signer.key), "signing-key.attributes");
	}
}

TEST(creation_data_is_whole)
{
	MAKER(m);
	struct ls_creation_data data;
	__attribute__((cleanup(free_key))) struct made_key k;
	make_key(&k, &m.signer.key, SEALING_ATTRIBUTES);
	for (size_t n = 0; n < k.data.size; n++)
		CHECK_INT_EQ(ls_creation_data_parse(k.data.data, n, &data, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_creation_data_parse(k.data.data, k.data.size, &data, NULL), 0);
	CHECK_INT_EQ(data.locality, 1);
	CHECK_INT_EQ(data.outside_size, 3);
	ls_buffer_add_u8(&k.data, 0);
	CHECK_INT_EQ(ls_creation_data_parse(k.data.data, k.data.size, &data, NULL), -EBADMSG);
}

/* --- clocks ---------------------------------------------------------------------------- */

TEST(clocks_follow_one_another)
{
	static const struct {
		struct ls_clock before, after;
		const char *refusal;
	} cases[] = {
		{ { 100, 5, 1, true }, { 100, 5, 1, true }, "" },
		{ { 100, 5, 1, true }, { 101, 5, 1, true }, "" },
		{ { 100, 5, 1, true }, { 100, 5, 2, true }, "" },
		{ { 100, 5, 1, true }, { 200, 6, 0, true }, "" }, /* a restart count begins anew */
		{ { 100, 5, 1, true }, { 90, 6, 0, false }, "" }, /* stopped without a shutdown */
		{ { 100, 5, 1, true }, { 90, 6, 0, true }, "clock.backwards" },
		{ { 100, 5, 1, true }, { 99, 5, 1, true }, "clock.backwards" },
		{ { 100, 5, 1, true }, { 99, 5, 1, false }, "clock.backwards" },
		{ { 100, 5, 1, true }, { 99, 5, 2, false }, "clock.backwards" },
		{ { 100, 5, 1, true }, { 200, 4, 9, true }, "clock.reset-count" },
		{ { 100, 5, 1, true }, { 99, 4, 1, false }, "clock.reset-count" },
		{ { 100, 5, 1, true }, { 200, 5, 0, true }, "clock.restart-count" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_error err = { 0 };
		ls_clock_check_follows(&cases[i].before, &cases[i].after, &err);
		CHECK_STR_EQ(err.id, cases[i].refusal);
	}
}

/* --- PCR lists ------------------------------------------------------------------------- */

TEST(pcr_values_are_one_text)
{
	static const char text[] =
		"sha256:0 0000000000000000000000000000000000000000000000000000000000000000\n"
		"sha256:23 aa00000000000000000000000000000000000000000000000000000000000000\n";
	struct ls_pcr_values v;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 4096);
	CHECK_INT_EQ(ls_pcr_values_parse(text, strlen(text), &v, NULL), 0);
	CHECK_INT_EQ(v.pcrs, 1 | 1 << 23);
	CHECK_INT_EQ(ls_pcr_values_format(&v, &out), 0);
	CHECK_STR_EQ(ls_buffer_str(&out), text);
	for (size_t n = 0; n < strlen(text); n++)
		if (n != 74)
			CHECK_INT_EQ(ls_pcr_values_parse(text, n, &v, NULL), -EBADMSG);
}

TEST_MAIN()
