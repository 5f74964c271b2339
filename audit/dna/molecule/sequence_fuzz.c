/* SPDX-License-Identifier: Apache-2.0 */
/* A file of molecules, of any format. */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/molecules.h"
#include "lib/base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t read_some(void *context, void *buffer, size_t n)
{
	struct ls_reader *r = context;
	size_t left = ls_reader_left(r);
	n = n < left ? n : left;
	return ls_read_into(r, buffer, n) < 0 ? -1 : (ssize_t)n;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	(void)context, (void)genbank;
	if (m->bases.size == 0 || m->bases.size != m->letters.size)
		abort();
	for (size_t i = 0; i < m->bases.size; i++)
		if (m->bases.data[i] > 3)
			abort();
	return 0;
}

static int failed(void *context, const char *name, const struct ls_error *err)
{
	(void)context, (void)name;
	if (!err->message[0] || err->code >= 0)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_reader r;
	const struct ls_byte_source source = { read_some, &r };
	const struct ls_molecule_taker taker = { take, failed, NULL };
	ls_reader_init(&r, data, size);
	ls_molecules_from(&source, &taker, NULL);
	return 0;
}
