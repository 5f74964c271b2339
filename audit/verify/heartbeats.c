/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/heartbeats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define SHOWN_MAX 20 /* stretches in the text */

void ls_heartbeats_init(struct ls_heartbeats *h)
{
	memset(h, 0, sizeof(*h));
	pthread_mutex_init(&h->lock, NULL);
}

void ls_heartbeats_free(struct ls_heartbeats *h)
{
	free(h->items);
	pthread_mutex_destroy(&h->lock);
}

static const char *kind_of(const struct ls_record *r)
{
	static const char *const kinds[] = { "heartbeat", "vm-start", "vm-stop" };
	for (size_t i = 0; r->kind == LS_SEAL_EVENT && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (strcmp(r->event, kinds[i]) == 0)
			return kinds[i];
	return NULL;
}

static bool has_room(struct ls_heartbeats *h)
{
	if (h->count < h->capacity)
		return true;
	size_t capacity = h->capacity > 0 ? 2 * h->capacity : 64;
	struct ls_heartbeat *items = reallocarray(h->items, capacity, sizeof(*items));
	if (!items) {
		h->out_of_memory = true;
		return false;
	}
	h->items = items;
	h->capacity = capacity;
	return true;
}

void ls_heartbeats_tell(struct ls_heartbeats *h, const struct ls_record *record)
{
	const char *kind = kind_of(record);
	if (!kind)
		return;
	pthread_mutex_lock(&h->lock);
	if (has_room(h))
		h->items[h->count++] = (struct ls_heartbeat){ record->seal, record->received / 1000,
							      kind };
	pthread_mutex_unlock(&h->lock);
}

static int compare(const void *a, const void *b)
{
	const struct ls_heartbeat *x = a, *y = b;
	return (x->seal > y->seal) - (x->seal < y->seal);
}

void ls_heartbeats_sort(struct ls_heartbeats *h)
{
	if (h->count > 0)
		qsort(h->items, h->count, sizeof(*h->items), compare);
}

/* How many are before this seal. */
static size_t count_before(const struct ls_heartbeats *h, uint64_t seal)
{
	size_t from = 0, to = h->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (h->items[middle].seal < seal)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

void ls_heartbeats_around(const struct ls_heartbeats *h, uint64_t seal,
			  const struct ls_heartbeat **ret_before,
			  const struct ls_heartbeat **ret_after)
{
	size_t before = count_before(h, seal), after = count_before(h, seal + 1);
	*ret_before = before > 0 ? &h->items[before - 1] : NULL;
	*ret_after = after < h->count ? &h->items[after] : NULL;
}

static void add(char buffer[static LS_HEARTBEATS_SENTENCE], const char *word,
		const struct ls_heartbeat *b)
{
	char utc[LS_UTC_SIZE];
	size_t n = strlen(buffer);
	snprintf(buffer + n, LS_HEARTBEATS_SENTENCE - n, "%s%s %s %" PRIu64 " (%s)",
		 n > 0 ? " and " : "", word, b->kind, b->seal, ls_utc_format(b->time, utc));
}

const char *ls_heartbeats_sentence(const struct ls_heartbeats *h, uint64_t seal,
				   char buffer[static LS_HEARTBEATS_SENTENCE])
{
	const struct ls_heartbeat *before, *after;
	ls_heartbeats_around(h, seal, &before, &after);
	buffer[0] = '\0';
	if (before)
		add(buffer, "after", before);
	if (after)
		add(buffer, "before", after);
	size_t n = strlen(buffer);
	if (!after)
		snprintf(buffer + n, LS_HEARTBEATS_SENTENCE - n, "%sno later heartbeat",
			 n > 0 ? ", " : "");
	return buffer;
}

/* Seals from first to last that lie between the same two; false: there is none. */
static bool stretch(const struct ls_heartbeats *h, size_t i, uint64_t size, uint64_t *first,
		    uint64_t *last)
{
	*first = i > 0 ? h->items[i - 1].seal + 1 : 1;
	*last = i < h->count ? h->items[i].seal - 1 : size;
	return *first <= *last;
}

void ls_heartbeats_print(const struct ls_heartbeats *h, uint64_t size)
{
	char sentence[LS_HEARTBEATS_SENTENCE];
	uint64_t first, last;
	size_t shown = 0, i = h->count + 1;
	while (i > 0 && shown < SHOWN_MAX)
		shown += stretch(h, --i, size, &first, &last);
	if (shown > 0)
		printf("\nSealed between heartbeats%s\n", i > 0 ? " (the newest)" : "");
	for (; i <= h->count; i++) {
		if (!stretch(h, i, size, &first, &last))
			continue;
		if (first == last)
			printf("  seal %" PRIu64, first);
		else
			printf("  seals %" PRIu64 " to %" PRIu64, first, last);
		printf(": %s\n", ls_heartbeats_sentence(h, first, sentence));
	}
}

static json_t *one(const struct ls_heartbeat *b)
{
	char utc[LS_UTC_SIZE];
	return json_pack("{s:I, s:s, s:s}", "seal", (json_int_t)b->seal, "kind", b->kind, "time",
			 ls_utc_format(b->time, utc));
}

json_t *ls_heartbeats_json(const struct ls_heartbeats *h, uint64_t size)
{
	if (h->count == 0)
		return json_null();
	uint64_t last = h->items[h->count - 1].seal;
	return json_pack("{s:I, s:o, s:o, s:I}", "count", (json_int_t)h->count, "first",
			 one(&h->items[0]), "last", one(&h->items[h->count - 1]), "without_later",
			 (json_int_t)(size > last ? size - last : 0));
}
