/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <errno.h>

#include "lib/base/test.h"

static const char *escaped(const char *text, size_t length)
{
	static struct ls_buffer b;
	ls_buffer_free(&b);
	ls_buffer_init(&b, 65536);
	ls_text_escape(text, length, &b);
	return ls_buffer_str(&b);
}

static const char *safe(const char *claimed)
{
	static char name[LS_SAFE_NAME_SIZE];
	return ls_safe_name(claimed, strlen(claimed), name);
}

static int decode64(const char *text)
{
	uint8_t bytes[64];
	size_t size;
	return ls_base64_decode(text, strlen(text), bytes, sizeof(bytes), &size);
}

TEST(hex_round_trip_and_refusals)
{
	char text[9];
	uint8_t bytes[4];
	ls_hex_encode("\x00\x7f\x80\xff", 4, text);
	CHECK_STR_EQ(text, "007f80ff");
	CHECK_INT_EQ(ls_hex_decode(text, 8, bytes), 0);
	CHECK_MEM_EQ(bytes, "\x00\x7f\x80\xff", 4);
	CHECK_INT_EQ(ls_hex_decode("0", 1, bytes), -EBADMSG);
	CHECK_INT_EQ(ls_hex_decode("0G", 2, bytes), -EBADMSG);
	CHECK_INT_EQ(ls_hex_decode("0A", 2, bytes), -EBADMSG);
}

/* RFC 4648, section 10 */
TEST(base64_vectors)
{
	static const char *const vectors[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		_cleanup_buffer_ struct ls_buffer b;
		ls_buffer_init(&b, 100);
		ls_base64_encode(vectors[i][0], strlen(vectors[i][0]), &b);
		CHECK_STR_EQ(ls_buffer_str(&b), vectors[i][1]);
		uint8_t bytes[16];
		size_t size = 99;
		CHECK_INT_EQ(
			ls_base64_decode(vectors[i][1], strlen(vectors[i][1]), bytes, 16, &size),
			0);
		CHECK_INT_EQ(size, strlen(vectors[i][0]));
		CHECK_MEM_EQ(bytes, vectors[i][0], size);
	}
}

