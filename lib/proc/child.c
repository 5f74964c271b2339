/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

#ifndef LABSEAL_LIBEXECDIR
#define LABSEAL_LIBEXECDIR "/usr/local/libexec/labseal"
#endif

#define FIRST_FREE_FD                                                               \
	64 /* descriptors are moved up here first, so that no target is overwritten \
	    */
#define POLL_MS 10

void ls_child_reset_signals(void)
{
	for (int s = 1; s < NSIG; s++)
		signal(s, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Give the standard descriptors that are not named something harmless. */
static int default_standard_fds(const struct ls_child_fd *fds, size_t count)
{
	bool named[3] = { false, false, true };
	for (size_t i = 0; i < count; i++)
		if (fds[i].to < 3)
			named[fds[i].to] = true;
	for (int fd = 0; fd < 2; fd++) {
		if (named[fd])
			continue;
		int null = open("/dev/null", O_RDWR);
		if (null < 0 || (null != fd && dup2(null, fd) < 0))
			return -errno;
		if (null > 2)
			close(null);
	}
	return 0;
}

int ls_child_arrange_fds(const struct ls_child_fd *fds, size_t count, int *keep_fd)
{
	int moved[LS_CHILD_FDS_MAX];
	int highest = 2;
	if (count > LS_CHILD_FDS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		moved[i] = fcntl(fds[i].from, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
		if (moved[i] < 0)
			return -errno;
		if (fds[i].to > highest)
			highest = fds[i].to;
	}
	int report = fcntl(*keep_fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (report < 0)
		return -errno;
	*keep_fd = report;
	int rc = default_standard_fds(fds, count);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < count; i++)
		if (dup2(moved[i], fds[i].to) < 0)
			return -errno;
	for (int fd = 3; fd <= highest; fd++) {
		bool named = false;
		for (size_t i = 0; i < count; i++)
			named = named || fds[i].to == fd;
		if (!named)
			close(fd);
	}
	/* the rest goes at exec; the report pipe with it */
	return close_range((unsigned)highest + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

/* In the child; returns only on failure. */
static int become(const struct ls_child_spec *spec, pid_t parent, int *report_fd)
{
	static const char *const empty[] = { NULL };
	ls_child_reset_signals();
	if (spec->own_group && setpgid(0, 0) < 0)
		return -errno;
	if (spec->death_signal && prctl(PR_SET_PDEATHSIG, spec->death_signal) < 0)
		return -errno;
	/* it may have died before the prctl */
	if (spec->death_signal && getppid() != parent)
		return -ESRCH;
	int rc = ls_child_arrange_fds(spec->fds, spec->fd_count, report_fd);
	if (rc < 0)
		return rc;
	execve(spec->path, (char *const *)spec->argv,
	       (char *const *)(spec->envp ? spec->envp : empty));
	return -errno;
}

/* The child's errno when it could not become the program, 0 when it did. */
static int read_report(int fd)
{
	int report = 0;
	ssize_t n;
	do
		n = read(fd, &report, sizeof(report));
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof(report) ? report : 0;
}

int ls_child_spawn(const struct ls_child_spec *spec, pid_t *ret_pid, struct ls_error *err)
{
	if (spec->fd_count > LS_CHILD_FDS_MAX)
		return ls_fail(err, -EINVAL, "child.fds", "too many descriptors for '%s'",
			       spec->path);
	int pipe_fds[2];
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return ls_fail_errno(err, errno, "child.pipe", "cannot start '%s'", spec->path);
	_cleanup_close_ int read_end = pipe_fds[0];
	int write_end = pipe_fds[1];
	pid_t parent = getpid();
	pid_t pid = fork();
	if (pid == 0) {
		int rc = become(spec, parent, &write_end);
		ssize_t ignored = write(write_end, &rc, sizeof(rc));
		(void)ignored;
		_exit(127);
	}
	int fork_errno = errno;
	close(write_end);
	if (pid < 0)
		return ls_fail_errno(err, fork_errno, "child.fork", "cannot start '%s'",
				     spec->path);
	int rc = read_report(read_end);
	if (rc < 0) {
		waitpid(pid, NULL, 0);
		return ls_fail_errno(err, -rc, "child.exec", "cannot execute '%s'", spec->path);
	}
	*ret_pid = pid;
	return 0;
}

int ls_child_wait(pid_t pid, int timeout_ms, int *ret_status)
{
	for (int waited = 0;; waited += POLL_MS) {
		int status;
		pid_t got = waitpid(pid, &status, timeout_ms < 0 ? 0 : WNOHANG);
		if (got == pid) {
			*ret_status = status;
			return 1;
		}
		if (got < 0 && errno != EINTR)
			return -errno;
		if (timeout_ms >= 0 && waited >= timeout_ms)
			return 0;
		if (timeout_ms >= 0)
			nanosleep(&(struct timespec){ .tv_nsec = POLL_MS * 1000000L }, NULL);
	}
}

void ls_child_stop(pid_t pid, int grace_ms)
{
	int status;
	/* one that ended and was waited for elsewhere is no child: its number may be another's now
	 */
	if (pid <= 0 || ls_child_wait(pid, 0, &status) != 0)
		return;
	kill(pid, SIGTERM);
	if (ls_child_wait(pid, grace_ms, &status) != 0)
		return;
	kill(pid, SIGKILL);
	ls_child_wait(pid, -1, &status);
}

const char *ls_child_describe(int status, char *buffer, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buffer, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(buffer, size, "ended with status %d", WEXITSTATUS(status));
	return buffer;
}

int ls_socket_pair(int ret_fds[static 2], struct ls_error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return ls_fail_errno(err, errno, "child.socketpair", "cannot make a socket pair");
	return 0;
}

int ls_program_path(const char *name, char *buffer, size_t size, struct ls_error *err)
{
	ssize_t n = readlink("/proc/self/exe", buffer, size);
	if (n > 0 && (size_t)n < size) {
		buffer[n] = '\0';
		char *slash = strrchr(buffer, '/');
		size_t room = slash ? size - (size_t)(slash + 1 - buffer) : 0;
		if (room > strlen(name)) {
			memcpy(slash + 1, name, strlen(name) + 1);
			if (access(buffer, X_OK) == 0)
				return 0;
		}
	}
	int length = snprintf(buffer, size, "%s/%s", LABSEAL_LIBEXECDIR, name);
	if (length > 0 && (size_t)length < size && access(buffer, X_OK) == 0)
		return 0;
	return ls_fail(err, -ENOENT, "child.program",
		       "the program '%s' is neither beside this one nor in '%s'; is labseal "
		       "installed whole?",
		       name, LABSEAL_LIBEXECDIR);
}
