/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/compose.h"

#include <errno.h>
#include <fcntl.h>

#include "audit/dna/block/made_block_test.h"
#include "audit/dna/block/mask.h"
#include "audit/dna/block/tag_copies.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/molecule/made_test.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

static int rules(const char *text, struct ls_rules *r, struct ls_error *err)
{
	return ls_rules_parse("test", (const uint8_t *)text, strlen(text), r, err);
}

static int composed(enum ls_profile profile, unsigned errors, size_t document,
		    const char *rule_text, const struct ls_buffer *molecule, bool circular,
		    size_t at, struct ls_block *b, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_rules_ struct ls_rules r = { 0 };
	const struct ls_block_signer signer = { made_sign, NULL };
	const struct ls_site_of_block site = {
		.bases = molecule->data, .n = molecule->size, .circular = circular, .at = at
	};
	made_fields(b, profile, errors);
	for (size_t i = 0; i < document; i++)
		ls_buffer_add_u8(&b->document, 'a'); /* a run, but for its mask */
	ls_buffer_init(out, 1 << 20);
	int rc = rule_text ? rules(rule_text, &r, err) : ls_rules_load("twist", &r, err);
	return rc < 0 ? rc : ls_block_compose(b, &site, &r, &signer, out, err);
}

/* The rules, by counting. */
static void check_twist(const uint8_t *bases, size_t n, size_t block, size_t size)
{
	for (size_t i = 0; i + 50 <= n; i++) {
		size_t gc = 0, in = 0;
		for (size_t j = i; j < i + 50; j++) {
			gc += bases[j] == 1 || bases[j] == 2;
			in += j >= block && j < block + size;
		}
		if (in >= 25)
			CHECK(2 * gc >= 35 && 2 * gc <= 65);
	}
	for (size_t i = block > 4 ? block - 4 : 0, run = 0; i < n && i < block + size; i++) {
		run = i > 0 && bases[i] == bases[i - 1] ? run + 1 : 1;
		CHECK(run <= (bases[i] == 0 || bases[i] == 3 ? 4u : 9u));
	}
	static const uint8_t SITES[][5] = { { 2, 2, 0, 2, 2 }, { 1, 1, 3, 1, 1 } };
	for (size_t i = block > 4 ? block - 4 : 0; i + 5 <= n && i < block + size; i++)
		for (int s = 0; s < 2; s++)
			CHECK(memcmp(bases + i, SITES[s], 5) != 0);
}

static void insert(const struct ls_buffer *molecule, size_t at, const struct ls_buffer *block,
		   struct ls_buffer *whole)
{
	ls_buffer_init(whole, molecule->size + block->size);
	ls_buffer_add(whole, molecule->data, at);
	ls_buffer_add(whole, block->data, block->size);
	ls_buffer_add(whole, molecule->data + at, molecule->size - at);
}

TEST(blocks_of_all_profiles_satisfy_the_rules)
{
	for (int p = 0; p < LS_PROFILE_COUNT; p++) {
		for (unsigned errors = 0; errors < 11; errors += 5) {
			_cleanup_buffer_ struct ls_buffer molecule, out, whole;
			_cleanup_block_ struct ls_block b;
			struct ls_error err = { 0 };
			size_t at = 700;
			made_random((uint64_t)p * 100 + errors, 2700, &molecule);
			int rc = composed((enum ls_profile)p, errors, errors * 40, NULL, &molecule,
					  true, at, &b, &out, &err);
			CHECK_STR_EQ(err.message, "");
			CHECK_INT_EQ(rc, 0);
			insert(&molecule, at, &out, &whole);
			check_twist(whole.data, whole.size, at, out.size);
			CHECK_INT_EQ(ls_tag_copies(out.data, out.size, 0, out.size - LS_TAG_BASES,
						   2, NULL),
				     0);
			struct ls_block read;
			struct ls_layout l;
			CHECK_INT_EQ(ls_block_read(out.data, out.size, &read, &l, &err), 0);
			CHECK_INT_EQ(l.at[LS_PART_COUNT], out.size);
			CHECK_INT_EQ(read.length, 2700);
			CHECK_INT_EQ(read.document.size, errors * 40);
			ls_block_free(&read);
		}
	}
}

