/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/p256.h"

#include <errno.h>

#include "lib/base/test.h"

static struct ls_digest digest_of(const char *text)
{
	struct ls_digest d;
	ls_sha256_buffer(text, strlen(text), &d);
	return d;
}

TEST(signs_and_verifies)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer signer;
	struct ls_digest digest = digest_of("result"), other = digest_of("other result");
	struct ls_error err = { 0 };
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n;
	REQUIRE(ls_p256_key_generate(&key, &err) == 0);
	ls_p256_key_signer(key, &signer);
	REQUIRE(ls_signer_sign(&signer, &digest, der, &n, &err) == 0);
	CHECK_INT_EQ(ls_p256_verify(&signer.key, &digest, der, n, &err), 0);
	CHECK_INT_EQ(ls_p256_verify(&signer.key, &other, der, n, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "p256.signature");
}

TEST(every_flipped_bit_of_a_signature_is_seen)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer signer;
	struct ls_digest digest = digest_of("result");
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n;
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &signer);
	REQUIRE(ls_signer_sign(&signer, &digest, der, &n, NULL) == 0);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		der[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK_INT_EQ(ls_p256_verify(&signer.key, &digest, der, n, NULL), -EBADMSG);
		der[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK_INT_EQ(ls_p256_verify(&signer.key, &digest, der, n - 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_p256_verify(&signer.key, &digest, der, 0, NULL), -EBADMSG);
}

TEST(a_key_has_one_spelling)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer signer;
	struct ls_p256_public again;
	struct ls_error err = { 0 };
	uint8_t der[LS_P256_SPKI_SIZE + 1] = { 0 };
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &signer);
	memcpy(der, signer.key.spki, LS_P256_SPKI_SIZE);
	CHECK_INT_EQ(ls_p256_public_parse(der, LS_P256_SPKI_SIZE, &again, &err), 0);
	CHECK(ls_p256_public_equal(&again, &signer.key));
	CHECK_INT_EQ(ls_p256_public_parse(der, LS_P256_SPKI_SIZE + 1, &again, &err), -EBADMSG);
	for (size_t n = 0; n < LS_P256_SPKI_SIZE; n++)
		CHECK_INT_EQ(ls_p256_public_parse(der, n, &again, &err), -EBADMSG);
	/* one bit of y: no point of the curve has it */
	der[LS_P256_SPKI_SIZE - 1] ^= 1;
	CHECK_INT_EQ(ls_p256_public_parse(der, LS_P256_SPKI_SIZE, &again, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "p256.point");
}

TEST(a_point_is_the_same_key)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer signer;
	struct ls_p256_public again;
	uint8_t zero[LS_P256_SCALAR_SIZE] = { 0 };
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &signer);
	const uint8_t *x = signer.key.spki + LS_P256_SPKI_SIZE - 2 * LS_P256_SCALAR_SIZE;
	REQUIRE(ls_p256_public_from_point(x, x + LS_P256_SCALAR_SIZE, &again, NULL) == 0);
	CHECK(ls_p256_public_equal(&again, &signer.key));
	CHECK_INT_EQ(ls_p256_public_from_point(zero, zero, &again, NULL), -EBADMSG);
}

TEST(keys_go_through_pem)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL, *again = NULL;
	_cleanup_buffer_ struct ls_buffer private, public;
	struct ls_signer signer, signer_again;
	struct ls_p256_public parsed;
	ls_buffer_init(&private, 4096);
	ls_buffer_init(&public, 4096);
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &signer);
	REQUIRE(ls_p256_key_to_pem(key, &private, NULL) == 0);
	REQUIRE(ls_p256_key_from_pem(ls_buffer_str(&private), private.size, &again, NULL) == 0);
	ls_p256_key_signer(again, &signer_again);
	CHECK(ls_p256_public_equal(&signer.key, &signer_again.key));
	REQUIRE(ls_p256_public_to_pem(&signer.key, &public) == 0);
	REQUIRE(ls_p256_public_from_pem(ls_buffer_str(&public), public.size, &parsed, NULL) == 0);
	CHECK(ls_p256_public_equal(&parsed, &signer.key));
	ls_buffer_add_str(&public, "\n");
	CHECK_INT_EQ(ls_p256_public_from_pem(ls_buffer_str(&public), public.size, &parsed, NULL),
		     -EBADMSG);
	CHECK_INT_EQ(ls_p256_key_from_pem("nonsense", 8, &again, NULL), -EBADMSG);
}

