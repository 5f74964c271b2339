/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/repair.h"

#include <errno.h>

#include "audit/dna/block/block.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/repair/made_test.h"
#include "audit/dna/repair/parity.h"
#include "lib/base/test.h"

/*
 * Molecules with a block whose "signature" is the digest that a signature would be over: the judge
 * is as strict as one who verifies, without a key.
 */

struct made {
	struct ls_buffer bases; /* a ring begins in its middle, so that nothing is at a border */
	size_t at, block;
	struct ls_layout layout;
};

static const uint8_t no_masks[LS_CHUNK_MASKS];

static void digest_of(struct ls_block *b, const struct ls_buffer *molecule, size_t at,
		      struct ls_digest *ret)
{
	struct ls_canonical c;
	struct ls_buffer head;
	ls_buffer_init(&head, 1 << 20);
	REQUIRE(ls_canonical_make(molecule->data, molecule->size, !b->linear, &c, NULL) == 0);
	b->place = ls_canonical_joint(&c, !b->linear, at);
	REQUIRE(ls_block_head(b, no_masks, &head, NULL) == 0);
	REQUIRE(ls_block_digest(b, c.bases.data, c.bases.size, head.data, head.size, ret, NULL) ==
		0);
	ls_canonical_free(&c);
	ls_buffer_free(&head);
}

/* Put a block with t errors, and so many bytes of documentation, into n made-up bases. */
static void make_documented(struct made *m, size_t n, bool linear, unsigned errors, uint32_t seed,
			    size_t document)
{
	_cleanup_block_ struct ls_block b;
	struct ls_buffer molecule, block, data;
	struct ls_digest digest;
	struct ls_parity p = { 0 };
	ls_block_init(&b);
	ls_buffer_init(&molecule, 1 << 24);
	ls_buffer_init(&block, 1 << 20);
	ls_buffer_init(&data, 1 << 24);
	ls_buffer_init(&m->bases, 1 << 24);
	made_bases(ls_buffer_reserve(&molecule, n), n, seed);
	ls_buffer_commit(&molecule, n);
	m->at = n / 3;
	b.version = LS_BLOCK_VERSION;
	b.linear = linear;
	b.errors = (uint8_t)errors;
	b.draw = (uint16_t)(seed * 77 % LS_DRAWS);
	b.length = (uint32_t)n;
	b.plasmid_id = 123456;
	b.signer_count = 1;
	for (size_t i = 0; i < document; i++)
		ls_buffer_add_u8(&b.document, (uint8_t)(i * 37));
	REQUIRE(ls_orcid_parse("0000-0001-5000-0007", &b.signers[0], NULL) == 0);
	digest_of(&b, &molecule, m->at, &digest);
	memcpy(b.signature, digest.bytes, sizeof(digest.bytes));
	ls_block_layout(&b, &m->layout);
	m->block = m->layout.at[LS_PART_COUNT];
	REQUIRE(ls_block_head(&b, no_masks, &block, NULL) == 0);
	REQUIRE(ls_block_signature(&b, &block) == 0);
	ls_buffer_add(&data, molecule.data + m->at, n - m->at);
	ls_buffer_add(&data, molecule.data, m->at);
	ls_buffer_add(&data, block.data, block.size);
	REQUIRE(ls_bases_from_text(LS_END_TAG, LS_TAG_BASES, &data) == 0);
	if (errors > 0) {
		REQUIRE(ls_parity_init(&p, data.size, errors, NULL) == 0);
		REQUIRE(ls_parity_make(&p, data.data, &block) == 0);
	}
	REQUIRE(ls_bases_from_text(LS_END_TAG, LS_TAG_BASES, &block) == 0);
	REQUIRE(block.size == m->block);
	ls_buffer_add(&m->bases, molecule.data, m->at);
	ls_buffer_add(&m->bases, block.data, block.size);
	ls_buffer_add(&m->bases, molecule.data + m->at, n - m->at);
	ls_parity_free(&p);
	ls_buffer_free(&molecule);
	ls_buffer_free(&block);
	ls_buffer_free(&data);
}

