/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/payload.h"

#include <errno.h>
#include <string.h>

#include "diode/wire/frame.h"
#include "lib/base/reader.h"

#define MANIFEST_HEAD (8 + 8 + LS_DIGEST_SIZE + 2)
_Static_assert(MANIFEST_HEAD + LS_WIRE_ENTRIES_MAX * LS_WIRE_ENTRY_SIZE <= LS_FRAME_PAYLOAD_MAX,
	       "a MANIFEST with the most entries fits in a frame");
_Static_assert(LS_WIRE_RUN_ID_SIZE + 8 + 4 + 8 + LS_DIGEST_SIZE + 2 + LS_WIRE_TEXT_MAX + 2 +
			       LS_WIRE_WATCH_MAX * (2 + LS_WIRE_TEXT_MAX) <=
		       LS_FRAME_PAYLOAD_MAX,
	       "a HELLO with the most folders fits in a frame");

static void add_digest(struct ls_buffer *b, const struct ls_digest *d)
{
	ls_buffer_add(b, d->bytes, sizeof(d->bytes));
}

/* u16 size, then the bytes; what is too long is cut, since a claim is better than none */
static void add_text(struct ls_buffer *b, const struct ls_wire_text *text, size_t max)
{
	size_t n = text->size < max ? text->size : max;
	ls_buffer_add_be16(b, (uint16_t)n);
	ls_buffer_add(b, text->data, n);
}

static int read_digest(struct ls_reader *r, struct ls_digest *d)
{
	return ls_read_into(r, d->bytes, sizeof(d->bytes));
}

static int read_time(struct ls_reader *r, int64_t *time)
{
	uint64_t bits = 0;
	int rc = ls_read_be64(r, &bits);
	*time = (int64_t)bits;
	return rc;
}

static int read_text(struct ls_reader *r, struct ls_wire_text *text, size_t max)
{
	uint16_t n;
	const uint8_t *bytes;
	if (ls_read_be16(r, &n) < 0 || n > max || ls_read_bytes(r, n, &bytes) < 0)
		return -EBADMSG;
	*text = (struct ls_wire_text){ .data = (const char *)bytes, .size = n };
	return 0;
}

/* The one error of every decoder; rc is the first read's that failed, or 0. */
static int done(const struct ls_reader *r, int rc, const char *what, struct ls_error *err)
{
	if (rc == 0 && ls_reader_end(r) == 0)
		return 0;
	return ls_fail(err, -EBADMSG, "wire.payload", "the payload of a %s of %zu bytes %s", what,
		       r->size,
		       rc ? "is cut short or has a field out of range" : "has bytes after its end");
}

int ls_encode_hello(const struct ls_hello *v, struct ls_buffer *b)
{
	ls_buffer_add(b, v->run_id, sizeof(v->run_id));
	ls_buffer_add_be64(b, (uint64_t)v->clock);
	ls_buffer_add_be32(b, v->beat_interval);
	ls_buffer_add_be64(b, v->last);
	add_digest(b, &v->chain);
	add_text(b, &v->version, LS_WIRE_TEXT_MAX);
	uint32_t count = v->watch_count < LS_WIRE_WATCH_MAX ? v->watch_count : LS_WIRE_WATCH_MAX;
	ls_buffer_add_be16(b, (uint16_t)count);
	for (uint32_t i = 0; i < count; i++)
		add_text(b, &v->watch[i], LS_WIRE_TEXT_MAX);
	return ls_buffer_error(b);
}

static int read_watch(struct ls_reader *r, struct ls_hello *v)
{
	uint16_t count;
	if (ls_read_be16(r, &count) < 0 || count > LS_WIRE_WATCH_MAX)
		return -EBADMSG;
	v->watch_count = count;
	for (uint32_t i = 0; i < count; i++)
		if (read_text(r, &v->watch[i], LS_WIRE_TEXT_MAX) < 0)
			return -EBADMSG;
	return 0;
}

int ls_decode_hello(const void *payload, size_t n, struct ls_hello *ret, struct ls_error *err)
{
	struct ls_hello v = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, payload, n);
	int rc = ls_read_into(&r, v.run_id, sizeof(v.run_id));
	rc = rc ? rc : read_time(&r, &v.clock);
	rc = rc ? rc : ls_read_be32(&r, &v.beat_interval);
	rc = rc ? rc : ls_read_be64(&r, &v.last);
	rc = rc ? rc : read_digest(&r, &v.chain);
	rc = rc ? rc : read_text(&r, &v.version, LS_WIRE_TEXT_MAX);
	rc = rc ? rc : read_watch(&r, &v);
	rc = done(&r, rc, "HELLO", err);
	if (rc == 0)
		*ret = v;
	return rc;
}

int ls_encode_begin(const struct ls_begin *v, struct ls_buffer *b)
{
	ls_buffer_add_be64(b, v->size);
	ls_buffer_add_be64(b, (uint64_t)v->mtime);
	ls_buffer_add_be64(b, (uint64_t)v->clock);
	add_digest(b, &v->sha256);
	add_digest(b, &v->parent);
	ls_buffer_add_be32(b, v->attempt);
	add_text(b, &v->name, LS_WIRE_NAME_MAX);
	return ls_buffer_error(b);
}

