/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/frame.h"

#include <errno.h>

#include "diode/wire/crc32c.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

static struct ls_frame sample(uint8_t type, const void *payload, size_t n)
{
	struct ls_frame f = {
		.type = type, .run = 3, .number = 7, .record = 42, .payload = payload
	};
	for (int i = 0; i < LS_FRAME_SESSION_SIZE; i++)
		f.session[i] = (uint8_t)(0xa0 + i);
	f.size = n;
	return f;
}

static void check_same(const struct ls_frame *a, const struct ls_frame *b)
{
	CHECK_INT_EQ(a->type, b->type);
	CHECK_INT_EQ(a->run, b->run);
	CHECK_MEM_EQ(a->session, b->session, LS_FRAME_SESSION_SIZE);
	CHECK_INT_EQ(a->number, b->number);
	CHECK_INT_EQ(a->record, b->record);
	CHECK_INT_EQ(a->offset, b->offset);
	CHECK_INT_EQ(a->size, b->size);
	CHECK_MEM_EQ(a->payload, b->payload, b->size);
}

/* docs/formats/wire.md, "Test vectors" */
TEST(frame_vector_of_the_document)
{
	struct ls_frame f = sample(LS_FRAME_DATA, "plate7\0\n", 8);
	f.offset = 65536;
	uint8_t wire[LS_FRAME_WIRE_MAX];
	size_t n = ls_frame_encode(&f, wire);
	char hex[2 * 128 + 1];
	REQUIRE(n <= 128);
	ls_hex_encode(wire, n, hex);
	CHECK_STR_EQ(hex, "030103020801011203a0a1a2a3a4a5a6a7a8a9aaabacadaeaf0101010101"
			  "010207010101010101022a0101010102010107706c61746537060af045eeb000");
}

TEST(frame_round_trip_at_every_size_edge)
{
	static uint8_t payload[LS_FRAME_PAYLOAD_MAX], wire[LS_FRAME_WIRE_MAX];
	static struct ls_frame_stream s;
	ls_frame_stream_init(&s);
	const size_t sizes[] = { 0, 1, 201, 202, 203, 254, 255, 4096, LS_FRAME_PAYLOAD_MAX };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		memset(payload, (int)(i % 2), sizeof(payload));
		struct ls_frame f = sample(LS_FRAME_DATA, payload, sizes[i]), back;
		f.offset = UINT64_MAX - i;
		size_t n = ls_frame_encode(&f, wire), used;
		CHECK(n <= LS_FRAME_WIRE_MAX);
		CHECK_INT_EQ(ls_frame_stream_take(&s, wire, n, &used, &back, NULL), 1);
		CHECK_INT_EQ(used, n);
		check_same(&back, &f);
	}
}

TEST(frame_any_split_gives_the_same)
{
	uint8_t wire[2 * LS_FRAME_WIRE_MAX];
	struct ls_frame a = sample(LS_FRAME_BEGIN, "one", 3), b = sample(LS_FRAME_END, "", 0);
	size_t n = ls_frame_encode(&a, wire);
	n += ls_frame_encode(&b, wire + n);
	for (size_t piece = 1; piece <= n; piece++) {
		static struct ls_frame_stream s;
		ls_frame_stream_init(&s);
		int frames = 0;
		for (size_t at = 0; at < n;) {
			size_t used, give = n - at < piece ? n - at : piece;
			struct ls_frame f;
			int rc = ls_frame_stream_take(&s, wire + at, give, &used, &f, NULL);
			CHECK(rc >= 0);
			if (rc == 1)
				check_same(&f, frames++ ? &b : &a);
			at += used;
		}
		CHECK_INT_EQ(frames, 2);
	}
}

