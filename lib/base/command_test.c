/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/command.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/exit.h"
#include "lib/base/test.h"

static int ran_with; /* argc of the last run */

static int run(int argc, char **argv)
{
	ran_with = strcmp(argv[0], "verify") == 0 ? argc : -1;
	return LS_EXIT_DOES_NOT_HOLD;
}

static const struct ls_command COMMANDS[] = {
	{ "verify", "SHARE", "check a share", "--json", run },
	{ "status", "POLICY", "say how it stands", NULL, run },
};
static const struct ls_command_table TABLE = { COMMANDS, 2 };

static int dispatch(int argc, char **argv)
{
	ran_with = 0;
	return ls_command_dispatch("labseal", &TABLE, 1, argc, argv);
}

TEST(a_command_gets_its_arguments)
{
	char *argv[] = { "labseal", "verify", "x", NULL };
	CHECK_INT_EQ(dispatch(3, argv), LS_EXIT_DOES_NOT_HOLD);
	CHECK_INT_EQ(ran_with, 2);
}

TEST(no_command_and_an_unknown_one_are_usage)
{
	char *none[] = { "labseal", NULL };
	char *wrong[] = { "labseal", "verfy", NULL };
	CHECK_INT_EQ(dispatch(1, none), LS_EXIT_USAGE);
	CHECK_INT_EQ(dispatch(2, wrong), LS_EXIT_USAGE);
	CHECK_INT_EQ(ran_with, 0);
}

static int say_much(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("a result\n");
	return LS_EXIT_HOLDS;
}

/* In a process of its own with standard output on this, or closed (-1). */
static int status_with_output(int output)
{
	static const struct ls_command commands[] = { { "say", "", "say it", NULL, say_much } };
	const struct ls_command_table table = { commands, 1 };
	char *argv[] = { "labseal", "say", NULL };
	int status = -1;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		if (output >= 0)
			dup2(output, STDOUT_FILENO);
		else
			close(STDOUT_FILENO);
		_exit(ls_command_dispatch("labseal", &table, 1, 2, argv));
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
									       : -1;
}

TEST(a_result_that_cannot_be_written_is_none)
{
	int full = open("/dev/full", O_WRONLY), null = open("/dev/null", O_WRONLY);
	CHECK_INT_EQ(status_with_output(null), LS_EXIT_HOLDS);
	CHECK_INT_EQ(status_with_output(full), LS_EXIT_FAILED);
	CHECK_INT_EQ(status_with_output(-1), LS_EXIT_FAILED);
	close(full);
	close(null);
}

/* Run as root, labseald with closed descriptors would else write its log into its state. */
TEST(a_file_does_not_take_the_place_of_a_closed_standard_descriptor)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		char c;
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			close(fd);
		ls_command_keep_standard();
		bool kept = open("/dev/null", O_RDWR) > STDERR_FILENO;
		kept = kept && read(STDIN_FILENO, &c, 1) < 0 && errno == EBADF;
		kept = kept && write(STDOUT_FILENO, "x", 1) < 0 && errno == EBADF;
		kept = kept && write(STDERR_FILENO, "x", 1) < 0 && errno == EBADF;
		_exit(kept ? 0 : 1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

TEST(a_subcommand_is_found_by_its_last_word)
{
	static const struct ls_command subcommands[] = {
		{ "cal verify", "DEVICE", "trace it", NULL, run },
	};
	const struct ls_command_table table = { subcommands, 1 };
	char *argv[] = { "labseal cal", "verify", "x", NULL };
	char *whole[] = { "labseal cal", "cal verify", "x", NULL };
	CHECK_INT_EQ(ls_command_dispatch("labseal cal", &table, 1, 3, argv), LS_EXIT_DOES_NOT_HOLD);
	CHECK_INT_EQ(ls_command_dispatch("labseal cal", &table, 1, 3, whole), LS_EXIT_USAGE);
}

TEST(help_runs_nothing)
{
	char *one[] = { "labseal", "verify", "--help", NULL };
	char *two[] = { "labseal", "help", "verify", NULL };
	char *three[] = { "labseal", "--version", NULL };
	CHECK_INT_EQ(dispatch(3, one), LS_EXIT_HOLDS);
	CHECK_INT_EQ(dispatch(3, two), LS_EXIT_HOLDS);
	CHECK_INT_EQ(dispatch(2, three), LS_EXIT_HOLDS);
	CHECK_INT_EQ(ran_with, 0);
}

/* 0 says that what was asked for holds, and a file may be called --help. */
TEST(help_among_other_words_runs_nothing_and_is_no_success)
{
	char *among[] = { "labseal", "verify", "share", "--help", NULL };
	char *first[] = { "labseal", "verify", "--help", "share", NULL };
	char *value[] = { "labseal", "verify", "--trust", "--help", NULL };
	char *shown[] = { "labseal", "verify", "SHARE", "-h", NULL };
	CHECK_INT_EQ(dispatch(4, among), LS_EXIT_USAGE);
	CHECK_INT_EQ(ran_with, 0);
	CHECK_INT_EQ(dispatch(4, first), LS_EXIT_USAGE);
	CHECK_INT_EQ(ran_with, 0);
	CHECK_INT_EQ(dispatch(4, value), LS_EXIT_USAGE);
	CHECK_INT_EQ(ran_with, 0);
	CHECK_INT_EQ(dispatch(4, shown), LS_EXIT_USAGE);
	CHECK_INT_EQ(ran_with, 0);
}

TEST(help_behind_a_commands_own_word_is_its_help)
{
	static const struct ls_command commands[] = {
		{ "verify", "init FILE | sign --key FILE REQUEST", "keys", "--key", run },
	};
	const struct ls_command_table table = { commands, 1 };
	char *own[] = { "labseal", "verify", "sign", "--help", NULL };
	char *part[] = { "labseal", "verify", "sig", "--help", NULL };
	char *more[] = { "labseal", "verify", "sign", "x", "--help", NULL };
	ran_with = 0;
	CHECK_INT_EQ(ls_command_dispatch("labseal", &table, 1, 4, own), LS_EXIT_HOLDS);
	CHECK_INT_EQ(ls_command_dispatch("labseal", &table, 1, 4, part), LS_EXIT_USAGE);
	CHECK_INT_EQ(ls_command_dispatch("labseal", &table, 1, 5, more), LS_EXIT_USAGE);
	CHECK_INT_EQ(ran_with, 0);
}

TEST(what_stands_behind_two_dashes_is_a_file)
{
	char *file[] = { "labseal", "verify", "--", "--help", NULL };
	CHECK_INT_EQ(dispatch(4, file), LS_EXIT_DOES_NOT_HOLD);
	CHECK_INT_EQ(ran_with, 3);
}

TEST(the_nearest_name_is_found_and_nonsense_is_not)
{
	static const char *const names[] = { "verify", "status", "provision" };
	CHECK_STR_EQ(ls_nearest_name("verfiy", names, 3), "verify");
	CHECK_STR_EQ(ls_nearest_name("provison", names, 3), "provision");
	CHECK(ls_nearest_name("qqqqqq", names, 3) == NULL);
	CHECK(ls_nearest_name("", names, 3) == NULL);
}

TEST_MAIN()
