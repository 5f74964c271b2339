/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/frame.h"

#include <errno.h>
#include <string.h>

#include "diode/wire/crc32c.h"
#include "lib/base/reader.h"

static uint8_t *put_be(uint8_t *place, uint64_t value, size_t n)
{
	for (size_t i = n; i-- > 0; value >>= 8)
		place[i] = (uint8_t)value;
	return place + n;
}

static void encode_header(const struct ls_frame *f, uint8_t header[static LS_FRAME_HEADER_SIZE])
{
	uint8_t *p = header;
	*p++ = LS_FRAME_VERSION;
	*p++ = f->type;
	p = put_be(p, f->size, 2);
	p = put_be(p, f->run, 4);
	memcpy(p, f->session, sizeof(f->session));
	p = put_be(p + sizeof(f->session), f->number, 8);
	p = put_be(p, f->record, 8);
	put_be(p, f->offset, 8);
}

size_t ls_frame_encode(const struct ls_frame *f, uint8_t wire[static LS_FRAME_WIRE_MAX])
{
	uint8_t header[LS_FRAME_HEADER_SIZE], crc[LS_FRAME_CRC_SIZE];
	encode_header(f, header);
	uint32_t sum = ls_crc32c(0, header, sizeof(header));
	put_be(crc, ls_crc32c(sum, f->payload, f->size), sizeof(crc));
	struct ls_cobs_encoder e;
	ls_cobs_encode_begin(&e, wire);
	ls_cobs_encode_add(&e, header, sizeof(header));
	ls_cobs_encode_add(&e, f->payload, f->size);
	ls_cobs_encode_add(&e, crc, sizeof(crc));
	return ls_cobs_encode_end(&e);
}

const char *ls_frame_fault_name(enum ls_frame_fault fault)
{
	static const char *const names[LS_FAULT_COUNT] = {
		"none", "size", "cobs", "cut", "crc", "version", "length",
	};
	return names[fault];
}

static const char *fault_text(enum ls_frame_fault fault)
{
	static const char *const texts[LS_FAULT_COUNT] = {
		"is good",
		"is longer than any frame",
		"ends inside a COBS block",
		"is shorter than any frame",
		"does not match its CRC-32C",
		"is of another version of the format",
		"claims another payload length than it has",
	};
	return texts[fault];
}

/* The header's fields; the version and the length are the caller's to check. */
static int decode_header(struct ls_reader *r, struct ls_frame *f, uint8_t *version,
			 uint16_t *length)
{
	int rc = ls_read_u8(r, version);
	rc = rc ? rc : ls_read_u8(r, &f->type);
	rc = rc ? rc : ls_read_be16(r, length);
	rc = rc ? rc : ls_read_be32(r, &f->run);
	rc = rc ? rc : ls_read_into(r, f->session, sizeof(f->session));
	rc = rc ? rc : ls_read_be64(r, &f->number);
	rc = rc ? rc : ls_read_be64(r, &f->record);
	return rc ? rc : ls_read_be64(r, &f->offset);
}

static enum ls_frame_fault decode(const uint8_t *raw, size_t size, struct ls_frame *ret_frame)
{
	if (size < LS_FRAME_HEADER_SIZE + LS_FRAME_CRC_SIZE)
		return LS_FAULT_CUT;
	size_t covered = size - LS_FRAME_CRC_SIZE;
	struct ls_reader r;
	ls_reader_init(&r, raw + covered, LS_FRAME_CRC_SIZE);
	uint32_t crc = 0;
	if (ls_read_be32(&r, &crc) < 0 || crc != ls_crc32c(0, raw, covered))
		return LS_FAULT_CRC;
	struct ls_frame f = { 0 };
	uint8_t version = 0;
	uint16_t length = 0;
	ls_reader_init(&r, raw, covered);
	if (decode_header(&r, &f, &version, &length) < 0)
		return LS_FAULT_CUT;
	if (version != LS_FRAME_VERSION)
		return LS_FAULT_VERSION;
	f.size = ls_reader_left(&r);
	if (length != f.size || f.size > LS_FRAME_PAYLOAD_MAX ||
	    ls_read_bytes(&r, f.size, &f.payload) < 0)
		return LS_FAULT_LENGTH;
	*ret_frame = f;
	return LS_FAULT_NONE;
}

static void restart(struct ls_frame_stream *s)
{
	ls_cobs_decode_begin(&s->cobs, s->raw, sizeof(s->raw));
	s->lost = false;
}

void ls_frame_stream_init(struct ls_frame_stream *s)
{
	s->fault = LS_FAULT_NONE;
	restart(s);
}

static enum ls_frame_fault finish(struct ls_frame_stream *s, struct ls_frame *ret_frame)
{
	if (s->lost)
		return LS_FAULT_SIZE;
	if (!ls_cobs_decode_whole(&s->cobs))
		return LS_FAULT_COBS;
	return decode(s->raw, s->cobs.size, ret_frame);
}

/* Take bytes that hold no 0x00. */
static void add(struct ls_frame_stream *s, const uint8_t *bytes, size_t n)
{
	if (n > 0 && !s->lost)
		s->lost = ls_cobs_decode_add(&s->cobs, bytes, n) < 0;
}

int ls_frame_stream_take(struct ls_frame_stream *s, const uint8_t *bytes, size_t n,
			 size_t *ret_used, struct ls_frame *ret_frame, struct ls_error *err)
{
	size_t used = 0;
	while (used < n) {
		const uint8_t *zero = memchr(bytes + used, 0, n - used);
		size_t run = zero ? (size_t)(zero - bytes) - used : n - used;
		add(s, bytes + used, run);
		used += run + (zero != NULL);
		if (!zero || (!s->cobs.any && !s->lost))
			continue;
		*ret_used = used;
		s->fault = finish(s, ret_frame);
		restart(s);
		if (s->fault == LS_FAULT_NONE)
			return 1;
		if (!err)
			return -EBADMSG;
		char id[LS_ERROR_ID_SIZE] = "wire.frame.";
		strncat(id, ls_frame_fault_name(s->fault), sizeof(id) - strlen(id) - 1);
		return ls_fail(err, -EBADMSG, id, "a frame %s", fault_text(s->fault));
	}
	*ret_used = used;
	return 0;
}
