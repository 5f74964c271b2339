/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/shape.h"

#include "audit/dna/block/block_internal.h"

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

/* With t errors and what is left as documentation, if that can be. */
static bool fits(size_t length, size_t inside, size_t plain, unsigned errors,
		 struct ls_shape *shape)
{
	size_t words, tags = 2 * LS_TAG_BASES;
	size_t parity = ls_parity_bases(length, tags + plain, errors, &words);
	if (plain + parity != inside) { /* the documentation's size decides on the words, too */
		parity = (size_t)2 * errors * words * 6;
		if (inside < plain + DOCUMENT_HEADER_BASES + parity)
			return false;
		parity = ls_parity_bases(length, tags + inside - parity, errors, &words);
		if (inside < plain + DOCUMENT_HEADER_BASES + parity ||
		    !document_fits(inside - parity - plain - DOCUMENT_HEADER_BASES))
			return false;
	}
	shape->head = inside - parity;
	shape->parity = parity;
	shape->errors = errors;
	return true;
}

size_t ls_shapes_of_size(bool linear, size_t front, size_t behind, size_t inside,
			 struct ls_shape *ret)
{
	static const size_t orcids[] = { LS_ORCID_BASES, LS_ORCID_BASES_OTHER };
	size_t count = 0, length = front + behind;
	for (int profile = 0; profile < LS_PROFILE_COUNT; profile++)
		for (size_t o = 0; o < sizeof(orcids) / sizeof(*orcids); o++)
			for (unsigned t = 1; t <= LS_ERRORS_MAX && count < LS_SHAPES_MAX; t++) {
				struct ls_shape shape = { .linear = linear,
							  .front = front,
							  .behind = behind };
				size_t plain = plain_head(length, (enum ls_profile)profile,
							  orcids[o]);
				if (plain <= inside && fits(length, inside, plain, t, &shape))
					ret[count++] = shape;
			}
	return count;
}
