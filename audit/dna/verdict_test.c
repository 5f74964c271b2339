/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/verdict.h"

#include <errno.h>
#include <stdlib.h>

#include "audit/dna/made_signed_test.h"
#include "audit/dna/molecule/canonical.h"
#include "lib/base/test.h"

static enum ls_dna_outcome outcome_of(const struct ls_molecule *m, const struct ls_dna_trust *trust)
{
	struct ls_dna_verdict v;
	enum ls_dna_outcome o = made_outcome(m, trust, &v);
	ls_dna_verdict_free(&v);
	return o;
}

/* The same with enough work for each candidate: how many there are is the drawn signature's
 * chance, and where the usual bound is met the verdict is undecided. */
static enum ls_dna_outcome outcome_after_all(const struct ls_molecule *m,
					     const struct ls_dna_trust *trust)
{
	struct ls_dna_verdict v;
	enum ls_dna_outcome o = made_outcome_within(m, trust, 64000000, &v);
	ls_dna_verdict_free(&v);
	return o;
}

/* The molecule read from base `from` on, and on the other strand. */
static void turned(const struct ls_molecule *m, size_t from, bool other_strand,
		   struct ls_molecule *ret)
{
	*ret = *m;
	ls_buffer_init(&ret->bases, m->bases.size);
	ls_buffer_init(&ret->letters, 0);
	ls_buffer_add(&ret->bases, m->bases.data + from, m->bases.size - from);
	ls_buffer_add(&ret->bases, m->bases.data, from);
	if (other_strand)
		ls_bases_reverse_complement(ret->bases.data, ret->bases.size);
}

TEST(every_rotation_of_both_strands_is_valid)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	_cleanup_molecule_ struct ls_molecule m;
	made_random(100, 600, &bases);
	made_signed(made_alice, bases.data, bases.size, true, 200, 1, &m);
	for (size_t from = 0; from < m.bases.size; from++) {
		for (int strand = 0; strand < 2; strand++) {
			_cleanup_molecule_ struct ls_molecule t;
			struct ls_dna_verdict v;
			turned(&m, from, strand, &t);
			t.topology = from % 2 ? LS_TOPOLOGY_UNSAID : LS_CIRCULAR;
			CHECK_INT_EQ(made_outcome(&t, trust, &v), LS_DNA_VALID);
			CHECK(v.reversed == (strand == 1));
			size_t n = m.bases.size, start = (200 + n - from) % n;
			CHECK_INT_EQ(v.start, strand ? n - 1 - start : start);
			CHECK(!v.judged.moved);
			CHECK_STR_EQ(v.judged.block.signers[0].text, ALICE);
			CHECK_STR_EQ(v.judged.authority, "Test authority");
			ls_dna_verdict_free(&v);
		}
	}
}

TEST(a_linear_molecule_is_valid_on_both_strands_and_not_when_turned)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	made_random(101, 500, &bases);
	static const size_t PLACES[] = { 0, 1, 250, 500 };
	for (size_t i = 0; i < 4; i++) {
		_cleanup_molecule_ struct ls_molecule m, other, wrong;
		made_signed(made_alice, bases.data, bases.size, false, PLACES[i], 0, &m);
		CHECK_INT_EQ(outcome_of(&m, trust), LS_DNA_VALID);
		turned(&m, 0, true, &other);
		CHECK_INT_EQ(outcome_of(&other, trust), LS_DNA_VALID);
		turned(&m, 20, false, &wrong);
		CHECK(outcome_of(&wrong, trust) != LS_DNA_VALID);
	}
}

/* Without parity nothing can be corrected but a tag, which everybody knows. */
TEST(no_single_substitution_is_valid)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	_cleanup_molecule_ struct ls_molecule m;
	made_random(102, 150, &bases);
	made_signed(made_alice, bases.data, bases.size, true, 60, 0, &m);
	for (size_t i = 0; i < m.bases.size; i++) {
		bool tag = (i >= 60 && i < 60 + LS_TAG_BASES) ||
			   (i + 90 >= m.bases.size - LS_TAG_BASES && i + 90 < m.bases.size);
		for (uint8_t by = tag ? 1 : 1 + i % 3; by < (tag ? 4 : 2 + i % 3); by++) {
			m.bases.data[i] ^= by;
			enum ls_dna_outcome o = outcome_of(&m, trust);
			if (tag ? o != LS_DNA_CORRECTED
				: o != LS_DNA_ALTERED && o != LS_DNA_ANOTHER)
				TEST_FAIL("base %zu ^ %d: %s", i, by, ls_dna_outcome_words[o]);
			m.bases.data[i] ^= by;
		}
	}
}

