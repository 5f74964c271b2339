/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody may try who has signed molecules and no key.  Whoever alters a molecule can make
 * its parity anew: that is done here throughout, so that nothing but the signature is in the way.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/path.h"
#include "audit/dna/scheme/curve.h"
#include "audit/dna/scheme/made_test.h"
#include "tests/dna/campaign.h"

/* One attack: what was signed, and where it is counted. */
struct attack {
	struct campaign *c;
	const struct specimen *truths[2];
	size_t count, pieces;	      /* pieces: places and sizes that are tried of each thing */
	struct ls_buffer body, block; /* of truths[0] */
	uint64_t state;
};

static void begin(struct attack *a, struct campaign *c, const struct specimen *s,
		  const struct specimen *other)
{
	*a = (struct attack){ .c = c, .truths = { s, other }, .count = other ? 2 : 1 };
	a->pieces = c->whole ? 16 : 4;
	a->state = c->seed ^ s->at;
	ls_buffer_init(&a->body, 1 << 24);
	ls_buffer_init(&a->block, 1 << 20);
	specimen_body(s, &a->body);
	if (ls_buffer_add(&a->block, s->molecule.bases.data + s->at, s->layout.at[LS_PART_COUNT]) <
	    0)
		abort();
}

static void end(struct attack *a)
{
	ls_buffer_free(&a->body);
	ls_buffer_free(&a->block);
}

static void run(struct attack *a, enum kind kind, struct ls_molecule *m, enum expected expected,
		size_t place)
{
	campaign_case(a->c, kind, a->truths, a->count, m, expected, place);
	ls_molecule_free(m);
}

/* Bases with others put in, on this strand or turned. */
static void with(const struct ls_buffer *bases, size_t at, const struct ls_buffer *added,
		 bool turned, struct ls_molecule *ret)
{
	ls_molecule_init(ret);
	ls_buffer_add(&ret->bases, bases->data, at);
	ls_buffer_add(&ret->bases, added->data, added->size);
	if (turned)
		ls_bases_reverse_complement(ret->bases.data + at, added->size);
	if (ls_buffer_add(&ret->bases, bases->data + at, bases->size - at) < 0)
		abort();
}

static void moved(struct attack *a)
{
	for (size_t i = 0; i <= a->pieces; i++)
		for (int turned = 0; turned < 2; turned++) {
			struct ls_molecule m;
			with(&a->body, i * a->body.size / a->pieces, &a->block, turned, &m);
			run(a, KIND_MOVED, &m, EXPECT_VALID, i);
		}
}

/* And a base changed, lost or won besides: of these are several where the block's place is counted
 * from. */
static void moved_and_wrong(struct attack *a)
{
	for (size_t i = 0; i < 8 * a->pieces; i++) {
		struct ls_molecule m;
		size_t n = a->body.size + a->block.size, at = dice_below(&a->state, n);
		uint8_t base = (uint8_t)dice_below(&a->state, 4);
		with(&a->body, dice_below(&a->state, a->body.size), &a->block, i % 2, &m);
		if (i % 3 == 0)
			edit_substitute(&m, at, (uint8_t)(1 + base % 3));
		else if (i % 3 == 1)
			edit_remove(&m, at, 1);
		else
			edit_insert(&m, at, &base, 1);
		if (i % 5 == 0)
			edit_substitute(&m, (at + n / 2) % (n - 1), 2);
		run(a, KIND_MOVED, &m, EXPECT_RIGHT, at);
	}
}

static void transplanted(struct attack *a)
{
	const struct specimen *other = a->truths[1];
	struct ls_buffer body;
	ls_buffer_init(&body, 1 << 24);
	specimen_body(other, &body);
	for (size_t i = 0; i <= a->pieces; i++)
		for (int turned = 0; turned < 2; turned++) {
			struct ls_molecule m;
			with(&body, i * body.size / a->pieces, &a->block, turned, &m);
			run(a, KIND_TRANSPLANT, &m, EXPECT_NOTHING_HOLDS, i);
			with(&other->molecule.bases, i * body.size / a->pieces, &a->block, turned,
			     &m);
			run(a, KIND_TRANSPLANT, &m, EXPECT_NOTHING_HOLDS, a->pieces + i);
		}
	ls_buffer_free(&body);
}

