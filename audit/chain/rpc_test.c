/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/rpc.h"

#include <errno.h>

#include "lib/base/test.h"

#include "audit/chain/played_node_test.h"

#define PATIENT_S 60 /* a machine under load takes its time for 16 MiB */

/* What a node says to the only call, and what becomes of it. */
static int ask(struct played_node *node, json_t **result, struct ls_error *err)
{
	struct ls_eth_rpc *rpc = NULL;
	int rc = played_start(node);
	if (rc == 0)
		rc = ls_eth_rpc_open(node->url, PATIENT_S, &rpc, err);
	if (rc == 0)
		rc = ls_eth_rpc_call(rpc, "eth_chainId", json_array(), result, err);
	ls_eth_rpc_free(rpc);
	played_stop(node);
	return rc;
}

static json_t *well(struct played_node *node, const json_t *call)
{
	(void)node;
	return json_pack("{s:s, s:O, s:O}", "jsonrpc", "2.0", "id", json_object_get(call, "id"),
			 "result", json_object_get(call, "method"));
}

TEST(a_result_is_taken)
{
	struct played_node node = { .answer = well };
	json_t *result = NULL;
	CHECK_INT_EQ(ask(&node, &result, NULL), 0);
	CHECK_STR_EQ(json_string_value(result), "eth_chainId");
	json_decref(result);
}

static json_t *as_told(struct played_node *node, const json_t *call)
{
	(void)call;
	return json_loads(node->context, 0, NULL);
}

TEST(answers_that_are_none)
{
	static const struct {
		const char *answer;
		int rc;
		const char *words;
	} CASES[] = {
		{ "[]", -EBADMSG, "no JSON object" },
		{ "{\"id\":1}", -EBADMSG, "no result" },
		{ "{\"id\":2,\"result\":\"0x1\"}", -EBADMSG, "another call" },
		{ "{\"id\":\"1\",\"result\":\"0x1\"}", -EBADMSG, "another call" },
		{ "{\"result\":\"0x1\"}", -EBADMSG, "another call" },
		{ "{\"id\":1,\"error\":{\"code\":3,\"message\":\"execution\\nreverted\"}}", -EPROTO,
		  "execution reverted" },
		{ "{\"id\":1,\"error\":7,\"result\":1}", -EPROTO, "it says not why" },
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct played_node node = { .answer = as_told, .context = (void *)CASES[i].answer };
		struct ls_error err = { 0 };
		json_t *result = NULL;
		CHECK_INT_EQ(ask(&node, &result, &err), CASES[i].rc);
		CHECK_STR_HAS(err.message, CASES[i].words);
		CHECK(!result);
	}
}

TEST(http_that_is_no_answer)
{
	static const struct {
		const char *raw;
		int rc;
		const char *words;
	} CASES[] = {
		{ "", -EHOSTUNREACH, "does not answer" },
		{ "HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		  -EHOSTUNREACH, "status 500" },
		{ "HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: "
		  "0\r\nConnection: close\r\n\r\n",
		  -EHOSTUNREACH, "status 302" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n{]}", -EBADMSG,
		  "no JSON object" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 33\r\nConnection: "
		  "close\r\n\r\n{\"id\":1,\"id\":1,\"result\":\"0x1\"}   ",
		  -EBADMSG, "no JSON object" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{",
		  -EHOSTUNREACH, "does not answer" },
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct played_node node = { .raw = CASES[i].raw };
		struct ls_error err = { 0 };
		json_t *result = NULL;
		CHECK_INT_EQ(ask(&node, &result, &err), CASES[i].rc);
		CHECK_STR_HAS(err.message, CASES[i].words);
	}
}

static json_t *endless(struct played_node *node, const json_t *call)
{
	size_t n = LS_ETH_ANSWER_MAX + 1;
	char *text = malloc(n);
	(void)node;
	(void)call;
	memset(text, 'x', n);
	json_t *answer = json_pack("{s:o}", "result", json_stringn_nocheck(text, n));
	free(text);
	return answer;
}

TEST(an_answer_that_is_too_large_is_not_taken)
{
	struct played_node node = { .answer = endless };
	struct ls_error err = { 0 };
	json_t *result = NULL;
	CHECK_INT_EQ(ask(&node, &result, &err), -EHOSTUNREACH);
	CHECK_STR_HAS(err.message, "more than 16777216 bytes");
}

/* Small, and a hundred times as large when it is parsed. */
TEST(an_answer_of_too_many_values_is_not_parsed)
{
	static const char *const values[] = { "{},", "[],", "1,", "\"\\\"\"," };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		_cleanup_buffer_ struct ls_buffer body, raw;
		ls_buffer_init(&body, 1 << 20);
		ls_buffer_init(&raw, 1 << 21);
		ls_buffer_add_str(&body, "{\"id\":1,\"result\":[");
		for (int n = 0; n < 70000; n++)
			ls_buffer_add_str(&body, values[i]);
		ls_buffer_add_str(&body, "1]}");
		ls_buffer_printf(&raw,
				 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: "
				 "close\r\n\r\n%s",
				 body.size, ls_buffer_str(&body));
		struct played_node node = { .raw = ls_buffer_str(&raw) };
		struct ls_error err = { 0 };
		json_t *result = NULL;
		CHECK_INT_EQ(ask(&node, &result, &err), -EBADMSG);
		CHECK_STR_HAS(err.message, "more values");
		json_decref(result);
	}
}

