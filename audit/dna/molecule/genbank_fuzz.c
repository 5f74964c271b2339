/* SPDX-License-Identifier: Apache-2.0 */
/* A GenBank file: what is read is put in and taken out again, and is then as it was. */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/genbank.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void in_and_out(const struct ls_genbank *g, size_t at)
{
	_cleanup_buffer_ struct ls_buffer with, without;
	_cleanup_genbank_ struct ls_genbank between = { 0 };
	const struct ls_new_feature f = { "misc_feature", "x",	LS_BLOCK_NOTE " 1: x", at,
					  at + 3,	  false };
	struct ls_reader r;
	size_t line = 0;
	ls_buffer_init(&with, LS_GENBANK_SIZE_MAX);
	ls_buffer_init(&without, LS_GENBANK_SIZE_MAX);
	if (ls_genbank_insert(g, at, "acgt", 4, &f, 1, &with, NULL) < 0)
		return;
	ls_reader_init(&r, with.data, with.size);
	if (ls_genbank_next(&r, &line, &between, NULL) < 0)
		return; /* a number that grew past a limit */
	if (between.molecule.bases.size != g->molecule.bases.size + 4 ||
	    memcmp(between.molecule.bases.data, g->molecule.bases.data, at - 1) != 0)
		abort();
	if (ls_genbank_remove(&between, at, 4, &without, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_reader r;
	size_t line = 0;
	ls_reader_init(&r, data, size);
	for (;;) {
		_cleanup_genbank_ struct ls_genbank g = { 0 };
		const struct ls_feature *beside;
		if (ls_genbank_next(&r, &line, &g, NULL) < 0)
			return 0;
		size_t at = ls_genbank_free_place(&g);
		if (at > 0 && ls_genbank_may_insert(&g, at, &beside, NULL) == 0)
			in_and_out(&g, at);
	}
}
