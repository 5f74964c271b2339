/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/encoding.h"

#include <errno.h>

#include "lib/base/test.h"

static void check(const void *data, size_t size, enum ls_encoding wanted, const char *text)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 1000);
	enum ls_encoding seen = ls_encoding_guess(data, size);
	CHECK_INT_EQ(seen, wanted);
	CHECK_INT_EQ(ls_encoding_decode(data, size, seen, &out), 0);
	CHECK_STR_EQ(ls_buffer_str(&out), text);
}

TEST(utf8_with_and_without_a_mark)
{
	check("C\xd1\x82\n", 4, LS_ENCODING_UTF8, "C\xd1\x82\n");
	check("\xef\xbb\xbfx\r\ny\rz", 9, LS_ENCODING_UTF8, "x\ny\nz");
	check("", 0, LS_ENCODING_UTF8, "");
}

TEST(utf16_in_both_orders_with_and_without_a_mark)
{
	check("\xff\xfe*\0\r\0\n\0", 8, LS_ENCODING_UTF16_LE, "*\n");
	check("\xff\xfe*\0 \0", 6, LS_ENCODING_UTF16_LE, "* ");
	check("\xfe\xff\0*\0 ", 6, LS_ENCODING_UTF16_BE, "* ");
	check("*\0 \0B\0l\0", 8, LS_ENCODING_UTF16_LE, "* Bl");
	check("\0*\0 \0B\0l", 8, LS_ENCODING_UTF16_BE, "* Bl");
	check("\xff\xfe\x3d\xd8\x00\xde", 6, LS_ENCODING_UTF16_LE, "\xf0\x9f\x98\x80");
}

TEST(broken_utf16_is_replaced)
{
	check("\xff\xfe\x3d\xd8*\0", 6, LS_ENCODING_UTF16_LE, "\xef\xbf\xbd*");
	check("\xff\xfe\x00\xde*\0", 6, LS_ENCODING_UTF16_LE, "\xef\xbf\xbd*");
	check("\xff\xfe*\0x", 5, LS_ENCODING_UTF16_LE, "*\xef\xbf\xbd");
	check("\xff\xfe\x3d\xd8", 4, LS_ENCODING_UTF16_LE, "\xef\xbf\xbd");
}

TEST(bytes_that_are_no_utf8_are_windows_1252)
{
	check("M\xfcller \x80 \x93q\x94", 12, LS_ENCODING_WINDOWS_1252,
	      "M\xc3\xbcller \xe2\x82\xac \xe2\x80\x9cq\xe2\x80\x9d");
	check("R\xb2", 2, LS_ENCODING_WINDOWS_1252, "R\xc2\xb2");
}

TEST(more_than_the_buffer_takes_is_refused)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 2);
	CHECK_INT_EQ(ls_encoding_decode("abc", 3, LS_ENCODING_UTF8, &out), -EFBIG);
	ls_buffer_clear(&out);
	CHECK_INT_EQ(ls_encoding_decode("a\0b\0c\0", 6, LS_ENCODING_UTF16_LE, &out), -EFBIG);
}

TEST_MAIN()
