/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/together/together.h"

#include <errno.h>

#include "audit/dna/molecule/made_test.h"
#include "audit/dna/molecule/molecule.h"
#include "audit/dna/scheme/made_test.h"
#include "lib/base/test.h"

#define BASES 600

/* Signers of one authority, a molecule, and its draft. */
struct world {
	size_t count;
	struct ls_dna_master authority;
	struct ls_dna_key *keys[2];
	struct ls_molecule molecule;
	struct ls_rules rules; /* none */
	struct ls_dna_signing signing;
	struct ls_dna_draft draft;
};

static void make(struct world *w, size_t count)
{
	struct ls_dna_signed said = { 0 };
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bases, letters, text;
	const struct ls_orcid signers[2] = { made_orcid(ALICE), made_orcid(BOB) };
	memset(w, 0, sizeof(*w));
	w->count = count;
	ls_buffer_init(&letters, BASES);
	ls_buffer_init(&text, LS_DNA_DRAFT_MAX);
	made_random(1, BASES, &bases);
	ls_bases_to_text(bases.data, BASES, &letters);
	ls_molecule_init(&w->molecule);
	ls_molecule_add(&w->molecule, ls_buffer_str(&letters), letters.size, NULL);
	w->molecule.topology = LS_CIRCULAR;
	w->authority = made_master("Test authority");
	w->keys[0] = made_own_key(&w->authority.params, ALICE);
	w->keys[1] = made_own_key(&w->authority.params, BOB);
	w->signing = (struct ls_dna_signing){ .profile = LS_PROFILE_AGGREGATE,
					      .plasmid_id = 7,
					      .at = 200,
					      .topology = LS_CIRCULAR,
					      .rules = &w->rules };
	ls_dna_draft_init(&w->draft);
	CHECK_INT_EQ(ls_dna_draft_make(&w->signing, &w->authority.params, signers, count,
				       &w->molecule, NULL, &text, &said, &err),
		     0);
	CHECK_INT_EQ(ls_dna_draft_parse(text.data, text.size, &w->draft, &err), 0);
}

static void drop(struct world *w)
{
	ls_dna_draft_free(&w->draft);
	ls_molecule_free(&w->molecule);
	ls_dna_key_free(w->keys[0]);
	ls_dna_key_free(w->keys[1]);
	ls_dna_master_wipe(&w->authority);
}

/* Each signer's part of the draft as it is now, and their join; its length in *ret. */
static int sign_and_join(struct world *w, size_t *ret, struct ls_error *err)
{
	static struct ls_dna_part parts[2];
	struct ls_dna_signed said = { 0 };
	_cleanup_buffer_ struct ls_buffer text, out;
	ls_buffer_init(&text, LS_DNA_PART_MAX);
	ls_buffer_init(&out, 1 << 20);
	for (size_t i = 0; i < w->count; i++) {
		ls_buffer_clear(&text);
		CHECK_INT_EQ(ls_dna_part_make(&w->draft, w->keys[i], &w->molecule, &text, err), 0);
		CHECK_INT_EQ(ls_dna_part_parse(text.data, text.size, &parts[i], err), 0);
	}
	int rc = ls_dna_join(&w->draft, parts, w->count, &w->signing, &w->molecule, NULL, true,
			     &out, &said, err);
	*ret = out.size;
	return rc;
}

TEST(two_parts_make_a_molecule)
{
	struct world w;
	struct ls_error err = { 0 };
	size_t size = 0;
	make(&w, 2);
	CHECK_INT_EQ(sign_and_join(&w, &size, &err), 0);
	CHECK(size > BASES);
	drop(&w);
}

/* Signatures that hold over what the draft says are none over a block that says something else. */
TEST(what_was_signed_must_be_what_is_written)
{
	struct world w;
	struct ls_error err = { 0 };
	size_t size = 0;
	make(&w, 1);
	w.draft.block.profile = LS_PROFILE_STANDARD; /* a join writes aggregate, whatever it says */
	CHECK_INT_EQ(sign_and_join(&w, &size, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "dna.part.signature");
	CHECK_INT_EQ(size, 0);
	drop(&w);
}

TEST_MAIN()
