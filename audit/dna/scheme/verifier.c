/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "audit/dna/scheme/identity.h"
#include "audit/dna/scheme/paper_client.h"
#include "audit/dna/scheme/trust.h"
#include "lib/base/cleanup.h"

#define SUMS_MAX 64 /* of keys, where signers had several */

/* One way in which the signature may hold: an authority with the hint, and there one directory. */
struct candidate {
	const struct ls_dna_params *params; /* borrowed */
	blst_fp6 lines[LS_LINES];	    /* the identity's public point */
	struct ls_identity_opened opened;   /* of verifier->signature */
	blst_p2_affine keys;		    /* the sum of the signers' (aggregate) */
	uint64_t missing; /* the directory that would say how one of them ended; 0: none */
};

struct ls_dna_verifier {
	enum ls_profile profile;
	struct ls_orcid orcid; /* the one signer of the identity-based profiles */
	struct candidate *candidates;
	size_t count;
	bool seen; /* signature is set, and whether it has a signature's form */
	bool formed;
	uint8_t signature[LS_SIGNATURE_BYTES_MAX];
};

void ls_dna_verifier_free(struct ls_dna_verifier *verifier)
{
	if (!verifier)
		return;
	free(verifier->candidates);
	free(verifier);
}

static struct candidate *add_candidate(struct ls_dna_verifier *v,
				       const struct ls_dna_params *params)
{
	struct candidate *grown = reallocarray(v->candidates, v->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	v->candidates = grown;
	struct candidate *c = &grown[v->count++];
	memset(c, 0, sizeof(*c));
	c->params = params;
	return c;
}

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
}

static int add_identity(struct ls_dna_verifier *v, const struct ls_dna_params *params,
			struct ls_error *err)
{
	struct candidate *c = add_candidate(v, params);
	blst_p2_affine public;
	if (!c)
		return out_of_memory(err);
	ls_identity_public(&params->sign, &v->orcid, &public);
	blst_precompute_lines(c->lines, &public);
	return 0;
}

static int add_paper(struct ls_dna_verifier *v, const struct ls_dna_params *params,
		     struct ls_error *err)
{
	if (!params->has_paper)
		return ls_fail(err, -ENOKEY, "dna.authority.unknown",
			       "the authority '%s' has no keys for profile 'paper'", params->name);
	return add_candidate(v, params) ? 0 : out_of_memory(err);
}

/* A key that any directory has as withdrawn is so in all. */
static const struct ls_dna_directory *withdrawn_in(const struct ls_trusted_authority *a,
						   const struct ls_directory_entry *entry)
{
	for (size_t k = 0; k < a->directory_count; k++) {
		const struct ls_directory_entry *e = ls_directory_find(&a->directories[k],
								       &entry->orcid);
		if (e && e->withdrawn && memcmp(e->key, entry->key, LS_G2_SIZE) == 0)
			return &a->directories[k];
	}
	return NULL;
}

static bool has_key(const struct ls_dna_directory *d, const struct ls_directory_entry *entry)
{
	const struct ls_directory_entry *e = ls_directory_find(d, &entry->orcid);
	return e && memcmp(e->key, entry->key, LS_G2_SIZE) == 0;
}

/*
 * A key ends in the directory after the last one that has it: there it is withdrawn, or another is
 * in its place.  If later ones are given and that one is not, nobody knows which: its number.  0:
 * it is known.
 */
static uint64_t missing_behind(const struct ls_trusted_authority *a,
			       const struct ls_dna_directory *d, const struct ls_orcid *signer)
{
	const struct ls_directory_entry *entry = ls_directory_find(d, signer);
	size_t last = 0;
	while (last < a->directory_count && !has_key(&a->directories[last], entry))
		last++;
	if (last == 0 || last == a->directory_count)
		return 0;
	uint64_t next = a->directories[last].number + 1;
	return a->directories[last - 1].number == next ? 0 : next;
}

