/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/batch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

#define NS_PER_MS INT64_C(1000000)

/* A manifest's four header lines, and its line for record.json. */
#define MANIFEST_HEAD_ROOM 256
/* Digest, two spaces, path, LF. */
#define MANIFEST_LINE_ROOM (LS_DIGEST_HEX_SIZE - 1 + 2 + LS_MANIFEST_PATH_SIZE)

void ls_batch_clear(struct ls_batch *batch)
{
	batch->count = 0;
	batch->manifest_size = batch->record_size = 0;
}

/* The name is not known yet, nor how much of it must be escaped: the most it can be is taken. */
bool ls_batch_has_room(const struct ls_batch *batch, const struct ls_delivery *delivery)
{
	if (batch->count == 0)
		return true;
	struct ls_record_file longest = { .path = "" };
	size_t name = 3 * delivery->name.size;
	size_t record = ls_record_file_room(&longest) + LS_MANIFEST_PATH_SIZE + 2 * name;
	return batch->count < LS_BATCH_MAX &&
	       memcmp(batch->session, delivery->key.session, LS_SESSION_SIZE) == 0 &&
	       MANIFEST_HEAD_ROOM + batch->manifest_size + MANIFEST_LINE_ROOM <=
		       LS_MANIFEST_SIZE_MAX &&
	       LS_RECORD_HEAD_ROOM + batch->record_size + record <= LS_RECORD_SIZE_MAX;
}

bool ls_batch_has(const struct ls_batch *batch, const struct ls_digest *key)
{
	for (size_t i = 0; i < batch->count; i++)
		if (ls_digest_equal(&batch->keys[i], key))
			return true;
	return false;
}

/* --- names ------------------------------------------------------------------------------ */

static const char *name_of(const struct ls_record_file *f)
{
	return f->path + strlen(LS_ORIGINAL_PREFIX);
}

const char *ls_batch_last_name(const struct ls_batch *batch)
{
	return name_of(&batch->files[batch->count - 1]);
}

/* FNV-1a without regard to case, which makes most comparisons of names one of numbers. */
static uint32_t hash_name(const char *name)
{
	uint32_t hash = 2166136261u;
	for (; *name; name++) {
		uint8_t c = (uint8_t)*name;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		hash = (hash ^ c) * 16777619u;
	}
	return hash;
}

static bool is_taken(const struct ls_batch *b, const char *name)
{
	uint32_t hash = hash_name(name);
	for (size_t i = 0; i < b->count; i++)
		if (b->names[i] == hash && strcasecmp(name_of(&b->files[i]), name) == 0)
			return true;
	return false;
}

/* "12-plate7.eds"; a name that becomes too long loses its front. */
static void put_number(const char *safe, uint64_t number, char name[static LS_SAFE_NAME_SIZE])
{
	char prefix[24];
	size_t n = (size_t)snprintf(prefix, sizeof(prefix), "%" PRIu64 "-", number);
	size_t length = strlen(safe),
	       cut = n + length > LS_SAFE_NAME_MAX ? n + length - LS_SAFE_NAME_MAX : 0;
	snprintf(name, LS_SAFE_NAME_SIZE, "%s%s", prefix, safe + cut);
}

/* A lone file that would be taken for a folder of many ("37-files") gets '_' in front. */
static void find_name(const struct ls_batch *b, const struct ls_delivery *d,
		      char name[static LS_SAFE_NAME_SIZE])
{
	char safe[LS_SAFE_NAME_SIZE];
	uint64_t number = d->key.number;
	ls_safe_name((const char *)d->name.data, d->name.size, safe);
	if (ls_results_count(safe) > 1) {
		memmove(safe + 1, safe, strlen(safe) + 1);
		safe[0] = '_';
	}
	memcpy(name, safe, sizeof(safe));
	while (is_taken(b, name))
		put_number(safe, number++, name);
}

/* --- adding ----------------------------------------------------------------------------- */

static int describe(const struct ls_delivery *d, const char *name, struct ls_record_file *f,
		    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer claimed;
	ls_buffer_init(&claimed, sizeof(f->claimed.name) - 1);
	if (ls_text_escape((const char *)d->name.data, d->name.size, &claimed) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a name");
	f->number = d->key.number;
	f->size = d->size;
	f->sha256 = d->key.sha256;
	f->begun = d->host_began / NS_PER_MS;
	f->received = d->host_received / NS_PER_MS;
	snprintf(f->path, sizeof(f->path), LS_ORIGINAL_PREFIX "%s", name);
	snprintf(f->claimed.name, sizeof(f->claimed.name), "%s", ls_buffer_str(&claimed));
	f->claimed.parent = d->parent;
	f->claimed.modified = d->guest_mtime / NS_PER_MS;
	f->claimed.clock = d->guest_clock / NS_PER_MS;
	return ls_record_file_check(f, err);
}

int ls_batch_add(struct ls_batch *b, const struct ls_delivery *d, struct ls_error *err)
{
	char name[LS_SAFE_NAME_SIZE];
	struct ls_record_file *f = &b->files[b->count];
	find_name(b, d, name);
	int rc = describe(d, name, f, err);
	if (rc < 0)
		return rc;
	if (b->count == 0)
		memcpy(b->session, d->key.session, LS_SESSION_SIZE);
	ls_delivery_key_digest(&d->key, &b->keys[b->count]);
	b->names[b->count++] = hash_name(name);
	b->manifest_size += LS_DIGEST_HEX_SIZE - 1 + 2 + strlen(f->path) + 1;
	b->record_size += ls_record_file_room(f);
	return 0;
}
