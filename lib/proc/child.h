/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Child processes: started with exactly the descriptors they are given, an
 * empty environment, and no way to outlive their parent.
 */
#ifndef LABSEAL_LIB_PROC_CHILD_H
#define LABSEAL_LIB_PROC_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/error.h"

#define LS_CHILD_FDS_MAX 24

/* One descriptor to hand down: from is the parent's, to the child's number. */
struct ls_child_fd {
	int from;
	int to;
};

struct ls_child_spec {
	const char *path;	 /* program, absolute */
	const char *const *argv; /* NULL-terminated */
	const char *const *envp; /* NULL-terminated; NULL: empty */
	const struct ls_child_fd *fds;
	size_t fd_count;  /* at most LS_CHILD_FDS_MAX; 0, 1, 2 not named are /dev/null, /dev/null,
			     inherited */
	int death_signal; /* sent to the child when its parent dies; 0: none */
	bool own_group;	  /* its own process group, so that a terminal's Ctrl-C does not reach it */
};

/*
 * Start a program.  Every descriptor that is not named is closed in the child,
 * all signals are at their defaults and unblocked.  0 and *ret_pid, or a
 * negative errno, also when the program could not be executed (the child has
 * then been waited for).
 */
int ls_child_spawn(const struct ls_child_spec *spec, pid_t *ret_pid, struct ls_error *err);

/*
 * For a process that was forked by other means and is about to execute a
 * program: all signals at their defaults and unblocked; and each descriptor at
 * its number, all others closed at exec.  *keep_fd (how the parent is told)
 * moves out of the way and is closed at exec, too.  0, 1 and 2 that are not named are as
 * in struct ls_child_spec.  0 or a negative errno.
 */
void ls_child_reset_signals(void);
int ls_child_arrange_fds(const struct ls_child_fd *fds, size_t count, int *keep_fd);

/*
 * Wait for a child at most timeout_ms (-1: for ever).  1 and *ret_status (as of
 * waitpid) when it ended, 0 when it still runs, else a negative errno.
 */
int ls_child_wait(pid_t pid, int timeout_ms, int *ret_status);

/*
 * SIGTERM, then after grace_ms SIGKILL; waits until it is gone.  pid <= 0, or no child of ours
 * (any more): nothing.
 */
void ls_child_stop(pid_t pid, int grace_ms);

/* "ended with status 3", "was killed by signal 9 (Killed)". */
const char *ls_child_describe(int status, char *buffer, size_t size);

/* A connected SOCK_STREAM pair, both ends O_CLOEXEC. */
int ls_socket_pair(int ret_fds[static 2], struct ls_error *err);

/*
 * The absolute path of a program of ours: beside this one (in a build folder),
 * else in LABSEAL_LIBEXECDIR.  -ENOENT when neither has it; buffer holds size bytes.
 */
int ls_program_path(const char *name, char *buffer, size_t size, struct ls_error *err);

#endif
