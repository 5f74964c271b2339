/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo says: a line for each step with the seconds since its start, the sum, what to try.
 */
#ifndef LABSEAL_HOST_COMMAND_DEMO_REPORT_H
#define LABSEAL_HOST_COMMAND_DEMO_REPORT_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "host/command/demo_setup.h"
#include "host/publish/item.h"

struct ls_demo_report {
	struct timespec start;
	size_t lags;
	int64_t lag_sum, lag_most; /* ms */
};

void ls_demo_report_begin(struct ls_demo_report *report);
double ls_demo_seconds(const struct ls_demo_report *report);

/* "   1.2 s  WHAT       TEXT" on standard output. */
void ls_demo_step(const struct ls_demo_report *report, const char *what, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Count a lag in; below 0: not known. */
void ls_demo_lag_add(struct ls_demo_report *report, int64_t ms);

/* The last lines of a log file, on standard error. */
void ls_demo_show_tail(const char *path);

/*
 * Times, where everything is, and three commands to try next, on the seal at
 * example and its file original (as the manifest names it).
 */
void ls_demo_farewell(const struct ls_demo_report *report, const struct ls_demo_paths *paths,
		      const struct ls_item *example, const char *original);

/* Append text as one word of a POSIX shell. */
struct ls_buffer;
int ls_shell_quote(const char *text, struct ls_buffer *out);

#endif
