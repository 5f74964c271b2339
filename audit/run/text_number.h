/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as instruments' software writes them: "0.277", "36,431.130", "1,25",
 * "1.7E308", "NaN", "Undetermined".
 */
#ifndef LABSEAL_AUDIT_RUN_TEXT_NUMBER_H
#define LABSEAL_AUDIT_RUN_TEXT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The number, or NAN for everything else: words, "", infinite or larger than a double.  mark is
 * '.' or ',', the decimal mark; the other of the two, a blank or "'" may stand between groups
 * of three digits before it.  Blanks around it and quotation marks around that are left out.
 */
double ls_text_double(const char *text, size_t length, char mark);

/* A whole number from 0, also as "1.0"; at most max.  0 or -EBADMSG. */
int ls_text_index(const char *text, size_t length, uint64_t max, uint64_t *ret_value);

/* "true", "yes", "1", ASCII case apart; "false", "no", "0".  0 or -EBADMSG. */
int ls_text_bool(const char *text, size_t length, bool *ret_value);

/* The shortest decimal form that reads back as the same number; "" for NAN and the infinite. */
#define LS_NUMBER_SIZE 32
const char *ls_number_format(double value, char buffer[static LS_NUMBER_SIZE]);

/*
 * Which decimal mark a text is written with, by its numbers, which stand
 * between tabs and line ends.  '.' when nothing speaks for ','.  *ret_both: some
 * speak for each.
 */
char ls_decimal_mark(const char *text, size_t length, bool *ret_both);

#endif
