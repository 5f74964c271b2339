/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/pool.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

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

/* Items that are shared out further: each part runs once, also when there is one item only. */
#define PARTS 97

static atomic_int part_seen[PARTS], part_workers[LS_POOL_THREADS_MAX], started, wanted;

/* Each part waits until as many workers as there are have one: or the test hangs, and fails. */
static void mark_part(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	(void)context;
	if (atomic_exchange(&part_workers[worker], 1) == 0)
		started++;
	while (started < wanted)
		sched_yield();
	for (uint64_t i = first; i < end; i++)
		part_seen[i]++;
}

static void share_out(void *context, struct ls_pool *pool, unsigned worker, uint64_t first,
		      uint64_t end)
{
	for (uint64_t i = first; i < end; i++) {
		seen[i]++;
		ls_pool_share(pool, worker, PARTS, mark_part, context);
	}
}

static void run_shared(unsigned threads, uint64_t items, int all)
{
	memset(seen, 0, sizeof(seen));
	memset(part_seen, 0, sizeof(part_seen));
	memset(part_workers, 0, sizeof(part_workers));
	started = 0;
	wanted = all;
	ls_pool_run_sharing(threads, items, 4, share_out, NULL);
	for (uint64_t i = 0; i < ITEMS; i++)
		CHECK_INT_EQ(seen[i], i < items);
	for (int i = 0; i < PARTS; i++)
		CHECK_INT_EQ(part_seen[i], (int)items);
}

TEST(parts_of_an_item)
{
	run_shared(1, 3, 1);
	run_shared(4, 1, 4); /* all four work at the one item */
	run_shared(4, 2, 4);
	run_shared(3, 200, 1);
	run_shared(8, 0, 0);
	ls_pool_share(NULL, 0, 0, mark_part, NULL);
}

TEST(there_is_at_least_one_thread)
{
	CHECK(ls_pool_threads() >= 1);
	CHECK(ls_pool_threads() <= LS_POOL_THREADS_MAX);
}

TEST_MAIN()
