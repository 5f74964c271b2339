/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/witness_client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"
#include "lib/net/http.h"

#define BODY_MAX (LS_OWN_NOTE_MAX + 4096)
#define URL_SIZE 320

int ls_witness_size_parse(const void *bytes, size_t size, uint64_t *ret_size)
{
	struct ls_reader r;
	const char *line;
	size_t length;
	ls_reader_init(&r, bytes, size);
	if (ls_read_line(&r, &line, &length) < 0 || ls_reader_end(&r) < 0)
		return -EBADMSG;
	return ls_parse_u64(line, length, ret_size);
}

/* The newest of this witness's lines, each of which must be good. */
static int find_line(const struct ls_note *note, const struct ls_witness_key *key,
		     const struct ls_note_line **ret_line, uint64_t *ret_time, struct ls_error *err)
{
	int found = -ENOKEY;
	for (unsigned i = 0; i < note->count; i++) {
		struct ls_note one = { .text = note->text,
				       .text_size = note->text_size,
				       .count = 1,
				       .lines = { note->lines[i] } };
		uint64_t time;
		int rc = ls_cosignature_verify(&one, key, &time, err);
		if (rc < 0 && rc != -ENOKEY)
			return rc;
		if (rc == 0 && (found < 0 || time > *ret_time)) {
			*ret_line = &note->lines[i];
			*ret_time = time;
			found = 0;
		}
	}
	return found;
}

/* As the standard says: behind the checkpoint the lines are a note, which a note's check reads. */
int ls_witness_lines_take(const struct ls_witness_key *key, const struct ls_own_note *note,
			  const void *bytes, size_t size, int64_t now, struct ls_buffer *line,
			  struct ls_error *err)
{
	struct ls_note own, parsed;
	const struct ls_note_line *found = NULL;
	uint64_t time = 0;
	_cleanup_buffer_ struct ls_buffer whole;
	ls_buffer_init(&whole, LS_OWN_NOTE_MAX + LS_COSIGNATURES_MAX);
	ls_buffer_add(&whole, note->bytes.data, note->bytes.size);
	ls_buffer_add(&whole, bytes, size);
	if (ls_buffer_error(&whole) < 0)
		return ls_fail(err, -EBADMSG, "witness.size", "its answer is too long");
	int rc = ls_note_parse(note->bytes.data, note->bytes.size, &own, err);
	if (rc == 0)
		rc = ls_note_parse(whole.data, whole.size, &parsed, err);
	/* after an empty line of its own, it would have signed our lines as a text */
	if (rc == 0 && parsed.text_size != own.text_size)
		rc = ls_fail(err, -EBADMSG, "witness.text",
			     "there is an empty line in its answer, which is no lines alone");
	if (rc == 0)
		rc = find_line(&parsed, key, &found, &time, err);
	if (rc < 0 || !found)
		return rc == -ENOKEY ? -EBADMSG : rc;
	if (time + LS_WITNESS_SKEW_S < (uint64_t)now || time > (uint64_t)now + LS_WITNESS_SKEW_S)
		return ls_fail(err, -EBADMSG, "witness.time",
			       "its cosignature is of another time than now: one of the two clocks "
			       "is wrong, or it is an old one");
	ls_buffer_printf(line, "\xe2\x80\x94 %s %.*s\n", key->name, (int)found->base64_size,
			 found->base64);
	return ls_buffer_error(line);
}

static int post(const struct ls_witness_client *c, int share_fd, const struct ls_own_note *note,
		struct ls_http_answer *answer, struct ls_error *err)
{
	char url[URL_SIZE];
	size_t length = strlen(c->url);
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, BODY_MAX);
	snprintf(url, sizeof(url), "%s%sadd-checkpoint", c->url,
		 c->url[length - 1] == '/' ? "" : "/");
	ls_buffer_printf(&body, "old %" PRIu64 "\n", c->known);
	int rc = ls_log_folder_prove(share_fd, c->known, note->checkpoint.size, &body, err);
	if (rc < 0)
		return rc;
	ls_buffer_add_str(&body, "\n");
	if (ls_buffer_add(&body, note->bytes.data, note->bytes.size) < 0)
		return ls_fail(err, -EFBIG, "witness.size", "the request is too long");
	return ls_http_post(url, "text/plain; charset=utf-8", body.data, body.size, c->timeout_ms,
			    answer, err);
}

static int fail_fork(struct ls_witness_client *c, const struct ls_own_note *note, uint64_t size,
		     struct ls_error *err)
{
	c->ahead = size > note->checkpoint.size ? size : 0;
	return ls_fail(err, -ESTALE, "witness.fork",
		       "it cosigned this log at size %" PRIu64
		       ", and the share's log of size %" PRIu64
		       " does not continue that: the log was rolled back or replaced, or '%s' was "
		       "shown another one; this is what a witness is for",
		       size, note->checkpoint.size, c->key.name);
}

/* 409: 1 when it is worth asking again. */
static int take_size(struct ls_witness_client *c, const struct ls_own_note *note,
		     const struct ls_http_answer *answer, struct ls_error *err)
{
	uint64_t size;
	if (ls_witness_size_parse(answer->body.data, answer->body.size, &size) < 0)
		return ls_fail(err, -EBADMSG, "witness.conflict",
			       "it answered 409 without the size that it knows");
	if (size > note->checkpoint.size || size == c->known)
		return fail_fork(c, note, size, err);
	c->known = size;
	return 1;
}

/* 0, 1: again, or a negative errno. */
static int take_answer(struct ls_witness_client *c, const struct ls_own_note *note,
		       const struct ls_http_answer *answer, int64_t now, struct ls_buffer *line,
		       struct ls_error *err)
{
	switch (answer->status) {
	case 200:
		return ls_witness_lines_take(&c->key, note, answer->body.data, answer->body.size,
					     now, line, err);
	case 403:
		return ls_fail(err, -EPERM, "witness.key",
			       "it knows the log under another key (403): give its operator the "
			       "trust file's 'log' line");
	case 404:
		return ls_fail(err, -EPERM, "witness.unknown",
			       "it does not know the log (404): give its operator the trust "
			       "file's 'log' line");
	case 409: return take_size(c, note, answer, err);
	case 422:
		return ls_fail(err, -ESTALE, "witness.fork",
			       "it does not accept the proof (422) that the log continues the one "
			       "it cosigned at size %" PRIu64
			       ": the log was replaced, or its tiles are damaged; run 'labseal "
			       "verify'",
			       c->known);
	default:
		return ls_fail(err, -EIO, "witness.status", "it answered with status %ld",
			       answer->status);
	}
}

int ls_witness_ask(struct ls_witness_client *c, int share_fd, const struct ls_own_note *note,
		   int64_t (*clock)(void), struct ls_buffer *line, struct ls_error *err)
{
	struct ls_http_answer answer;
	ls_buffer_init(&answer.body, LS_COSIGNATURES_MAX);
	c->ahead = 0;
	int rc = c->known > note->checkpoint.size ? fail_fork(c, note, c->known, err) : 1;
	for (int tries = 0; rc == 1 && tries < 2; tries++) {
		rc = post(c, share_fd, note, &answer, err);
		if (rc == 0)
			rc = take_answer(c, note, &answer, clock(), line, err);
	}
	if (rc == 1)
		rc = ls_fail(err, -EIO, "witness.conflict",
			     "it names one size after the other (409)");
	if (rc == 0)
		c->known = note->checkpoint.size;
	else
		ls_error_prefix(err, "the witness '%s'", c->key.name);
	ls_buffer_free(&answer.body);
	return rc;
}
