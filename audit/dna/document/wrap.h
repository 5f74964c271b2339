/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Line breaks of GenBank's text, which programs make by one rule or another: a paragraph whose
 * breaks a rule makes again is kept as one line.  In what is unwrapped, a line that the rule would
 * break wrongly begins with LS_TOKEN_AS_IT_IS.
 */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENT_WRAP_H
#define LABSEAL_AUDIT_DNA_DOCUMENT_WRAP_H

#include "lib/base/buffer.h"

/* Numbers of rules, as they are written: of qualifiers (from column 22), of the header (13). */
struct ls_wrap {
	uint8_t qualifiers; /* 0 ... LS_WRAP_RULES - 1 */
	uint8_t header;
};
#define LS_WRAP_RULES 8

/* Append text (line ends: LF) with the paragraphs on one line each, by the rules that fit best. */
int ls_unwrap(const uint8_t *text, size_t n, struct ls_wrap *ret_wrap, struct ls_buffer *out);
/* The reverse. */
int ls_wrap(const uint8_t *text, size_t n, const struct ls_wrap *wrap, struct ls_buffer *out);

#endif