/* With parity each is corrected, and told with its place. */
TEST(each_single_substitution_is_corrected_and_told)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	_cleanup_molecule_ struct ls_molecule m;
	made_random(103, 150, &bases);
	made_signed(made_alice, bases.data, bases.size, true, 60, 1, &m);
	for (size_t i = 0; i < m.bases.size; i++) {
		struct ls_dna_verdict v;
		uint8_t should = m.bases.data[i];
		m.bases.data[i] ^= (uint8_t)(1 + i % 3);
		if (made_outcome(&m, trust, &v) != LS_DNA_CORRECTED)
			TEST_FAIL("base %zu: %s, %s", i, ls_dna_outcome_words[v.outcome],
				  v.why.message);
		else if (v.differences.count != 1 || v.differences.list[0].at != i ||
			 v.differences.list[0].should != should ||
			 v.differences.list[0].seen != m.bases.data[i])
			TEST_FAIL("base %zu: %zu differences, at %zu", i, v.differences.count,
				  v.differences.count ? v.differences.list[0].at : 0);
		ls_dna_verdict_free(&v);
		m.bases.data[i] = should;
	}
}

/* What looks like a tag, and an ID, in the molecule itself; palindromes; repetitions. */
TEST(molecules_that_mislead)
{
	static const char *const TEXTS[] = {
		("acgta" LS_START_TAG "ttgac" LS_END_TAG "gatta" LS_START_TAG "ccatgc"),
		"acgtacgtacgtacgtacgtacgtacgtacgtacgtacgtacgtacgtacgtacgt",
		"gaattcgaattcgaattcgaattcgaattcgaattcgaattcgaattc",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		/* six digits of plasmid ID 0, written plainly, in the middle */
		"acgatttcgatcaaaaaaaaaactagcgattacagattaca",
	};
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
		_cleanup_buffer_ struct ls_buffer bases;
		made_bases(TEXTS[i], &bases);
		for (size_t at = 0; at < bases.size; at += 5) {
			_cleanup_molecule_ struct ls_molecule m, t;
			struct ls_dna_verdict v;
			made_signed(made_alice, bases.data, bases.size, true, at, 0, &m);
			turned(&m, m.bases.size / 3, at % 2, &t);
			CHECK_INT_EQ(made_outcome(&t, trust, &v), LS_DNA_VALID);
			CHECK(!v.judged.moved);
			ls_dna_verdict_free(&v);
		}
	}
}

TEST(a_block_that_was_moved_is_told)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	_cleanup_molecule_ struct ls_molecule m, moved;
	struct ls_dna_verdict v;
	made_random(104, 400, &bases);
	made_signed(made_alice, bases.data, bases.size, true, 100, 1, &m);
	ls_molecule_init(&moved);
	moved.topology = LS_CIRCULAR;
	size_t block = m.bases.size - 400;
	ls_buffer_add(&moved.bases, bases.data, 222);
	ls_buffer_add(&moved.bases, m.bases.data + 100, block);
	ls_buffer_add(&moved.bases, bases.data + 222, 178);
	CHECK_INT_EQ(made_outcome(&moved, trust, &v), LS_DNA_VALID);
	CHECK(v.judged.moved);
	ls_dna_verdict_free(&v);
}

/* The signed molecule of these 400 bases with its block, at 100, put to 222; over: turned over. */
static void move_block(const struct ls_molecule *m, const struct ls_buffer *bases, bool over,
		       struct ls_molecule *ret_moved)
{
	size_t block = m->bases.size - 400;
	ls_molecule_init(ret_moved);
	ls_buffer_add(&ret_moved->bases, bases->data, 222);
	ls_buffer_add(&ret_moved->bases, m->bases.data + 100, block);
	ls_buffer_add(&ret_moved->bases, bases->data + 222, 178);
	if (over)
		ls_bases_reverse_complement(ret_moved->bases.data + 222, block);
}