/* Feed bytes, expect one fault; then a good frame must come through. */
static void check_fault(const uint8_t *bytes, size_t n, enum ls_frame_fault fault)
{
	static struct ls_frame_stream s;
	ls_frame_stream_init(&s);
	struct ls_frame f;
	struct ls_error err = { 0 };
	size_t used;
	CHECK_INT_EQ(ls_frame_stream_take(&s, bytes, n, &used, &f, &err), -EBADMSG);
	CHECK_INT_EQ(s.fault, fault);
	CHECK_INT_EQ(used, n);
	CHECK_STR_EQ(err.id + strlen("wire.frame."), ls_frame_fault_name(fault));
	uint8_t wire[LS_FRAME_WIRE_MAX];
	struct ls_frame good = sample(LS_FRAME_BEAT, "ok", 2);
	size_t size = ls_frame_encode(&good, wire);
	CHECK_INT_EQ(ls_frame_stream_take(&s, wire, size, &used, &f, NULL), 1);
	check_same(&f, &good);
}

TEST(frame_faults_and_resynchronisation)
{
	static uint8_t wire[3 * LS_FRAME_WIRE_MAX];
	struct ls_frame f = sample(LS_FRAME_DATA, "payload", 7);
	size_t n = ls_frame_encode(&f, wire);
	wire[n - 3] ^= 1;
	check_fault(wire, n, LS_FAULT_CRC);
	check_fault((const uint8_t *)"\x05xyz", 5, LS_FAULT_COBS);
	check_fault((const uint8_t *)"\x04xyz", 5, LS_FAULT_CUT);
	memset(wire, 1, sizeof(wire));
	wire[sizeof(wire) - 1] = 0;
	check_fault(wire, sizeof(wire), LS_FAULT_SIZE);
}

/* One whole frame out of raw bytes, with a right CRC. */
static size_t wrap(uint8_t *raw, size_t n, uint8_t *wire)
{
	uint32_t crc = ls_crc32c(0, raw, n);
	for (int i = 0; i < 4; i++)
		raw[n + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
	struct ls_cobs_encoder e;
	ls_cobs_encode_begin(&e, wire);
	ls_cobs_encode_add(&e, raw, n + 4);
	return ls_cobs_encode_end(&e);
}

TEST(frame_faults_behind_a_right_crc)
{
	static uint8_t raw[LS_FRAME_RAW_MAX], wire[LS_FRAME_WIRE_MAX];
	memset(raw, 0, sizeof(raw));
	raw[0] = 2;
	check_fault(wire, wrap(raw, LS_FRAME_HEADER_SIZE, wire), LS_FAULT_VERSION);
	raw[0] = 1;
	raw[3] = 1; /* claims a byte that is not there */
	check_fault(wire, wrap(raw, LS_FRAME_HEADER_SIZE, wire), LS_FAULT_LENGTH);
	raw[3] = 0; /* does not claim a byte that is */
	check_fault(wire, wrap(raw, LS_FRAME_HEADER_SIZE + 1, wire), LS_FAULT_LENGTH);
	check_fault(wire, wrap(raw, LS_FRAME_HEADER_SIZE - 1, wire), LS_FAULT_CUT);
}

TEST(frame_empty_stretches_are_nothing)
{
	static struct ls_frame_stream s;
	ls_frame_stream_init(&s);
	uint8_t zeros[100] = { 0 };
	struct ls_frame f;
	size_t used;
	CHECK_INT_EQ(ls_frame_stream_take(&s, zeros, sizeof(zeros), &used, &f, NULL), 0);
	CHECK_INT_EQ(used, sizeof(zeros));
}

TEST(frame_every_flipped_bit_is_seen)
{
	uint8_t wire[LS_FRAME_WIRE_MAX];
	struct ls_frame good = sample(LS_FRAME_END, "0123456789", 10), f;
	size_t n = ls_frame_encode(&good, wire), used;
	static struct ls_frame_stream s;
	for (size_t bit = 0; bit < 8 * (n - 1); bit++) {
		ls_frame_stream_init(&s);
		wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK_INT_EQ(ls_frame_stream_take(&s, wire, n, &used, &f, NULL), -EBADMSG);
		wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

TEST_MAIN()