TEST(base64_has_one_spelling)
{
	static const char *const bad[] = { "Zg=",  "Zg",       "Zg===", "Zh==",	  "Zm9=", "Z===",
					   "====", "Zg==Zg==", "Zm 9",	"Zm9v\n", "Zm9-", "=Zg=" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (decode64(bad[i]) != -EBADMSG)
			TEST_FAIL("accepted '%s'", bad[i]);
	uint8_t two[2];
	size_t size;
	CHECK_INT_EQ(ls_base64_decode("Zm9v", 4, two, 2, &size), -EFBIG);
}

TEST(decimal_numbers_are_strict)
{
	uint64_t v = 7;
	CHECK_INT_EQ(ls_parse_u64("0", 1, &v), 0);
	CHECK_INT_EQ(v, 0);
	CHECK_INT_EQ(ls_parse_u64("18446744073709551615", 20, &v), 0);
	CHECK(v == UINT64_MAX);
	static const char *const bad[] = { "",
					   "00",
					   "01",
					   "+1",
					   "-1",
					   " 1",
					   "1 ",
					   "18446744073709551616",
					   "99999999999999999999",
					   "0x1",
					   "1e3" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ls_parse_u64(bad[i], strlen(bad[i]), &v) != -EBADMSG)
			TEST_FAIL("accepted '%s'", bad[i]);
}

TEST(utc_round_trip_and_refusals)
{
	static const char *const good[] = { "1970-01-01T00:00:00Z", "2026-03-04T14:22:19Z",
					    "2024-02-29T23:59:59Z", "0001-01-01T00:00:01Z",
					    "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z" };
	static const char *const bad[] = { "2026-02-29T00:00:00Z", "2026-06-31T00:00:00Z",
					   "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
					   "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
					   "2026-01-01T00:00:60Z", "2026-01-01 00:00:00Z",
					   "2026-01-01T00:00:00+", "2026-01-01T00:00:00",
					   "0000-01-01T00:00:00Z", "2026-1-01T00:00:000Z" };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t t;
		char again[LS_UTC_SIZE];
		CHECK_INT_EQ(ls_utc_parse(good[i], strlen(good[i]), &t), 0);
		CHECK_STR_EQ(ls_utc_format(t, again), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t t;
		if (ls_utc_parse(bad[i], strlen(bad[i]), &t) != -EBADMSG)
			TEST_FAIL("accepted '%s'", bad[i]);
	}
	char text[LS_UTC_SIZE];
	CHECK_STR_EQ(ls_utc_format(INT64_MAX, text), "0001-01-01T00:00:00Z");
}

TEST(utf8_is_checked_to_the_letter)
{
	CHECK(ls_utf8_valid("", 0));
	CHECK(ls_utf8_valid("Pr\xc3\xbc\x66", 5));
	CHECK(ls_utf8_valid("\xf0\x9f\xa7\xac", 4));
	CHECK(!ls_utf8_valid("\xc0\x80", 2));	      /* overlong NUL */
	CHECK(!ls_utf8_valid("\xed\xa0\x80", 3));     /* surrogate */
	CHECK(!ls_utf8_valid("\xf4\x90\x80\x80", 4)); /* past U+10FFFF */
	CHECK(!ls_utf8_valid("\xc3", 1));
	CHECK(!ls_utf8_valid("\x80", 1));
	CHECK(!ls_utf8_valid("\xff", 1));
}

TEST(claimed_text_is_shown_without_tricks)
{
	CHECK_STR_EQ(escaped("plate 7.eds", 11), "plate 7.eds");
	CHECK_STR_EQ(escaped("Pr\xc3\xbc\x66", 5), "Pr\xc3\xbc\x66");
	CHECK_STR_EQ(escaped("a\nb\0c%", 6), "a%0Ab%00c%25");
	CHECK_STR_EQ(escaped("x\xe2\x80\xaesde.exe", 11),
		     "x%E2%80%AEsde.exe"); /* right-to-left override */
	CHECK_STR_EQ(escaped("\xff\xc3", 2), "%FF%C3");
	CHECK_STR_EQ(escaped("\x1b[2J\x7f", 5), "%1B[2J%7F");
}

TEST(what_can_be_shown_is_told_apart_from_what_cannot)
{
	CHECK(ls_text_shown("", 0));
	CHECK(ls_text_shown("Pr\xc3\xbc\x66 100 %", 10));
	CHECK(!ls_text_shown("a\nb", 3));
	CHECK(!ls_text_shown("a\0b", 3));
	CHECK(!ls_text_shown("x\xe2\x80\xaey", 5));
	CHECK(!ls_text_shown("\xff", 1));
}

TEST(claimed_names_become_safe_names)
{
	CHECK_STR_EQ(safe("plate7.eds"), "plate7.eds");
	CHECK_STR_EQ(safe("C:\\Applied Biosystems\\plate 7.eds"), "plate_7.eds");
	CHECK_STR_EQ(safe("../../etc/passwd"), "passwd");
	CHECK_STR_EQ(safe(".."), "_");
	CHECK_STR_EQ(safe(""), "_");
	CHECK_STR_EQ(safe("a/"), "_");
	CHECK_STR_EQ(safe(".hidden"), "_hidden");
	CHECK_STR_EQ(safe("-rf"), "_rf");
	CHECK_STR_EQ(safe("trailing..."), "trailing");
	CHECK_STR_EQ(safe("CON"), "_CON");
	CHECK_STR_EQ(safe("nul.txt"), "_nul.txt");
	CHECK_STR_EQ(safe("COM1.eds"), "_COM1.eds");
	CHECK_STR_EQ(safe("COMET.eds"), "COMET.eds");
	CHECK_STR_EQ(safe("Pr\xc3\xbc\x66ung.txt"), "Pr_fung.txt");
	CHECK_STR_EQ(safe("a\nb"), "a_b");
}

TEST(a_safe_name_stays_as_it_is_whatever_went_in)
{
	unsigned seed = 1;
	for (int round = 0; round < 20000; round++) {
		char claimed[300];
		size_t length = (size_t)(rand_r(&seed) % (int)sizeof(claimed));
		for (size_t i = 0; i < length; i++)
			claimed[i] = (char)(round % 2 ? rand_r(&seed)
						      : ".-_aCOMcon1/\\"[rand_r(&seed) % 13]);
		char name[LS_SAFE_NAME_SIZE], again[LS_SAFE_NAME_SIZE];
		ls_safe_name(claimed, length, name);
		REQUIRE(ls_is_safe_name(name, strlen(name)));
		REQUIRE(strcmp(ls_safe_name(name, strlen(name), again), name) == 0);
	}
}

TEST(long_names_keep_their_end)
{
	char claimed[400];
	memset(claimed, 'a', sizeof(claimed));
	memcpy(claimed + 396, ".eds", 4);
	char name[LS_SAFE_NAME_SIZE];
	ls_safe_name(claimed, sizeof(claimed), name);
	CHECK_INT_EQ(strlen(name), LS_SAFE_NAME_MAX);
	CHECK_STR_EQ(name + LS_SAFE_NAME_MAX - 4, ".eds");
}

TEST(html_is_escaped)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 1000);
	ls_html_escape("<a href=\"x\" title='y'>&", 23, &b);
	CHECK_STR_EQ(ls_buffer_str(&b), "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
}

/* text, at most max bytes, and what becomes of it */
static void check_plain(const char *text, size_t max, const char *wanted)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 256);
	CHECK_INT_EQ(ls_text_plain(text, strlen(text), max, &out), 0);
	CHECK_STR_EQ(ls_buffer_str(&out), wanted);
}

TEST(plain_text_is_one_line_that_hides_nothing)
{
	check_plain("", 100, "");
	check_plain(" \t\r\n", 100, "");
	check_plain("\n TaqMan\xc2\xae \t\x01 50 %\n", 100, "TaqMan\xc2\xae 50 %");
	check_plain("a\xc2\xa0\xc2\x85z", 100, "a z");
	check_plain("ab\xff", 100, "ab\xef\xbf\xbd");
	check_plain("\xc3", 100, "\xef\xbf\xbd");
	check_plain("x\xe2\x80\xaey", 100, "x\xef\xbf\xbdy");
	check_plain("abc def", 3, "abc");
	check_plain("abc def", 4, "abc");
	check_plain("abc def", 5, "abc d");
	check_plain("ab\xc2\xae", 3, "ab");
	check_plain("ab", 0, "");
}

TEST_MAIN()
