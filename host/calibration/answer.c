/* SPDX-License-Identifier: Apache-2.0 */
#include "host/calibration/answer.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

static int64_t to_ms(int64_t seconds)
{
	return seconds == LS_CAL_NO_END || seconds == LS_CAL_TIME_UNKNOWN ? 0 : seconds * 1000;
}

static const char *quantity_of(const struct ls_calibration_question *q)
{
	return q->quantity ? q->quantity : "";
}

void ls_calibration_unable(const struct ls_calibration_question *q, const struct ls_error *why,
			   struct ls_calibration_status *ret_status)
{
	ls_calibration_unknown(ret_status, q->device, quantity_of(q), to_ms(q->now), why->id,
			       why->message);
}

static void put_registry(const struct ls_cal_fresh *fresh, struct ls_calibration_status *s)
{
	if (fresh->size == 0 || fresh->size > INT64_MAX || !fresh->origin[0])
		return; /* no log, or nothing in it */
	snprintf(s->registry.origin, sizeof(s->registry.origin), "%s", fresh->origin);
	s->registry.size = fresh->size;
	s->registry.root = fresh->root;
	s->registry.time = fresh->clock == LS_CAL_CLOCK_NONE ? 0 : to_ms(fresh->time);
}

/* The device's own report: the first link, where there is any. */
static void put_report(const struct ls_cal_result *r, struct ls_calibration_status *s)
{
	if (r->link_count == 0 || ls_digest_is_zero(&r->links[0].report))
		return;
	s->report = r->links[0].report;
	s->performed = to_ms(r->links[0].performed);
	s->due = to_ms(r->links[0].due);
}

static bool is_too_old(const struct ls_calibration_question *q, const struct ls_cal_fresh *fresh)
{
	return fresh->clock == LS_CAL_CLOCK_NONE || fresh->time == LS_CAL_TIME_UNKNOWN ||
	       q->now - fresh->time > q->max_age;
}

static const char *age_words(const struct ls_cal_fresh *fresh,
			     char buffer[static LS_CALIBRATION_TEXT_SIZE])
{
	char utc[LS_UTC_SIZE];
	if (fresh->clock == LS_CAL_CLOCK_NONE || fresh->time == LS_CAL_TIME_UNKNOWN)
		snprintf(buffer, LS_CALIBRATION_TEXT_SIZE,
			 "nobody says how old the registry's checkpoint is");
	else
		snprintf(buffer, LS_CALIBRATION_TEXT_SIZE,
			 "the registry is known until %s, which is longer ago than the policy's "
			 "max-age; renew the mirror with 'labseal cal sync'",
			 ls_utc_format(fresh->time, utc));
	return buffer;
}

static bool is_whole(const struct ls_calibration_status *s)
{
	return !ls_digest_is_zero(&s->report) && !ls_digest_is_zero(&s->device_id) &&
	       s->registry.size > 0;
}

/* What speaks against it; NULL: nothing does. */
static const char *reason(const struct ls_calibration_question *q, const struct ls_cal_result *r,
			  char words[static LS_CALIBRATION_TEXT_SIZE], const char **ret_id)
{
	*ret_id = "calibration.max-age";
	if (r->verdict == LS_CAL_TRACEABLE)
		return is_too_old(q, &r->fresh) ? age_words(&r->fresh, words) : NULL;
	*ret_id = r->first < r->check_count ? ls_cal_check_kind(r->checks[r->first].check)->id
					    : "calibration.incomplete";
	return r->first < r->check_count && r->checks[r->first].words ? r->checks[r->first].words
								      : "no reason is given";
}

void ls_calibration_answer(const struct ls_calibration_question *q, const struct ls_cal_result *r,
			   struct ls_calibration_status *s)
{
	char words[LS_CALIBRATION_TEXT_SIZE];
	const char *id, *text = reason(q, r, words, &id);
	ls_calibration_unknown(s, q->device, quantity_of(q), to_ms(q->now),
			       text ? id : "calibration.incomplete",
			       text ? text : "a device, a report or a checkpoint is missing");
	s->device_id = r->device;
	put_registry(&r->fresh, s);
	put_report(r, s);
	if (r->verdict == LS_CAL_NOT_TRACEABLE)
		s->verdict = LS_CALIBRATION_NOT_TRACEABLE;
	if (!text && is_whole(s)) {
		s->verdict = LS_CALIBRATION_TRACEABLE;
		memset(&s->reason, 0, sizeof(s->reason));
	}
}

static int trace(const struct ls_calibration_question *q, const struct ls_cal_trust *trust,
		 struct ls_cal_store *store, struct ls_cal_result *ret_result, struct ls_error *err)
{
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *worker = NULL;
	const struct ls_cal_engine_options options = { .at = q->now };
	int rc = ls_cal_engine_new(trust, &options, &engine, err);
	if (rc == 0)
		rc = ls_cal_worker_new(engine, store, &worker, err);
	if (rc == 0)
		rc = ls_cal_trace(worker, q->device, q->quantity, ret_result, err);
	ls_cal_worker_free(worker);
	ls_cal_engine_free(engine);
	return rc;
}

void ls_calibration_ask(const struct ls_calibration_question *q, const struct ls_cal_trust *trust,
			struct ls_cal_store *store, struct ls_calibration_status *ret_status)
{
	struct ls_error err = { 0 };
	_cleanup_cal_result_ struct ls_cal_result result = { .verdict = LS_CAL_CANNOT_BE_SHOWN };
	if (trace(q, trust, store, &result, &err) < 0)
		ls_calibration_unable(q, &err, ret_status);
	else
		ls_calibration_answer(q, &result, ret_status);
}
