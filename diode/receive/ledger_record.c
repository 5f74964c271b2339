/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/ledger_record.h"

#include <errno.h>
#include <string.h>

#include "diode/wire/crc32c.h"
#include "lib/base/reader.h"

#define MAGIC 0x4c534c31u

int ls_ledger_record_encode(const struct ls_ledger_record *record, struct ls_buffer *b)
{
	size_t start = b->size;
	ls_buffer_add_be32(b, MAGIC);
	ls_buffer_add_be32(b, record->kind);
	ls_buffer_add(b, record->key.session, sizeof(record->key.session));
	ls_buffer_add_be64(b, record->key.number);
	ls_buffer_add(b, record->key.sha256.bytes, sizeof(record->key.sha256.bytes));
	ls_buffer_add_be64(b, record->seal);
	ls_buffer_add_be64(b, (uint64_t)record->time);
	ls_buffer_add_be64(b, record->extra);
	ls_buffer_add_be32(b, 0);
	if (ls_buffer_error(b) == 0)
		ls_buffer_add_be32(b, ls_crc32c(0, b->data + start, b->size - start));
	return ls_buffer_error(b);
}

static int decode_fields(struct ls_reader *r, struct ls_ledger_record *record)
{
	uint32_t magic = 0, kind = 0, zero = 0;
	uint64_t time = 0;
	int rc = ls_read_be32(r, &magic);
	rc = rc ? rc : ls_read_be32(r, &kind);
	rc = rc ? rc : ls_read_into(r, record->key.session, sizeof(record->key.session));
	rc = rc ? rc : ls_read_be64(r, &record->key.number);
	rc = rc ? rc : ls_read_into(r, record->key.sha256.bytes, LS_DIGEST_SIZE);
	rc = rc ? rc : ls_read_be64(r, &record->seal);
	rc = rc ? rc : ls_read_be64(r, &time);
	rc = rc ? rc : ls_read_be64(r, &record->extra);
	rc = rc ? rc : ls_read_be32(r, &zero);
	if (rc == 0 && (magic != MAGIC || kind < LS_LEDGER_SESSION || kind > LS_LEDGER_HOUR))
		rc = -EBADMSG;
	record->kind = kind;
	record->time = (int64_t)time;
	return rc;
}

int ls_ledger_record_decode(const uint8_t bytes[static LS_LEDGER_RECORD_SIZE],
			    struct ls_ledger_record *ret_record)
{
	struct ls_reader r;
	uint32_t crc = 0;
	ls_reader_init(&r, bytes, LS_LEDGER_RECORD_SIZE);
	int rc = decode_fields(&r, ret_record);
	rc = rc ? rc : ls_read_be32(&r, &crc);
	return rc ? rc : crc == ls_crc32c(0, bytes, LS_LEDGER_RECORD_SIZE - 4) ? 0 : -EBADMSG;
}

bool ls_ledger_is_state(enum ls_ledger_kind kind)
{
	return kind == LS_LEDGER_SESSION || kind == LS_LEDGER_HELD || kind == LS_LEDGER_HOUR;
}

/* The number that is part of the record's name. */
static uint64_t named_number(const struct ls_ledger_record *record)
{
	bool of_session = record->kind == LS_LEDGER_SESSION || record->kind == LS_LEDGER_HELD;
	return of_session ? 0 : record->key.number;
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	h *= 0xc4ceb9fe1a85ec53ULL;
	return h ^ h >> 33;
}

uint64_t ls_ledger_place(const uint64_t seed[static 2], const struct ls_ledger_record *record)
{
	uint64_t words[2];
	memcpy(words, record->key.session, sizeof(words));
	uint64_t h = mix(words[0] ^ seed[0]);
	h = mix(h ^ words[1]);
	return mix(h ^ named_number(record) ^ seed[1]);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int ls_ledger_compare(const struct ls_ledger_record *a, const struct ls_ledger_record *b)
{
	bool a_state = ls_ledger_is_state(a->kind), b_state = ls_ledger_is_state(b->kind);
	int order = memcmp(a->key.session, b->key.session, LS_SESSION_SIZE);
	order = order ? order : compare_numbers(named_number(a), named_number(b));
	order = order ? order : compare_numbers(a_state ? a->kind : 0, b_state ? b->kind : 0);
	if (order == 0 && !a_state)
		order = memcmp(a->key.sha256.bytes, b->key.sha256.bytes, LS_DIGEST_SIZE);
	return order;
}

int ls_ledger_compare_placed(const void *a, const void *b)
{
	const struct ls_ledger_placed *x = a, *y = b;
	int order = compare_numbers(x->place, y->place);
	return order ? order : ls_ledger_compare(&x->record, &y->record);
}

bool ls_ledger_replaces(const struct ls_ledger_record *newer, const struct ls_ledger_record *older)
{
	return ls_ledger_is_state(newer->kind) || newer->kind >= older->kind;
}
