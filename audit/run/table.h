/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tab-separated tables, and their columns by heading. */
#ifndef LABSEAL_AUDIT_RUN_TABLE_H
#define LABSEAL_AUDIT_RUN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LS_CELLS_MAX	4096 /* in one row; melt curves of some exports have a column for a point */
#define LS_HEADING_SIZE 48   /* of a heading, normalised, with its NUL; a longer one is cut */
#define LS_COLUMN_NONE	SIZE_MAX

struct ls_cell {
	const char *text; /* not terminated; without blanks and quotation marks around it */
	size_t length;
};

/* Split a line, of which at most LS_CELLS_MAX cells are taken; how many. */
size_t ls_row_split(const char *line, size_t length, struct ls_cell cells[static LS_CELLS_MAX]);

/*
 * A heading as its letters and digits in lower case, so that spellings of one
 * column are one: "Cт" with a Cyrillic or a small-capital t, "CT" and "Ct" are
 * "ct"; "R²" and "R(superscript 2)" are "r2"; "ΔRn" and "Delta Rn" "deltarn".
 */
const char *ls_heading(const struct ls_cell *cell, char buffer[static LS_HEADING_SIZE]);

/* The first column with one of the headings (normalised, ended by NULL), or LS_COLUMN_NONE. */
size_t ls_column_find(const struct ls_cell *header, size_t count, const char *const *headings);

/* The cell in a column; an empty one when the row is shorter or there is no such column. */
struct ls_cell ls_cell_at(const struct ls_cell *cells, size_t count, size_t column);

bool ls_cell_is(const struct ls_cell *cell, const char *word); /* ASCII case apart */

#endif
