/* SPDX-License-Identifier: Apache-2.0 */
/* `labseal witness`: labseal-witness, a program of its own that needs nothing of an instrument. */
#include <errno.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/proc/child.h"

int ls_cmd_witness(int argc, char **argv)
{
	char program[4096];
	struct ls_error err = { 0 };
	(void)argc;
	if (ls_program_path("labseal-witness", program, sizeof(program), &err) == 0) {
		argv[0] = program;
		execv(program, argv);
		ls_fail_errno(&err, errno, "command.witness", "cannot run '%s'", program);
	}
	ls_log_error(&err);
	return LS_EXIT_FAILED;
}