static void make(struct made *m, size_t n, bool linear, unsigned errors, uint32_t seed)
{
	make_documented(m, n, linear, errors, seed, 0);
}

static int judge(void *context, const struct ls_proposal *p, struct ls_error *err)
{
	(void)err;
	_cleanup_block_ struct ls_block b;
	struct ls_buffer molecule;
	struct ls_layout layout;
	struct ls_digest digest;
	++*(unsigned *)context;
	ls_block_init(&b);
	ls_buffer_init(&molecule, 1 << 24);
	if (ls_block_read(p->bases + p->at, p->n - p->at, &b, &layout, NULL) < 0)
		return -EBADMSG;
	size_t end = p->at + layout.at[LS_PART_COUNT];
	ls_buffer_add(&molecule, p->bases, p->at);
	ls_buffer_add(&molecule, p->bases + end, p->n - end);
	digest_of(&b, &molecule, p->at, &digest);
	ls_buffer_free(&molecule);
	return memcmp(digest.bytes, b.signature, sizeof(digest.bytes)) == 0 ? 0 : -EBADMSG;
}

static int repair(const struct ls_buffer *seen, enum ls_topology topology, enum ls_effort effort,
		  struct ls_repaired *ret, struct ls_error *err)
{
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	unsigned judged = 0;
	const struct ls_repair_judge j = { judge, &judged };
	struct ls_repair_options options = { .effort = effort };
	int rc = ls_sites_find(seen->data, seen->size, topology != LS_LINEAR, LS_SITE_EDITS, &sites,
			       err);
	return rc < 0 ? rc
		      : ls_repair(seen->data, seen->size, topology, &sites, &options, &j, ret, NULL,
				  err);
}

/* --- damage -------------------------------------------------------------- */

static void substitute(struct ls_buffer *b, size_t at)
{
	b->data[at] ^= 1 + at % 3;
}

static void lose(struct ls_buffer *b, size_t at, size_t n)
{
	memmove(b->data + at, b->data + at + n, b->size - at - n);
	b->size -= n;
}

static void win(struct ls_buffer *b, size_t at, uint8_t base)
{
	ls_buffer_add(b, "", 1);
	memmove(b->data + at + 1, b->data + at, b->size - 1 - at);
	b->data[at] = base;
}

/* Repaired with this effort, to what was made, and so many differences found. */
static size_t damaged_at; /* for a failed check to tell */

static void check_repaired(const struct made *m, const struct ls_buffer *seen, bool linear,
			   enum ls_effort effort, size_t differences)
{
	struct ls_error err = { 0 };
	_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
	int rc = repair(seen, linear ? LS_LINEAR : LS_CIRCULAR, effort, &r, &err);
	if (rc < 0) {
		TEST_FAIL("damaged at %zu of %zu, block at %zu: %s", damaged_at, m->bases.size,
			  m->at, err.message);
		return;
	}
	CHECK_INT_EQ(r.bases.size, m->bases.size);
	size_t shift = linear ? 0 : m->at;
	for (size_t i = 0; i < r.bases.size; i++)
		if (r.bases.data[i] != m->bases.data[(i + shift) % m->bases.size]) {
			TEST_FAIL("base %zu is not as it was", i);
			break;
		}
	CHECK(r.differences.count <= differences); /* two may look as one */
	CHECK((r.differences.count > 0) == (differences > 0));
}

TEST(what_is_whole_needs_nothing)
{
	for (int linear = 0; linear <= 1; linear++)
		for (unsigned errors = 0; errors <= 4; errors += 2) {
			struct made m;
			make(&m, 2000, linear, errors, 3);
			check_repaired(&m, &m.bases, linear, LS_EFFORT_SUBSTITUTIONS, 0);
			ls_buffer_free(&m.bases);
		}
}

