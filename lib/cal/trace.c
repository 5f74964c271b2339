/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

const char *ls_cal_verdict_name(enum ls_cal_verdict verdict)
{
	switch (verdict) {
	case LS_CAL_TRACEABLE: return "TRACEABLE";
	case LS_CAL_NOT_TRACEABLE: return "NOT TRACEABLE";
	default: return "CANNOT BE SHOWN";
	}
}

/* --- engine and workers ------------------------------------------------------------------ */

int ls_cal_engine_new(const struct ls_cal_trust *trust, const struct ls_cal_engine_options *options,
		      struct ls_cal_engine **ret_engine, struct ls_error *err)
{
	struct ls_cal_engine *e = calloc(1, sizeof(*e));
	if (!e)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	e->trust = trust;
	e->options = *options;
	e->memo = ls_cal_memo_new(options->memo_bytes ? options->memo_bytes : LS_CAL_MEMO_DEFAULT);
	if (!e->memo) {
		free(e);
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	}
	pthread_mutex_init(&e->lock, NULL);
	*ret_engine = e;
	return 0;
}

void ls_cal_engine_free(struct ls_cal_engine *engine)
{
	if (!engine)
		return;
	ls_cal_memo_free(engine->memo);
	ls_cal_seen_free(engine->seen);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}

static bool same_state(const struct ls_cal_fresh *a, const struct ls_cal_fresh *b)
{
	return strcmp(a->origin, b->origin) == 0 && a->size == b->size && a->time == b->time &&
	       ls_digest_equal(&a->root, &b->root);
}

/* The first worker's state is the engine's; another's has to be the same. */
static int settle(struct ls_cal_engine *e, const struct ls_cal_fresh *fresh, bool known,
		  struct ls_error *err)
{
	int rc = 0;
	pthread_mutex_lock(&e->lock);
	if (!e->settled) {
		e->settled = true;
		e->fresh = *fresh;
		e->known = known;
	} else if (e->known != known || !same_state(&e->fresh, fresh)) {
		rc = ls_fail(err, -ESTALE, "cal.trace.state",
			     "the registry has changed since the run began; begin again");
	}
	pthread_mutex_unlock(&e->lock);
	return rc;
}

int ls_cal_worker_new(struct ls_cal_engine *engine, struct ls_cal_store *store,
		      struct ls_cal_worker **ret_worker, struct ls_error *err)
{
	struct ls_cal_fresh fresh = { .time = LS_CAL_TIME_UNKNOWN };
	store->at = engine->options.at;
	int rc = store->operations->fresh(store, engine->options.at, engine->options.size, &fresh,
					  err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	rc = settle(engine, &fresh, rc == 0, err);
	if (rc < 0)
		return rc;
	struct ls_cal_worker *w = calloc(1, sizeof(*w));
	if (!w)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	w->engine = engine;
	w->trust = engine->trust;
	w->fresh = &engine->fresh;
	w->store = store;
	w->registry = w->trust->has_registry ? w->trust->registry.name : w->fresh->origin;
	*ret_worker = w;
	return 0;
}

void ls_cal_worker_free(struct ls_cal_worker *worker)
{
	if (!worker)
		return;
	ls_cal_deferred_free(worker->deferred);
	ls_cal_table_free(&worker->local);
	ls_cal_table_free(&worker->own_objects);
	ls_cal_table_free(&worker->pending);
	ls_p256_verifier_free(&worker->verifier);
	ls_sha256_free(&worker->hash);
	ls_cal_entry_unref(worker->last);
	free(worker);
}

uint64_t ls_cal_worker_signatures(const struct ls_cal_worker *worker)
{
	return worker->signatures + ls_cal_store_signatures(worker->store);
}

/* --- traces -------------------------------------------------------------------------------- */

void ls_cal_result_free(struct ls_cal_result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->check_count; i++)
		free(result->checks[i].words);
	free(result->checks);
	free(result->links);
	memset(result, 0, sizeof(*result));
}

