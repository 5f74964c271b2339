/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/calibration_status.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/log/note.h"
#include "lib/seal/calibration_status_json.h"
#include "lib/seal/record_json.h"

static_assert(LS_CALIBRATION_ORIGIN_SIZE == LS_NOTE_NAME_SIZE, "an origin is a key's name");

#define DEPTH_MAX 2

static const char *const verdicts[] = {
	[LS_CALIBRATION_NOT_CHECKED] = "not checked",
	[LS_CALIBRATION_TRACEABLE] = "TRACEABLE",
	[LS_CALIBRATION_NOT_TRACEABLE] = "NOT TRACEABLE",
	[LS_CALIBRATION_CANNOT_BE_SHOWN] = "CANNOT BE SHOWN",
};

const char *ls_calibration_verdict_name(enum ls_calibration_verdict verdict)
{
	return verdicts[verdict];
}

/* --- what may be said ---------------------------------------------------------------- */

static int fail(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EINVAL, "calibration.status", "a calibration's status %s", why);
}

static bool is_id(const char *text)
{
	size_t n = strnlen(text, LS_CALIBRATION_REASON_SIZE);
	return n < LS_CALIBRATION_REASON_SIZE &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == n;
}

static bool is_time(int64_t ms, bool may_be_unknown)
{
	return ms == 0 ? may_be_unknown : ms >= LS_RECORD_TIME_MIN && ms <= LS_RECORD_TIME_MAX;
}

static bool texts_fit(const struct ls_calibration_status *s)
{
	return s->device[0] && ls_text_is_plain(s->device, sizeof(s->device)) &&
	       ls_text_is_plain(s->quantity, sizeof(s->quantity)) && is_id(s->reason.id) &&
	       ls_text_is_plain(s->reason.text, sizeof(s->reason.text)) &&
	       (s->reason.id[0] != '\0') == (s->reason.text[0] != '\0');
}

static bool registry_fits(const struct ls_calibration_status *s)
{
	const char *origin = s->registry.origin;
	size_t n = strnlen(origin, sizeof(s->registry.origin));
	if (s->registry.size == 0)
		return !origin[0] && s->registry.time == 0 && ls_digest_is_zero(&s->registry.root);
	return s->registry.size <= INT64_MAX && ls_note_name_valid(origin, n) &&
	       !ls_digest_is_zero(&s->registry.root) && is_time(s->registry.time, true);
}

int ls_calibration_status_check(const struct ls_calibration_status *s, struct ls_error *err)
{
	bool traceable = s->verdict == LS_CALIBRATION_TRACEABLE;
	if (s->verdict > LS_CALIBRATION_VERDICT_LAST)
		return fail(err, "has no verdict that is known");
	if (s->verdict == LS_CALIBRATION_NOT_CHECKED)
		return !s->device[0] && !s->reason.id[0] && s->checked == 0 && s->registry.size == 0
			       ? 0
			       : fail(err, "says something, and that nothing was checked");
	if (!texts_fit(s))
		return fail(err, "has a text that is missing, too long, or no plain line");
	if (!registry_fits(s))
		return fail(err, "has a registry's checkpoint that cannot be one");
	if (!is_time(s->performed, true) || !is_time(s->due, true) || !is_time(s->checked, false))
		return fail(err, "has a time that is none");
	if (ls_digest_is_zero(&s->report) && (s->performed != 0 || s->due != 0))
		return fail(err, "has times of a report, and no report");
	if (traceable && (s->reason.id[0] || ls_digest_is_zero(&s->report) ||
			  ls_digest_is_zero(&s->device_id) || s->registry.size == 0))
		return fail(err, "says TRACEABLE without a device, a report and a registry, or "
				 "with a reason against it");
	if (!traceable && !s->reason.id[0])
		return fail(err, "has no reason");
	return 0;
}

/* --- what it comes to ----------------------------------------------------------------- */

static void put_line(char *to, size_t size, const char *text)
{
	_cleanup_buffer_ struct ls_buffer plain;
	ls_buffer_init(&plain, size);
	ls_text_plain(text, strlen(text), size - 1, &plain);
	snprintf(to, size, "%s", ls_buffer_str(&plain));
}

static void set_reason(struct ls_calibration_status *s, enum ls_calibration_verdict verdict,
		       const char *id, const char *text)
{
	s->verdict = verdict;
	put_line(s->reason.id, sizeof(s->reason.id), id);
	put_line(s->reason.text, sizeof(s->reason.text), text);
}

