/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/notify.h"
#include "host/supervisor/signals.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"

#define ORPHAN_GRACE_MS 1500 /* for orphans to end in order before they are killed */
#define ORPHAN_KILL_MS	3000
#define POLL_MS		50
#define TRIES		40

static void signals_of_interest(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct watch {
	pid_t worker;
	int signal_fd, notify_fd, stop_ms;
	int64_t deadline; /* monotonic, ms; 0: the end was not asked for */
};

static void take_signals(struct watch *w)
{
	for (unsigned asked = ls_signals_asked(w->signal_fd); asked > 0; asked--) {
		kill(w->worker, SIGTERM);
		if (w->deadline == 0)
			w->deadline = now_ms() + w->stop_ms;
	}
}

/* Until the worker ends; returns its status as of waitpid. */
static int watch_worker(struct watch *w)
{
	for (;;) {
		int status;
		pid_t pid;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == w->worker)
				return status;
		struct pollfd fds[] = { { .fd = w->signal_fd, .events = POLLIN },
					{ .fd = w->notify_fd, .events = POLLIN } };
		poll(fds, 2, 1000);
		ls_notify_relay(w->notify_fd);
		take_signals(w);
		if (w->deadline && now_ms() > w->deadline) {
			ls_log(LS_LOG_ERROR, "guard.late",
			       "the supervisor did not stop within %d s and is killed",
			       w->stop_ms / 1000);
			kill(w->worker, SIGKILL);
			w->deadline = 0;
		}
	}
}

/* Our child now, whoever started it. */
static bool is_child(pid_t pid)
{
	char path[64];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 8192);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (ls_file_read(AT_FDCWD, path, &text, NULL) < 0)
		return false;
	const char *place = strrchr(ls_buffer_str(&text), ')');
	uint64_t parent;
	/* ") S 1234 ": state and parent follow the name */
	return place && strlen(place) > 4 &&
	       ls_parse_u64(place + 4, strspn(place + 4, "0123456789"), &parent) == 0 &&
	       parent == (uint64_t)getpid();
}

static void signal_orphans(int number)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	while (proc && (entry = readdir(proc))) {
		uint64_t pid;
		if (ls_parse_u64(entry->d_name, strlen(entry->d_name), &pid) == 0 && pid > 1 &&
		    pid < INT32_MAX && is_child((pid_t)pid))
			kill((pid_t)pid, number);
	}
	if (proc)
		closedir(proc);
}

/* Until there is no child, or the time is over; more come as their parents die. */
static bool end_orphans(int number, int wait_ms)
{
	for (int64_t end = now_ms() + wait_ms;;) {
		int status;
		while (waitpid(-1, &status, WNOHANG) > 0)
			;
		if (waitpid(-1, &status, WNOHANG) < 0 && errno == ECHILD)
			return true;
		if (now_ms() >= end)
			return false;
		signal_orphans(number);
		usleep(POLL_MS * 1000);
	}
}

static void remove_run(struct ls_run *run)
{
	struct ls_error err = { 0 };
	int rc = -1;
	for (int tries = 0; rc < 0 && tries < TRIES; tries++) {
		rc = ls_run_remove(run, &err);
		if (rc < 0)
			usleep(POLL_MS * 1000);
	}
	if (rc < 0)
		ls_log_error(&err);
}

static int exit_status(int status)
{
	char how[64];
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	ls_log(LS_LOG_ERROR, "guard.killed", "the supervisor %s",
	       ls_child_describe(status, how, sizeof(how)));
	return LS_EXIT_FAILED;
}

/* End what is left of a run, by force if need be, and remove it. */
static void clean_up(struct ls_run *run)
{
	if (!end_orphans(SIGTERM, ORPHAN_GRACE_MS) && !end_orphans(SIGKILL, ORPHAN_KILL_MS))
		ls_log(LS_LOG_ERROR, "guard.orphans", "a process of this run does not end");
	ls_run_kill_users(run->folder);
	remove_run(run);
}

/* In the child: what it starts becomes its own orphans first, and the guard's when it dies. */
static int be_worker(int (*work)(void *context), void *context, struct ls_run *run, pid_t guard)
{
	sigset_t set;
	signals_of_interest(&set);
	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (getppid() != guard)
		return LS_EXIT_FAILED;
	int status = work(context);
	if (getppid() != guard)
		clean_up(run);
	return status;
}

int ls_guard(int (*work)(void *context), void *context, struct ls_run *run, int stop_ms,
	     int notify_fd)
{
	sigset_t set;
	struct watch w = { .stop_ms = stop_ms, .notify_fd = notify_fd };
	pid_t guard = getpid();
	signals_of_interest(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	w.signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w.worker = w.signal_fd < 0 ? -1 : fork();
	if (w.worker == 0) {
		close(w.signal_fd);
		_exit(be_worker(work, context, run, guard));
	}
	if (w.worker < 0) {
		ls_log(LS_LOG_ERROR, "guard.fork", "cannot start the supervisor: %s",
		       strerror(errno));
		remove_run(run);
		return LS_EXIT_FAILED;
	}
	int status = exit_status(watch_worker(&w));
	ls_notify_relay(notify_fd);
	clean_up(run);
	close(w.signal_fd);
	return status;
}
