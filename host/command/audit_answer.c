/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/audit_answer.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/command/common.h"
#include "host/supervisor/state.h"
#include "host/supervisor/status.h"
#include "host/supervisor/violations_json.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define STATUS_MAX (1 << 20)

static void json_cleanup(json_t **value)
{
	json_decref(*value);
}
#define _cleanup_json_ __attribute__((cleanup(json_cleanup)))

static int exit_status(const struct ls_audit_answer *a)
{
	if (a->list->count > 0)
		return LS_EXIT_DOES_NOT_HOLD;
	return a->is_complete ? LS_EXIT_HOLDS : LS_EXIT_COULD_NOT_CHECK;
}

/* labseal/audit/v1; tests/command/audit.tst pins it. */
static json_t *as_json(const struct ls_audit_answer *a)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:o, s:b}", "schema",
			 "labseal/audit/v1", "policy", a->policy_path, "instrument",
			 a->policy->instrument.id, "machine", a->policy->vm.name, "source",
			 a->source, "holds", exit_status(a) == LS_EXIT_HOLDS, "complete",
			 a->is_complete, "reason", a->reason, "violations",
			 ls_violations_to_json(a->list, LS_VIOLATIONS_MAX), "more_violations",
			 a->list->more);
}

static void print_text(const struct ls_audit_answer *a)
{
	for (size_t i = 0; i < a->list->count; i++) {
		const struct ls_violation *v = &a->list->at[i];
		printf("%s  (%s)\n    found     %s\n", v->path, v->id, v->found);
		if (v->expected[0])
			printf("    expected  %s\n", v->expected);
		printf("    why       %s\n    do        %s\n", v->why, v->remedy);
	}
	if (a->list->count > 0)
		printf("%s: does not hold: %zu violation%s%s\n", a->policy_path, a->list->count,
		       a->list->count == 1 ? "" : "s", a->list->more ? " or more" : "");
	else if (!a->is_complete)
		printf("%s: could not be checked\n", a->policy_path);
	else
		printf("%s: holds: the machine '%s' is the one that the policy describes\n",
		       a->policy_path, a->policy->vm.name);
}

int ls_audit_print(const struct ls_audit_answer *answer, bool json)
{
	if (json)
		return ls_cmd_print_json(as_json(answer), exit_status(answer));
	print_text(answer);
	return exit_status(answer);
}

/* --- labseald's word ------------------------------------------------------------ */

static int off(const struct ls_policy *policy, const char *why, struct ls_error *err)
{
	return ls_fail(
		err, -ESRCH, "audit.off",
		"%s: the machine '%s' is in labseald's own libvirt, which nobody else can look "
		"into; start it with 'labseal run'",
		why, policy->vm.name);
}

/* Whether the machine was looked at lately: a labseald that hangs has no word. */
static bool is_fresh(const json_t *status)
{
	int64_t written;
	const char *text = json_string_value(json_object_get(status, "written"));
	return text && ls_utc_parse(text, strlen(text), &written) == 0 &&
	       time(NULL) - written <= 5 * LS_STATUS_EVERY_MS / 1000;
}

int ls_audit_by_labseald(const struct ls_policy *policy, struct ls_violations *list,
			 struct ls_error *err)
{
	bool is_locked;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, STATUS_MAX);
	_cleanup_close_ int state_fd = ls_state_open(policy, 0, err);
	int rc = state_fd < 0 ? state_fd : ls_state_is_locked(state_fd, &is_locked, err);
	if (rc < 0)
		return rc;
	if (!is_locked)
		return off(policy, "labseald does not run", err);
	rc = ls_file_read(state_fd, LS_STATE_STATUS, &text, err);
	if (rc < 0)
		return rc;
	_cleanup_json_ json_t *status = json_loadb(ls_buffer_str(&text), text.size, 0, NULL);
	const json_t *audit = json_object_get(status, "audit");
	const char *state =
		json_string_value(json_object_get(json_object_get(status, "vm"), "state"));
	if (!state || !is_fresh(status) || !json_is_true(json_object_get(audit, "looked")))
		return off(policy, "labseald has not looked at the machine lately", err);
	list->more = json_is_true(json_object_get(audit, "more"));
	if (ls_violations_from_json(json_object_get(audit, "violations"), list) < 0)
		return ls_fail(err, -EBADMSG, "audit.status", "'%s' in the state folder is damaged",
			       LS_STATE_STATUS);
	return 0;
}
