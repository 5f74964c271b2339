/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/deferred.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 256 /* signatures that wait, at most; a power of two */

struct ls_cal_deferred {
	struct ls_p256_verifier verifier; /* of the thread that hands in */
	unsigned threads, started;	  /* besides that one */
	pthread_t helpers[LS_CAL_DEFERRED_THREADS_MAX];
	pthread_mutex_t lock;  /* of all that follows */
	pthread_cond_t wanted; /* there is a job, or it is over */
	pthread_cond_t done;   /* nobody is at a job */
	bool over, failed;     /* failed: since the last time, one did not hold */
	unsigned busy;	       /* helpers that are at a job */
	size_t first, count;   /* jobs that wait: a ring */
	uint64_t checked;
	struct ls_cal_deferred_signature jobs[ROOM];
};

struct ls_cal_deferred *ls_cal_deferred_new(unsigned threads)
{
	struct ls_cal_deferred *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->threads = threads > LS_CAL_DEFERRED_THREADS_MAX ? LS_CAL_DEFERRED_THREADS_MAX : threads;
	d->threads -= d->threads > 0;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wanted, NULL);
	pthread_cond_init(&d->done, NULL);
	return d;
}

void ls_cal_deferred_free(struct ls_cal_deferred *deferred)
{
	if (!deferred)
		return;
	pthread_mutex_lock(&deferred->lock);
	deferred->over = true;
	pthread_cond_broadcast(&deferred->wanted);
	pthread_mutex_unlock(&deferred->lock);
	for (unsigned i = 0; i < deferred->started; i++)
		pthread_join(deferred->helpers[i], NULL);
	pthread_cond_destroy(&deferred->done);
	pthread_cond_destroy(&deferred->wanted);
	pthread_mutex_destroy(&deferred->lock);
	ls_p256_verifier_free(&deferred->verifier);
	free(deferred);
}

/* --- jobs ---------------------------------------------------------------------------------- */

/* What was seen since it was handed in is not checked again. */
static bool holds(struct ls_p256_verifier *verifier, const struct ls_cal_deferred_signature *s,
		  bool *ret_checked)
{
	*ret_checked = !s->seen || !ls_cal_seen_has(s->seen, &s->name);
	if (!*ret_checked)
		return true;
	if (ls_p256_verifier_check(verifier, &s->key, &s->digest, s->der, s->size, NULL) < 0)
		return false;
	if (s->seen)
		ls_cal_seen_add(s->seen, &s->name);
	return true;
}

/* Under the lock, which is let go meanwhile.  One that failed settles it: the others are dropped.
 */
static void do_one(struct ls_cal_deferred *d, struct ls_p256_verifier *verifier)
{
	struct ls_cal_deferred_signature job = d->jobs[d->first];
	bool checked;
	d->first = (d->first + 1) % ROOM;
	d->count--;
	if (d->failed)
		return;
	pthread_mutex_unlock(&d->lock);
	bool good = holds(verifier, &job, &checked);
	pthread_mutex_lock(&d->lock);
	d->failed |= !good;
	d->checked += checked;
}

static void *help(void *context)
{
	struct ls_cal_deferred *d = context;
	_cleanup_p256_verifier_ struct ls_p256_verifier verifier = { .pkey = NULL };
	pthread_mutex_lock(&d->lock);
	while (!d->over) {
		if (d->count == 0) {
			pthread_cond_wait(&d->wanted, &d->lock);
			continue;
		}
		d->busy++;
		do_one(d, &verifier);
		d->busy--;
		if (d->busy == 0 && d->count == 0)
			pthread_cond_signal(&d->done);
	}
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

/* Signals are for the program's own thread. */
static void start(struct ls_cal_deferred *d)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (d->started < d->threads &&
	       pthread_create(&d->helpers[d->started], NULL, help, d) == 0)
		d->started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	d->threads = d->started;
}

void ls_cal_deferred_add(struct ls_cal_deferred *d, const struct ls_cal_deferred_signature *s)
{
	if (d->started < d->threads)
		start(d);
	pthread_mutex_lock(&d->lock);
	while (d->count == ROOM)
		do_one(d, &d->verifier);
	d->jobs[(d->first + d->count++) % ROOM] = *s;
	pthread_cond_signal(&d->wanted);
	pthread_mutex_unlock(&d->lock);
}

bool ls_cal_deferred_settle(struct ls_cal_deferred *d, uint64_t *ret_checked)
{
	pthread_mutex_lock(&d->lock);
	while (d->count > 0)
		do_one(d, &d->verifier);
	while (d->busy > 0)
		pthread_cond_wait(&d->done, &d->lock);
	bool good = !d->failed;
	if (ret_checked)
		*ret_checked = d->checked;
	d->failed = false;
	d->checked = 0;
	pthread_mutex_unlock(&d->lock);
	return good;
}
