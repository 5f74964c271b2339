/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char CUT[] = "...";

/* Append formatted text at *used; on overflow end the text in "..." */
__attribute__((format(printf, 4, 0))) static void append(char *text, size_t size, size_t *used,
							 const char *format, va_list args)
{
	if (*used + 1 >= size)
		return;
	int n = vsnprintf(text + *used, size - *used, format, args);
	if (n < 0)
		return;
	if ((size_t)n < size - *used) {
		*used += (size_t)n;
		return;
	}
	memcpy(text + size - sizeof(CUT), CUT, sizeof(CUT));
	*used = size - 1;
}

static void append_text(char *text, size_t size, size_t *used, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void append_text(char *text, size_t size, size_t *used, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	append(text, size, used, format, args);
	va_end(args);
}

static size_t begin(struct ls_error *err, int code, const char *id)
{
	err->code = code;
	snprintf(err->id, sizeof(err->id), "%s", id);
	err->message[0] = '\0';
	return 0;
}

int(ls_fail)(struct ls_error *err, int code, const char *id, const char *format, ...)
{
	if (!err)
		return code;
	size_t used = begin(err, code, id);
	va_list args;
	va_start(args, format);
	append(err->message, sizeof(err->message), &used, format, args);
	va_end(args);
	return code;
}

int(ls_fail_errno)(struct ls_error *err, int errnum, const char *id, const char *format, ...)
{
	if (!err)
		return -errnum;
	size_t used = begin(err, -errnum, id);
	va_list args;
	va_start(args, format);
	append(err->message, sizeof(err->message), &used, format, args);
	va_end(args);
	append_text(err->message, sizeof(err->message), &used, ": %s", strerror(errnum));
	return -errnum;
}

void ls_error_prefix(struct ls_error *err, const char *format, ...)
{
	if (!err)
		return;
	char message[LS_ERROR_MESSAGE_SIZE];
	memcpy(message, err->message, sizeof(message));
	size_t used = 0;
	va_list args;
	va_start(args, format);
	append(err->message, sizeof(err->message), &used, format, args);
	va_end(args);
	append_text(err->message, sizeof(err->message), &used, ": %s", message);
}
