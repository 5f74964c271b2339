/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/text_number.h"

#include <errno.h>
#include <math.h>

#include "lib/base/test.h"

static double with(const char *text, char mark)
{
	return ls_text_double(text, strlen(text), mark);
}

/* Exactly this number, or NAN for both. */
static void check(const char *text, char mark, double wanted)
{
	double seen = with(text, mark);
	if (!(seen == wanted || (isnan(seen) && isnan(wanted))))
		TEST_FAIL("'%s' with '%c' is %g, not %g", text, mark, seen, wanted);
}

TEST(numbers_of_exports)
{
	check("0.277", '.', 0.277);
	check(" 36,431.130\r", '.', 36431.13);
	check("\"5,720.562\"", '.', 5720.562);
	check("-0.002", '.', -0.002);
	check("6.2392984E-4", '.', 6.2392984e-4);
	check("1,748,809.500", '.', 1748809.5);
	check("0,277", ',', 0.277);
	check("36.431,130", ',', 36431.13);
	check("36 431,130", ',', 36431.13);
	check("1.234", ',', 1234);
	check(".5", '.', 0.5);
	check("5.", '.', 5);
	check("+7", '.', 7);
	check("1.7976931348623157E308", '.', 1.7976931348623157e308);
}

TEST(what_is_no_number_is_none)
{
	static const char *const bad[] = { "",	     " ",    "Undetermined", "NaN",
					   "nan",    "inf",  "-Infinity",    "1e999",
					   "0x10",   "1e",   "e5",	     "--1",
					   "1.2.3",  "1,23", "12,34.5",	     "1 2",
					   "1,2345", "." };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check(bad[i], '.', NAN);
	char many[80];
	memset(many, '9', sizeof(many));
	CHECK(isnan(ls_text_double(many, sizeof(many), '.')));
}

TEST(indices_are_whole_and_bounded)
{
	uint64_t value = 7;
	CHECK_INT_EQ(ls_text_index("12", 2, 100, &value), 0);
	CHECK_INT_EQ(value, 12);
	CHECK_INT_EQ(ls_text_index("1.0", 3, 100, &value), 0);
	CHECK_INT_EQ(value, 1);
	static const char *const bad[] = { "-1", "1.5", "101", "1e30", "A1", "" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_text_index(bad[i], strlen(bad[i]), 100, &value), -EBADMSG);
	CHECK_INT_EQ(value, 1);
}

static void check_mark(const char *text, char wanted, bool both)
{
	bool seen_both = !both;
	char seen = ls_decimal_mark(text, strlen(text), &seen_both);
	if (seen != wanted || seen_both != both)
		TEST_FAIL("'%s': '%c' %d", text, seen, seen_both);
}

TEST(the_decimal_mark_shows)
{
	check_mark("", '.', false);
	check_mark("1,234\t5,678\n", '.', false); /* groups, or not: nothing speaks for a comma */
	check_mark("0,123\t5,678\n", ',', false);
	check_mark("36.431,130", ',', false);
	check_mark("36,431.130", '.', false);
	check_mark("1,25\nhello, world\t9", ',', false);
	check_mark("1.000.000", ',', false);
	check_mark("\"RGB(176,23,31)\"\t1.5", '.', false);
	check_mark("1.25\t1.5\t1,5", '.', true);
}

TEST(a_formatted_number_reads_back)
{
	static const double values[] = { 0,	   1,	    -0.1,
					 1.0 / 3,  5e-324,  1.7976931348623157e308,
					 0.605352, 842270.7 };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[LS_NUMBER_SIZE];
		ls_number_format(values[i], text);
		CHECK(strtod(text, NULL) == values[i]);
	}
	char text[LS_NUMBER_SIZE];
	CHECK_STR_EQ(ls_number_format(0.1, text), "0.1");
	CHECK_STR_EQ(ls_number_format(NAN, text), "");
	CHECK_STR_EQ(ls_number_format(INFINITY, text), "");
}

TEST_MAIN()
