/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/unit_table.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846

/* clang-format off */
static const struct ls_unit_name names[] = {
	/*                                m kg  s  A  K mol cd */
	{ "metre",             "m",     { 1, 0, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "meter",             "m",     { 1, 0, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "kilogram",          "kg",    { 0, 1, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "gram",              "g",     { 0, 1, 0, 0, 0, 0, 0 }, 1e-3, 0, false },
	{ "second",            "s",     { 0, 0, 1, 0, 0, 0, 0 }, 1, 0, false },
	{ "ampere",            "A",     { 0, 0, 0, 1, 0, 0, 0 }, 1, 0, false },
	{ "kelvin",            "K",     { 0, 0, 0, 0, 1, 0, 0 }, 1, 0, false },
	{ "mole",              "mol",   { 0, 0, 0, 0, 0, 1, 0 }, 1, 0, false },
	{ "candela",           "cd",    { 0, 0, 0, 0, 0, 0, 1 }, 1, 0, false },
	{ "one",               "1",     { 0, 0, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "radian",            "rad",   { 0, 0, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "steradian",         "sr",    { 0, 0, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "hertz",             "Hz",    { 0, 0,-1, 0, 0, 0, 0 }, 1, 0, false },
	{ "newton",            "N",     { 1, 1,-2, 0, 0, 0, 0 }, 1, 0, false },
	{ "pascal",            "Pa",    {-1, 1,-2, 0, 0, 0, 0 }, 1, 0, false },
	{ "joule",             "J",     { 2, 1,-2, 0, 0, 0, 0 }, 1, 0, false },
	{ "watt",              "W",     { 2, 1,-3, 0, 0, 0, 0 }, 1, 0, false },
	{ "coulomb",           "C",     { 0, 0, 1, 1, 0, 0, 0 }, 1, 0, false },
	{ "volt",              "V",     { 2, 1,-3,-1, 0, 0, 0 }, 1, 0, false },
	{ "farad",             "F",     {-2,-1, 4, 2, 0, 0, 0 }, 1, 0, false },
	{ "ohm",               "Ω",     { 2, 1,-3,-2, 0, 0, 0 }, 1, 0, false },
	{ "siemens",           "S",     {-2,-1, 3, 2, 0, 0, 0 }, 1, 0, false },
	{ "weber",             "Wb",    { 2, 1,-2,-1, 0, 0, 0 }, 1, 0, false },
	{ "tesla",             "T",     { 0, 1,-2,-1, 0, 0, 0 }, 1, 0, false },
	{ "henry",             "H",     { 2, 1,-2,-2, 0, 0, 0 }, 1, 0, false },
	{ "degreecelsius",     "°C",    { 0, 0, 0, 0, 1, 0, 0 }, 1, 273.15, false },
	{ "degreeCelsius",     "°C",    { 0, 0, 0, 0, 1, 0, 0 }, 1, 273.15, false },
	{ "celsius",           "°C",    { 0, 0, 0, 0, 1, 0, 0 }, 1, 273.15, false },
	{ "lumen",             "lm",    { 0, 0, 0, 0, 0, 0, 1 }, 1, 0, false },
	{ "lux",               "lx",    {-2, 0, 0, 0, 0, 0, 1 }, 1, 0, false },
	{ "becquerel",         "Bq",    { 0, 0,-1, 0, 0, 0, 0 }, 1, 0, false },
	{ "gray",              "Gy",    { 2, 0,-2, 0, 0, 0, 0 }, 1, 0, false },
	{ "sievert",           "Sv",    { 2, 0,-2, 0, 0, 0, 0 }, 1, 0, false },
	{ "katal",             "kat",   { 0, 0,-1, 0, 0, 1, 0 }, 1, 0, false },
	/* accepted for use with the SI (table 8), and what D-SI takes besides */
	{ "minute",            "min",   { 0, 0, 1, 0, 0, 0, 0 }, 60, 0, false },
	{ "hour",              "h",     { 0, 0, 1, 0, 0, 0, 0 }, 3600, 0, false },
	{ "day",               "d",     { 0, 0, 1, 0, 0, 0, 0 }, 86400, 0, false },
	{ "degree",            "°",     { 0, 0, 0, 0, 0, 0, 0 }, PI / 180, 0, false },
	{ "arcminute",         "′",     { 0, 0, 0, 0, 0, 0, 0 }, PI / 10800, 0, false },
	{ "arcsecond",         "″",     { 0, 0, 0, 0, 0, 0, 0 }, PI / 648000, 0, false },
	{ "hectare",           "ha",    { 2, 0, 0, 0, 0, 0, 0 }, 1e4, 0, false },
	{ "litre",             "L",     { 3, 0, 0, 0, 0, 0, 0 }, 1e-3, 0, false },
	{ "liter",             "L",     { 3, 0, 0, 0, 0, 0, 0 }, 1e-3, 0, false },
	{ "tonne",             "t",     { 0, 1, 0, 0, 0, 0, 0 }, 1e3, 0, false },
	{ "dalton",            "Da",    { 0, 1, 0, 0, 0, 0, 0 }, 1.66053906660e-27, 0, false },
	{ "electronvolt",      "eV",    { 2, 1,-2, 0, 0, 0, 0 }, 1.602176634e-19, 0, false },
	{ "astronomicalunit",  "au",    { 1, 0, 0, 0, 0, 0, 0 }, 149597870700.0, 0, false },
	{ "bar",               "bar",   {-1, 1,-2, 0, 0, 0, 0 }, 1e5, 0, false },
	{ "mmHg",              "mmHg",  {-1, 1,-2, 0, 0, 0, 0 }, 133.322387415, 0, false },
	{ "angstrom",          "Å",     { 1, 0, 0, 0, 0, 0, 0 }, 1e-10, 0, false },
	{ "nauticalmile",      "M",     { 1, 0, 0, 0, 0, 0, 0 }, 1852, 0, false },
	{ "knot",              "kn",    { 1, 0,-1, 0, 0, 0, 0 }, 1852.0 / 3600, 0, false },
	{ "erg",               "erg",   { 2, 1,-2, 0, 0, 0, 0 }, 1e-7, 0, false },
	{ "dyne",              "dyn",   { 1, 1,-2, 0, 0, 0, 0 }, 1e-5, 0, false },
	{ "gal",               "Gal",   { 1, 0,-2, 0, 0, 0, 0 }, 1e-2, 0, false },
	{ "percent",           "%",     { 0, 0, 0, 0, 0, 0, 0 }, 1e-2, 0, false },
	{ "ppm",               "ppm",   { 0, 0, 0, 0, 0, 0, 0 }, 1e-6, 0, false },
	{ "bit",               "bit",   { 0, 0, 0, 0, 0, 0, 0 }, 1, 0, false },
	{ "byte",              "B",     { 0, 0, 0, 0, 0, 0, 0 }, 8, 0, false },
	{ "neper",             "Np",    { 0, 0, 0, 0, 0, 0, 0 }, 1, 0, true },
	/* a level in neper is ln(10)/2 times one in bel, of whatever quantity of power */
	{ "bel",               "B",     { 0, 0, 0, 0, 0, 0, 0 }, 1.15129254649702284, 0, true },
	{ "decibel",           "dB",    { 0, 0, 0, 0, 0, 0, 0 }, 0.115129254649702284, 0, true },
};

static const struct ls_unit_prefix prefixes[] = {
	{ "deca", "da", 1e1 },    { "deka", "da", 1e1 },   { "hecto", "h", 1e2 },   { "kilo", "k", 1e3 },
	{ "mega", "M", 1e6 },     { "giga", "G", 1e9 },    { "tera", "T", 1e12 },   { "peta", "P", 1e15 },
	{ "exa", "E", 1e18 },     { "zetta", "Z", 1e21 },  { "yotta", "Y", 1e24 },  { "ronna", "R", 1e27 },
	{ "quetta", "Q", 1e30 },  { "deci", "d", 1e-1 },   { "centi", "c", 1e-2 },  { "milli", "m", 1e-3 },
	{ "micro", "µ", 1e-6 },   { "nano", "n", 1e-9 },   { "pico", "p", 1e-12 },  { "femto", "f", 1e-15 },
	{ "atto", "a", 1e-18 },   { "zepto", "z", 1e-21 }, { "yocto", "y", 1e-24 }, { "ronto", "r", 1e-27 },
	{ "quecto", "q", 1e-30 },
	{ "kibi", "Ki", 0x1p10 }, { "mebi", "Mi", 0x1p20 }, { "gibi", "Gi", 0x1p30 }, { "tebi", "Ti", 0x1p40 },
	{ "pebi", "Pi", 0x1p50 }, { "exbi", "Ei", 0x1p60 }, { "zebi", "Zi", 0x1p70 }, { "yobi", "Yi", 0x1p80 },
};

static const struct {
	int8_t exponent[LS_DIMENSION_COUNT];
	const char *quantity;
} quantities[] = {
	{ { 0, 0, 0, 0, 0, 0, 0 }, "ratio" },
	{ { 1, 0, 0, 0, 0, 0, 0 }, "length" },
	{ { 0, 1, 0, 0, 0, 0, 0 }, "mass" },
	{ { 0, 0, 1, 0, 0, 0, 0 }, "time" },
	{ { 0, 0, 0, 1, 0, 0, 0 }, "electric current" },
	{ { 0, 0, 0, 0, 1, 0, 0 }, "temperature" },
	{ { 0, 0, 0, 0, 0, 1, 0 }, "amount of substance" },
	{ { 0, 0, 0, 0, 0, 0, 1 }, "luminous intensity" },
	{ { 2, 0, 0, 0, 0, 0, 0 }, "area" },
	{ { 3, 0, 0, 0, 0, 0, 0 }, "volume" },
	{ { 0, 0,-1, 0, 0, 0, 0 }, "frequency" },
	{ { 1, 0,-1, 0, 0, 0, 0 }, "velocity" },
	{ { 1, 0,-2, 0, 0, 0, 0 }, "acceleration" },
	{ {-3, 1, 0, 0, 0, 0, 0 }, "density" },
	{ { 1, 1,-2, 0, 0, 0, 0 }, "force" },
	{ {-1, 1,-2, 0, 0, 0, 0 }, "pressure" },
	{ { 2, 1,-3, 0, 0, 0, 0 }, "power" },
	{ { 0, 0, 1, 1, 0, 0, 0 }, "electric charge" },
	{ { 2, 1,-3,-1, 0, 0, 0 }, "voltage" },
	{ {-2,-1, 4, 2, 0, 0, 0 }, "capacitance" },
	{ { 2, 1,-3,-2, 0, 0, 0 }, "electric resistance" },
	{ {-2,-1, 3, 2, 0, 0, 0 }, "electric conductance" },
	{ { 0, 1,-2,-1, 0, 0, 0 }, "magnetic flux density" },
	{ { 2, 1,-2,-2, 0, 0, 0 }, "inductance" },
	{ {-2, 0, 0, 0, 0, 0, 1 }, "illuminance" },
	{ {-3, 0, 0, 0, 0, 1, 0 }, "amount-of-substance concentration" },
	{ { 3, 0,-1, 0, 0, 0, 0 }, "volume flow rate" },
	{ { 0, 1,-1, 0, 0, 0, 0 }, "mass flow rate" },
};
/* clang-format on */

static bool is_name(const char *known, const char *name, size_t length)
{
	return strlen(known) == length && memcmp(known, name, length) == 0;
}

const struct ls_unit_name *ls_unit_name_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (is_name(names[i].name, name, length))
			return &names[i];
	return NULL;
}

const struct ls_unit_prefix *ls_unit_prefix_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (is_name(prefixes[i].name, name, length))
			return &prefixes[i];
	return NULL;
}

const char *ls_unit_quantity(const struct ls_unit *unit)
{
	for (size_t i = 0; i < sizeof(quantities) / sizeof(quantities[0]); i++) {
		int d = 0;
		while (d < LS_DIMENSION_COUNT && quantities[i].exponent[d] * 2 == unit->halves[d])
			d++;
		if (d == LS_DIMENSION_COUNT)
			return unit->logarithmic ? "level" : quantities[i].quantity;
	}
	return NULL;
}
