/* SPDX-License-Identifier: Apache-2.0 */
#include "host/notary/tsa_client.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/net/http.h"

#define QUERY_TYPE "application/timestamp-query"
#define REPLY_TYPE "application/timestamp-reply"

static int exchange(const struct ls_tsa_client *c, const struct ls_buffer *request,
		    struct ls_http_answer *answer, struct ls_error *err)
{
	int rc = ls_http_post(c->url, QUERY_TYPE, request->data, request->size, c->timeout_ms,
			      answer, err);
	if (rc < 0)
		return rc;
	if (answer->status != 200)
		return ls_fail(err, -EIO, "notary.time-stamp.status",
			       "the time-stamping authority '%s' answered with status %ld", c->url,
			       answer->status);
	if (strncmp(answer->type, REPLY_TYPE, strlen(REPLY_TYPE)) != 0)
		return ls_fail(err, -EBADMSG, "notary.time-stamp.type",
			       "'%s' did not answer with a time stamp (" REPLY_TYPE
			       "): is it the address of a time-stamping authority?",
			       c->url);
	return 0;
}

static int put_detail(const struct ls_own_note *note, const struct ls_time_stamp *stamp,
		      const struct ls_buffer *token, struct ls_buffer *out, struct ls_error *err)
{
	char time[LS_UTC_SIZE];
	_cleanup_buffer_ struct ls_buffer root, base64;
	ls_buffer_init(&root, 64);
	ls_buffer_init(&base64, 2 * LS_TIME_STAMP_SIZE_MAX);
	ls_base64_encode(note->checkpoint.root.bytes, LS_DIGEST_SIZE, &root);
	ls_base64_encode(token->data, token->size, &base64);
	json_t *o = json_pack("{s:I, s:s, s:s, s:i, s:s, s:s, s:s, s:s}", "size",
			      (json_int_t)note->checkpoint.size, "root", ls_buffer_str(&root),
			      "time", ls_utc_format(stamp->time, time), "accuracy",
			      (int)stamp->accuracy, "authority", stamp->authority, "serial",
			      stamp->serial, "checkpoint", ls_buffer_str(&note->bytes), "token",
			      ls_buffer_str(&base64));
	_cleanup_free_ char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return ls_fail(err, -ENOMEM, "notary.memory", "out of memory for a time stamp");
	return ls_buffer_add_str(out, text) < 0
		       ? ls_fail(err, -EFBIG, "notary.time-stamp.size",
				 "the time stamp does not fit the event that is to seal it")
		       : 0;
}

int ls_tsa_ask(const struct ls_tsa_client *c, const struct ls_own_note *note,
	       struct ls_time_stamp *ret_stamp, struct ls_buffer *detail, struct ls_error *err)
{
	uint64_t nonce;
	struct ls_digest imprint;
	struct ls_time_stamp stamp;
	struct ls_http_answer answer;
	_cleanup_buffer_ struct ls_buffer request;
	ls_buffer_init(&request, 4096);
	ls_buffer_init(&answer.body, LS_TIME_STAMP_SIZE_MAX);
	if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return ls_fail(err, -EIO, "notary.random", "there is no randomness for a nonce");
	ls_sha256_buffer(note->bytes.data, note->bytes.size, &imprint);
	int rc = ls_time_stamp_request(&imprint, nonce, &request, err);
	if (rc == 0)
		rc = exchange(c, &request, &answer, err);
	if (rc == 0)
		rc = ls_time_stamp_check(answer.body.data, answer.body.size, &imprint, &nonce,
					 c->cas, c->ca_count, &stamp, err);
	if (rc == 0)
		rc = put_detail(note, &stamp, &answer.body, detail, err);
	if (rc == 0)
		*ret_stamp = stamp;
	ls_buffer_free(&answer.body);
	return rc;
}
