/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/secret_memory.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/test.h"

#ifndef LABSEAL_SANITIZE /* the sanitizers make nothing of mlockall */
/* KiB of this process that are locked; -1: unknown. */
static long locked(void)
{
	char line[256];
	long n = -1;
	FILE *f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %ld kB", &n) == 1)
			break;
	if (f)
		fclose(f);
	return n;
}

/* In a child under a limit of this many bytes (RLIM_INFINITY: as it is here), as one who may not
 * pass it: 0 as it should be. */
static int under(rlim_t limit, int code, long least)
{
	const struct rlimit r = { limit, limit };
	struct ls_error err = { 0 };
	pid_t pid = fork();
	int status = -1;
	if (pid == 0) {
		if (limit != RLIM_INFINITY && setrlimit(RLIMIT_MEMLOCK, &r) < 0)
			_exit(2);
		if (limit != RLIM_INFINITY && geteuid() == 0 && setuid(65534) < 0)
			_exit(3);
		int rc = ls_secret_memory(&err);
		_exit(rc == code && locked() >= least && prctl(PR_GET_DUMPABLE) == 0 &&
				      (rc == 0 || strcmp(err.id, "memory.lock") == 0)
			      ? 0
			      : 1);
	}
	waitpid(pid, &status, 0);
	return status;
}

TEST(memory_is_locked_as_far_as_the_limit_allows)
{
	CHECK_INT_EQ(under(RLIM_INFINITY, 0, 256), 0);
	CHECK_INT_EQ(under(1 << 20, 0, 256), 0); /* the stack */
	CHECK_INT_EQ(under(0, -EPERM, 0), 0);
}
#else
TEST(memory_is_locked_as_far_as_the_limit_allows)
{
	TEST_SKIP("the sanitizers make nothing of mlockall");
}
#endif

TEST_MAIN()
