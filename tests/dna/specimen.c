/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/made_signed_test.h"
#include "audit/dna/repair/parity.h"
#include "tests/dna/campaign.h"

static void die(const char *what, const struct ls_error *err)
{
	printf("dna-campaign: %s: %s\n", what, err->message);
	exit(4);
}

/* --- who signs ------------------------------------------------------------------- */

static void make_three(struct world *w, const struct ls_dna_master *master)
{
	static const char *const WHO[] = { ALICE, BOB, CAROL };
	struct ls_directory_entry entries[3];
	struct ls_error err = { 0 };
	for (size_t i = 0; i < 3; i++) {
		struct ls_dna_key *key = made_own_key(&master->params, WHO[i]);
		entries[i] = made_entry(key);
		if (i == 0)
			w->three = key;
		else if (ls_dna_key_join(w->three, key, &err) < 0)
			die("three signers", &err);
	}
	if (made_directory(master, 1, entries, 3, w->trust, &err) < 0)
		die("their directory", &err);
}

void world_make(struct world *w)
{
	struct ls_dna_master master = { 0 }, others;
	struct ls_error err = { 0 };
	memset(w, 0, sizeof *w);
	w->has_paper = ls_dna_master_generate("Campaign", true, &master, &err) == 0;
	if (!w->has_paper)
		master = made_master("Campaign");
	w->trust = made_trust(&master.params);
	w->alice = made_key(&master, ALICE);
	w->bob = made_key(&master, BOB);
	others = made_master("Strangers");
	w->stranger = made_key(&others, ALICE);
	make_three(w, &master);
	ls_dna_master_wipe(&master);
	ls_dna_master_wipe(&others);
}

void world_free(struct world *w)
{
	ls_dna_key_free(w->alice);
	ls_dna_key_free(w->bob);
	ls_dna_key_free(w->three);
	ls_dna_key_free(w->stranger);
	ls_dna_trust_free(w->trust);
}

/* --- what is signed -------------------------------------------------------------- */

void specimen_free(struct specimen *s)
{
	ls_molecule_free(&s->molecule);
	ls_block_free(&s->block);
}

static void fill(const struct recipe *r, const struct ls_dna_key *key, struct ls_block *b)
{
	ls_block_init(b);
	b->profile = r->profile;
	b->errors = (uint8_t)r->errors;
	b->segment = r->last > 0;
	b->hint = ls_dna_key_hint(key);
	b->plasmid_id = 4711;
	b->signer_count = ls_dna_key_signers(key, b->signers);
	if (r->document_size > 0 && ls_buffer_add(&b->document, r->document, r->document_size) < 0)
		abort();
}

/* The block's place in the text, and what is covered, of the molecule that is put together. */
static void put_together(struct specimen *s, const struct recipe *r, const uint8_t *bases, size_t n,
			 const struct ls_buffer *block)
{
	struct ls_buffer *out = &s->molecule.bases;
	ls_molecule_init(&s->molecule);
	ls_buffer_add(out, bases, r->at);
	ls_buffer_add(out, block->data, block->size);
	if (ls_buffer_add(out, bases + r->at, n - r->at) < 0)
		abort();
	s->at = r->at;
	s->crowded = r->crowded;
	s->first = r->first;
	s->covered = (r->last > 0 ? r->last - r->first : n) + block->size;
}

void specimen_make(const struct world *w, const struct recipe *r, const uint8_t *bases, size_t n,
		   struct specimen *ret)
{
	const struct ls_dna_key *key = r->key				    ? r->key
				       : r->profile == LS_PROFILE_AGGREGATE ? w->three
									    : w->alice;
	size_t last = r->last > 0 ? r->last : n;
	const struct ls_site_of_block site = { .bases = bases + r->first,
					       .n = last - r->first,
					       .circular = !r->linear && r->last == 0,
					       .at = r->at - r->first };
	struct made_signer context = { key };
	const struct ls_block_signer signer = { made_really_sign, &context };
	struct ls_rules rules = { 0 };
	struct ls_error err = { 0 };
	struct ls_buffer block;
	memset(ret, 0, sizeof *ret);
	snprintf(ret->name, sizeof ret->name, "%s", r->name);
	fill(r, key, &ret->block);
	ls_buffer_init(&block, 1 << 20);
	ls_molecule_init(&ret->molecule);
	if (ls_block_compose(&ret->block, &site, &rules, &signer, &block, &err) < 0) {
		if (!r->may_fail)
			die(r->name, &err);
		ls_buffer_free(&block);
		return;
	}
	put_together(ret, r, bases, n, &block);
	ls_block_layout(&ret->block, &ret->layout);
	size_t parity = ret->layout.at[LS_PART_END_TAG] - ret->layout.at[LS_PART_PARITY];
	ret->words = r->errors > 0 ? parity / (12 * r->errors) : 0;
	ls_buffer_free(&block);
}

void specimen_body(const struct specimen *s, struct ls_buffer *out)
{
	size_t end = s->at + s->layout.at[LS_PART_COUNT];
	ls_buffer_add(out, s->molecule.bases.data, s->at);
	if (ls_buffer_add(out, s->molecule.bases.data + end, s->molecule.bases.size - end) < 0)
		abort();
}

void specimen_assemble(const struct ls_block *b, const uint8_t *bases, size_t n, size_t at,
		       struct ls_buffer *out)
{
	static const uint8_t
		masks[LS_DOCUMENT_MAX / LS_CHUNK_BYTES + 1]; /* the first one of each */
	struct ls_parity parity = { 0 };
	struct ls_buffer data;
	struct ls_error err = { 0 };
	const struct ls_site_of_block site = {
		.bases = bases, .n = n, .circular = !b->linear, .at = at
	};
	size_t start = out->size;
	if (ls_block_head(b, masks, out, &err) < 0 || ls_block_signature(b, out) < 0)
		die("putting a block together", &err);
	ls_buffer_init(&data, n + out->size + LS_TAG_BASES);
	if (b->errors > 0 &&
	    (ls_block_parity_data(&site, out->data + start, out->size - start, &data) < 0 ||
	     ls_parity_init(&parity, data.size, b->errors, &err) < 0 ||
	     ls_parity_make(&parity, data.data, out) < 0))
		die("its parity", &err);
	ls_bases_from_text(LS_END_TAG, LS_TAG_BASES, out);
	ls_parity_free(&parity);
	ls_buffer_free(&data);
}
