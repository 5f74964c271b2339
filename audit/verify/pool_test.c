/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/pool.h"

#include <stdatomic.h>

#include "lib/base/test.h"

#define ITEMS 1003

static atomic_int seen[ITEMS];
static atomic_int in_order = 1;

static void mark(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	uint64_t *last = context; /* one for each worker */
	if (first < last[worker] || end <= first)
		in_order = 0;
	last[worker] = end;
	for (uint64_t i = first; i < end; i++)
		seen[i]++;
}

static void run(unsigned threads, uint64_t items, uint64_t batch)
{
	uint64_t last[LS_POOL_THREADS_MAX] = { 0 };
	for (int i = 0; i < ITEMS; i++)
		seen[i] = 0;
	ls_pool_run(threads, items, batch, mark, last);
	for (uint64_t i = 0; i < ITEMS; i++)
		CHECK_INT_EQ(seen[i], i < items);
	CHECK(in_order);
}

TEST(each_item_runs_once)
{
	run(1, ITEMS, 1);
	run(4, ITEMS, 10);
	run(4, ITEMS, 5000);
	run(1000, ITEMS, 1);
	run(8, 3, 1);
	run(8, 0, 1);
}

TEST(there_is_at_least_one_thread)
{
	CHECK(ls_pool_threads() >= 1);
	CHECK(ls_pool_threads() <= LS_POOL_THREADS_MAX);
}

TEST_MAIN()
