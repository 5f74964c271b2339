/* SPDX-License-Identifier: Apache-2.0 */
/* "REFERENCE   1  (bases 1 to 2686; 3000 to 3010)": the bases that a citation reports (GenBank
 * release notes, 3.4.11).  They are places of this molecule, as a feature's are. */
#include <ctype.h>
#include <string.h>

#include "audit/dna/molecule/genbank_internal.h"

#define WORDS	    "(bases "
#define TEXT_COLUMN 12 /* from 0: where a further line's text begins */
#define DIGITS_MAX  12

static size_t blanks(const char *text, size_t n)
{
	size_t i = 0;
	while (i < n && isspace((unsigned char)text[i]))
		i++;
	return i;
}

/* A number and the blanks around it: how many bytes; 0: there is none. */
static size_t number(const char *text, size_t n)
{
	size_t before = blanks(text, n), digits = 0;
	while (before + digits < n && isdigit((unsigned char)text[before + digits]))
		digits++;
	return digits == 0 || digits > DIGITS_MAX
		       ? 0
		       : before + digits + blanks(text + before + digits, n - before - digits);
}

/* "1 to 5; 7 to 9" and nothing else: what is told in other words stays as it is. */
static bool is_ranges(const char *text, size_t n)
{
	for (;;) {
		size_t first = number(text, n);
		if (first == 0 || n - first < 2 || memcmp(text + first, "to", 2) != 0)
			return false;
		size_t last = number(text + first + 2, n - first - 2), taken = first + 2 + last;
		if (last == 0 || taken == n)
			return last > 0;
		if (text[taken] != ';')
			return false;
		text += taken + 1;
		n -= taken + 1;
	}
}

/* The bracket may be closed in a further line. */
static int look_for_end(struct ls_genbank_parse *p, size_t from)
{
	const char *text = ls_buffer_str(&p->g->annotation);
	const char *end = memchr(text + from, ')', p->g->annotation.size - from);
	if (!end)
		return 0;
	const struct ls_moved moved = { .kind = LS_MOVED_LOCATION,
					.start = p->reference_start,
					.end = (size_t)(end - text) };
	p->reference_start = 0;
	return is_ranges(text + moved.start, moved.end - moved.start)
		       ? ls_genbank_moved_add(p, &moved)
		       : 0;
}

int ls_genbank_reference_line(struct ls_genbank_parse *p, const struct ls_line *line)
{
	const char *words = memmem(line->text, line->size, WORDS, sizeof WORDS - 1);
	size_t start = p->g->annotation.size - line->whole;
	p->reference_start = 0;
	if (!words)
		return 0;
	p->reference_start = start + (size_t)(words - line->text) + sizeof WORDS - 1;
	return look_for_end(p, p->reference_start);
}

int ls_genbank_reference_goes_on(struct ls_genbank_parse *p, const struct ls_line *line)
{
	size_t indent = 0;
	while (indent < line->size && line->text[indent] == ' ')
		indent++;
	if (indent < TEXT_COLUMN) {
		p->reference_start = 0;
		return 0;
	}
	int rc = look_for_end(p, p->g->annotation.size - line->whole);
	return rc < 0 ? rc : 1;
}
