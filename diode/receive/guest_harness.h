/* SPDX-License-Identifier: Apache-2.0 */
/* For tests alone: what a guest sends, frame by frame. */
#ifndef LABSEAL_DIODE_RECEIVE_GUEST_HARNESS_H
#define LABSEAL_DIODE_RECEIVE_GUEST_HARNESS_H

#include <string.h>

#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/buffer.h"
#include "lib/base/hash.h"
#include "lib/base/test.h"

static uint8_t wire[64 * LS_FRAME_WIRE_MAX]; /* what is to be sent */
static size_t wire_size;

static inline void add_frame(const uint8_t *session, uint8_t type, uint64_t record, uint64_t offset,
			     const void *payload, size_t n)
{
	static uint64_t number;
	struct ls_frame f = { .type = type,
			      .run = 1,
			      .number = number++,
			      .record = record,
			      .offset = offset,
			      .payload = payload,
			      .size = n };
	memcpy(f.session, session, sizeof(f.session));
	REQUIRE(sizeof(wire) - wire_size >= LS_FRAME_WIRE_MAX);
	wire_size += ls_frame_encode(&f, wire + wire_size);
}

static inline void add_payload(const uint8_t *session, uint8_t type, uint64_t record,
			       uint64_t offset, const struct ls_buffer *b)
{
	CHECK_INT_EQ(ls_buffer_error(b), 0);
	add_frame(session, type, record, offset, b->data, b->size);
}

static inline void add_begin(const uint8_t *session, uint64_t number, const char *name,
			     uint64_t size, const struct ls_digest *sha256)
{
	struct ls_begin begin = {
		.size = size, .sha256 = *sha256, .attempt = 1, .name = { name, strlen(name) }
	};
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	CHECK_INT_EQ(ls_encode_begin(&begin, &b), 0);
	add_payload(session, LS_FRAME_BEGIN, number, 0, &b);
}

static inline void add_file(const uint8_t *session, uint64_t number, const char *name,
			    const char *text)
{
	struct ls_end end;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	ls_sha256_buffer(text, strlen(text), &end.sha256);
	CHECK_INT_EQ(ls_encode_end(&end, &b), 0);
	add_begin(session, number, name, strlen(text), &end.sha256);
	add_frame(session, LS_FRAME_DATA, number, 0, text, strlen(text));
	add_payload(session, LS_FRAME_END, number, strlen(text), &b);
}

#endif
