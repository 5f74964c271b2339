/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/demo_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/proc/child.h"

#define ARGUMENTS_MAX 8
#define LOOK_MS	      50   /* how often a signal is looked for */
#define GRACE_MS      5000 /* for a command to end by itself */

static volatile sig_atomic_t caught;

static void note_signal(int number)
{
	caught = number;
}

void ls_demo_catch_signals(void)
{
	const struct sigaction action = { .sa_handler = note_signal };
	caught = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int ls_demo_signal(void)
{
	return caught;
}

void ls_demo_sleep(int ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	if (!caught)
		nanosleep(&t, NULL);
}

static int wait_for(pid_t pid, int *ret_status, struct ls_error *err)
{
	for (;;) {
		int rc = ls_child_wait(pid, LOOK_MS, ret_status);
		if (rc == 1)
			return 0;
		if (rc < 0)
			return ls_fail_errno(err, -rc, "demo.wait", "cannot wait for a command");
		if (caught) {
			ls_child_stop(pid, GRACE_MS);
			return ls_fail(err, -EINTR, "demo.signal", "interrupted");
		}
	}
}

/* What was written to the memory file. */
static int collect(int fd, struct ls_buffer *said, struct ls_error *err)
{
	char bytes[4096];
	ssize_t n;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return ls_fail_errno(err, errno, "demo.output", "cannot read a command's output");
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		if (ls_buffer_add(said, bytes, (size_t)n) < 0)
			break; /* more than anybody wants to read */
	return 0;
}

static int spawn(const char *const *arguments, int output, pid_t *ret_pid, struct ls_error *err)
{
	const char *argv[ARGUMENTS_MAX + 2] = { "labseal" };
	for (size_t i = 0; i < ARGUMENTS_MAX && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	struct ls_child_fd fds[] = {
		{ output >= 0 ? output : STDOUT_FILENO, STDOUT_FILENO },
		{ output >= 0 ? output : STDERR_FILENO, STDERR_FILENO },
	};
	const struct ls_child_spec spec = {
		.path = "/proc/self/exe",
		.argv = argv,
		.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = 2,
		.death_signal = SIGTERM,
		.own_group = true,
	};
	return ls_child_spawn(&spec, ret_pid, err);
}

int ls_demo_command(const char *const *arguments, struct ls_buffer *said, int *ret_status,
		    struct ls_error *err)
{
	_cleanup_close_ int output = said ? memfd_create("labseal-demo", MFD_CLOEXEC) : -1;
	if (said && output < 0)
		return ls_fail_errno(err, errno, "demo.output", "cannot make a memory file");
	pid_t pid = 0;
	int status = 0;
	int rc = spawn(arguments, output, &pid, err);
	if (rc == 0)
		rc = wait_for(pid, &status, err);
	if (said && output >= 0)
		collect(output, said, NULL);
	if (rc < 0)
		return rc;
	if (!WIFEXITED(status)) {
		char what[64];
		return ls_fail(err, -EIO, "demo.command", "'labseal %s' %s", arguments[0],
			       ls_child_describe(status, what, sizeof(what)));
	}
	*ret_status = WEXITSTATUS(status);
	return 0;
}

int ls_demo_labseald(const char *policy, int log_fd, pid_t *ret_pid, struct ls_error *err)
{
	char program[PATH_MAX];
	int rc = ls_program_path("labseald", program, sizeof(program), err);
	if (rc < 0)
		return rc;
	const char *argv[] = { "labseald", policy, NULL };
	const struct ls_child_fd fds[] = { { log_fd, STDERR_FILENO } };
	const struct ls_child_spec spec = {
		.path = program,
		.argv = argv,
		.envp = (const char *const *)environ,
		.fds = fds,
		.fd_count = 1,
		.death_signal = SIGTERM, /* it then stops the machine in order */
		.own_group = true,
	};
	return ls_child_spawn(&spec, ret_pid, err);
}
