/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buffer.h"

#include <errno.h>

#include "lib/base/test.h"

TEST(additions_come_out_in_order)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 100);
	CHECK_STR_EQ(ls_buffer_str(&b), "");
	ls_buffer_add_str(&b, "ab");
	ls_buffer_printf(&b, "%d-%s", 7, "x");
	CHECK_STR_EQ(ls_buffer_str(&b), "ab7-x");
	ls_buffer_drop(&b, 2);
	CHECK_STR_EQ(ls_buffer_str(&b), "7-x");
	ls_buffer_drop(&b, 99);
	CHECK_INT_EQ(b.size, 0);
	ls_buffer_add_be32(&b, 0x01020304);
	CHECK_MEM_EQ(b.data, "\1\2\3\4", 4);
	CHECK_INT_EQ(ls_buffer_error(&b), 0);
}

TEST(the_maximum_is_hard_and_the_error_sticks)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4);
	CHECK_INT_EQ(ls_buffer_add_str(&b, "1234"), 0);
	CHECK_INT_EQ(ls_buffer_add_u8(&b, 5), -EFBIG);
	CHECK_STR_EQ(ls_buffer_str(&b), "1234");
	ls_buffer_drop(&b, 4);
	CHECK_INT_EQ(ls_buffer_add_u8(&b, 5), -EFBIG);
	ls_buffer_clear(&b);
	CHECK_INT_EQ(ls_buffer_add_u8(&b, 5), 0);
	CHECK_INT_EQ(ls_buffer_printf(&b, "%s", "too long"), -EFBIG);
}

TEST(it_grows_past_its_first_capacity)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 1 << 20);
	for (unsigned i = 0; i < 100000; i++)
		ls_buffer_add_u8(&b, (uint8_t)i);
	CHECK_INT_EQ(ls_buffer_error(&b), 0);
	CHECK_INT_EQ(b.size, 100000);
	CHECK_INT_EQ(b.data[99999], (uint8_t)99999);
	CHECK_INT_EQ(b.data[b.size], 0);
}

TEST(what_was_put_into_reserved_room_ends_as_a_string)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 64);
	ls_buffer_add_str(&b, "abc");
	uint8_t *place = ls_buffer_reserve(&b, 61);
	memset(place, 'x', 61);
	ls_buffer_commit(&b, 2);
	CHECK_INT_EQ(b.size, 5);
	CHECK_STR_EQ(ls_buffer_str(&b), "abcxx");
}

TEST_MAIN()