/* A part of the block is missing: at its front, its end, in its middle. */
static void truncated(struct attack *a)
{
	const struct specimen *s = a->truths[0];
	size_t block = a->block.size, last = 0;
	for (size_t i = 1; i <= 2 * a->pieces; i++) {
		size_t gone = i <= a->pieces / 2 ? i : i * block / (2 * a->pieces);
		const size_t from[] = { 0, block - gone, (block - gone) / 2 };
		for (size_t k = 0; k < 3 && gone > last; k++) {
			struct ls_molecule m;
			edit_copy(&s->molecule, &m);
			edit_remove(&m, s->at + from[k], gone);
			run(a, KIND_TRUNCATED, &m, gone > 64 ? EXPECT_NOTHING_HOLDS : EXPECT_RIGHT,
			    gone);
		}
		last = gone;
	}
}

/* Twice the molecule, twice the block, half of it. */
static void copies(struct attack *a)
{
	const struct ls_molecule *s = &a->truths[0]->molecule;
	size_t n = s->bases.size, at = a->truths[0]->at;
	struct ls_molecule m;
	for (size_t more = n; more > 64; more /= 2) {
		edit_copy(s, &m);
		edit_insert(&m, n, s->bases.data, more);
		edit_turn(&m, dice_below(&a->state, m.bases.size), more & 1);
		run(a, KIND_COPIES, &m, EXPECT_NOTHING_HOLDS, more);
		edit_copy(s, &m);
		edit_insert(&m, at, s->bases.data, more);
		run(a, KIND_COPIES, &m, EXPECT_NOTHING_HOLDS, more);
	}
	for (size_t times = 1; times < 4; times++) {
		edit_copy(s, &m);
		for (size_t i = 0; i < times; i++)
			edit_insert(&m, at, a->block.data, a->block.size);
		run(a, KIND_COPIES, &m, EXPECT_NOTHING_HOLDS, times);
	}
	edit_copy(s, &m);
	edit_remove(&m, 0, at);
	run(a, KIND_COPIES, &m, at > 64 ? EXPECT_NOTHING_HOLDS : EXPECT_RIGHT, 0);
}

/* A molecule with this block in it, its parity made for these bases. */
static void forge(struct attack *a, enum kind kind, const struct ls_block *b,
		  const struct ls_buffer *body, size_t at, size_t place)
{
	struct ls_molecule m;
	struct ls_buffer block;
	ls_buffer_init(&block, 1 << 20);
	specimen_assemble(b, body->data, body->size, at, &block);
	with(body, at, &block, false, &m);
	run(a, kind, &m, EXPECT_NOTHING_HOLDS, place);
	ls_buffer_free(&block);
}

/* A base is another one, and the parity says that all is well. */
static void replaced(struct attack *a)
{
	const struct specimen *s = a->truths[0];
	for (size_t i = 0; i < 4 * a->pieces; i++) {
		size_t at = dice_below(&a->state, a->body.size);
		uint8_t was = a->body.data[at];
		a->body.data[at] = (was + 1 + i % 3) & 3;
		forge(a, KIND_REPLACED, &s->block, &a->body, s->at, at);
		a->body.data[at] = was;
	}
}

/* --- fields ------------------------------------------------------------------ */

static void field_profile(struct ls_block *b, unsigned n)
{
	b->profile = (b->profile + 1 + n % 3) % LS_PROFILE_COUNT;
	memset(b->signature + ls_profiles[b->profile].signature_bits / 8, 0,
	       sizeof b->signature - ls_profiles[b->profile].signature_bits / 8);
}
static void field_linear(struct ls_block *b, unsigned n)
{
	(void)n;
	b->linear = !b->linear;
}
static void field_errors(struct ls_block *b, unsigned n)
{
	b->errors = (uint8_t)((b->errors + 1 + n) % 4);
}
static void field_hint(struct ls_block *b, unsigned n)
{
	b->hint ^= (uint16_t)(1u << n);
}
static void field_draw(struct ls_block *b, unsigned n)
{
	b->draw ^= (uint16_t)(1u << n);
}
static void field_place(struct ls_block *b, unsigned n)
{
	b->place = (b->place + 1 + n) % (2 * (uint64_t)b->length);
}
static void field_id(struct ls_block *b, unsigned n)
{
	b->plasmid_id ^= 1u << n;
}
static void field_signer(struct ls_block *b, unsigned n)
{
	b->signers[0] = made_orcid(n % 2 ? BOB : CAROL);
}
static void field_document(struct ls_block *b, unsigned n)
{
	uint8_t bytes[8] = { 200, 0, 5, (uint8_t)n };
	ls_buffer_add(&b->document, bytes, sizeof bytes);
}
static void field_signature(struct ls_block *b, unsigned n)
{
	b->signature[n * 5] ^= (uint8_t)(1u << n % 8);
}