/* The signature is over what the page says, and place and length are right for every joint. */
TEST(what_is_signed_is_the_digest_of_the_canonical_molecule)
{
	_cleanup_buffer_ struct ls_buffer molecule;
	made_random(7, 300, &molecule);
	for (size_t at = 0; at <= 300; at += 20) {
		for (int circular = 0; circular < 2; circular++) {
			if (circular && at == 300)
				continue;
			_cleanup_buffer_ struct ls_buffer out;
			_cleanup_block_ struct ls_block b;
			_cleanup_canonical_ struct ls_canonical c = { 0 };
			struct ls_error err = { 0 };
			struct ls_digest digest;
			struct ls_layout l;
			uint8_t wanted[LS_SIGNATURE_BYTES_MAX];
			REQUIRE(composed(LS_PROFILE_STANDARD, 0, 0, "name any\n", &molecule,
					 circular, at, &b, &out, &err) == 0);
			REQUIRE(ls_canonical_make(molecule.data, 300, circular, &c, NULL) == 0);
			CHECK_INT_EQ(b.place, ls_canonical_joint(&c, circular, at));
			CHECK_INT_EQ(b.linear, !circular);
			ls_block_layout(&b, &l);
			ls_block_digest(&b, c.bases.data, c.bases.size, out.data,
					l.at[LS_PART_SIGNATURE], &digest, NULL);
			made_signature(LS_PROFILE_STANDARD, &digest, wanted);
			CHECK_MEM_EQ(b.signature, wanted, sizeof wanted);
		}
	}
}

TEST(what_no_block_can_satisfy_is_said)
{
	static const struct {
		const char *rules, *says;
	} CASES[] = { { "site acctattg\n", "the site acctattg at 7" }, /* in the start tag */
		      { "gc block 90 100\n", "% GC in" },
		      { "run acgt 1\n", "in a row" },
		      { "site nnnn\n", "the site nnnn" } };
	_cleanup_buffer_ struct ls_buffer molecule;
	made_random(3, 500, &molecule);
	for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
		_cleanup_buffer_ struct ls_buffer out;
		_cleanup_block_ struct ls_block b;
		struct ls_error err = { 0 };
		CHECK_INT_EQ(composed(LS_PROFILE_PAPER, 0, 0, CASES[i].rules, &molecule, true, 10,
				      &b, &out, &err),
			     -EDOM);
		CHECK_STR_EQ(err.id, "dna.rules.impossible");
		CHECK_STR_HAS(err.message, CASES[i].says);
		CHECK_STR_HAS(err.message, "rules of 'test'");
		CHECK_INT_EQ(out.size, 0);
	}
}

/* A joint with the molecule is judged, too: five t's before a block of any kind are the molecule's.
 */
/* Thousands of bases of parity, as millions of bases have, hardly ever satisfy the rules: that is
 * said before each of the draws has cost a parity of all the molecule. */
TEST(a_long_molecules_draws_are_bounded)
{
	_cleanup_rules_ struct ls_rules r = { 0 };
	_cleanup_block_ struct ls_block b;
	_cleanup_buffer_ struct ls_buffer molecule, out;
	size_t signatures = 0;
	const struct ls_block_signer signer = { made_sign, &signatures };
	struct ls_error err = { 0 };
	made_random(77, 3000000, &molecule);
	const struct ls_site_of_block site = {
		.bases = molecule.data, .n = molecule.size, .circular = true, .at = 5
	};
	made_fields(&b, LS_PROFILE_STANDARD, 2);
	ls_buffer_init(&out, 1 << 20);
	REQUIRE(ls_rules_load("twist", &r, &err) == 0);
	CHECK_INT_EQ(ls_block_compose(&b, &site, &r, &signer, &out, &err), -EDOM);
	CHECK_STR_EQ(err.id, "dna.rules.impossible");
	CHECK_STR_HAS(err.message, "of parity");
	CHECK(signatures > 10 && signatures < 100);
}

