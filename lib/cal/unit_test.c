/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/unit.h"

#include <errno.h>
#include <math.h>

#include "lib/base/test.h"

static struct ls_unit unit(const char *text)
{
	struct ls_unit u = { .factor = -1 };
	struct ls_error err = { 0 };
	if (ls_unit_parse(text, strlen(text), &u, &err) < 0)
		TEST_FAIL("%s: %s", text, err.message);
	return u;
}

static void check_same(const char *a, const char *b)
{
	struct ls_unit x = unit(a), y = unit(b);
	if (!ls_unit_equal(&x, &y))
		TEST_FAIL("%s and %s are not the same", a, b);
}

static void check_value(double value, const char *from, const char *to, double wanted)
{
	struct ls_unit f = unit(from), t = unit(to);
	double seen = NAN;
	CHECK_INT_EQ(ls_unit_convert_value(value, &f, &t, &seen), 0);
	if (!(fabs(seen - wanted) <= 1e-12 * fabs(wanted)))
		TEST_FAIL("%.17g %s is %.17g %s, not %.17g", value, from, seen, to, wanted);
}

static void refuse(const char *text, const char *id, const char *message)
{
	struct ls_unit u = { .factor = 7 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_unit_parse(text, strlen(text), &u, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, id);
	CHECK_STR_HAS(err.message, message);
	CHECK(u.factor == 7);
}

TEST(spellings_of_one_unit_are_the_same)
{
	check_same("\\degreecelsius", "\\degreeCelsius");
	check_same(" \\kelvin\n", "\\kelvin");
	check_same("\\metre\\second\\tothe{-1}", "\\metre\\per\\second");
	check_same("\\kilogram\\metre\\tothe{-1}\\second\\tothe{-2}", "\\pascal");
	check_same("\\kilogram\\tothe{1}\\metre\\tothe{-3}\\kilogram\\tothe{-1}\\metre\\tothe{3}",
		   "\\one");
	check_same("\\kilo\\gram", "\\kilogram");
	check_same("\\hecto\\pascal", "\\milli\\bar");
	check_same("\\metre\\tothe{2}", "\\meter\\squared");
	check_same("\\deci\\metre\\tothe{3}", "\\litre");
	check_same("\\volt\\per\\ampere", "\\ohm");
	check_same("\\metre\\per\\second\\per\\second", "\\metre\\second\\tothe{-2}");
	check_same("\\hertz\\tothe{0.5}\\hertz\\tothe{0.5}", "\\hertz");
	check_same("\\percent", "\\centi\\one");
	check_same("\\micro\\metre\\per\\metre", "\\ppm");
}

TEST(values_convert_with_the_offset)
{
	check_value(25, "\\degreecelsius", "\\kelvin", 298.15);
	check_value(298.15, "\\kelvin", "\\degreeCelsius", 25);
	check_value(-40, "\\degreecelsius", "\\milli\\kelvin", 233150);
	check_value(1013.25, "\\hecto\\pascal", "\\pascal", 101325);
	/* of what two offsets leave, rounding is none */
	check_value(273150, "\\milli\\kelvin", "\\degreecelsius", 0);
	check_value(0.27315, "\\kilo\\kelvin", "\\degreecelsius", 0);
	check_value(-273.15, "\\degreecelsius", "\\milli\\kelvin", 0);
	check_value(0.2, "\\one", "\\percent", 20);
	check_value(36, "\\kilo\\metre\\per\\hour", "\\metre\\second\\tothe{-1}", 10);
	check_value(180, "\\degree", "\\radian", 3.14159265358979323846);
}

TEST(differences_have_no_offset)
{
	struct ls_unit celsius = unit("\\degreecelsius"), kelvin = unit("\\kelvin"),
		       per = unit("\\ohm\\per\\degreecelsius"), per_k = unit("\\ohm\\per\\kelvin");
	double seen = 0;
	CHECK_INT_EQ(ls_unit_convert_difference(0.061, &celsius, &kelvin, &seen), 0);
	CHECK(seen == 0.061);
	CHECK(!ls_unit_equal(&celsius, &kelvin));
	CHECK(ls_unit_comparable(&celsius, &kelvin));
	CHECK(ls_unit_equal(&per, &per_k)); /* within a product a degree is a difference */
	CHECK(per.offset == 0);
}

TEST(the_same_unit_changes_no_bit)
{
	struct ls_unit minute = unit("\\minute");
	double seen = 0;
	CHECK_INT_EQ(ls_unit_convert_value(0.1, &minute, &minute, &seen), 0);
	CHECK(seen == 0.1);
}

TEST(a_nanokelvin_at_the_freezing_point_is_one)
{
	struct ls_unit milli = unit("\\milli\\kelvin"), celsius = unit("\\degreecelsius");
	double seen = 0;
	CHECK_INT_EQ(ls_unit_convert_value(273150.000001, &milli, &celsius, &seen), 0);
	CHECK(seen > 0.9e-9 && seen < 1.1e-9);
}

TEST(what_cannot_be_compared_is_not)
{
	struct ls_unit kelvin = unit("\\kelvin"), pascal = unit("\\pascal"), one = unit("\\one"),
		       bel = unit("\\decibel"), huge = unit("\\quecto\\metre"),
		       large = unit("\\quetta\\metre");
	double seen = 5;
	CHECK_INT_EQ(ls_unit_convert_value(1, &kelvin, &pascal, &seen), -EDOM);
	CHECK_INT_EQ(ls_unit_convert_value(1, &bel, &one, &seen), -EDOM);
	CHECK_INT_EQ(ls_unit_convert_value(1e300, &large, &huge, &seen), -EDOM);
	CHECK(seen == 5);
}

TEST(spellings_that_are_none_are_refused)
{
	refuse("", "cal.unit.syntax", "\\one");
	refuse("   ", "cal.unit.syntax", "\\one");
	refuse("K", "cal.unit.syntax", "backslash");
	refuse("\\kelvin K", "cal.unit.syntax", "backslash");
	refuse("\\", "cal.unit.syntax", "backslash");
	refuse("\\milli", "cal.unit.syntax", "prefix");
	refuse("\\per", "cal.unit.syntax", "\\per");
	refuse("\\kilo\\milli\\metre", "cal.unit.unknown", "'\\milli'");
	refuse("\\furlong", "cal.unit.unknown", "'\\furlong'");
	refuse("\\Kelvin", "cal.unit.unknown", "'\\Kelvin'");
	refuse("\\metre\\tothe{2", "cal.unit.syntax", "exponent");
	refuse("\\metre\\tothe2", "cal.unit.syntax", "exponent");
	refuse("\\metre\\tothe{}", "cal.unit.syntax", "exponent");
	refuse("\\metre\\tothe{0.3}", "cal.unit.syntax", "exponent");
	refuse("\\metre\\tothe{--1}", "cal.unit.syntax", "exponent");
	refuse("\\metre\\tothe{x}", "cal.unit.syntax", "exponent");
	refuse("\\decibel\\metre", "cal.unit.syntax", "stands alone");
	refuse("\\joule\\per\\kilogram\\kelvin", "cal.unit.ambiguous", "\\tothe{-1}");
	refuse("\\metre\\tothe{31}", "cal.unit.range", "beyond 30");
	refuse("\\quetta\\dalton\\tothe{30}\\quetta\\second\\tothe{30}", "cal.unit.range",
	       "factor");
}

TEST(sizes_are_limited)
{
	char text[2 * LS_UNIT_TEXT_MAX] = "";
	for (int i = 0; i < LS_UNIT_TERMS_MAX + 1; i++)
		memcpy(text + 4 * i, "\\one", 5);
	refuse(text, "cal.unit.range", "more than 16 units");
	memset(text, 'a', sizeof(text) - 1);
	refuse(text, "cal.unit.range", "more than 255 bytes");
}

TEST(quantities_are_named)
{
	static const char *const wanted[][2] = {
		{ "\\degreecelsius", "temperature" },
		{ "\\kilo\\pascal", "pressure" },
		{ "\\percent", "ratio" },
		{ "\\ohm", "electric resistance" },
		{ "\\micro\\litre", "volume" },
		{ "\\decibel", "level" },
	};
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		struct ls_unit u = unit(wanted[i][0]);
		CHECK_STR_EQ(ls_unit_quantity(&u), wanted[i][1]);
	}
	struct ls_unit torque = unit("\\newton\\metre"); /* or work: nobody can say */
	CHECK(ls_unit_quantity(&torque) == NULL);
}

TEST(symbols_are_for_people)
{
	static const char *const wanted[][2] = {
		{ "\\degreecelsius", "°C" },
		{ "\\hecto\\pascal", "hPa" },
		{ "\\metre\\second\\tothe{-1}", "m·s^-1" },
		{ "\\metre\\per\\second\\squared", "m·s^-2" },
		{ "\\metre\\per\\second\\tothe{-1}", "m·s^1" },
		{ "\\one", "1" },
		{ "\\volt\\per\\hertz\\tothe{0.5}", "V·Hz^-0.5" },
		{ "nothing", "?" },
	};
	char symbol[LS_UNIT_SYMBOL_SIZE];
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		CHECK_STR_EQ(ls_unit_symbol(wanted[i][0], strlen(wanted[i][0]), symbol),
			     wanted[i][1]);
}

TEST_MAIN()
