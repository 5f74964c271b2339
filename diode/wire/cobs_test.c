/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/cobs_slow.h"

#include <errno.h>

#include "lib/base/test.h"

#define MOST 1100

static size_t encode(const uint8_t *bytes, size_t n, uint8_t *wire)
{
	struct ls_cobs_encoder e;
	ls_cobs_encode_begin(&e, wire);
	ls_cobs_encode_add(&e, bytes, n);
	return ls_cobs_encode_end(&e);
}

static void check_pair(const char *plain, size_t n, const char *wire, size_t wire_size)
{
	uint8_t made[MOST];
	size_t size = encode((const uint8_t *)plain, n, made);
	CHECK_INT_EQ(size, wire_size);
	CHECK_MEM_EQ(made, wire, wire_size);
	uint8_t back[MOST];
	struct ls_cobs_decoder d;
	ls_cobs_decode_begin(&d, back, sizeof(back));
	CHECK_INT_EQ(ls_cobs_decode_add(&d, made, size - 1), 0);
	CHECK(ls_cobs_decode_whole(&d));
	CHECK_INT_EQ(d.size, n);
	CHECK_MEM_EQ(back, plain, n);
}

/* the examples everyone gives */
TEST(cobs_known_pairs)
{
	check_pair("", 0, "\x01", 2);
	check_pair("\x00", 1, "\x01\x01", 3);
	check_pair("\x00\x00", 2, "\x01\x01\x01", 4);
	check_pair("\x00\x11\x00", 3, "\x01\x02\x11\x01", 5);
	check_pair("\x11\x22\x00\x33", 4, "\x03\x11\x22\x02\x33", 6);
	check_pair("\x11\x22\x33\x44", 4, "\x05\x11\x22\x33\x44", 6);
	check_pair("\x11\x00\x00\x00", 4, "\x02\x11\x01\x01\x01", 6);
}

TEST(cobs_full_blocks)
{
	uint8_t plain[MOST], wire[LS_COBS_MAX(MOST)];
	memset(plain, 7, sizeof(plain));
	CHECK_INT_EQ(encode(plain, 253, wire), 255);
	CHECK_INT_EQ(wire[0], 254);
	/* 254 bytes fill a block, and the frame may end with it */
	CHECK_INT_EQ(encode(plain, 254, wire), 256);
	CHECK_INT_EQ(wire[0], 255);
	CHECK_INT_EQ(encode(plain, 255, wire), 258);
	CHECK_INT_EQ(wire[255], 2);
	plain[254] = 0;
	CHECK_INT_EQ(encode(plain, 255, wire), 258);
	CHECK_INT_EQ(wire[255], 1);
	CHECK_INT_EQ(wire[256], 1);
}

/* every length, zeros at varied distances, parts and pieces of every size */
TEST(cobs_round_trip)
{
	static uint8_t plain[MOST], wire[LS_COBS_MAX(MOST)], back[MOST];
	for (size_t n = 0; n < MOST; n++) {
		for (size_t i = 0; i < n; i++)
			plain[i] = (uint8_t)(i % (n % 300 + 1) == 0 ? 0 : i | 1);
		struct ls_cobs_encoder e;
		ls_cobs_encode_begin(&e, wire);
		ls_cobs_encode_add(&e, plain, n / 3);
		ls_cobs_encode_add(&e, plain + n / 3, n - n / 3);
		size_t size = ls_cobs_encode_end(&e);
		CHECK(size <= LS_COBS_MAX(n));
		CHECK(memchr(wire, 0, size) == wire + size - 1);
		struct ls_cobs_decoder d;
		ls_cobs_decode_begin(&d, back, n);
		size_t piece = n % 7 + 1;
		for (size_t at = 0; at < size - 1; at += piece) {
			size_t left = size - 1 - at;
			CHECK_INT_EQ(ls_cobs_decode_add(&d, wire + at, left < piece ? left : piece),
				     0);
		}
		CHECK(ls_cobs_decode_whole(&d));
		CHECK_INT_EQ(d.size, n);
		CHECK_MEM_EQ(back, plain, n);
	}
}

