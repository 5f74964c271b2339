/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/listing.h"

#include <string.h>

#include "diode/receive/events.h"

#define SECOND 1000000000ll

void ls_listing_free(struct ls_listing *l)
{
	ls_sha256_free(&l->hash);
	*l = (struct ls_listing){ 0 };
}

void ls_listing_refill(struct ls_listing_budget *b, int64_t now)
{
	if (b->filled == 0)
		*b = (struct ls_listing_budget){ LS_LISTING_LOOKUPS_ONCE, now };
	if (now < b->filled)
		b->filled = now;
	uint64_t seconds = (uint64_t)((now - b->filled) / SECOND);
	uint64_t most = LS_LISTING_LOOKUPS_ONCE / LS_LISTING_LOOKUPS;
	uint64_t more = (seconds < most ? seconds : most) * LS_LISTING_LOOKUPS;
	uint64_t room = LS_LISTING_LOOKUPS_ONCE - b->lookups;
	b->filled += (int64_t)seconds * SECOND;
	b->lookups += more < room ? more : room;
}

/* --- reading one -------------------------------------------------------------------- */

/* Does this part go on with the list? */
static bool begin_part(struct ls_listing *l, const struct ls_manifest *part, uint64_t highest)
{
	if (part->first == 0) {
		l->is_open = ls_sha256_init(&l->hash) == 0;
		l->total = part->total;
		l->next = l->last_number = 0;
		l->digest = part->outbox;
		l->reading = (struct ls_listed){ .upto = highest };
	}
	l->is_open = l->is_open && part->first == l->next && part->total == l->total &&
		     ls_digest_equal(&part->outbox, &l->digest);
	return l->is_open;
}

static void note_missing(struct ls_listed *listed, const struct ls_manifest_entry *entry)
{
	if (listed->count < LS_LISTING_MISSING_MAX)
		listed->missing[listed->count] = *entry;
	listed->count++;
}

/* Against what is here under its number. */
static enum ls_listing_outcome look_up(struct ls_listing *l, const struct ls_manifest_entry *entry,
				       const uint8_t *session, struct ls_ledger *ledger)
{
	struct ls_delivery_key key = { .number = entry->number, .sha256 = entry->sha256 };
	unsigned contents;
	struct ls_digest first;
	memcpy(key.session, session, LS_SESSION_SIZE);
	if (ls_ledger_kind_of(ledger, &key) != 0)
		return LS_LISTING_OK;
	ls_ledger_number(ledger, session, entry->number, &contents, &first);
	note_missing(&l->reading, entry);
	return contents > 0 ? LS_LISTING_OTHER : LS_LISTING_OK;
}

static enum ls_listing_outcome take_entries(struct ls_listing *l, const struct ls_manifest *part,
					    const uint8_t *session, struct ls_ledger *ledger,
					    struct ls_manifest_entry *ret_other)
{
	enum ls_listing_outcome outcome = LS_LISTING_OK;
	for (uint32_t i = 0; i < part->count; i++) {
		struct ls_manifest_entry entry;
		ls_manifest_get(part, i, &entry);
		if (entry.number <= l->last_number)
			return LS_LISTING_MALFORMED;
		l->last_number = entry.number;
		if (look_up(l, &entry, session, ledger) == LS_LISTING_OTHER &&
		    outcome == LS_LISTING_OK) {
			outcome = LS_LISTING_OTHER;
			*ret_other = entry;
		}
	}
	ls_sha256_update(&l->hash, part->entries, (size_t)part->count * LS_WIRE_ENTRY_SIZE);
	l->next += part->count;
	return outcome;
}

static bool finish(struct ls_listing *l)
{
	struct ls_digest seen;
	ls_sha256_final(&l->hash, &seen);
	l->is_open = false;
	if (!ls_digest_equal(&seen, &l->digest))
		return false;
	l->is_whole = true;
	l->listed = l->reading;
	return true;
}

