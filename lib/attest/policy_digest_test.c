/* SPDX-License-Identifier: Apache-2.0 */
/* The constants were computed with Python's hashlib; lib/tpm/keys_test.c shows that a TPM agrees.
 */
#include "lib/attest/policy_digest.h"

#include <errno.h>

#include "lib/base/test.h"

/* The base point of P-256 (SEC 2). */
static const uint8_t base_x[32] = { 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
				    0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
				    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
				    0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96 };
static const uint8_t base_y[32] = { 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b,
				    0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
				    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
				    0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5 };

static const struct ls_digest pcr = { { [0 ... 31] = 0x11 } };

static void check_hex(const struct ls_digest *digest, const char *wanted)
{
	char hex[LS_DIGEST_HEX_SIZE];
	CHECK_STR_EQ(ls_digest_hex(digest, hex), wanted);
}

TEST(policy_pcr_and_approval)
{
	struct ls_digest digest;
	ls_policy_pcr_digest(&pcr, &digest);
	check_hex(&digest, "6816021cbb61cb43076785eac5f3a5da408c25b75f12926ed516e4ceaa5703af");
	ls_policy_approval_digest(&digest, LS_POLICY_REF, strlen(LS_POLICY_REF), &digest);
	check_hex(&digest, "3a709301e2571f9221ee3533ad0239182045e12df519befd698092a3d1e78142");
}

TEST(policy_with_the_counter)
{
	struct ls_digest digest;
	ls_policy_approved_digest(&pcr, 0x0102030405060708, &digest);
	check_hex(&digest, "bdb2f288c834b5bfe813ca3659eff923474e20abcee1bd0e854139f44e5ca9f6");
}

TEST(policy_authorize)
{
	struct ls_tpm_name name = { { 0x00, 0x0b, [2 ... 33] = 0x22 } };
	struct ls_digest digest;
	ls_policy_authorize_digest(&name, LS_POLICY_REF, strlen(LS_POLICY_REF), &digest);
	check_hex(&digest, "5e2169f57591e6aaf25d0986eda0d08803a800dbceaca97076df9f8477adc46f");
}

TEST(name_of_the_authority)
{
	struct ls_p256_public key;
	struct ls_tpm_name name;
	struct ls_digest digest;
	REQUIRE(ls_p256_public_from_point(base_x, base_y, &key, NULL) == 0);
	ls_authority_name(&key, &name);
	CHECK_INT_EQ(name.bytes[0], 0x00);
	CHECK_INT_EQ(name.bytes[1], 0x0b);
	memcpy(digest.bytes, name.bytes + 2, LS_DIGEST_SIZE);
	check_hex(&digest, "19366a7e682a0589dc1096b44aab74b7942f84b386b94eab81013d9970daf605");
}

TEST(an_approval_verifies_and_nothing_else_does)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL, *other = NULL;
	struct ls_signer authority, foreign;
	uint8_t sig[LS_P256_SIGNATURE_MAX];
	size_t n;
	struct ls_error err = { 0 };
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0 && ls_p256_key_generate(&other, NULL) == 0);
	ls_p256_key_signer(key, &authority);
	ls_p256_key_signer(other, &foreign);
	CHECK_INT_EQ(ls_policy_approve(&authority, &pcr, 7, "ref", 3, sig, &n, &err), 0);
	CHECK_INT_EQ(ls_policy_approval_verify(&authority.key, &pcr, 7, "ref", 3, sig, n, &err), 0);
	CHECK_INT_EQ(ls_policy_approval_verify(&foreign.key, &pcr, 7, "ref", 3, sig, n, &err),
		     -EBADMSG);
	CHECK_STR_HAS(err.message, "approval");
	CHECK_INT_EQ(ls_policy_approval_verify(&authority.key, &pcr, 7, "reg", 3, sig, n, NULL),
		     -EBADMSG);
	CHECK_INT_EQ(ls_policy_approval_verify(&authority.key, &pcr, 8, "ref", 3, sig, n, NULL),
		     -EBADMSG);
	struct ls_digest another = pcr;
	another.bytes[31] ^= 1;
	CHECK_INT_EQ(ls_policy_approval_verify(&authority.key, &another, 7, "ref", 3, sig, n, NULL),
		     -EBADMSG);
}

TEST(a_long_reference_is_refused)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer authority;
	uint8_t sig[LS_P256_SIGNATURE_MAX];
	size_t n;
	char ref[LS_POLICY_REF_MAX + 1] = { 0 };
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &authority);
	CHECK_INT_EQ(ls_policy_approve(&authority, &pcr, 7, ref, sizeof(ref), sig, &n, NULL),
		     -EINVAL);
	CHECK_INT_EQ(
		ls_policy_approval_verify(&authority.key, &pcr, 7, ref, sizeof(ref), sig, 0, NULL),
		-EBADMSG);
}

TEST_MAIN()
