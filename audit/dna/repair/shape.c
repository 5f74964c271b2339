/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/shape.h"

#include "audit/dna/block/block_internal.h"
#include "audit/dna/repair/parity.h"

#define DOCUMENT_HEADER_BASES (LS_HEADER_DOCUMENT_BITS / 2)

size_t ls_shape_block(const struct ls_shape *shape)
{
	return 2 * LS_TAG_BASES + shape->head + shape->parity;
}

void ls_shape_of_block(const struct ls_block *b, const struct ls_layout *layout,
		       struct ls_shape *ret)
{
	size_t before = (size_t)(b->place / 2);
	if (b->place % 2)
		before = b->length - before;
	*ret = (struct ls_shape){
		.linear = b->linear,
		.segment = b->segment,
		.told = true,
		.front = b->linear ? before : 0,
		.behind = b->linear ? b->length - before : b->length,
		.head = layout->at[LS_PART_PARITY] - LS_TAG_BASES,
		.parity = layout->at[LS_PART_END_TAG] - layout->at[LS_PART_PARITY],
		.errors = b->errors,
	};
}

/* Whether documentation can have so many bases. */
static bool document_fits(size_t bases)
{
	size_t bytes = bases / 4;
	if (bases == 0 || bases % 4 != 0)
		return false;
	bytes -= (bytes + LS_CHUNK_BYTES) / (LS_CHUNK_BYTES + 1); /* a chunk: its mask and 30 */
	return bytes > 0 && bytes <= LS_DOCUMENT_MAX && ls_document_bases(bytes) == bases;
}

/* Draw ... signature of a block without documentation. */
static size_t plain_head(size_t length, enum ls_profile profile, size_t orcid)
{
	size_t count = profile == LS_PROFILE_AGGREGATE ? LS_SIGNER_COUNT_BITS / 2 : 0;
	size_t header = LS_HEADER_BITS / 2 + (length > LS_NARROW_LENGTH_MAX ? 32 : 16);
	return LS_DRAW_BASES + header + count + orcid + LS_ID_BASES +
	       ls_profiles[profile].signature_bases;
}

/* What is tried of a size: a profile, an ORCID iD's bases, and t. */
struct sized {
	size_t length, inside, plain; /* plain: draw ... signature without documentation */
	unsigned errors;
};

/* The parity of so many words, if the rest of what is inside then needs as many; a head that is
 * longer than a plain one is documentation's. */
static bool has_words(const struct sized *s, size_t words, bool documented, struct ls_shape *shape)
{
	size_t parity = 2 * (size_t)s->errors * words * LS_SYMBOL_BASES, needed;
	if (s->inside < s->plain + parity)
		return false;
	size_t head = s->inside - parity, more = head - s->plain;
	if (documented
		    ? more < DOCUMENT_HEADER_BASES || !document_fits(more - DOCUMENT_HEADER_BASES)
		    : more != 0)
		return false;
	ls_parity_bases(s->length, 2 * LS_TAG_BASES + head, s->errors, &needed);
	shape->head = head;
	shape->parity = parity;
	shape->errors = s->errors;
	return needed == words;
}

static size_t add_sized(const struct sized *s, bool documented, const struct ls_shape *of,
			struct ls_shape *ret, size_t count)
{
	size_t least, most;
	if (s->plain > s->inside)
		return count;
	ls_parity_bases(s->length, 2 * LS_TAG_BASES + s->plain, s->errors, &least);
	ls_parity_bases(s->length, 2 * LS_TAG_BASES + s->inside, s->errors, &most);
	for (size_t words = least; words <= most && count < LS_SHAPES_MAX; words++) {
		ret[count] = *of;
		count += has_words(s, words, documented, &ret[count]);
	}
	return count;
}

/* Those without documentation first: they are few. */
size_t ls_shapes_of_size(bool linear, size_t front, size_t behind, size_t inside,
			 struct ls_shape *ret)
{
	static const size_t orcids[] = { LS_ORCID_BASES, LS_ORCID_BASES_OTHER };
	const struct ls_shape of = { .linear = linear, .front = front, .behind = behind };
	struct sized s = { .length = front + behind, .inside = inside };
	size_t count = 0;
	for (int documented = 0; documented <= 1; documented++)
		for (int profile = 0; profile < LS_PROFILE_COUNT; profile++)
			for (size_t o = 0; o < sizeof(orcids) / sizeof(*orcids); o++) {
				s.plain = plain_head(s.length, (enum ls_profile)profile, orcids[o]);
				for (s.errors = 1; s.errors <= LS_ERRORS_MAX; s.errors++)
					count = add_sized(&s, documented, &of, ret, count);
			}
	return count;
}
