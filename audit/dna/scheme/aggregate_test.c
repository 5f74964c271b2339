/* SPDX-License-Identifier: Apache-2.0 */
/* Several signers' one signature, and the directory that says whose keys are whose. */
#include "audit/dna/scheme/aggregate.h"

#include <errno.h>

#include "audit/dna/scheme/made_test.h"

struct fixture {
	struct ls_dna_master master;
	struct ls_dna_trust *trust;
	struct ls_dna_key *keys[3];
	struct ls_directory_entry entries[3];
	struct ls_orcid orcids[3];
};

static void begin(struct fixture *f)
{
	static const char *const names[] = { ALICE, BOB, CAROL };
	f->master = made_master("One");
	f->trust = made_trust(&f->master.params);
	for (int i = 0; i < 3; i++) {
		f->keys[i] = made_own_key(&f->master.params, names[i]);
		f->entries[i] = made_entry(f->keys[i]);
		f->orcids[i] = made_orcid(names[i]);
	}
}

static void end(struct fixture *f)
{
	for (int i = 0; i < 3; i++)
		ls_dna_key_free(f->keys[i]);
	ls_dna_trust_free(f->trust);
	ls_dna_master_wipe(&f->master);
}
#define _cleanup_fixture_ __attribute__((cleanup(end)))

static int check(const struct fixture *f, size_t count, const struct ls_digest *digest,
		 const uint8_t *signature, struct ls_error *err)
{
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	int rc = ls_dna_verifier_new(f->trust, LS_PROFILE_AGGREGATE,
				     ls_params_hint(&f->master.params), f->orcids, count, &verifier,
				     err);
	return rc < 0 ? rc : ls_dna_verifier_check(verifier, digest, signature, NULL, err);
}

TEST(any_number_of_signers_have_one_signature)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule"), another = made_digest("other");
	uint8_t sum[LS_SIGNATURE_BYTES_MAX], one[LS_SIGNATURE_BYTES_MAX];
	begin(&f);
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, sum, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, sum, NULL), 0);
	for (size_t i = 1; i < 3; i++) {
		REQUIRE(ls_dna_sign(f.keys[i], LS_PROFILE_AGGREGATE, &digest, one, NULL) == 0);
		CHECK_INT_EQ(check(&f, i + 1, &digest, sum, NULL), -EBADMSG); /* one is missing */
		REQUIRE(ls_dna_aggregate_add(sum, one, NULL) == 0);
		CHECK_INT_EQ(check(&f, i + 1, &digest, sum, NULL), 0);
		CHECK_INT_EQ(check(&f, i, &digest, sum, NULL), -EBADMSG); /* one too many */
	}
	CHECK_INT_EQ(check(&f, 3, &another, sum, NULL), -EBADMSG);
	CHECK(ls_bits_zero(sum, sizeof(sum), 382));
}

TEST(keys_that_are_joined_sign_together)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	uint8_t signature[LS_SIGNATURE_BYTES_MAX];
	struct ls_orcid signers[LS_SIGNERS_MAX];
	struct ls_error err = { 0 };
	begin(&f);
	_cleanup_dna_master_ struct ls_dna_master other = made_master("Other");
	_cleanup_dna_key_ struct ls_dna_key *again = made_own_key(&f.master.params, BOB),
					    *stranger = made_own_key(&other.params, CAROL),
					    *identity = made_key(&f.master, CAROL);
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	REQUIRE(ls_dna_key_join(f.keys[0], f.keys[1], &err) == 0);
	f.keys[1] = NULL; /* handed over */
	CHECK_INT_EQ(ls_dna_key_join(f.keys[0], again, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "dna.signers.twice");
	CHECK_INT_EQ(ls_dna_key_join(f.keys[0], stranger, &err), -EINVAL);
	CHECK_INT_EQ(ls_dna_key_join(f.keys[0], identity, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "dna.signers.keys");
	CHECK_INT_EQ(ls_dna_key_signers(f.keys[0], signers), 2);
	CHECK_STR_EQ(signers[1].text, BOB);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, signature, NULL) == 0);
	CHECK_INT_EQ(check(&f, 2, &digest, signature, NULL), 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, NULL), -EBADMSG);
}

TEST(signatures_that_are_none_are_not_added)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	uint8_t sum[LS_SIGNATURE_BYTES_MAX], zero[LS_SIGNATURE_BYTES_MAX] = { 0 },
					     inverse[LS_SIGNATURE_BYTES_MAX];
	begin(&f);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, sum, NULL) == 0);
	CHECK_INT_EQ(ls_dna_aggregate_add(sum, zero, NULL), -EBADMSG);
	memcpy(inverse, sum, sizeof(inverse));
	inverse[0] ^= 0x80; /* -S */
	CHECK_INT_EQ(ls_dna_aggregate_add(sum, inverse, NULL), -EBADMSG);
}

/*
 * A rogue key: Bob, who knows no key of Alice's, publishes X - A, so that the two keys' sum is his
 * X and he can sign for both.  He has no proof of possession for it.
 */
