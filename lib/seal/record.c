/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/record.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/seal/calibration_status_json.h"
#include "lib/seal/record_json.h"
#include "lib/seal/samples_json.h"

#define SCHEMA "labseal/record/v1"

/* --- words ------------------------------------------------------------------- */

static bool event_kind_valid(const char *text)
{
	size_t n = strnlen(text, LS_EVENT_KIND_SIZE);
	return n > 0 && n < LS_EVENT_KIND_SIZE &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool unconfined_valid(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz, -";
	size_t n = strnlen(text, LS_UNCONFINED_SIZE);
	return n < LS_UNCONFINED_SIZE && strspn(text, allowed) == n;
}

static bool session_valid(const char *text)
{
	uint8_t bytes[LS_SESSION_HEX_SIZE / 2];
	size_t n = strnlen(text, LS_SESSION_HEX_SIZE);
	return n == LS_SESSION_HEX_SIZE - 1 && ls_hex_decode(text, n, bytes) == 0;
}

/* A difference of two known times, else null. */
static json_t *json_difference(int64_t later, int64_t earlier)
{
	if (later == 0 || earlier == 0 || later < LS_RECORD_TIME_MIN ||
	    later > LS_RECORD_TIME_MAX || earlier < LS_RECORD_TIME_MIN ||
	    earlier > LS_RECORD_TIME_MAX)
		return json_null();
	return json_integer(later - earlier);
}

/* --- formatting ------------------------------------------------------------------ */

static json_t *json_file(const struct ls_record_file *f, bool *bad)
{
	json_t *claimed = json_object(), *lag = json_object(), *file = json_object();
	ls_record_set(claimed, "name", json_string(f->claimed.name), bad);
	ls_record_set(claimed, "modified", ls_record_time(f->claimed.modified), bad);
	ls_record_set(claimed, "clock", ls_record_time(f->claimed.clock), bad);
	ls_record_set(claimed, "parent", ls_record_digest(&f->claimed.parent), bad);
	ls_record_set(lag, "waited_ms", json_difference(f->claimed.clock, f->claimed.modified),
		      bad);
	ls_record_set(lag, "carried_ms", json_difference(f->received, f->begun), bad);
	ls_record_set(file, "path", json_string(f->path), bad);
	ls_record_set(file, "number", json_integer((json_int_t)f->number), bad);
	ls_record_set(file, "size", json_integer((json_int_t)f->size), bad);
	ls_record_set(file, "sha256", ls_record_digest(&f->sha256), bad);
	ls_record_set(file, "claimed", claimed, bad);
	ls_record_set(file, "begun", ls_record_time(f->begun), bad);
	ls_record_set(file, "received", ls_record_time(f->received), bad);
	ls_record_set(file, "lag", lag, bad);
	return file;
}

static json_t *json_files(const struct ls_record *record, bool *bad)
{
	json_t *files = json_array();
	for (size_t i = 0; i < record->count; i++)
		if (json_array_append_new(files, json_file(&record->files[i], bad)) < 0)
			*bad = true;
	return files;
}

static json_t *json_detail(const struct ls_record *record, struct ls_error *err)
{
	const char *text = record->detail ? record->detail : "{}";
	if (ls_record_detail_check(text, strlen(text), err) < 0)
		return NULL;
	return ls_record_load(text, strlen(text), err);
}

static json_t *json_measured(const struct ls_record *record, bool *bad)
{
	json_t *measurement = json_object();
	ls_record_set(measurement, "pcr23", ls_record_digest(&record->pcr23), bad);
	ls_record_set(measurement, "approval",
		      record->approval_version ? json_integer((json_int_t)record->approval_version)
					       : json_null(),
		      bad);
	return measurement;
}

static json_t *json_environment(const struct ls_record *record, bool *bad)
{
	json_t *environment = json_object();
	ls_record_set(environment, "policy", ls_record_digest(&record->policy), bad);
	ls_record_set(environment, "domain_xml", ls_record_digest(&record->domain_xml), bad);
	ls_record_set(environment, "base_image", ls_record_digest(&record->base_image), bad);
	return environment;
}

static int fail_field(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EINVAL, "record.field", "cannot write a record: %s", why);
}

static bool file_fits(const struct ls_record_file *f)
{
	return f->size <= INT64_MAX && f->number <= INT64_MAX && !ls_digest_is_zero(&f->sha256);
}

