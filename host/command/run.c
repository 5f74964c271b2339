/* SPDX-License-Identifier: Apache-2.0 */
/* labseal run: labseald in the foreground, in the place of this process. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "lib/base/options.h"
#include "lib/proc/child.h"

int ls_cmd_run(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_error err;
	const char *path;
	char program[PATH_MAX];
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, NULL, 0, "policy", &path);
	if (rc != 0)
		return rc;
	/* here, so that the faults of a policy look the same from every command */
	rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != LS_EXIT_HOLDS)
		return rc;
	if (ls_program_path("labseald", program, sizeof(program), &err) < 0)
		return ls_cmd_fail(argv[0], &err);
	char dashes[] = "--"; /* the policy may be called anything */
	char *const arguments[] = { program, dashes, (char *)path, NULL };
	execv(program, arguments);
	ls_fail_errno(&err, errno, "command.run", "cannot start '%s'", program);
	ls_cmd_fail(argv[0], &err);
	return LS_EXIT_FAILED;
}
