/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/accounts.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/test.h"

#define NOBODYS 3999999999U /* above what useradd gives, with no process */

/* One that hides its files from others, as labseal's programs do; as root with a user of its own.
 */
static pid_t start(uid_t uid)
{
	int ready[2];
	char said;
	if (pipe(ready) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, "a-labseal-test");
		if ((geteuid() == 0 && setresuid(uid, uid, uid) < 0) ||
		    prctl(PR_SET_DUMPABLE, 0) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	bool is = read(ready[0], &said, 1) == 1;
	close(ready[0]);
	close(ready[1]);
	return is ? pid : -1;
}

TEST(who_runs_as_a_user_is_found)
{
	char name[LS_PROCESS_NAME_SIZE] = "";
	/* as root one of this process's own: this test may run twice at a time */
	uid_t uid = geteuid() == 0 ? NOBODYS - (uid_t)getpid() : geteuid();
	pid_t pid = start(uid);
	REQUIRE(pid > 0);
	pid_t found = ls_account_process(uid, name);
	if (geteuid() == 0) {
		CHECK_INT_EQ(found, pid);
		CHECK_STR_EQ(name, "a-labseal-test");
	} else {
		CHECK(found > 0); /* of this user's some */
		CHECK(name[0]);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (geteuid() == 0)
		CHECK_INT_EQ(ls_account_process(uid, name), 0);
}

TEST(a_user_without_processes_has_none)
{
	char name[LS_PROCESS_NAME_SIZE];
	CHECK_INT_EQ(ls_account_process(NOBODYS, name), 0);
}

TEST_MAIN()
