/* SPDX-License-Identifier: Apache-2.0 */
/* One table of subcommands drives dispatch, help and completion. */
#ifndef LABSEAL_LIB_BASE_COMMAND_H
#define LABSEAL_LIB_BASE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct ls_command {
	const char *name;     /* "verify"; of a subcommand's own table "cal trace" */
	const char *synopsis; /* "[--trust FILE] SHARE|RESULT" */
	const char *summary;  /* one line, no full stop */
	const char *options;  /* for completion, separated by blanks: "--trust --json"; NULL: it
				 has commands of its own, and on "help" lists them */
	int (*run)(int argc, char **argv); /* argv[0] is the command's word; returns enum ls_exit */
};

/* A program's table may be put together from several rooms' tables. */
struct ls_command_table {
	const struct ls_command *commands;
	size_t count;
};

/*
 * Find argv[1] among the tables and run it.  --help, --version, "help [COMMAND]"
 * and "--complete" (names and options, a line each, for the shell completion; "..." where
 * there are commands below it) are answered here; --help and -h among a command's words, too, as
 * LS_EXIT_USAGE but where they are alone, or behind a word of its synopsis.
 * An unknown command is LS_EXIT_USAGE with one
 * line that names the nearest.  A command that has subcommands dispatches them the same way, as
 * program "labseal cal" with tables of "cal trace", "cal due"; there the last word is the name.
 * Whatever a command comes to, it is LS_EXIT_FAILED when standard output could not be written.
 */
int ls_command_dispatch(const char *program, const struct ls_command_table *tables, size_t count,
			int argc, char **argv);

/*
 * Flush standard output.  0; -EIO: it cannot be written, which ls_command_dispatch() says, with the
 * reason, when the command has ended: the command itself says nothing of it.
 */
int ls_command_flush(void);

/*
 * For a program's main, before it opens anything: where standard input, output or error is closed,
 * no file that is opened later takes its number and receives what is said on it; reading or
 * writing it fails, as it would have.
 */
void ls_command_keep_standard(void);

/* "labseal verify: TEXT\nUsage: labseal verify SYNOPSIS\n" on stderr; returns LS_EXIT_USAGE. */
int ls_command_usage(const struct ls_command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * For a program without subcommands: "--help" and "--version" alone are answered on
 * stdout, with this text or "PROGRAM VERSION".  False: it was neither.
 */
bool ls_command_answered(const char *program, const char *usage, int argc, char **argv);

/* The nearest of count names to word, or NULL when none is near. */
const char *ls_nearest_name(const char *word, const char *const *names, size_t count);

#endif