TEST(a_run_over_the_joint_is_the_blocks)
{
	_cleanup_buffer_ struct ls_buffer molecule, out, again;
	_cleanup_block_ struct ls_block b, b2;
	struct ls_error err = { 0 };
	made_bases("acgtacgatcgatcatcgatcgactttttacgatcgatcgactagctagcatcgacta", &molecule);
	CHECK_INT_EQ(
		composed(LS_PROFILE_PAPER, 0, 0, "run t 4\n", &molecule, true, 29, &b, &out, &err),
		-EDOM); /* the start tag begins with t */
	CHECK_INT_EQ(composed(LS_PROFILE_PAPER, 0, 0, "run t 4\n", &molecule, true, 12, &b2, &again,
			      &err),
		     0);
}

/* The start tag begins with tcg: copies before it go on into the block. */
TEST(copies_in_a_row_over_the_joint_are_the_blocks)
{
	static const struct {
		const char *before, *rule;
	} CASES[] = { { "tctctctctctctctc", "tandem 2 8\n" }, { "tcgtcgtcgtcg", "tandem 3 4\n" } };
	for (size_t i = 0; i < 2; i++) {
		_cleanup_buffer_ struct ls_buffer molecule, copies, out, again;
		_cleanup_block_ struct ls_block b, b2;
		struct ls_error err = { 0 };
		made_random(21, 200, &molecule);
		made_bases(CASES[i].before, &copies);
		memcpy(molecule.data + 100, copies.data, copies.size);
		CHECK_INT_EQ(composed(LS_PROFILE_PAPER, 0, 0, CASES[i].rule, &molecule, true,
				      100 + copies.size, &b, &out, &err),
			     -EDOM);
		CHECK_STR_HAS(err.message, "copies in a row");
		CHECK_INT_EQ(composed(LS_PROFILE_PAPER, 0, 0, CASES[i].rule, &molecule, true, 50,
				      &b2, &again, &err),
			     0);
	}
}

static size_t run_at(const uint8_t *bases, size_t n, size_t first)
{
	size_t run = 1;
	while (first + run < n && bases[first + run] == bases[first])
		run++;
	return run;
}

/* The percentage of g and c, and no window of the block's out of its bounds. */
static void check_windows(const struct ls_buffer *b, size_t window, size_t low, size_t high)
{
	for (size_t i = 0; i + window <= b->size; i++) {
		size_t gc = 0;
		for (size_t j = i; j < i + window; j++)
			gc += b->data[j] == LS_BASE_C || b->data[j] == LS_BASE_G;
		CHECK(100 * gc >= low * window && 100 * gc <= high * window);
	}
}

TEST(blocks_for_idt)
{
	for (uint64_t seed = 0; seed < 8; seed++) {
		_cleanup_buffer_ struct ls_buffer molecule, out;
		_cleanup_block_ struct ls_block b;
		_cleanup_rules_ struct ls_rules r = { 0 };
		struct ls_error err = { 0 };
		const struct ls_block_signer signer = { made_sign, NULL };
		made_random(seed, 900, &molecule);
		const struct ls_site_of_block site = {
			.bases = molecule.data, .n = 900, .circular = true, .at = 400
		};
		made_fields(&b, LS_PROFILE_STANDARD_FULL, 3);
		ls_buffer_init(&out, 10000);
		REQUIRE(ls_rules_load("idt", &r, &err) == 0);
		CHECK_INT_EQ(ls_block_compose(&b, &site, &r, &signer, &out, &err), 0);
		check_windows(&out, 100, 28, 76);
		check_windows(&out, 20, 15, 90);
		check_windows(&out, out.size, 25, 68);
		for (size_t i = 0; i < out.size; i++)
			CHECK(run_at(out.data, out.size, i) <=
			      (out.data[i] == LS_BASE_A || out.data[i] == LS_BASE_T ? 12u : 5u));
	}
}

