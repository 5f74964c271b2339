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

#endif
