/* SPDX-License-Identifier: Apache-2.0 */
/* What signs verifies, and nothing else does: another message, identity or authority, other bits,
 * and what can be made of signatures that were seen. */
#include "audit/dna/scheme/scheme.h"

#include <errno.h>

#include "audit/dna/scheme/identity.h"
#include "audit/dna/scheme/made_test.h"

static const enum ls_profile identity_profiles[] = { LS_PROFILE_STANDARD,
						     LS_PROFILE_STANDARD_FULL };

TEST(what_is_signed_verifies)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("The Authority");
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	struct ls_orcid who = made_orcid(ALICE);
	for (size_t p = 0; p < 2; p++) {
		_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
		REQUIRE(ls_dna_verifier_new(trust, identity_profiles[p], ls_dna_key_hint(alice),
					    &who, 1, &verifier, NULL) == 0);
		for (int i = 0; i < 20; i++) {
			uint8_t signature[LS_SIGNATURE_BYTES_MAX];
			const char *authority = NULL;
			char message[] = { (char)('a' + i), 0 };
			struct ls_digest digest = made_digest(message);
			REQUIRE(ls_dna_sign(alice, identity_profiles[p], &digest, signature,
					    NULL) == 0);
			CHECK(ls_bits_zero(signature, sizeof(signature),
					   ls_profiles[identity_profiles[p]].signature_bits));
			CHECK_INT_EQ(ls_dna_verifier_check(verifier, &digest, signature, &authority,
							   NULL),
				     0);
			CHECK_STR_EQ(authority, "The Authority");
		}
	}
}

TEST(another_message_identity_or_authority_does_not)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One"),
						  other = made_master("Other");
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE),
					    *false_alice = made_key(&other, ALICE);
	struct ls_digest digest = made_digest("molecule"), another = made_digest("Molecule");
	made_trust_add(trust, &other.params);
	for (size_t p = 0; p < 2; p++) {
		enum ls_profile profile = identity_profiles[p];
		uint8_t signature[LS_SIGNATURE_BYTES_MAX];
		struct ls_error err = { 0 };
		REQUIRE(ls_dna_sign(alice, profile, &digest, signature, NULL) == 0);
		CHECK_INT_EQ(
			made_check(trust, profile, &master.params, ALICE, &digest, signature, NULL),
			0);
		CHECK_INT_EQ(made_check(trust, profile, &master.params, ALICE, &another, signature,
					&err),
			     -EBADMSG);
		CHECK_STR_EQ(err.id, "dna.signature.wrong");
		CHECK_INT_EQ(
			made_check(trust, profile, &master.params, BOB, &digest, signature, NULL),
			-EBADMSG);
		CHECK_INT_EQ(
			made_check(trust, profile, &other.params, ALICE, &digest, signature, NULL),
			-EBADMSG);
		CHECK_INT_EQ(made_check(trust,
					profile == LS_PROFILE_STANDARD ? LS_PROFILE_STANDARD_FULL
								       : LS_PROFILE_STANDARD,
					&master.params, ALICE, &digest, signature, NULL),
			     -EBADMSG);
		REQUIRE(ls_dna_sign(false_alice, profile, &digest, signature, NULL) == 0);
		CHECK_INT_EQ(
			made_check(trust, profile, &master.params, ALICE, &digest, signature, NULL),
			-EBADMSG);
	}
}

/* Each bit counts, those after the last one included. */
TEST(no_other_bits_do)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_digest digest = made_digest("molecule");
	struct ls_orcid who = made_orcid(ALICE);
	uint8_t signature[LS_SIGNATURE_BYTES_MAX];
	REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD, &digest, signature, NULL) == 0);
	REQUIRE(ls_dna_verifier_new(trust, LS_PROFILE_STANDARD, ls_dna_key_hint(alice), &who, 1,
				    &verifier, NULL) == 0);
	int forms = 0;
	for (size_t i = 0; i < 8 * sizeof(signature); i++) {
		struct ls_error err = { 0 };
		signature[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		CHECK_INT_EQ(ls_dna_verifier_check(verifier, &digest, signature, NULL, &err),
			     -EBADMSG);
		forms += strcmp(err.id, "dna.signature.form") == 0;
		signature[i / 8] ^= (uint8_t)(0x80 >> i % 8);
	}
	CHECK(forms >= 130); /* those after the 510th at the least */
	CHECK_INT_EQ(ls_dna_verifier_check(verifier, &digest, signature, NULL, NULL), 0);
}

