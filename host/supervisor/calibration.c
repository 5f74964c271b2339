/* SPDX-License-Identifier: Apache-2.0 */
/* The instrument's calibration in labseald's loop: to the enclave, into log, status and events. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"

#define DAY	   86400
#define REPORT_HEX 12 /* digits of a report's id in a line of the log */

int ls_calibration_send(struct ls_supervisor *s, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text, body;
	ls_buffer_init(&text, LS_CALIBRATION_STATUS_MAX);
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	if (!s->calibration.policy)
		return 0;
	int rc = ls_calibration_status_format(&s->calibration.status, &text, err);
	if (rc < 0)
		return rc;
	const struct ls_calibration c = { .hold = ls_calibration_watch_holds(&s->calibration),
					  .status = { text.data, text.size } };
	if (ls_encode_calibration(&c, &body) < 0)
		return ls_fail(err, -ENOMEM, "calibration.memory", "out of memory for a status");
	return ls_message_send(s->children.channel, LS_MSG_CALIBRATION, body.data, body.size, err);
}

/* --- events ---------------------------------------------------------------------------- */

static json_t *utc_or_null(int64_t ms)
{
	char utc[LS_UTC_SIZE];
	return ms == 0 ? json_null() : json_string(ls_utc_format(ms / 1000, utc));
}

static json_t *digest_or_null(const struct ls_digest *d)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return ls_digest_is_zero(d) ? json_null() : json_string(ls_digest_hex(d, hex));
}

static void seal(struct ls_supervisor *s, const char *kind, bool hold)
{
	struct ls_error err = { 0 };
	const struct ls_calibration_status *c = &s->calibration.status;
	json_t *json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "verdict",
				 ls_calibration_verdict_name(c->verdict), "device", c->device,
				 "report", digest_or_null(&c->report), "performed",
				 utc_or_null(c->performed), "due", utc_or_null(c->due), "reason",
				 c->reason.id, "results", hold ? "kept" : "sealed");
	_cleanup_free_ char *detail = json ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	if (!detail)
		ls_fail(&err, -ENOMEM, "calibration.memory", "out of memory for an event");
	else
		ls_events_tell(&s->events, kind, detail, &err);
	if (err.code)
		ls_log_error(&err);
	else if (s->is_ready &&
		 ls_events_send(&s->events, s->events.count - 1, s->children.channel, &err) < 0)
		ls_signing_trouble(s, &err);
}

/* --- what is told ---------------------------------------------------------------------- */

static void log_verdict(const struct ls_calibration_status *c)
{
	char due[LS_UTC_SIZE], report[LS_DIGEST_HEX_SIZE];
	switch (c->verdict) {
	case LS_CALIBRATION_TRACEABLE:
		ls_log(LS_LOG_INFO, "calibration.traceable",
		       "the instrument's device '%s' is traceable: report %.*s, due %s", c->device,
		       REPORT_HEX, ls_digest_hex(&c->report, report),
		       c->due ? ls_utc_format(c->due / 1000, due) : "never");
		break;
	case LS_CALIBRATION_NOT_TRACEABLE:
		ls_log(LS_LOG_ERROR, "calibration.not-traceable",
		       "the instrument's device '%s' is NOT TRACEABLE: %s: %s; 'labseal cal trace' "
		       "shows the chain",
		       c->device, c->reason.id, c->reason.text);
		break;
	default:
		ls_log(LS_LOG_WARNING, "calibration.not-shown",
		       "whether the instrument's device '%s' is traceable cannot be shown: %s: %s",
		       c->device, c->reason.id, c->reason.text);
	}
}

static void log_hold(bool hold)
{
	if (hold)
		ls_log(LS_LOG_ERROR, "calibration.hold",
		       "results are not sealed, as the policy wants it: they are kept in the "
		       "spool, "
		       "until the instrument is traceable; renew its calibration, and the "
		       "registry's mirror with 'labseal cal sync'");
	else
		ls_log(LS_LOG_INFO, "calibration.release",
		       "results are sealed again, and those that were kept");
}

/* Once for each report, and once a day. */
static void warn_of_due(struct ls_supervisor *s, int64_t now)
{
	char due[LS_UTC_SIZE];
	const struct ls_calibration_status *c = &s->calibration.status;
	struct ls_calibration_told *told = &s->calibration_told;
	bool is_new = !ls_digest_equal(&told->due_report, &c->report);
	if (!ls_calibration_watch_warns(&s->calibration, now) ||
	    (!is_new && now - told->due_warned < DAY))
		return;
	ls_log(LS_LOG_WARNING, "calibration.due-soon",
	       "the calibration of the instrument's device '%s' is due at %s, in %lld days",
	       c->device, ls_utc_format(c->due / 1000, due),
	       (long long)((c->due / 1000 - now) / DAY));
	if (is_new)
		seal(s, "calibration-due", false);
	told->due_report = c->report;
	told->due_warned = now;
}

/* A status is news when the verdict is another, or what it fails by. */
static void tell(struct ls_supervisor *s)
{
	const struct ls_calibration_status *c = &s->calibration.status;
	struct ls_calibration_told *told = &s->calibration_told;
	bool hold = ls_calibration_watch_holds(&s->calibration);
	bool is_new = told->verdict != c->verdict || strcmp(told->reason, c->reason.id) != 0;
	if (is_new)
		log_verdict(c);
	if (hold != told->hold)
		log_hold(hold);
	if (hold != told->hold || (is_new && !(told->verdict == LS_CALIBRATION_NOT_CHECKED &&
					       c->verdict == LS_CALIBRATION_TRACEABLE)))
		seal(s, "calibration", hold);
	told->verdict = c->verdict;
	told->hold = s->status.holds_results = hold;
	snprintf(told->reason, sizeof(told->reason), "%s", c->reason.id);
	warn_of_due(s, time(NULL));
	ls_status_changed(s, NULL);
}

static void take_up(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	if (s->is_stopping)
		return;
	tell(s);
	if (s->children.channel >= 0 && !s->signing_failed && s->is_ready &&
	    ls_calibration_send(s, &err) < 0)
		ls_signing_trouble(s, &err);
}

void ls_calibration_look(struct ls_supervisor *s)
{
	pid_t before = s->calibration.pid;
	if (s->is_stopping)
		return;
	if (ls_calibration_watch_look(&s->calibration, ls_now_ms(), time(NULL)) == 1)
		take_up(s);
	if (s->calibration.pid != before)
		ls_note_process(s, LS_CALIBRATION_PROGRAM, s->calibration.pid);
}

void ls_calibration_ended(struct ls_supervisor *s, int status)
{
	struct ls_error err = { 0 };
	ls_note_process(s, LS_CALIBRATION_PROGRAM, 0);
	ls_calibration_watch_ended(&s->calibration, status, ls_now_ms(), time(NULL), &err);
	take_up(s);
}
