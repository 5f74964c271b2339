/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors: Ethereum's own tests (RLPTests/rlptest.json, invalidRLPTest.json). */
#include "audit/chain/rlp.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/base/text.h"

static size_t unhex(const char *hex, uint8_t *buffer)
{
	CHECK_INT_EQ(ls_hex_decode(hex, strlen(hex), buffer), 0);
	return strlen(hex) / 2;
}

TEST(strings_there_and_back)
{
	static const struct {
		const char *content, *encoded;
	} CASES[] = {
		{ "", "80" },
		{ "00", "00" },
		{ "01", "01" },
		{ "7f", "7f" },
		{ "80", "8180" },
		{ "646f67", "83646f67" },
		{ "0400", "820400" },
		{ "4c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e736563746574757220"
		  "6164"
		  "69706973696369"
		  "6e6720656c69",
		  "b74c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e7365637465747572"
		  "20"
		  "61646970697369"
		  "63696e6720656c69" },
		{ "4c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e736563746574757220"
		  "6164"
		  "69706973696369"
		  "6e6720656c6974",
		  "b8384c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e73656374657475"
		  "72"
		  "206164697069736963"
		  "696e6720656c6974" },
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		uint8_t content[128], encoded[128];
		size_t n = unhex(CASES[i].content, content), m = unhex(CASES[i].encoded, encoded);
		struct ls_buffer out;
		struct ls_rlp item;
		ls_buffer_init(&out, 256);
		CHECK_INT_EQ(ls_rlp_add_string(&out, content, n), 0);
		CHECK_INT_EQ(out.size, m);
		CHECK_MEM_EQ(out.data, encoded, m);
		CHECK_INT_EQ(ls_rlp_parse(encoded, m, &item, NULL), 0);
		CHECK(!item.is_list && item.size == n && item.whole_size == m);
		CHECK_MEM_EQ(item.bytes, content, n);
		ls_buffer_free(&out);
	}
}

TEST(lists)
{
	uint8_t bytes[16];
	struct ls_rlp list, items[3];
	size_t n = unhex("c88363617483646f67", bytes); /* [ "cat", "dog" ] */
	REQUIRE(ls_rlp_parse(bytes, n, &list, NULL) == 0);
	CHECK(list.is_list);
	CHECK_INT_EQ(ls_rlp_items(&list, items, 3, NULL), 2);
	CHECK_MEM_EQ(items[1].bytes, "dog", 3);
	CHECK_INT_EQ(ls_rlp_items(&list, items, 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_rlp_items(&items[0], items, 1, NULL), -EBADMSG);

	n = unhex("c7c0c1c0c3c0c1c0", bytes); /* [ [], [[]], [ [], [[]] ] ] */
	REQUIRE(ls_rlp_parse(bytes, n, &list, NULL) == 0);
	CHECK_INT_EQ(ls_rlp_items(&list, items, 3, NULL), 3);
	CHECK(items[2].is_list && items[2].size == 3 && items[2].whole_size == 4);
}

TEST(a_long_list_is_written)
{
	struct ls_buffer items, out;
	struct ls_rlp list, seen[60];
	ls_buffer_init(&items, 1024);
	ls_buffer_init(&out, 1024);
	for (int i = 0; i < 60; i++)
		ls_rlp_add_string(&items, "\xff\xff\xff\xff", 4);
	CHECK_INT_EQ(ls_rlp_add_list(&out, items.data, items.size), 0);
	CHECK_MEM_EQ(out.data, "\xf9\x01\x2c\x84", 4);
	REQUIRE(ls_rlp_parse(out.data, out.size, &list, NULL) == 0);
	CHECK_INT_EQ(ls_rlp_items(&list, seen, 60, NULL), 60);
	ls_buffer_free(&items);
	ls_buffer_free(&out);
}

TEST(numbers)
{
	static const struct {
		const char *encoded;
		int rc;
		uint64_t value;
	} CASES[] = {
		{ "80", 0, 0 },
		{ "0f", 0, 15 },
		{ "820400", 0, 1024 },
		{ "88ffffffffffffffff", 0, UINT64_MAX },
		{ "00", -EBADMSG, 0 },			 /* zero is the empty string */
		{ "820004", -EBADMSG, 0 },		 /* a leading zero */
		{ "89010000000000000000", -EBADMSG, 0 }, /* nine bytes */
		{ "c0", -EBADMSG, 0 },
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		uint8_t bytes[16];
		uint64_t value = 0;
		struct ls_rlp item;
		REQUIRE(ls_rlp_parse(bytes, unhex(CASES[i].encoded, bytes), &item, NULL) == 0);
		CHECK_INT_EQ(ls_rlp_u64(&item, &value, NULL), CASES[i].rc);
		CHECK(value == CASES[i].value);
	}
}

TEST(what_is_no_canonical_rlp_is_refused)
{
	static const char *const CASES[] = {
		"",			/* nothing */
		"8100",			/* bytesShouldBeSingleByte00 */
		"8101",			/* bytesShouldBeSingleByte01 */
		"817f",			/* bytesShouldBeSingleByte7F */
		"8363",			/* a string longer than what is left */
		"c5836361",		/* a list longer than what is left */
		"bfffffffffffffffffff", /* int64Overflow: a length near 2^64 */
		"ffffffffffffffffff",	/* the same of a list */
		"b800",			/* a long form for nothing */
		"b801ff",		/* for one byte */
		"b90001ff",		/* leadingZerosInLongLengthArray */
		"f800",			/* nonOptimalLongLengthList */
		"f90000",		/* leadingZerosInLongLengthList */
		"b8",			/* no length */
		"b9aa",			/* lessThanShortLengthArray: half a length */
		"f9aa",
		"a0000102", /* incorrectLengthInArray */
		"8080",	    /* a second item */
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		uint8_t bytes[64];
		struct ls_rlp item;
		struct ls_error err = { 0 };
		if (ls_rlp_parse(bytes, unhex(CASES[i], bytes), &item, &err) != -EBADMSG)
			TEST_FAIL("%s was taken", CASES[i]);
		CHECK_STR_EQ(err.id, "chain.rlp");
	}
}

TEST(what_is_refused_is_not_taken)
{
	struct ls_reader r;
	struct ls_rlp item;
	ls_reader_init(&r, "\x01\x81\x01", 3);
	CHECK_INT_EQ(ls_rlp_next(&r, &item, NULL), 0);
	CHECK_INT_EQ(ls_rlp_next(&r, &item, NULL), -EBADMSG);
	CHECK_INT_EQ(r.pos, 1);
}

TEST_MAIN()
