/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/whole.h"

#include "lib/base/test.h"

TEST(match_patterns)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{ "*", "", true },
		{ "*.eds", "a.eds", true },
		{ "*.eds", "a.EDS", true },
		{ "*.eds", "eds", false },
		{ "*.eds", "a.eds.tmp", false },
		{ "~*", "~x", true },
		{ "~*", "x~", false },
		{ "?", "a", true },
		{ "?", "", false },
		{ "a*b*c", "axxbyyc", true },
		{ "a*b*c", "axxbyy", false },
		{ "", "", true },
		{ "", "a", false },
		{ "**", "abc", true },
		{ "*a", "aaaa", true },
		{ "[a]", "a", false },
		{ "a.b", "a.b", true },
		{ "plate ?.txt", "Plate 7.TXT", true },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (ls_match(cases[i].pattern, cases[i].name) != cases[i].matches)
			TEST_FAIL("'%s' and '%s'", cases[i].pattern, cases[i].name);
}

/* An empty archive is an end record alone: 22 bytes. */
static const uint8_t empty_zip[22] = { 'P', 'K', 5, 6 };

TEST(zip_needs_its_end_record_at_the_end)
{
	uint8_t file[200] = "PK\3\4 something";
	CHECK(ls_zip_is_whole(empty_zip, 22, 22));
	memcpy(file + 100, empty_zip, 22);
	CHECK(ls_zip_is_whole(file, 122, 122));
	CHECK(ls_zip_is_whole(file + 50, 72, 122));
	CHECK(!ls_zip_is_whole(file, 121, 121));
	CHECK(!ls_zip_is_whole(file, 123, 123)); /* a byte that no comment explains */
	CHECK(!ls_zip_is_whole(file, 100, 100));
	CHECK(!ls_zip_is_whole(file, 0, 0));
}

TEST(zip_comment_and_directory_must_fit)
{
	uint8_t file[200] = { 0 };
	memcpy(file + 100, empty_zip, 22);
	file[120] = 5; /* comment */
	CHECK(ls_zip_is_whole(file, 127, 127));
	CHECK(!ls_zip_is_whole(file, 126, 126));
	file[120] = 0;
	file[112] = 60; /* size of the directory */
	file[116] = 40; /* its offset */
	CHECK(ls_zip_is_whole(file, 122, 122));
	file[116] = 41;
	CHECK(!ls_zip_is_whole(file, 122, 122));
	memset(file + 116, 0xff, 4); /* ZIP64 */
	CHECK(ls_zip_is_whole(file, 122, 122));
}

static bool text(const char *content)
{
	return ls_text_is_whole((const uint8_t *)content, strlen(content));
}

TEST(text_exports)
{
	CHECK(text(""));
	CHECK(text("any text\n"));
	CHECK(!text("* Block Type = 96fast\n* Experiment Run End Time = Not Started\n[Results]\n"));
	CHECK(!text("* Experiment Run End Time = 2020-04-02 17:53:33 PM BST\n"));
	CHECK(!text("* Experiment Run End Time = "));
	CHECK(text("* Experiment Run End Time = 2020-04-02 17:53:33 PM BST\n\n[Results]\nWell\n"));
	CHECK(text("* Experiment Run End Time = 2020-04-02 17:53:33 PM BST\n\n[Sample Setup]\n"));
}

TEST(structure_goes_by_the_name)
{
	CHECK_INT_EQ(ls_structure_of("/data/a.EDS"), LS_STRUCTURE_ZIP);
	CHECK_INT_EQ(ls_structure_of("a.rdml"), LS_STRUCTURE_ZIP);
	CHECK_INT_EQ(ls_structure_of("a.txt"), LS_STRUCTURE_TEXT);
	CHECK_INT_EQ(ls_structure_of("a.sds"), LS_STRUCTURE_NONE);
}

TEST_MAIN()