TEST(every_single_substitution_is_corrected)
{
	for (int linear = 0; linear <= 1; linear++) {
		struct made m;
		make(&m, 300, linear, 1, 5);
		for (size_t at = 0; at < m.bases.size; at++) {
			damaged_at = at;
			substitute(&m.bases, at);
			struct ls_buffer seen = m.bases;
			seen.data = malloc(seen.size);
			memcpy(seen.data, m.bases.data, seen.size);
			substitute(&m.bases, at);
			m.bases.data[at] = seen.data[at] ^ (1 + at % 3);
			check_repaired(&m, &seen, linear, LS_EFFORT_SUBSTITUTIONS, 1);
			free(seen.data);
		}
		ls_buffer_free(&m.bases);
	}
}

/* Of these some make the header tell another size of documentation, near that which it has. */
TEST(every_change_of_a_base_in_the_head_of_a_block_with_documentation)
{
	struct made m;
	make_documented(&m, 400, false, 1, 9, 301);
	for (size_t at = m.at; at < m.at + 90; at++)
		for (uint8_t by = 1; by < 4; by++) {
			struct ls_buffer seen = { .data = malloc(m.bases.size),
						  .size = m.bases.size };
			memcpy(seen.data, m.bases.data, seen.size);
			seen.data[at] ^= by;
			damaged_at = at;
			check_repaired(&m, &seen, false, LS_EFFORT_DEFAULT, 1);
			free(seen.data);
		}
	ls_buffer_free(&m.bases);
}

static void copy(const struct made *m, struct ls_buffer *ret)
{
	ls_buffer_init(ret, 1 << 24);
	ls_buffer_add(ret, m->bases.data, m->bases.size);
}

/* A base lost there, and one won there, are corrected. */
static void check_lost_and_won(const struct made *m, size_t at, bool linear)
{
	struct ls_buffer seen;
	damaged_at = at;
	copy(m, &seen);
	lose(&seen, at, 1);
	check_repaired(m, &seen, linear, LS_EFFORT_ONE_INDEL, 2);
	ls_buffer_free(&seen);
	copy(m, &seen);
	win(&seen, at, at & 3);
	check_repaired(m, &seen, linear, LS_EFFORT_ONE_INDEL, 2);
	ls_buffer_free(&seen);
}

TEST(every_base_lost_or_won_is_found)
{
	for (int linear = 0; linear <= 1; linear++) {
		struct made m;
		make(&m, 300, linear, 2, 7);
		for (size_t at = 0; at < m.bases.size; at++)
			check_lost_and_won(&m, at, linear);
		ls_buffer_free(&m.bases);
	}
}

/* The size of documentation is known from the head alone, which then cannot be read. */
TEST(a_base_lost_or_won_in_the_head_of_a_block_with_documentation)
{
	for (int linear = 0; linear <= 1; linear++) {
		struct made m;
		make_documented(&m, 400, linear, 2, 9, linear ? 103 : 301);
		for (size_t at = m.at; at < m.at + 90; at++)
			check_lost_and_won(&m, at, linear);
		ls_buffer_free(&m.bases);
	}
}

TEST(runs_of_lost_bases)
{
	struct made m;
	make(&m, 3000, false, 4, 9);
	for (size_t n = 2; n <= 20; n += 3) {
		struct ls_buffer seen;
		copy(&m, &seen);
		lose(&seen, 2100 + n, n);
		check_repaired(&m, &seen, false, LS_EFFORT_ONE_INDEL, n);
		ls_buffer_free(&seen);
	}
	ls_buffer_free(&m.bases);
}

