/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/command.h"

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

TEST(the_nearest_name_is_found_and_nonsense_is_not)
{
	static const char *const names[] = { "verify", "status", "provision" };
	CHECK_STR_EQ(ls_nearest_name("verfiy", names, 3), "verify");
	CHECK_STR_EQ(ls_nearest_name("provison", names, 3), "provision");
	CHECK(ls_nearest_name("qqqqqq", names, 3) == NULL);
	CHECK(ls_nearest_name("", names, 3) == NULL);
}

TEST_MAIN()
