/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define STOP_MS 2000

static char place[64];
static struct ls_run run;
static int notes[2]; /* the worker and its orphan write their numbers here */

static bool setup(void)
{
	struct ls_error err;
	snprintf(place, sizeof(place), "/tmp/labseal-test-XXXXXX");
	if (!mkdtemp(place) || pipe2(notes, O_CLOEXEC) < 0)
		return false;
	int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && ls_run_create(fd, &run, &err) == 0;
}

static void teardown(void)
{
	close(run.state_fd);
	close(notes[0]);
	close(notes[1]);
	ls_remove_tree(AT_FDCWD, place, NULL);
}

static void note(void)
{
	pid_t pid = getpid();
	ssize_t n = write(notes[1], &pid, sizeof(pid));
	(void)n;
}

/* A process that its parent lets go of, in a session of its own, as QEMU is; it ignores SIGTERM. */
static void let_go_of_one(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			signal(SIGTERM, SIG_IGN);
			note();
			for (;;)
				pause();
		}
		_exit(0);
	}
	wait(NULL);
}

static int work_and_return(void *context)
{
	note();
	return *(int *)context;
}

static int work_for_ever(void *context)
{
	(void)context;
	note();
	let_go_of_one();
	for (;;)
		pause();
	return 0;
}

static int work_until_told(void *context)
{
	sigset_t set;
	int number;
	(void)context;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	note();
	let_go_of_one();
	sigwait(&set, &number);
	return LS_EXIT_HOLDS;
}

static int work_and_ignore(void *context)
{
	signal(SIGTERM, SIG_IGN);
	return work_for_ever(context);
}

static pid_t next_noted(void)
{
	pid_t pid = 0;
	return read(notes[0], &pid, sizeof(pid)) == (ssize_t)sizeof(pid) ? pid : 0;
}

static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 6000; i++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return true;
		usleep(10000);
	}
	return false;
}

/* The guard as a child, so that it can be killed too. */
static pid_t start_guard(int (*work)(void *context), void *context)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(ls_guard(work, context, &run, STOP_MS, -1));
	return pid;
}

static int status_of(pid_t pid)
{
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST(the_workers_status_is_the_guards)
{
	int status = 3;
	REQUIRE(setup());
	CHECK_INT_EQ(status_of(start_guard(work_and_return, &status)), 3);
	CHECK(access(run.folder, F_OK) < 0);
	teardown();
}

TEST(a_killed_worker_leaves_nothing)
{
	REQUIRE(setup());
	pid_t guard = start_guard(work_for_ever, NULL);
	pid_t worker = next_noted(), orphan = next_noted();
	kill(worker, SIGKILL);
	CHECK_INT_EQ(status_of(guard), LS_EXIT_FAILED);
	CHECK(is_gone(worker) && is_gone(orphan));
	CHECK(access(run.folder, F_OK) < 0);
	teardown();
}

TEST(a_signal_is_passed_on_and_the_orphan_ended)
{
	REQUIRE(setup());
	pid_t guard = start_guard(work_until_told, NULL);
	pid_t worker = next_noted(), orphan = next_noted();
	kill(guard, SIGINT);
	CHECK_INT_EQ(status_of(guard), LS_EXIT_HOLDS);
	CHECK(is_gone(worker) && is_gone(orphan));
	CHECK(access(run.folder, F_OK) < 0);
	teardown();
}

TEST(a_worker_that_does_not_stop_is_killed)
{
	REQUIRE(setup());
	pid_t guard = start_guard(work_and_ignore, NULL);
	pid_t worker = next_noted(), orphan = next_noted();
	kill(guard, SIGTERM);
	CHECK_INT_EQ(status_of(guard), LS_EXIT_FAILED);
	CHECK(is_gone(worker) && is_gone(orphan));
	teardown();
}

TEST(a_worker_without_guard_stops_and_cleans_up_itself)
{
	REQUIRE(setup());
	pid_t guard = start_guard(work_until_told, NULL);
	pid_t worker = next_noted(), orphan = next_noted();
	kill(guard, SIGKILL);
	CHECK_INT_EQ(status_of(guard), -SIGKILL);
	CHECK(is_gone(worker) && is_gone(orphan));
	CHECK(access(run.folder, F_OK) < 0);
	teardown();
}

TEST_MAIN()
