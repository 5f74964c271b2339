/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/test.h"

static const char *const BASIC[] = { LS_CONFINE_BASIC_SYSCALLS, NULL };
static const char *const WITH_FILES[] = { LS_CONFINE_BASIC_SYSCALLS,
					  "openat",
					  "socket",
					  "connect",
					  "prctl",
					  "prlimit64",
					  "getrlimit",
					  NULL };

/* What a confined process tries; its return value is the exit status. */
typedef int attempt(void);

static int try_nothing(void)
{
	return 0;
}

static int try_open_passwd(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int try_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int try_limits(void)
{
	struct rlimit core;
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
		return 1;
	return prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 2;
}

/* The wait status of a child that confines itself and then makes an attempt. */
static int confined(const char *const *syscalls, attempt *make)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct ls_confinement c = { .syscalls = syscalls };
		unsigned missing = 0;
		struct ls_error err;
		if (ls_confine(&c, &missing, &err) < 0) {
			fprintf(stderr, "%s\n", err.message);
			_exit(250);
		}
		if (missing & LS_CONFINE_LANDLOCK)
			_exit(251);
		_exit(make());
	}
	int status = -1;
	waitpid(pid, &status, 0);
	return status;
}

TEST(a_confined_process_can_still_end)
{
	CHECK_INT_EQ(confined(BASIC, try_nothing), 0);
}

TEST(a_syscall_off_the_list_kills)
{
#ifdef LABSEAL_SANITIZE
	TEST_SKIP("the sanitizer's own calls are on the list");
#endif
	CHECK_INT_EQ(WTERMSIG(confined(BASIC, try_open_passwd)), SIGSYS);
	CHECK_INT_EQ(WTERMSIG(confined(BASIC, try_socket)), SIGSYS);
	CHECK_INT_EQ(WTERMSIG(confined(BASIC, try_exec)), SIGSYS);
}

TEST(landlock_closes_the_file_system)
{
	int status = confined(WITH_FILES, try_open_passwd);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 251)
		TEST_SKIP("this kernel has no Landlock");
	CHECK_INT_EQ(WEXITSTATUS(status), EACCES);
}

TEST(no_core_dumps_no_ptrace_no_new_privileges)
{
	CHECK_INT_EQ(confined(WITH_FILES, try_limits), 0);
}

#define MEMORY (64u << 20)

#define MAY_NOT 251 /* raising the limit takes CAP_SYS_RESOURCE, which not every root has */

/* What locking leaves missing for an ordinary user with this limit; 250: it failed. */
static int locked_with(rlim_t limit)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct ls_confinement c = { .lock_memory = true, .memory_max = MEMORY };
		struct rlimit l = { limit, limit };
		unsigned missing = 0;
		if (setrlimit(RLIMIT_MEMLOCK, &l) < 0)
			_exit(errno == EPERM ? MAY_NOT : 250);
		if ((geteuid() == 0 && setresuid(12345, 12345, 12345) < 0) ||
		    ls_confine(&c, &missing, NULL) < 0)
			_exit(250);
		_exit((int)(missing & LS_CONFINE_MEMORY));
	}
	int status = -1;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(memory_is_locked_whole_or_said_to_be_missing)
{
#ifdef LABSEAL_SANITIZE
	TEST_SKIP("a sanitized program maps terabytes");
#endif
	CHECK_INT_EQ(locked_with(64 << 10), LS_CONFINE_MEMORY);
	int whole = locked_with(MEMORY);
	if (whole == MAY_NOT)
		TEST_SKIP("who runs this may not raise the limit");
	CHECK_INT_EQ(whole, 0);
	/* enough for now, and not for what it may come to need */
	CHECK_INT_EQ(locked_with(MEMORY - 4096), LS_CONFINE_MEMORY);
}

TEST(what_is_missing_is_said)
{
	char text[100];
	CHECK_STR_EQ(ls_confine_missing_text(0, text, sizeof(text)), "nothing");
	CHECK_STR_EQ(
		ls_confine_missing_text(LS_CONFINE_USER | LS_CONFINE_SECCOMP, text, sizeof(text)),
		"own user, seccomp");
	CHECK_STR_EQ(
		ls_confine_missing_text(LS_CONFINE_ROOT | LS_CONFINE_MEMORY, text, sizeof(text)),
		"own root, locked memory");
}

TEST(a_user_that_does_not_exist_is_missing_not_ignored)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct ls_confinement c = { .user = "_labseal-nobody-has-this" };
		unsigned missing = 0;
		_exit(ls_confine(&c, &missing, NULL) == 0 && (missing & LS_CONFINE_USER) ? 0 : 1);
	}
	int status = -1;
	waitpid(pid, &status, 0);
	CHECK_INT_EQ(status, 0);
}

/* What a program's beginning says of a user that is not there; the status that it would end with.
 */
static int begun(bool development, char said[static 256])
{
	int ends[2];
	if (pipe(ends) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		const struct ls_confinement c = { .user = "_labseal-nobody-has-this" };
		dup2(ends[1], STDERR_FILENO);
		_exit(ls_confine_or_refuse(&c, "test.unconfined", development));
	}
	int status = -1;
	close(ends[1]);
	ssize_t n = read(ends[0], said, 255);
	said[n > 0 ? n : 0] = '\0';
	close(ends[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(what_begins_unconfined_is_refused_but_in_development)
{
	char said[256];
	CHECK_INT_EQ(begun(false, said), LS_EXIT_UNCONFINED);
	CHECK_STR_HAS(said, "error: test.unconfined: this machine does not offer: own user");
	CHECK_STR_HAS(said, "refusing to work without");
	CHECK_INT_EQ(begun(true, said), 0);
	CHECK_STR_HAS(said, "info: test.unconfined: ");
	CHECK_STR_HAS(said, "(development)");
}

TEST_MAIN()
