/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/pem.h"

#include <errno.h>
#include <stdint.h>

#include "lib/base/test.h"

static int parse(const char *text, struct ls_buffer *out)
{
	struct ls_reader r;
	ls_reader_init(&r, text, strlen(text));
	int rc = ls_pem_next(&r, "X", out, NULL);
	return rc < 0 ? rc : ls_reader_end(&r);
}

TEST(every_length_goes_there_and_back)
{
	uint8_t bytes[200];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t n = 1; n <= sizeof(bytes); n++) {
		_cleanup_buffer_ struct ls_buffer text, back;
		ls_buffer_init(&text, 1024);
		ls_buffer_init(&back, 1024);
		REQUIRE(ls_pem_encode("X", bytes, n, &text) == 0);
		REQUIRE(parse(ls_buffer_str(&text), &back) == 0);
		CHECK_INT_EQ(back.size, n);
		CHECK_MEM_EQ(back.data, bytes, n);
	}
}

TEST(other_spellings_are_refused)
{
	static const char *const bad[] = {
		"",
		"-----BEGIN X-----\n-----END X-----\n",
		"-----BEGIN Y-----\nAAAA\n-----END Y-----\n",
		"-----BEGIN X-----\nAAAA\n-----END Y-----\n",
		"-----BEGIN X-----\nAAAA\n-----END X-----",
		"-----BEGIN X-----\r\nAAAA\r\n-----END X-----\r\n",
		"-----BEGIN X-----\nAAAA\nAAAA\n-----END X-----\n",
		"-----BEGIN X-----\nAAA\n-----END X-----\n",
		"-----BEGIN X-----\nAA AA\n-----END X-----\n",
		"-----BEGIN X-----\n\nAAAA\n-----END X-----\n",
		"-----BEGIN X-----\nAAAA\n-----END X-----\n\n",
		"-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END X-----\n",
		"-----BEGIN "
		"X-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAA\n-----END X-----\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_buffer_ struct ls_buffer out;
		ls_buffer_init(&out, 1024);
		if (parse(bad[i], &out) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i]);
	}
}

TEST(a_block_larger_than_the_buffer_is_refused)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 2);
	CHECK_INT_EQ(parse("-----BEGIN X-----\nAAAA\n-----END X-----\n", &out), -EFBIG);
}

TEST_MAIN()