static json_t *many_commas(struct played_node *node, const json_t *call)
{
	_cleanup_buffer_ struct ls_buffer text;
	(void)node;
	ls_buffer_init(&text, 1 << 18);
	while (text.size < 1 << 17)
		ls_buffer_add_str(&text, ",[{\\\",");
	return json_pack("{s:O, s:s}", "id", json_object_get(call, "id"), "result",
			 ls_buffer_str(&text));
}

TEST(what_stands_in_a_string_is_one_value)
{
	struct played_node node = { .answer = many_commas };
	json_t *result = NULL;
	CHECK_INT_EQ(ask(&node, &result, NULL), 0);
	CHECK(json_string_length(result) >= 1 << 17);
	json_decref(result);
}

TEST(what_is_no_address_of_a_node)
{
	static const char *const CASES[] = { "", "file:///etc/passwd", "ftp://127.0.0.1/",
					     "127.0.0.1:8545", "httpx://a" };
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct ls_eth_rpc *rpc = NULL;
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_eth_rpc_open(CASES[i], PATIENT_S, &rpc, &err), -EINVAL);
		CHECK_STR_EQ(err.id, "chain.rpc.url");
	}
}

TEST(nobody_there)
{
	struct ls_eth_rpc *rpc = NULL;
	struct ls_error err = { 0 };
	json_t *result = NULL;
	struct played_node node = { 0 };
	REQUIRE(played_start(&node) == 0);
	played_stop(&node); /* a port that nobody has */
	REQUIRE(ls_eth_rpc_open(node.url, PATIENT_S, &rpc, NULL) == 0);
	CHECK_INT_EQ(ls_eth_rpc_call(rpc, "eth_chainId", json_array(), &result, &err),
		     -EHOSTUNREACH);
	CHECK_INT_EQ(ls_eth_rpc_traffic(rpc).calls, 1);
	ls_eth_rpc_free(rpc);
}

/* --- hex ------------------------------------------------------------------------------ */

TEST(quantities)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t value;
	} CASES[] = {
		{ "0x0", 0, 0 },
		{ "0x41", 0, 65 },
		{ "0x400", 0, 1024 },
		{ "0xFFffFFffFFffFFff", 0, UINT64_MAX },
		{ "0x10000000000000000", -EBADMSG, 0 },
		{ "0x", -EBADMSG, 0 },
		{ "0x0400", -EBADMSG, 0 },
		{ "ff", -EBADMSG, 0 },
		{ "0xg", -EBADMSG, 0 },
		{ "", -EBADMSG, 0 },
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		json_t *value = json_string(CASES[i].text);
		uint64_t seen = 0;
		if (ls_eth_u64(value, "it", &seen, NULL) != CASES[i].rc || seen != CASES[i].value)
			TEST_FAIL("%s", CASES[i].text);
		json_decref(value);
	}
	CHECK_INT_EQ(ls_eth_u64(NULL, "it", &(uint64_t){ 0 }, NULL), -EBADMSG);
}

TEST(data)
{
	struct ls_buffer out;
	struct ls_error err = { 0 };
	uint8_t fixed[2];
	json_t *value = json_string("0xaBcD");
	ls_buffer_init(&out, 16);
	CHECK_INT_EQ(ls_eth_data(value, "it", 2, &out, NULL), 0);
	CHECK_MEM_EQ(out.data, "\xab\xcd", 2);
	CHECK_INT_EQ(ls_eth_data(value, "it", 1, &out, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "it is too long");
	CHECK_INT_EQ(ls_eth_fixed(value, "it", fixed, 2, NULL), 0);
	CHECK_INT_EQ(ls_eth_fixed(value, "it", fixed, 1, NULL), -EBADMSG);
	json_decref(value);
	value = json_string("0xabc");
	CHECK_INT_EQ(ls_eth_data(value, "it", 2, &out, NULL), -EBADMSG);
	json_decref(value);
	value = json_string("0xabxy");
	CHECK_INT_EQ(ls_eth_data(value, "it", 2, &out, NULL), -EBADMSG);
	json_decref(value);
	ls_buffer_free(&out);
}

TEST_MAIN()
