/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/limits.h"

#include <fnmatch.h>
#include <string.h>

#include "diode/wire/payload.h"

void ls_limits_defaults(struct ls_limits *limits)
{
	*limits = (struct ls_limits){
		.max_file_size = 64ull << 20,
		.max_name_length = 255,
		.open_files = 4,
		.files_per_day = 10000,
		.spool_size = 1ull << 30,
		.gap_after = 60,
		.silence_after = 600,
	};
}

/* Up to the last separator of either system. */
static size_t last_part(const char *name, size_t size)
{
	size_t at = size;
	while (at > 0 && name[at - 1] != '/' && name[at - 1] != '\\')
		at--;
	return at;
}

bool ls_limits_accept_name(const struct ls_limits *limits, const char *name, size_t size)
{
	if (limits->accept_count == 0)
		return true;
	char text[LS_WIRE_NAME_MAX + 1];
	if (size > LS_WIRE_NAME_MAX || memchr(name, '\0', size))
		return false;
	size_t start = last_part(name, size);
	memcpy(text, name + start, size - start);
	text[size - start] = '\0';
	for (size_t i = 0; i < limits->accept_count; i++)
		if (fnmatch(limits->accept[i], text, FNM_CASEFOLD) == 0)
			return true;
	return false;
}
