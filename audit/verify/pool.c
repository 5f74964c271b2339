/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct job {
	ls_pool_run_fn run;
	void *context;
	uint64_t items, batch;
	atomic_ullong next;
};

struct worker {
	struct job *job;
	unsigned number;
	pthread_t thread;
};

unsigned ls_pool_threads(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	int count = CPU_COUNT(&set);
	if (count < 1)
		return 1;
	return count > LS_POOL_THREADS_MAX ? LS_POOL_THREADS_MAX : (unsigned)count;
}

static void *work(void *argument)
{
	struct worker *w = argument;
	struct job *job = w->job;
	for (;;) {
		uint64_t first = atomic_fetch_add(&job->next, job->batch);
		if (first >= job->items)
			return NULL;
		uint64_t left = job->items - first;
		uint64_t end = first + (left < job->batch ? left : job->batch);
		job->run(job->context, w->number, first, end);
	}
}

void ls_pool_run(unsigned threads, uint64_t items, uint64_t batch, ls_pool_run_fn run,
		 void *context)
{
	struct job job = { run, context, items, batch, 0 };
	struct worker workers[LS_POOL_THREADS_MAX];
	unsigned started = 1;
	if (threads > LS_POOL_THREADS_MAX)
		threads = LS_POOL_THREADS_MAX;
	/* more threads than batches would only come to look and go */
	for (; started < threads && started < (items + batch - 1) / batch; started++) {
		workers[started] = (struct worker){ &job, started, 0 };
		if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
			break;
	}
	workers[0] = (struct worker){ &job, 0, 0 };
	work(&workers[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}
