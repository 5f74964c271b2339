/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FAULT_SIZE 1024

void ls_faults_init(struct ls_faults *faults)
{
	faults->count = 0;
	ls_buffer_init(&faults->text, LS_FAULTS_MAX * FAULT_SIZE);
}

void ls_faults_free(struct ls_faults *faults)
{
	ls_buffer_free(&faults->text);
	faults->count = 0;
}

void ls_faults_add(struct ls_faults *faults, const char *format, ...)
{
	char line[FAULT_SIZE];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	if (faults->count++ < LS_FAULTS_MAX) {
		ls_buffer_add_str(&faults->text, line);
		ls_buffer_add_str(&faults->text, "\n");
	}
}

void ls_faults_tell(const struct ls_faults *faults, const char *prefix)
{
	const char *line = ls_buffer_str(&faults->text);
	while (*line) {
		int n = (int)strcspn(line, "\n");
		fprintf(stderr, "%s: %.*s\n", prefix, n, line);
		line += n + 1;
	}
	if (faults->count > LS_FAULTS_MAX)
		fprintf(stderr, "%s: and %u more\n", prefix, faults->count - LS_FAULTS_MAX);
}
