/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/columns.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/text.h"

#define CELLS_MAX (64u << 20) /* bytes of a table */
#define CELL_SIZE 1024	      /* bytes of a cell that is formatted; more is cut */

void ls_columns_init(struct ls_columns *columns, size_t count, unsigned right)
{
	*columns = (struct ls_columns){ .count = count, .right = right };
	ls_buffer_init(&columns->cells, CELLS_MAX);
}

void ls_columns_free(struct ls_columns *columns)
{
	ls_buffer_free(&columns->cells);
}

void ls_columns_put(struct ls_columns *columns, const char *text)
{
	ls_text_escape(text, strlen(text), &columns->cells);
	ls_buffer_add_u8(&columns->cells, 0);
}

void ls_columns_putf(struct ls_columns *columns, const char *format, ...)
{
	char text[CELL_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ls_buffer_add(&columns->cells, text, strlen(text) + 1);
}

static size_t letters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((uint8_t)*text & 0xc0) != 0x80;
	return n;
}

static void print_cell(FILE *out, const char *cell, size_t width, bool right, bool last)
{
	size_t pad = width - letters(cell);
	if (right)
		fprintf(out, "%*s%s", (int)pad, "", cell);
	else if (last)
		fputs(cell, out);
	else
		fprintf(out, "%s%*s", cell, (int)pad, "");
	fputs(last ? "\n" : "  ", out);
}

int ls_columns_print(const struct ls_columns *columns, unsigned indent, FILE *out)
{
	size_t widths[LS_COLUMNS_MAX] = { 0 }, column = 0;
	const char *cells = ls_buffer_str(&columns->cells), *end = cells + columns->cells.size;
	int rc = ls_buffer_error(&columns->cells);
	if (rc < 0)
		return rc;
	for (const char *cell = cells; cell < end; cell += strlen(cell) + 1) {
		size_t width = letters(cell);
		widths[column] = width > widths[column] ? width : widths[column];
		column = (column + 1) % columns->count;
	}
	column = 0;
	for (const char *cell = cells; cell < end; cell += strlen(cell) + 1) {
		if (column == 0)
			fprintf(out, "%*s", (int)indent, "");
		print_cell(out, cell, widths[column], columns->right >> column & 1,
			   column + 1 == columns->count);
		column = (column + 1) % columns->count;
	}
	return 0;
}
