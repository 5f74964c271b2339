/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/event_log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define MEASURED_MAX 1024 /* bytes of a measured string: at most 19 + 13 + 65 + 21 + 256 */
#define NUMBER_MAX   20	  /* digits of a uint64_t */

/* The events, in order; unique ones occur exactly once. */
static const struct {
	const char *name;
	bool unique;
	bool needed;
} events[] = {
	[LS_MEASURED_SUPERVISOR] = { "supervisor", true, true },
	[LS_MEASURED_ENCLAVE_FILE] = { "enclave-file", false, true },
	[LS_MEASURED_POLICY] = { "policy", true, true },
	[LS_MEASURED_DOMAIN_XML] = { "domain-xml", true, true },
	[LS_MEASURED_BASE_IMAGE] = { "base-image", false, false },
};
#define EVENT_COUNT (sizeof(events) / sizeof(events[0]))

const char *ls_measured_name(enum ls_measured event)
{
	return events[event].name;
}

void ls_measurement_digest(const struct ls_measurement *m, struct ls_digest *ret_digest)
{
	char hex[LS_DIGEST_HEX_SIZE], text[MEASURED_MAX];
	int n = snprintf(text, sizeof(text), "labseal/measured/v1\n%s\n%s\n%llu\n%s\n",
			 ls_measured_name(m->event), ls_digest_hex(&m->sha256, hex),
			 (unsigned long long)m->size, m->path);
	ls_sha256_buffer(text, (size_t)n, ret_digest);
}

void ls_pcr_extend(struct ls_digest *pcr, const struct ls_digest *digest)
{
	struct ls_digest both[2] = { *pcr, *digest };
	ls_sha256_buffer(both, sizeof(both), pcr);
}

void ls_event_log_free(struct ls_event_log *log)
{
	if (!log)
		return;
	free(log->records);
	*log = (struct ls_event_log){ 0 };
}

static bool path_valid(const char *path)
{
	size_t n = strnlen(path, LS_MEASUREMENT_PATH_SIZE);
	if (n == 0 || n == LS_MEASUREMENT_PATH_SIZE || !ls_utf8_valid(path, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)path[i] < 0x20 || path[i] == 0x7f)
			return false;
	return true;
}

/* Whether m may follow last (NULL: be the first). */
static bool in_order(const struct ls_measurement *last, const struct ls_measurement *m)
{
	if (!last)
		return m->event == LS_MEASURED_SUPERVISOR;
	if (m->event != last->event)
		return m->event > last->event;
	return !events[m->event].unique && strcmp(last->path, m->path) < 0;
}

int ls_event_log_add(struct ls_event_log *log, const struct ls_measurement *m, struct ls_error *err)
{
	if (!path_valid(m->path))
		return ls_fail(err, -EINVAL, "event-log.path",
			       "the name of a measured %s is empty, too long, or has control "
			       "characters or broken UTF-8",
			       ls_measured_name(m->event));
	if (!in_order(log->count ? &log->records[log->count - 1] : NULL, m))
		return ls_fail(err, -EINVAL, "event-log.order",
			       "measurement %zu, %s '%s', is out of order or there twice",
			       log->count, ls_measured_name(m->event), m->path);
	if (log->count == LS_EVENT_LOG_RECORDS_MAX)
		return ls_fail(err, -E2BIG, "event-log.count", "more than %d measurements",
			       LS_EVENT_LOG_RECORDS_MAX);
	struct ls_measurement *grown = reallocarray(log->records, log->count + 1,
						    sizeof(*log->records));
	if (!grown)
		return ls_fail(err, -ENOMEM, "event-log.memory", "out of memory for an event log");
	log->records = grown;
	log->records[log->count++] = *m;
	return 0;
}

int ls_event_log_check_complete(const struct ls_event_log *log, struct ls_error *err)
{
	for (size_t e = LS_MEASURED_SUPERVISOR; e < EVENT_COUNT; e++) {
		bool found = !events[e].needed;
		for (size_t i = 0; !found && i < log->count; i++)
			found = log->records[i].event == e;
		if (!found)
			return ls_fail(err, -EINVAL, "event-log.incomplete",
				       "the event log has no '%s' record", events[e].name);
	}
	return 0;
}

void ls_event_log_replay(const struct ls_event_log *log, struct ls_digest *ret_pcr)
{
	struct ls_digest pcr = { { 0 } }, digest;
	for (size_t i = 0; i < log->count; i++) {
		ls_measurement_digest(&log->records[i], &digest);
		ls_pcr_extend(&pcr, &digest);
	}
	*ret_pcr = pcr;
}

/* --- text ------------------------------------------------------------------ */

/* One record is these literals with the values between them. */
static const char TEXT_RECNUM[] = "{\"recnum\":";
static const char TEXT_PCR[] = ",\"pcr\":23,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"";
static const char TEXT_EVENT[] = "\"}],\"content_type\":\"labseal\",\"content\":{\"event\":\"";
static const char TEXT_PATH[] = "\",\"path\":\"";
static const char TEXT_SHA256[] = "\",\"sha256\":\"";
static const char TEXT_SIZE[] = "\",\"size\":";
static const char TEXT_END[] = "}}\n";

/* The only characters of a valid path that JSON wants escaped. */
static bool needs_backslash(char c)
{
	return c == '"' || c == '\\';
}

static void format_path(const char *path, struct ls_buffer *out)
{
	for (; *path; path++) {
		if (needs_backslash(*path))
			ls_buffer_add_u8(out, '\\');
		ls_buffer_add_u8(out, (uint8_t)*path);
	}
}