TEST(a_raw_signature_becomes_der)
{
	/* r with its top bit set needs a zero before it; s has leading zeroes that go */
	uint8_t r[LS_P256_SCALAR_SIZE] = { 0x80 }, s[LS_P256_SCALAR_SIZE] = { 0 };
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n;
	s[31] = 0x05;
	ls_p256_signature_encode(r, s, der, &n);
	CHECK_INT_EQ(n, 2 + 2 + 33 + 2 + 1);
	CHECK_MEM_EQ(der, "\x30\x26\x02\x21\x00\x80", 6);
	CHECK_MEM_EQ(der + n - 3, "\x02\x01\x05", 3);
	memset(s, 0xff, sizeof(s));
	ls_p256_signature_encode(s, s, der, &n);
	CHECK_INT_EQ(n, LS_P256_SIGNATURE_MAX);
}

static int sign_wrongly(void *context, const struct ls_digest *digest, uint8_t *der,
			size_t *ret_size, struct ls_error *err)
{
	struct ls_signer *right = context;
	struct ls_digest other = *digest;
	other.bytes[0] ^= 1;
	return right->sign(right->context, &other, der, ret_size, err);
}

TEST(a_signer_that_signs_wrongly_is_found)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer right;
	struct ls_digest digest = digest_of("result");
	struct ls_error err = { 0 };
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n;
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &right);
	struct ls_signer wrong = { .sign = sign_wrongly, .context = &right, .key = right.key };
	CHECK_INT_EQ(ls_signer_sign(&wrong, &digest, der, &n, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "its public key does not verify");
}

/* One verifier goes from key to key, and a point off the curve leaves nothing behind. */
TEST(a_verifier_serves_many_keys)
{
	_cleanup_p256_verifier_ struct ls_p256_verifier v = { .pkey = NULL };
	struct ls_p256_key *keys[3];
	struct ls_p256_public public[3], off;
	uint8_t der[3][LS_P256_SIGNATURE_MAX];
	size_t size[3];
	struct ls_digest digest = { .bytes = { 7 } };
	for (int i = 0; i < 3; i++) {
		struct ls_signer signer;
		REQUIRE(ls_p256_key_generate(&keys[i], NULL) == 0);
		ls_p256_key_signer(keys[i], &signer);
		public[i] = signer.key;
		REQUIRE(ls_signer_sign(&signer, &digest, der[i], &size[i], NULL) == 0);
	}
	off = public[1];
	off.spki[LS_P256_SPKI_SIZE - 1] ^= 1;
	for (int i = 0; i < 450; i++) { /* and after so many changes there are two */
		int k = i % 3, s = i / 3 % 3;
		CHECK_INT_EQ(ls_p256_verifier_check(&v, &public[k], &digest, der[s], size[s], NULL),
			     k == s ? 0 : -EBADMSG);
		if (i % 5 == 4) {
			struct ls_error err = { 0 };
			CHECK_INT_EQ(
				ls_p256_verifier_check(&v, &off, &digest, der[1], size[1], &err),
				-EBADMSG);
			CHECK_STR_EQ(err.id, "p256.point");
		}
	}
	CHECK_INT_EQ(v.second != NULL, 1);
	for (int i = 0; i < 3; i++)
		ls_p256_key_free(keys[i]);
}

/* ANSI X9.62 has a third spelling of a point, 06 or 07, which OpenSSL reads as well. */
TEST(a_hybrid_point_is_refused)
{
	struct ls_p256_key *key;
	struct ls_signer signer;
	struct ls_p256_public got;
	struct ls_error err = { 0 };
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &signer);
	struct ls_p256_public hybrid = signer.key;
	hybrid.spki[LS_P256_SPKI_SIZE - 65] =
		(uint8_t)(6 + (hybrid.spki[LS_P256_SPKI_SIZE - 1] & 1));
	CHECK_INT_EQ(ls_p256_public_parse(hybrid.spki, sizeof(hybrid.spki), &got, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "p256.point");
	CHECK_INT_EQ(ls_p256_public_read(signer.key.spki, LS_P256_SPKI_SIZE, &got, NULL), 0);
	CHECK(ls_p256_public_equal(&got, &signer.key));
	ls_p256_key_free(key);
}

TEST_MAIN()
