/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/sweep.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/pool.h"

#define BATCH	 256 /* devices that a thread takes at a time */
#define TOGETHER 64  /* devices of which signatures are verified together: some 200 of them */

struct worker {
	struct ls_cal_store *store; /* owned; NULL: the session's */
	struct ls_cal_worker *worker;
	struct ls_error err;
	int rc;
};

struct run {
	const struct ls_cal_session *session;
	struct ls_cal_sweep *sweep;
	struct worker workers[LS_POOL_THREADS_MAX];
	atomic_bool failed;
	bool kinds;
	pthread_mutex_t lock; /* of the sweep's kinds */
};

struct list {
	struct ls_cal_sweep *sweep;
	size_t capacity;
	uint64_t size; /* of the log at the asked time: later entries are not seen */
};

static int add_device(void *context, const struct ls_cal_found *found)
{
	struct list *list = context;
	struct ls_cal_sweep *s = list->sweep;
	if (found->index >= list->size)
		return 0;
	if (s->count == list->capacity) {
		size_t capacity = list->capacity ? 2 * list->capacity : 256;
		struct ls_cal_swept *devices = realloc(s->devices, capacity * sizeof(*devices));
		if (!devices)
			return -ENOMEM;
		s->devices = devices;
		list->capacity = capacity;
	}
	s->devices[s->count++] = (struct ls_cal_swept){ .device = found->id,
							.index = found->index };
	return 0;
}

static int worker_begin(struct run *run, struct worker *w)
{
	if (w->worker)
		return 0;
	int rc = ls_cal_session_store(run->session, &w->store, &w->err);
	if (rc == 0)
		rc = ls_cal_worker_new(run->session->engine, w->store, &w->worker, &w->err);
	return rc;
}

static uint16_t kind_locked(struct ls_cal_sweep *s, const struct ls_cal_measurand *m)
{
	size_t i = 0;
	while (i < s->kind_count && (strcmp(s->kinds[i].quantity, m->quantity) != 0 ||
				     strcmp(s->kinds[i].unit, m->unit_text) != 0))
		i++;
	if (i == LS_CAL_SWEEP_KINDS_MAX)
		return LS_CAL_SWEEP_KINDS_MAX - 1;
	if (i == s->kind_count) {
		memcpy(s->kinds[i].quantity, m->quantity, sizeof(m->quantity));
		memcpy(s->kinds[i].unit, m->unit_text, sizeof(m->unit_text));
		s->kind_count++;
	}
	return (uint16_t)i;
}

static int find_kind(struct run *run, struct worker *w, struct ls_cal_swept *d)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	d->kind = 0; /* it may be asked twice */
	if (!run->kinds || !d->summary.has_u)
		return 0;
	int rc = ls_cal_worker_report(w->worker, &d->summary.report, &entry, &w->err);
	if (rc < 0)
		return rc;
	const struct ls_cal_details *details = entry->record.report.details;
	pthread_mutex_lock(&run->lock);
	if (details && details->measurand_count > 0)
		d->kind = kind_locked(run->sweep, &details->measurands[0]);
	pthread_mutex_unlock(&run->lock);
	return 0;
}

static int trace_each(struct run *run, struct worker *w, uint64_t first, uint64_t end)
{
	int rc = 0;
	for (uint64_t i = first; rc == 0 && i < end; i++) {
		struct ls_cal_swept *d = &run->sweep->devices[i];
		const struct ls_cal_found next = { d->device, d->index, LS_CAL_DEVICE };
		rc = ls_cal_store_next(w->store, &next, &w->err);
		if (rc == 0)
			rc = ls_cal_trace_summary(w->worker, &d->device, &d->summary, &w->err);
		if (rc == 0)
			rc = find_kind(run, w, d);
	}
	return rc;
}

static void trace_together(struct run *run, struct worker *w, uint64_t first, uint64_t end)
{
	ls_cal_batch_begin(w->worker);
	w->rc = trace_each(run, w, first, end);
	if (!ls_cal_batch_end(w->worker))
		w->rc = trace_each(run, w, first, end);
}

static void run_batch(void *context, unsigned index, uint64_t first, uint64_t end)
{
	struct run *run = context;
	struct worker *w = &run->workers[index];
	if (atomic_load(&run->failed))
		return;
	w->rc = worker_begin(run, w);
	if (w->rc < 0) {
		atomic_store(&run->failed, true);
		return;
	}
	ls_cal_store_hold(w->store, true);
	for (uint64_t i = first; w->rc == 0 && i < end; i += TOGETHER)
		trace_together(run, w, i, i + TOGETHER < end ? i + TOGETHER : end);
	ls_cal_store_hold(w->store, false);
	if (w->rc < 0)
		atomic_store(&run->failed, true);
}

static int run_end(struct run *run, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; i < LS_POOL_THREADS_MAX; i++) {
		struct worker *w = &run->workers[i];
		if (w->rc < 0 && rc == 0) {
			rc = w->rc;
			*err = w->err;
		}
		if (w->worker)
			run->sweep->signatures += ls_cal_worker_signatures(w->worker);
		ls_cal_worker_free(w->worker);
		ls_cal_store_free(w->store);
	}
	return rc;
}

static int list_devices(const struct ls_cal_session *session, struct ls_cal_sweep *sweep,
			struct ls_error *err)
{
	struct list list = { .sweep = sweep };
	struct ls_cal_store *store = session->store;
	struct ls_cal_fresh fresh = { .size = 0 };
	int rc = store->operations->fresh(store, session->at, 0, &fresh, err);
	if (rc < 0)
		return rc;
	list.size = fresh.size ? fresh.size : UINT64_MAX;
	return store->operations->all(store, LS_CAL_DEVICE, add_device, &list, err);
}

static int run_all(const struct ls_cal_session *session, const struct ls_cal_sweep_options *options,
		   struct ls_cal_sweep *sweep, struct ls_error *err)
{
	struct run *run = calloc(1, sizeof(*run));
	sweep->kinds = options->kinds ? calloc(LS_CAL_SWEEP_KINDS_MAX, sizeof(*sweep->kinds))
				      : NULL;
	if (!run || (options->kinds && !sweep->kinds)) {
		free(run);
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
	}
	ls_index_tables_expect(session->tables, sweep->count);
	run->session = session;
	run->sweep = sweep;
	run->kinds = options->kinds;
	pthread_mutex_init(&run->lock, NULL);
	ls_pool_run(options->threads ? options->threads : ls_pool_threads(), sweep->count, BATCH,
		    run_batch, run);
	int rc = run_end(run, err);
	pthread_mutex_destroy(&run->lock);
	free(run);
	return rc;
}

int ls_cal_sweep(const struct ls_cal_session *session, const struct ls_cal_sweep_options *options,
		 struct ls_cal_sweep *ret_sweep, struct ls_error *err)
{
	static const struct ls_cal_sweep_options none = { .threads = 0 };
	struct ls_cal_sweep sweep = { .count = 0 };
	int rc = list_devices(session, &sweep, err);
	if (rc == 0)
		rc = run_all(session, options ? options : &none, &sweep, err);
	if (rc < 0)
		ls_cal_sweep_free(&sweep);
	else
		*ret_sweep = sweep;
	return rc;
}

void ls_cal_sweep_free(struct ls_cal_sweep *sweep)
{
	free(sweep->devices);
	free(sweep->kinds);
	*sweep = (struct ls_cal_sweep){ .count = 0 };
}
