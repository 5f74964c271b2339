/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/words.h"

#include <errno.h>

#include "lib/base/test.h"

static void check_split(const char *line, const char *joined)
{
	char seen[256] = "";
	struct ls_words words;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_words_split(line, strlen(line), &words, &err), 0);
	for (size_t i = 0; i < words.count; i++) {
		strncat(seen, i ? "|" : "", 2);
		strncat(seen, words.words[i], 100);
	}
	CHECK_STR_EQ(seen, joined);
	ls_words_free(&words);
}

TEST(words_are_parted_and_kept_as_a_shell_does)
{
	check_split("", "");
	check_split("  \t ", "");
	check_split("a bc  d", "a|bc|d");
	check_split("--name 'A. B' \"C \\\"d\\\"\" e\\ f", "--name|A. B|C \"d\"|e f");
	check_split("'it''s' \"\" x''y", "its||xy");
	check_split("'\\degreecelsius -40 1' \"\\degreecelsius\"",
		    "\\degreecelsius -40 1|\\degreecelsius");
}

TEST(what_does_not_end_or_has_a_nul_is_refused)
{
	struct ls_words words;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_words_split("a 'b", 4, &words, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "registry.batch.quote");
	CHECK_INT_EQ(ls_words_split("a \"b", 4, &words, &err), -EBADMSG);
	CHECK_INT_EQ(ls_words_split("a\0b", 3, &words, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "registry.batch.nul");
}

TEST(all_faults_of_a_line_are_told)
{
	static const struct ls_term terms[] = { { "--name", LS_TERM_REQUIRED },
						{ "--level", LS_TERM_REQUIRED },
						{ "--point", LS_TERM_MANY },
						{ "--private", LS_TERM_FLAG } };
	static const char *const words[] = { "--nme=x",	    "--point", "1", "--point=2",
					     "--private=3", "--level", "a", "--level",
					     "999",	    "--point" };
	_cleanup_said_ struct ls_said said = { 0 };
	_cleanup_faults_ struct ls_faults faults;
	uint64_t level = 7;
	ls_faults_init(&faults);
	CHECK_INT_EQ(ls_said_read(words, 10, terms, 4, &said, &faults), 0);
	CHECK_INT_EQ(ls_said_number(&said, "--level", 255, &level, &faults), 0);
	CHECK_INT_EQ((int)level, 7);
	const char *text = ls_buffer_str(&faults.text);
	static const char *const told[] = {
		"'--nme=x' here; is it '--name'?", "--private takes no value",
		"--point needs a value",	   "--name is missing",
		"--level is there 2 times",	   "--level 'a' is no number from 0 to 255"
	};
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
		if (!strstr(text, told[i]))
			TEST_FAIL("'%s' is not told: %s", told[i], text);
}

TEST(times_are_read_as_times_and_days)
{
	static const struct ls_term terms[] = { { "--at", 0 } };
	static const struct {
		const char *text;
		int64_t time;
	} good[] = { { "1970-01-02", 86400 }, { "1970-01-01T00:01:00Z", 60 } };
	static const char *const bad[] = { "1970-13-01", "yesterday", "1970-01-01T00:00", "",
					   "1970-01-02 " };
	for (size_t i = 0; i < 7; i++) {
		const char *words[] = { "--at", i < 2 ? good[i].text : bad[i - 2] };
		int64_t time = -1;
		_cleanup_said_ struct ls_said said = { 0 };
		_cleanup_faults_ struct ls_faults faults;
		ls_faults_init(&faults);
		CHECK_INT_EQ(ls_said_read(words, 2, terms, 1, &said, &faults), 0);
		CHECK_INT_EQ(ls_said_time(&said, "--at", &time, &faults), i < 2);
		CHECK_INT_EQ((int)time, i < 2 ? (int)good[i].time : -1);
		CHECK_INT_EQ((int)faults.count, i < 2 ? 0 : 1);
	}
}

TEST_MAIN()
