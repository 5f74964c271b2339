/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/sampled.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROWTH 16 /* items at a time */

void ls_sampled_init(struct ls_sampled_list *list)
{
	*list = (struct ls_sampled_list){ .items = NULL };
	pthread_mutex_init(&list->lock, NULL);
}

void ls_sampled_free(struct ls_sampled_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].record);
		json_decref(list->items[i].records);
	}
	free(list->items);
	list->items = NULL;
	list->count = 0;
	json_decref(list->keys);
	list->keys = NULL;
	pthread_mutex_destroy(&list->lock);
}

/* --- what records say -------------------------------------------------------------------- */

static bool is_same(const struct ls_sample *a, const struct ls_sample *b)
{
	return ls_digest_equal(&a->sha256, &b->sha256) && a->size == b->size &&
	       strcmp(a->name, b->name) == 0 && strcmp(a->signer.text, b->signer.text) == 0;
}

static struct ls_sampled *add(struct ls_sampled_list *list, const struct ls_sample *sample,
			      const char *file)
{
	if (list->count % GROWTH == 0) {
		void *grown = reallocarray(list->items, list->count + GROWTH, sizeof(*list->items));
		if (!grown)
			return NULL;
		list->items = grown;
	}
	struct ls_sampled *one = &list->items[list->count];
	*one = (struct ls_sampled){
		.sample = *sample, .record = strdup(file), .verdict = "", .outcome = ""
	};
	if (!one->record)
		return NULL;
	list->count++;
	return one;
}

/* The newest ones are the likeliest. */
static void tell(struct ls_sampled_list *list, const struct ls_sample *sample, uint64_t seal,
		 const char *file)
{
	struct ls_sampled *one = NULL;
	for (size_t i = list->count; !one && i-- > 0;)
		if (is_same(&list->items[i].sample, sample))
			one = &list->items[i];
	if (!one && list->count == LS_SAMPLED_MAX) {
		list->more = true;
		return;
	}
	if (!one && !(one = add(list, sample, file))) {
		list->out_of_memory = true;
		return;
	}
	one->seals++;
	one->first = one->first && one->first < seal ? one->first : seal;
	one->last = one->last > seal ? one->last : seal;
}

void ls_sampled_tell(struct ls_sampled_list *list, const struct ls_record *record, const char *file)
{
	if (record->samples.count == 0)
		return;
	pthread_mutex_lock(&list->lock);
	for (size_t i = 0; i < record->samples.count; i++)
		tell(list, &record->samples.list[i], record->seal, file);
	pthread_mutex_unlock(&list->lock);
}

/* --- for who reads it ---------------------------------------------------------------------- */

const char *ls_sampled_word(const struct ls_sampled_list *list, const struct ls_sampled *one)
{
	static const char *const files[] = {
		[LS_SAMPLED_ELSEWHERE] = "not checked: its sequence file is on the share, not here",
		[LS_SAMPLED_WRONG] = "not checked: the sequence file is not the sealed one",
		[LS_SAMPLED_UNREAD] = "COULD NOT BE CHECKED: the sequence file could not be read",
	};
	if (one->file != LS_SAMPLED_AS_SEALED)
		return files[one->file];
	if (!list->is_asked)
		return "not checked: give --dna-trust";
	return one->verdict[0] ? one->verdict : "COULD NOT BE CHECKED";
}

static json_t *text(const char *value)
{
	return value[0] ? json_string(value) : json_null();
}

static json_t *item_json(const struct ls_sampled *one)
{
	static const char *const files[] = { [LS_SAMPLED_ELSEWHERE] = "elsewhere",
					     [LS_SAMPLED_AS_SEALED] = "as sealed",
					     [LS_SAMPLED_WRONG] = "not as sealed",
					     [LS_SAMPLED_UNREAD] = "unread" };
	char path[LS_SEQUENCE_PATH_SIZE], hex[LS_DIGEST_HEX_SIZE];
	json_t *seals = json_pack("{s:I, s:I, s:I}", "count", (json_int_t)one->seals, "first",
				  (json_int_t)one->first, "last", (json_int_t)one->last);
	json_t *records = one->records ? json_incref(one->records) : json_array();
	json_t *dna = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "verdict", text(one->verdict),
				"outcome", text(one->outcome), "signers", text(one->signers), "id",
				text(one->id), "why", text(one->why), "records", records);
	return json_pack("{s:s, s:s, s:s, s:I, s:o, s:s, s:o, s:o}", "name", one->sample.name,
			 "path", ls_sequence_path(&one->sample.sha256, path), "sha256",
			 ls_digest_hex(&one->sample.sha256, hex), "size",
			 (json_int_t)one->sample.size, "signed_by", text(one->sample.signer.text),
			 "file", files[one->file], "seals", seals, "dna",
			 one->verdict[0] ? dna : (json_decref(dna), json_null()));
}

json_t *ls_sampled_json(const struct ls_sampled_list *list)
{
	json_t *items = json_array();
	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(items, item_json(&list->items[i]));
	return items;
}

json_t *ls_sampled_keys_json(const struct ls_sampled_list *list)
{
	return list->keys ? json_incref(list->keys) : json_array();
}

static void print_keys(const struct ls_sampled_list *list)
{
	size_t i;
	const json_t *log;
	json_array_foreach(list->keys, i, log)
	{
		const char *origin, *as_of, *clock;
		json_int_t entries, age, most;
		if (json_unpack((json_t *)log, "{s:s, s:I, s:s, s:s, s:I, s:I}", "log", &origin,
				"entries", &entries, "as_of", &as_of, "clock", &clock, "age", &age,
				"max_age", &most) == 0)
			printf("  keys by the log %s: %" JSON_INTEGER_FORMAT
			       " entries as of %s (%s), %" JSON_INTEGER_FORMAT
			       " seconds old, %" JSON_INTEGER_FORMAT " allowed\n",
			       origin, entries, as_of, clock, age, most);
	}
}

static void print_one(const struct ls_sampled_list *list, const struct ls_sampled *one)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	const char *expected = one->sample.signer.text;
	printf("  %s\n      %s\n      signature in DNA: %s%s%s%s%s%s%s\n      in %" PRIu64
	       " seals, from seal %" PRIu64 " to seal %" PRIu64 "%s%s\n",
	       one->sample.name, ls_sequence_path(&one->sample.sha256, path),
	       ls_sampled_word(list, one), one->outcome[0] ? ": " : "", one->outcome,
	       one->signers[0]
		       ? (strcmp(one->verdict, "VERIFIED") == 0 ? ", signed by " : ", claims ")
		       : "",
	       one->signers, one->why[0] ? ": " : "", one->why, one->seals, one->first, one->last,
	       expected[0] ? ", to be signed by " : "", expected);
}

void ls_sampled_print(const struct ls_sampled_list *list)
{
	if (list->count == 0)
		return;
	printf("\nSamples, by their sequence files\n");
	print_keys(list);
	for (size_t i = 0; i < list->count; i++)
		print_one(list, &list->items[i]);
}
