/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table on a terminal: cells are put one after the other, row by row; each column is as wide
 * as its widest cell, in characters.  Text of others is escaped when it is put.
 */
#ifndef LABSEAL_AUDIT_CAL_COLUMNS_H
#define LABSEAL_AUDIT_CAL_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#include "lib/base/buffer.h"

#define LS_COLUMNS_MAX 11

struct ls_columns {
	size_t count;		/* columns, 1 to LS_COLUMNS_MAX */
	unsigned right;		/* bit i: column i is set to the right */
	struct ls_buffer cells; /* each followed by a NUL */
};

void ls_columns_init(struct ls_columns *columns, size_t count, unsigned right);
void ls_columns_free(struct ls_columns *columns);
#define _cleanup_columns_ __attribute__((cleanup(ls_columns_free)))

void ls_columns_put(struct ls_columns *columns, const char *text);
void ls_columns_putf(struct ls_columns *columns, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Every row, after so many blanks.  0, or the buffer's error: then nothing was written. */
int ls_columns_print(const struct ls_columns *columns, unsigned indent, FILE *out);

#endif
