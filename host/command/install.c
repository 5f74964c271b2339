/* SPDX-License-Identifier: Apache-2.0 */
/* labseal install: the machine's install phase, by labseald in the place of this process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "lib/base/options.h"
#include "lib/proc/child.h"

/* A regular file, by a path that holds from any folder. */
static int find_medium(const char *given, const char *what, char path[static PATH_MAX],
		       struct ls_error *err)
{
	struct stat st;
	if (!realpath(given, path) || stat(path, &st) < 0)
		return ls_fail_errno(err, errno, "install.medium", "cannot find the %s '%s'", what,
				     given);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return ls_fail(err, -EINVAL, "install.medium",
			       "the %s '%s' is no image file; a disc is made one of with 'dd'",
			       what, given);
	return 0;
}

int ls_cmd_install(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_error err;
	const char *path, *cdrom = NULL, *floppy = NULL;
	static char program[PATH_MAX], cdrom_path[PATH_MAX], floppy_path[PATH_MAX];
	const struct ls_option options[] = { { "--cdrom", NULL, &cdrom },
					     { "--floppy", NULL, &floppy } };
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 2, "policy", &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != LS_EXIT_HOLDS)
		return rc;
	rc = cdrom ? find_medium(cdrom, "CD", cdrom_path, &err) : 0;
	if (rc == 0 && floppy)
		rc = find_medium(floppy, "floppy", floppy_path, &err);
	if (rc == 0 && !policy->vm.disk.path[0])
		rc = ls_fail(&err, -EINVAL, "disk.none",
			     "the machine '%s' boots a kernel and has no disk to install on",
			     policy->vm.name);
	if (rc == 0)
		rc = ls_program_path("labseald", program, sizeof(program), &err);
	if (rc < 0)
		return ls_cmd_fail(argv[0], &err);
	const char *words[10] = { program, "--install" };
	size_t n = 2;
	if (cdrom) {
		words[n++] = "--cdrom";
		words[n++] = cdrom_path;
	}
	if (floppy) {
		words[n++] = "--floppy";
		words[n++] = floppy_path;
	}
	words[n++] = "--"; /* the policy may be called anything */
	words[n++] = path;
	execv(program, (char *const *)words);
	ls_fail_errno(&err, errno, "command.install", "cannot start '%s'", program);
	ls_cmd_fail(argv[0], &err);
	return LS_EXIT_FAILED;
}
