/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/decimal.h"

#include <errno.h>
#include <math.h>

#include "lib/base/test.h"

static int parse(const char *text, struct ls_decimal *d)
{
	return ls_decimal_parse(text, strlen(text), d);
}

static int lenient(const char *text, struct ls_decimal *d)
{
	return ls_decimal_read(text, strlen(text), d);
}

/* From the General Decimal Arithmetic Specification, "to-scientific-string". */
TEST(the_specifications_examples)
{
	static const struct {
		int64_t coefficient;
		int exponent;
		const char *text;
	} cases[] = {
		{ 123, 0, "123" },	 { -123, 0, "-123" },
		{ 123, 1, "1.23E+3" },	 { 123, 3, "1.23E+5" },
		{ 123, -1, "12.3" },	 { 123, -5, "0.00123" },
		{ 123, -10, "1.23E-8" }, { -123, -12, "-1.23E-10" },
		{ 0, 0, "0" },		 { 0, -2, "0.00" },
		{ 0, 2, "0E+2" },	 { 5, -6, "0.000005" },
		{ 50, -7, "0.0000050" }, { 5, -7, "5E-7" },
		{ 1, 99, "1E+99" },	 { 999999999999999999, -99, "9.99999999999999999E-82" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[LS_DECIMAL_SIZE];
		struct ls_decimal d = { cases[i].coefficient, cases[i].exponent }, again;
		CHECK_STR_EQ(ls_decimal_format(d, text), cases[i].text);
		CHECK_INT_EQ(parse(cases[i].text, &again), 0);
		CHECK_INT_EQ(again.coefficient, d.coefficient);
		CHECK_INT_EQ(again.exponent, d.exponent);
	}
}

TEST(another_spelling_is_refused)
{
	static const char *const bad[] = {
		"",
		"+1",
		"01",
		"1.",
		".5",
		"-0",
		"-0.0",
		"1e3",
		"1E3",
		"1E+03",
		"10E+1",
		"1E-3",
		"0.00000001",
		"1 ",
		" 1",
		"1,5",
		"0x1",
		"nan",
		"inf",
		"--1",
		"1.2.3",
		"1E",
		"1E+",
		"1E+100",
		"1E-100",
		"1234567890123456789",
		"1E+99999999999999999999",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_decimal d = { 7, 7 };
		if (parse(bad[i], &d) != -EBADMSG || d.coefficient != 7)
			TEST_FAIL("'%s' was taken", bad[i]);
	}
}

TEST(xml_s_spellings_are_read)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{ "+1", "1" },
		{ "007.50", "7.50" },
		{ ".5", "0.5" },
		{ "1e-3", "0.001" },
		{ "1.0E-3", "0.0010" },
		{ "-0.0", "0.0" },
		{ "5.", "5" },
		{ "1E3", "1E+3" },
		{ "1000000000000000000000", "1.00000000000000000E+21" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_decimal d;
		char text[LS_DECIMAL_SIZE];
		CHECK_INT_EQ(lenient(cases[i].text, &d), 0);
		CHECK_STR_EQ(ls_decimal_format(d, text), cases[i].canonical);
	}
	struct ls_decimal d;
	CHECK_INT_EQ(lenient("1234567890123456789", &d), -ERANGE);
	CHECK_INT_EQ(lenient("1E+1000000", &d), -ERANGE);
	CHECK_INT_EQ(lenient("NaN", &d), -EBADMSG);
	CHECK_INT_EQ(lenient("1f", &d), -EBADMSG);
}

TEST(the_nearest_double)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = { { "0.1", 0.1 },
		      { "273.15", 273.15 },
		      { "-1.25E-9", -1.25e-9 },
		      { "1E+99", 1e99 },
		      { "9.87654321E-80", 9.87654321e-80 },
		      { "0.123456789012345678", 0.123456789012345678 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_decimal d;
		CHECK_INT_EQ(parse(cases[i].text, &d), 0);
		CHECK(ls_decimal_double(d) == cases[i].value);
	}
}

TEST(out_of_a_double)
{
	static const struct {
		double value;
		const char *text;
	} cases[] = { { 0.1, "0.1" }, { 20, "20" },	    { -1.5e-9, "-1.5E-9" },
		      { 0.0, "0" },   { 0.1 + 0.2, "0.3" }, { 1e30, "1.00000000000000E+30" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_decimal d;
		char text[LS_DECIMAL_SIZE];
		CHECK_INT_EQ(ls_decimal_from_double(cases[i].value, &d), 0);
		CHECK_STR_EQ(ls_decimal_format(d, text), cases[i].text);
	}
	struct ls_decimal d;
	CHECK_INT_EQ(ls_decimal_from_double(NAN, &d), -ERANGE);
	CHECK_INT_EQ(ls_decimal_from_double(INFINITY, &d), -ERANGE);
	CHECK_INT_EQ(ls_decimal_from_double(1e200, &d), -ERANGE);
}

TEST_MAIN()
