/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits for what: each call that a dead network or disk may hold up for ever
 * is entered here before it is made, so that another thread can tell that it
 * does not come back, and which file it is about.
 */
#ifndef LABSEAL_AUDIT_VERIFY_WATCH_H
#define LABSEAL_AUDIT_VERIFY_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>

#include "audit/verify/pool.h"

#define LS_WATCH_PATH_SIZE 512

struct ls_watched {
	atomic_bool taken;
	atomic_llong since; /* ms of the monotonic clock; 0: nobody waits */
	char path[LS_WATCH_PATH_SIZE];
};

/* Zero it. */
struct ls_watch {
	struct ls_watched calls[LS_POOL_THREADS_MAX + 1]; /* one for each thread that may wait */
};

/*
 * Before and after such a call, of any thread.  watch NULL: nobody watches, and
 * what is returned is NULL; leaving it is fine.  The path is copied.
 */
struct ls_watched *ls_watch_enter(struct ls_watch *watch, const char *path);
void ls_watch_leave(struct ls_watched *call);

/* Whether a call has lasted longer than so many seconds; *ret_path is its file, for as long as it
 * lasts. */
bool ls_watch_stalled(struct ls_watch *watch, unsigned seconds, const char **ret_path);

#endif