TEST(repeats_of_the_molecule_and_of_the_block)
{
	_cleanup_buffer_ struct ls_buffer molecule, out;
	_cleanup_block_ struct ls_block b;
	struct ls_error err = { 0 };
	/* the molecule has the start tag's first 14 bases, reversed */
	made_bases("acgtacgatcgatcatcgatcgaccaataggttggcgatcgatcgatcgactagctagcatcgacta",
		   &molecule);
	CHECK_INT_EQ(
		composed(LS_PROFILE_PAPER, 0, 0, "repeat 11\n", &molecule, true, 3, &b, &out, &err),
		-EDOM);
	CHECK_STR_HAS(err.message, "are there twice");
	_cleanup_buffer_ struct ls_buffer longer, out2;
	_cleanup_block_ struct ls_block b2;
	made_random(11, 4000, &longer);
	CHECK_INT_EQ(composed(LS_PROFILE_STANDARD, 0, 0, "repeat 11\n", &longer, true, 3, &b2,
			      &out2, &err),
		     0);
}

/* The n bases at i are there again, or their complements are, before i. */
static bool is_there_again(const struct ls_buffer *b, size_t i, size_t n)
{
	uint8_t other[32];
	memcpy(other, b->data + i, n);
	ls_bases_reverse_complement(other, n);
	for (size_t k = 0; k < i; k++)
		if (memcmp(b->data + k, b->data + i, n) == 0 || memcmp(b->data + k, other, n) == 0)
			return true;
	return false;
}

/* Chunk by chunk: each is held to all that is written before it. */
TEST(repeats_and_runs_in_long_documentation)
{
	_cleanup_buffer_ struct ls_buffer molecule, out;
	_cleanup_block_ struct ls_block b;
	struct ls_error err = { 0 };
	made_random(13, 900, &molecule);
	CHECK_INT_EQ(composed(LS_PROFILE_STANDARD, 2, 400, "repeat 10\nrun acgt 4\ntandem 2 2\n",
			      &molecule, true, 300, &b, &out, &err),
		     0);
	CHECK_STR_EQ(err.message, "");
	for (size_t i = 0; i + 11 <= out.size; i++) {
		CHECK(!is_there_again(&out, i, 11));
		CHECK(run_at(out.data, out.size, i) <= 4);
		CHECK(i + 6 > out.size || memcmp(out.data + i, out.data + i + 2, 4) != 0);
	}
}

/* Documentation is judged chunk by chunk: copies that end behind what was checked began before it.
 */
