/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/samples.h"

#include <errno.h>

#include "lib/base/test.h"

#define HEX "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
#define TEXT                                                                                   \
	"[{\"name\":\"control 1\",\"path\":\"sequences/" HEX "\",\"size\":7,\"sha256\":\"" HEX \
	"\",\"signed_by\":\"0000-0002-1825-0097\"},{\"name\":\"control "                       \
	"\xc3\xa4\",\"path\":\"sequen"                                                         \
	"ces/" HEX "\",\"size\":7,\"sha256\":\"" HEX "\",\"signed_by\":null}]"

static struct ls_error err;

static struct ls_samples two(void)
{
	struct ls_samples s = { .count = 2 };
	ls_sha256_buffer("foo", 3, &s.list[0].sha256);
	s.list[0].size = 7;
	s.list[1] = s.list[0];
	snprintf(s.list[0].name, sizeof(s.list[0].name), "%s", "control 1");
	snprintf(s.list[1].name, sizeof(s.list[1].name), "%s", "control \xc3\xa4");
	snprintf(s.list[0].signer.text, sizeof(s.list[0].signer.text), "%s", "0000-0002-1825-0097");
	return s;
}

TEST(what_is_written_is_read)
{
	const struct ls_samples in = two();
	struct ls_samples out = { .count = 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_SAMPLES_TEXT_MAX);
	REQUIRE(ls_samples_format(&in, &text, &err) == 0);
	CHECK_STR_EQ(ls_buffer_str(&text), TEXT);
	REQUIRE(ls_samples_parse(text.data, text.size, &out, &err) == 0);
	CHECK(memcmp(&in, &out, sizeof(in)) == 0);
}

TEST(none_is_an_empty_list)
{
	struct ls_samples s = { .count = 1 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 16);
	REQUIRE(ls_samples_parse("[]", 2, &s, &err) == 0);
	CHECK_INT_EQ(s.count, 0);
	REQUIRE(ls_samples_format(&s, &text, &err) == 0);
	CHECK_STR_EQ(ls_buffer_str(&text), "[]");
}

/* As large as they can be, they fit what is said of them. */
TEST(the_largest_fit)
{
	struct ls_samples s = { .count = LS_SAMPLES_MAX };
	for (size_t i = 0; i < s.count; i++) {
		s.list[i] = two().list[0];
		s.list[i].size = LS_SEQUENCE_SIZE_MAX;
		memset(s.list[i].name, '"', LS_SAMPLE_NAME_SIZE - 1);
		s.list[i].name[0] = (char)('a' + i);
	}
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_SAMPLES_TEXT_MAX);
	REQUIRE(ls_samples_format(&s, &text, &err) == 0);
	/* a record's indentation: at most 4 bytes for each of 7 lines, and a blank for each of 5 */
	CHECK(text.size + s.count * (7 * 4 + 5) <= LS_SAMPLES_TEXT_MAX);
}

TEST(what_could_not_be_read_is_not_written)
{
	struct ls_samples s = two();
	s.list[1] = s.list[0];
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	CHECK(strstr(err.message, "one name"));
	s = two();
	s.list[0].name[0] = '\0';
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	snprintf(s.list[0].name, sizeof(s.list[0].name), "%s", "a\nb");
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	s.list[0].size = 0;
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	s.list[0].size = (uint64_t)LS_SEQUENCE_SIZE_MAX + 1;
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	memset(&s.list[0].sha256, 0, sizeof(s.list[0].sha256));
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	s.list[0].signer.text[18] = '8'; /* the check digit */
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	snprintf(s.list[0].signer.text, sizeof(s.list[0].signer.text), "%s",
		 "0000000218250097"); /* another spelling */
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
	s = two();
	s.count = LS_SAMPLES_MAX + 1;
	CHECK_INT_EQ(ls_samples_check(&s, &err), -EINVAL);
}

TEST(what_is_malformed_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[",
		"[1]",
		"[{}]",
		"[[[]]]",
		"[null]",
		"[] []",
		/* another path than the digest's */
		"[{\"name\":\"a\",\"path\":\"sequences/x\",\"size\":7,\"sha256\":\"" HEX
		"\",\"signed_by\":null}]",
		/* no file */
		"[{\"name\":\"a\",\"path\":\"sequences/" HEX
		"\",\"size\":7,\"sha256\":null,\"signed_by\":null}]",
		/* nobody has one spelling */
		"[{\"name\":\"a\",\"path\":\"sequences/" HEX "\",\"size\":7,\"sha256\":\"" HEX
		"\",\"signed_by\":\"\"}]",
		/* an unknown member */
		"[{\"name\":\"a\",\"path\":\"sequences/" HEX "\",\"size\":7,\"sha256\":\"" HEX
		"\",\"signed_by\":null,\"by\":1}]",
	};
	struct ls_samples s;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_samples_parse(bad[i], strlen(bad[i]), &s, &err), -EBADMSG);
}

TEST_MAIN()
