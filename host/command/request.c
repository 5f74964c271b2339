/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/request.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "host/command/difference.h"
#include "lib/base/cleanup.h"
#include "lib/seal/manifest.h"

#define SCHEMA "labseal/approval-request/v1"

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

void ls_request_free(struct ls_request *request)
{
	ls_event_log_free(&request->log);
	ls_event_log_free(&request->before);
}

/* -ENOMEM as NULL. */
static json_t *log_json(const struct ls_event_log *log)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_EVENT_LOG_SIZE_MAX);
	return ls_event_log_format(log, &text) < 0 ? NULL : json_string(ls_buffer_str(&text));
}

int ls_request_format(const struct ls_request *request, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer approval;
	ls_buffer_init(&approval, LS_APPROVAL_SIZE_MAX);
	int rc = ls_approval_format(&request->approval, &approval, err);
	if (rc < 0)
		return rc;
	_cleanup_json_ json_t *json = json_pack(
		"{s:s, s:s, s:s, s:o, s:o}", "schema", SCHEMA, "instrument", request->instrument,
		"approval", ls_buffer_str(&approval), "events", log_json(&request->log), "before",
		request->has_before ? log_json(&request->before) : json_null());
	_cleanup_free_ char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	if (!text || ls_buffer_add_str(out, text) < 0 || ls_buffer_add_u8(out, '\n') < 0)
		return ls_fail(err, -ENOMEM, "request.memory", "out of memory for a request");
	return 0;
}

static int parse_log(const char *text, struct ls_event_log *ret_log, struct ls_error *err)
{
	return ls_event_log_parse(text, strlen(text), ret_log, err);
}

/* The authority's key is for the enclave's state: it signs for no other use. */
static int check_use(const struct ls_request *r, struct ls_error *err)
{
	return strcmp(r->approval.policy_ref, LS_POLICY_REF) == 0
		       ? 0
		       : ls_fail(err, -EBADMSG, "request.use",
				 "a request is for another use of the authority's key than an "
				 "enclave's state: its policy_ref is '%s' and not '%s'",
				 r->approval.policy_ref, LS_POLICY_REF);
}

/* What will be signed must be what is shown. */
static int check_log(const struct ls_request *r, struct ls_error *err)
{
	struct ls_digest pcr;
	int rc = ls_event_log_check_complete(&r->log, err);
	if (rc < 0)
		return rc;
	ls_event_log_replay(&r->log, &pcr);
	return ls_digest_equal(&pcr, &r->approval.pcr23)
		       ? 0
		       : ls_fail(err, -EBADMSG, "request.log",
				 "the request's event log is not what its approval would be for");
}

int ls_request_parse(const void *bytes, size_t size, struct ls_request *ret_request,
		     struct ls_error *err)
{
	json_error_t why;
	const char *schema, *instrument, *approval, *events;
	json_t *before;
	_cleanup_request_ struct ls_request r = { .has_before = false };
	_cleanup_json_ json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
	if (!json || json_unpack_ex(json, &why, 0, "{s:s, s:s, s:s, s:s, s:o !}", "schema", &schema,
				    "instrument", &instrument, "approval", &approval, "events",
				    &events, "before", &before) < 0)
		return ls_fail(err, -EBADMSG, "request.json", "a request is malformed: line %d: %s",
			       why.line, why.text);
	if (strcmp(schema, SCHEMA) != 0 || !ls_instrument_valid(instrument, strlen(instrument)) ||
	    strlen(instrument) >= sizeof(r.instrument) ||
	    (!json_is_null(before) && !json_is_string(before)))
		return ls_fail(
			err, -EBADMSG, "request.member",
			"a request has a member that is malformed, or is of another version");
	memcpy(r.instrument, instrument, strlen(instrument) + 1);
	r.has_before = json_is_string(before);
	int rc = ls_approval_parse(approval, strlen(approval), &r.approval, err);
	if (rc == 0)
		rc = check_use(&r, err);
	if (rc == 0)
		rc = parse_log(events, &r.log, err);
	if (rc == 0 && r.has_before)
		rc = parse_log(json_string_value(before), &r.before, err);
	if (rc == 0)
		rc = check_log(&r, err);
	if (rc < 0)
		return rc;
	*ret_request = r;
	r = (struct ls_request){ .has_before = false }; /* handed over */
	return 0;
}

void ls_request_print(const struct ls_request *request)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("instrument  %s\napproval    %" PRIu64 ", for the version counter up to %" PRIu64
	       ", under %s\nmeasurement %s\n",
	       request->instrument, request->approval.version, request->approval.counter,
	       request->approval.kvm ? "KVM" : "TCG", ls_digest_hex(&request->approval.pcr23, hex));
	ls_difference_print(request->has_before ? &request->before : NULL, &request->log, stdout);
}