/* One signer's key in one directory. */
static int find_key(const struct ls_trusted_authority *a, const struct ls_dna_directory *d,
		    const struct ls_orcid *signer, blst_p2_affine *ret, struct ls_error *err)
{
	struct ls_directory_entry *entry = ls_directory_find(d, signer);
	if (!entry)
		return ls_fail(err, -ENOKEY, "dna.directory.unknown",
			       "no directory that was given has a key of '%s'", signer->text);
	const struct ls_dna_directory *withdrawn = withdrawn_in(a, entry);
	if (withdrawn)
		return ls_fail(err, -ENOKEY, "dna.directory.withdrawn",
			       "'%s' withdrew the key of '%s' (directory %llu)", a->params.name,
			       signer->text, (unsigned long long)withdrawn->number);
	if (ls_directory_key(entry, ret) < 0)
		return ls_fail(err, -ENOKEY, "dna.directory.unknown",
			       "the directory's key of '%s' is none, or its proof of possession "
			       "does not hold",
			       signer->text);
	return 0;
}

/* The sum of the signers' keys in one directory. */
static int sum_keys(const struct ls_trusted_authority *a, const struct ls_dna_directory *d,
		    const struct ls_orcid *signers, size_t count, blst_p2_affine *ret,
		    struct ls_error *err)
{
	blst_p2 sum = { 0 };
	for (size_t i = 0; i < count; i++) {
		blst_p2_affine key;
		int rc = find_key(a, d, &signers[i], &key, err);
		if (rc < 0)
			return rc;
		blst_p2_add_or_double_affine(&sum, &sum, &key);
	}
	if (blst_p2_is_inf(&sum))
		return ls_fail(err, -ENOKEY, "dna.directory.unknown",
			       "the signers' keys cancel each other out");
	blst_p2_to_affine(ret, &sum);
	return 0;
}

static int add_keys(struct ls_dna_verifier *v, const struct ls_trusted_authority *a,
		    const blst_p2_affine *keys, uint64_t missing, struct ls_error *err)
{
	struct candidate *c = add_candidate(v, &a->params);
	if (!c)
		return out_of_memory(err);
	c->keys = *keys;
	c->missing = missing;
	return 0;
}

static int add_directories(struct ls_dna_verifier *v, const struct ls_trusted_authority *a,
			   const struct ls_orcid *signers, size_t count, struct ls_error *err)
{
	int rc = ls_fail(err, -ENOKEY, "dna.directory.unknown",
			 "profile 'aggregate' needs the keys of '%s': its log (--keys) or a "
			 "directory; none was given",
			 a->params.name);
	size_t before = v->count;
	for (size_t k = 0; k < a->directory_count; k++) {
		blst_p2_affine keys;
		uint64_t missing = 0;
		rc = sum_keys(a, &a->directories[k], signers, count, &keys, err);
		if (rc < 0)
			continue;
		for (size_t i = 0; i < count && missing == 0; i++)
			missing = missing_behind(a, &a->directories[k], &signers[i]);
		if (add_keys(v, a, &keys, missing, err) < 0)
			return -ENOMEM;
	}
	return v->count > before ? 0 : rc;
}

/* The key, if the authority stated it and its proof of possession holds. */
static int open_entry(const struct ls_trusted_authority *a, struct ls_dna_key_entry *e,
		      blst_p2_affine *ret, struct ls_error *err)
{
	blst_p1_affine proof;
	int checked = __atomic_load_n(&e->checked, __ATOMIC_RELAXED);
	bool is_key = ls_g2_read(e->key, ret) == 0;
	if (checked == 0) {
		checked = is_key && ls_dna_statement_holds(&a->params, &e->statement) &&
					  ls_g1_read(e->proof, &proof) == 0 &&
					  ls_bls_proven(ret, &proof)
				  ? 1
				  : -1;
		__atomic_store_n(&e->checked, checked, __ATOMIC_RELAXED);
	}
	return checked > 0 && is_key
		       ? 0
		       : ls_fail(err, -ENOKEY, "dna.directory.unknown",
				 "the log's key of '%s' is none, its proof of possession does not "
				 "hold, or '%s' did not sign the entry",
				 e->orcid.text, a->params.name);
}

