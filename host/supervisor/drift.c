/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that is no longer what was measured and started: on record first, then dealt with. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/supervisor.h"
#include "host/supervisor/violations_json.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#define SEAL_MS	 5000
#define AGAIN_MS 60000 /* at the least between two events, where sealing goes on */
#define GRACE_MS 1000
#define LOG_MAX	 8

static const char *const responses[] = {
	[LS_DRIFT_STOP_SEALING] = "stop-sealing",
	[LS_DRIFT_STOP_VM] = "stop-vm",
	[LS_DRIFT_FLAG] = "flag",
};

/* A host's version, or polkit's rule, is `labseal audit`'s to tell: the machine is the same. */
static bool is_drift(const struct ls_violation *v)
{
	static const char *const kinds[] = { "xml.", "domain.", "process.", "channel.",
					     "display." };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncmp(v->id, kinds[i], strlen(kinds[i])) == 0)
			return true;
	return false;
}

static const struct ls_violation *first_drift(const struct ls_violations *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (is_drift(&list->at[i]))
			return &list->at[i];
	return NULL;
}

int ls_drift_take(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	int rc = ls_machine_judged_decode(m, &s->violations, err);
	if (rc < 0)
		return rc;
	s->is_looked_at = true;
	s->status_changed = true;
	return 0;
}

bool ls_has_drifted(const struct ls_supervisor *s)
{
	if (s->is_sealing_over || !first_drift(&s->violations) ||
	    ls_violations_equal(&s->violations, &s->answered))
		return false;
	return s->answered_at == 0 || ls_now_ms() - s->answered_at >= AGAIN_MS;
}

/* As many as there is room for; "count" says of how many. */
static int make_detail(const struct ls_supervisor *s, char detail[static LS_EVENT_DETAIL_ROOM])
{
	char line[sizeof(s->violations.at[0].id) + sizeof(s->violations.at[0].path) + 2];
	_cleanup_free_ char *text = NULL;
	json_t *list = json_array();
	json_t *json = json_pack("{s:s, s:s, s:i, s:o}", "machine", s->policy->vm.name, "response",
				 responses[s->policy->on_drift], "count", (int)s->violations.count,
				 "violations", list);
	int rc = json ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < s->violations.count; i++) {
		const struct ls_violation *v = &s->violations.at[i];
		snprintf(line, sizeof(line), "%s %s", v->id, v->path);
		json_array_append_new(list, json_string(line));
		char *longer = json_dumps(json, JSON_COMPACT);
		if (!longer || strlen(longer) >= LS_EVENT_DETAIL_ROOM) {
			free(longer);
			break;
		}
		free(text);
		text = longer;
	}
	json_decref(json);
	if (!text)
		return -ENOMEM;
	snprintf(detail, LS_EVENT_DETAIL_ROOM, "%s", text);
	return rc;
}

static bool events_are_sealed(const struct ls_supervisor *s)
{
	return s->events.count == 0 || s->signing_failed;
}

/* Before anything is done about it, so that whatever happens then, it is on record. */
static void seal(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	char detail[LS_EVENT_DETAIL_ROOM];
	if (make_detail(s, detail) < 0 || ls_events_tell(&s->events, "drift", detail, &err) < 0) {
		ls_log(LS_LOG_ERROR, "drift.event", "the drift cannot be sealed");
		return;
	}
	if (s->is_ready &&
	    ls_events_send(&s->events, s->events.count - 1, s->children.channel, &err) < 0)
		ls_signing_trouble(s, &err);
	else if (s->is_ready && ls_pump(s, events_are_sealed, SEAL_MS) < 0)
		ls_log(LS_LOG_WARNING, "drift.event",
		       "the drift is not sealed yet; it is kept and sealed at the next start");
}

static void tell(struct ls_supervisor *s, struct ls_error *err)
{
	size_t told = 0;
	const struct ls_violation *first = first_drift(&s->violations);
	for (size_t i = 0; i < s->violations.count && told < LOG_MAX; i++) {
		const struct ls_violation *v = &s->violations.at[i];
		if (!is_drift(v))
			continue;
		ls_log(LS_LOG_ERROR, v->id, "%s is \"%s\" and not \"%s\": %s", v->path, v->found,
		       v->expected, v->why);
		told++;
	}
	ls_fail(err, -EPERM, "machine.drift",
		"the virtual machine '%s' is no longer the approved one: '%s' is \"%s\" and not "
		"\"%s\"; "
		"'labseal audit' says all of it",
		s->policy->vm.name, first->path, first->found, first->expected);
}

int ls_drift_answer(struct ls_supervisor *s, struct ls_error *err)
{
	struct ls_error what;
	tell(s, &what);
	s->answered = s->violations;
	s->answered_at = ls_now_ms();
	ls_show_problem(s, &what);
	seal(s);
	switch (s->policy->on_drift) {
	case LS_DRIFT_STOP_VM: *err = what; return err->code;
	case LS_DRIFT_STOP_SEALING:
		s->is_sealing_over = true;
		ls_signing_end(s, GRACE_MS);
		ls_log(LS_LOG_ERROR, "drift.sealing",
		       "nothing is sealed any more until labseald is started anew; what the guest "
		       "sends waits");
		ls_status_changed(s, "not sealing");
		return 0;
	case LS_DRIFT_FLAG: break;
	}
	return 0;
}
