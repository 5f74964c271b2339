/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/der.h"

#include <errno.h>

#include "lib/base/test.h"

TEST(every_length_goes_there_and_back)
{
	static const size_t sizes[] = { 0, 1, 127, 128, 129, 255, 256, 257, 65535 };
	static const size_t headers[] = { 2, 2, 2, 3, 3, 3, 4, 4, 4 };
	static uint8_t content[65536];
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		_cleanup_buffer_ struct ls_buffer b;
		struct ls_reader r, inside;
		ls_buffer_init(&b, 1 << 20);
		REQUIRE(ls_der_put(&b, LS_DER_OCTET_STRING, content, sizes[i]) == 0);
		CHECK_INT_EQ(b.size, sizes[i] + headers[i]);
		ls_reader_init(&r, b.data, b.size);
		CHECK_INT_EQ(ls_der_next(&r, LS_DER_SEQUENCE, &inside), -EBADMSG);
		REQUIRE(ls_der_next(&r, LS_DER_OCTET_STRING, &inside) == 0);
		CHECK_INT_EQ(inside.size, sizes[i]);
		CHECK_INT_EQ(ls_reader_end(&r), 0);
		ls_reader_init(&r, b.data, b.size - 1);
		CHECK_INT_EQ(ls_der_next(&r, LS_DER_OCTET_STRING, &inside), -EBADMSG);
	}
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 1 << 20);
	CHECK_INT_EQ(ls_der_put(&b, LS_DER_OCTET_STRING, content, 65536), -EFBIG);
	CHECK_INT_EQ(ls_buffer_error(&b), -EFBIG);
}

TEST(other_spellings_of_a_length_are_refused)
{
	static const char *const bad[] = { "\x04\x80\x00",	    "\x04\x81\x01x",
					   "\x04\x81\x7f",	    "\x04\x82\x00\xffx",
					   "\x04\x83\x00\x00\x01x", "\x04\xff" };
	static const size_t sizes[] = { 3, 4, 3, 5, 6, 2 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct ls_reader r, inside;
		ls_reader_init(&r, bad[i], sizes[i]);
		CHECK_INT_EQ(ls_der_next(&r, LS_DER_OCTET_STRING, &inside), -EBADMSG);
		CHECK_INT_EQ(r.pos, 0);
	}
}

TEST(values_nest)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 64);
	ls_der_put(&b, LS_DER_INTEGER, "\x01", 1);
	ls_der_wrap(&b, 0, LS_DER_SET);
	ls_der_wrap(&b, 0, LS_DER_SEQUENCE);
	CHECK_INT_EQ(b.size, 7);
	CHECK_MEM_EQ(b.data, "\x30\x05\x31\x03\x02\x01\x01", 7);
}

TEST_MAIN()