TEST(substitutions_up_to_the_parity_and_one_indel)
{
	uint32_t seed = 23;
	for (int round = 0; round < 20; round++) {
		struct made m;
		struct ls_buffer seen;
		make(&m, 1500, false, 4, 100 + (uint32_t)round);
		copy(&m, &seen);
		for (int i = 0; i < 2; i++)
			substitute(&seen, made_below(&seed, seen.size));
		lose(&seen, made_below(&seed, seen.size - 1), 1);
		check_repaired(&m, &seen, false, LS_EFFORT_INDEL_AND_SUBSTITUTIONS, 6);
		ls_buffer_free(&seen);
		copy(&m, &seen);
		for (int i = 0; i < 4; i++)
			substitute(&seen, made_below(&seed, seen.size));
		check_repaired(&m, &seen, false, LS_EFFORT_SUBSTITUTIONS, 4);
		ls_buffer_free(&seen);
		ls_buffer_free(&m.bases);
	}
}

/* A place that is not in the head, and far from the molecule's ends. */
static size_t place_for_indel(const struct made *m, const struct ls_buffer *seen, uint32_t *seed)
{
	size_t at;
	do
		at = 20 + made_below(seed, seen->size - 40);
	while (at + 4 > m->at && at < m->at + m->layout.at[LS_PART_DOCUMENT] + 4);
	return at;
}

TEST(two_indels_wherever_they_are)
{
	uint32_t seed = 29;
	for (int round = 0; round < 8; round++) {
		struct made m;
		struct ls_buffer seen;
		make(&m, 800, false, 3, 200 + (uint32_t)round);
		copy(&m, &seen);
		for (int i = 0; i < 2; i++)
			if (round >> i & 1)
				lose(&seen, place_for_indel(&m, &seen, &seed), 1);
			else
				win(&seen, place_for_indel(&m, &seen, &seed), i & 3);
		check_repaired(&m, &seen, false, LS_EFFORT_TWO_INDELS, 6);
		ls_buffer_free(&seen);
		ls_buffer_free(&m.bases);
	}
}

TEST(a_header_that_is_wholly_lost_is_no_loss)
{
	struct made m;
	make(&m, 2000, false, 6, 31);
	struct ls_buffer seen;
	copy(&m, &seen);
	for (size_t i = 0; i < 30; i++) /* five symbols */
		seen.data[m.at + m.layout.at[LS_PART_HEADER] + i] ^= 2;
	check_repaired(&m, &seen, false, LS_EFFORT_SUBSTITUTIONS, 30);
	ls_buffer_free(&seen);
	ls_buffer_free(&m.bases);
}

TEST(places_are_those_of_the_file_on_either_strand)
{
	for (int turned = 0; turned <= 1; turned++) {
		struct made m;
		struct ls_buffer seen;
		_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
		make(&m, 1000, false, 2, 37);
		copy(&m, &seen);
		if (turned)
			ls_bases_reverse_complement(seen.data, seen.size);
		uint8_t was = seen.data[55];
		seen.data[55] ^= 3;
		REQUIRE(repair(&seen, LS_TOPOLOGY_UNSAID, LS_EFFORT_DEFAULT, &r, NULL) == 0);
		CHECK(r.reversed == turned);
		REQUIRE(r.differences.count == 1);
		CHECK_INT_EQ(r.differences.list[0].at, 55);
		CHECK_INT_EQ(r.differences.list[0].seen, was ^ 3);
		CHECK_INT_EQ(r.differences.list[0].should, was);
		ls_buffer_free(&seen);
		ls_buffer_free(&m.bases);
	}
}

TEST(a_base_lost_at_a_linear_molecules_end_is_told_there)
{
	for (int turned = 0; turned <= 1; turned++) {
		struct made m;
		struct ls_buffer seen;
		_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
		make(&m, 300, true, 1, 47);
		copy(&m, &seen);
		uint8_t last = seen.data[--seen.size];
		seen.data[seen.size - 1] = m.bases.data[m.bases.size - 2];
		if (turned)
			ls_bases_reverse_complement(seen.data, seen.size);
		REQUIRE(repair(&seen, LS_LINEAR, LS_EFFORT_DEFAULT, &r, NULL) == 0);
		REQUIRE(r.differences.count == 1);
		CHECK_INT_EQ(r.differences.list[0].kind, LS_DELETED);
		if (m.bases.data[m.bases.size - 2] !=
		    last) /* else it may as well be the one before */
			CHECK_INT_EQ(r.differences.list[0].at, turned ? 0 : seen.size);
		CHECK_INT_EQ(r.differences.list[0].should,
			     turned ? LS_BASE_COMPLEMENT(last) : last);
		ls_buffer_free(&seen);
		ls_buffer_free(&m.bases);
	}
}

