/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/ed25519.h"

#include <errno.h>

#include "lib/base/p256.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

/* RFC 8032, 7.1, TEST 2: a message of one byte. */
static const char SEED[] = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
static const char PUBLIC[] = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
static const char SIGNATURE[] = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
				"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

TEST(the_standards_example)
{
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL;
	struct ls_ed25519_signer signer;
	uint8_t seed[LS_ED25519_SEED_SIZE], wanted[LS_ED25519_SIGNATURE_SIZE];
	uint8_t public[LS_ED25519_KEY_SIZE], made[LS_ED25519_SIGNATURE_SIZE];
	uint8_t again[LS_ED25519_SEED_SIZE];
	REQUIRE(ls_hex_decode(SEED, strlen(SEED), seed) == 0);
	REQUIRE(ls_hex_decode(PUBLIC, strlen(PUBLIC), public) == 0);
	REQUIRE(ls_hex_decode(SIGNATURE, strlen(SIGNATURE), wanted) == 0);
	REQUIRE(ls_ed25519_key_from_seed(seed, sizeof(seed), &key, NULL) == 0);
	ls_ed25519_key_signer(key, &signer);
	CHECK_MEM_EQ(signer.key.bytes, public, sizeof(public));
	REQUIRE(ls_ed25519_signer_sign(&signer, "\x72", 1, made, NULL) == 0);
	CHECK_MEM_EQ(made, wanted, sizeof(wanted));
	REQUIRE(ls_ed25519_key_seed(key, again, NULL) == 0);
	CHECK_MEM_EQ(again, seed, sizeof(seed));
}

TEST(what_is_not_by_the_key_is_refused)
{
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL, *other = NULL;
	struct ls_ed25519_signer signer, stranger;
	uint8_t made[LS_ED25519_SIGNATURE_SIZE];
	struct ls_error err = { 0 };
	REQUIRE(ls_ed25519_key_generate(&key, NULL) == 0);
	REQUIRE(ls_ed25519_key_generate(&other, NULL) == 0);
	ls_ed25519_key_signer(key, &signer);
	ls_ed25519_key_signer(other, &stranger);
	REQUIRE(ls_ed25519_signer_sign(&signer, "text", 4, made, NULL) == 0);
	CHECK_INT_EQ(ls_ed25519_verify(&signer.key, "text", 4, made, sizeof(made), &err), 0);
	CHECK_INT_EQ(ls_ed25519_verify(&signer.key, "texT", 4, made, sizeof(made), &err), -EBADMSG);
	CHECK_INT_EQ(ls_ed25519_verify(&signer.key, "text", 4, made, sizeof(made) - 1, &err),
		     -EBADMSG);
	CHECK_INT_EQ(ls_ed25519_verify(&stranger.key, "text", 4, made, sizeof(made), &err),
		     -EBADMSG);
	for (size_t i = 0; i < sizeof(made); i++) {
		made[i] ^= 1;
		CHECK_INT_EQ(ls_ed25519_verify(&signer.key, "text", 4, made, sizeof(made), &err),
			     -EBADMSG);
		made[i] ^= 1;
	}
	stranger.key = signer.key; /* a signer that signs with another key than it says */
	CHECK_INT_EQ(ls_ed25519_signer_sign(&stranger, "text", 4, made, &err), -EIO);
	CHECK_INT_EQ(ls_ed25519_key_from_seed(made, 31, &key, &err), -EBADMSG);
}

static void check_pem(const char *passphrase)
{
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL, *again = NULL;
	struct ls_ed25519_signer signer, read;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 16384);
	REQUIRE(ls_ed25519_key_generate(&key, NULL) == 0);
	REQUIRE(ls_ed25519_key_to_pem(key, passphrase, &pem, NULL) == 0);
	CHECK((strstr(ls_buffer_str(&pem), "ENCRYPTED") != NULL) == (passphrase != NULL));
	REQUIRE(ls_ed25519_key_from_pem(ls_buffer_str(&pem), pem.size, passphrase, &again, &err) ==
		0);
	ls_ed25519_key_signer(key, &signer);
	ls_ed25519_key_signer(again, &read);
	CHECK_MEM_EQ(read.key.bytes, signer.key.bytes, LS_ED25519_KEY_SIZE);
}

TEST(a_key_is_written_to_pem_and_read)
{
	check_pem(NULL);
	check_pem("correct horse");
}

TEST(a_passphrase_and_another_kind_of_key_are_told_apart)
{
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL, *none = NULL;
	_cleanup_p256_key_ struct ls_p256_key *other = NULL;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 16384);
	REQUIRE(ls_ed25519_key_generate(&key, NULL) == 0 &&
		ls_p256_key_generate(&other, NULL) == 0);
	REQUIRE(ls_ed25519_key_to_pem(key, "correct horse", &pem, NULL) == 0);
	CHECK_INT_EQ(ls_ed25519_key_from_pem(ls_buffer_str(&pem), pem.size, NULL, &none, &err),
		     -EKEYREJECTED);
	CHECK_INT_EQ(ls_ed25519_key_from_pem(ls_buffer_str(&pem), pem.size, "wrong", &none, &err),
		     -EKEYREJECTED);
	ls_buffer_clear(&pem);
	REQUIRE(ls_p256_key_to_pem(other, &pem, NULL) == 0);
	CHECK_INT_EQ(ls_ed25519_key_from_pem(ls_buffer_str(&pem), pem.size, NULL, &none, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "ed25519.key.pem");
	CHECK_INT_EQ(ls_ed25519_key_from_pem("", 0, NULL, &none, &err), -EBADMSG);
	CHECK(!none);
}

TEST_MAIN()
