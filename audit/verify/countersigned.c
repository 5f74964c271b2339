/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/countersigned.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/text.h"

#define SHOWN_MAX 100 /* countersignatures in the text; --json has all that are kept */

static const char *const states[] = {
	[LS_COUNTERSIGNED_HOLDS] = "holds",
	[LS_COUNTERSIGNED_WRONG] = "does not hold",
	[LS_COUNTERSIGNED_UNCHECKED] = "could not be checked",
};

const char *ls_countersigned_word(enum ls_countersigned_state state)
{
	return states[state];
}

void ls_countersigned_init(struct ls_countersigned_list *list)
{
	*list = (struct ls_countersigned_list){ .items = NULL };
	pthread_mutex_init(&list->lock, NULL);
}

void ls_countersigned_free(struct ls_countersigned_list *list)
{
	free(list->items);
	list->items = NULL;
	pthread_mutex_destroy(&list->lock);
}

static int add_locked(struct ls_countersigned_list *list, const struct ls_countersigned *one)
{
	list->total++;
	if (list->count == LS_COUNTERSIGNED_KEPT_MAX)
		return 0;
	if (list->count == list->capacity) {
		size_t capacity = 2 * list->capacity + 16;
		void *grown = reallocarray(list->items, capacity, sizeof(*list->items));
		if (!grown)
			return -ENOMEM;
		list->items = grown;
		list->capacity = capacity;
	}
	list->items[list->count++] = *one;
	return 0;
}

int ls_countersigned_add(struct ls_countersigned_list *list, const struct ls_countersigned *one)
{
	pthread_mutex_lock(&list->lock);
	int rc = add_locked(list, one);
	pthread_mutex_unlock(&list->lock);
	return rc;
}

static int by_result(const void *left, const void *right)
{
	const struct ls_countersigned *a = left, *b = right;
	if (a->said.seal != b->said.seal)
		return a->said.seal < b->said.seal ? -1 : 1;
	return a->event < b->event ? -1 : a->event > b->event;
}

void ls_countersigned_sort(struct ls_countersigned_list *list)
{
	if (list->count > 0)
		qsort(list->items, list->count, sizeof(*list->items), by_result);
}

static bool has_signer(const struct ls_countersigned *c)
{
	return !ls_digest_is_zero(&c->signer.certificate);
}

static json_t *item_json(const struct ls_countersigned *c)
{
	char hex[LS_DIGEST_HEX_SIZE], made[LS_UTC_SIZE], sealed[LS_UTC_SIZE], from[LS_UTC_SIZE],
		until[LS_UTC_SIZE];
	json_t *certificate = has_signer(c) ? json_pack("{s:s, s:s, s:s, s:s}", "sha256",
							ls_digest_hex(&c->signer.certificate, hex),
							"subject", c->signer.subject, "from",
							ls_utc_format(c->signer.not_before, from),
							"until",
							ls_utc_format(c->signer.not_after, until))
					    : json_null();
	return json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:o}", "seal",
			 (json_int_t)c->said.seal, "index", (json_int_t)(c->said.seal - 1), "event",
			 (json_int_t)c->event, "state", states[c->state], "name", c->said.name,
			 "meaning", ls_meaning_name(c->said.meaning), "signed",
			 ls_utc_format(c->said.signed_at, made), "sealed",
			 ls_utc_format(c->sealed, sealed), "certificate", certificate);
}

json_t *ls_countersigned_json(const struct ls_countersigned_list *list)
{
	json_t *items = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(items, item_json(&list->items[i]));
	return json_pack("{s:I, s:o}", "total", (json_int_t)list->total, "items", items);
}

static void print_one(const struct ls_countersigned *c)
{
	char hex[LS_DIGEST_HEX_SIZE], made[LS_UTC_SIZE], sealed[LS_UTC_SIZE];
	printf("      %s, %s, signed %s, sealed %s as seal %" PRIu64 ": %s\n",
	       ls_meaning_name(c->said.meaning), c->said.name,
	       ls_utc_format(c->said.signed_at, made), ls_utc_format(c->sealed, sealed), c->event,
	       states[c->state]);
	if (has_signer(c))
		printf("      certificate %s, SHA-256 %s\n", c->signer.subject,
		       ls_digest_hex(&c->signer.certificate, hex));
}

void ls_countersigned_print(const struct ls_countersigned_list *list)
{
	if (list->total == 0)
		return;
	printf("\nCountersigned by persons, beside the instrument's seal\n");
	size_t shown = list->count < SHOWN_MAX ? list->count : SHOWN_MAX;
	for (size_t i = 0; i < shown; i++) {
		const struct ls_countersigned *c = &list->items[i];
		if (i == 0 || c[-1].said.seal != c->said.seal)
			printf("  seal %" PRIu64 "\n", c->said.seal);
		print_one(c);
	}
	if (list->total > shown)
		printf("  ... and %" PRIu64 " more (--json has them)\n", list->total - shown);
}
