/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/manifest.h"

#include <errno.h>

#include "lib/base/test.h"

#define HASH  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH2 "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEADS "# instrument 7500-01\n# seal 42\n# received 2026-03-04T14:22:19Z\n"
#define GOOD  "# labseal/result/v1\n" HEADS HASH "  record.json\n" HASH2 "  original/plate7.eds\n"

static int parse(const char *text, struct ls_manifest *m, struct ls_error *err)
{
	return ls_manifest_parse(text, strlen(text), m, err);
}

TEST(a_result_is_read)
{
	_cleanup_manifest_ struct ls_manifest m = { 0 };
	struct ls_error err = { 0 };
	REQUIRE(parse(GOOD, &m, &err) == 0);
	CHECK_INT_EQ(m.kind, LS_SEAL_RESULT);
	CHECK_STR_EQ(m.instrument, "7500-01");
	CHECK_INT_EQ(m.seal, 42);
	CHECK_INT_EQ(m.received, 1772634139);
	CHECK_INT_EQ(m.count, 2);
	CHECK_STR_EQ(m.files[1].path, "original/plate7.eds");
	CHECK_INT_EQ(m.files[1].sha256.bytes[0], 0xf1);
	CHECK(ls_manifest_find(&m, "record.json") == &m.files[0]);
	CHECK(ls_manifest_find(&m, "original/other") == NULL);
}

/* format(parse(x)) == x */
static void check_same(const struct ls_manifest *m, const void *bytes, size_t size)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_MANIFEST_SIZE_MAX);
	REQUIRE(ls_manifest_format(m, &b, NULL) == 0);
	CHECK_INT_EQ(b.size, size);
	CHECK_MEM_EQ(b.data, bytes, size);
}

TEST(one_content_has_one_spelling)
{
	char text[] = GOOD;
	size_t size = strlen(text);
	unsigned accepted = 0;
	for (size_t i = 0; i < size; i++) {
		char kept = text[i];
		for (int c = 0; c < 256; c++) {
			struct ls_manifest m;
			text[i] = (char)c;
			if (ls_manifest_parse(text, size, &m, NULL) < 0)
				continue;
			accepted++;
			check_same(&m, text, size);
			ls_manifest_free(&m);
		}
		text[i] = kept;
	}
	/* other hashes, names, numbers and dates: they are other manifests, spelt in one way */
	CHECK(accepted > 2000);
}

TEST(an_event_lists_its_record_alone)
{
	_cleanup_manifest_ struct ls_manifest m = { 0 };
	REQUIRE(parse("# labseal/event/v1\n" HEADS HASH "  record.json\n", &m, NULL) == 0);
	CHECK_INT_EQ(m.kind, LS_SEAL_EVENT);
	CHECK_INT_EQ(m.count, 1);
}

TEST(malformed_manifests_are_refused)
{
#define R   "# labseal/result/v1\n"
#define REC HASH "  record.json\n"
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "first line" },
		{ "# labseal/result/v2\n" HEADS REC, "first line" },
		{ "\xef\xbb\xbf" GOOD, "first line" },
		{ R, "second line" },
		{ R "# instrument \n# seal 1\n", "second line" },
		{ R "# instrument a b\n# seal 1\n", "second line" },
		{ R "# instrument ../x\n# seal 1\n", "second line" },
		{ R "# instrument a\n# seal 0\n", "third line" },
		{ R "# instrument a\n# seal 01\n", "third line" },
		{ R "# instrument a\n# seal 18446744073709551616\n", "third line" },
		{ R "# seal 1\n# instrument a\n", "second line" },
		{ R "# instrument a\n# seal 1\n# received 2026-02-30T00:00:00Z\n", "fourth line" },
		{ R "# instrument a\n# seal 1\n# received 2026-02-28T00:00:00+00:00\n",
		  "fourth line" },
		{ R HEADS, "a result lists" },
		{ R HEADS REC, "a result lists" },
		{ R HEADS "# comment\n" REC HASH "  original/a\n", "is not \"SHA256  PATH\"" },
		{ R HEADS HASH "  original/a\n" REC, "first file is not record.json" },
		{ R HEADS REC HASH "  original/\n", "a path" },
		{ R HEADS REC HASH "  original/../a\n", "a path" },
		{ R HEADS REC HASH "  original/a/b\n", "a path" },
		{ R HEADS REC HASH "  /original/a\n", "a path" },
		{ R HEADS REC HASH "  original/..\n", "a path" },
		{ R HEADS REC HASH "  original/.a\n", "a path" },
		{ R HEADS REC HASH "  original/-a\n", "a path" },
		{ R HEADS REC HASH "  original/a b\n", "a path" },
		{ R HEADS REC HASH "  original/a\\b\n", "a path" },
		{ R HEADS REC HASH "  original/CON\n", "a path" },
		{ R HEADS REC HASH "  original/a\r\n", "a path" },
		{ R HEADS REC HASH "  original/\xc3\xa4\n", "a path" },
		{ R HEADS REC HASH "  record.json\n", "a path" },
		{ R HEADS REC HASH "  manifest.sha256\n", "a path" },
		{ R HEADS REC HASH "  original/a\n" HASH "  original/a\n", "twice" },
		{ R HEADS REC HASH "  original/a\n" HASH2 "  original/A\n", "twice" },
		{ R HEADS REC HASH " *original/a\n", "is not \"SHA256  PATH\"" },
		{ R HEADS REC HASH " original/a\n", "is not \"SHA256  PATH\"" },
		{ R HEADS REC "\\" HASH "  original/a\n", "is not \"SHA256  PATH\"" },
		{ R HEADS REC "0123  original/a\n", "is not \"SHA256  PATH\"" },
		{ R HEADS REC "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
			      "  original/a\n",
		  "is not \"SHA256  PATH\"" },
		{ R HEADS REC HASH "  original/a\n\n", "is not \"SHA256  PATH\"" },
		{ R HEADS REC HASH "  original/a\n" HASH "  original/b", "LF" },
		{ "# labseal/event/v1\n" HEADS, "an event lists" },
		{ "# labseal/event/v1\n" HEADS REC HASH "  original/a\n", "an event lists" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_manifest m = { 0 };
		struct ls_error err = { 0 };
		if (parse(bad[i].text, &m, &err) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i].text);
		CHECK_STR_HAS(err.message, bad[i].why);
		CHECK(m.files == NULL);
	}
}

