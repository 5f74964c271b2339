/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a program that is killed when it asks for a socket, of whatever kind.
 *
 *     no_sockets PROGRAM [ARGUMENT ...]
 *
 * Its status is the program's; a shell says 159 (SIGSYS) of one that was killed.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int forbid(scmp_filter_ctx filter, int call)
{
	return seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, call, 0);
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (argc < 2 || !filter) {
		fprintf(stderr, "usage: no_sockets PROGRAM [ARGUMENT ...]\n");
		return 2;
	}
	if (forbid(filter, SCMP_SYS(socket)) < 0 || forbid(filter, SCMP_SYS(socketpair)) < 0 ||
	    forbid(filter, SCMP_SYS(connect)) < 0 || forbid(filter, SCMP_SYS(io_uring_setup)) < 0 ||
	    seccomp_load(filter) < 0) {
		fprintf(stderr, "no_sockets: the filter cannot be loaded\n");
		return 4;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "no_sockets: %s: %s\n", argv[1], strerror(errno));
	return 4;
}