/* The signature does not cover the parity: what it must be follows from where the block was put. */
TEST(the_parity_of_a_moved_block_is_compared)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	made_random(130, 400, &bases);
	for (unsigned way = 0; way < 4; way++) { /* circular or linear; block turned over or not */
		_cleanup_molecule_ struct ls_molecule m, moved;
		struct ls_dna_verdict v;
		bool circular = way & 1, over = way & 2;
		made_signed(made_alice, bases.data, bases.size, circular, 100, 2, &m);
		size_t block = m.bases.size - 400,
		       parity = 222 + (over ? LS_TAG_BASES : block - 40);
		move_block(&m, &bases, over, &moved);
		CHECK_INT_EQ(made_outcome(&moved, trust, &v), LS_DNA_VALID);
		CHECK(v.judged.moved);
		CHECK_INT_EQ(v.differences.count, 0);
		ls_dna_verdict_free(&v);
		uint8_t should = moved.bases.data[parity + 3];
		moved.bases.data[parity + 3] ^= 1;
		CHECK_INT_EQ(made_outcome(&moved, trust, &v), LS_DNA_CORRECTED);
		CHECK(v.judged.moved);
		REQUIRE(v.differences.count == 1);
		CHECK_INT_EQ(v.differences.list[0].at, parity + 3);
		CHECK_INT_EQ(v.differences.list[0].should, should);
		ls_dna_verdict_free(&v);
	}
}

static int later_first(const void *left, const void *right)
{
	const struct ls_difference *a = left, *b = right;
	return a->at > b->at ? -1 : a->at < b->at;
}

/* The file with each error that was told put right where it was told. */
static void mend(const struct ls_molecule *m, struct ls_differences *d, struct ls_molecule *ret)
{
	ls_molecule_init(ret);
	ret->topology = m->topology;
	ls_buffer_add(&ret->bases, m->bases.data, m->bases.size);
	if (d->count > 0)
		qsort(d->list, d->count, sizeof *d->list, later_first);
	for (size_t i = 0; i < d->count; i++) {
		const struct ls_difference *one = &d->list[i];
		struct ls_buffer *b = &ret->bases;
		size_t behind = b->size - one->at;
		if (one->kind == LS_DELETED) {
			ls_buffer_add(b, "", 1);
			memmove(b->data + one->at + 1, b->data + one->at, behind);
		}
		if (one->kind == LS_INSERTED)
			memmove(b->data + one->at, b->data + one->at + 1, behind - 1), b->size--;
		else
			b->data[one->at] = one->should;
	}
}

/* What else is wrong is corrected and told where it is: put right there, it is valid.  in_head: in
 * what tells where the block was put. */
static void check_moved_and_wrong(const struct ls_molecule *seen, const struct ls_dna_trust *trust,
				  const char *what, size_t at, bool in_head)
{
	_cleanup_molecule_ struct ls_molecule mended;
	struct ls_dna_verdict v, after;
	made_outcome(seen, trust, &v);
	if (v.outcome != LS_DNA_CORRECTED && !(in_head && v.outcome == LS_DNA_ALTERED))
		TEST_FAIL("%s at %zu: %s", what, at, ls_dna_outcome_words[v.outcome]);
	CHECK(v.outcome != LS_DNA_CORRECTED || (v.judged.moved && v.signed_for));
	CHECK(v.differences.count <= 2);
	mend(seen, &v.differences, &mended);
	made_outcome(&mended, trust, &after);
	if (v.outcome == LS_DNA_CORRECTED && after.outcome != LS_DNA_VALID)
		TEST_FAIL("%s at %zu: when mended %s", what, at,
			  ls_dna_outcome_words[after.outcome]);
	ls_dna_verdict_free(&v);
	ls_dna_verdict_free(&after);
}

static void check_each_error(struct ls_molecule *m, const struct ls_dna_trust *trust, size_t at,
			     bool in_head)
{
	struct ls_buffer *b = &m->bases;
	uint8_t was = b->data[at];
	b->data[at] ^= 1;
	check_moved_and_wrong(m, trust, "changed", at, in_head);
	b->data[at] ^= 3;
	check_moved_and_wrong(m, trust, "changed", at, in_head);
	memmove(b->data + at, b->data + at + 1, --b->size - at);
	check_moved_and_wrong(m, trust, "lost", at, in_head);
	ls_buffer_add(b, "", 1);
	memmove(b->data + at + 1, b->data + at, b->size - 1 - at);
	b->data[at] = was;
	ls_buffer_add(b, "", 1);
	memmove(b->data + at + 1, b->data + at, b->size - 1 - at);
	b->data[at] = (uint8_t)((at * 7) & 3);
	check_moved_and_wrong(m, trust, "won", at, in_head);
	memmove(b->data + at, b->data + at + 1, --b->size - at);
}