enum ls_listing_outcome ls_listing_take(struct ls_listing *l, const struct ls_manifest *part,
					const uint8_t session[static LS_SESSION_SIZE],
					uint64_t highest, struct ls_ledger *ledger,
					struct ls_listing_budget *budget,
					struct ls_manifest_entry *ret_other)
{
	if (!begin_part(l, part, highest))
		return part->first == 0 ? LS_LISTING_OK : LS_LISTING_MALFORMED;
	if (budget->lookups < part->count) {
		l->is_open = false; /* the next list may be looked at again */
		return LS_LISTING_OK;
	}
	budget->lookups -= part->count;
	enum ls_listing_outcome outcome = take_entries(l, part, session, ledger, ret_other);
	if (outcome == LS_LISTING_MALFORMED || (part->count == 0 && l->next < l->total)) {
		l->is_open = false;
		return LS_LISTING_MALFORMED;
	}
	if (l->next == l->total && !finish(l))
		return LS_LISTING_MALFORMED;
	return outcome;
}

/* --- telling ------------------------------------------------------------------------ */

static uint64_t bound(const json_t *range, size_t i)
{
	const json_t *value = json_array_get(range, i);
	return json_is_integer(value) ? (uint64_t)json_integer_value(value) : UINT64_MAX;
}

static bool is_among(const json_t *missing, uint64_t number)
{
	size_t i;
	json_t *range;
	json_array_foreach(missing, i, range) if (number >= bound(range, 0) &&
						  number <= bound(range, 1)) return true;
	return false;
}

/* How many are remembered; the list may have had more. */
static size_t remembered(const struct ls_listed *listed)
{
	return listed->count < LS_LISTING_MISSING_MAX ? (size_t)listed->count
						      : LS_LISTING_MISSING_MAX;
}

json_t *ls_listing_held(const struct ls_listing *l, const json_t *missing)
{
	if (!l->is_whole)
		return NULL;
	json_t *list = json_array();
	for (size_t i = 0; i < remembered(&l->listed); i++) {
		const struct ls_manifest_entry *entry = &l->listed.missing[i];
		if (is_among(missing, entry->number))
			json_array_append_new(
				list,
				json_pack("{s:o, s:o, s:o}", "number", ls_json_u64(entry->number),
					  "size", ls_json_u64(entry->size), "sha256",
					  ls_json_hex(entry->sha256.bytes, LS_DIGEST_SIZE)));
	}
	return list;
}

static void add_range(json_t *list, uint64_t first, uint64_t last)
{
	if (first <= last)
		json_array_append_new(list,
				      json_pack("[o, o]", ls_json_u64(first), ls_json_u64(last)));
}

/* A range without the numbers that are listed. */
static void add_unlisted(json_t *list, const struct ls_listed *listed, uint64_t first,
			 uint64_t last)
{
	for (size_t i = 0; i < remembered(listed); i++) {
		uint64_t number = listed->missing[i].number;
		if (number < first || number > last)
			continue;
		if (number > first)
			add_range(list, first, number - 1);
		if (number == UINT64_MAX)
			return;
		first = number + 1;
	}
	add_range(list, first, last);
}

/* Numbers after the last that is remembered may be listed; those after upto are newer than it. */
json_t *ls_listing_gone(const struct ls_listing *l, const json_t *missing)
{
	if (!l->is_whole)
		return NULL;
	uint64_t known = l->listed.upto;
	if (l->listed.count > LS_LISTING_MISSING_MAX &&
	    l->listed.missing[LS_LISTING_MISSING_MAX - 1].number < known)
		known = l->listed.missing[LS_LISTING_MISSING_MAX - 1].number;
	json_t *list = json_array();
	size_t i;
	json_t *range;
	json_array_foreach(missing, i, range)
	{
		uint64_t last = bound(range, 1) < known ? bound(range, 1) : known;
		if (bound(range, 0) <= last)
			add_unlisted(list, &l->listed, bound(range, 0), last);
	}
	return list;
}