/* The next key of the signer's, from *place on, that counts; *place goes behind it. */
static int next_key(const struct ls_trusted_authority *a, const struct ls_orcid *signer,
		    size_t *place, blst_p2_affine *ret, struct ls_error *err)
{
	int rc = -ENOENT;
	for (; *place < a->history.count; ++*place) {
		struct ls_dna_key_entry *e = &a->history.entries[*place];
		if (strcmp(e->orcid.text, signer->text) != 0)
			continue;
		rc = ls_dna_key_counts(e, a->at, a->at_known, err);
		if (rc == 0)
			rc = open_entry(a, e, ret, err);
		if (rc == 0) {
			++*place;
			return 0;
		}
	}
	return rc;
}

/* All sums of one key of each signer's: mostly one.  *room is how many more there may be. */
static int add_sums(struct ls_dna_verifier *v, const struct ls_trusted_authority *a,
		    const struct ls_orcid *signers, size_t count, const blst_p2 *sum, size_t *room,
		    struct ls_error *err)
{
	blst_p2_affine key;
	size_t place = 0, found = 0;
	int rc = 0;
	if (count == 0) {
		if (*room == 0 || blst_p2_is_inf(sum))
			return 0; /* keys that cancel each other out verify everything */
		--*room;
		blst_p2_to_affine(&key, sum);
		return add_keys(v, a, &key, 0, err);
	}
	while (*room > 0 && (rc = next_key(a, signers, &place, &key, err)) == 0) {
		blst_p2 more;
		found++;
		blst_p2_add_or_double_affine(&more, sum, &key);
		rc = add_sums(v, a, signers + 1, count - 1, &more, room, err);
		if (rc < 0)
			return rc;
	}
	if (found > 0)
		return 0;
	return rc == -ENOENT ? ls_fail(err, -ENOKEY, "dna.directory.unknown",
				       "the log of keys of '%s' has no key of '%s'", a->params.name,
				       signers->text)
			     : rc;
}

static int add_aggregate(struct ls_dna_verifier *v, const struct ls_trusted_authority *a,
			 const struct ls_orcid *signers, size_t count, struct ls_error *err)
{
	const blst_p2 none = { 0 };
	size_t room = SUMS_MAX, before = v->count;
	if (!a->has_history)
		return add_directories(v, a, signers, count, err);
	int rc = add_sums(v, a, signers, count, &none, &room, err);
	if (rc == 0 && v->count == before)
		return ls_fail(err, -ENOKEY, "dna.directory.unknown",
			       "the signers' keys cancel each other out");
	return rc;
}

static int check_signers(enum ls_profile profile, const struct ls_orcid *signers, size_t count,
			 struct ls_error *err)
{
	if (count == 0 || (count > 1 && profile != LS_PROFILE_AGGREGATE) ||
	    profile >= LS_PROFILE_COUNT)
		return ls_fail(err, -EINVAL, "dna.signers.count",
			       "a signature of this profile has one signer, not %zu", count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(signers[i].text, signers[k].text) == 0)
				return ls_fail(err, -EINVAL, "dna.signers.twice",
					       "'%s' is a signer twice", signers[i].text);
	return 0;
}

static int add_authority(struct ls_dna_verifier *v, const struct ls_trusted_authority *a,
			 const struct ls_orcid *signers, size_t count, struct ls_error *err)
{
	switch (v->profile) {
	case LS_PROFILE_AGGREGATE: return add_aggregate(v, a, signers, count, err);
	case LS_PROFILE_PAPER: return add_paper(v, &a->params, err);
	default: return add_identity(v, &a->params, err);
	}
}