TEST(copies_in_a_row_over_the_border_of_a_chunk)
{
	static const struct {
		const char *copies, *rule;
		size_t most; /* without this one there is a copy fewer */
	} CASES[] = { { "acacacacac", "tandem 2 4\n", 9 },
		      { "gtagtagtagtagta", "tandem 3 4\n", 14 } };
	for (size_t i = 0; i < 2; i++) {
		_cleanup_rules_ struct ls_rules r = { 0 };
		_cleanup_buffer_ struct ls_buffer text, copies;
		const size_t first = 100;
		made_random(17, 300, &text);
		made_bases(CASES[i].copies, &copies);
		memcpy(text.data + first, copies.data, copies.size);
		text.data[first - 1] = LS_BASE_G;
		text.data[first + copies.size] = LS_BASE_T;
		REQUIRE(rules(CASES[i].rule, &r, NULL) == 0);
		for (size_t checked = first - 20; checked <= first + copies.size + 20; checked++) {
			const struct ls_ruled what = { .bases = text.data,
						       .n = text.size,
						       .block = 50,
						       .end = text.size,
						       .checked = checked };
			enum ls_rule rule = LS_RULE_COUNT;
			struct ls_error err = { 0 };
			/* one copy too many before the border was found then, and longer ones not
			 * made */
			bool is_new = checked < first + copies.size;
			int rc = ls_rules_check(&r, &what, &rule, &err);
			if (rc != (is_new ? -EDOM : 0) || (is_new && rule != LS_RULE_TANDEM))
				TEST_FAIL("%s, border at %zu: %d %s", CASES[i].copies, checked, rc,
					  err.message);
			if (is_new && checked >= first)
				CHECK_STR_HAS(err.message, "copies in a row");
		}
		text.data[first + CASES[i].most] ^= 1;
		for (size_t checked = first - 20; checked <= first + copies.size; checked++) {
			const struct ls_ruled what = { .bases = text.data,
						       .n = text.size,
						       .block = 50,
						       .end = text.size,
						       .checked = checked };
			enum ls_rule rule;
			CHECK_INT_EQ(ls_rules_check(&r, &what, &rule, NULL), 0);
		}
	}
}

TEST(tags_are_found_with_two_edits_on_either_strand)
{
	_cleanup_buffer_ struct ls_buffer b;
	made_random(5, 400, &b);
	struct ls_error err = { 0 };
	for (size_t i = 0; i < LS_TAG_BASES; i++) {
		b.data[i] = (uint8_t)ls_base_of(LS_START_TAG[i]);
		b.data[200 + i] = (uint8_t)ls_base_of(LS_END_TAG[i]);
	}
	CHECK_INT_EQ(ls_tag_copies(b.data, 400, 0, 200, 2, &err), 0);
	CHECK_INT_EQ(ls_tag_copies(b.data, 400, 0, SIZE_MAX, 2, &err), -EDOM);
	b.data[205] ^= 1;
	b.data[210] ^= 2;
	ls_bases_reverse_complement(b.data + 200, LS_TAG_BASES);
	CHECK_INT_EQ(ls_tag_copies(b.data, 400, 0, SIZE_MAX, 2, &err), -EDOM);
	CHECK_STR_HAS(err.message, "a copy of the end tag with 2 edits");
	b.data[203] ^= 2;
	CHECK_INT_EQ(ls_tag_copies(b.data, 400, 0, SIZE_MAX, 2, &err), 0);
}

static int refuse(void *context, struct ls_block *b, const struct ls_digest *digest,
		  struct ls_error *err)
{
	(void)context, (void)b, (void)digest;
	return ls_fail(err, -EKEYREJECTED, "test", "no");
}

TEST(a_signer_that_fails_ends_it)
{
	_cleanup_buffer_ struct ls_buffer molecule, out;
	_cleanup_block_ struct ls_block b;
	_cleanup_rules_ struct ls_rules r = { 0 };
	const struct ls_block_signer signer = { refuse, NULL };
	struct ls_error err = { 0 };
	made_random(9, 500, &molecule);
	const struct ls_site_of_block site = { .bases = molecule.data, .n = 500, .circular = true };
	made_fields(&b, LS_PROFILE_STANDARD, 0);
	ls_buffer_init(&out, 10000);
	CHECK_INT_EQ(ls_block_compose(&b, &site, &r, &signer, &out, &err), -EKEYREJECTED);
	CHECK_INT_EQ(out.size, 0);
}

