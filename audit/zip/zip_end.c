/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/zip/zip_end.h"

#include <errno.h>
#include <string.h>

#include "lib/base/reader.h"

#define RECORD_SIZE    22
#define LOCATOR_SIZE   20
#define RECORD64_SIZE  56
#define RECORD64_AFTER 44 /* the bytes after its own size, without any that extend it */

/* What a record says of the directory. */
struct end {
	uint64_t here, entries, size, offset; /* entries on this disk; in all */
};

static int read_le(struct ls_reader *r, size_t n, uint64_t *ret_value)
{
	const uint8_t *bytes;
	uint64_t value = 0;
	if (ls_read_bytes(r, n, &bytes) < 0)
		return -EBADMSG;
	while (n > 0)
		value = value << 8 | bytes[--n];
	*ret_value = value;
	return 0;
}

/* The numbers of two disks, of which there is one, and what follows: n bytes each. */
static int read_end(struct ls_reader *r, size_t disk, size_t count, size_t n, struct end *ret)
{
	uint64_t this, first;
	if (read_le(r, disk, &this) < 0 || read_le(r, disk, &first) < 0 || this != 0 ||
	    first != 0 || read_le(r, count, &ret->here) < 0 ||
	    read_le(r, count, &ret->entries) < 0 || read_le(r, n, &ret->size) < 0 ||
	    read_le(r, n, &ret->offset) < 0)
		return -EBADMSG;
	return 0;
}

static int read_record(const uint8_t *bytes, size_t n, struct end *ret)
{
	struct ls_reader r;
	uint64_t comment;
	ls_reader_init(&r, bytes, n);
	if (ls_read_literal(&r, "PK\5\6") < 0 || read_end(&r, 2, 2, 4, ret) < 0 ||
	    read_le(&r, 2, &comment) < 0 || comment != ls_reader_left(&r))
		return -EBADMSG;
	return 0;
}

/* The zip64 record and its locator, one right after the other; at: where they are. */
static int read_record64(const uint8_t *bytes, uint64_t at, struct end *ret)
{
	struct ls_reader r;
	const uint8_t *versions;
	uint64_t after, disk, where, disks;
	ls_reader_init(&r, bytes, RECORD64_SIZE + LOCATOR_SIZE);
	if (ls_read_literal(&r, "PK\6\6") < 0 || read_le(&r, 8, &after) < 0 ||
	    after != RECORD64_AFTER || ls_read_bytes(&r, 4, &versions) < 0 ||
	    read_end(&r, 4, 8, 8, ret) < 0)
		return -EBADMSG;
	if (ls_read_literal(&r, "PK\6\7") < 0 || read_le(&r, 4, &disk) < 0 ||
	    read_le(&r, 8, &where) < 0 || read_le(&r, 4, &disks) < 0 || disk != 0 || disks > 1 ||
	    where != at)
		return -EBADMSG;
	return 0;
}

/* The older record says it, too, or that it has no room for it. */
static bool says(uint64_t older, uint64_t value, uint64_t no_room)
{
	return older == value || older == no_room;
}

static bool agree(const struct end *older, const struct end *end)
{
	return says(older->here, end->here, UINT16_MAX) &&
	       says(older->entries, end->entries, UINT16_MAX) &&
	       says(older->size, end->size, UINT32_MAX) &&
	       says(older->offset, end->offset, UINT32_MAX);
}

/* Where the last record begins; n: there is none. */
static size_t find_record(const uint8_t *tail, size_t n)
{
	for (size_t at = n; at-- > 0;)
		if (n - at >= 4 && memcmp(tail + at, "PK\5\6", 4) == 0)
			return at;
	return n;
}

bool ls_zip_end_is_plain(const uint8_t *tail, size_t n, uint64_t size, size_t comment)
{
	struct end older, end;
	size_t at = find_record(tail, n), before = RECORD64_SIZE + LOCATOR_SIZE;
	uint64_t begin = size - n + at; /* of the records */
	if (n - at != RECORD_SIZE + comment || read_record(tail + at, n - at, &older) < 0)
		return false;
	end = older;
	if (at >= LOCATOR_SIZE && memcmp(tail + at - LOCATOR_SIZE, "PK\6\7", 4) == 0) {
		if (at < before || read_record64(tail + at - before, begin - before, &end) < 0 ||
		    !agree(&older, &end))
			return false;
		begin -= before;
	}
	return end.here == end.entries && end.size <= begin && end.offset == begin - end.size;
}