/* What is kept of a signature from one check to the next is not taken for another's. */
TEST(a_verifier_does_not_mix_signatures_up)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_digest a = made_digest("a"), b = made_digest("b");
	struct ls_orcid who = made_orcid(ALICE);
	uint8_t of_a[LS_SIGNATURE_BYTES_MAX], of_b[LS_SIGNATURE_BYTES_MAX];
	REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD, &a, of_a, NULL) == 0);
	REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD, &b, of_b, NULL) == 0);
	REQUIRE(ls_dna_verifier_new(trust, LS_PROFILE_STANDARD, ls_dna_key_hint(alice), &who, 1,
				    &verifier, NULL) == 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT_EQ(ls_dna_verifier_check(verifier, &a, of_a, NULL, NULL), 0);
		CHECK_INT_EQ(ls_dna_verifier_check(verifier, &b, of_a, NULL, NULL), -EBADMSG);
		CHECK_INT_EQ(ls_dna_verifier_check(verifier, &b, of_b, NULL, NULL), 0);
		CHECK_INT_EQ(ls_dna_verifier_check(verifier, &a, of_b, NULL, NULL), -EBADMSG);
	}
}

static void put(uint8_t *ret, unsigned challenge_bits, const uint8_t h[32], const blst_p1_affine *s)
{
	memset(ret, 0, LS_SIGNATURE_BYTES_MAX);
	ls_bits_copy(h, 256 - challenge_bits, challenge_bits, ret, 0);
	ls_g1_to_bits(s, ret, challenge_bits);
}

/*
 * The papers' public prototype signs s = H(ID)^(d H(m)): two signatures of one signer give his key
 * by the extended Euclidean algorithm, a s1 + b s2 with a h1 + b h2 = 1.  Here every combination of
 * two signatures with small coefficients, under both challenges and their combination, and the
 * key-like point that their difference gives, is tried on messages that were signed and on one that
 * was not.
 */
TEST(two_signatures_of_one_signer_give_no_third)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_digest digests[3] = { made_digest("a"), made_digest("b"), made_digest("forged") };
	struct ls_orcid who = made_orcid(ALICE);
	uint8_t seen[2][LS_SIGNATURE_BYTES_MAX], forged[LS_SIGNATURE_BYTES_MAX];
	uint8_t h[3][32] = { { 0 } };
	blst_p1_affine s[2];
	REQUIRE(ls_dna_verifier_new(trust, LS_PROFILE_STANDARD_FULL, ls_dna_key_hint(alice), &who,
				    1, &verifier, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD_FULL, &digests[i], seen[i], NULL) ==
			0);
		ls_bits_copy(seen[i], 0, 255, h[i], 1);
		REQUIRE(ls_g1_from_bits(seen[i], 255, &s[i]) == 0);
	}
	blst_scalar h1, h2, sum;
	blst_scalar_from_bendian(&h1, h[0]);
	blst_scalar_from_bendian(&h2, h[1]);
	REQUIRE(blst_sk_add_n_check(&sum, &h1, &h2));
	blst_bendian_from_scalar(h[2], &sum);
	for (int a = -2; a <= 2; a++)
		for (int b = -2; b <= 2; b++) {
			blst_p1 total = { 0 };
			blst_p1_affine point;
			for (int n = 0; n < abs(a) + abs(b); n++) {
				bool of_first = n < abs(a);
				blst_p1 step;
				blst_p1_from_affine(&step, &s[of_first ? 0 : 1]);
				blst_p1_cneg(&step, (of_first ? a : b) < 0);
				blst_p1_add_or_double(&total, &total, &step);
			}
			if (blst_p1_is_inf(&total))
				continue;
			blst_p1_to_affine(&point, &total);
			for (int c = 0; c < 3; c++)
				for (int m = 0; m < 3; m++) {
					put(forged, 255, h[c], &point);
					bool genuine = m < 2 &&
						       memcmp(forged, seen[m], sizeof(forged)) == 0;
					CHECK_INT_EQ(ls_dna_verifier_check(verifier, &digests[m],
									   forged, NULL, NULL),
						     genuine ? 0 : -EBADMSG);
				}
		}
}

/* The Euclid of the prototype's fault, carried out: the point it gives is not the signer's key. */
TEST(two_signatures_give_no_key)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	struct ls_digest digests[2] = { made_digest("a"), made_digest("b") };
	uint8_t seen[2][LS_SIGNATURE_BYTES_MAX], bytes[2][32] = { { 0 } };
	blst_p1_affine s[2], point;
	blst_p2_affine public;
	blst_scalar h[2], difference;
	for (int i = 0; i < 2; i++) {
		REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD, &digests[i], seen[i], NULL) == 0);
		ls_bits_copy(seen[i], 0, 128, bytes[i], 128);
		blst_scalar_from_bendian(&h[i], bytes[i]);
		REQUIRE(ls_g1_from_bits(seen[i], 128, &s[i]) == 0);
	}
	/* (S1 - S2) / (h1 - h2) would be d, had both the same k */
	REQUIRE(blst_sk_sub_n_check(&difference, &h[0], &h[1]));
	blst_sk_inverse(&difference, &difference);
	blst_p1 sum, minus;
	blst_p1_from_affine(&sum, &s[0]);
	blst_p1_from_affine(&minus, &s[1]);
	blst_p1_cneg(&minus, true);
	blst_p1_add_or_double(&sum, &sum, &minus);
	blst_p1_to_affine(&point, &sum);
	ls_g1_multiply(&point, &difference, &point);
	ls_identity_public(&master.params.sign, &alice->orcid, &public);
	CHECK(ls_identity_key_fits(&alice->sign, &public));
	CHECK(!ls_identity_key_fits(&point, &public));
}

