/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/corpus/cal_*: good-* parse and format to the same bytes, bad-* are refused as
 * malformed, with words; their names say why.  Run from the top of the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/reader.h"
#include "lib/base/test.h"
#include "lib/cal/record.h"
#include "lib/cal/trust.h"

#define CORPUS "tests/corpus/"

typedef int round_fn(const struct ls_buffer *bytes, struct ls_buffer *again, struct ls_error *err);

static int round_record(const struct ls_buffer *bytes, struct ls_buffer *again,
			struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = 0 };
	int rc = ls_cal_record_parse(bytes->data, bytes->size, &record, err);
	if (rc < 0)
		return rc;
	bool details = record.kind == LS_CAL_REPORT && record.report.details;
	return ls_cal_record_format(&record, details, again, err);
}

static int round_details(const struct ls_buffer *bytes, struct ls_buffer *again,
			 struct ls_error *err)
{
	struct ls_cal_details *details = NULL;
	int rc = ls_cal_details_parse(bytes->data, bytes->size, LS_CAL_PARENTS_MAX, &details, err);
	if (rc == 0)
		rc = ls_cal_details_format(details, LS_CAL_PARENTS_MAX, again, err);
	ls_cal_details_free(details);
	return rc;
}

static int round_trust(const struct ls_buffer *bytes, struct ls_buffer *again, struct ls_error *err)
{
	_cleanup_cal_trust_ struct ls_cal_trust trust = { .nmi_count = 0 };
	int rc = ls_cal_trust_parse(bytes->data, bytes->size, &trust, err);
	return rc < 0 ? rc : ls_cal_trust_format(&trust, again, err);
}

static void check_file(const char *path, bool good, round_fn *round)
{
	_cleanup_buffer_ struct ls_buffer bytes, again;
	struct ls_error err = { 0 };
	ls_buffer_init(&bytes, 1 << 20);
	ls_buffer_init(&again, 1 << 20);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, &bytes, NULL), 0);
	int rc = round(&bytes, &again, &err);
	if (good &&
	    (rc < 0 || again.size != bytes.size || memcmp(again.data, bytes.data, bytes.size) != 0))
		TEST_FAIL("%s: %s", path, rc < 0 ? err.message : "another spelling comes out");
	if (!good && (rc != -EBADMSG || err.message[0] == '\0'))
		TEST_FAIL("%s: %d %s", path, rc, err.message);
}

static void check_folder(const char *folder, round_fn *round, int at_least)
{
	char path[512];
	int good = 0, bad = 0;
	DIR *dir = opendir(folder);
	for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
		bool is_good = strncmp(e->d_name, "good-", 5) == 0;
		if (!is_good && strncmp(e->d_name, "bad-", 4) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		check_file(path, is_good, round);
		good += is_good;
		bad += !is_good;
	}
	if (dir)
		closedir(dir);
	CHECK(good >= 1);
	CHECK(bad >= at_least);
}

TEST(records)
{
	if (access(CORPUS, R_OK) != 0)
		TEST_SKIP("no " CORPUS " here");
	check_folder(CORPUS "cal_record", round_record, 60);
}

TEST(details)
{
	if (access(CORPUS, R_OK) != 0)
		TEST_SKIP("no " CORPUS " here");
	check_folder(CORPUS "cal_details", round_details, 30);
}

TEST(trust_files)
{
	if (access(CORPUS, R_OK) != 0)
		TEST_SKIP("no " CORPUS " here");
	check_folder(CORPUS "cal_trust", round_trust, 30);
}

/* The example stands in the page, indented by four. */
static void check_page_shows(const char *page, const char *example)
{
	_cleanup_buffer_ struct ls_buffer text, shown, wanted;
	struct ls_reader r;
	const char *line;
	size_t length;
	ls_buffer_init(&text, 1 << 20);
	ls_buffer_init(&shown, 1 << 20);
	ls_buffer_init(&wanted, 1 << 20);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, page, &text, NULL), 0);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, example, &shown, NULL), 0);
	ls_reader_init(&r, ls_buffer_str(&shown), shown.size);
	while (ls_read_line(&r, &line, &length) == 0)
		ls_buffer_printf(&wanted, "    %.*s\n", (int)length, line);
	if (!strstr(ls_buffer_str(&text), ls_buffer_str(&wanted)))
		TEST_FAIL("%s does not show %s", page, example);
}

TEST(the_pages_show_examples_that_hold)
{
	if (access(CORPUS, R_OK) != 0 || access("docs/formats", R_OK) != 0)
		TEST_SKIP("no " CORPUS " or docs/formats here");
	check_page_shows("docs/formats/calibration-record.md", CORPUS "cal_record/good-technician");
	check_page_shows("docs/formats/calibration-record.md", CORPUS "cal_record/good-report-1");
	check_page_shows("docs/formats/calibration-trust.md", CORPUS "cal_trust/good-trust");
}

/* The page names every check with its id, name and rule, and nothing else does. */
TEST(the_page_lists_the_checks)
{
	_cleanup_buffer_ struct ls_buffer page;
	if (access("docs/formats", R_OK) != 0)
		TEST_SKIP("no docs/formats here");
	ls_buffer_init(&page, 1 << 20);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, "docs/formats/calibration-trust.md", &page, NULL), 0);
	for (int i = 0; i < LS_CAL_CHECKS; i++) {
		const struct ls_cal_check_kind *kind = ls_cal_check_kind((enum ls_cal_check_id)i);
		char row[512];
		enum ls_cal_check_id again;
		snprintf(row, sizeof(row), "| `%s` | %s | %s | %s |", kind->id, kind->name,
			 kind->rule, kind->adjustable ? "yes" : "no");
		if (!strstr(ls_buffer_str(&page), row))
			TEST_FAIL("the page has no row %s", row);
		CHECK_INT_EQ(ls_cal_check_parse(kind->id, strlen(kind->id), &again), 0);
		CHECK_INT_EQ(again, i);
	}
}

/* No rule of the page is without a check that names it. */
TEST(each_rule_has_a_check)
{
	static const char *const rules[] = { "F4", "F5",  "C1",	 "C2",	"C3",  "C5",  "R1", "B1",
					     "D1", "D2",  "D3",	 "D4",	"D5",  "D6",  "D7", "D8",
					     "D9", "D10", "D11", "D12", "D13", "D14", "D15" };
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		bool found = false;
		for (int id = 0; id < LS_CAL_CHECKS; id++)
			found |= strcmp(ls_cal_check_kind((enum ls_cal_check_id)id)->rule,
					rules[i]) == 0;
		if (!found)
			TEST_FAIL("no check is of %s", rules[i]);
	}
}

TEST_MAIN()
