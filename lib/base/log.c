/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/files.h"

#define LINE_SIZE 2048

static const char *program_name = "labseal";
static enum ls_log_level highest = LS_LOG_INFO;

void ls_log_init(const char *program, enum ls_log_level level)
{
	program_name = program;
	highest = level;
}

static const char *level_name(enum ls_log_level level)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	return names[level];
}

/* One write a line, so that lines of several processes do not mix. */
void ls_log(enum ls_log_level level, const char *event, const char *format, ...)
{
	if (level > highest)
		return;
	char line[LINE_SIZE];
	int head = snprintf(line, sizeof(line), "%s: %s: %s: ", program_name, level_name(level),
			    event);
	if (head < 0 || (size_t)head >= sizeof(line) - 1)
		return;
	va_list args;
	va_start(args, format);
	int body = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, args);
	va_end(args);
	if (body < 0)
		return;
	size_t length = strlen(line);
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[length++] = '\n';
	ls_write_all(STDERR_FILENO, line, length);
}

void ls_log_error(const struct ls_error *err)
{
	ls_log(LS_LOG_ERROR, err->id, "%s", err->message);
}
