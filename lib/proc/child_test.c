/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"

/* Run a shell line whose output comes back; its status is returned. */
static int run_shell(const char *line, char *output, size_t size)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	const char *const argv[] = { "sh", "-c", line, NULL };
	struct ls_child_fd map[] = { { fds[1], 1 } };
	struct ls_child_spec spec = { .path = "/bin/sh", .argv = argv, .fds = map, .fd_count = 1 };
	pid_t pid;
	struct ls_error err;
	int rc = ls_child_spawn(&spec, &pid, &err), status = -1;
	close(fds[1]);
	size_t used = 0;
	for (ssize_t n = 1; rc == 0 && n > 0 && used < size - 1; used += (size_t)n)
		if ((n = read(fds[0], output + used, size - 1 - used)) <= 0)
			break;
	output[used] = '\0';
	close(fds[0]);
	if (rc == 0)
		ls_child_wait(pid, 5000, &status);
	return status;
}

TEST(a_child_has_no_environment_and_only_its_descriptors)
{
	char output[1000];
	int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	setenv("LABSEAL_LEAK", "1", 1);
	CHECK_INT_EQ(run_shell("env | grep -c LEAK; ls /proc/self/fd | tr '\\n' ' '", output,
			       sizeof(output)),
		     0);
	close(leak);
	/* 3 is ls's own */
	CHECK_STR_EQ(output, "0\n0 1 2 3 ");
}

TEST(descriptors_may_swap_numbers)
{
	int a[2], b[2];
	REQUIRE(pipe(a) == 0 && pipe(b) == 0);
	const char *const argv[] = { "sh", "-c", "echo to-a >&8; echo to-b >&9", NULL };
	int low = dup2(a[1], 9), high = dup2(b[1], 8);
	struct ls_child_fd map[] = { { low, 8 }, { high, 9 } };
	struct ls_child_spec spec = { .path = "/bin/sh", .argv = argv, .fds = map, .fd_count = 2 };
	pid_t pid;
	int status;
	REQUIRE(ls_child_spawn(&spec, &pid, NULL) == 0);
	CHECK_INT_EQ(ls_child_wait(pid, 5000, &status), 1);
	char text[10] = { 0 };
	CHECK_INT_EQ(read(a[0], text, 9), 5);
	CHECK_STR_EQ(text, "to-a\n");
	for (int i = 0; i < 2; i++)
		close(a[i]), close(b[i]);
	close(8);
	close(9);
}

TEST(a_program_that_is_not_there_is_named)
{
	const char *const argv[] = { "x", NULL };
	struct ls_child_spec spec = { .path = "/nonexistent/x", .argv = argv };
	pid_t pid = 0;
	struct ls_error err;
	CHECK_INT_EQ(ls_child_spawn(&spec, &pid, &err), -ENOENT);
	CHECK_STR_HAS(err.message, "'/nonexistent/x'");
	CHECK_INT_EQ(pid, 0);
}

TEST(waiting_times_out_and_stopping_kills)
{
	const char *const argv[] = { "sh", "-c", "trap '' TERM; while :; do sleep 1; done", NULL };
	struct ls_child_spec spec = { .path = "/bin/sh", .argv = argv, .own_group = true };
	pid_t pid;
	int status;
	REQUIRE(ls_child_spawn(&spec, &pid, NULL) == 0);
	CHECK_INT_EQ(ls_child_wait(pid, 50, &status), 0);
	ls_child_stop(pid, 100);
	CHECK_INT_EQ(kill(pid, 0), -1);
	CHECK_INT_EQ(errno, ESRCH);
}

/* Also one that nobody has waited for yet. */
static bool has_ended(pid_t pid)
{
	char state[64], path[64];
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	_cleanup_file_ FILE *f = fopen(path, "r");
	return !f || !fgets(state, sizeof(state), f) || strstr(state, ") Z ");
}

TEST(a_child_does_not_outlive_its_parent)
{
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	pid_t middle = fork();
	if (middle == 0) {
		const char *const argv[] = { "sleep", "60", NULL };
		struct ls_child_spec spec = { .path = "/bin/sleep",
					      .argv = argv,
					      .death_signal = SIGKILL };
		pid_t pid = 0;
		ls_child_spawn(&spec, &pid, NULL);
		ssize_t n = write(fds[1], &pid, sizeof(pid));
		_exit(n == sizeof(pid) ? 0 : 1);
	}
	pid_t pid = 0;
	CHECK_INT_EQ(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	waitpid(middle, NULL, 0);
	REQUIRE(pid > 0);
	/* it is init's now; gone or about to be */
	for (int i = 0; i < 6000 && !has_ended(pid); i++)
		usleep(10000);
	CHECK(has_ended(pid));
	close(fds[0]);
	close(fds[1]);
}

TEST(ends_are_described)
{
	char text[100];
	CHECK_STR_EQ(ls_child_describe(3 << 8, text, sizeof(text)), "ended with status 3");
	CHECK_STR_EQ(ls_child_describe(9, text, sizeof(text)), "was killed by signal 9 (Killed)");
}

TEST(a_missing_program_of_ours_is_named)
{
	char path[4096];
	struct ls_error err;
	CHECK_INT_EQ(ls_program_path("labseal-nothing", path, sizeof(path), &err), -ENOENT);
	CHECK_STR_HAS(err.message, "labseal-nothing");
}

/* What was waited for elsewhere is gone, and another process may have its number. */
TEST(what_is_no_child_is_not_stopped)
{
	int alive[2];
	pid_t other = 0;
	REQUIRE(pipe(alive) == 0);
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();
		if (grandchild == 0) {
			close(alive[0]);
			pause();
		}
		_exit(write(alive[1], &grandchild, sizeof(grandchild)) != sizeof(grandchild));
	}
	close(alive[1]);
	REQUIRE(child > 0 && waitpid(child, NULL, 0) == child);
	REQUIRE(read(alive[0], &other, sizeof(other)) == sizeof(other) && other > 1);
	ls_child_stop(other, 0);
	struct pollfd p = { alive[0], POLLIN, 0 };
	CHECK_INT_EQ(poll(&p, 1, 100), 0);
	kill(other, SIGKILL);
	CHECK_INT_EQ(poll(&p, 1, 10000), 1);
	close(alive[0]);
}

TEST_MAIN()