#define KINDS 11

static uint8_t pattern(unsigned kind, size_t i)
{
	switch (kind) {
	case 0: return 0;
	case 1: return i % 2 ? 0 : 9;			  /* small numbers of 16 bits */
	case 2: return i / 40 % 3 ? 0 : 1;		  /* runs of 0x00 */
	case 3: return i % 500 == 0 ? 0 : 255;		  /* full blocks */
	case 4: return i % (i / 17 + 1) == 0 ? 0 : 1;	  /* longer and longer blocks */
	case 5: return i % 4 ? 0 : (uint8_t)(i / 97);	  /* numbers of 32 bits, some of them 0 */
	case 6: return i % 8 < 3 ? (uint8_t)(i >> 3) : 0; /* of 64 bits */
	case 7: return i % 3 ? 2 : 0;			  /* no power of two; bytes like codes */
	case 8: return i * 2654435761u >> 20 & 1;	  /* half of them 0x00, in no order */
	case 9: return i % 2 || i * 2654435761u >> 28 == 0 ? 0 : 2; /* a pattern with exceptions */
	default: return (uint8_t)(i * 2654435761u >> 13);	    /* anything */
	}
}

/* in one piece, and into no byte more than the frame takes */
TEST(cobs_round_trip_at_once)
{
	static uint8_t plain[MOST], wire[LS_COBS_MAX(MOST)], slow[LS_COBS_MAX(MOST)];
	static uint8_t back[MOST + 1];
	for (unsigned kind = 0; kind < KINDS; kind++) {
		for (size_t n = 0; n <= MOST; n++) {
			for (size_t i = 0; i < n; i++)
				plain[i] = pattern(kind, i + n);
			size_t size = encode(plain, n, wire);
			CHECK_INT_EQ(size, encode_slowly(plain, n, slow));
			CHECK_MEM_EQ(wire, slow, size);
			struct ls_cobs_decoder d;
			back[n] = 0x5a;
			ls_cobs_decode_begin(&d, back, n);
			CHECK_INT_EQ(ls_cobs_decode_add(&d, wire, size - 1), 0);
			CHECK(ls_cobs_decode_whole(&d));
			CHECK_INT_EQ(d.size, n);
			CHECK_MEM_EQ(back, plain, n);
			CHECK_INT_EQ(back[n], 0x5a);
			if (n == 0)
				continue;
			ls_cobs_decode_begin(&d, back, n - 1);
			CHECK_INT_EQ(ls_cobs_decode_add(&d, wire, size - 1), -EMSGSIZE);
			CHECK_INT_EQ(back[n], 0x5a);
		}
	}
}

TEST(cobs_refuses_what_does_not_fit)
{
	uint8_t wire[] = { 5, 1, 2, 3, 4 }, back[4];
	struct ls_cobs_decoder d;
	ls_cobs_decode_begin(&d, back, 3);
	CHECK_INT_EQ(ls_cobs_decode_add(&d, wire, sizeof(wire)), -EMSGSIZE);
	ls_cobs_decode_begin(&d, back, 4);
	CHECK_INT_EQ(ls_cobs_decode_add(&d, wire, sizeof(wire)), 0);
}

TEST(cobs_knows_a_cut_frame)
{
	uint8_t wire[] = { 5, 1, 2, 3, 4 }, back[8];
	struct ls_cobs_decoder d;
	ls_cobs_decode_begin(&d, back, sizeof(back));
	CHECK(!ls_cobs_decode_whole(&d));
	for (size_t n = 1; n < sizeof(wire); n++) {
		ls_cobs_decode_begin(&d, back, sizeof(back));
		CHECK_INT_EQ(ls_cobs_decode_add(&d, wire, n), 0);
		CHECK(!ls_cobs_decode_whole(&d));
	}
}

TEST_MAIN()