TEST(errors_in_a_molecule_whose_block_was_moved)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	made_random(131, 400, &bases);
	/* circular; turned over; the file's other strand */
	for (unsigned way = 0; way < 8; way++) {
		_cleanup_molecule_ struct ls_molecule m, moved;
		bool circular = way & 1, over = way & 2;
		made_signed(made_alice, bases.data, bases.size, circular, 100, 2, &m);
		move_block(&m, &bases, over, &moved);
		if (way & 4)
			ls_bases_reverse_complement(moved.bases.data, moved.bases.size);
		for (size_t at = 3; at < moved.bases.size; at += 31) {
			size_t n = moved.bases.size, strand = way & 4 ? n - 1 - at : at;
			size_t in_block = over ? n - 400 + 221 - strand : strand - 222;
			bool in_head = strand >= 222 && strand < 222 + n - 400 && in_block >= 15 &&
				       in_block <= 76;
			check_each_error(&moved, trust, at, in_head);
		}
	}
}

/* An error there moves, or makes, the place from which the block's is counted. */
TEST(errors_where_the_canonical_form_of_a_moved_blocks_molecule_begins)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	for (uint32_t seed = 150; seed < 156; seed++) {
		_cleanup_buffer_ struct ls_buffer bases;
		_cleanup_molecule_ struct ls_molecule m, moved;
		_cleanup_canonical_ struct ls_canonical c = { 0 };
		made_random(seed, 400, &bases);
		made_signed(made_alice, bases.data, bases.size, true, 100, 2, &m);
		move_block(&m, &bases, seed % 2, &moved);
		REQUIRE(ls_canonical_make(bases.data, bases.size, true, &c, NULL) == 0);
		/* of the bases as they were before the block was put at 222 */
		size_t first = c.reversed ? (c.offset + 400 - 8) % 400 : (400 - c.offset) % 400;
		for (size_t i = 0; i < 8; i++) {
			size_t at = (first + i) % 400;
			check_each_error(&moved, trust, at < 222 ? at : at + moved.bases.size - 400,
					 false);
		}
	}
}

TEST(transplanted_and_truncated_blocks)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases, other;
	_cleanup_molecule_ struct ls_molecule m, cut;
	made_random(105, 400, &bases);
	made_random(106, 400, &other);
	made_signed(made_alice, bases.data, bases.size, true, 0, 1, &m);
	size_t block = m.bases.size - 400;
	memcpy(m.bases.data + block, other.data,
	       400); /* the block in another molecule of the same length */
	CHECK_INT_EQ(outcome_of(&m, trust), LS_DNA_ALTERED);
	memcpy(m.bases.data + block, bases.data, 400);
	CHECK_INT_EQ(outcome_of(&m, trust), LS_DNA_VALID);
	for (size_t gone = 20; gone < block; gone += 50) { /* so much of the block is missing */
		turned(&m, gone, false, &cut);
		cut.bases.size -= gone;
		enum ls_dna_outcome o = outcome_after_all(&cut, trust);
		CHECK(o == LS_DNA_ALTERED || o == LS_DNA_NONE);
		ls_molecule_free(&cut);
	}
	ls_molecule_init(&cut);
}

TEST(somebody_else)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	struct ls_dna_master strangers = made_master("Strangers");
	_cleanup_dna_key_ struct ls_dna_key *mallory = made_key(&strangers, ALICE);
	_cleanup_buffer_ struct ls_buffer bases;
	_cleanup_molecule_ struct ls_molecule m, forged;
	made_random(107, 400, &bases);
	made_signed(made_alice, bases.data, bases.size, true, 0, 0, &m);
	made_signed(mallory, bases.data, bases.size, true, 0, 0, &forged);
	struct ls_orcid bob = made_orcid(BOB), alice = made_orcid(ALICE);
	struct ls_dna_options options = { .trust = trust, .expected = &bob };
	struct ls_dna_verdict v;
	REQUIRE(ls_dna_verify(&m, &options, &v, NULL) == 0);
	CHECK_INT_EQ(v.outcome, LS_DNA_ANOTHER);
	CHECK(v.signed_for);
	CHECK_STR_HAS(v.why.message, BOB);
	ls_dna_verdict_free(&v);
	options.expected = &alice;
	REQUIRE(ls_dna_verify(&m, &options, &v, NULL) == 0);
	CHECK_INT_EQ(v.outcome, LS_DNA_VALID);
	ls_dna_verdict_free(&v);
	REQUIRE(ls_dna_verify(&forged, &options, &v, NULL) == 0);
	CHECK(v.outcome == LS_DNA_ANOTHER || v.outcome == LS_DNA_ALTERED); /* the hint is 12 bits */
	CHECK(!v.signed_for);
	ls_dna_verdict_free(&v);
	ls_dna_master_wipe(&strangers);
}

