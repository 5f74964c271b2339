/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/manifest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/cleanup.h"
#include "lib/base/reader.h"

#define HEADER_LINES 4

const char *ls_seal_kind_name(enum ls_seal_kind kind)
{
	return kind == LS_SEAL_EVENT ? "event" : "result";
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool ls_instrument_valid(const char *text, size_t length)
{
	if (length == 0 || length >= LS_INSTRUMENT_SIZE || !is_alphanumeric(text[0]))
		return false;
	for (size_t i = 1; i < length; i++)
		if (!is_alphanumeric(text[i]) && !strchr("._-", text[i]))
			return false;
	return true;
}

/* "record.json" first, "original/SAFE-NAME" after it. */
static bool path_allowed(const char *path, size_t length, size_t position)
{
	const size_t prefix = sizeof(LS_ORIGINAL_PREFIX) - 1;
	if (position == 0)
		return length == strlen(LS_FILE_RECORD) &&
		       memcmp(path, LS_FILE_RECORD, length) == 0;
	return length > prefix && memcmp(path, LS_ORIGINAL_PREFIX, prefix) == 0 &&
	       ls_is_safe_name(path + prefix, length - prefix);
}

/* Windows and macOS hold two names that differ in case for one file. */
static bool path_taken(const struct ls_manifest *m, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (strcasecmp(m->files[i].path, path) == 0)
			return true;
	return false;
}

static bool count_allowed(enum ls_seal_kind kind, size_t count)
{
	if (kind == LS_SEAL_EVENT)
		return count == 1;
	return kind == LS_SEAL_RESULT && count >= 2 && count <= LS_MANIFEST_FILES_MAX;
}

/* --- parsing ------------------------------------------------------------------ */

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "manifest.form", "a manifest is malformed: %s", why);
}

/* The value of the line "# KEY VALUE". */
static int read_header(struct ls_reader *r, const char *key, const char **ret_value,
		       size_t *ret_length)
{
	if (ls_read_literal(r, "# ") < 0 || ls_read_literal(r, key) < 0 ||
	    ls_read_literal(r, " ") < 0)
		return -EBADMSG;
	return ls_read_line(r, ret_value, ret_length);
}

static int read_headers(struct ls_reader *r, struct ls_manifest *m, struct ls_error *err)
{
	const char *value;
	size_t length;
	if (ls_read_literal(r, "# labseal/result/v1\n") == 0)
		m->kind = LS_SEAL_RESULT;
	else if (ls_read_literal(r, "# labseal/event/v1\n") == 0)
		m->kind = LS_SEAL_EVENT;
	else
		return fail_form(err, "its first line is neither \"# labseal/result/v1\" nor \"# "
				      "labseal/event/v1\"");
	if (read_header(r, "instrument", &value, &length) < 0 ||
	    !ls_instrument_valid(value, length))
		return fail_form(err, "its second line is not \"# instrument NAME\"");
	memcpy(m->instrument, value, length);
	if (read_header(r, "seal", &value, &length) < 0 ||
	    ls_parse_u64(value, length, &m->seal) < 0 || m->seal == 0)
		return fail_form(err, "its third line is not \"# seal NUMBER\"");
	if (read_header(r, "received", &value, &length) < 0 ||
	    ls_utc_parse(value, length, &m->received) < 0)
		return fail_form(err, "its fourth line is not \"# received YYYY-MM-DDTHH:MM:SSZ\"");
	return 0;
}

/* "HASH  PATH", as sha256sum writes it. */
static int read_file_line(struct ls_reader *r, struct ls_manifest *m, struct ls_error *err)
{
	struct ls_manifest_file *file = &m->files[m->count];
	struct ls_reader line;
	const char *text;
	const uint8_t *hex, *path;
	size_t length;
	if (ls_read_line(r, &text, &length) < 0)
		return fail_form(err, "its last line does not end in LF, or has a NUL");
	ls_reader_init(&line, text, length);
	if (ls_read_bytes(&line, 2 * LS_DIGEST_SIZE, &hex) < 0 ||
	    ls_digest_parse((const char *)hex, 2 * LS_DIGEST_SIZE, &file->sha256) < 0 ||
	    ls_read_literal(&line, "  ") < 0)
		return fail_form(err, "a line is not \"SHA256  PATH\"");
	length = ls_reader_left(&line);
	ls_read_bytes(&line, length, &path);
	if (!path_allowed((const char *)path, length, m->count))
		return fail_form(err, m->count == 0
					      ? "its first file is not record.json"
					      : "a path is not original/NAME with a safe name");
	memcpy(file->path, path, length);
	if (path_taken(m, m->count, file->path))
		return fail_form(err, "it lists a path twice");
	m->count++;
	return 0;
}

static size_t count_lines(const void *bytes, size_t size)
{
	struct ls_reader r;
	const char *line;
	size_t length, lines = 0;
	ls_reader_init(&r, bytes, size);
	while (ls_read_line(&r, &line, &length) == 0)
		lines++;
	return lines;
}

