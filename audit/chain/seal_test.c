/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report's seals over what two nodes of the network answered, Anvil and Ganache, as it was
 * recorded (tests/chain/record.sh makes tests/corpus/chain anew), and over these answers altered:
 * what is no answer is found here, and what another account signed is left as it is, for the
 * contract to refuse (tests/chain/10-contract.sh has it do so).
 *
 * CHAIN_NODE=URL CHAIN_SEAL=PREFIX seal_test: asks a node for the seals of PREFIX.record, to be
 * recorded.
 */
#include "audit/chain/seal.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

#include "audit/chain/contract.h"
#include "audit/chain/played_node_test.h"
#include "audit/chain/send.h"

#define CORPUS_MAX  (1u << 20)
#define SEALS_MAX   ((LS_CAL_PARENTS_MAX + 1) * LS_CHAIN_SEAL_SIZE)
#define WORD_DIGITS 64
#define ACCOUNT	    9 /* words from the tuple's own place on: of an entry, its account */

struct lie {
	const char *method;
	int call; /* which of the method's calls, from 0 */
	json_t *(*told)(const json_t *result);
	int rc;
	const char *id;
};

static struct recorded {
	json_t *calls; /* [[method, params, result], ...] */
	uint8_t contract[LS_ETH_ADDRESS_SIZE], technician[LS_ETH_ADDRESS_SIZE];
	struct ls_cal_record report;
	struct played_node node;
	const struct lie *lie; /* NULL: none is told */
	int seen;	       /* calls of its method */
} r;

static json_t *recorded_answer(const json_t *call)
{
	json_t *one;
	size_t i;
	json_array_foreach(r.calls, i, one)
	{
		if (json_equal(json_array_get(one, 0), json_object_get(call, "method")) &&
		    json_equal(json_array_get(one, 1), json_object_get(call, "params")))
			return json_incref(json_array_get(one, 2));
	}
	return NULL;
}

static json_t *play(struct played_node *node, const json_t *call)
{
	(void)node;
	const char *method = json_string_value(json_object_get(call, "method"));
	json_t *result = recorded_answer(call);
	if (result && r.lie && strcmp(method, r.lie->method) == 0 && r.seen++ == r.lie->call) {
		json_t *other = r.lie->told(result);
		json_decref(result);
		result = other;
	}
	if (!result)
		return json_pack("{s:s, s:O, s:{s:s}}", "jsonrpc", "2.0", "id",
				 json_object_get(call, "id"), "error", "message",
				 "unknown account");
	return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", json_object_get(call, "id"),
			 "result", result);
}

static int read_text(const char *prefix, const char *suffix, struct ls_buffer *out)
{
	char path[256];
	snprintf(path, sizeof(path), "%s.%s", prefix, suffix);
	ls_buffer_init(out, CORPUS_MAX);
	return ls_file_read(AT_FDCWD, path, out, NULL);
}

/* PREFIX.accounts: the contract's address and the technician's, a line each. */
static bool load_accounts(const char *prefix)
{
	_cleanup_buffer_ struct ls_buffer text;
	char contract[64] = "", technician[64] = "";
	return read_text(prefix, "accounts", &text) == 0 &&
	       sscanf(ls_buffer_str(&text), "%63s %63s", contract, technician) == 2 &&
	       ls_chain_address_parse(contract, "the contract", r.contract, NULL) == 0 &&
	       ls_chain_address_parse(technician, "the account", r.technician, NULL) == 0;
}

static bool load(const char *name)
{
	char made[64];
	const char *living = getenv("CHAIN_NODE"), *prefix = living ? getenv("CHAIN_SEAL") : made;
	_cleanup_buffer_ struct ls_buffer record, calls;
	snprintf(made, sizeof(made), "tests/corpus/chain/seal-%s", name);
	r = (struct recorded){ .node = { .answer = play, .fd = -1 } };
	ls_buffer_init(&calls, CORPUS_MAX);
	if (!load_accounts(prefix) || read_text(prefix, "record", &record) < 0 ||
	    ls_cal_record_parse(record.data, record.size, &r.report, NULL) < 0)
		return false;
	if (living) {
		snprintf(r.node.url, sizeof(r.node.url), "%s", living);
		return true;
	}
	if (read_text(prefix, "json", &calls) < 0)
		return false;
	r.calls = json_loadb(ls_buffer_str(&calls), calls.size, 0, NULL);
	return r.calls && played_start(&r.node) == 0;
}