static bool numbers_fit(const struct ls_record *record)
{
	if (record->seal == 0 || record->seal > INT64_MAX || record->approval_version > INT64_MAX)
		return false;
	for (size_t i = 0; i < record->count; i++)
		if (!file_fits(&record->files[i]))
			return false;
	return true;
}

int ls_record_file_check(const struct ls_record_file *file, struct ls_error *err)
{
	return file_fits(file)
		       ? 0
		       : fail_field(err, "a file's size, number or digest is out of bounds");
}

/* The texts of a file but path and name take less than 750 bytes; JSON has '"' and '\\' doubled. */
size_t ls_record_file_room(const struct ls_record_file *file)
{
	return 768 + strlen(file->path) + 2 * strlen(file->claimed.name);
}

static int check(const struct ls_record *r, struct ls_error *err)
{
	bool event = r->kind == LS_SEAL_EVENT;
	if (!event && r->kind != LS_SEAL_RESULT)
		return fail_field(err, "it is neither a result nor an event");
	if (event != event_kind_valid(r->event) || (!event && r->event[0]))
		return fail_field(err, "an event needs a kind of [a-z0-9-], a result has none");
	if (event ? r->count != 0 : r->count == 0 || r->count >= LS_MANIFEST_FILES_MAX)
		return fail_field(err, "an event has no files, a result has 1 to 511");
	if (event && r->samples.count > 0)
		return fail_field(err, "an event has no samples");
	if (!event && (r->detail || !ls_digest_is_zero(&r->event_key)))
		return fail_field(err, "a result has no detail and no event key");
	if (!ls_instrument_valid(r->instrument, strnlen(r->instrument, LS_INSTRUMENT_SIZE)))
		return fail_field(err, "the instrument's name is not allowed");
	if (r->session[0] && !session_valid(r->session))
		return fail_field(err, "the session is not 32 hex digits");
	if (!unconfined_valid(r->unconfined))
		return fail_field(err, "what it is without is not of letters");
	/* evidence is for what was published before */
	if (r->evidence >= r->seal && r->evidence > 0)
		return fail_field(err, "its evidence is not of an earlier seal");
	if (r->key_kind < LS_KEY_FILE || r->key_kind > LS_KEY_KIND_LAST)
		return fail_field(err, "the kind of the signing key is not known");
	if (r->ed25519 > LS_ED25519_KIND_LAST)
		return fail_field(err, "the kind of the Ed25519 key is not known");
	if (r->received <= 0 || r->received > LS_RECORD_TIME_MAX || !numbers_fit(r))
		return fail_field(err, "a number, a digest or the time of receipt is missing");
	int rc = ls_samples_check(&r->samples, err);
	return rc < 0 ? rc : ls_calibration_status_check(&r->calibration, err);
}

static int fill(json_t *o, const struct ls_record *r, struct ls_error *err)
{
	bool bad = false, event = r->kind == LS_SEAL_EVENT;
	ls_record_set(o, "schema", json_string(SCHEMA), &bad);
	ls_record_set(o, "kind", json_string(ls_seal_kind_name(r->kind)), &bad);
	if (event) {
		ls_record_set(o, "event", json_string(r->event), &bad);
		ls_record_set(o, "event_key", ls_record_digest(&r->event_key), &bad);
	}
	ls_record_set(o, "instrument", json_string(r->instrument), &bad);
	ls_record_set(o, "seal", json_integer((json_int_t)r->seal), &bad);
	ls_record_set(o, "received", ls_record_time(r->received), &bad);
	ls_record_set(o, "session", ls_record_text(r->session), &bad);
	if (event) {
		json_t *detail = json_detail(r, err);
		if (!detail)
			return -EBADMSG;
		ls_record_set(o, "detail", detail, &bad);
	} else {
		ls_record_set(o, "files", json_files(r, &bad), &bad);
	}
	ls_record_set(o, "environment", json_environment(r, &bad), &bad);
	ls_record_set(o, "measurement", json_measured(r, &bad), &bad);
	ls_record_set(o, "key", json_string(ls_key_kind_name(r->key_kind)), &bad);
	if (r->ed25519 != LS_ED25519_NONE)
		ls_record_set(o, "ed25519", json_string(ls_ed25519_kind_name(r->ed25519)), &bad);
	ls_record_set(o, "development", json_boolean(r->development), &bad);
	if (r->unconfined[0])
		ls_record_set(o, "unconfined", json_string(r->unconfined), &bad);
	if (r->evidence > 0)
		ls_record_set(o, "evidence", json_integer((json_int_t)r->evidence), &bad);
	ls_record_set(o, "calibration", ls_calibration_status_json(&r->calibration), &bad);
	if (r->samples.count > 0)
		ls_record_set(o, "samples", ls_samples_json(&r->samples), &bad);
	if (bad)
		return fail_field(err, "a text in it is not UTF-8, or memory ran out");
	return 0;
}

