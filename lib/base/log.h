/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines of the programs, on standard error; libraries never call this, but for
 * what begins a program (ls_confine_or_refuse).
 *
 *     PROGRAM: LEVEL: EVENT: TEXT
 *
 * EVENT is a stable dotted name, for machines; TEXT is for people, one line:
 * control characters in it are shown as '?'.
 */
#ifndef LABSEAL_LIB_BASE_LOG_H
#define LABSEAL_LIB_BASE_LOG_H

#include "lib/base/error.h"

enum ls_log_level { LS_LOG_ERROR, LS_LOG_WARNING, LS_LOG_INFO, LS_LOG_DEBUG };

/* name is not copied.  Lines above the level are left out (default: LS_LOG_INFO). */
void ls_log_init(const char *program, enum ls_log_level level);

void ls_log(enum ls_log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Log an error with its own id and message. */
void ls_log_error(const struct ls_error *err);

#endif