int ls_dna_verifier_new(const struct ls_dna_trust *trust, enum ls_profile profile, uint16_t hint,
			const struct ls_orcid *signers, size_t count, struct ls_dna_verifier **ret,
			struct ls_error *err)
{
	int rc = check_signers(profile, signers, count, err);
	if (rc < 0)
		return rc;
	_cleanup_dna_verifier_ struct ls_dna_verifier *v = calloc(1, sizeof(*v));
	if (!v)
		return out_of_memory(err);
	v->profile = profile;
	v->orcid = signers[0];
	rc = ls_fail(err, -ENOKEY, "dna.authority.unknown",
		     "none of the %zu trusted authorities has the identifier's beginning %03x that "
		     "is in the block",
		     trust->count, hint);
	for (size_t i = 0; i < trust->count; i++) {
		if (ls_params_hint(&trust->authorities[i].params) != hint)
			continue;
		rc = add_authority(v, &trust->authorities[i], signers, count, err);
		if (rc < 0 && rc != -ENOKEY)
			return rc;
	}
	if (v->count == 0)
		return rc;
	*ret = ls_steal_ptr(&v);
	return 0;
}

static int not_formed(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "dna.signature.form",
		       "these bits are no signature: no point of the curve's group");
}

/* What a signature says by itself, once. */
static bool open_signature(struct ls_dna_verifier *v,
			   const uint8_t signature[static LS_SIGNATURE_BYTES_MAX])
{
	if (v->seen && memcmp(v->signature, signature, sizeof(v->signature)) == 0)
		return v->formed;
	unsigned challenge = v->profile == LS_PROFILE_STANDARD ? LS_CHALLENGE_SHORT
							       : LS_CHALLENGE_FULL;
	v->formed = ls_bits_zero(signature, LS_SIGNATURE_BYTES_MAX,
				 ls_profiles[v->profile].signature_bits);
	for (size_t i = 0; v->formed && i < v->count && v->profile <= LS_PROFILE_STANDARD_FULL; i++)
		v->formed = ls_identity_open(v->candidates[i].lines, challenge, signature,
					     &v->candidates[i].opened) == 0;
	memcpy(v->signature, signature, sizeof(v->signature));
	v->seen = true;
	return v->formed;
}

static int check_ended(const struct candidate *c, struct ls_error *err)
{
	return c->missing == 0
		       ? 0
		       : ls_fail(err, -ENOKEY, "dna.directory.missing",
				 "the signature holds by a key that later directories do not have, "
				 "and whether it was withdrawn is in directory %llu of '%s', which "
				 "was not given: give it, too",
				 (unsigned long long)c->missing, c->params->name);
}

static int check_candidate(const struct ls_dna_verifier *v, const struct candidate *c,
			   const struct ls_digest *digest, struct ls_error *err)
{
	struct ls_identity who = { c->params->id, v->orcid };
	blst_p1_affine point;
	bool holds;
	if (v->profile == LS_PROFILE_PAPER)
		return ls_paper_verify(c->params, &v->orcid, digest, v->signature, err);
	if (v->profile == LS_PROFILE_AGGREGATE) {
		if (ls_g1_from_bits(v->signature, 0, &point) < 0)
			return not_formed(err);
		holds = ls_bls_verify(&c->keys, LS_BLS_MOLECULE, &c->params->id, digest, &point);
	} else {
		holds = ls_identity_holds(&who, &c->opened, digest);
	}
	return holds ? 0
		     : ls_fail(err, -EBADMSG, "dna.signature.wrong",
			       "the signature is not over this molecule, or not its signer's");
}

int ls_dna_verifier_check(struct ls_dna_verifier *verifier, const struct ls_digest *digest,
			  const uint8_t signature[static LS_SIGNATURE_BYTES_MAX],
			  const char **ret_authority, struct ls_error *err)
{
	if (!open_signature(verifier, signature))
		return not_formed(err);
	int rc = -EBADMSG;
	for (size_t i = 0; i < verifier->count && rc == -EBADMSG; i++) {
		rc = check_candidate(verifier, &verifier->candidates[i], digest, err);
		if (rc == 0)
			rc = check_ended(&verifier->candidates[i], err);
		if (rc == 0 && ret_authority)
			*ret_authority = verifier->candidates[i].params->name;
	}
	return rc;
}
