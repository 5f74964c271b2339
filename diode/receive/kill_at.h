/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests alone: end a process at each of its system calls in turn, before
 * the call and after it, as if the machine's watchdog had done it.
 */
#ifndef LABSEAL_DIODE_RECEIVE_KILL_AT_H
#define LABSEAL_DIODE_RECEIVE_KILL_AT_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_AT_IMPOSSIBLE -1 /* what killed_at() says then */

/* To its n-th stop at a call's begin or end; 1: it ended before. */
static int trace_to(pid_t child, unsigned n)
{
	int status;
	for (unsigned i = 0; i < n; i++) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, NULL) < 0 ||
		    waitpid(child, &status, 0) != child)
			return KILL_AT_IMPOSSIBLE;
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1
									     : KILL_AT_IMPOSSIBLE;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return 0;
}

/*
 * Run work in a child and kill it at its n-th stop.  0: killed; 1: it came to
 * its end before; KILL_AT_IMPOSSIBLE: it failed by itself, or nobody may trace here.
 */
static int killed_at(unsigned n, void (*work)(void))
{
	pid_t child = fork();
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(77);
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	int status;
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return KILL_AT_IMPOSSIBLE;
	return trace_to(child, n);
}

#endif