static void unload(void)
{
	if (r.node.fd >= 0)
		played_stop(&r.node);
	json_decref(r.calls);
	ls_cal_record_free(&r.report);
}

static int seal(const struct lie *lie, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_eth_rpc_ struct ls_eth_rpc *rpc = NULL;
	r.lie = lie;
	r.seen = 0;
	ls_buffer_clear(out);
	int rc = ls_eth_rpc_open(r.node.url, 10, &rpc, err);
	return rc < 0 ? rc : ls_chain_seal(rpc, r.contract, r.technician, &r.report, out, err);
}

/* --- the truth --------------------------------------------------------------------------- */

static void the_seals_of(const char *name)
{
	struct ls_error err = { 0 };
	struct ls_buffer seals;
	ls_buffer_init(&seals, SEALS_MAX);
	REQUIRE(load(name));
	CHECK_INT_EQ(r.report.report.parent_count, 1);
	CHECK_INT_EQ(seal(NULL, &seals, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(seals.size, 2 * LS_CHAIN_SEAL_SIZE); /* the parent's device, the technician */
	unload();
	ls_buffer_free(&seals);
}

TEST(the_seals_that_anvil_makes)
{
	the_seals_of("anvil");
}

TEST(the_seals_that_ganache_makes)
{
	the_seals_of("ganache");
}

/* --- lies -------------------------------------------------------------------------------- */

static json_t *of_length(const json_t *result, size_t digits)
{
	const char *text = json_string_value(result);
	return text && strlen(text) >= 2 + digits ? json_stringn(text, 2 + digits) : NULL;
}

static json_t *with_tail(const json_t *result, size_t cut, const char *tail)
{
	const char *text = json_string_value(result);
	return json_sprintf("%.*s%s", (int)(strlen(text) - cut), text, tail);
}

static json_t *cut_entry(const json_t *result)
{
	return of_length(result, (size_t)12 * WORD_DIGITS);
}

static json_t *empty_entry(const json_t *result)
{
	return of_length(result, 0);
}

static json_t *half_a_byte(const json_t *result)
{
	return with_tail(result, 1, "");
}

static json_t *no_hex(const json_t *result)
{
	return with_tail(result, 1, "g");
}

static json_t *overlong(const json_t *result)
{
	char tail[65 * WORD_DIGITS + 1];
	memset(tail, '0', sizeof(tail) - 1);
	tail[sizeof(tail) - 1] = '\0';
	return with_tail(result, 0, tail);
}

static json_t *nothing(const json_t *result)
{
	(void)result;
	return json_null();
}

static json_t *a_number(const json_t *result)
{
	(void)result;
	return json_integer(27);
}

static json_t *refusal(const json_t *result)
{
	(void)result;
	return NULL;
}

static json_t *short_signature(const json_t *result)
{
	return with_tail(result, 2, "");
}

static json_t *long_signature(const json_t *result)
{
	return with_tail(result, 0, "00");
}

static json_t *other_parity(const json_t *result)
{
	return with_tail(result, 2, "1d"); /* 29 */
}

static json_t *no_parity(const json_t *result)
{
	return with_tail(result, 2, "02");
}

/* The digit of a 0x string, from the first byte's on. */
static json_t *with_digits(const json_t *result, size_t at, size_t count, char digit)
{
	char *text = strdup(json_string_value(result));
	memset(text + 2 + at, digit, count);
	json_t *other = json_string(text);
	free(text);
	return other;
}

static json_t *large_s(const json_t *result)
{
	return with_digits(result, WORD_DIGITS, 1, 'f');
}

static json_t *another_account(const json_t *result)
{
	return with_digits(result, (size_t)ACCOUNT * WORD_DIGITS + 24, 40, '7');
}

static json_t *no_account(const json_t *result)
{
	return with_digits(result, (size_t)ACCOUNT * WORD_DIGITS, WORD_DIGITS, '0');
}

static json_t *another_signature(const json_t *result)
{
	const char *text = json_string_value(result);
	return with_digits(result, 0, 1, text[2] == '1' ? '2' : '1');
}

#define DEVICE_ENTRY 1
static const struct lie LIES[] = {
	{ "eth_call", 0, cut_entry, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, empty_entry, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, half_a_byte, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, no_hex, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, overlong, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, nothing, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, a_number, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", 0, refusal, -EPROTO, "chain.rpc.refused" },
	{ "eth_call", DEVICE_ENTRY, cut_entry, -EBADMSG, "chain.rpc.answer" },
	{ "eth_call", DEVICE_ENTRY, nothing, -EBADMSG, "chain.rpc.answer" },
	/* a node that keeps this account's key signs, and the contract refuses it */
	{ "eth_call", DEVICE_ENTRY, another_account, -EPROTO, "chain.rpc.refused" },
	{ "eth_sign", 0, short_signature, -EBADMSG, "chain.rpc.answer" },
	{ "eth_sign", 0, long_signature, -EBADMSG, "chain.rpc.answer" },
	{ "eth_sign", 0, half_a_byte, -EBADMSG, "chain.rpc.answer" },
	{ "eth_sign", 0, no_hex, -EBADMSG, "chain.rpc.answer" },
	{ "eth_sign", 0, nothing, -EBADMSG, "chain.rpc.answer" },
	{ "eth_sign", 0, a_number, -EBADMSG, "chain.rpc.answer" },
	{ "eth_sign", 0, other_parity, -EBADMSG, "chain.seal" },
	{ "eth_sign", 0, no_parity, -EBADMSG, "chain.seal" },
	{ "eth_sign", 0, large_s, -EBADMSG, "chain.seal" },
	{ "eth_sign", 0, refusal, -EPROTO, "chain.rpc.refused" },
	{ "eth_sign", 1, other_parity, -EBADMSG, "chain.seal" },
	{ "eth_sign", 1, nothing, -EBADMSG, "chain.rpc.answer" },
};

static void each_lie_of(const char *name)
{
	struct ls_buffer seals;
	ls_buffer_init(&seals, SEALS_MAX);
	REQUIRE(load(name));
	for (size_t i = 0; i < sizeof(LIES) / sizeof(LIES[0]); i++) {
		struct ls_error err = { 0 };
		int rc = seal(&LIES[i], &seals, &err);
		if (rc != LIES[i].rc || strcmp(err.id, LIES[i].id) != 0 || r.seen <= LIES[i].call)
			TEST_FAIL("%s: lie %zu (%s %d, %d calls): %d %s, %s", name, i,
				  LIES[i].method, LIES[i].call, r.seen, rc, err.id, err.message);
	}
	unload();
	ls_buffer_free(&seals);
}

TEST(each_answer_of_anvils_that_is_none_is_found)
{
	each_lie_of("anvil");
}

TEST(each_answer_of_ganaches_that_is_none_is_found)
{
	each_lie_of("ganache");
}

/* What only the contract can judge: it is handed on as the node said it, and never mended. */
TEST(what_the_contract_is_to_refuse_is_handed_on)
{
	static const struct lie unsealed = { "eth_call", DEVICE_ENTRY, no_account, 0, "" };
	static const struct lie forged = { "eth_sign", 0, another_signature, 0, "" };
	struct ls_error err = { 0 };
	struct ls_buffer good, other;
	ls_buffer_init(&good, SEALS_MAX);
	ls_buffer_init(&other, SEALS_MAX);
	REQUIRE(load("anvil"));
	CHECK_INT_EQ(seal(NULL, &good, &err), 0);
	CHECK_INT_EQ(seal(&unsealed, &other, &err), 0);
	CHECK_INT_EQ(other.size, 0); /* the contract wants one of each device that has an account */
	CHECK_INT_EQ(seal(&forged, &other, &err), 0);
	CHECK_INT_EQ(other.size, good.size);
	CHECK(other.data[0] != good.data[0]);
	CHECK_INT_EQ(memcmp(other.data + 1, good.data + 1, good.size - 1), 0);
	unload();
	ls_buffer_free(&good);
	ls_buffer_free(&other);
}

TEST_MAIN()
