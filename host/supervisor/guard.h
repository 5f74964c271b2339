/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: the process that was started stays small and does nothing but
 * watch the one that works, so that whatever kills the latter, nothing of it
 * stays behind.  As their subreaper it inherits every orphan (QEMU, which
 * libvirt lets go of), ends them and removes the run folder.
 *
 * When the guard itself is killed, the worker is told to stop in order; when
 * all are killed at once, the next run clears up (rundir.h).
 */
#ifndef LABSEAL_HOST_SUPERVISOR_GUARD_H
#define LABSEAL_HOST_SUPERVISOR_GUARD_H

#include "host/supervisor/rundir.h"
#include "lib/base/error.h"

/*
 * Run work() in a child of its own session and return its exit status
 * (LS_EXIT_FAILED when it was killed).  SIGTERM, SIGINT and SIGHUP are passed on
 * as SIGTERM; what then takes longer than stop_ms is killed.  What the worker
 * writes to the other end of notify_fd (-1: none) goes to the service manager
 * (notify.h).  The run is removed in any case.
 */
int ls_guard(int (*work)(void *context), void *context, struct ls_run *run, int stop_ms,
	     int notify_fd);

#endif