static int add_to_buffer(const char *bytes, size_t n, void *out)
{
	return ls_buffer_add(out, bytes, n);
}

int ls_record_format(const struct ls_record *record, struct ls_buffer *out, struct ls_error *err)
{
	int rc = check(record, err);
	if (rc < 0)
		return rc;
	_cleanup_(json_decref) json_t *o = json_object();
	rc = fill(o, record, err);
	if (rc < 0)
		return rc;
	size_t before = out->size;
	json_dump_callback(o, add_to_buffer, out, JSON_INDENT(1));
	ls_buffer_add_str(out, "\n");
	if (ls_buffer_error(out) < 0)
		return ls_fail(err, ls_buffer_error(out), "record.memory",
			       "a record does not fit its buffer");
	if (out->size - before > LS_RECORD_SIZE_MAX)
		return ls_fail(err, -EFBIG, "record.size", "a record is larger than %d bytes",
			       LS_RECORD_SIZE_MAX);
	return 0;
}

int ls_record_detail_check(const char *json, size_t size, struct ls_error *err)
{
	if (size > LS_RECORD_DETAIL_MAX ||
	    ls_record_check_depth(json, size, LS_RECORD_DEPTH_MAX - 1) < 0)
		return ls_fail(err, -EBADMSG, "record.detail",
			       "the detail of an event is larger than %d bytes or nested deeper "
			       "than %d",
			       LS_RECORD_DETAIL_MAX, LS_RECORD_DEPTH_MAX - 1);
	_cleanup_(json_decref) json_t *o = ls_record_load(json, size, err);
	return o ? 0 : -EBADMSG;
}

static int check_difference(json_t *o, const char *key, int64_t later, int64_t earlier,
			    struct ls_error *err)
{
	_cleanup_(json_decref) json_t *wanted = json_difference(later, earlier);
	if (!json_equal(json_object_get(o, key), wanted))
		return ls_record_form(err, key, "is not the difference of its times");
	return 0;
}

/* --- parsing -------------------------------------------------------------------------- */

static int parse_file(json_t *o, struct ls_record_file *f, struct ls_error *err)
{
	static const char *const members[] = { "path",	"number",   "size", "sha256", "claimed",
					       "begun", "received", "lag",  NULL };
	static const char *const claims[] = { "name", "modified", "clock", "parent", NULL };
	static const char *const lags[] = { "waited_ms", "carried_ms", NULL };
	json_t *claimed = json_object_get(o, "claimed"), *lag = json_object_get(o, "lag");
	int rc = ls_record_members(o, "files", members, NULL, err);
	if (rc < 0 || (rc = ls_record_members(claimed, "claimed", claims, NULL, err)) < 0 ||
	    (rc = ls_record_members(lag, "lag", lags, NULL, err)) < 0 ||
	    (rc = ls_record_get_text(o, "path", f->path, sizeof(f->path), err)) < 0 ||
	    (rc = ls_record_get_number(o, "number", &f->number, err)) < 0 ||
	    (rc = ls_record_get_number(o, "size", &f->size, err)) < 0 ||
	    (rc = ls_record_get_digest(o, "sha256", &f->sha256, err)) < 0 ||
	    (rc = ls_record_get_time(o, "begun", &f->begun, err)) < 0 ||
	    (rc = ls_record_get_time(o, "received", &f->received, err)) < 0 ||
	    (rc = ls_record_get_text(claimed, "name", f->claimed.name, sizeof(f->claimed.name),
				     err)) < 0 ||
	    (rc = ls_record_get_time(claimed, "modified", &f->claimed.modified, err)) < 0 ||
	    (rc = ls_record_get_time(claimed, "clock", &f->claimed.clock, err)) < 0 ||
	    (rc = ls_record_get_digest(claimed, "parent", &f->claimed.parent, err)) < 0 ||
	    (rc = check_difference(lag, "waited_ms", f->claimed.clock, f->claimed.modified, err)) <
		    0)
		return rc;
	return check_difference(lag, "carried_ms", f->received, f->begun, err);
}

