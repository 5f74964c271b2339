/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal-report, which draws pages of results for the publisher.  It is none of
 * those that seal: it may end, and is started anew, while they go on.  Its end of
 * the socket is kept here, so a new one takes the old one's place.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_REPORTER_H
#define LABSEAL_HOST_SUPERVISOR_REPORTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/supervisor/back_off.h"
#include "lib/base/error.h"

#define LS_REPORTER_PROGRAM   "labseal-report"
#define LS_REPORTER_USER      "_labseal-report"
#define LS_REPORTER_PATH_SIZE 4096

/* Zeroed: none. */
struct ls_reporter {
	bool is_open;
	bool development;
	char program[LS_REPORTER_PATH_SIZE];
	pid_t pid;   /* 0: does not run */
	int socket;  /* its end */
	int64_t due; /* monotonic ms: when it is started again; 0: never */
	struct ls_back_off back_off;
};

/*
 * Make the socket and start the program (absolute path); *ret_asker is the publisher's end,
 * the caller's.  That it cannot be started is logged and tried again.  0 or a negative errno.
 */
int ls_reporter_open(struct ls_reporter *reporter, const char *program, bool development,
		     int *ret_asker, struct ls_error *err);

/* Its process has ended, with this wait status: start it again soon, unless it is no use. */
void ls_reporter_ended(struct ls_reporter *reporter, int status, int64_t now_ms);

/* Start it again when that is due. */
void ls_reporter_look(struct ls_reporter *reporter, int64_t now_ms);

/* End it, close the socket. */
void ls_reporter_close(struct ls_reporter *reporter);

#endif
