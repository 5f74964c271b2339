/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/rpc.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define URL_MAX		2048
#define MESSAGE_MAX	200 /* bytes of a node's own words that are shown */
#define CONNECT_SECONDS 10L

struct ls_eth_rpc {
	CURL *curl; /* kept: one connection for all calls */
	struct curl_slist *headers;
	char url[URL_MAX];
	struct ls_buffer answer;
	uint64_t next_id;
	struct ls_eth_traffic traffic;
};

static void initialise_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static size_t take(char *bytes, size_t size, size_t n, void *context)
{
	struct ls_eth_rpc *rpc = context;
	return ls_buffer_add(&rpc->answer, bytes, size * n) < 0 ? 0 : size * n;
}

static int set_up(struct ls_eth_rpc *rpc, long timeout_seconds)
{
	CURL *curl = rpc->curl;
	rpc->headers = curl_slist_append(NULL, "Content-Type: application/json");
	/* libcurl would ask before it sends more than a mebibyte, and wait a second for the answer
	 */
	if (!rpc->headers || !curl_slist_append(rpc->headers, "Expect:"))
		return -ENOMEM;
	CURLcode rc = curl_easy_setopt(curl, CURLOPT_URL, rpc->url);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_HTTPHEADER, rpc->headers);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_seconds);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	rc = rc ? rc : curl_easy_setopt(curl, CURLOPT_WRITEDATA, rpc);
	return rc ? -ENOMEM : 0;
}

int ls_eth_rpc_open(const char *url, long timeout_seconds, struct ls_eth_rpc **ret_rpc,
		    struct ls_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
	    strlen(url) >= URL_MAX)
		return ls_fail(err, -EINVAL, "chain.rpc.url",
			       "'%s' is no http or https address of a node", url);
	pthread_once(&once, initialise_curl);
	struct ls_eth_rpc *rpc = calloc(1, sizeof(*rpc));
	if (!rpc)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	ls_buffer_init(&rpc->answer, LS_ETH_ANSWER_MAX);
	memcpy(rpc->url, url, strlen(url) + 1);
	rpc->curl = curl_easy_init();
	if (!rpc->curl || set_up(rpc, timeout_seconds) < 0) {
		ls_eth_rpc_free(rpc);
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	}
	*ret_rpc = rpc;
	return 0;
}

void ls_eth_rpc_free(struct ls_eth_rpc *rpc)
{
	if (!rpc)
		return;
	curl_easy_cleanup(rpc->curl);
	curl_slist_free_all(rpc->headers);
	ls_buffer_free(&rpc->answer);
	free(rpc);
}

struct ls_eth_traffic ls_eth_rpc_traffic(const struct ls_eth_rpc *rpc)
{
	return rpc->traffic;
}

static int transfer_failed(struct ls_eth_rpc *rpc, CURLcode code, const char *method,
			   struct ls_error *err)
{
	if (ls_buffer_error(&rpc->answer) == -EFBIG)
		return ls_fail(err, -EIO, "chain.rpc.http",
			       "the node '%s' answers %s with more than %d MiB", rpc->url, method,
			       LS_ETH_ANSWER_MAX / 1024 / 1024);
	return ls_fail(err, -EIO, "chain.rpc.http", "the node '%s' does not answer %s: %s",
		       rpc->url, method, curl_easy_strerror(code));
}

static int post(struct ls_eth_rpc *rpc, const char *method, const char *body, struct ls_error *err)
{
	long status = 0;
	ls_buffer_clear(&rpc->answer);
	curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
	curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDS, body);
	CURLcode code = curl_easy_perform(rpc->curl);
	rpc->traffic.calls++;
	rpc->traffic.bytes += rpc->answer.size;
	if (code != CURLE_OK)
		return transfer_failed(rpc, code, method, err);
	curl_easy_getinfo(rpc->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200)
		return ls_fail(err, -EIO, "chain.rpc.http",
			       "the node '%s' answers %s with the HTTP status %ld", rpc->url,
			       method, status);
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

static int open_answer(struct ls_eth_rpc *rpc, const char *method, uint64_t id, json_t **ret_result,
		       struct ls_error *err)
{
	_cleanup_json_ json_t *answer = json_loadb(ls_buffer_str(&rpc->answer), rpc->answer.size,
						   JSON_REJECT_DUPLICATES, NULL);
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