int ls_manifest_parse(const void *bytes, size_t size, struct ls_manifest *ret_manifest,
		      struct ls_error *err)
{
	_cleanup_manifest_ struct ls_manifest m = { .count = 0 };
	struct ls_reader r;
	if (size > LS_MANIFEST_SIZE_MAX)
		return fail_form(err, "it is longer than 65535 bytes");
	ls_reader_init(&r, bytes, size);
	int rc = read_headers(&r, &m, err);
	if (rc < 0)
		return rc;
	size_t lines = count_lines(bytes, size);
	size_t files = lines > HEADER_LINES ? lines - HEADER_LINES : 0;
	if (!count_allowed(m.kind, files))
		return fail_form(err,
				 m.kind == LS_SEAL_EVENT
					 ? "an event lists record.json and nothing else"
					 : "a result lists record.json and 1 to 511 originals");
	m.files = calloc(files, sizeof(*m.files));
	if (!m.files)
		return ls_fail(err, -ENOMEM, "manifest.memory", "out of memory for a manifest");
	while (rc == 0 && ls_reader_left(&r) > 0 && m.count < files)
		rc = read_file_line(&r, &m, err);
	if (rc < 0)
		return rc;
	if (ls_reader_end(&r) < 0)
		return fail_form(err, "its last line does not end in LF, or has a NUL");
	*ret_manifest = m;
	m.files = NULL; /* handed over */
	return 0;
}

void ls_manifest_free(struct ls_manifest *manifest)
{
	if (!manifest)
		return;
	free(manifest->files);
	manifest->files = NULL;
	manifest->count = 0;
}

/* --- formatting ------------------------------------------------------------------ */

static int check(const struct ls_manifest *m, struct ls_error *err)
{
	if (!count_allowed(m->kind, m->count))
		return ls_fail(err, -EINVAL, "manifest.count",
			       "a manifest cannot list %zu files for this kind", m->count);
	if (!ls_instrument_valid(m->instrument, strnlen(m->instrument, LS_INSTRUMENT_SIZE)) ||
	    m->seal == 0)
		return ls_fail(err, -EINVAL, "manifest.header",
			       "a manifest needs an instrument name and a seal number from 1");
	for (size_t i = 0; i < m->count; i++) {
		const char *path = m->files[i].path;
		if (!path_allowed(path, strnlen(path, LS_MANIFEST_PATH_SIZE), i) ||
		    path_taken(m, i, path))
			return ls_fail(err, -EINVAL, "manifest.path",
				       "a manifest cannot list file %zu: its path is not allowed, "
				       "or is there already",
				       i + 1);
	}
	return 0;
}

int ls_manifest_format(const struct ls_manifest *manifest, struct ls_buffer *out,
		       struct ls_error *err)
{
	int rc = check(manifest, err);
	if (rc < 0)
		return rc;
	char utc[LS_UTC_SIZE], hex[LS_DIGEST_HEX_SIZE];
	size_t before = out->size;
	ls_buffer_printf(out,
			 "# labseal/%s/v1\n# instrument %s\n# seal %" PRIu64 "\n# received %s\n",
			 ls_seal_kind_name(manifest->kind), manifest->instrument, manifest->seal,
			 ls_utc_format(manifest->received, utc));
	for (size_t i = 0; i < manifest->count; i++)
		ls_buffer_printf(out, "%s  %s\n", ls_digest_hex(&manifest->files[i].sha256, hex),
				 manifest->files[i].path);
	if (ls_buffer_error(out) == -ENOMEM)
		return ls_fail(err, -ENOMEM, "manifest.memory", "out of memory for a manifest");
	if (ls_buffer_error(out) < 0 || out->size - before > LS_MANIFEST_SIZE_MAX)
		return ls_fail(err, -EFBIG, "manifest.size",
			       "a manifest of %zu files is longer than 65535 bytes",
			       manifest->count);
	return 0;
}

/* --- names -------------------------------------------------------------------------- */

const struct ls_manifest_file *ls_manifest_find(const struct ls_manifest *manifest,
						const char *path)
{
	for (size_t i = 0; i < manifest->count; i++)
		if (strcmp(manifest->files[i].path, path) == 0)
			return &manifest->files[i];
	return NULL;
}

#define FILES_SUFFIX "-files"

const char *ls_results_label(size_t count, const char *name, char buffer[static LS_SAFE_NAME_SIZE])
{
	if (count > 1)
		snprintf(buffer, LS_SAFE_NAME_SIZE, "%zu" FILES_SUFFIX, count);
	else
		snprintf(buffer, LS_SAFE_NAME_SIZE, "%s", name);
	return buffer;
}

const char *ls_manifest_label(const struct ls_manifest *manifest,
			      char buffer[static LS_SAFE_NAME_SIZE])
{
	return ls_results_label(manifest->count - 1,
				manifest->files[1].path + strlen(LS_ORIGINAL_PREFIX), buffer);
}

size_t ls_results_count(const char *label)
{
	uint64_t count;
	size_t digits = strspn(label, "0123456789");
	if (strcmp(label + digits, FILES_SUFFIX) != 0 || ls_parse_u64(label, digits, &count) < 0 ||
	    count < 2 || count >= LS_MANIFEST_FILES_MAX)
		return 1;
	return (size_t)count;
}

const char *ls_seal_folder(uint64_t seal, const char *safe_name,
			   char buffer[static LS_SEAL_FOLDER_SIZE])
{
	snprintf(buffer, LS_SEAL_FOLDER_SIZE, "%06" PRIu64 "-%s", seal, safe_name);
	return buffer;
}

int ls_seal_folder_parse(const char *name, size_t length, uint64_t *ret_seal, const char **ret_name)
{
	struct ls_reader r;
	const char *digits;
	size_t count, zeroes = 0;
	uint64_t seal;
	ls_reader_init(&r, name, length);
	if (ls_read_until(&r, '-', &digits, &count) < 0 || count < 6)
		return -EBADMSG;
	while (count > 6 ? 0 : zeroes < 5 && digits[zeroes] == '0')
		zeroes++;
	if (ls_parse_u64(digits + zeroes, count - zeroes, &seal) < 0 || seal == 0)
		return -EBADMSG;
	if (!ls_is_safe_name(name + r.pos, length - r.pos))
		return -EBADMSG;
	*ret_seal = seal;
	*ret_name = name + r.pos;
	return 0;
}
