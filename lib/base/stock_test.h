/* SPDX-License-Identifier: Apache-2.0 */
/* Tools that know nothing of labseal, as judges of what it writes.  For tests. */
#ifndef LABSEAL_LIB_BASE_STOCK_TEST_H
#define LABSEAL_LIB_BASE_STOCK_TEST_H

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run a command in the folder, its output thrown away; its exit status, 127 when it is not there.
 */
static inline int run_stock(const char *folder, const char *const *argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (chdir(folder) < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
		    dup2(null, 2) < 0)
			_exit(126);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

#endif
