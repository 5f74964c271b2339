/* SPDX-License-Identifier: Apache-2.0 */
/* What the *_win32.c files share.  Only what Windows XP SP3 has is used: tests/win-imports.sh. */
#ifndef LABSEAL_DIODE_EXPORT_WIN32_H
#define LABSEAL_DIODE_EXPORT_WIN32_H

#include <stdbool.h>
#include <stddef.h>
#include <windows.h>

#include "diode/export/platform.h"
#include "lib/base/error.h"

#define LS_WIDE_MAX (LS_PATH_MAX + 8) /* units of a path with a "\\?\" before it, and the NUL */

/* Before anything else in the program. */
void ls_win32_init(void);

/* Make ls_platform_stopping() true, from any thread. */
void ls_win32_stop(void);

/* Called when the exporter works; for the service. */
void ls_win32_when_ready(void (*tell)(void));

/* From now on lines for people go into this file, which is kept below 2 MiB with its predecessor.
 */
void ls_win32_log_to(const wchar_t *path);
bool ls_win32_is_service(void); /* the same: somebody's log-off does not end it */

/*
 * UTF-8 to what the W functions take: '/' becomes '\', several become one, and
 * a long path gets the prefix that lets it be long.  0, -EILSEQ or -ENAMETOOLONG.
 */
int ls_win32_path(const char *path, wchar_t wide[static LS_WIDE_MAX]);

/* "FORMAT: what Windows says of this error (error N)"; returns the negative errno that is nearest.
 */
int ls_win32_fail(struct ls_error *err, DWORD error, const char *id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* -EBUSY for a sharing violation and so on; never 0. */
int ls_win32_errno(DWORD error);

#endif
