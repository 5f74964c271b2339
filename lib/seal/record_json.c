/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/record_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

/* --- times: "2026-03-04T14:22:19.123Z" ----------------------------------------- */

#define TIME_SIZE (LS_UTC_SIZE + 4)

json_t *ls_record_time(int64_t ms)
{
	if (ms == 0 || ms < LS_RECORD_TIME_MIN || ms > LS_RECORD_TIME_MAX)
		return json_null();
	int64_t seconds = ms / 1000, rest = ms % 1000;
	if (rest < 0) {
		rest += 1000;
		seconds--;
	}
	char utc[LS_UTC_SIZE], text[TIME_SIZE];
	ls_utc_format(seconds, utc);
	snprintf(text, sizeof(text), "%.19s.%03uZ", utc, (unsigned)rest % 1000);
	return json_string(text);
}

static int parse_time(const char *text, size_t length, int64_t *ret_ms)
{
	char utc[LS_UTC_SIZE];
	int64_t seconds, ms = 0;
	if (length != TIME_SIZE - 1 || text[19] != '.' || text[23] != 'Z')
		return -EBADMSG;
	memcpy(utc, text, 19);
	utc[19] = 'Z';
	for (size_t i = 20; i < 23; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EBADMSG;
		ms = ms * 10 + (text[i] - '0');
	}
	if (ls_utc_parse(utc, sizeof(utc) - 1, &seconds) < 0)
		return -EBADMSG;
	*ret_ms = seconds * 1000 + ms;
	return 0;
}

/* --- writing ----------------------------------------------------------------------- */

json_t *ls_record_digest(const struct ls_digest *d)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return ls_digest_is_zero(d) ? json_null() : json_string(ls_digest_hex(d, hex));
}

json_t *ls_record_text(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

void ls_record_set(json_t *object, const char *key, json_t *value, bool *bad)
{
	if (json_object_set_new(object, key, value) < 0)
		*bad = true;
}

/* --- reading ----------------------------------------------------------------------- */

int ls_record_form(struct ls_error *err, const char *what, const char *why)
{
	return ls_fail(err, -EBADMSG, "record.form", "a record is malformed: '%s' %s", what, why);
}

int ls_record_check_depth(const char *text, size_t size, unsigned max)
{
	struct ls_reader r;
	unsigned depth = 0;
	bool string = false;
	uint8_t c;
	ls_reader_init(&r, text, size);
	while (ls_read_u8(&r, &c) == 0) {
		if (string && c == '\\')
			ls_read_u8(&r, &c);
		else if (c == '"')
			string = !string;
		else if (!string && (c == '{' || c == '[') && ++depth > max)
			return -EBADMSG;
		else if (!string && (c == '}' || c == ']') && depth-- == 0)
			return -EBADMSG;
	}
	return 0;
}

json_t *ls_record_load(const char *text, size_t size, struct ls_error *err)
{
	json_error_t why;
	json_t *o = json_loadb(text, size, JSON_REJECT_DUPLICATES, &why);
	if (!o) {
		ls_fail(err, -EBADMSG, "record.json", "a record is no JSON: line %d, column %d: %s",
			why.line, why.column, why.text);
		return NULL;
	}
	if (!json_is_object(o)) {
		json_decref(o);
		ls_fail(err, -EBADMSG, "record.json", "a record is no JSON object");
		return NULL;
	}
	return o;
}

static bool is_one_of(const char *key, const char *const *names)
{
	for (; names && *names; names++)
		if (strcmp(*names, key) == 0)
			return true;
	return false;
}

int ls_record_members(json_t *o, const char *what, const char *const *names,
		      const char *const *optional, struct ls_error *err)
{
	const char *key;
	json_t *value;
	if (!json_is_object(o))
		return ls_record_form(err, what, "is missing or is no object");
	for (const char *const *name = names; *name; name++)
		if (!json_object_get(o, *name))
			return ls_record_form(err, *name, "is missing");
	json_object_foreach(o, key, value)
	{
		if (!is_one_of(key, names) && strncmp(key, "x-", 2) != 0 &&
		    !is_one_of(key, optional))
			return ls_record_form(err, what, "has a member that is not known");
	}
	return 0;
}

int ls_record_get_text(json_t *o, const char *key, char *buffer, size_t size, struct ls_error *err)
{
	json_t *value = json_object_get(o, key);
	size_t n = json_string_length(value);
	if (!json_is_string(value) || n >= size || memchr(json_string_value(value), '\0', n))
		return ls_record_form(err, key, "is no text, or is too long");
	memcpy(buffer, json_string_value(value), n + 1);
	return 0;
}

int ls_record_get_fixed(json_t *o, const char *key, const char *wanted, struct ls_error *err)
{
	const char *text = json_string_value(json_object_get(o, key));
	if (!text || strcmp(text, wanted) != 0)
		return ls_record_form(err, key, "has a value that this version does not know");
	return 0;
}

int ls_record_get_number(json_t *o, const char *key, uint64_t *ret_number, struct ls_error *err)
{
	json_t *value = json_object_get(o, key);
	if (json_is_null(value)) {
		*ret_number = 0;
		return 0;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return ls_record_form(err, key, "is no whole number");
	*ret_number = (uint64_t)json_integer_value(value);
	return 0;
}

int ls_record_get_time(json_t *o, const char *key, int64_t *ret_ms, struct ls_error *err)
{
	json_t *value = json_object_get(o, key);
	if (json_is_null(value)) {
		*ret_ms = 0;
		return 0;
	}
	if (!json_is_string(value) ||
	    parse_time(json_string_value(value), json_string_length(value), ret_ms) < 0)
		return ls_record_form(err, key, "is no time like 2026-03-04T14:22:19.123Z");
	return 0;
}

int ls_record_get_digest(json_t *o, const char *key, struct ls_digest *ret_digest,
			 struct ls_error *err)
{
	json_t *value = json_object_get(o, key);
	if (json_is_null(value)) {
		memset(ret_digest, 0, sizeof(*ret_digest));
		return 0;
	}
	if (!json_is_string(value) ||
	    ls_digest_parse(json_string_value(value), json_string_length(value), ret_digest) < 0)
		return ls_record_form(err, key, "is no SHA-256 of 64 hex digits");
	return 0;
}