/* Two signatures of the same digest: another k each. */
TEST(each_signature_has_its_own_randomness)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	struct ls_digest digest = made_digest("a");
	uint8_t one[LS_SIGNATURE_BYTES_MAX], two[LS_SIGNATURE_BYTES_MAX];
	REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD, &digest, one, NULL) == 0);
	REQUIRE(ls_dna_sign(alice, LS_PROFILE_STANDARD, &digest, two, NULL) == 0);
	CHECK(memcmp(one, two, sizeof(one)) != 0);
}

TEST(points_that_are_none_are_refused)
{
	static const uint8_t infinity[LS_G1_SIZE] = { 0xc0 };
	uint8_t bytes[LS_G1_SIZE], g2[LS_G2_SIZE] = { 0xc0 };
	blst_p1_affine p;
	blst_p2_affine q;
	CHECK_INT_EQ(ls_g1_read(infinity, &p), -EBADMSG);
	CHECK_INT_EQ(ls_g2_read(g2, &q), -EBADMSG);
	memset(bytes, 0xff, sizeof(bytes)); /* x is not below p */
	CHECK_INT_EQ(ls_g1_read(bytes, &p), -EBADMSG);
	/* on the curve, and outside the group: x = 4 is the first such */
	int off_curve = 0, outside = 0;
	for (uint8_t x = 0; x < 40; x++) {
		blst_p1_affine any;
		memset(bytes, 0, sizeof(bytes));
		bytes[0] = 0x80;
		bytes[LS_G1_SIZE - 1] = x;
		if (blst_p1_uncompress(&any, bytes) != BLST_SUCCESS)
			off_curve++;
		else if (!blst_p1_affine_in_g1(&any))
			outside++;
		CHECK_INT_EQ(ls_g1_read(bytes, &p), -EBADMSG);
	}
	CHECK(off_curve > 5 && outside > 5);
	blst_p1_affine_compress(bytes, blst_p1_affine_generator());
	CHECK_INT_EQ(ls_g1_read(bytes, &p), 0);
	bytes[0] &= 0x7f; /* the same point, not marked as compressed */
	CHECK_INT_EQ(ls_g1_read(bytes, &p), -EBADMSG);
}

TEST(who_is_not_known_is_said)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One"),
						  other = made_stranger(
							  "Other", ls_params_hint(&master.params));
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	struct ls_digest digest = made_digest("a");
	uint8_t signature[LS_SIGNATURE_BYTES_MAX] = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_STANDARD, &other.params, ALICE, &digest,
				signature, &err),
		     -ENOKEY);
	CHECK_STR_EQ(err.id, "dna.authority.unknown");
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_AGGREGATE, &master.params, ALICE, &digest,
				signature, &err),
		     -ENOKEY);
	CHECK_STR_EQ(err.id, "dna.directory.unknown");
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_PAPER, &master.params, ALICE, &digest, signature,
				&err),
		     -ENOKEY);
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_STANDARD, &master.params, ALICE, &digest,
				signature, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.signature.form");
	struct ls_dna_verifier *verifier = NULL;
	struct ls_orcid two[] = { made_orcid(ALICE), made_orcid(BOB) };
	CHECK_INT_EQ(ls_dna_verifier_new(trust, LS_PROFILE_STANDARD, ls_params_hint(&master.params),
					 two, 2, &verifier, &err),
		     -EINVAL);
	CHECK_INT_EQ(ls_dna_verifier_new(trust, LS_PROFILE_AGGREGATE,
					 ls_params_hint(&master.params), two, 0, &verifier, &err),
		     -EINVAL);
	two[1] = two[0];
	CHECK_INT_EQ(ls_dna_verifier_new(trust, LS_PROFILE_AGGREGATE,
					 ls_params_hint(&master.params), two, 2, &verifier, &err),
		     -EINVAL);
	CHECK_STR_EQ(err.id, "dna.signers.twice");
}

TEST_MAIN()