static int finish(struct ls_cal_worker *w, struct ls_cal_answer *answer, const char *quantity,
		  struct ls_cal_result *ret_result, struct ls_error *err)
{
	_cleanup_cal_result_ struct ls_cal_result result = { .at = w->engine->options.at,
							     .fresh = *w->fresh,
							     .device = answer->device };
	enum ls_cal_check_id first;
	result.verdict = ls_cal_answer_verdict(answer, &first);
	memcpy(result.device_name, answer->name, sizeof(result.device_name));
	if (quantity)
		strncpy(result.quantity, quantity, sizeof(result.quantity) - 1);
	int rc = ls_cal_result_fill(answer, &result, err);
	if (rc < 0)
		return rc;
	*ret_result = result;
	memset(&result, 0, sizeof(result)); /* handed over */
	return 0;
}

/* What is asked for: a device as a person names it, or a report's id. */
struct question {
	const char *device; /* NULL: the report */
	const struct ls_digest *report;
	const char *quantity;
};

static int answer_once(struct ls_cal_worker *w, const struct question *q,
		       struct ls_cal_answer *ret_answer, struct ls_error *err)
{
	return q->device ? ls_cal_answer_device(w, q->device, q->quantity, ret_answer, err)
			 : ls_cal_answer_report(w, q->report, q->quantity, ret_answer, err);
}

/* Where a signature does not hold, what was made of its holding is worth nothing, errors too: it is
 * asked again, one signature after the other. */
static int answer(struct ls_cal_worker *w, const struct question *q,
		  struct ls_cal_answer *ret_answer, struct ls_error *err)
{
	if (!ls_cal_worker_defer(w, w->engine->options.threads))
		return answer_once(w, q, ret_answer, err);
	int rc = answer_once(w, q, ret_answer, err);
	if (ls_cal_worker_settle(w))
		return rc;
	if (rc == 0)
		ls_cal_answer_free(ret_answer);
	return answer_once(w, q, ret_answer, err);
}

static int trace(struct ls_cal_worker *w, const struct question *q,
		 struct ls_cal_result *ret_result, struct ls_error *err)
{
	struct ls_cal_answer a;
	int rc = answer(w, q, &a, err);
	if (rc < 0)
		return rc;
	rc = finish(w, &a, q->quantity, ret_result, err);
	ls_cal_answer_free(&a);
	return rc;
}

int ls_cal_trace(struct ls_cal_worker *worker, const char *device, const char *quantity,
		 struct ls_cal_result *ret_result, struct ls_error *err)
{
	const struct question q = { .device = device, .quantity = quantity };
	return trace(worker, &q, ret_result, err);
}

int ls_cal_trace_report(struct ls_cal_worker *worker, const struct ls_digest *report,
			const char *quantity, struct ls_cal_result *ret_result,
			struct ls_error *err)
{
	const struct question q = { .report = report, .quantity = quantity };
	return trace(worker, &q, ret_result, err);
}

static void summarise(const struct ls_cal_answer *answer, struct ls_cal_summary *s)
{
	memset(s, 0, sizeof(*s));
	s->verdict = ls_cal_answer_verdict(answer, &s->first);
	if (answer->node_count == 0)
		return;
	const struct ls_cal_node *n = answer->nodes[0];
	const struct ls_cal_account *a = n->account;
	for (size_t i = 0; i < answer->node_count; i++)
		if (answer->nodes[i]->account->height > s->depth)
			s->depth = answer->nodes[i]->account->height;
	s->performed = a->entry->record.report.performed;
	s->due = a->entry->record.report.due;
	s->report = a->entry->record.id;
	if (a->organisation && a->organisation->entry)
		s->organisation = a->organisation->entry->record.id;
	const struct ls_cal_point *p = n->measurand ? ls_cal_tightest(n->measurand) : NULL;
	s->has_u = p != NULL;
	s->u_expanded = p ? ls_decimal_double(p->u) : 0;
}

void ls_cal_batch_begin(struct ls_cal_worker *worker)
{
	worker->in_batch = true;
	ls_cal_worker_defer(worker, 1);
}

bool ls_cal_batch_end(struct ls_cal_worker *worker)
{
	worker->in_batch = false;
	return !worker->deferring || ls_cal_worker_settle(worker);
}

int ls_cal_trace_summary(struct ls_cal_worker *worker, const struct ls_digest *device,
			 struct ls_cal_summary *ret_summary, struct ls_error *err)
{
	struct ls_cal_answer a;
	worker->own = device;
	int rc = ls_cal_answer_id(worker, device, NULL, &a, err);
	worker->own = NULL;
	if (rc < 0)
		return rc;
	summarise(&a, ret_summary);
	ls_cal_answer_free(&a);
	return 0;
}
