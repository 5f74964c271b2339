/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/shape.h"

#include "lib/base/test.h"

/* What is laid over a molecule by these sizes is read to the end of its parity: a shape whose
 * parity is of more words than its own bases need would be read behind it. */
static void check_shapes(size_t behind, size_t inside)
{
	static struct ls_shape shapes[LS_SHAPES_MAX];
	size_t count = ls_shapes_of_size(false, 0, behind, inside, shapes);
	for (size_t i = 0; i < count; i++) {
		const struct ls_shape *s = &shapes[i];
		size_t words, parity = ls_parity_bases(behind, 2 * LS_TAG_BASES + s->head,
						       s->errors, &words);
		if (s->parity != parity || s->head + s->parity != inside)
			TEST_FAIL("%zu bases and %zu inside, %u errors: %zu of head, %zu of parity "
				  "and not %zu",
				  behind, inside, s->errors, s->head, s->parity, parity);
	}
}

TEST(a_shapes_parity_is_that_of_its_own_sizes)
{
	for (size_t behind = 300; behind < 60000; behind += 997)
		for (size_t inside = 300; inside < 30000; inside += 499)
			check_shapes(behind, inside);
	check_shapes(4294, 20675);
}

/* Each size that a block can have is found, with documentation or none. */
TEST(the_shape_of_each_block_is_among_those_of_its_size)
{
	static struct ls_shape shapes[LS_SHAPES_MAX];
	static const size_t LENGTHS[] = { 500, 3000, 23800, 24500, 48000 };
	static const size_t DOCUMENTS[] = { 0, 1, 29, 30, 31, 700, 5900, 6000, 12000 };
	for (size_t l = 0; l < sizeof LENGTHS / sizeof *LENGTHS; l++)
		for (size_t d = 0; d < sizeof DOCUMENTS / sizeof *DOCUMENTS; d++)
			for (uint8_t t = 1; t <= LS_ERRORS_MAX; t++) {
				static uint8_t bytes[12000];
				struct ls_block b = { .errors = t,
						      .length = (uint32_t)LENGTHS[l],
						      .signer_count = 1 };
				struct ls_layout layout;
				struct ls_shape made;
				bool found = false;
				REQUIRE(ls_orcid_parse("0000-0001-5000-0007", &b.signers[0],
						       NULL) == 0);
				b.document.data = bytes;
				b.document.size = DOCUMENTS[d];
				ls_block_layout(&b, &layout);
				ls_shape_of_block(&b, &layout, &made);
				size_t count = ls_shapes_of_size(false, 0, made.behind,
								 made.head + made.parity, shapes);
				for (size_t i = 0; !found && i < count; i++)
					found = shapes[i].head == made.head &&
						shapes[i].errors == made.errors;
				if (!found)
					TEST_FAIL("%zu bases, %zu bytes, %u errors", LENGTHS[l],
						  DOCUMENTS[d], t);
			}
}

TEST_MAIN()
