/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a program for which, and for all that it starts, opening one file never comes back, as on a
 * share whose server died: the kernel asks a supervisor (seccomp's user notification), which does
 * not answer.  SIGKILL ends whoever waits there.
 *
 *     hang_open PATH PROGRAM [ARGUMENT ...]
 *
 * A line "hangs PID" on standard error tells of each.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const int CALLS[] = { SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(openat2) };

static int fail(const char *what)
{
	fprintf(stderr, "hang_open: %s: %s\n", what, strerror(errno));
	return 4;
}

/* --- the supervisor ---------------------------------------------------------------------- */

static bool is_path(const struct seccomp_notif *asked, const char *path)
{
	char text[PATH_MAX] = "";
	uint64_t at = asked->data.args[asked->data.nr == SCMP_SYS(open) ? 0 : 1];
	struct iovec here = { text, strlen(path) + 1 },
		     there = { (void *)(uintptr_t)at, strlen(path) + 1 };
	return process_vm_readv((pid_t)asked->pid, &here, 1, &there, 1, 0) ==
		       (ssize_t)(strlen(path) + 1) &&
	       strcmp(text, path) == 0;
}

static int supervise(int fd, const char *path)
{
	struct seccomp_notif *asked = NULL;
	struct seccomp_notif_resp *answer = NULL;
	if (seccomp_notify_alloc(&asked, &answer) < 0)
		return 4;
	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		if (poll(&p, 1, -1) > 0 && !(p.revents & POLLIN))
			return 0;		  /* all have ended */
		memset(asked, 0, sizeof(*asked)); /* as the kernel wants it */
		if (seccomp_notify_receive(fd, asked) < 0)
			continue;
		if (is_path(asked, path)) {
			dprintf(2, "hangs %u\n", (unsigned)asked->pid);
			continue;
		}
		*answer = (struct seccomp_notif_resp){ .id = asked->id,
						       .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };
		seccomp_notify_respond(fd, answer);
	}
}

/* --- the program --------------------------------------------------------------------------- */

static int send_fd(int socket, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = "" };
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	control.head = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(socket, &m, 0) == 1 ? 0 : -1;
}

static int receive_fd(int socket)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = "" };
	char byte;
	int fd = -1;
	struct iovec data = { &byte, 1 };
	struct msghdr m = { .msg_iov = &data,
			    .msg_iovlen = 1,
			    .msg_control = control.room,
			    .msg_controllen = sizeof(control.room) };
	if (recvmsg(socket, &m, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* As a grandchild, so that the program has no child that it did not start. */
static void start_supervisor(int ends[2], const char *path)
{
	pid_t child = fork();
	if (child == 0) {
		if (fork() != 0)
			_exit(0);
		close(ends[0]);
		setsid();
		int fd = receive_fd(ends[1]);
		close(ends[1]);
		_exit(fd < 0 ? 4 : supervise(fd, path));
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}

static int load_filter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter || (geteuid() == 0 && seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) < 0))
		return -1;
	for (size_t i = 0; i < sizeof(CALLS) / sizeof(CALLS[0]); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_NOTIFY, CALLS[i], 0) < 0)
			return -1;
	return seccomp_load(filter) < 0 ? -1 : seccomp_notify_fd(filter);
}

int main(int argc, char **argv)
{
	int ends[2];
	if (argc < 3) {
		fprintf(stderr, "usage: hang_open PATH PROGRAM [ARGUMENT ...]\n");
		return 2;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return fail("socketpair");
	start_supervisor(ends, argv[1]);
	int fd = load_filter();
	if (fd < 0 || send_fd(ends[0], fd) < 0)
		return fail("the filter");
	close(fd);
	close(ends[0]);
	close(ends[1]);
	execvp(argv[2], argv + 2);
	return fail(argv[2]);
}
