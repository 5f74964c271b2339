/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct ls_dcc_chunk {
	struct ls_dcc_chunk *next;
	max_align_t bytes[];
};

static void *fail(struct ls_dcc_memory *m, int code)
{
	if (!m->failed)
		m->failed = code;
	return NULL;
}

void *ls_dcc_take(struct ls_dcc_memory *m, size_t count, size_t size)
{
	size_t n = sizeof(struct ls_dcc_chunk);
	if (size && count > (LS_DCC_MEMORY_MAX - n) / size)
		return fail(m, -EFBIG);
	n += count * size;
	if (n > LS_DCC_MEMORY_MAX - m->held)
		return fail(m, -EFBIG);
	struct ls_dcc_chunk *chunk = calloc(1, n);
	if (!chunk)
		return fail(m, -ENOMEM);
	chunk->next = m->chunks;
	m->chunks = chunk;
	m->held += n;
	return chunk->bytes;
}

void *ls_dcc_append(struct ls_dcc_memory *m, void *array, size_t *count, size_t size, size_t max)
{
	if (*count >= max)
		return fail(m, -EFBIG);
	if ((*count & (*count - 1)) == 0) { /* full at each power of two */
		void *larger = ls_dcc_take(m, *count ? *count * 2 : 1, size);
		if (!larger)
			return NULL;
		if (*count)
			memcpy(larger, array, *count * size);
		array = larger;
	}
	++*count;
	return array;
}

const char *ls_dcc_keep(struct ls_dcc_memory *m, const char *text, size_t length)
{
	char *copy = ls_dcc_take(m, length + 1, 1);
	if (!copy)
		return "";
	if (length)
		memcpy(copy, text, length);
	return copy;
}

void ls_dcc_memory_free(struct ls_dcc_memory *m)
{
	while (m->chunks) {
		struct ls_dcc_chunk *chunk = m->chunks;
		m->chunks = chunk->next;
		free(chunk);
	}
	*m = (struct ls_dcc_memory){ 0 };
}