void ls_calibration_unknown(struct ls_calibration_status *status, const char *device,
			    const char *quantity, int64_t checked, const char *id, const char *text)
{
	*status = (struct ls_calibration_status){ .checked = checked };
	put_line(status->device, sizeof(status->device), device);
	put_line(status->quantity, sizeof(status->quantity), quantity);
	set_reason(status, LS_CALIBRATION_CANNOT_BE_SHOWN, id, text);
}

void ls_calibration_status_at(struct ls_calibration_status *s, int64_t first, int64_t last)
{
	if (s->verdict != LS_CALIBRATION_TRACEABLE)
		return;
	if (s->due != 0 && last > s->due)
		set_reason(s, LS_CALIBRATION_NOT_TRACEABLE, "calibration.due",
			   "it was received after the calibration was due");
	else if (first < s->performed)
		set_reason(s, LS_CALIBRATION_CANNOT_BE_SHOWN, "calibration.performed",
			   "it was received before the newest calibration was performed");
}

/* --- as JSON ------------------------------------------------------------------------- */

static json_t *json_registry(const struct ls_calibration_status *s, bool *bad)
{
	if (s->registry.size == 0)
		return json_null();
	json_t *o = json_object();
	ls_record_set(o, "origin", json_string(s->registry.origin), bad);
	ls_record_set(o, "size", json_integer((json_int_t)s->registry.size), bad);
	ls_record_set(o, "root", ls_record_digest(&s->registry.root), bad);
	ls_record_set(o, "time", ls_record_time(s->registry.time), bad);
	return o;
}

static json_t *json_reason(const struct ls_calibration_status *s, bool *bad)
{
	if (!s->reason.id[0])
		return json_null();
	json_t *o = json_object();
	ls_record_set(o, "id", json_string(s->reason.id), bad);
	ls_record_set(o, "text", json_string(s->reason.text), bad);
	return o;
}