TEST(a_nul_or_a_cut_is_seen)
{
	char text[] = GOOD;
	for (size_t n = 0; n < strlen(GOOD); n++) {
		struct ls_manifest m;
		CHECK_INT_EQ(ls_manifest_parse(text, n, &m, NULL), -EBADMSG);
	}
}

static struct ls_manifest many(size_t count)
{
	struct ls_manifest m = {
		.kind = LS_SEAL_RESULT, .instrument = "7500-01", .seal = 1, .count = count
	};
	m.files = calloc(count, sizeof(*m.files));
	for (size_t i = 0; m.files && i < count; i++)
		snprintf(m.files[i].path, sizeof(m.files[i].path),
			 i ? "original/%080zu" : "record.json", i);
	return m;
}

TEST(the_largest_manifest_and_one_more)
{
	_cleanup_buffer_ struct ls_buffer b;
	_cleanup_manifest_ struct ls_manifest fits = many(420), long_one = many(430);
	_cleanup_manifest_ struct ls_manifest parsed = { 0 }, too_many = many(513);
	ls_buffer_init(&b, 1 << 20);
	REQUIRE(ls_manifest_format(&fits, &b, NULL) == 0);
	REQUIRE(ls_manifest_parse(b.data, b.size, &parsed, NULL) == 0);
	CHECK_INT_EQ(parsed.count, 420);
	ls_buffer_clear(&b);
	CHECK_INT_EQ(ls_manifest_format(&long_one, &b, NULL), -EFBIG);
	ls_buffer_clear(&b);
	CHECK_INT_EQ(ls_manifest_format(&too_many, &b, NULL), -EINVAL);
}

TEST(what_would_not_parse_is_not_written)
{
	_cleanup_buffer_ struct ls_buffer b;
	_cleanup_manifest_ struct ls_manifest m = many(3);
	struct ls_manifest bad;
	ls_buffer_init(&b, LS_MANIFEST_SIZE_MAX);
	CHECK_INT_EQ(ls_manifest_format(&m, &b, NULL), 0);
	bad = m;
	bad.seal = 0;
	CHECK_INT_EQ(ls_manifest_format(&bad, &b, NULL), -EINVAL);
	bad = m;
	bad.kind = LS_SEAL_EVENT;
	CHECK_INT_EQ(ls_manifest_format(&bad, &b, NULL), -EINVAL);
	bad = m;
	memset(bad.instrument, 'a', sizeof(bad.instrument));
	CHECK_INT_EQ(ls_manifest_format(&bad, &b, NULL), -EINVAL);
	memcpy(m.files[2].path, m.files[1].path, sizeof(m.files[2].path));
	CHECK_INT_EQ(ls_manifest_format(&m, &b, NULL), -EINVAL);
	snprintf(m.files[2].path, sizeof(m.files[2].path), "original/a/b");
	CHECK_INT_EQ(ls_manifest_format(&m, &b, NULL), -EINVAL);
}

TEST(folders_name_their_seal)
{
	static const char *const bad[] = { "",	       "42-a",	     "00042-a",	  "000042",
					   "000042-",  "000000-a",   "0000042-a", "1000000",
					   "000042a",  "00004x-a",   "000042-.a", "000042-a/b",
					   "+00042-a", "000042-a b", "000042--a" };
	char buffer[LS_SEAL_FOLDER_SIZE];
	uint64_t seal;
	const char *name;
	CHECK_STR_EQ(ls_seal_folder(42, "plate7.eds", buffer), "000042-plate7.eds");
	REQUIRE(ls_seal_folder_parse(buffer, strlen(buffer), &seal, &name) == 0);
	CHECK_INT_EQ(seal, 42);
	CHECK_STR_EQ(name, "plate7.eds");
	CHECK_STR_EQ(ls_seal_folder(1234567, "a-b", buffer), "1234567-a-b");
	REQUIRE(ls_seal_folder_parse(buffer, strlen(buffer), &seal, &name) == 0);
	CHECK_INT_EQ(seal, 1234567);
	CHECK_STR_EQ(name, "a-b");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ls_seal_folder_parse(bad[i], strlen(bad[i]), &seal, &name) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i]);
}

TEST(a_folder_tells_how_many_results_it_holds)
{
	char label[LS_SAFE_NAME_SIZE];
	CHECK_STR_EQ(ls_results_label(1, "plate7.eds", label), "plate7.eds");
	CHECK_STR_EQ(ls_results_label(37, "plate7.eds", label), "37-files");
	CHECK_INT_EQ(ls_results_count("37-files"), 37);
	CHECK_INT_EQ(ls_results_count("511-files"), 511);
	static const char *const single[] = { "plate7.eds", "1-files",	"0-files",   "037-files",
					      "512-files",  "-files",	"37-files2", "37-file",
					      "x37-files",  "_37-files" };
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (ls_results_count(single[i]) != 1)
			TEST_FAIL("'%s' is taken for a folder of many", single[i]);
}

TEST_MAIN()