static int parse_files(json_t *files, struct ls_record *r, struct ls_error *err)
{
	size_t count = json_array_size(files);
	if (!json_is_array(files) || count == 0 || count >= LS_MANIFEST_FILES_MAX)
		return ls_record_form(err, "files", "is no list of 1 to 511");
	r->files = calloc(count, sizeof(*r->files));
	if (!r->files)
		return ls_fail(err, -ENOMEM, "record.memory", "out of memory for a record");
	for (size_t i = 0; i < count; i++) {
		int rc = parse_file(json_array_get(files, i), &r->files[i], err);
		if (rc < 0)
			return rc;
		r->count++;
	}
	return 0;
}

/* One spelling: none is no list. */
static int parse_samples(json_t *o, struct ls_record *r, struct ls_error *err)
{
	json_t *samples = json_object_get(o, "samples");
	int rc = samples ? ls_samples_from_json(samples, &r->samples, err) : 0;
	if (rc == 0 && samples && r->samples.count == 0)
		rc = ls_record_form(err, "samples", "is empty");
	return rc;
}

static int parse_event(json_t *o, struct ls_record *r, struct ls_error *err)
{
	json_t *detail = json_object_get(o, "detail");
	int rc = ls_record_get_text(o, "event", r->event, sizeof(r->event), err);
	if (rc == 0)
		rc = ls_record_get_digest(o, "event_key", &r->event_key, err);
	if (rc < 0)
		return rc;
	if (!json_is_object(detail))
		return ls_record_form(err, "detail", "is no object");
	r->detail = json_dumps(detail, JSON_COMPACT);
	if (!r->detail)
		return ls_fail(err, -ENOMEM, "record.memory", "out of memory for a record");
	return 0;
}

/* One content, one spelling: a member that says nothing is not there. */
static int parse_optional(json_t *o, struct ls_record *r, struct ls_error *err)
{
	int rc = 0;
	if (json_object_get(o, "unconfined"))
		rc = ls_record_get_text(o, "unconfined", r->unconfined, sizeof(r->unconfined), err);
	if (rc == 0 && json_object_get(o, "evidence"))
		rc = ls_record_get_number(o, "evidence", &r->evidence, err);
	if (rc < 0)
		return rc;
	if (json_object_get(o, "unconfined") && !r->unconfined[0])
		return ls_record_form(err, "unconfined", "is empty");
	if (json_object_get(o, "evidence") && r->evidence == 0)
		return ls_record_form(err, "evidence", "is no size");
	json_t *ed25519 = json_object_get(o, "ed25519");
	if (ed25519 && (!json_is_string(ed25519) ||
			ls_ed25519_kind_parse(json_string_value(ed25519),
					      json_string_length(ed25519), &r->ed25519) < 0))
		return ls_record_form(err, "ed25519", "is no kind of Ed25519 key");
	return 0;
}

static int parse_state(json_t *o, struct ls_record *r, struct ls_error *err)
{
	static const char *const environments[] = { "policy", "domain_xml", "base_image", NULL };
	static const char *const measurements[] = { "pcr23", "approval", NULL };
	json_t *environment = json_object_get(o, "environment");
	json_t *measurement = json_object_get(o, "measurement");
	json_t *key = json_object_get(o, "key"), *development = json_object_get(o, "development");
	int rc = ls_record_members(environment, "environment", environments, NULL, err);
	if (rc < 0 ||
	    (rc = ls_record_members(measurement, "measurement", measurements, NULL, err)) < 0 ||
	    (rc = ls_record_get_digest(environment, "policy", &r->policy, err)) < 0 ||
	    (rc = ls_record_get_digest(environment, "domain_xml", &r->domain_xml, err)) < 0 ||
	    (rc = ls_record_get_digest(environment, "base_image", &r->base_image, err)) < 0 ||
	    (rc = ls_record_get_digest(measurement, "pcr23", &r->pcr23, err)) < 0 ||
	    (rc = ls_record_get_number(measurement, "approval", &r->approval_version, err)) < 0)
		return rc;
	if (!json_is_string(key) ||
	    ls_key_kind_parse(json_string_value(key), json_string_length(key), &r->key_kind) < 0)
		return ls_record_form(err, "key", "is no kind of key");
	if (!json_is_boolean(development))
		return ls_record_form(err, "development", "is neither true nor false");
	r->development = json_is_true(development);
	return parse_optional(o, r, err);
}

