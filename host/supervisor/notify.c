/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/notify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#define ALIVES_PER_TIMEOUT 3	 /* so that one that comes late does not matter */
#define ALIVE_MS	   10000 /* without a watchdog, for a start or a stop that takes long */
#define EXTEND		   "EXTEND_TIMEOUT_USEC=60000000"

int ls_notify_open(int ret_fds[static 2], int64_t *ret_every_ms, struct ls_error *err)
{
	uint64_t usec = 0;
	ret_fds[0] = ret_fds[1] = -1;
	*ret_every_ms = 0;
	if (!getenv("NOTIFY_SOCKET"))
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) < 0)
		return ls_fail_errno(err, errno, "notify.socket",
				     "cannot talk to the service manager");
	if (sd_watchdog_enabled(0, &usec) > 0)
		*ret_every_ms = (int64_t)(usec / 1000 / ALIVES_PER_TIMEOUT);
	return 0;
}

void ls_notify_relay(int fd)
{
	char text[LS_NOTIFY_TEXT_SIZE];
	ssize_t n;
	while (fd >= 0 && (n = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		sd_notify(0, text);
	}
}

/* A guard that does not listen is about to end; nothing can be done about it here. */
static void say(const struct ls_notify *n, const char *text)
{
	if (n->fd >= 0)
		send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

void ls_notify_ready(const struct ls_notify *n)
{
	say(n, "READY=1");
}

void ls_notify_stopping(const struct ls_notify *n)
{
	say(n, "STOPPING=1\n" EXTEND);
}

void ls_notify_status(struct ls_notify *n, const char *text)
{
	char line[LS_NOTIFY_TEXT_SIZE];
	snprintf(line, sizeof(line), "STATUS=%s", text);
	if (n->fd < 0 || strcmp(line, n->status) == 0)
		return;
	memcpy(n->status, line, sizeof(line));
	say(n, line);
}

void ls_notify_alive(struct ls_notify *n, int64_t now_ms)
{
	int64_t every = n->every_ms > 0 ? n->every_ms : ALIVE_MS;
	if (n->fd < 0 || (n->told_at > 0 && now_ms - n->told_at < every))
		return;
	n->told_at = now_ms;
	say(n, n->every_ms > 0 ? "WATCHDOG=1\n" EXTEND : EXTEND);
}
