/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "audit/dna/scheme/identity.h"
#include "audit/dna/scheme/key.h"
#include "audit/dna/scheme/paper_client.h"

bool ls_dna_key_signs(const struct ls_dna_key *key, enum ls_profile profile)
{
	switch (profile) {
	case LS_PROFILE_STANDARD:
	case LS_PROFILE_STANDARD_FULL: return !key->own;
	case LS_PROFILE_AGGREGATE: return key->own;
	case LS_PROFILE_PAPER: return !key->own && key->params.has_paper;
	default: return false;
	}
}

static int cannot(const struct ls_dna_key *key, enum ls_profile profile, struct ls_error *err)
{
	const char *name = profile < LS_PROFILE_COUNT ? ls_profiles[profile].name : "?";
	if (key->own)
		return ls_fail(err, -EINVAL, "dna.key.profile",
			       "this is a signer's own key, for profile 'aggregate'; profile '%s' "
			       "needs an "
			       "identity key (labseal dna authority extract)",
			       name);
	if (profile == LS_PROFILE_AGGREGATE)
		return ls_fail(
			err, -EINVAL, "dna.key.profile",
			"this is an identity key; profile 'aggregate' needs a signer's own key "
			"(labseal dna authority own)");
	return ls_fail(
		err, -EINVAL, "dna.key.profile",
		"the authority '%s' has no keys for profile '%s': it was made without --paper",
		key->params.name, name);
}

int ls_dna_key_join(struct ls_dna_key *key, struct ls_dna_key *other, struct ls_error *err)
{
	struct ls_dna_key *last = key;
	if (!key->own || !other->own || !ls_digest_equal(&key->params.id, &other->params.id))
		return ls_fail(err, -EINVAL, "dna.signers.keys",
			       "several sign together with keys of their own, which one "
			       "authority's directory "
			       "has (labseal dna authority own)");
	for (size_t count = 1;; last = last->next, count++) {
		if (strcmp(last->orcid.text, other->orcid.text) == 0)
			return ls_fail(err, -EINVAL, "dna.signers.twice", "'%s' is a signer twice",
				       other->orcid.text);
		if (count >= LS_SIGNERS_MAX)
			return ls_fail(err, -EINVAL, "dna.signers.count",
				       "at most %d sign together", LS_SIGNERS_MAX);
		if (!last->next)
			break;
	}
	last->next = other;
	return 0;
}

size_t ls_dna_key_signers(const struct ls_dna_key *key, struct ls_orcid ret[static LS_SIGNERS_MAX])
{
	size_t count = 0;
	for (; key; key = key->next)
		ret[count++] = key->orcid;
	return count;
}

static int sign_together(const struct ls_dna_key *key, const struct ls_digest *digest,
			 uint8_t bits[static LS_SIGNATURE_BYTES_MAX], struct ls_error *err)
{
	blst_p1_affine point;
	ls_bls_sign(&key->own_key, LS_BLS_MOLECULE, &key->params.id, digest, &point);
	ls_g1_to_bits(&point, bits, 0);
	int rc = 0;
	for (key = key->next; key && rc == 0; key = key->next) {
		uint8_t other[LS_SIGNATURE_BYTES_MAX] = { 0 };
		ls_bls_sign(&key->own_key, LS_BLS_MOLECULE, &key->params.id, digest, &point);
		ls_g1_to_bits(&point, other, 0);
		rc = ls_dna_aggregate_add(bits, other, err);
	}
	return rc;
}

int ls_dna_sign(const struct ls_dna_key *key, enum ls_profile profile,
		const struct ls_digest *digest, uint8_t ret[static LS_SIGNATURE_BYTES_MAX],
		struct ls_error *err)
{
	uint8_t bits[LS_SIGNATURE_BYTES_MAX] = { 0 };
	struct ls_identity who = { key->params.id, key->orcid };
	int rc = 0;
	if (!ls_dna_key_signs(key, profile))
		return cannot(key, profile, err);
	if (profile == LS_PROFILE_AGGREGATE) {
		rc = sign_together(key, digest, bits, err);
	} else if (profile == LS_PROFILE_PAPER) {
		rc = ls_paper_sign(&key->params, &key->orcid, key->paper, digest, bits, err);
	} else {
		unsigned challenge = profile == LS_PROFILE_STANDARD ? LS_CHALLENGE_SHORT
								    : LS_CHALLENGE_FULL;
		rc = ls_identity_sign(&who, &key->sign, digest, challenge, bits, err);
	}
	if (rc == 0)
		memcpy(ret, bits, sizeof(bits));
	return rc;
}

static bool take_point(const uint8_t bits[static LS_SIGNATURE_BYTES_MAX], blst_p1_affine *ret)
{
	return ls_bits_zero(bits, LS_SIGNATURE_BYTES_MAX, LS_G1_BITS) &&
	       ls_g1_from_bits(bits, 0, ret) == 0;
}

int ls_dna_aggregate_add(uint8_t sum[static LS_SIGNATURE_BYTES_MAX],
			 const uint8_t other[static LS_SIGNATURE_BYTES_MAX], struct ls_error *err)
{
	blst_p1_affine a, b;
	blst_p1 both;
	if (!take_point(sum, &a) || !take_point(other, &b))
		return ls_fail(err, -EBADMSG, "dna.signature.form",
			       "what is to be added is no signature");
	blst_p1_from_affine(&both, &a);
	blst_p1_add_or_double_affine(&both, &both, &b);
	if (blst_p1_is_inf(&both))
		return ls_fail(err, -EBADMSG, "dna.signature.form",
			       "the two signatures cancel each other out");
	blst_p1_to_affine(&a, &both);
	memset(sum, 0, LS_SIGNATURE_BYTES_MAX);
	ls_g1_to_bits(&a, sum, 0);
	return 0;
}