int ls_decode_begin(const void *payload, size_t n, struct ls_begin *ret, struct ls_error *err)
{
	struct ls_begin v = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, payload, n);
	int rc = ls_read_be64(&r, &v.size);
	rc = rc ? rc : read_time(&r, &v.mtime);
	rc = rc ? rc : read_time(&r, &v.clock);
	rc = rc ? rc : read_digest(&r, &v.sha256);
	rc = rc ? rc : read_digest(&r, &v.parent);
	rc = rc ? rc : ls_read_be32(&r, &v.attempt);
	rc = rc ? rc : read_text(&r, &v.name, LS_WIRE_NAME_MAX);
	rc = done(&r, rc, "BEGIN", err);
	if (rc == 0)
		*ret = v;
	return rc;
}

int ls_encode_end(const struct ls_end *v, struct ls_buffer *b)
{
	add_digest(b, &v->sha256);
	return ls_buffer_error(b);
}

int ls_decode_end(const void *payload, size_t n, struct ls_end *ret, struct ls_error *err)
{
	struct ls_end v = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, payload, n);
	int rc = done(&r, read_digest(&r, &v.sha256), "END", err);
	if (rc == 0)
		*ret = v;
	return rc;
}

int ls_encode_abort(const struct ls_abort *v, struct ls_buffer *b)
{
	ls_buffer_add_u8(b, v->reason);
	add_text(b, &v->text, LS_WIRE_TEXT_MAX);
	return ls_buffer_error(b);
}

int ls_decode_abort(const void *payload, size_t n, struct ls_abort *ret, struct ls_error *err)
{
	struct ls_abort v = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, payload, n);
	int rc = ls_read_u8(&r, &v.reason);
	rc = rc ? rc : read_text(&r, &v.text, LS_WIRE_TEXT_MAX);
	rc = done(&r, rc, "ABORT", err);
	if (rc == 0)
		*ret = v;
	return rc;
}

int ls_encode_beat(const struct ls_beat *v, struct ls_buffer *b)
{
	ls_buffer_add_be64(b, (uint64_t)v->clock);
	ls_buffer_add_be64(b, v->last);
	add_digest(b, &v->chain);
	ls_buffer_add_be64(b, v->sent);
	ls_buffer_add_be64(b, v->held);
	ls_buffer_add_be64(b, v->held_bytes);
	add_digest(b, &v->outbox);
	ls_buffer_add_be32(b, v->flags);
	return ls_buffer_error(b);
}

int ls_decode_beat(const void *payload, size_t n, struct ls_beat *ret, struct ls_error *err)
{
	struct ls_beat v = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, payload, n);
	int rc = read_time(&r, &v.clock);
	rc = rc ? rc : ls_read_be64(&r, &v.last);
	rc = rc ? rc : read_digest(&r, &v.chain);
	rc = rc ? rc : ls_read_be64(&r, &v.sent);
	rc = rc ? rc : ls_read_be64(&r, &v.held);
	rc = rc ? rc : ls_read_be64(&r, &v.held_bytes);
	rc = rc ? rc : read_digest(&r, &v.outbox);
	rc = rc ? rc : ls_read_be32(&r, &v.flags);
	rc = done(&r, rc, "BEAT", err);
	if (rc == 0)
		*ret = v;
	return rc;
}

int ls_encode_manifest_entry(const struct ls_manifest_entry *v, struct ls_buffer *b)
{
	ls_buffer_add_be64(b, v->number);
	ls_buffer_add_be64(b, v->size);
	add_digest(b, &v->sha256);
	return ls_buffer_error(b);
}

int ls_encode_manifest(const struct ls_manifest *v, struct ls_buffer *b)
{
	ls_buffer_add_be64(b, v->total);
	ls_buffer_add_be64(b, v->first);
	add_digest(b, &v->outbox);
	ls_buffer_add_be16(b, (uint16_t)v->count);
	ls_buffer_add(b, v->entries, (size_t)v->count * LS_WIRE_ENTRY_SIZE);
	return ls_buffer_error(b);
}

int ls_decode_manifest(const void *payload, size_t n, struct ls_manifest *ret, struct ls_error *err)
{
	struct ls_manifest v = { 0 };
	uint16_t count = 0;
	struct ls_reader r;
	ls_reader_init(&r, payload, n);
	int rc = ls_read_be64(&r, &v.total);
	rc = rc ? rc : ls_read_be64(&r, &v.first);
	rc = rc ? rc : read_digest(&r, &v.outbox);
	rc = rc ? rc : ls_read_be16(&r, &count);
	if (rc == 0 && (v.first > v.total || count > v.total - v.first))
		rc = -EBADMSG;
	rc = rc ? rc : ls_read_bytes(&r, (size_t)count * LS_WIRE_ENTRY_SIZE, &v.entries);
	rc = done(&r, rc, "MANIFEST", err);
	v.count = count;
	if (rc == 0)
		*ret = v;
	return rc;
}

/* The decoder saw to it that the bytes are there. */
void ls_manifest_get(const struct ls_manifest *m, uint32_t i, struct ls_manifest_entry *ret)
{
	struct ls_reader r;
	ls_reader_init(&r, m->entries + (size_t)i * LS_WIRE_ENTRY_SIZE, LS_WIRE_ENTRY_SIZE);
	*ret = (struct ls_manifest_entry){ 0 };
	(void)ls_read_be64(&r, &ret->number);
	(void)ls_read_be64(&r, &ret->size);
	(void)read_digest(&r, &ret->sha256);
}
