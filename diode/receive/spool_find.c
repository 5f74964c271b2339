/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the spool by their key. */
#include <string.h>

#include "diode/receive/spool_inside.h"

/* By the number alone, so that all contents of one number are found together. */
static size_t bucket_of(const struct ls_spool *s, bool is_event, const struct ls_delivery_key *key)
{
	uint64_t h = key->number;
	if (is_event)
		memcpy(&h, key->sha256.bytes, sizeof(h));
	h = (h ^ s->seed) * 0xff51afd7ed558ccdULL;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return (size_t)(h >> 33) & (LS_SPOOL_BUCKETS - 1);
}

void ls_spool_index(struct ls_spool *s, struct ls_spool_entry *entry)
{
	LIST_INSERT_HEAD(&s->buckets[bucket_of(s, entry->is_event, &entry->key)], entry, bucket);
}

static bool has_number(const struct ls_spool_entry *entry, const struct ls_delivery_key *key)
{
	return entry->key.number == key->number &&
	       memcmp(entry->key.session, key->session, LS_SESSION_SIZE) == 0;
}

static bool has_key(const struct ls_spool_entry *entry, bool is_event,
		    const struct ls_delivery_key *key)
{
	return entry->is_event == is_event && ls_digest_equal(&entry->key.sha256, &key->sha256) &&
	       (is_event || has_number(entry, key));
}

unsigned ls_spool_pending_contents(const struct ls_spool *s, const struct ls_delivery_key *key)
{
	unsigned count = 0;
	const struct ls_spool_entry *entry;
	LIST_FOREACH(entry, &s->buckets[bucket_of(s, false, key)], bucket)
	count += !entry->is_event && entry->pending && has_number(entry, key);
	return count;
}

bool ls_spool_has(const struct ls_spool *s, bool is_event, const struct ls_delivery_key *key)
{
	const struct ls_spool_entry *entry;
	LIST_FOREACH(entry, &s->buckets[bucket_of(s, is_event, key)], bucket)
	if (has_key(entry, is_event, key))
		return true;
	return false;
}

/* Entries are sent in order and few at a time, so the wanted one is near the front. */
struct ls_spool_entry *ls_spool_sent(struct ls_spool *s, bool is_event,
				     const struct ls_delivery_key *key)
{
	struct ls_spool_entry *entry;
	TAILQ_FOREACH(entry, &s->entries, link)
	{
		if (entry->state == LS_SPOOL_WAITING)
			return NULL;
		if (entry->state == LS_SPOOL_SENT && has_key(entry, is_event, key))
			return entry;
	}
	return NULL;
}
