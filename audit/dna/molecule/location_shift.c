/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>

#include "audit/dna/molecule/location.h"

static size_t shift_removed(const struct ls_shift *s, size_t base)
{
	size_t first = s->removed_first, last = s->removed_last;
	if (first <= last) {
		if (base < first)
			return base;
		if (base > last)
			return base - (last - first + 1);
		return first > 1 ? first - 1 : 1;
	}
	/* over the origin: 1..last and first..molecule go */
	if (base <= last)
		return 1;
	return (base < first ? base : first - 1) - last;
}

size_t ls_shift_base(const struct ls_shift *shift, size_t base)
{
	if (shift->removed_first > 0)
		base = shift_removed(shift, base);
	return shift->inserted > 0 && base >= shift->inserted_at ? base + shift->inserted : base;
}

static size_t run(const char *text, size_t n, size_t i, bool digits)
{
	size_t start = i;
	while (i < n && (digits ? isdigit((unsigned char)text[i])
				: isalnum((unsigned char)text[i]) || strchr("_-.", text[i])))
		i++;
	return i - start;
}

/* What follows a record's name or gap( is not of this molecule: how many bytes that are. */
static size_t foreign(const char *text, size_t n, size_t i)
{
	size_t start = i;
	int depth = 0;
	for (; i < n; i++) {
		if (text[i] == '(')
			depth++;
		else if ((text[i] == ')' && depth-- == 0) || (text[i] == ',' && depth == 0))
			break;
	}
	return i - start;
}

/* The name at text[i] and what belongs to it; "pos:" in a qualifier speaks of this molecule. */
static size_t name_and_foreign(const char *text, size_t n, size_t i)
{
	size_t name = run(text, n, i, false), next = i + name;
	if (next >= n)
		return name;
	if (text[next] == ':' && !(name == 3 && memcmp(text + i, "pos", 3) == 0))
		return name + foreign(text, n, next);
	if (text[next] == '(' && name == 3 && memcmp(text + i, "gap", 3) == 0)
		return name + 1 + foreign(text, n, next + 1);
	return name;
}

/* Zeros in front stay: so the way back ends where it began. */
static void put_number(const char *text, size_t n, const struct ls_shift *shift,
		       struct ls_buffer *out)
{
	size_t base = 0, zeros = 0;
	while (zeros + 1 < n && text[zeros] == '0')
		zeros++;
	for (size_t d = zeros; d < n && d < zeros + 18; d++)
		base = 10 * base + (size_t)(text[d] - '0');
	ls_buffer_add(out, text, zeros);
	ls_buffer_printf(out, "%zu", ls_shift_base(shift, base));
}

int ls_location_shift(const char *text, size_t n, const struct ls_shift *shift,
		      struct ls_buffer *out)
{
	for (size_t i = 0; i < n;) {
		size_t taken = 1;
		if (isalpha((unsigned char)text[i])) {
			taken = name_and_foreign(text, n, i);
			ls_buffer_add(out, text + i, taken);
		} else if (isdigit((unsigned char)text[i])) {
			taken = run(text, n, i, true);
			put_number(text + i, taken, shift, out);
		} else {
			ls_buffer_add_u8(out, (uint8_t)text[i]);
		}
		i += taken;
	}
	return ls_buffer_error(out);
}
