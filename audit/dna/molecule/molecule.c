/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/molecule.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

void ls_molecule_init(struct ls_molecule *m)
{
	memset(m, 0, sizeof *m);
	ls_buffer_init(&m->letters, LS_MOLECULE_SIZE_MAX);
	ls_buffer_init(&m->bases, LS_MOLECULE_SIZE_MAX);
}

void ls_molecule_free(struct ls_molecule *m)
{
	ls_buffer_free(&m->letters);
	ls_buffer_free(&m->bases);
}

static int no_base(unsigned char letter, size_t place, struct ls_error *err)
{
	if (ls_base_set(letter))
		return ls_fail(err, -EBADMSG, "dna.sequence.ambiguous",
			       "'%c' at base %zu stands for several bases; only a, c, g and t can "
			       "be signed or "
			       "verified: say which it is",
			       letter, place);
	if (isgraph(letter))
		return ls_fail(err, -EBADMSG, "dna.sequence.letter", "'%c' at base %zu is no base",
			       letter, place);
	return ls_fail(err, -EBADMSG, "dna.sequence.letter", "byte 0x%02x at base %zu is no base",
		       letter, place);
}

int ls_molecule_add(struct ls_molecule *m, const char *letters, size_t n, struct ls_error *err)
{
	if (n > LS_MOLECULE_SIZE_MAX - m->bases.size)
		return ls_fail(err, -EFBIG, "dna.sequence.size", "a record of more than %u bases",
			       LS_MOLECULE_SIZE_MAX);
	uint8_t *bases = ls_buffer_reserve(&m->bases, n);
	if (n > 0 && (!bases || ls_buffer_add(&m->letters, letters, n) < 0))
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	for (size_t i = 0; i < n; i++) {
		int base = ls_base_of((unsigned char)letters[i]);
		if (base < 0)
			return no_base((unsigned char)letters[i], m->bases.size + i + 1, err);
		bases[i] = (uint8_t)base;
	}
	if (n > 0)
		ls_buffer_commit(&m->bases, n);
	return 0;
}