static void copy_block(const struct ls_block *from, struct ls_block *to)
{
	*to = *from;
	ls_buffer_init(&to->document, LS_DOCUMENT_MAX);
	ls_buffer_add(&to->document, from->document.data, from->document.size);
}

/* Each field changed, everything else of the block as it was signed. */
static void fields(struct attack *a)
{
	static void (*const CHANGE[])(struct ls_block * b, unsigned n) = {
		field_profile, field_linear, field_errors, field_hint,	   field_draw,
		field_place,   field_id,     field_signer, field_document, field_signature,
	};
	const struct specimen *s = a->truths[0];
	for (size_t i = 0; i < sizeof CHANGE / sizeof *CHANGE; i++)
		for (unsigned n = 0; n < 3; n++) {
			struct ls_block b;
			copy_block(&s->block, &b);
			CHANGE[i](&b, n);
			/* aggregate and the others write their signers in other ways */
			if (b.profile == LS_PROFILE_AGGREGATE || b.signer_count == 1)
				forge(a, KIND_FIELDS, &b, &a->body, s->at, i);
			ls_block_free(&b);
		}
}

/* The signature of the whole molecule, said to be one of a part. */
static void said_to_be_a_segment(struct attack *a)
{
	const struct specimen *s = a->truths[0];
	for (size_t front = 10; front <= s->at && front < 300; front += 60) {
		struct ls_buffer part;
		struct ls_block b;
		copy_block(&s->block, &b);
		b.segment = b.linear = true;
		b.length = (uint32_t)(2 * front);
		b.place = 2 * front;
		ls_buffer_init(&part, 1000);
		if (s->at + front > a->body.size ||
		    ls_buffer_add(&part, a->body.data + s->at - front, 2 * front) < 0)
			abort();
		forge(a, KIND_FIELDS, &b, &part, front, front);
		ls_buffer_free(&part);
		ls_block_free(&b);
	}
}

/* --- the prototype's fault: two signatures of one signer give a third ------------- */

/* Where in the signature the challenge and the point lie, in bits. */
static size_t challenge_bits(enum ls_profile p)
{
	return p == LS_PROFILE_STANDARD ? 128 : p == LS_PROFILE_STANDARD_FULL ? 255 : 0;
}

/* a S1 + b S2; false: it is no point. */
static bool add_points(const uint8_t *const signatures[2], size_t bits, int a, int b, uint8_t *to)
{
	blst_p1 total = { 0 };
	blst_p1_affine point;
	for (int i = 0; i < 2; i++) {
		int times = i ? b : a;
		blst_p1 step;
		if (ls_g1_from_bits(signatures[i], bits, &point) < 0)
			return false;
		blst_p1_from_affine(&step, &point);
		blst_p1_cneg(&step, times < 0);
		for (int n = 0; n < abs(times); n++)
			blst_p1_add_or_double(&total, &total, &step);
	}
	if (blst_p1_is_inf(&total))
		return false;
	blst_p1_to_affine(&point, &total);
	ls_g1_to_bits(&point, to, bits);
	return true;
}

/* a h1 + b h2, modulo two to the number of bits. */
static void add_challenges(const uint8_t *const signatures[2], size_t bits, int a, int b,
			   uint8_t *to)
{
	int carry = 0;
	for (size_t i = bits; i-- > 0;) {
		int sum = carry;
		for (int k = 0; k < 2; k++)
			sum += (k ? b : a) * (signatures[k][i / 8] >> (7 - i % 8) & 1);
		if (sum & 1)
			to[i / 8] |= (uint8_t)(0x80 >> i % 8);
		carry = (sum - (sum & 1)) / 2;
	}
}

static void combined(struct attack *a)
{
	const struct specimen *s = a->truths[0], *other = a->truths[1];
	const uint8_t *const signatures[2] = { s->block.signature, other->block.signature };
	size_t bits = challenge_bits(s->block.profile), place = 0;
	struct ls_buffer third;
	if (s->block.profile == LS_PROFILE_PAPER)
		return;
	ls_buffer_init(&third, 1 << 24);
	ls_buffer_add(&third, a->body.data, a->body.size);
	third.data[third.size / 2] ^= 1;
	for (int x = -2; x <= 2; x++)
		for (int y = -2; y <= 2; y++)
			for (int way = 0; way < 4; way++, place++) {
				struct ls_block b;
				copy_block(&s->block, &b);
				memset(b.signature, 0, sizeof b.signature);
				add_challenges(signatures, bits, way & 1 ? x : 1, way & 1 ? y : 0,
					       b.signature);
				bool own = (x == 1 && y == 0) && !(way & 2);
				if (!own && add_points(signatures, bits, x, y, b.signature))
					forge(a, KIND_COMBINED, &b, way & 2 ? &third : &a->body,
					      s->at, place);
				ls_block_free(&b);
			}
	ls_buffer_free(&third);
}

