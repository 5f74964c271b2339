/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/reader.h"

#include <errno.h>
#include <stdint.h>

#include "lib/base/test.h"

static const uint8_t BYTES[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

TEST(integers_are_big_endian)
{
	struct ls_reader r;
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;
	ls_reader_init(&r, BYTES, sizeof(BYTES));
	CHECK_INT_EQ(ls_read_u8(&r, &a), 0);
	CHECK_INT_EQ(ls_read_be16(&r, &b), 0);
	CHECK_INT_EQ(ls_read_be32(&r, &c), 0);
	CHECK_INT_EQ(ls_read_be64(&r, &d), 0);
	CHECK_INT_EQ(a, 1);
	CHECK_INT_EQ(b, 0x0203);
	CHECK_INT_EQ(c, 0x04050607);
	CHECK_INT_EQ(d, 0x08090a0b0c0d0e0f);
	CHECK_INT_EQ(ls_reader_end(&r), 0);
}

TEST(what_does_not_fit_takes_nothing)
{
	for (size_t size = 0; size < 8; size++) {
		struct ls_reader r;
		uint64_t value = 42;
		ls_reader_init(&r, BYTES, size);
		CHECK_INT_EQ(ls_read_be64(&r, &value), -EBADMSG);
		CHECK_INT_EQ(value, 42);
		CHECK_INT_EQ(ls_reader_left(&r), size);
	}
}

TEST(a_huge_length_does_not_wrap)
{
	struct ls_reader r;
	const uint8_t *bytes = NULL;
	ls_reader_init(&r, BYTES, sizeof(BYTES));
	uint8_t skip;
	CHECK_INT_EQ(ls_read_u8(&r, &skip), 0);
	CHECK_INT_EQ(ls_read_bytes(&r, SIZE_MAX, &bytes), -EBADMSG);
	CHECK_INT_EQ(ls_read_bytes(&r, sizeof(BYTES), &bytes), -EBADMSG);
	CHECK(bytes == NULL);
	CHECK_INT_EQ(ls_read_bytes(&r, sizeof(BYTES) - 1, &bytes), 0);
}

TEST(an_empty_reader_is_at_its_end)
{
	struct ls_reader r;
	const uint8_t *bytes;
	const char *line;
	size_t length;
	ls_reader_init(&r, NULL, 0);
	CHECK_INT_EQ(ls_reader_end(&r), 0);
	CHECK_INT_EQ(ls_read_bytes(&r, 0, &bytes), 0);
	CHECK_INT_EQ(ls_read_into(&r, NULL, 0), 0);
	CHECK_INT_EQ(ls_read_line(&r, &line, &length), -EBADMSG);
	CHECK_INT_EQ(ls_read_literal(&r, ""), 0);
	CHECK_INT_EQ(ls_read_literal(&r, "x"), -EBADMSG);
}

TEST(lines_end_in_lf_and_hold_no_nul)
{
	struct ls_reader r;
	const char *line;
	size_t length;
	ls_reader_init(&r, "ab\n\ncd", 6);
	CHECK_INT_EQ(ls_read_line(&r, &line, &length), 0);
	CHECK_INT_EQ(length, 2);
	CHECK_MEM_EQ(line, "ab", 2);
	CHECK_INT_EQ(ls_read_line(&r, &line, &length), 0);
	CHECK_INT_EQ(length, 0);
	CHECK_INT_EQ(ls_read_line(&r, &line, &length), -EBADMSG);
	CHECK_INT_EQ(ls_reader_left(&r), 2);
	ls_reader_init(&r, "a\0b\n", 4);
	CHECK_INT_EQ(ls_read_line(&r, &line, &length), -EBADMSG);
}

TEST(trailing_bytes_are_an_error)
{
	struct ls_reader r;
	ls_reader_init(&r, "magic!", 6);
	CHECK_INT_EQ(ls_read_literal(&r, "magic"), 0);
	CHECK_INT_EQ(ls_reader_end(&r), -EBADMSG);
}

TEST(text_ends_at_its_delimiter)
{
	struct ls_reader r;
	const char *text = NULL;
	size_t length = 99;
	ls_reader_init(&r, "name++rest", 10);
	CHECK_INT_EQ(ls_read_until(&r, '+', &text, &length), 0);
	CHECK_INT_EQ(length, 4);
	CHECK_MEM_EQ(text, "name", 4);
	CHECK_INT_EQ(ls_read_until(&r, '+', &text, &length), 0);
	CHECK_INT_EQ(length, 0);
	CHECK_INT_EQ(ls_read_until(&r, '+', &text, &length), -EBADMSG);
	CHECK_INT_EQ(ls_reader_left(&r), 4);
	CHECK_INT_EQ(length, 0);
	ls_reader_init(&r, NULL, 0);
	CHECK_INT_EQ(ls_read_until(&r, '+', &text, &length), -EBADMSG);
}

TEST_MAIN()