/* A published segment, put into a molecule whose own signature is broken, is no word for it. */
TEST(a_transplanted_segment_does_not_vouch_for_an_altered_molecule)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases, published;
	_cleanup_molecule_ struct ls_molecule m, segment;
	made_random(110, 600, &bases);
	made_random(111, 200, &published);
	made_signed(made_alice, bases.data, bases.size, true, 200, 1, &m);
	made_signed_part(made_alice, published.data, published.size, false, true, 100, 0, &segment);
	for (size_t at = 0; at <= m.bases.size; at += at == 0 ? 900 : 100) {
		_cleanup_molecule_ struct ls_molecule both;
		struct ls_dna_verdict v;
		made_put_in(&m, at, &segment, &both);
		CHECK_INT_EQ(made_outcome(&both, trust, &v), LS_DNA_ALTERED);
		CHECK(!v.signed_for);
		CHECK(v.why.code != 0);
		ls_dna_verdict_free(&v);
	}
}

/* A joint of the ends that nobody signed, or an end where there was none. */
TEST(the_files_topology_is_the_signed_one)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases;
	made_random(120, 400, &bases);
	for (int circular = 0; circular <= 1; circular++) {
		_cleanup_molecule_ struct ls_molecule m;
		struct ls_dna_verdict v;
		made_signed_part(made_alice, bases.data, bases.size, circular, false, 100, 0, &m);
		m.topology = circular ? LS_CIRCULAR : LS_LINEAR;
		CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_VALID);
		ls_dna_verdict_free(&v);
		m.topology = circular ? LS_LINEAR : LS_CIRCULAR;
		CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_ALTERED);
		ls_dna_verdict_free(&v);
	}
}

TEST(a_segment_alone_has_an_outcome_of_its_own)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases, published;
	_cleanup_molecule_ struct ls_molecule m, segment, both;
	struct ls_dna_verdict v;
	made_random(112, 600, &bases);
	made_random(113, 200, &published);
	ls_molecule_init(&m);
	ls_buffer_add(&m.bases, bases.data, bases.size);
	made_signed_part(made_alice, published.data, published.size, false, true, 100, 1, &segment);
	made_put_in(&m, 300, &segment, &both);
	CHECK_INT_EQ(made_outcome(&both, trust, &v), LS_DNA_SEGMENT);
	CHECK(v.signed_for && v.judged.block.segment);
	ls_dna_verdict_free(&v);
	both.bases.data[310] ^= 1;
	CHECK_INT_EQ(made_outcome(&both, trust, &v), LS_DNA_SEGMENT_CORRECTED);
	CHECK_INT_EQ(v.differences.count, 1);
	ls_dna_verdict_free(&v);
}

/* A signature over all of it counts before the segment's in it, wherever they lie. */
TEST(a_whole_signature_over_a_segment_is_valid)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases, published;
	_cleanup_molecule_ struct ls_molecule plain, segment, both, m;
	struct ls_dna_verdict v;
	made_random(114, 600, &bases);
	made_random(115, 200, &published);
	ls_molecule_init(&plain);
	ls_buffer_add(&plain.bases, bases.data, bases.size);
	made_signed_part(made_alice, published.data, published.size, false, true, 100, 0, &segment);
	made_put_in(&plain, 0, &segment, &both);
	made_signed(made_alice, both.bases.data, both.bases.size, true, both.bases.size - 100, 1,
		    &m);
	CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_VALID);
	ls_dna_verdict_free(&v);
	m.bases.data[m.bases.size - 30] ^= 2;
	CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_CORRECTED);
	ls_dna_verdict_free(&v);
}

