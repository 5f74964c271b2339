/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service manager is told (sd_notify(3)): that labseald is ready, how
 * it is, that it stops, and that it still turns.
 *
 * The guard is the service's main process, and the unit lets no other one speak
 * (NotifyAccess=main).  So the worker writes each message to a socket pair, and
 * the guard passes it on.  Nothing of this is there when no service manager
 * asked (no NOTIFY_SOCKET): then every call does nothing.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_NOTIFY_H
#define LABSEAL_HOST_SUPERVISOR_NOTIFY_H

#include <stdint.h>

#include "lib/base/error.h"

#define LS_NOTIFY_TEXT_SIZE 512 /* bytes of one message, with the final NUL */

/* The worker's end. */
struct ls_notify {
	int fd;		  /* borrowed; -1: nobody listens */
	int64_t every_ms; /* between two signs of life; 0: no watchdog was asked for */
	int64_t told_at;  /* the last one; monotonic, ms */
	char status[LS_NOTIFY_TEXT_SIZE];
};

/*
 * Make the pair, if NOTIFY_SOCKET asks for it: ret_fds[0] is the guard's,
 * ret_fds[1] the worker's, both O_CLOEXEC and non-blocking, else both are -1.
 * *ret_every_ms: a third of WATCHDOG_USEC, 0 where that is not set or for
 * another process.
 */
int ls_notify_open(int ret_fds[static 2], int64_t *ret_every_ms, struct ls_error *err);

/* The guard: pass on what the worker has said. */
void ls_notify_relay(int fd);

/* The worker: READY=1, once the machine runs and the enclave seals; and STOPPING=1. */
void ls_notify_ready(const struct ls_notify *n);
void ls_notify_stopping(const struct ls_notify *n);

/* STATUS=, when it is another one.  text: one line of UTF-8. */
void ls_notify_status(struct ls_notify *n, const char *text);

/*
 * The loop has turned: a sign of life if one is due.  It also asks for time
 * (EXTEND_TIMEOUT_USEC), which counts while the service starts or stops.
 */
void ls_notify_alive(struct ls_notify *n, int64_t now_ms);

#endif
