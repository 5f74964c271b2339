/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/utf16.h"

#include <errno.h>

#include "lib/base/test.h"

#define SIZE 64

static const struct {
	const char *utf8;
	uint16_t utf16[8];
} pairs[] = {
	{ "", { 0 } },
	{ "a.eds", { 'a', '.', 'e', 'd', 's', 0 } },
	{ "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80", { 0x7f, 0x80, 0x7ff, 0x800, 0 } },
	{ "Pr\xc3\xbc"
	  "fung",
	  { 'P', 'r', 0xfc, 'f', 'u', 'n', 'g', 0 } },
	{ "\xe6\xb8\xac\xe5\xae\x9a", { 0x6e2c, 0x5b9a, 0 } },
	{ "\xef\xbf\xbf\xf0\x90\x80\x80", { 0xffff, 0xd800, 0xdc00, 0 } },
	{ "\xf4\x8f\xbf\xbf", { 0xdbff, 0xdfff, 0 } },
	{ "\xed\xa0\x80x", { 0xd800, 'x', 0 } },			   /* a high one alone */
	{ "\xed\xbf\xbf", { 0xdfff, 0 } },				   /* a low one alone */
	{ "\xed\xbf\xbf\xed\xa0\x80", { 0xdfff, 0xd800, 0 } },		   /* the wrong way round */
	{ "\xed\xa0\x80\xf0\x90\x80\x80", { 0xd800, 0xd800, 0xdc00, 0 } }, /* and a pair */
};

static size_t length(const uint16_t *text)
{
	size_t n = 0;
	while (text[n])
		n++;
	return n;
}

TEST(utf16_both_ways)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char utf8[SIZE];
		uint16_t utf16[SIZE];
		CHECK_INT_EQ(ls_utf16_to_utf8(pairs[i].utf16, utf8, sizeof(utf8)), 0);
		CHECK_STR_EQ(utf8, pairs[i].utf8);
		CHECK_INT_EQ(ls_utf8_to_utf16(pairs[i].utf8, utf16, SIZE), 0);
		CHECK_MEM_EQ(utf16, pairs[i].utf16, 2 * (length(pairs[i].utf16) + 1));
	}
}

TEST(utf16_every_pair_of_units_comes_back)
{
	static const uint16_t units[] = { 1,	  0x7f,	  0x80,	  0x7ff,  0x800,  0xd7ff, 0xd800,
					  0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffe, 0xffff };
	enum { COUNT = sizeof(units) / sizeof(*units) };
	for (size_t i = 0; i < COUNT * COUNT; i++) {
		uint16_t name[3] = { units[i / COUNT], units[i % COUNT], 0 }, back[3];
		char utf8[7];
		CHECK_INT_EQ(ls_utf16_to_utf8(name, utf8, sizeof(utf8)), 0);
		CHECK_INT_EQ(ls_utf8_to_utf16(utf8, back, 3), 0);
		CHECK_MEM_EQ(back, name, sizeof(name));
	}
}

TEST(utf16_a_buffer_is_never_overrun)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		char utf8[SIZE];
		uint16_t utf16[SIZE];
		size_t bytes = strlen(pairs[i].utf8), units = length(pairs[i].utf16);
		for (size_t size = 0; size < SIZE; size++) {
			memset(utf8, 'x', sizeof(utf8));
			CHECK_INT_EQ(ls_utf16_to_utf8(pairs[i].utf16, utf8, size),
				     size > bytes ? 0 : -ENAMETOOLONG);
			CHECK_INT_EQ(utf8[size], 'x');
			memset(utf16, 0x55, sizeof(utf16));
			CHECK_INT_EQ(ls_utf8_to_utf16(pairs[i].utf8, utf16, size),
				     size > units ? 0 : -ENAMETOOLONG);
			CHECK_INT_EQ(utf16[size], 0x5555);
		}
	}
}

TEST(utf16_what_is_no_utf8_is_refused)
{
	static const char *const bad[] = {
		"\x80",
		"\xc0\x80",
		"\xc1\xbf",
		"\xc3",
		"a\xc3",
		"\xe2\x82",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xc3\x28",
		"\xe2\x28\xa1",
		"\xf0\x90\x28\x80",
		"\xf0\x90\x80",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint16_t utf16[SIZE];
		CHECK_INT_EQ(ls_utf8_to_utf16(bad[i], utf16, SIZE), -EILSEQ);
	}
}

TEST_MAIN()