json_t *ls_calibration_status_json(const struct ls_calibration_status *s)
{
	bool bad = false;
	if (s->verdict == LS_CALIBRATION_NOT_CHECKED)
		return json_string(verdicts[s->verdict]);
	json_t *o = json_object();
	ls_record_set(o, "verdict", json_string(verdicts[s->verdict]), &bad);
	ls_record_set(o, "device", json_string(s->device), &bad);
	ls_record_set(o, "device_id", ls_record_digest(&s->device_id), &bad);
	ls_record_set(o, "quantity", ls_record_text(s->quantity), &bad);
	ls_record_set(o, "report", ls_record_digest(&s->report), &bad);
	ls_record_set(o, "performed", ls_record_time(s->performed), &bad);
	ls_record_set(o, "due", ls_record_time(s->due), &bad);
	ls_record_set(o, "registry", json_registry(s, &bad), &bad);
	ls_record_set(o, "checked", ls_record_time(s->checked), &bad);
	ls_record_set(o, "reason", json_reason(s, &bad), &bad);
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

static int parse_verdict(json_t *value, enum ls_calibration_verdict *ret, struct ls_error *err)
{
	const char *word = json_string_value(value);
	for (unsigned i = 0; word && i <= LS_CALIBRATION_VERDICT_LAST; i++)
		if (strcmp(word, verdicts[i]) == 0 &&
		    json_string_length(value) == strlen(verdicts[i])) {
			*ret = i;
			return 0;
		}
	return ls_record_form(err, "calibration", "has no verdict that is known");
}

static int parse_registry(json_t *o, struct ls_calibration_status *s, struct ls_error *err)
{
	static const char *const members[] = { "origin", "size", "root", "time", NULL };
	if (json_is_null(o))
		return 0;
	int rc = ls_record_members(o, "registry", members, NULL, err);
	if (rc < 0 ||
	    (rc = ls_record_get_text(o, "origin", s->registry.origin, sizeof(s->registry.origin),
				     err)) < 0 ||
	    (rc = ls_record_get_number(o, "size", &s->registry.size, err)) < 0 ||
	    (rc = ls_record_get_digest(o, "root", &s->registry.root, err)) < 0 ||
	    (rc = ls_record_get_time(o, "time", &s->registry.time, err)) < 0)
		return rc;
	/* one spelling: null */
	return s->registry.size > 0 ? 0 : ls_record_form(err, "registry", "is of no size");
}

static int parse_reason(json_t *o, struct ls_calibration_status *s, struct ls_error *err)
{
	static const char *const members[] = { "id", "text", NULL };
	if (json_is_null(o))
		return 0;
	int rc = ls_record_members(o, "reason", members, NULL, err);
	if (rc == 0)
		rc = ls_record_get_text(o, "id", s->reason.id, sizeof(s->reason.id), err);
	if (rc == 0)
		rc = ls_record_get_text(o, "text", s->reason.text, sizeof(s->reason.text), err);
	if (rc == 0 && !s->reason.id[0])
		rc = ls_record_form(err, "reason", "is empty");
	return rc;
}

static int parse_object(json_t *o, struct ls_calibration_status *s, struct ls_error *err)
{
	static const char *const members[] = { "verdict", "device",    "device_id", "quantity",
					       "report",  "performed", "due",	    "registry",
					       "checked", "reason",    NULL };
	int rc = ls_record_members(o, "calibration", members, NULL, err);
	if (rc == 0)
		rc = parse_verdict(json_object_get(o, "verdict"), &s->verdict, err);
	if (rc < 0 ||
	    (rc = ls_record_get_text(o, "device", s->device, sizeof(s->device), err)) < 0 ||
	    (rc = ls_record_get_digest(o, "device_id", &s->device_id, err)) < 0 ||
	    (rc = ls_record_get_digest(o, "report", &s->report, err)) < 0 ||
	    (rc = ls_record_get_time(o, "performed", &s->performed, err)) < 0 ||
	    (rc = ls_record_get_time(o, "due", &s->due, err)) < 0 ||
	    (rc = ls_record_get_time(o, "checked", &s->checked, err)) < 0 ||
	    (rc = parse_registry(json_object_get(o, "registry"), s, err)) < 0 ||
	    (rc = parse_reason(json_object_get(o, "reason"), s, err)) < 0)
		return rc;
	json_t *quantity = json_object_get(o, "quantity");
	if (!json_is_null(quantity) && json_string_length(quantity) == 0)
		return ls_record_form(err, "quantity", "is empty");
	if (!json_is_null(quantity))
		rc = ls_record_get_text(o, "quantity", s->quantity, sizeof(s->quantity), err);
	if (rc == 0 && s->verdict == LS_CALIBRATION_NOT_CHECKED)
		rc = ls_record_form(err, "calibration", "says what was not checked");
	return rc;
}

int ls_calibration_status_from_json(json_t *value, struct ls_calibration_status *ret_status,
				    struct ls_error *err)
{
	struct ls_calibration_status s = { .verdict = LS_CALIBRATION_NOT_CHECKED };
	if (json_is_string(value)) { /* one word that is not of an object */
		int rc = parse_verdict(value, &s.verdict, err);
		if (rc == 0 && s.verdict != LS_CALIBRATION_NOT_CHECKED)
			rc = ls_record_form(err, "calibration", "is a verdict and nothing else");
		if (rc == 0)
			*ret_status = s;
		return rc;
	}
	int rc = parse_object(value, &s, err);
	if (rc < 0)
		return rc;
	if (ls_calibration_status_check(&s, err) < 0) { /* what is not written is not read */
		if (err)
			err->code = -EBADMSG;
		return -EBADMSG;
	}
	*ret_status = s;
	return 0;
}

int ls_calibration_status_format(const struct ls_calibration_status *status, struct ls_buffer *out,
				 struct ls_error *err)
{
	int rc = ls_calibration_status_check(status, err);
	if (rc < 0)
		return rc;
	_cleanup_(json_decref) json_t *o = ls_calibration_status_json(status);
	_cleanup_free_ char *text = o ? json_dumps(o, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	if (!text || ls_buffer_add_str(out, text) < 0)
		return ls_fail(err, -ENOMEM, "calibration.memory",
			       "out of memory for a calibration's status");
	return strlen(text) <= LS_CALIBRATION_STATUS_MAX
		       ? 0
		       : ls_fail(err, -EFBIG, "calibration.status", "it is too long");
}

int ls_calibration_status_parse(const void *bytes, size_t size,
				struct ls_calibration_status *ret_status, struct ls_error *err)
{
	if (size > LS_CALIBRATION_STATUS_MAX || ls_record_check_depth(bytes, size, DEPTH_MAX) < 0)
		return ls_record_form(err, "calibration", "is too large or nested too deeply");
	_cleanup_(json_decref) json_t *o = ls_record_load(bytes, size, err);
	return o ? ls_calibration_status_from_json(o, ret_status, err) : -EBADMSG;
}