/* --- who signed ------------------------------------------------------------------------ */

static void signers(struct attack *a)
{
	static const char *const WHO[] = { ALICE, BOB, CAROL };
	const struct specimen *s = a->truths[0];
	struct campaign *c = a->c;
	for (size_t i = 0; i < 3; i++) {
		struct ls_orcid who = made_orcid(WHO[i]);
		const struct ls_dna_options options = {
			.trust = c->world.trust,
			.expected = &who,
			.repair = { .effort = LS_EFFORT_DEFAULT },
		};
		struct ls_dna_verdict v;
		const char *wrong = NULL;
		bool signer = false;
		if (ls_dna_verify(&s->molecule, &options, &v, NULL) < 0)
			abort();
		for (size_t k = 0; k < s->block.signer_count; k++)
			signer |= strcmp(s->block.signers[k].text, WHO[i]) == 0;
		if ((v.outcome == LS_DNA_VALID) != signer)
			wrong = "whom one asked for did not sign, or did";
		else if (!signer && (v.outcome != LS_DNA_ANOTHER || !v.signed_for))
			wrong = "that another one signed is not told";
		campaign_count(c, KIND_SIGNER, s->name, &s->molecule, &v, wrong, EXPECT_RIGHT, i);
		ls_dna_verdict_free(&v);
	}
}

static void stranger(struct attack *a)
{
	struct specimen forged;
	const struct specimen *s = a->truths[0];
	const struct recipe r = { .name = "a stranger's",
				  .profile = LS_PROFILE_STANDARD,
				  .errors = s->block.errors,
				  .linear = s->block.linear,
				  .at = s->at,
				  .key = a->c->world.stranger };
	struct ls_molecule m;
	specimen_make(&a->c->world, &r, a->body.data, a->body.size, &forged);
	edit_copy(&forged.molecule, &m);
	run(a, KIND_SIGNER, &m, EXPECT_NOTHING_HOLDS, 0);
	/* with our authority's hint, and its parity */
	forged.block.hint = s->block.hint;
	forge(a, KIND_SIGNER, &forged.block, &a->body, s->at, 1);
	specimen_free(&forged);
}

void attack_all(struct campaign *c, const struct specimen *s, const struct specimen *other)
{
	struct attack a;
	begin(&a, c, s, other);
	moved(&a);
	moved_and_wrong(&a);
	transplanted(&a);
	truncated(&a);
	copies(&a);
	replaced(&a);
	fields(&a);
	if (!s->block.linear)
		said_to_be_a_segment(&a);
	combined(&a);
	signers(&a);
	stranger(&a);
	end(&a);
}

/* --- signed twice ------------------------------------------------------------------- */

struct walked {
	const struct specimen *inner;
	size_t steps;
	bool right;
};

static int step(void *context, const struct ls_path_step *p)
{
	struct walked *w = context;
	const struct specimen *s = w->inner;
	const struct ls_buffer *bases = &p->verdict->signed_bases;
	w->steps++;
	w->right = p->verdict->outcome == LS_DNA_VALID && bases->size == s->molecule.bases.size &&
		   judge_same(bases->data, s->molecule.bases.data, bases->size, !s->block.linear);
	return 0;
}

/* The outer signature holds, and the path shows the inner one, which is right. */
static void walk(struct attack *a, const struct specimen *outer, const struct ls_molecule *m,
		 enum expected expected, size_t place)
{
	struct campaign *c = a->c;
	const struct ls_dna_options options = { .trust = c->world.trust,
						.repair = { .effort = LS_EFFORT_DEFAULT } };
	struct walked w = { .inner = a->truths[0] };
	struct ls_dna_verdict v;
	if (ls_dna_verify(m, &options, &v, NULL) < 0)
		abort();
	const char *wrong = judge_verdict(&outer, 1, m, &v);
	bool holds = v.outcome <= LS_DNA_CORRECTED;
	if (!wrong && (ls_dna_path(&v, &options, step, &w, NULL) < 0 ||
		       (holds && (w.steps != 1 || !w.right))))
		wrong = "the earlier signature is not shown, or wrongly";
	campaign_count(c, KIND_TWO_BLOCKS, outer->name, m, &v, wrong, expected, place);
	ls_dna_verdict_free(&v);
}

