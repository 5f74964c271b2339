/* SPDX-License-Identifier: Apache-2.0 */
/* Molecules that are really signed.  For tests. */
#ifndef LABSEAL_AUDIT_DNA_MADE_SIGNED_TEST_H
#define LABSEAL_AUDIT_DNA_MADE_SIGNED_TEST_H

#include "audit/dna/block/compose.h"
#include "audit/dna/molecule/made_test.h"
#include "audit/dna/molecule/molecule.h"
#include "audit/dna/scheme/made_test.h"
#include "audit/dna/verdict.h"

static struct ls_dna_master made_authority;
static struct ls_dna_key *made_alice;

__attribute__((unused)) static struct ls_dna_trust *made_world(void)
{
	if (!made_alice) {
		made_authority = made_master("Test authority");
		made_alice = made_key(&made_authority, ALICE);
	}
	return made_trust(&made_authority.params);
}

struct made_signer {
	const struct ls_dna_key *key;
};

__attribute__((unused)) static int made_really_sign(void *context, struct ls_block *b,
						    const struct ls_digest *digest,
						    struct ls_error *err)
{
	const struct made_signer *s = context;
	return ls_dna_sign(s->key, b->profile, digest, b->signature, err);
}

/* The signed molecule, its block before base `at`. */
__attribute__((unused)) static void made_signed_part(const struct ls_dna_key *key,
						     const uint8_t *bases, size_t n, bool circular,
						     bool segment, size_t at, unsigned errors,
						     struct ls_molecule *ret)
{
	_cleanup_rules_ struct ls_rules rules = { 0 };
	_cleanup_block_ struct ls_block b;
	_cleanup_buffer_ struct ls_buffer block, text;
	struct made_signer context = { key };
	const struct ls_block_signer signer = { made_really_sign, &context };
	const struct ls_site_of_block site = {
		.bases = bases, .n = n, .circular = circular, .at = at
	};
	struct ls_error err = { 0 };
	ls_block_init(&b);
	ls_buffer_init(&block, 1 << 20);
	ls_buffer_init(&text, 1 << 24);
	b.errors = (uint8_t)errors;
	b.segment = segment;
	b.hint = ls_dna_key_hint(key);
	b.plasmid_id = 7;
	b.signer_count = 1;
	b.signers[0] = *ls_dna_key_orcid(key);
	ls_molecule_init(ret);
	ret->topology = circular ? LS_CIRCULAR : LS_LINEAR;
	if (ls_block_compose(&b, &site, &rules, &signer, &block, &err) < 0)
		TEST_FAIL("%s", err.message);
	ls_bases_to_text(bases, at, &text);
	ls_bases_to_text(block.data, block.size, &text);
	ls_bases_to_text(bases + at, n - at, &text);
	ls_molecule_add(ret, ls_buffer_str(&text), text.size, NULL);
}

__attribute__((unused)) static void made_signed(const struct ls_dna_key *key, const uint8_t *bases,
						size_t n, bool circular, size_t at, unsigned errors,
						struct ls_molecule *ret)
{
	made_signed_part(key, bases, n, circular, false, at, errors, ret);
}

/* The bases with what was added behind base `at`. */
__attribute__((unused)) static void made_put_in(const struct ls_molecule *m, size_t at,
						const struct ls_molecule *added,
						struct ls_molecule *ret)
{
	ls_molecule_init(ret);
	ls_buffer_add(&ret->bases, m->bases.data, at);
	ls_buffer_add(&ret->bases, added->bases.data, added->bases.size);
	ls_buffer_add(&ret->bases, m->bases.data + at, m->bases.size - at);
}

/* `work` as in ls_repair_options. */
__attribute__((unused)) static enum ls_dna_outcome made_outcome_within(
	const struct ls_molecule *m, const struct ls_dna_trust *trust, uint64_t work,
	struct ls_dna_verdict *ret)
{
	const struct ls_dna_options options = {
		.trust = trust, .repair = { .effort = LS_EFFORT_DEFAULT, .work = work }
	};
	struct ls_error err = { 0 };
	int rc = ls_dna_verify(m, &options, ret, &err);
	if (rc < 0) {
		TEST_FAIL("%s", err.message);
		memset(ret, 0, sizeof *ret);
		return LS_DNA_OUTCOMES;
	}
	return ret->outcome;
}

__attribute__((unused)) static enum ls_dna_outcome made_outcome(const struct ls_molecule *m,
								const struct ls_dna_trust *trust,
								struct ls_dna_verdict *ret)
{
	return made_outcome_within(m, trust, 0, ret);
}

#endif