/* Documentation that is a tag under its first mask: another mask is chosen, there are 256. */
TEST(documentation_with_a_tag_in_it_gets_another_mask)
{
	static const char *const TAGS[] = { LS_START_TAG, LS_END_TAG };
	for (size_t chunk = 0; chunk < 4; chunk++) {
		_cleanup_buffer_ struct ls_buffer molecule, out, text;
		_cleanup_block_ struct ls_block b;
		_cleanup_rules_ struct ls_rules r = { 0 };
		const struct ls_block_signer signer = { made_sign, NULL };
		struct ls_error err = { 0 };
		uint8_t bytes[2 * LS_CHUNK_BYTES];
		made_random(11, 500, &molecule);
		made_random(12 + chunk, 8 * LS_CHUNK_BYTES, &text);
		const struct ls_site_of_block site = { .bases = molecule.data,
						       .n = 500,
						       .circular = true };
		struct ls_buffer tag;
		made_bases(TAGS[chunk % 2], &tag);
		memcpy(text.data + chunk / 2 * 4 * LS_CHUNK_BYTES + 40, tag.data, LS_TAG_BASES);
		ls_buffer_free(&tag);
		for (uint32_t i = 0; i < 2; i++) /* so that it is one as it is written */
			ls_mask_apply(LS_MASK_CHUNK, i, 0,
				      text.data + (size_t)i * 4 * LS_CHUNK_BYTES,
				      4 * LS_CHUNK_BYTES);
		ls_bases_unpack(text.data, 8 * sizeof bytes, bytes);
		made_fields(&b, LS_PROFILE_STANDARD, 0);
		ls_buffer_add(&b.document, bytes, sizeof bytes);
		ls_buffer_init(&out, 10000);
		CHECK_INT_EQ(ls_block_compose(&b, &site, &r, &signer, &out, &err), 0);
		CHECK_STR_EQ(err.message, "");
		CHECK_INT_EQ(ls_tag_copies(out.data, out.size, 0, out.size - LS_TAG_BASES,
					   LS_TAG_EDITS, NULL),
			     0);
	}
}

/* A vector of docs/formats/dna-block.md: its number, and what its block has. */
struct vector {
	const char *molecule;
	size_t at;
	bool circular, segment, documented;
	enum ls_profile profile;
	unsigned errors;
	uint16_t draw;
	uint32_t plasmid_id;
	const char *signers[3];
};

static void vector_block(const struct vector *v, const struct ls_canonical *c, size_t n,
			 struct ls_block *b)
{
	made_fields(b, v->profile, v->errors);
	b->draw = v->draw;
	b->hint = 0xabc;
	b->linear = !v->circular;
	b->segment = v->segment;
	b->length = (uint32_t)n;
	b->place = ls_canonical_joint(c, v->circular, v->at);
	b->plasmid_id = v->plasmid_id;
	for (b->signer_count = 0; b->signer_count < 3 && v->signers[b->signer_count];)
		if (ls_orcid_parse(v->signers[b->signer_count], &b->signers[b->signer_count],
				   NULL) == 0)
			b->signer_count++;
	b->dictionary = 1;
	for (uint8_t i = 0; v->documented && i < 31; i++)
		ls_buffer_add_u8(&b->document, 65 + i);
}

/* The lines of the page from place to hash. */
static void vector_text(const struct vector *v, struct ls_buffer *text)
{
	static const uint8_t MASKS[] = { 7, 255 };
	_cleanup_buffer_ struct ls_buffer molecule, head;
	_cleanup_block_ struct ls_block b;
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	made_bases(v->molecule, &molecule);
	ls_buffer_init(&head, 1000);
	ls_buffer_init(text, 2000);
	REQUIRE(ls_canonical_make(molecule.data, molecule.size, v->circular, &c, NULL) == 0);
	vector_block(v, &c, molecule.size, &b);
	CHECK_INT_EQ(ls_block_head(&b, MASKS, &head, NULL), 0);
	CHECK_INT_EQ(ls_block_digest(&b, c.bases.data, c.bases.size, head.data, head.size, &digest,
				     NULL),
		     0);
	ls_buffer_printf(text, "    place       %d\n    head        ", (int)b.place);
	ls_bases_to_text(head.data, head.size, text);
	ls_buffer_printf(text, "\n    hash        %s\n", ls_digest_hex(&digest, hex));
}

