/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

/* A part of an item, offered to whoever has nothing else to do; of the worker that waits for it. */
struct part {
	ls_pool_run_fn run;
	void *context;
	uint64_t items;
	atomic_ullong next;
	unsigned helpers; /* workers that are at it; under the pool's lock */
	struct part *other;
};

struct worker {
	struct ls_pool *pool;
	unsigned number;
	pthread_t thread;
};

struct ls_pool {
	ls_pool_run_fn run; /* one of these two */
	ls_pool_sharing_fn run_sharing;
	void *context;
	uint64_t items, batch;
	atomic_ullong next;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	unsigned busy;	    /* workers that may still offer something */
	struct part *parts; /* offered */
	unsigned threads;   /* that there may be */
	unsigned started;
	struct worker workers[LS_POOL_THREADS_MAX];
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

static void run_items(struct ls_pool *pool, unsigned worker)
{
	for (;;) {
		uint64_t first = atomic_fetch_add(&pool->next, pool->batch);
		if (first >= pool->items)
			return;
		uint64_t left = pool->items - first;
		uint64_t end = first + (left < pool->batch ? left : pool->batch);
		if (pool->run)
			pool->run(pool->context, worker, first, end);
		else
			pool->run_sharing(pool->context, pool, worker, first, end);
	}
}

static void run_part(struct part *part, unsigned worker)
{
	for (;;) {
		uint64_t item = atomic_fetch_add(&part->next, 1);
		if (item >= part->items)
			return;
		part->run(part->context, worker, item, item + 1);
	}
}

/* One of which something is left; under the lock. */
static struct part *find_part(const struct ls_pool *pool)
{
	for (struct part *p = pool->parts; p; p = p->other)
		if (atomic_load(&p->next) < p->items)
			return p;
	return NULL;
}

/* Until nobody is left who could offer something. */
static void help(struct ls_pool *pool, unsigned worker)
{
	pthread_mutex_lock(&pool->lock);
	pool->busy--;
	pthread_cond_broadcast(&pool->changed);
	while (pool->busy > 0) {
		struct part *part = find_part(pool);
		if (!part) {
			pthread_cond_wait(&pool->changed, &pool->lock);
			continue;
		}
		part->helpers++;
		pthread_mutex_unlock(&pool->lock);
		run_part(part, worker);
		pthread_mutex_lock(&pool->lock);
		part->helpers--;
		pthread_cond_broadcast(&pool->changed);
	}
	pthread_mutex_unlock(&pool->lock);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	run_items(w->pool, w->number);
	if (w->pool->run_sharing)
		help(w->pool, w->number);
	return NULL;
}

/* Up to so many workers; under the lock. */
static void start(struct ls_pool *pool, unsigned threads)
{
	for (; pool->started < threads; pool->started++) {
		struct worker *w = &pool->workers[pool->started];
		*w = (struct worker){ pool, pool->started, 0 };
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			return;
		pool->busy++;
	}
}

/* With so many workers to begin with. */
static void run_all(struct ls_pool *pool, unsigned threads)
{
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pool->workers[0] = (struct worker){ pool, 0, 0 };
	pool->busy = pool->started = 1;
	pthread_mutex_lock(&pool->lock);
	start(pool, threads);
	pthread_mutex_unlock(&pool->lock);
	work(&pool->workers[0]);
	/* nobody is busy, or nothing can be shared: no more are started */
	for (unsigned i = 1; i < pool->started; i++)
		pthread_join(pool->workers[i].thread, NULL);
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
}

/* More threads than batches would only come to look and go. */
static unsigned useful(const struct ls_pool *pool)
{
	uint64_t batches = pool->items / pool->batch + (pool->items % pool->batch != 0);
	return batches < pool->threads ? (unsigned)batches : pool->threads;
}

static unsigned bounded(unsigned threads)
{
	return threads > LS_POOL_THREADS_MAX ? LS_POOL_THREADS_MAX : threads;
}

void ls_pool_run(unsigned threads, uint64_t items, uint64_t batch, ls_pool_run_fn run,
		 void *context)
{
	struct ls_pool pool = { .run = run,
				.context = context,
				.items = items,
				.batch = batch,
				.threads = bounded(threads) };
	run_all(&pool, useful(&pool));
}

void ls_pool_run_sharing(unsigned threads, uint64_t items, uint64_t batch, ls_pool_sharing_fn run,
			 void *context)
{
	struct ls_pool pool = { .run_sharing = run,
				.context = context,
				.items = items,
				.batch = batch,
				.threads = bounded(threads) };
	run_all(&pool, useful(&pool));
}

static void withdraw(struct ls_pool *pool, struct part *part)
{
	struct part **at = &pool->parts;
	pthread_mutex_lock(&pool->lock);
	while (part->helpers > 0)
		pthread_cond_wait(&pool->changed, &pool->lock);
	while (*at != part)
		at = &(*at)->other;
	*at = part->other;
	pthread_mutex_unlock(&pool->lock);
}

void ls_pool_share(struct ls_pool *pool, unsigned worker, uint64_t items, ls_pool_run_fn run,
		   void *context)
{
	struct part part = { .run = run, .context = context, .items = items };
	if (!pool || items < 2) {
		run_part(&part, worker);
		return;
	}
	pthread_mutex_lock(&pool->lock);
	part.other = pool->parts;
	pool->parts = &part;
	start(pool, pool->threads);
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	run_part(&part, worker);
	withdraw(pool, &part);
}
