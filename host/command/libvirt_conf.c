/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/libvirt_conf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How much of a value is before a comment or the spaces at its end; '#' may stand in quotes. */
static size_t value_length(const char *value, size_t length)
{
	bool quoted = false;
	for (size_t i = 0; i < length; i++) {
		if (value[i] == '"')
			quoted = !quoted;
		else if (value[i] == '#' && !quoted)
			length = i;
	}
	while (length > 0 && strchr(" \t\r", value[length - 1]))
		length--;
	return length;
}

/* What follows "NAME =" in this line, or NULL. */
static const char *value_of(const char *line, const char *name)
{
	const char *at = line + strspn(line, " \t");
	size_t length = strlen(name);
	if (strncmp(at, name, length) != 0)
		return NULL;
	at += length;
	at += strspn(at, " \t");
	return *at == '=' ? at + 1 + strspn(at + 1, " \t") : NULL;
}

void ls_libvirt_conf_value(const char *conf, const char *name, char *buffer, size_t size)
{
	buffer[0] = '\0';
	for (const char *line = conf; *line;) {
		size_t length = strcspn(line, "\n");
		const char *value = value_of(line, name);
		if (value && value <= line + length)
			snprintf(buffer, size, "%.*s",
				 (int)value_length(value, (size_t)(line + length - value)), value);
		line += length;
		line += *line == '\n';
	}
}