TEST(whom_one_asked_for_is_found_behind_another)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_dna_key_ struct ls_dna_key *key = made_key(&made_authority, BOB);
	_cleanup_buffer_ struct ls_buffer one, two;
	_cleanup_molecule_ struct ls_molecule first, second, both;
	struct ls_orcid bob = made_orcid(BOB);
	struct ls_dna_options options = { .trust = trust, .expected = &bob };
	struct ls_dna_verdict v;
	made_random(116, 200, &one);
	made_random(117, 200, &two);
	made_signed_part(made_alice, one.data, one.size, false, true, 100, 0, &first);
	made_signed_part(key, two.data, two.size, false, true, 100, 0, &second);
	made_put_in(&first, first.bases.size, &second, &both);
	REQUIRE(ls_dna_verify(&both, &options, &v, NULL) == 0);
	CHECK_INT_EQ(v.outcome, LS_DNA_SEGMENT);
	CHECK_STR_EQ(v.judged.block.signers[0].text, BOB);
	CHECK_INT_EQ(v.start, first.bases.size + 100);
	ls_dna_verdict_free(&v);
	REQUIRE(ls_dna_verify(&first, &options, &v, NULL) == 0);
	CHECK_INT_EQ(v.outcome, LS_DNA_ANOTHER);
	ls_dna_verdict_free(&v);
}

/* More and more of what looks like a block: the time is bounded by the effort, and what was left
 * out is said.  None of it is ever taken for "no block". */
TEST(a_molecule_of_tags_alone_is_decided_or_said_not_to_be)
{
	static const char *const TEXTS[] = { LS_START_TAG, LS_END_TAG,
					     LS_START_TAG "acgtac" LS_END_TAG };
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
		_cleanup_molecule_ struct ls_molecule m;
		struct ls_dna_verdict v;
		ls_molecule_init(&m);
		for (size_t k = 0; k < 10000; k++)
			ls_bases_from_text(TEXTS[i], strlen(TEXTS[i]), &m.bases);
		enum ls_dna_outcome o = made_outcome(&m, trust, &v);
		/* without an end tag there is no pair, and no header's word for one */
		CHECK(i == 0 ? o == LS_DNA_NONE : o == LS_DNA_UNDECIDED || o == LS_DNA_ALTERED);
		ls_dna_verdict_free(&v);
	}
}

/* A thousand true blocks of another molecule of this length, and its own. */
TEST(the_own_block_is_found_among_transplanted_ones)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer bases, decoys;
	_cleanup_molecule_ struct ls_molecule one, m;
	struct ls_dna_verdict v;
	enum { COUNT = 300, SIZE = 400 };
	made_random(140, 100, &bases);
	made_signed_part(made_alice, bases.data, bases.size, false, true, 50, 0, &one);
	ls_buffer_init(&decoys, 1 << 20);
	one.bases.data[20] ^= 1; /* a segment whose signature does not hold */
	for (size_t i = 0; i < COUNT; i++)
		ls_buffer_add(&decoys, one.bases.data, one.bases.size);
	one.bases.data[20] ^= 1;
	made_signed(made_alice, decoys.data, decoys.size, true, decoys.size / 2, 0, &m);
	CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_VALID);
	CHECK_INT_EQ(v.blocks.count, LS_DNA_FOUND_MAX);
	CHECK_INT_EQ(v.blocks.left_off, COUNT + 1 - LS_DNA_FOUND_MAX);
	ls_dna_verdict_free(&v);
	/* within a bound that is too low for all of them */
	const struct ls_dna_options options = { .trust = trust, .repair.work = 100000 };
	m.bases.data[100] ^= 1; /* another tag: the first comes last */
	REQUIRE(ls_dna_verify(&m, &options, &v, NULL) == 0);
	CHECK_INT_EQ(v.outcome, LS_DNA_UNDECIDED);
	CHECK_STR_EQ(v.why.id, "dna.verify.work");
	CHECK(v.untried > 0);
	ls_dna_verdict_free(&v);
}

