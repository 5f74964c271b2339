/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/watch.h"

#include <stdio.h>
#include <time.h>

/* The coarse clock costs next to nothing, and is as good as some milliseconds. */
static long long now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1;
}

struct ls_watched *ls_watch_enter(struct ls_watch *watch, const char *path)
{
	if (!watch)
		return NULL;
	for (unsigned i = 0; i <= LS_POOL_THREADS_MAX; i++) {
		struct ls_watched *call = &watch->calls[i];
		if (atomic_exchange_explicit(&call->taken, true, memory_order_acquire))
			continue;
		snprintf(call->path, sizeof(call->path), "%s", path);
		atomic_store_explicit(&call->since, now(), memory_order_release);
		return call;
	}
	return NULL;
}

void ls_watch_leave(struct ls_watched *call)
{
	if (!call)
		return;
	atomic_store_explicit(&call->since, 0, memory_order_relaxed);
	atomic_store_explicit(&call->taken, false, memory_order_release);
}

bool ls_watch_stalled(struct ls_watch *watch, unsigned seconds, const char **ret_path)
{
	long long limit = now() - 1000LL * seconds;
	for (unsigned i = 0; i <= LS_POOL_THREADS_MAX; i++) {
		long long since = atomic_load_explicit(&watch->calls[i].since,
						       memory_order_acquire);
		if (since != 0 && since < limit) {
			*ret_path = watch->calls[i].path;
			return true;
		}
	}
	return false;
}
