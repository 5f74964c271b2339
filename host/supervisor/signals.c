/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/signals.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

int ls_signals_take(bool children, struct ls_error *err)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (children)
		sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	int fd = sigprocmask(SIG_BLOCK, &set, NULL) < 0
			 ? -1
			 : signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? ls_fail_errno(err, errno, "signals.take", "cannot take up signals") : fd;
}

unsigned ls_signals_asked(int fd)
{
	struct signalfd_siginfo info;
	unsigned asked = 0;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
		asked += info.ssi_signo != SIGCHLD;
	return asked;
}