TEST(the_vectors_of_the_page)
{
	static const struct vector VECTORS[] = {
		{ "gattacaggatccttgac",
		  5,
		  true,
		  false,
		  false,
		  LS_PROFILE_STANDARD,
		  0,
		  77,
		  123456,
		  { "0000-0002-1825-0097" } },
		{ "gattacaggatccttgac",
		  5,
		  false,
		  false,
		  false,
		  LS_PROFILE_STANDARD_FULL,
		  3,
		  4095,
		  0,
		  { "0009-0000-0000-0009" } },
		{ "gtcaaggatcctgtaatc",
		  18,
		  false,
		  true,
		  true,
		  LS_PROFILE_AGGREGATE,
		  63,
		  1,
		  999999,
		  { "0000-0002-1694-233X", "1234-1234-1234-1238", "0000-0003-5000-0001" } },
	};
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, 1 << 20);
	REQUIRE(ls_file_read(AT_FDCWD, "docs/formats/dna-block.md", &page, NULL) == 0);
	for (size_t i = 0; i < sizeof VECTORS / sizeof *VECTORS; i++) {
		_cleanup_buffer_ struct ls_buffer text;
		vector_text(&VECTORS[i], &text);
		CHECK_STR_HAS(ls_buffer_str(&page), ls_buffer_str(&text));
	}
}

TEST(rules_files)
{
	_cleanup_rules_ struct ls_rules r = { 0 }, idt = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(
		rules("# mine\nname ours\ngc 50 35 65\ngc block 25 65 # all\nrun at 4\ntandem 2 8\n"
		      "tandem 3 4\nrepeat 20\nsite GAANTTC\nsite ggagg one-strand",
		      &r, &err),
		0);
	CHECK_STR_EQ(err.message, "");
	CHECK_STR_EQ(r.name, "ours");
	CHECK_INT_EQ(r.window_count, 2);
	CHECK_INT_EQ(r.site_count, 2);
	CHECK(r.sites[1].one_strand && !r.sites[0].one_strand);
	CHECK_INT_EQ(r.run[LS_BASE_T], 4);
	CHECK_INT_EQ(r.run[LS_BASE_C], 0);
	CHECK_INT_EQ(ls_rules_load("idt", &idt, &err), 0);
	CHECK_INT_EQ(ls_rules_load("/nowhere/rules", &idt, &err), -ENOENT);
	CHECK_STR_HAS(err.message, "twist, idt, none or a file");
}

TEST(malformed_rules_with_line_and_reason)
{
	static const char *const BAD[] = {
		"gc",	      "gc 50 70 60",   "gc 0 1 2",   "gc x 1 2",       "gc 50 35 101",
		"run at",     "run n 4",       "run a 0",    "run a x",	       "tandem 4 2",
		"tandem 1 2", "tandem 2 0",    "repeat",     "repeat 7",       "repeat 31",
		"site",	      "site ac",       "site gatjc", "site gatc both", "name",
		"colour red", "a b c d e f g", "site ga\"tc"
	};
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		char text[128];
		struct ls_rules r = { 0 };
		struct ls_error err = { 0 };
		snprintf(text, sizeof text, "name x\n\n%s\n", BAD[i]);
		int rc = rules(text, &r, &err);
		if (rc != -EBADMSG || !strstr(err.message, "line 3"))
			TEST_FAIL("%s: %d %s", BAD[i], rc, err.message);
	}
	struct ls_rules r = { 0 };
	CHECK_INT_EQ(ls_rules_parse("nul", (const uint8_t *)"name\0x\n", 7, &r, NULL), -EBADMSG);
	char text[400];
	memset(text, 'a', sizeof text);
	CHECK_INT_EQ(ls_rules_parse("long", (const uint8_t *)text, sizeof text, &r, NULL),
		     -EBADMSG);
}

TEST_MAIN()
