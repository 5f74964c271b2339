/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/rpc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/net/http.h"

#define URL_MAX	    2048
#define VALUES_MAX  65536 /* of one answer; 128 words are proven by some thousands */
#define MESSAGE_MAX 200	  /* bytes of a node's own words that are shown */

struct ls_eth_rpc {
	struct ls_http_session session; /* one connection for all calls */
	long timeout_ms;
	char url[URL_MAX];
	struct ls_http_answer answer;
	uint64_t next_id;
	struct ls_eth_traffic traffic;
};

int ls_eth_rpc_open(const char *url, long timeout_seconds, struct ls_eth_rpc **ret_rpc,
		    struct ls_error *err)
{
	if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
	    strlen(url) >= URL_MAX)
		return ls_fail(err, -EINVAL, "chain.rpc.url",
			       "'%s' is no http or https address of a node", url);
	int rc = ls_http_init(err);
	if (rc < 0)
		return rc;
	struct ls_eth_rpc *rpc = calloc(1, sizeof(*rpc));
	if (!rpc)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	ls_buffer_init(&rpc->answer.body, LS_ETH_ANSWER_MAX);
	memcpy(rpc->url, url, strlen(url) + 1);
	rpc->timeout_ms = timeout_seconds * 1000;
	*ret_rpc = rpc;
	return 0;
}

void ls_eth_rpc_free(struct ls_eth_rpc *rpc)
{
	if (!rpc)
		return;
	ls_http_session_free(&rpc->session);
	ls_buffer_free(&rpc->answer.body);
	free(rpc);
}

struct ls_eth_traffic ls_eth_rpc_traffic(const struct ls_eth_rpc *rpc)
{
	return rpc->traffic;
}

static int err_code(struct ls_error *err, int code)
{
	if (err)
		err->code = code;
	return code;
}

static int post(struct ls_eth_rpc *rpc, const char *method, const char *body, struct ls_error *err)
{
	int rc = ls_http_session_post(&rpc->session, rpc->url, "application/json", body,
				      strlen(body), rpc->timeout_ms, &rpc->answer, err);
	rpc->traffic.calls++;
	rpc->traffic.bytes += rpc->answer.body.size;
	if (rc < 0) {
		ls_error_prefix(err, "%s", method);
		/* the machine's own input and output is well: it is the node that cannot be asked
		 */
		return err_code(err, rc == -EIO || rc == -EFBIG ? -EHOSTUNREACH : rc);
	}
	if (rpc->answer.status != 200)
		return ls_fail(err, -EHOSTUNREACH, "http.status",
			       "%s: '%s' answers with the HTTP status %ld", method, rpc->url,
			       rpc->answer.status);
	return 0;
}

static int no_answer(const struct ls_eth_rpc *rpc, const char *method, const char *what,
		     struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "chain.rpc.answer", "the node '%s' answers %s: %s", rpc->url,
		       method, what);
}

/* The node's own words, fit to be shown. */
static int refused(const struct ls_eth_rpc *rpc, const char *method, const json_t *error,
		   struct ls_error *err)
{
	struct ls_buffer words;
	const json_t *message = json_object_get(error, "message");
	ls_buffer_init(&words, 2 * MESSAGE_MAX);
	if (json_is_string(message))
		ls_text_plain(json_string_value(message), json_string_length(message), MESSAGE_MAX,
			      &words);
	int rc = ls_fail(err, -EPROTO, "chain.rpc.refused", "the node '%s' refuses %s: %s",
			 rpc->url, method, words.size ? ls_buffer_str(&words) : "it says not why");
	ls_buffer_free(&words);
	return rc;
}

/* Each costs some hundred bytes when it is parsed, so that a node could have a hundred times as
 * much memory taken as it sends.  Commas and brackets outside of strings; whether it is JSON is
 * seen later. */
static bool has_many_values(const struct ls_buffer *text)
{
	size_t count = 0;
	bool in_string = false;
	for (size_t i = 0; i < text->size && count <= VALUES_MAX; i++) {
		uint8_t c = text->data[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == ',' || c == '[' || c == '{'))
			count++;
	}
	return count > VALUES_MAX;
}

static int open_answer(struct ls_eth_rpc *rpc, const char *method, uint64_t id, json_t **ret_result,
		       struct ls_error *err)
{
	if (has_many_values(&rpc->answer.body))
		return no_answer(rpc, method, "it has more values than any answer needs", err);
	_cleanup_json_ json_t *answer = json_loadb(ls_buffer_str(&rpc->answer.body),
						   rpc->answer.body.size, JSON_REJECT_DUPLICATES,
						   NULL);
	if (!json_is_object(answer))
		return no_answer(rpc, method, "it is no JSON object", err);
	const json_t *seen = json_object_get(answer, "id");
	if (!json_is_integer(seen) || (uint64_t)json_integer_value(seen) != id)
		return no_answer(rpc, method, "it is the answer to another call", err);
	const json_t *error = json_object_get(answer, "error");
	if (error && !json_is_null(error))
		return refused(rpc, method, error, err);
	json_t *result = json_object_get(answer, "result");
	if (!result)
		return no_answer(rpc, method, "it has no result", err);
	*ret_result = json_incref(result);
	return 0;
}

int ls_eth_rpc_call(struct ls_eth_rpc *rpc, const char *method, json_t *params, json_t **ret_result,
		    struct ls_error *err)
{
	uint64_t id = ++rpc->next_id;
	_cleanup_json_ json_t *call = json_pack("{s:s, s:I, s:s, s:o*}", "jsonrpc", "2.0", "id",
						(json_int_t)id, "method", method, "params", params);
	_cleanup_free_ char *body = call ? json_dumps(call, JSON_COMPACT) : NULL;
	if (!body || !params)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	int rc = post(rpc, method, body, err);
	return rc < 0 ? rc : open_answer(rpc, method, id, ret_result, err);
}
