/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decimal numbers as a certificate states them: the digits are part of what is
 * said ("1.50" is not "1.5"), so a number is a coefficient and a power of ten.
 *
 * Its one spelling is to-scientific-string of the General Decimal Arithmetic
 * Specification 1.70, less infinities, NaN and negative zero: plain notation
 * while the exponent is not positive and the number not below 1E-6, else
 * "1.25E-9", "2E+3".
 */
#ifndef LABSEAL_LIB_CAL_DECIMAL_H
#define LABSEAL_LIB_CAL_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"

#define LS_DECIMAL_DIGITS_MAX	18
#define LS_DECIMAL_EXPONENT_MAX 99  /* of ten, up and down */
#define LS_DECIMAL_SIZE		128 /* bytes of any spelling, with the final NUL */

struct ls_decimal {
	int64_t coefficient; /* at most 18 digits */
	int exponent;
};

/* The one spelling.  0, or -EBADMSG: another spelling, too many digits, an exponent out of range.
 */
int ls_decimal_parse(const char *text, size_t length, struct ls_decimal *ret_value);

/*
 * Any spelling that XML Schema's double and decimal share: sign, leading zeroes, ".5", "1e-3".
 * Digits past the 18th are taken when they are zeroes.  0, -EBADMSG: no number; -ERANGE: it has
 * more digits, or a larger exponent, than a decimal holds.
 */
int ls_decimal_read(const char *text, size_t length, struct ls_decimal *ret_value);

/* Returns buffer. */
const char *ls_decimal_format(struct ls_decimal value, char buffer[static LS_DECIMAL_SIZE]);

/* The nearest double. */
double ls_decimal_double(struct ls_decimal value);

/* With 15 significant digits, trailing zeroes dropped.  -ERANGE: not finite, or out of range. */
int ls_decimal_from_double(double value, struct ls_decimal *ret_value);

static inline bool ls_decimal_negative(struct ls_decimal value)
{
	return value.coefficient < 0;
}

#endif