TEST(more_than_the_parity_can_is_told_and_never_corrected_wrongly)
{
	uint32_t seed = 41;
	for (int round = 0; round < 30; round++) {
		struct made m;
		struct ls_buffer seen;
		struct ls_error err = { 0 };
		_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
		make(&m, 1000, false, 1, 300 + (uint32_t)round);
		copy(&m, &seen);
		for (size_t i = 0; i < 3; i++) /* far from the tags, in three symbols */
			substitute(&seen, 700 + 60 * i + made_below(&seed, 50));
		CHECK_INT_EQ(repair(&seen, LS_CIRCULAR, LS_EFFORT_DEFAULT, &r, &err), -EBADMSG);
		CHECK_STR_EQ(err.id, "dna.repair.none");
		ls_buffer_free(&seen);
		ls_buffer_free(&m.bases);
	}
}

/* Bases that were won outside of the block are bounded as lost ones are. */
TEST(what_was_put_in_is_corrected_up_to_the_paritys_size_and_no_further)
{
	static const size_t WON[] = { 1, 5, 6, 7, 18, 19, 65, 1000, 3900 };
	for (unsigned errors = 1; errors <= 6; errors += 5)
		for (size_t i = 0; i < sizeof(WON) / sizeof(*WON); i++) {
			struct made m;
			struct ls_buffer seen;
			struct ls_error err = { 0 };
			_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
			uint8_t more[3900];
			size_t most = 6 * (2 * errors - 1);
			make(&m, 300, false, errors, 500 + errors);
			made_bases(more, WON[i], 600);
			ls_buffer_init(&seen, 1 << 24);
			ls_buffer_add(&seen, m.bases.data, 100);
			ls_buffer_add(&seen, more, WON[i]);
			ls_buffer_add(&seen, m.bases.data + 100, m.bases.size - 100);
			int rc = repair(&seen, LS_CIRCULAR, LS_EFFORT_ONE_INDEL, &r, &err);
			if ((rc == 0) != (WON[i] <= most && WON[i] <= 64))
				TEST_FAIL("parity for %u errors, %zu bases won: %d", errors, WON[i],
					  rc);
			if (rc < 0)
				CHECK_STR_EQ(err.id, "dna.repair.none");
			ls_buffer_free(&seen);
			ls_buffer_free(&m.bases);
		}
}

/* In one stretch 2t - 1 symbols may be wrong, where anywhere it is t. */
TEST(a_stretch_is_corrected_beyond_what_is_elsewhere)
{
	struct made m;
	make(&m, 1000, false, 3, 700);
	for (damaged_at = 0; damaged_at + 25 <= m.bases.size; damaged_at += 29) {
		size_t end = m.at + m.block;
		struct ls_buffer seen;
		if ((damaged_at + 25 > m.at && damaged_at < m.at + 16) ||
		    (damaged_at + 25 > end - 16 && damaged_at < end))
			continue; /* a tag that is not there is not found */
		copy(&m, &seen);
		for (size_t i = 0; i < 25; i++)
			substitute(&seen, damaged_at + i);
		check_repaired(&m, &seen, false, LS_EFFORT_DEFAULT, 25);
		ls_buffer_free(&seen);
	}
	ls_buffer_free(&m.bases);
}

static int refuse(void *context, const struct ls_proposal *p, struct ls_error *err)
{
	(void)context;
	(void)p;
	(void)err;
	return -EBADMSG;
}