void attack_two_blocks(struct campaign *c, const struct specimen *s)
{
	struct specimen outer;
	struct attack a;
	struct ls_molecule m;
	const struct recipe r = { .name = "signed twice",
				  .errors = 2,
				  .linear = s->block.linear,
				  .at = s->molecule.bases.size - 20,
				  .key = c->world.bob };
	begin(&a, c, s, NULL);
	specimen_make(&c->world, &r, s->molecule.bases.data, s->molecule.bases.size, &outer);
	walk(&a, &outer, &outer.molecule, EXPECT_VALID, 0);
	size_t n = outer.molecule.bases.size;
	for (size_t i = 0; i < 4 * a.pieces; i++) {
		edit_copy(&outer.molecule, &m);
		size_t at = i * n / (4 * a.pieces);
		edit_substitute(&m, at, (uint8_t)(1 + i % 3));
		walk(&a, &outer, &m, EXPECT_CORRECTED, at);
		ls_molecule_free(&m);
	}
	a.truths[1] = &outer;
	a.count = 2;
	edit_copy(&outer.molecule, &m); /* the inner block is gone, then the outer one */
	edit_remove(&m, s->at, s->layout.at[LS_PART_COUNT]);
	run(&a, KIND_TWO_BLOCKS, &m, EXPECT_NOTHING_HOLDS, 1);
	edit_copy(&outer.molecule, &m);
	edit_remove(&m, outer.at, outer.layout.at[LS_PART_COUNT]);
	run(&a, KIND_TWO_BLOCKS, &m, EXPECT_VALID, 2);
	specimen_free(&outer);
	end(&a);
}

/* --- segments ---------------------------------------------------------------------------- */

/* A segment that was published, put into molecules that somebody signed as a whole. */
static void put_into_whole(struct campaign *c, const struct specimen *segment,
			   const struct specimen *whole)
{
	struct attack a;
	struct ls_buffer part;
	begin(&a, c, whole, segment);
	ls_buffer_init(&part, 1 << 20);
	ls_buffer_add(&part, segment->molecule.bases.data + segment->first, segment->covered);
	for (size_t i = 0; i <= a.pieces; i++)
		for (int turned = 0; turned < 2; turned++) {
			struct ls_molecule m;
			with(&whole->molecule.bases, i * whole->molecule.bases.size / a.pieces,
			     &part, turned, &m);
			size_t at = i * whole->molecule.bases.size / a.pieces;
			/* inside its block: then there is no such block to be read */
			bool within = at > whole->at && at < whole->at + a.block.size;
			run(&a, KIND_SEGMENT, &m, within ? EXPECT_RIGHT : EXPECT_NOTHING_HOLDS, i);
			with(&a.body, i * a.body.size / a.pieces, &part, turned, &m);
			run(&a, KIND_SEGMENT, &m, EXPECT_SEGMENT, a.pieces + i);
		}
	ls_buffer_free(&part);
	end(&a);
}

/* What PCR makes of it: more and more of what is around it is gone, and then of itself. */
static void amplicons(struct campaign *c, const struct specimen *s)
{
	struct attack a;
	begin(&a, c, s, NULL);
	for (size_t i = 0; i < 2 * a.pieces; i++) {
		struct ls_molecule m;
		size_t gone = i * s->first / a.pieces;
		edit_copy(&s->molecule, &m);
		m.topology = LS_LINEAR;
		m.bases.size = s->first + s->covered;
		edit_remove(&m, 0, gone);
		run(&a, KIND_SEGMENT, &m,
		    gone <= s->first	    ? EXPECT_SEGMENT
		    : gone <= s->first + 64 ? EXPECT_RIGHT
					    : EXPECT_NOTHING_HOLDS,
		    gone);
	}
	end(&a);
}

void attack_segments(struct campaign *c, uint64_t seed)
{
	struct ls_buffer bases;
	struct specimen segment, whole;
	const struct recipe part = {
		.name = "segment", .errors = 2, .at = 900, .first = 700, .last = 1100
	};
	const struct recipe all = { .name = "beside a segment", .errors = 2, .at = 300 };
	ls_buffer_init(&bases, 2000);
	for (size_t i = 0; i < 2000; i++)
		ls_buffer_add_u8(&bases, dice(&seed) & 3);
	specimen_make(&c->world, &part, bases.data, 1400, &segment);
	specimen_make(&c->world, &all, bases.data + 1400, 600, &whole);
	amplicons(c, &segment);
	put_into_whole(c, &segment, &whole);
	specimen_free(&segment);
	specimen_free(&whole);
	ls_buffer_free(&bases);
}