static int parse_head(json_t *o, struct ls_record *r, struct ls_error *err)
{
	static const char *const result_members[] = { "schema",	     "kind",	    "instrument",
						      "seal",	     "received",    "session",
						      "environment", "measurement", "key",
						      "development", "calibration", "files",
						      NULL };
	static const char *const event_members[] = { "schema",	    "kind",	   "instrument",
						     "seal",	    "received",	   "session",
						     "environment", "measurement", "key",
						     "development", "calibration", "event",
						     "event_key",   "detail",	   NULL };
	/* there when they have something to say */
	static const char *const optional[] = { "unconfined", "evidence", "ed25519", "samples",
						NULL };
	int rc = ls_record_get_fixed(o, "schema", SCHEMA, err);
	if (rc < 0)
		return rc;
	r->kind = ls_record_get_fixed(o, "kind", "event", NULL) == 0 ? LS_SEAL_EVENT
								     : LS_SEAL_RESULT;
	if ((rc = ls_record_get_fixed(o, "kind", ls_seal_kind_name(r->kind), err)) < 0 ||
	    (rc = ls_record_members(o, "record",
				    r->kind == LS_SEAL_EVENT ? event_members : result_members,
				    optional, err)) < 0 ||
	    (rc = ls_calibration_status_from_json(json_object_get(o, "calibration"),
						  &r->calibration, err)) < 0 ||
	    (rc = ls_record_get_text(o, "instrument", r->instrument, sizeof(r->instrument), err)) <
		    0 ||
	    (rc = ls_record_get_number(o, "seal", &r->seal, err)) < 0)
		return rc;
	if (!json_is_null(json_object_get(o, "session")) &&
	    (rc = ls_record_get_text(o, "session", r->session, sizeof(r->session), err)) < 0)
		return rc;
	return ls_record_get_time(o, "received", &r->received, err);
}

int ls_record_parse(const void *bytes, size_t size, struct ls_record *ret_record,
		    struct ls_error *err)
{
	_cleanup_record_ struct ls_record r = { .count = 0 };
	if (size > LS_RECORD_SIZE_MAX ||
	    ls_record_check_depth(bytes, size, LS_RECORD_DEPTH_MAX) < 0)
		return ls_record_form(err, "record", "is too large or nested too deeply");
	_cleanup_(json_decref) json_t *o = ls_record_load(bytes, size, err);
	if (!o)
		return -EBADMSG;
	int rc = parse_head(o, &r, err);
	if (rc == 0)
		rc = parse_state(o, &r, err);
	if (rc == 0 && r.kind == LS_SEAL_EVENT)
		rc = parse_event(o, &r, err);
	else if (rc == 0)
		rc = parse_files(json_object_get(o, "files"), &r, err);
	if (rc == 0)
		rc = parse_samples(o, &r, err);
	if (rc < 0)
		return rc;
	/* what could not have been written is not read */
	if (check(&r, err) < 0) {
		if (err)
			err->code = -EBADMSG;
		return -EBADMSG;
	}
	*ret_record = r;
	r.files = NULL; /* handed over */
	r.detail = NULL;
	return 0;
}

void ls_record_free(struct ls_record *record)
{
	if (!record)
		return;
	free(record->files);
	free(record->detail);
	record->files = NULL;
	record->detail = NULL;
	record->count = 0;
}

static int fail_match(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "record.manifest",
		       "the record and the manifest differ in their %s", what);
}

int ls_record_matches(const struct ls_record *record, const struct ls_manifest *manifest,
		      struct ls_error *err)
{
	if (record->kind != manifest->kind)
		return fail_match(err, "kind");
	if (strcmp(record->instrument, manifest->instrument) != 0)
		return fail_match(err, "instrument");
	if (record->seal != manifest->seal)
		return fail_match(err, "seal number");
	if (record->received / 1000 != manifest->received)
		return fail_match(err, "time of receipt");
	if (record->count + 1 != manifest->count)
		return fail_match(err, "number of files");
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->files[i].path, manifest->files[i + 1].path) != 0 ||
		    !ls_digest_equal(&record->files[i].sha256, &manifest->files[i + 1].sha256))
			return fail_match(err, "files");
	return 0;
}

void ls_record_warm_up(void)
{
	json_object_seed(0);
	json_decref(json_object());
}