static int damage_of(const struct ls_buffer *seen, struct ls_damage *ret)
{
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
	const struct ls_repair_judge j = { refuse, NULL };
	struct ls_repair_options options = { .effort = LS_EFFORT_SUBSTITUTIONS };
	if (ls_sites_find(seen->data, seen->size, true, LS_SITE_EDITS, &sites, NULL) < 0)
		return -ENOMEM;
	return ls_repair(seen->data, seen->size, LS_CIRCULAR, &sites, &options, &j, &r, ret, NULL);
}

/* Symbols of two words: what the one corrects is suspected, and of the other nothing is said. */
TEST(what_cannot_be_corrected_is_told_as_far_as_the_parity_knows)
{
	struct made m;
	struct ls_buffer seen;
	_cleanup_damage_ struct ls_damage d = { .known = false }, clean = { .known = false },
					  longer = { .known = false };
	make(&m, 26000, false, 3, 800);
	copy(&m, &seen);
	CHECK_INT_EQ(damage_of(&seen, &clean), -EBADMSG);
	CHECK(clean.known && clean.words == 2 && clean.clean == 2 && clean.broken == 0);
	CHECK_INT_EQ(clean.suspects.count, 0);
	size_t one = m.at + m.block + 6 * 100; /* a symbol of the first word */
	uint8_t should = seen.data[one];
	substitute(&seen, one);
	for (size_t i = 0; i < 7; i++)
		substitute(&seen, one + 6 + 12 * (i * i + 1));
	CHECK_INT_EQ(damage_of(&seen, &d), -EBADMSG);
	CHECK(d.known);
	CHECK_INT_EQ(d.words, 2);
	CHECK_INT_EQ(d.clean, 0);
	CHECK_INT_EQ(d.broken, 1);
	CHECK_INT_EQ(d.errors, 3);
	CHECK(d.around == 0 && d.inside == 0);
	REQUIRE(d.suspects.count == 1);
	CHECK_INT_EQ(d.suspects.list[0].at, one);
	CHECK_INT_EQ(d.suspects.list[0].seen, seen.data[one]);
	CHECK_INT_EQ(d.suspects.list[0].should, should);
	CHECK_INT_EQ(d.suspects.list[0].should_at, m.block + 6 * 100);
	win(&seen, 5, 0);
	CHECK_INT_EQ(damage_of(&seen, &longer), -EBADMSG);
	CHECK(longer.known && longer.around == 1 && longer.inside == 0 && longer.words == 0);
	ls_buffer_free(&seen);
	ls_buffer_free(&m.bases);
}

/* A block in a molecule that it was not made for: what is tried is counted, in the effort's units.
 */
static void work_to_refuse(const struct ls_buffer *seen, uint64_t *ret)
{
	_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	unsigned judged = 0;
	const struct ls_repair_judge j = { judge, &judged };
	struct ls_repair_options options = { .effort = LS_EFFORT_DEFAULT };
	*ret = ls_repair_work(&options);
	REQUIRE(ls_sites_find(seen->data, seen->size, true, LS_SITE_EDITS, &sites, NULL) == 0);
	CHECK_INT_EQ(ls_repair(seen->data, seen->size, LS_CIRCULAR, &sites, &options, &j, &r, NULL,
			       NULL),
		     -EBADMSG);
	*ret -= options.work;
}

static void transplant(const struct made *m, size_t n, struct ls_buffer *ret)
{
	ls_buffer_init(ret, 1 << 24);
	made_bases(ls_buffer_reserve(ret, n), n, 900);
	ls_buffer_commit(ret, n);
	ls_buffer_add(ret, m->bases.data + m->at, m->block);
}

