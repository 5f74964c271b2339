/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/zip_index.h"

#include "lib/base/test.h"

static struct ls_report report;
static struct ls_zip_index x;
static char said[512]; /* the names that each() was told */

static void begin(void)
{
	memset(&x, 0, sizeof(x));
	ls_report_init(&report);
}

static void end(void)
{
	ls_zip_index_free(&x);
	ls_report_free(&report);
}

static void add(const char *name, mode_t type)
{
	static uint64_t number;
	CHECK_INT_EQ(ls_zip_index_add(&x, name, number++, type, &report), 0);
}

static int tell(void *context, const char *name, unsigned type)
{
	(void)context;
	size_t n = strlen(said);
	snprintf(said + n, sizeof(said) - n, "%s%s ", name, S_ISDIR(type) ? "/" : "");
	return 0;
}

static const char *names_in(const char *folder)
{
	said[0] = '\0';
	if (ls_zip_index_each(&x, folder, tell, NULL) < 0)
		return "none";
	return said;
}

static mode_t type_of(const char *path)
{
	mode_t type;
	ls_zip_index_find(&x, path, &type);
	return type;
}

static uint64_t told(void)
{
	return report.findings[LS_FINDING_FAILED].total;
}

TEST(folders_without_entries_of_their_own)
{
	begin();
	add("log/checkpoint", S_IFREG);
	add("log/tile/0/000", S_IFREG);
	add("results-x", S_IFREG);
	add("results/2026/1-a/record.json", S_IFREG);
	add("results/2026/1-a/original/a", S_IFREG);
	CHECK_INT_EQ(ls_zip_index_finish(&x, &report), 0);
	CHECK_STR_EQ(names_in("."), "log/ results/ results-x ");
	CHECK_STR_EQ(names_in("log"), "checkpoint tile/ ");
	CHECK_STR_EQ(names_in("results/2026/1-a"), "original/ record.json ");
	CHECK_STR_EQ(names_in("log/checkpoint"), "none");
	CHECK_STR_EQ(names_in("lo"), "none");
	CHECK_INT_EQ(type_of("results/2026"), S_IFDIR);
	CHECK_INT_EQ(type_of("results/2026/1-a/record.json"), S_IFREG);
	CHECK_INT_EQ(type_of("results/202"), 0);
	CHECK_INT_EQ(told(), 0);
	end();
}

TEST(a_share_below_folders)
{
	begin();
	add("a copy/", S_IFREG);
	add("a copy/share/results/", S_IFDIR);
	add("a copy/share/log/checkpoint", S_IFREG);
	CHECK_INT_EQ(ls_zip_index_finish(&x, &report), 0);
	CHECK_STR_EQ(names_in("."), "log/ results/ ");
	CHECK_INT_EQ(type_of("log/checkpoint"), S_IFREG);
	CHECK_INT_EQ(type_of("a copy"), 0);
	end();
}

TEST(names_that_no_share_can_hold)
{
	static const char *const names[] = { "/a", "a//b", "a/./b", "a/../b",
					     "..", "../a", "C:/a",  "C:a",
					     ".",  "",	   "\\a",   "a\\..\\..\\b" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		begin();
		add(names[i], S_IFREG);
		CHECK_INT_EQ(ls_zip_index_finish(&x, &report), 0);
		CHECK_INT_EQ(told(), 1);
		CHECK_STR_EQ(names_in("."), "");
		end();
	}
}

TEST(doubles)
{
	begin();
	add("log/a", S_IFREG);
	add("log/b", S_IFDIR);
	add("log/b/", S_IFDIR);
	add("log/a", S_IFREG);
	add("log/a/below", S_IFREG);
	add("log\\a", S_IFREG);
	add("log/b", S_IFREG);
	CHECK_INT_EQ(ls_zip_index_finish(&x, &report), 0);
	CHECK_INT_EQ(told(), 4);
	CHECK_STR_EQ(names_in("log"), "a b/ ");
	CHECK_INT_EQ(report.findings[LS_FINDING_WARNING].total, 1);
	end();
}

TEST(nothing)
{
	begin();
	CHECK_INT_EQ(ls_zip_index_finish(&x, &report), 0);
	CHECK_STR_EQ(names_in("."), "");
	CHECK_INT_EQ(type_of("log"), 0);
	end();
}

TEST_MAIN()
