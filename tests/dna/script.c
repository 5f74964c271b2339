/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "tests/dna/campaign.h"

#define SCRIPT_EDITS 24	   /* more are not looked at: each byte more is a slower run */
#define SCRIPT_BASES 30000 /* nor does a molecule grow past this */

static void put_tag(struct ls_molecule *m, size_t at, uint8_t which)
{
	struct ls_molecule tag;
	ls_molecule_init(&tag);
	ls_bases_from_text(which & 1 ? LS_END_TAG : LS_START_TAG, LS_TAG_BASES, &tag.bases);
	if (which & 2)
		ls_bases_reverse_complement(tag.bases.data, tag.bases.size);
	edit_insert(m, at, tag.bases.data, tag.bases.size);
	ls_molecule_free(&tag);
}

/* A stretch once more, at its own place or at the molecule's end. */
static void repeat(struct ls_molecule *m, size_t at, uint8_t size)
{
	size_t n = 8 * ((size_t)size + 1);
	struct ls_molecule copy;
	if (n > m->bases.size - at)
		n = m->bases.size - at;
	edit_copy(m, &copy);
	edit_insert(m, size & 1 ? at : m->bases.size, copy.bases.data + at, n);
	ls_molecule_free(&copy);
}

static void apply(struct ls_molecule *m, uint8_t what, size_t at, uint8_t how)
{
	const uint8_t base = how & 3;
	size_t left = m->bases.size - at, gone = how % 32 + 1;
	switch (what % 8) {
	case 0: edit_substitute(m, at, base); break;
	case 1: edit_remove(m, at, gone < left ? gone : left - 1); break;
	case 2: edit_insert(m, at, &base, 1); break;
	case 3: put_tag(m, at, how); break;
	case 4: repeat(m, at, how); break;
	case 5: edit_turn(m, at, how & 1); break;
	case 6: m->topology = how % 3; break;
	case 7: edit_remove(m, at, left - 1 < 8 * (size_t)how ? left - 1 : 8 * (size_t)how); break;
	}
}

void edit_script(struct ls_molecule *m, const uint8_t *script, size_t n)
{
	for (size_t i = 0; i + 4 <= n && i < 4 * SCRIPT_EDITS; i += 4) {
		size_t at = ((size_t)script[i + 1] << 8 | script[i + 2]) % m->bases.size;
		if (m->bases.size < SCRIPT_BASES)
			apply(m, script[i], at, script[i + 3]);
	}
}