/* Each block, what it covers, and what is left. */
TEST(all_blocks_are_told_with_what_they_cover)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_buffer_ struct ls_buffer one, two, rest;
	_cleanup_molecule_ struct ls_molecule first, second, m, both;
	struct ls_dna_verdict v;
	size_t covered = 0;
	made_random(141, 200, &one);
	made_random(142, 300, &two);
	made_random(143, 1000, &rest);
	made_signed_part(made_alice, one.data, one.size, false, true, 60, 0, &first);
	made_signed_part(made_alice, two.data, two.size, false, true, 100, 0, &second);
	ls_bases_reverse_complement(second.bases.data, second.bases.size);
	ls_molecule_init(&m);
	ls_buffer_add(&m.bases, rest.data, rest.size);
	made_put_in(&m, 300, &first, &both);
	ls_molecule_free(&m);
	made_put_in(&both, 300 + first.bases.size + 100, &second, &m);
	CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_SEGMENT);
	REQUIRE(v.blocks.count == 2);
	CHECK(ls_dna_covered(&v.blocks, m.bases.size, &covered) == 0);
	CHECK_INT_EQ(covered, first.bases.size + second.bases.size);
	const struct ls_dna_found *f = v.blocks.list;
	CHECK_INT_EQ(f[0].covered.first, 300);
	CHECK_INT_EQ(f[0].covered.size, first.bases.size);
	CHECK_INT_EQ(f[0].block.first, 360);
	CHECK_INT_EQ(f[1].covered.first, 400 + first.bases.size);
	CHECK_INT_EQ(f[1].covered.size, second.bases.size);
	CHECK_INT_EQ(f[1].block.first, 400 + first.bases.size + 200);
	CHECK(f[1].reversed && !f[0].reversed);
	CHECK(f[0].standing == LS_DNA_HOLDS && f[1].standing == LS_DNA_HOLDS);
	ls_dna_verdict_free(&v);
	m.bases.data[310] ^= 1;
	CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_SEGMENT);
	REQUIRE(v.blocks.count == 2);
	CHECK(v.blocks.list[0].standing == LS_DNA_FAILS);
	CHECK(ls_dna_covered(&v.blocks, m.bases.size, &covered) == 0);
	CHECK_INT_EQ(covered, second.bases.size);
	ls_dna_verdict_free(&v);
}

/* Both were damaged: whom one asked for is found behind the other. */
TEST(repair_goes_on_to_whom_was_asked_for)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_dna_key_ struct ls_dna_key *key = made_key(&made_authority, BOB);
	_cleanup_buffer_ struct ls_buffer one, two;
	_cleanup_molecule_ struct ls_molecule first, second, both;
	struct ls_orcid bob = made_orcid(BOB);
	const struct ls_dna_options options = { .trust = trust,
						.expected = &bob,
						.repair.effort = LS_EFFORT_DEFAULT };
	struct ls_dna_verdict v;
	made_random(144, 200, &one);
	made_random(145, 200, &two);
	made_signed_part(made_alice, one.data, one.size, false, true, 100, 1, &first);
	made_signed_part(key, two.data, two.size, false, true, 100, 1, &second);
	made_put_in(&first, first.bases.size, &second, &both);
	for (int way = 0; way < 2; way++) { /* the other one's whole, then damaged, too */
		both.bases.data[first.bases.size + 10] ^= way == 0;
		both.bases.data[10] ^= way;
		REQUIRE(ls_dna_verify(&both, &options, &v, NULL) == 0);
		CHECK_INT_EQ(v.outcome, LS_DNA_SEGMENT_CORRECTED);
		CHECK_STR_EQ(v.judged.block.signers[0].text, BOB);
		REQUIRE(v.differences.count == 1);
		CHECK_INT_EQ(v.differences.list[0].at, first.bases.size + 10);
		ls_dna_verdict_free(&v);
	}
}

TEST(no_block_at_all)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	_cleanup_molecule_ struct ls_molecule m;
	struct ls_dna_verdict v;
	for (size_t n = 1; n < 4000; n = 3 * n + 1) {
		ls_molecule_init(&m);
		made_random(n, n, &m.bases);
		CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_NONE);
		CHECK_STR_EQ(v.why.id, "dna.verify.no-block");
		ls_dna_verdict_free(&v);
		ls_molecule_free(&m);
	}
	ls_molecule_init(&m);
}

/* In a third of such molecules two places look like tags, by chance: that is no block. */
TEST(no_block_in_a_long_molecule)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_world();
	for (uint32_t seed = 1; seed <= 8; seed++) {
		_cleanup_molecule_ struct ls_molecule m;
		struct ls_dna_verdict v;
		ls_molecule_init(&m);
		made_random(2000 + seed, 25000, &m.bases);
		CHECK_INT_EQ(made_outcome(&m, trust, &v), LS_DNA_NONE);
		CHECK(v.work < 1500000);
		ls_dna_verdict_free(&v);
	}
}

TEST_MAIN()