TEST(a_rogue_key_has_no_proof)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	blst_p2_affine alice, rogue;
	blst_p2 difference, x;
	uint8_t signature[LS_SIGNATURE_BYTES_MAX] = { 0 };
	blst_p1_affine point;
	struct ls_error err = { 0 };
	begin(&f);
	REQUIRE(ls_g2_read(f.entries[0].key, &alice) == 0);
	blst_p2_from_affine(&difference, &alice);
	blst_p2_cneg(&difference, true);
	blst_p2_from_affine(&x, &f.keys[1]->own_public);
	blst_p2_add_or_double(&difference, &difference, &x);
	blst_p2_to_affine(&rogue, &difference);
	ls_bls_sign(&f.keys[1]->own_key, LS_BLS_MOLECULE, &f.master.params.id, &digest, &point);
	ls_g1_to_bits(&point, signature, 0);
	/* the attack works where proofs are not asked for */
	blst_p2_affine both;
	blst_p2_add_or_double_affine(&difference, &difference, &alice);
	blst_p2_to_affine(&both, &difference);
	CHECK(ls_bls_verify(&both, LS_BLS_MOLECULE, &f.master.params.id, &digest, &point));
	/* even in a directory that an authority signed without looking */
	blst_p2_affine_compress(f.entries[1].key, &rogue);
	CHECK(f.entries[1].proven); /* of the key before */
	REQUIRE(made_directory(&f.master, 1, f.entries, 2, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 2, &digest, signature, &err), -ENOKEY);
	CHECK_STR_HAS(err.message, "proof of possession");
}

/* The entries as an authority's log has them, signed by it without looking. */
static void add_history(struct fixture *f, size_t count)
{
	struct ls_dna_history h = { .entries = calloc(count, sizeof(*h.entries)), .count = count };
	REQUIRE(h.entries != NULL);
	for (size_t i = 0; i < count; i++) {
		struct ls_dna_key_entry *e = &h.entries[i];
		e->orcid = f->orcids[i];
		e->until = LS_DNA_NO_END;
		memcpy(e->key, f->entries[i].key, sizeof(e->key));
		memcpy(e->proof, f->entries[i].proof, sizeof(e->proof));
		e->statement.digest = made_digest(e->orcid.text);
		ls_dna_statement_sign(&f->master, &e->statement);
	}
	REQUIRE(ls_dna_trust_set_history(f->trust, &f->master.params.id, &h, 1000, false, NULL) ==
		0);
}

TEST(a_log_of_keys_counts_and_its_keys_are_proven_and_stated)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	uint8_t sum[LS_SIGNATURE_BYTES_MAX], one[LS_SIGNATURE_BYTES_MAX];
	struct ls_error err = { 0 };
	begin(&f);
	/* a directory that would do is not asked where there is a log */
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	add_history(&f, 2);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, sum, NULL) == 0);
	REQUIRE(ls_dna_sign(f.keys[1], LS_PROFILE_AGGREGATE, &digest, one, NULL) == 0);
	REQUIRE(ls_dna_aggregate_add(sum, one, NULL) == 0);
	CHECK_INT_EQ(check(&f, 2, &digest, sum, NULL), 0);
	CHECK_INT_EQ(check(&f, 3, &digest, sum, &err), -ENOKEY);
	CHECK_STR_EQ(err.id, "dna.directory.unknown");
	struct ls_dna_key_entry *entries = f.trust->authorities[0].history.entries;
	entries[1].proof[0] ^= 0x20; /* the other point: the proof of another key */
	entries[1].checked = 0;
	CHECK_INT_EQ(check(&f, 2, &digest, sum, &err), -ENOKEY);
	CHECK_STR_HAS(err.message, "proof of possession");
	entries[1].proof[0] ^= 0x20;
	entries[1].statement.digest.bytes[0] ^= 1; /* not what the authority signed */
	entries[1].checked = 0;
	CHECK_INT_EQ(check(&f, 2, &digest, sum, &err), -ENOKEY);
}

TEST(a_withdrawn_key_is_withdrawn_in_every_directory)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	uint8_t signature[LS_SIGNATURE_BYTES_MAX];
	struct ls_error err = { 0 };
	begin(&f);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, signature, NULL) == 0);
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, NULL), 0);
	f.entries[0].withdrawn = true;
	REQUIRE(made_directory(&f.master, 2, f.entries, 3, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, &err), -ENOKEY);
	CHECK_STR_EQ(err.id, "dna.directory.withdrawn");
	/* a new key of the same signer is another key */
	_cleanup_dna_key_ struct ls_dna_key *second = made_own_key(&f.master.params, ALICE);
	f.entries[0] = made_entry(second);
	REQUIRE(made_directory(&f.master, 3, f.entries, 3, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, NULL), -EBADMSG);
	REQUIRE(ls_dna_sign(second, LS_PROFILE_AGGREGATE, &digest, signature, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, NULL), 0);
}

