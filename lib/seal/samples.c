/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/samples.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/seal/record_json.h"
#include "lib/seal/samples_json.h"

#define DEPTH_MAX 2

const char *ls_sequence_path(const struct ls_digest *sha256,
			     char buffer[static LS_SEQUENCE_PATH_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	snprintf(buffer, LS_SEQUENCE_PATH_SIZE, LS_SEQUENCES_FOLDER "/%s",
		 ls_digest_hex(sha256, hex));
	return buffer;
}

/* --- what may be said ---------------------------------------------------------------- */

bool ls_sample_name_valid(const char *name)
{
	size_t n = strnlen(name, LS_SAMPLE_NAME_SIZE);
	return n > 0 && ls_text_is_plain(name, LS_SAMPLE_NAME_SIZE);
}

static int fail(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EINVAL, "record.samples", "a record's samples cannot be written: %s",
		       why);
}

/* Canonical, so that one iD has one spelling. */
static bool is_orcid(const char *text)
{
	struct ls_orcid orcid;
	return ls_orcid_parse(text, &orcid, NULL) == 0 && strcmp(orcid.text, text) == 0;
}

static bool is_named_before(const struct ls_samples *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(s->list[k].name, s->list[i].name) == 0)
			return true;
	return false;
}

int ls_samples_check(const struct ls_samples *s, struct ls_error *err)
{
	if (s->count > LS_SAMPLES_MAX)
		return fail(err, "there are too many");
	for (size_t i = 0; i < s->count; i++) {
		const struct ls_sample *k = &s->list[i];
		if (!ls_sample_name_valid(k->name))
			return fail(err, "a name is missing, too long, or no plain line");
		if (is_named_before(s, i))
			return fail(err, "two have one name");
		if (ls_digest_is_zero(&k->sha256) || k->size == 0 || k->size > LS_SEQUENCE_SIZE_MAX)
			return fail(err, "a sequence file has no digest, or no size that it can "
					 "have");
		if (k->signer.text[0] && !is_orcid(k->signer.text))
			return fail(err, "a signer is no ORCID iD");
	}
	return 0;
}

/* --- as JSON ------------------------------------------------------------------------- */

static json_t *json_sample(const struct ls_sample *k, bool *bad)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	json_t *o = json_object();
	ls_record_set(o, "name", json_string(k->name), bad);
	ls_record_set(o, "path", json_string(ls_sequence_path(&k->sha256, path)), bad);
	ls_record_set(o, "size", json_integer((json_int_t)k->size), bad);
	ls_record_set(o, "sha256", ls_record_digest(&k->sha256), bad);
	ls_record_set(o, "signed_by", ls_record_text(k->signer.text), bad);
	return o;
}

json_t *ls_samples_json(const struct ls_samples *s)
{
	bool bad = false;
	json_t *list = json_array();
	for (size_t i = 0; i < s->count; i++)
		if (json_array_append_new(list, json_sample(&s->list[i], &bad)) < 0)
			bad = true;
	if (list && !bad)
		return list;
	json_decref(list);
	return NULL;
}

static int parse_sample(json_t *o, struct ls_sample *k, struct ls_error *err)
{
	static const char *const members[] = {
		"name", "path", "size", "sha256", "signed_by", NULL
	};
	char path[LS_SEQUENCE_PATH_SIZE];
	json_t *signer = json_object_get(o, "signed_by");
	int rc = ls_record_members(o, "samples", members, NULL, err);
	if (rc < 0 || (rc = ls_record_get_text(o, "name", k->name, sizeof(k->name), err)) < 0 ||
	    (rc = ls_record_get_number(o, "size", &k->size, err)) < 0 ||
	    (rc = ls_record_get_digest(o, "sha256", &k->sha256, err)) < 0 ||
	    (rc = ls_record_get_fixed(o, "path", ls_sequence_path(&k->sha256, path), err)) < 0)
		return rc;
	if (json_is_null(signer)) /* one spelling: null */
		return 0;
	rc = ls_record_get_text(o, "signed_by", k->signer.text, sizeof(k->signer.text), err);
	return rc == 0 && !k->signer.text[0] ? ls_record_form(err, "signed_by", "is empty") : rc;
}

int ls_samples_from_json(json_t *value, struct ls_samples *ret_samples, struct ls_error *err)
{
	struct ls_samples s = { .count = 0 };
	if (!json_is_array(value) || json_array_size(value) > LS_SAMPLES_MAX)
		return ls_record_form(err, "samples", "is no list, or too long");
	for (size_t i = 0; i < json_array_size(value); i++) {
		int rc = parse_sample(json_array_get(value, i), &s.list[s.count++], err);
		if (rc < 0)
			return rc;
	}
	if (ls_samples_check(&s, err) < 0) /* what is not written is not read */
		return ls_record_form(err, "samples", "could not have been written");
	*ret_samples = s;
	return 0;
}

int ls_samples_format(const struct ls_samples *samples, struct ls_buffer *out, struct ls_error *err)
{
	int rc = ls_samples_check(samples, err);
	if (rc < 0)
		return rc;
	_cleanup_(json_decref) json_t *list = ls_samples_json(samples);
	_cleanup_free_ char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
	if (!text || ls_buffer_add_str(out, text) < 0)
		return ls_fail(err, -ENOMEM, "record.memory", "out of memory for samples");
	return 0;
}

int ls_samples_parse(const void *bytes, size_t size, struct ls_samples *ret_samples,
		     struct ls_error *err)
{
	json_error_t why;
	if (size > LS_SAMPLES_TEXT_MAX || ls_record_check_depth(bytes, size, DEPTH_MAX) < 0)
		return ls_record_form(err, "samples", "is too large or nested too deeply");
	_cleanup_(json_decref) json_t *list = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
	if (!list)
		return ls_fail(err, -EBADMSG, "record.json", "samples are no JSON: column %d: %s",
			       why.column, why.text);
	return ls_samples_from_json(list, ret_samples, err);
}
