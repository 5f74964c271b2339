/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An audit with somebody beside it: it runs in a thread of its own, while this one
 * tells how far it is, and ends it when a read does not come back.  A read from a
 * dead server cannot be called off; so the thread that waits is left where it is.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "audit/verify/audit.h"

#define LOOK_MS 100 /* between two looks */

struct attended {
	const struct ls_audit_options *options;
	struct ls_report *report;
	struct ls_watch watch;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool done;
	int rc;
};

static void *audit(void *context)
{
	struct attended *a = context;
	int rc = ls_audit_unattended(a->options, &a->watch, a->report);
	pthread_mutex_lock(&a->lock);
	a->rc = rc;
	a->done = true;
	pthread_cond_signal(&a->ended);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* One look later, or when it has ended; whether it has. */
static bool wait_a_little(struct attended *a)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&a->lock);
	if (!a->done)
		pthread_cond_timedwait(&a->ended, &a->lock, &until);
	bool done = a->done;
	pthread_mutex_unlock(&a->lock);
	return done;
}

static void give_up(struct attended *a, const char *path)
{
	ls_report_unable(a->report, LS_CHECK_LAYOUT, "share.stalled", 0, path,
			 "reading it has not come back within %u s: the disk, or the network to "
			 "the share, stalls; nothing after it was looked at; verify again, or "
			 "give it longer (--timeout)",
			 a->options->timeout);
	ls_report_end(a->report);
}

/* -ETIMEDOUT: its thread is still there. */
static int attend(struct attended *a)
{
	const char *path;
	while (!wait_a_little(a)) {
		if (a->options->progress)
			a->options->progress(a->options->progress_context, a->report);
		if (a->options->timeout > 0 &&
		    ls_watch_stalled(&a->watch, a->options->timeout, &path)) {
			give_up(a, path);
			return -ETIMEDOUT;
		}
	}
	return 0;
}

static int run(struct attended *a)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, audit, a) != 0)
		return ls_audit_unattended(a->options, &a->watch, a->report);
	int rc = attend(a);
	if (rc == 0) {
		pthread_join(thread, NULL);
		rc = a->rc;
	}
	return rc;
}

int ls_audit_run(const struct ls_audit_options *options, struct ls_report *report)
{
	struct timespec start, end;
	pthread_condattr_t monotonic;
	clock_gettime(CLOCK_MONOTONIC, &start);
	struct attended *a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->options = options;
	a->report = report;
	pthread_mutex_init(&a->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&a->ended, &monotonic);
	int rc = run(a);
	ls_report_sort(report);
	clock_gettime(CLOCK_MONOTONIC, &end);
	report->facts.seconds = (double)(end.tv_sec - start.tv_sec) +
				(double)(end.tv_nsec - start.tv_nsec) / 1e9;
	if (rc != -ETIMEDOUT)
		free(a);
	return rc;
}
