/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/command.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/exit.h"

#ifndef LABSEAL_VERSION
#define LABSEAL_VERSION "0.0"
#endif

#define WORD_MAX 64 /* longer words are near to nothing */

/* Levenshtein distance of two words of at most WORD_MAX bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t length = strlen(b);
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			if (above + 1 < best)
				best = above + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = above;
		}
	}
	return row[length];
}

const char *ls_nearest_name(const char *word, const char *const *names, size_t count)
{
	if (strlen(word) > WORD_MAX)
		return NULL;
	const char *nearest = NULL;
	size_t least = strlen(word) / 3 + 2; /* further off, a hint only confuses */
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) > WORD_MAX)
			continue;
		size_t d = distance(word, names[i]);
		if (d < least) {
			least = d;
			nearest = names[i];
		}
	}
	return nearest;
}

int ls_command_usage(const struct ls_command *command, const char *format, ...)
{
	fprintf(stderr, "labseal %s: ", command->name);
	va_list args;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nUsage: labseal %s %s\n", command->name, command->synopsis);
	return LS_EXIT_USAGE;
}

/* What is typed for it: "trace" of "cal trace". */
static const char *typed(const struct ls_command *command)
{
	const char *blank = strrchr(command->name, ' ');
	return blank ? blank + 1 : command->name;
}

static const struct ls_command *find(const struct ls_command_table *tables, size_t count,
				     const char *name)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < tables[i].count; j++)
			if (strcmp(typed(&tables[i].commands[j]), name) == 0)
				return &tables[i].commands[j];
	return NULL;
}

static int unknown(const char *program, const struct ls_command_table *tables, size_t count,
		   const char *name)
{
	size_t total = 0, used = 0;
	for (size_t i = 0; i < count; i++)
		total += tables[i].count;
	_cleanup_free_ const char **names = calloc(total + 1, sizeof(*names));
	for (size_t i = 0; names && i < count; i++)
		for (size_t j = 0; j < tables[i].count; j++)
			names[used++] = typed(&tables[i].commands[j]);
	const char *near = ls_nearest_name(name, names, used);
	fprintf(stderr, "%s: there is no command '%s'", program, name);
	if (near)
		fprintf(stderr, "; did you mean '%s'?\n", near);
	else
		fprintf(stderr, "; '%s help' lists them\n", program);
	return LS_EXIT_USAGE;
}

static int help(const char *program, const struct ls_command_table *tables, size_t count)
{
	printf("Usage: %s COMMAND [ARGUMENT ...]\n\n", program);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < tables[i].count; j++)
			printf("  %-10s %s\n", typed(&tables[i].commands[j]),
			       tables[i].commands[j].summary);
	/* "labseal cal" has labseal-cal(1), and "labseal cal chain" is in it */
	const char *sub = strchr(program, ' ');
	int length = sub ? (int)strcspn(sub + 1, " ") : 0;
	printf("\nExit status: 0 holds, 1 does not hold, 2 usage, 3 could not check, 4 failed.\n"
	       "'%s help COMMAND' says more; the manual is labseal%s%.*s(1).\n",
	       program, sub ? "-" : "", length, sub ? sub + 1 : "");
	return LS_EXIT_HOLDS;
}

static int help_one(const char *program, const struct ls_command *command)
{
	if (!command->options) {
		char name[] = "help";
		char *words[] = { name, name, NULL };
		return command->run(2, words);
	}
	printf("Usage: %s %s %s\n\n%s.\n", program, typed(command), command->synopsis,
	       command->summary);
	return LS_EXIT_HOLDS;
}

static int complete(const struct ls_command_table *tables, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < tables[i].count; j++) {
			const struct ls_command *c = &tables[i].commands[j];
			printf("%s %s\n", typed(c), c->options ? c->options : "...");
		}
	return LS_EXIT_HOLDS;
}

void ls_command_keep_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* the lowest free one is this; reading the one, writing the others fails */
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static int output_errno; /* of the first flush of standard output that failed; 0: it did not say */

int ls_command_flush(void)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (output_errno == 0)
		output_errno = errno;
	return -EIO;
}

/* A result that nobody could read is none.  word: of the command. */
static int finish(const char *program, const char *word, int status)
{
	static bool is_said; /* by the command of a command */
	if (ls_command_flush() == 0)
		return status;
	if (!is_said)
		fprintf(stderr, "%s %s: cannot write to standard output%s%s\n", program, word,
			output_errno ? ": " : "", output_errno ? strerror(output_errno) : "");
	is_said = true;
	return LS_EXIT_FAILED;
}

/* Whether word is one of the synopsis's own: "init" of "init FILE | sign --key FILE REQUEST". */
static bool is_own_word(const char *synopsis, const char *word)
{
	size_t n = strlen(word);
	if (!islower((unsigned char)word[0])) /* "POLICY" is what a user puts there */
		return false;
	for (const char *at = synopsis; (at = strstr(at, word)); at += n)
		if ((at == synopsis || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
			return true;
	return false;
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/*
 * --help that stands among other words is answered, too; but only behind a command's own word is
 * that success: a file may have such a name, and 0 means that what was asked for holds.
 */
static int help_among(const char *program, const struct ls_command *command, int argc, char **argv)
{
	for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (asks_for_help(argv[i])) {
			bool own = argc == 3 || (argc == 4 && i == 3 && command->options &&
						 is_own_word(command->synopsis, argv[2]));
			help_one(program, command);
			return own ? LS_EXIT_HOLDS : LS_EXIT_USAGE;
		}
	return -1;
}

static int dispatch(const char *program, const struct ls_command_table *tables, size_t count,
		    int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "%s: which command? '%s help' lists them\n", program, program);
		return LS_EXIT_USAGE;
	}
	const char *name = argv[1];
	if (strcmp(name, "--version") == 0) {
		printf("%s %s\n", program, LABSEAL_VERSION);
		return LS_EXIT_HOLDS;
	}
	if (strcmp(name, "--complete") == 0)
		return complete(tables, count);
	int is_help = strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 ||
		      strcmp(name, "-h") == 0;
	if (is_help && argc < 3)
		return help(program, tables, count);
	const struct ls_command *command = find(tables, count, is_help ? argv[2] : name);
	if (!command)
		return unknown(program, tables, count, is_help ? argv[2] : name);
	if (is_help)
		return help_one(program, command);
	/* one that has commands of its own leaves theirs to them */
	int status = command->options || argc == 3 ? help_among(program, command, argc, argv) : -1;
	return status >= 0 ? status : command->run(argc - 1, argv + 1);
}

int ls_command_dispatch(const char *program, const struct ls_command_table *tables, size_t count,
			int argc, char **argv)
{
	ls_command_keep_standard();
	signal(SIGXFSZ, SIG_IGN); /* told as a full disk is, and no half of a file stays */
	int status = dispatch(program, tables, count, argc, argv);
	return finish(program, argc > 1 ? argv[1] : "", status);
}

bool ls_command_answered(const char *program, const char *usage, int argc, char **argv)
{
	if (argc != 2)
		return false;
	if (strcmp(argv[1], "--version") == 0)
		printf("%s %s\n", program, LABSEAL_VERSION);
	else if (strcmp(argv[1], "--help") == 0)
		fputs(usage, stdout);
	else
		return false;
	return true;
}