TEST(a_replaced_key_verifies_by_the_earlier_directory)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	uint8_t old[LS_SIGNATURE_BYTES_MAX], new[LS_SIGNATURE_BYTES_MAX];
	begin(&f);
	_cleanup_dna_key_ struct ls_dna_key *second = made_own_key(&f.master.params, ALICE);
	struct ls_directory_entry entry = made_entry(second);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, old, NULL) == 0);
	REQUIRE(ls_dna_sign(second, LS_PROFILE_AGGREGATE, &digest, new, NULL) == 0);
	REQUIRE(made_directory(&f.master, 2, &entry, 1, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, new, NULL), 0);
	CHECK_INT_EQ(check(&f, 1, &digest, old, NULL), -EBADMSG);
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, old, NULL), 0);
	CHECK_INT_EQ(check(&f, 1, &digest, new, NULL), 0);
}

TEST(a_directory_that_is_not_given_may_have_withdrawn_the_key)
{
	_cleanup_fixture_ struct fixture f;
	struct ls_digest digest = made_digest("molecule");
	uint8_t signature[LS_SIGNATURE_BYTES_MAX], new[LS_SIGNATURE_BYTES_MAX];
	struct ls_error err = { 0 };
	begin(&f);
	_cleanup_dna_key_ struct ls_dna_key *second = made_own_key(&f.master.params, ALICE);
	struct ls_directory_entry entry = made_entry(second);
	REQUIRE(ls_dna_sign(f.keys[0], LS_PROFILE_AGGREGATE, &digest, signature, NULL) == 0);
	REQUIRE(ls_dna_sign(second, LS_PROFILE_AGGREGATE, &digest, new, NULL) == 0);
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	REQUIRE(made_directory(&f.master, 3, &entry, 1, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, &err), -ENOKEY);
	CHECK_STR_EQ(err.id, "dna.directory.missing");
	CHECK_STR_HAS(err.message, "directory 2");
	CHECK_INT_EQ(check(&f, 1, &digest, new, NULL), 0);
	f.entries[0].withdrawn = true;
	REQUIRE(made_directory(&f.master, 2, f.entries, 3, f.trust, NULL) == 0);
	CHECK_INT_EQ(check(&f, 1, &digest, signature, NULL), -EBADMSG); /* by the second key's */
	CHECK_INT_EQ(check(&f, 1, &digest, new, NULL), 0);
}

TEST(directories_of_others_and_altered_ones_are_refused)
{
	_cleanup_fixture_ struct fixture f;
	_cleanup_dna_master_ struct ls_dna_master other = made_master("Other");
	_cleanup_dna_trust_ struct ls_dna_trust *empty = NULL;
	struct ls_error err = { 0 };
	begin(&f);
	CHECK_INT_EQ(made_directory(&other, 1, f.entries, 3, f.trust, &err), -ENOKEY);
	REQUIRE(ls_dna_trust_new(&empty) == 0);
	CHECK_INT_EQ(made_directory(&f.master, 1, f.entries, 3, empty, &err), -ENOKEY);
	struct ls_dna_master wrong = f.master; /* its identifier with another's key */
	wrong.directory = other.directory;
	CHECK_INT_EQ(made_directory(&wrong, 1, f.entries, 3, f.trust, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "dna.directory.signature");
	REQUIRE(made_directory(&f.master, 1, f.entries, 3, f.trust, NULL) == 0);
	CHECK_INT_EQ(made_directory(&f.master, 1, f.entries, 2, f.trust, &err), -EEXIST);
	f.entries[1] = f.entries[0];
	f.entries[1].orcid = f.orcids[1]; /* Alice's key as Bob's */
	CHECK_INT_EQ(made_directory(&f.master, 3, f.entries, 2, f.trust, &err), -1);
	CHECK_STR_EQ(err.id, "dna.directory.shared");
}

TEST(a_request_is_for_one_authority_and_proven)
{
	_cleanup_fixture_ struct fixture f;
	_cleanup_dna_master_ struct ls_dna_master other = made_master("Other");
	_cleanup_buffer_ struct ls_buffer pem;
	struct ls_directory_entry entry;
	struct ls_error err = { 0 };
	ls_buffer_init(&pem, 4096);
	begin(&f);
	REQUIRE(ls_request_to_pem(f.keys[0], &pem) == 0);
	CHECK_INT_EQ(ls_request_from_pem(pem.data, pem.size, &f.master.params, &entry, &err), 0);
	CHECK_INT_EQ(ls_request_from_pem(pem.data, pem.size, &other.params, &entry, &err),
		     -EKEYREJECTED);
	ls_buffer_clear(&pem);
	f.keys[0]->orcid = f.orcids[1];
	f.keys[0]->own_public = f.keys[1]->own_public; /* Bob's key, asked for without having it */
	REQUIRE(ls_request_to_pem(f.keys[0], &pem) == 0);
	CHECK_INT_EQ(ls_request_from_pem(pem.data, pem.size, &f.master.params, &entry, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.request.proof");
}

TEST_MAIN()
