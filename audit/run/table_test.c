/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/table.h"

#include "lib/base/test.h"

static struct ls_cell cells[LS_CELLS_MAX];

static size_t split(const char *line)
{
	return ls_row_split(line, strlen(line), cells);
}

TEST(cells_lose_blanks_and_quotation_marks)
{
	CHECK_INT_EQ(split("1\t      A1\t\"RGB(1,2,3)\"\t\t\" x \"\r"), 5);
	CHECK(ls_cell_is(&cells[0], "1"));
	CHECK(ls_cell_is(&cells[1], "a1"));
	CHECK(ls_cell_is(&cells[2], "RGB(1,2,3)"));
	CHECK_INT_EQ(cells[3].length, 0);
	CHECK(ls_cell_is(&cells[4], "x"));
	CHECK_INT_EQ(split(""), 1);
	CHECK_INT_EQ(ls_cell_at(cells, 1, 5).length, 0);
	CHECK_INT_EQ(ls_cell_at(cells, 1, LS_COLUMN_NONE).length, 0);
}

TEST(more_cells_than_are_taken)
{
	static char line[LS_CELLS_MAX + 100];
	memset(line, '\t', sizeof(line));
	CHECK_INT_EQ(ls_row_split(line, sizeof(line), cells), LS_CELLS_MAX);
}

static void check_heading(const char *text, const char *wanted)
{
	char buffer[LS_HEADING_SIZE];
	struct ls_cell cell = { text, strlen(text) };
	CHECK_STR_EQ(ls_heading(&cell, buffer), wanted);
}

TEST(spellings_of_one_heading_are_one)
{
	check_heading("C\xd1\x82", "ct");	       /* Cyrillic */
	check_heading("C\xe1\xb4\x9b Mean", "ctmean"); /* small capital */
	check_heading("CT", "ct");
	check_heading("R\xc2\xb2", "r2");
	check_heading("R(superscript 2)", "r2");
	check_heading("\xce\x94Rn", "deltarn");
	check_heading("\xe2\x88\x86Rn", "deltarn");
	check_heading("Delta Rn", "deltarn");
	check_heading("Y-Intercept", "yintercept");
	check_heading("\xd1", "");
	char buffer[LS_HEADING_SIZE], many[200];
	memset(many, 'a', sizeof(many));
	struct ls_cell cell = { many, sizeof(many) };
	CHECK(strlen(ls_heading(&cell, buffer)) < LS_HEADING_SIZE);
	/* the longest replacement at the very end */
	memcpy(many + LS_HEADING_SIZE - 7, "\xce\x94\xce\x94\xce\x94", 6);
	CHECK(strlen(ls_heading(&cell, buffer)) < LS_HEADING_SIZE);
}

TEST(columns_are_found_by_heading)
{
	static const char *const ct[] = { "cq", "ct", NULL }, *const none[] = { "rq", NULL };
	size_t n = split("Well\tC\xd1\x82\tCT");
	CHECK_INT_EQ(ls_column_find(cells, n, ct), 1);
	CHECK(ls_column_find(cells, n, none) == LS_COLUMN_NONE);
}

TEST_MAIN()
