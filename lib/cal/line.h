/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines "KEYWORD FIELD FIELD", of which records, their details and trust files
 * are made: one blank between, LF at the end.
 */
#ifndef LABSEAL_LIB_CAL_LINE_H
#define LABSEAL_LIB_CAL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/base/reader.h"
#include "lib/cal/decimal.h"
#include "lib/cal/unit.h"

struct ls_cal_lines {
	struct ls_reader r;
	const char *id;	  /* of the error: "cal.record.form" */
	const char *what; /* "a calibration record" */
	struct ls_error *err;
};

struct ls_cal_field {
	const char *text;
	size_t length;
};

/* "WHAT is malformed: line N: WHY".  -EBADMSG. */
int ls_cal_lines_fail(const struct ls_cal_lines *lines, const char *why);

/* Whether the next line begins with this keyword and a blank, which are then taken. */
bool ls_cal_lines_at(struct ls_cal_lines *lines, const char *keyword);
/* Whether the next line is this, which is then taken. */
bool ls_cal_lines_is(struct ls_cal_lines *lines, const char *line);

/* The rest of the line: exactly n fields, none empty; 0 or -EBADMSG without words. */
int ls_cal_lines_fields(struct ls_cal_lines *lines, struct ls_cal_field *ret_fields, size_t n);

/* A whole line "KEYWORD FIELD ..."; form is what the error says it is not. */
int ls_cal_lines_take(struct ls_cal_lines *lines, const char *keyword,
		      struct ls_cal_field *ret_fields, size_t n, const char *form);
/* The same with one field that may have blanks. */
int ls_cal_lines_text(struct ls_cal_lines *lines, const char *keyword, char *buffer, size_t size,
		      const char *form);

/* The same of one field of a kind. */
int ls_cal_take_digest(struct ls_cal_lines *lines, const char *keyword, struct ls_digest *ret,
		       const char *form);
int ls_cal_take_number(struct ls_cal_lines *lines, const char *keyword, uint64_t max, unsigned *ret,
		       const char *form);
/* endless: it may be "-" */
int ls_cal_take_time(struct ls_cal_lines *lines, const char *keyword, bool endless, int64_t *ret,
		     const char *form);

/* Shown safely, 1 to size - 1 bytes, no blank at its ends. */
bool ls_cal_text_valid(const char *text, size_t length, size_t size);

/* 0 or -EBADMSG; outputs are untouched then. */
int ls_cal_field_word(struct ls_cal_field field, char *buffer, size_t size);
int ls_cal_field_digest(struct ls_cal_field field, struct ls_digest *ret_digest);
int ls_cal_field_time(struct ls_cal_field field, int64_t *ret_time);
/* "-" is LS_CAL_NO_END */
int ls_cal_field_end(struct ls_cal_field field, int64_t *ret_time);
int ls_cal_field_number(struct ls_cal_field field, uint64_t max, uint64_t *ret_value);
int ls_cal_field_decimal(struct ls_cal_field field, struct ls_decimal *ret_value);
int ls_cal_field_key(struct ls_cal_field field, struct ls_p256_public *ret_key);
int ls_cal_field_quantity(struct ls_cal_field field, char *buffer);
/* buffer has LS_CAL_UNIT_SIZE bytes */
int ls_cal_field_unit(struct ls_cal_field field, char *buffer, struct ls_unit *ret_unit);

/* Append; the buffer's error stays. */
void ls_cal_add_digest(struct ls_buffer *out, const char *keyword, const struct ls_digest *digest);
void ls_cal_add_time(struct ls_buffer *out, const char *keyword, int64_t time);
void ls_cal_add_key(struct ls_buffer *out, const struct ls_p256_public *key);
/* " 1.50" */
void ls_cal_add_decimal(struct ls_buffer *out, struct ls_decimal value);

/* "KEYWORD TEXT\n".  -EINVAL, with id: the text breaks the rule of ls_cal_text_valid. */
int ls_cal_add_text(struct ls_buffer *out, const char *keyword, const char *text, size_t size,
		    const char *id, struct ls_error *err);

#endif
