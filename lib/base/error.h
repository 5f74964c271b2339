/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way a function says why it failed.
 *
 * A function that can fail returns 0 or a negative errno value and takes a
 * `struct ls_error *` as its last parameter.  On failure it fills the error in
 * through ls_fail(); on success the error is untouched.  The message says what
 * failed, on which 'quoted' object, why, and where it helps what to do now.
 * Library code never logs: the program does, once, at the top.
 */
#ifndef LABSEAL_LIB_BASE_ERROR_H
#define LABSEAL_LIB_BASE_ERROR_H

#define LS_ERROR_ID_SIZE      64   /* bytes, with the final NUL */
#define LS_ERROR_MESSAGE_SIZE 1024 /* bytes, with the final NUL */

struct ls_error {
	int code;			     /* negative errno value, 0 when unset */
	char id[LS_ERROR_ID_SIZE];	     /* stable, dotted: "wire.frame.crc" */
	char message[LS_ERROR_MESSAGE_SIZE]; /* for a person; one line, no final LF */
};

/*
 * Fill err in and return code, so that `return ls_fail(...)` reads as one thing.
 * code is negative.  err may be NULL: the message is then lost, the code is not.
 * A message that does not fit is cut at a whole byte and ends in "...".
 */
int ls_fail(struct ls_error *err, int code, const char *id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a failed system call: appends ": " and errnum's text; returns -errnum. */
int ls_fail_errno(struct ls_error *err, int errnum, const char *id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#ifdef __clang_analyzer__ /* it sees one file at a time, and not that these return code */
#define ls_fail(err, code, ...)		(ls_fail(err, code, __VA_ARGS__), (code))
#define ls_fail_errno(err, errnum, ...) (ls_fail_errno(err, errnum, __VA_ARGS__), -(errnum))
#endif

/* Put context before the message: "PREFIX: MESSAGE".  Code and id stay. */
void ls_error_prefix(struct ls_error *err, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
