/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/whole.h"

#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* Backtracks to the last '*' only, so the time is at most pattern times name. */
bool ls_match(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL;
	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			from = name;
		} else if (*pattern == '?' || (*pattern && lower(*pattern) == lower(*name))) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static uint32_t le(const uint8_t *p, int n)
{
	uint32_t value = 0;
	for (int i = n; i-- > 0;)
		value = value << 8 | p[i];
	return value;
}

/* An end record at `at`: its comment ends the file, its directory lies before it. */
static bool is_end_record(const uint8_t *tail, size_t n, uint64_t size, size_t at)
{
	const uint8_t *p = tail + at;
	if (le(p, 4) != 0x06054b50 || at + 22 + le(p + 20, 2) != n)
		return false;
	uint64_t directory_size = le(p + 12, 4), directory_at = le(p + 16, 4);
	if (directory_at == UINT32_MAX) /* ZIP64: the numbers are elsewhere */
		return true;
	return directory_at + directory_size <= size - n + at;
}

bool ls_zip_is_whole(const uint8_t *tail, size_t n, uint64_t size)
{
	if (n < 22 || n > size)
		return false;
	for (size_t at = n - 22 + 1; at-- > 0;)
		if (is_end_record(tail, n, size, at))
			return true;
	return false;
}

static const uint8_t *find(const uint8_t *text, size_t n, const char *word)
{
	size_t length = strlen(word);
	while (n >= length) {
		const uint8_t *p = memchr(text, word[0], n - length + 1);
		if (!p)
			return NULL;
		if (memcmp(p, word, length) == 0)
			return p;
		n -= (size_t)(p + 1 - text);
		text = p + 1;
	}
	return NULL;
}

bool ls_text_is_whole(const uint8_t *head, size_t n)
{
	static const char run_end[] = "* Experiment Run End Time = ";
	const uint8_t *end = find(head, n, run_end);
	if (!end)
		return true;
	static const char not_yet[] = "Not Started";
	size_t at = (size_t)(end - head) + strlen(run_end);
	if (n - at >= strlen(not_yet) && memcmp(head + at, not_yet, strlen(not_yet)) == 0)
		return false;
	return n == LS_TEXT_HEAD || find(head + at, n - at, "[Results]") ||
	       find(head + at, n - at, "[Sample Setup]");
}

enum ls_structure ls_structure_of(const char *name)
{
	static const struct {
		const char *pattern;
		enum ls_structure structure;
	} known[] = {
		{ "*.eds", LS_STRUCTURE_ZIP },	{ "*.edt", LS_STRUCTURE_ZIP },
		{ "*.rdml", LS_STRUCTURE_ZIP }, { "*.zip", LS_STRUCTURE_ZIP },
		{ "*.xlsx", LS_STRUCTURE_ZIP }, { "*.txt", LS_STRUCTURE_TEXT },
		{ "*.csv", LS_STRUCTURE_TEXT },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (ls_match(known[i].pattern, name))
			return known[i].structure;
	return LS_STRUCTURE_NONE;
}
