/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/rows.h"

#include <stdlib.h>
#include <string.h>

void ls_rows_init(struct ls_rows *rows)
{
	memset(rows, 0, sizeof(*rows));
	pthread_mutex_init(&rows->lock, NULL);
}

void ls_rows_free(struct ls_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++)
		free((void *)(uintptr_t)rows->items[i].folder);
	free(rows->items);
	free(rows->failed);
	free(rows->unable);
	pthread_mutex_destroy(&rows->lock);
}

/* Room for one more; NULL: out of memory. */
static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return items;
	void *grown = reallocarray(items, 2 * *capacity + 64, size);
	if (grown)
		*capacity = 2 * *capacity + 64;
	return grown;
}

static void add(struct ls_rows *rows, const struct ls_row *row)
{
	if (rows->total++ >= LS_ROWS_MAX)
		return;
	void *items = grow(rows->items, rows->count, &rows->capacity, sizeof(*rows->items));
	char *folder = strdup(row->folder);
	if (items)
		rows->items = items;
	if (!items || !folder) {
		free(folder);
		rows->out_of_memory = true;
		return;
	}
	rows->items[rows->count] = *row;
	rows->items[rows->count++].folder = folder;
}

void ls_rows_add(struct ls_rows *rows, const struct ls_row *row)
{
	if (!rows->wanted)
		return;
	pthread_mutex_lock(&rows->lock);
	add(rows, row);
	pthread_mutex_unlock(&rows->lock);
}

static void mark(struct ls_rows *rows, uint64_t **seals, size_t *count, size_t *capacity,
		 uint64_t seal)
{
	if (*count > 0 && (*seals)[*count - 1] == seal)
		return; /* the findings of one folder come together */
	uint64_t *grown = grow(*seals, *count, capacity, sizeof(*grown));
	if (!grown) {
		rows->out_of_memory = true;
		return;
	}
	*seals = grown;
	grown[(*count)++] = seal;
}

void ls_rows_mark(struct ls_rows *rows, uint64_t seal, bool failed)
{
	if (!rows->wanted)
		return;
	pthread_mutex_lock(&rows->lock);
	if (failed)
		mark(rows, &rows->failed, &rows->failed_count, &rows->failed_capacity, seal);
	else
		mark(rows, &rows->unable, &rows->unable_count, &rows->unable_capacity, seal);
	pthread_mutex_unlock(&rows->lock);
}

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

static int by_seal(const void *left, const void *right)
{
	const struct ls_row *a = left, *b = right;
	return a->seal != b->seal ? (a->seal < b->seal ? -1 : 1) : strcmp(a->folder, b->folder);
}

void ls_rows_sort(struct ls_rows *rows)
{
	if (rows->count > 0)
		qsort(rows->items, rows->count, sizeof(*rows->items), by_seal);
	if (rows->failed_count > 0)
		qsort(rows->failed, rows->failed_count, sizeof(*rows->failed), by_number);
	if (rows->unable_count > 0)
		qsort(rows->unable, rows->unable_count, sizeof(*rows->unable), by_number);
}

static bool holds(const uint64_t *seals, size_t count, uint64_t seal)
{
	return count > 0 && bsearch(&seal, seals, count, sizeof(seal), by_number) != NULL;
}

bool ls_rows_failed(const struct ls_rows *rows, uint64_t seal)
{
	return holds(rows->failed, rows->failed_count, seal);
}

bool ls_rows_unable(const struct ls_rows *rows, uint64_t seal)
{
	return holds(rows->unable, rows->unable_count, seal);
}
