/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Units of measurement as D-SI writes them (PTB, "SmartCom D-SI", after LaTeX's siunitx):
 *
 *     \kelvin   \degreecelsius   \hecto\pascal   \metre\second\tothe{-1}   \volt\per\ampere   \one
 *
 * A unit is reduced to its exponents of the seven base units of the SI (BIPM, SI Brochure, 9th
 * edition), a factor and, for a temperature on the Celsius scale, an offset:
 *
 *     value in coherent SI units = value * factor + offset
 *
 * so that two spellings of one unit compare equal, and redundant forms as
 * \kilogram\metre\tothe{-3}\kilogram\tothe{-1}\metre\tothe{3} are \one.  Angles, counts and
 * ratios have the dimension one.
 */
#ifndef LABSEAL_LIB_CAL_UNIT_H
#define LABSEAL_LIB_CAL_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_UNIT_TEXT_MAX  255 /* bytes of a unit's spelling */
#define LS_UNIT_TERMS_MAX 16  /* units multiplied in one spelling */

enum ls_dimension {
	LS_DIMENSION_LENGTH,
	LS_DIMENSION_MASS,
	LS_DIMENSION_TIME,
	LS_DIMENSION_CURRENT,
	LS_DIMENSION_TEMPERATURE,
	LS_DIMENSION_AMOUNT,
	LS_DIMENSION_LUMINOUS,
	LS_DIMENSION_COUNT
};

struct ls_unit {
	/* In halves, for V/Hz^0.5 is a unit: 2 is "to the power of one". */
	int8_t halves[LS_DIMENSION_COUNT];
	double factor; /* of one such unit in coherent SI units: finite and positive */
	double offset; /* in coherent SI units: 273.15 for \degreecelsius alone, else 0 */
	/* \bel, \decibel, \neper: of dimension one, yet on a scale that no factor leads off. */
	bool logarithmic;
};

/*
 * Read a unit.  White space at its ends is left out.  Known are the SI's base and derived units,
 * the units accepted for use with it, \percent, \ppm, \byte, \bit, the prefixes \quecto to
 * \quetta and \kibi to \yobi, \tothe{N} with N a whole number or a half, \squared, \cubed, and
 * \per before each unit that divides.  Both \degreecelsius and \degreeCelsius, \metre and \meter,
 * \litre and \liter are read.
 *
 * 0 or -EBADMSG cal.unit.syntax (empty, no such command, a prefix without a unit, an exponent that
 * is none), cal.unit.unknown (a name that is no unit), cal.unit.ambiguous (\per before several
 * units: siunitx divides by the first alone, others by all), cal.unit.range (an exponent, a factor
 * or the spelling is too large).  *ret_unit is untouched on failure.
 */
int ls_unit_parse(const char *text, size_t length, struct ls_unit *ret_unit, struct ls_error *err);

/* Whether values in one can be told in the other: the same exponents, and the same kind of scale.
 */
bool ls_unit_comparable(const struct ls_unit *a, const struct ls_unit *b);

/* Whether a number means the same in both: comparable, same factor (to 1e-12) and same offset. */
bool ls_unit_equal(const struct ls_unit *a, const struct ls_unit *b);

/*
 * A value, and a difference of values (an uncertainty, a tolerance, a correction: it has no
 * offset, 1 degree Celsius is 1 kelvin), told in another unit.  The same unit leaves it bit for
 * bit as it is; where two offsets leave nothing but what was rounded, the value is 0: 273150 mK are
 * 0 degrees Celsius.  0 or -EDOM when the units are not comparable, or the result is not finite;
 * *ret_value is untouched then.
 */
int ls_unit_convert_value(double value, const struct ls_unit *from, const struct ls_unit *to,
			  double *ret_value);
int ls_unit_convert_difference(double difference, const struct ls_unit *from,
			       const struct ls_unit *to, double *ret_difference);

/*
 * The name of the quantity that has this dimension (ISO 80000): "temperature", "pressure",
 * "electric resistance"; "ratio" for the dimension one.  NULL when the dimension has no name of
 * its own here, or several of the same standing.  It is a default for documents that name none.
 */
const char *ls_unit_quantity(const struct ls_unit *unit);

/*
 * A spelling for people: "°C", "hPa", "m·s^-1", "1".  The text must be one that ls_unit_parse()
 * took; of another the buffer holds "?".  Cut at the buffer's end.
 */
#define LS_UNIT_SYMBOL_SIZE 128
const char *ls_unit_symbol(const char *text, size_t length,
			   char buffer[static LS_UNIT_SYMBOL_SIZE]);

#endif
