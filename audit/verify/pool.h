/* SPDX-License-Identifier: Apache-2.0 */
/* A row of items shared out over a few threads. */
#ifndef LABSEAL_AUDIT_VERIFY_POOL_H
#define LABSEAL_AUDIT_VERIFY_POOL_H

#include <stdint.h>

#define LS_POOL_THREADS_MAX 64

/*
 * Called with items [first, end), in rising order for each worker.  worker is
 * 0 up to the number of threads less one, and belongs to one thread.
 */
typedef void (*ls_pool_run_fn)(void *context, unsigned worker, uint64_t first, uint64_t end);

/* As many threads as this process may use processors, 1 to LS_POOL_THREADS_MAX. */
unsigned ls_pool_threads(void);

/*
 * Run all items, `batch` (at least 1) at a time, and wait.  The caller's thread
 * is worker 0, so that it always gets done: fewer threads only take longer.
 */
void ls_pool_run(unsigned threads, uint64_t items, uint64_t batch, ls_pool_run_fn run,
		 void *context);

struct ls_pool; /* opaque: a run whose items may be shared out further */

/* As ls_pool_run_fn. */
typedef void (*ls_pool_sharing_fn)(void *context, struct ls_pool *pool, unsigned worker,
				   uint64_t first, uint64_t end);

/*
 * As ls_pool_run, but whoever finds no item left waits to be given a part of one by
 * ls_pool_share, which starts the threads that were not needed for the items.
 */
void ls_pool_run_sharing(unsigned threads, uint64_t items, uint64_t batch, ls_pool_sharing_fn run,
			 void *context);

/*
 * From within run(), of that worker: run these items, one at a time, together with
 * the workers that have nothing else to do, and wait.  pool NULL: alone.
 */
void ls_pool_share(struct ls_pool *pool, unsigned worker, uint64_t items, ls_pool_run_fn run,
		   void *context);

#endif