TEST(a_block_of_another_molecule_is_refused_with_few_guesses)
{
	static const size_t OTHERS[] = { 2000, 5000, 10000, 25000 };
	for (size_t document = 0; document <= 700; document += 700) {
		struct made m;
		make_documented(&m, 3000, false, 2, 53, document);
		for (size_t i = 0; i < sizeof(OTHERS) / sizeof(*OTHERS); i++) {
			struct ls_buffer seen;
			transplant(&m, OTHERS[i], &seen);
			uint64_t work = 0;
			work_to_refuse(&seen, &work);
			if (work > 1000000)
				TEST_FAIL("%zu bytes of documentation, in %zu bases: %llu",
					  document, OTHERS[i], (unsigned long long)work);
			substitute(&seen, OTHERS[i] + LS_TAG_BASES); /* the head cannot be read */
			work_to_refuse(&seen, &work);
			if (work > 1000000)
				TEST_FAIL("%zu bytes of documentation, in %zu bases, damaged: %llu",
					  document, OTHERS[i], (unsigned long long)work);
			ls_buffer_free(&seen);
		}
		ls_buffer_free(&m.bases);
	}
}

/* What in the head hides the sizes, and a base lost or won elsewhere. */
TEST(a_damaged_head_and_an_indel_beside_documentation)
{
	/* draw; profile, length and place; hint; ORCID iD; plasmid ID; and two of these */
	static const size_t AT[][2] = {
		{ 17, 17 }, { 23, 23 }, { 35, 35 }, { 37, 37 }, { 45, 45 }, { 64, 64 }, { 79, 79 },
		{ 90, 90 }, { 17, 18 }, { 20, 70 }, { 37, 80 }, { 25, 37 }, { 70, 72 },
	};
	for (size_t i = 0; i < sizeof(AT) / sizeof(*AT); i++)
		for (int way = 0; way < 4; way++) {
			struct made m;
			struct ls_buffer seen;
			make_documented(&m, 2000, false, 4, 59, 400);
			copy(&m, &seen);
			for (size_t k = 0; k < (AT[i][0] == AT[i][1] ? 1 : 2); k++)
				substitute(&seen, m.at + AT[i][k]);
			size_t at = way & 1 ? m.at + m.block + 500
					    : m.at + m.layout.at[LS_PART_DOCUMENT] + 40;
			if (way & 2)
				lose(&seen, at, 1);
			else
				win(&seen, at, 1);
			damaged_at = 10 * AT[i][0] + (size_t)way;
			check_repaired(&m, &seen, false, LS_EFFORT_DEFAULT, 5);
			ls_buffer_free(&seen);
			ls_buffer_free(&m.bases);
		}
}

TEST(without_tags_there_is_nothing_to_repair)
{
	struct made m;
	struct ls_error err = { 0 };
	_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
	make(&m, 1000, false, 1, 43);
	CHECK_INT_EQ(repair(&(struct ls_buffer){ .data = m.bases.data, .size = m.at }, LS_LINEAR,
			    LS_EFFORT_DEFAULT, &r, &err),
		     -ENOENT);
	ls_buffer_free(&m.bases);
}

TEST(the_work_is_bounded)
{
	struct made m;
	struct ls_error err = { 0 };
	_cleanup_repaired_ struct ls_repaired r = { .at = 0 };
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	unsigned judged = 0;
	const struct ls_repair_judge j = { judge, &judged };
	struct ls_repair_options options = { .effort = LS_EFFORT_TWO_INDELS, .work = 100000 };
	make(&m, 5000, false, 2, 47);
	lose(&m.bases, 300, 1);
	lose(&m.bases, 4000, 1);
	lose(&m.bases, 4500, 1);
	REQUIRE(ls_sites_find(m.bases.data, m.bases.size, true, LS_SITE_EDITS, &sites, NULL) == 0);
	CHECK_INT_EQ(ls_repair(m.bases.data, m.bases.size, LS_CIRCULAR, &sites, &options, &j, &r,
			       NULL, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.repair.work");
	ls_buffer_free(&m.bases);
}

TEST_MAIN()
