/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/table.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static struct ls_cell trimmed(const char *text, size_t length)
{
	for (int quotes = 0;; quotes++) {
		while (length > 0 && (unsigned char)text[length - 1] <= ' ')
			length--;
		while (length > 0 && (unsigned char)*text <= ' ')
			text++, length--;
		if (quotes == 1 || length < 2 || *text != '"' || text[length - 1] != '"')
			return (struct ls_cell){ text, length };
		text++;
		length -= 2;
	}
}

size_t ls_row_split(const char *line, size_t length, struct ls_cell cells[static LS_CELLS_MAX])
{
	size_t count = 0;
	while (count < LS_CELLS_MAX) {
		const char *tab = memchr(line, '\t', length);
		size_t n = tab ? (size_t)(tab - line) : length;
		cells[count++] = trimmed(line, n);
		if (!tab)
			break;
		line += n + 1;
		length -= n + 1;
	}
	return count;
}

/* What is not ASCII and stands in headings. */
static const struct {
	const char *text, *plain;
} letters[] = {
	{ "\xd1\x82", "t" },	     /* Cyrillic t */
	{ "\xd0\xa2", "t" },	     /* capital */
	{ "\xe1\xb4\x9b", "t" },     /* small capital t */
	{ "\xc2\xb2", "2" },	     /* superscript 2 */
	{ "\xce\x94", "delta" },     /* Greek */
	{ "\xe2\x88\x86", "delta" }, /* increment */
	{ "(superscript 2)", "2" },
};

/* How many bytes stand for a letter there, and which; 0 for none. */
static size_t special(const char *text, size_t length, const char **ret_plain)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		size_t n = strlen(letters[i].text);
		if (n <= length && memcmp(text, letters[i].text, n) == 0) {
			*ret_plain = letters[i].plain;
			return n;
		}
	}
	return 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

const char *ls_heading(const struct ls_cell *cell, char buffer[static LS_HEADING_SIZE])
{
	size_t used = 0;
	for (size_t i = 0; i < cell->length && used < LS_HEADING_SIZE - 6;) {
		const char *plain;
		size_t n = special(cell->text + i, cell->length - i, &plain);
		if (n > 0) {
			size_t m = strlen(plain); /* at most 5: there is room */
			memcpy(buffer + used, plain, m);
			used += m;
			i += n;
			continue;
		}
		char c = lower(cell->text[i++]);
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			buffer[used++] = c;
	}
	buffer[used] = '\0';
	return buffer;
}

size_t ls_column_find(const struct ls_cell *header, size_t count, const char *const *headings)
{
	for (size_t i = 0; i < count; i++) {
		char buffer[LS_HEADING_SIZE];
		const char *heading = ls_heading(&header[i], buffer);
		for (const char *const *h = headings; *h; h++)
			if (strcmp(heading, *h) == 0)
				return i;
	}
	return LS_COLUMN_NONE;
}

struct ls_cell ls_cell_at(const struct ls_cell *cells, size_t count, size_t column)
{
	return column < count ? cells[column] : (struct ls_cell){ "", 0 };
}

bool ls_cell_is(const struct ls_cell *cell, const char *word)
{
	return strlen(word) == cell->length && strncasecmp(cell->text, word, cell->length) == 0;
}