static void format_record(const struct ls_measurement *m, size_t number, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	ls_measurement_digest(m, &digest);
	ls_buffer_printf(out, "%s%zu%s%s%s%s%s", TEXT_RECNUM, number, TEXT_PCR,
			 ls_digest_hex(&digest, hex), TEXT_EVENT, ls_measured_name(m->event),
			 TEXT_PATH);
	format_path(m->path, out);
	ls_buffer_printf(out, "%s%s%s%llu%s", TEXT_SHA256, ls_digest_hex(&m->sha256, hex),
			 TEXT_SIZE, (unsigned long long)m->size, TEXT_END);
}

int ls_event_log_format(const struct ls_event_log *log, struct ls_buffer *out)
{
	for (size_t i = 0; i < log->count; i++)
		format_record(&log->records[i], i, out);
	return ls_buffer_error(out);
}

static int parse_number(struct ls_reader *r, uint64_t *ret_value)
{
	const char *start = (const char *)r->data + r->pos;
	size_t left = ls_reader_left(r), n = 0;
	while (n < left && n <= NUMBER_MAX && start[n] >= '0' && start[n] <= '9')
		n++;
	if (ls_parse_u64(start, n, ret_value) < 0)
		return -EBADMSG;
	r->pos += n;
	return 0;
}

static int parse_digest(struct ls_reader *r, struct ls_digest *ret_digest)
{
	const uint8_t *hex;
	if (ls_read_bytes(r, 2 * LS_DIGEST_SIZE, &hex) < 0)
		return -EBADMSG;
	return ls_digest_parse((const char *)hex, 2 * LS_DIGEST_SIZE, ret_digest);
}

static int parse_event(struct ls_reader *r, enum ls_measured *ret_event)
{
	for (size_t e = LS_MEASURED_SUPERVISOR; e < EVENT_COUNT; e++) {
		if (ls_read_literal(r, events[e].name) < 0)
			continue;
		*ret_event = (enum ls_measured)e;
		return 0;
	}
	return -EBADMSG;
}

/* Up to the closing quote, which is not taken. */
static int parse_path(struct ls_reader *r, char path[static LS_MEASUREMENT_PATH_SIZE])
{
	size_t n = 0;
	while (r->pos < r->size && r->data[r->pos] != '"') {
		bool escaped = r->data[r->pos] == '\\';
		uint8_t c = 0;
		if (escaped)
			r->pos++;
		if (ls_read_u8(r, &c) < 0 || escaped != needs_backslash((char)c) || c == '\0' ||
		    n == LS_MEASUREMENT_PATH_SIZE - 1)
			return -EBADMSG;
		path[n++] = (char)c;
	}
	path[n] = '\0';
	return 0;
}

/* The form of one record; *ret_digest is what the line claims as its digest. */
static int parse_record(struct ls_reader *r, uint64_t *ret_number, struct ls_measurement *m,
			struct ls_digest *ret_digest)
{
	bool ok = ls_read_literal(r, TEXT_RECNUM) == 0 && parse_number(r, ret_number) == 0 &&
		  ls_read_literal(r, TEXT_PCR) == 0 && parse_digest(r, ret_digest) == 0 &&
		  ls_read_literal(r, TEXT_EVENT) == 0 && parse_event(r, &m->event) == 0 &&
		  ls_read_literal(r, TEXT_PATH) == 0 && parse_path(r, m->path) == 0 &&
		  ls_read_literal(r, TEXT_SHA256) == 0 && parse_digest(r, &m->sha256) == 0 &&
		  ls_read_literal(r, TEXT_SIZE) == 0 && parse_number(r, &m->size) == 0 &&
		  ls_read_literal(r, TEXT_END) == 0;
	return ok ? 0 : -EBADMSG;
}

static int parse_line(struct ls_reader *r, struct ls_event_log *log, struct ls_error *err)
{
	struct ls_measurement m = { 0 };
	struct ls_digest claimed, digest;
	uint64_t number;
	if (parse_record(r, &number, &m, &claimed) < 0)
		return ls_fail(err, -EBADMSG, "event-log.malformed", "not a record of labseal's");
	if (number != log->count)
		return ls_fail(err, -EBADMSG, "event-log.number", "its number is %llu, not %zu",
			       (unsigned long long)number, log->count);
	ls_measurement_digest(&m, &digest);
	if (!ls_digest_equal(&digest, &claimed))
		return ls_fail(err, -EBADMSG, "event-log.digest",
			       "its digest is not that of its content");
	int rc = ls_event_log_add(log, &m, err);
	return rc == 0 || rc == -ENOMEM ? rc : -EBADMSG;
}

int ls_event_log_parse(const void *bytes, size_t size, struct ls_event_log *ret_log,
		       struct ls_error *err)
{
	if (size > LS_EVENT_LOG_SIZE_MAX)
		return ls_fail(err, -EBADMSG, "event-log.size",
			       "the event log has %zu bytes; the most is %d", size,
			       LS_EVENT_LOG_SIZE_MAX);
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	while (ls_reader_left(&r) > 0) {
		struct ls_error inner = { 0 };
		int rc = parse_line(&r, &log, &inner);
		if (rc < 0)
			return ls_fail(err, rc, inner.id, "line %zu of the event log: %s",
				       log.count + 1, inner.message);
	}
	*ret_log = log;
	log = (struct ls_event_log){ 0 }; /* handed over */
	return 0;
}
