/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store over the answers of two nodes of the network, Anvil and Ganache, as they were recorded
 * (tests/chain/record.sh makes tests/corpus/chain anew), and over each of these answers altered:
 * every lie is found, and named.
 *
 * CHAIN_RECORD=URL CHAIN_TRUST=FILE store_test: goes through the session against a node, to be
 * recorded.
 */
#include "audit/chain/store.h"

#include <errno.h>
#include <fcntl.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

#include "audit/chain/pin.h"
#include "audit/chain/played_node_test.h"

#define RECORDS_MAX 64
#define CORPUS_MAX  (8u << 20)

/* --- what is recorded ------------------------------------------------------------------ */

struct played {
	json_t *calls;		       /* [[method, params, result], ...] */
	const char *method;	       /* the answers that are altered; NULL: none */
	bool (*alter)(json_t *result); /* whether it altered something */
	bool altered;
};

static json_t *find_answer(const struct played *p, const json_t *call)
{
	const json_t *method = json_object_get(call, "method");
	json_t *one;
	size_t i;
	json_array_foreach(
		p->calls, i,
		one) if (json_equal(json_array_get(one, 0), method) &&
			 json_equal(
				 json_array_get(one, 1),
				 json_object_get(
					 call, "params"))) return json_deep_copy(json_array_get(one,
												2));
	return NULL;
}

static json_t *play(struct played_node *node, const json_t *call)
{
	struct played *p = node->context;
	json_t *result = find_answer(p, call);
	if (!result)
		return json_pack("{s:O, s:{s:s}}", "id", json_object_get(call, "id"), "error",
				 "message", "this was not recorded");
	const char *method = json_string_value(json_object_get(call, "method"));
	if (p->method && strcmp(method, p->method) == 0 && !p->altered)
		p->altered = p->alter(result);
	return json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", json_object_get(call, "id"),
			 "result", result);
}

/* --- the session ------------------------------------------------------------------------- */

struct seen {
	struct ls_digest ids[RECORDS_MAX];
	size_t count, kinds[LS_CAL_KINDS + 1];
};

static int collect(void *context, const struct ls_cal_found *found)
{
	struct seen *seen = context;
	if (seen->count == RECORDS_MAX)
		return -EFBIG;
	seen->ids[seen->count++] = found->id;
	seen->kinds[found->kind]++;
	return 0;
}

static int count_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			 const struct ls_digest *id, size_t *ret_count, struct ls_error *err)
{
	struct seen seen = { 0 };
	int rc = store->operations->related(store, relation, id, collect, &seen, err);
	*ret_count += seen.count;
	return rc;
}

struct session {
	struct seen all;
	size_t reports, children, revocations, certified, named;
	struct ls_cal_fresh fresh, before;
	uint8_t lab_key_digest[LS_DIGEST_SIZE];
};

static int look_at(struct ls_cal_store *store, const struct ls_digest *id, struct session *s,
		   struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = store->operations->find(store, id, &entry, err);
	if (rc < 0)
		return rc;
	enum ls_cal_kind kind = entry->record.kind;
	rc = count_related(store, LS_CAL_REVOCATIONS_OF, id, &s->revocations, err);
	if (rc == 0 && kind == LS_CAL_DEVICE) {
		struct seen named = { 0 };
		rc = count_related(store, LS_CAL_REPORTS_OF, id, &s->reports, err);
		if (rc == 0)
			rc = store->operations->named(store, entry->record.device.name, collect,
						      &named, err);
		s->named += named.count;
	}
	if (rc == 0 && kind == LS_CAL_REPORT)
		rc = count_related(store, LS_CAL_CHILDREN_OF, id, &s->children, err);
	if (rc == 0 && kind <= LS_CAL_TECHNICIAN)
		rc = count_related(store, LS_CAL_CERTIFIED_BY, id, &s->certified, err);
	return rc;
}

static int hold_session(const char *url, const struct ls_cal_trust *trust, struct session *s,
			struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	*s = (struct session){ 0 };
	int rc = ls_chain_store_open(url, trust, NULL, &store, err);
	if (rc == 0)
		rc = store->operations->fresh(store, INT64_MAX, 0, &s->fresh, err);
	if (rc == 0)
		rc = store->operations->fresh(store, s->fresh.time - 1, 0, &s->before, err);
	for (int kind = 1; kind <= LS_CAL_KINDS && rc == 0; kind++)
		rc = store->operations->all(store, kind, collect, &s->all, err);
	for (size_t i = 0; i < s->all.count && rc == 0; i++)
		rc = look_at(store, &s->all.ids[i], s, err);
	return rc;
}

/* --- the trust: the pin's file without its signature ------------------------------------ */

static int read_trust(const char *path, struct ls_cal_trust *trust)
{
	struct ls_buffer text;
	struct ls_chain_pin pin;
	ls_buffer_init(&text, LS_CHAIN_PIN_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, NULL);
	if (rc == 0)
		rc = ls_chain_pin_parse(ls_buffer_str(&text), text.size, &pin, NULL);
	ls_buffer_free(&text);
	if (rc < 0)
		return rc;
	*trust = (struct ls_cal_trust){ .has_registry = true,
					.has_contract = true,
					.chain = pin.block.chain,
					.has_block = true,
					.block_number = pin.block.number,
					.block_hash = pin.block.hash };
	memcpy(trust->contract, pin.block.contract, sizeof(trust->contract));
	memcpy(trust->registry.name, pin.registry, sizeof(trust->registry.name));
	return 0;
}

static struct played played;
static struct played_node node;
static struct ls_cal_trust trust;

static bool load_living(const char *url)
{
	snprintf(node.url, sizeof(node.url), "%s", url);
	node.fd = -1;
	return read_trust(getenv("CHAIN_PIN"), &trust) == 0;
}

static bool load(const char *name)
{
	char path[128];
	struct ls_buffer text;
	if (getenv("CHAIN_NODE"))
		return load_living(getenv("CHAIN_NODE"));
	ls_buffer_init(&text, CORPUS_MAX);
	snprintf(path, sizeof(path), "tests/corpus/chain/%s.pin", name);
	bool good = read_trust(path, &trust) == 0;
	snprintf(path, sizeof(path), "tests/corpus/chain/%s.json", name);
	good = good && ls_file_read(AT_FDCWD, path, &text, NULL) == 0;
	played = (struct played){
		.calls = good ? json_loadb(ls_buffer_str(&text), text.size, 0, NULL) : NULL
	};
	ls_buffer_free(&text);
	node = (struct played_node){ .answer = play, .context = &played };
	return played.calls && played_start(&node) == 0;
}

static void unload(void)
{
	if (node.fd < 0)
		return;
	played_stop(&node);
	json_decref(played.calls);
}

static void the_records_of(const char *name)
{
	struct session s;
	struct ls_error err = { 0 };
	REQUIRE(load(name));
	CHECK_INT_EQ(hold_session(node.url, &trust, &s, &err), 0);
	CHECK_STR_EQ(err.message, "");
	/* two organisations with a technician, a device and its report each; a revocation */
	CHECK_INT_EQ(s.all.count, 9);
	for (int kind = LS_CAL_ORGANISATION; kind <= LS_CAL_REPORT; kind++)
		CHECK_INT_EQ(s.all.kinds[kind], 2);
	CHECK_INT_EQ(s.all.kinds[LS_CAL_REVOCATION], 1);
	CHECK_INT_EQ(s.revocations, 1);
	CHECK_INT_EQ(s.reports, 2);
	CHECK_INT_EQ(s.children, 1);
	CHECK_INT_EQ(s.certified, 7); /* all but the first organisation, and no revocation */
	CHECK_INT_EQ(s.named, 2);
	CHECK_INT_EQ(s.fresh.size, 9);
	CHECK_INT_EQ(s.fresh.clock, LS_CAL_CLOCK_BLOCK);
	CHECK_STR_EQ(s.fresh.origin, "example.org/calibration");
	CHECK(s.fresh.absence_shown);
	CHECK_INT_EQ(s.before.size, 8); /* the revocation came in the last block */
	unload();
}

TEST(the_records_that_anvil_holds)
{
	the_records_of("anvil");
}

TEST(the_records_that_ganache_holds)
{
	the_records_of("ganache");
}

/* --- lies -------------------------------------------------------------------------------- */

/* Another last hex digit. */
static bool alter_hex(json_t *parent, const char *key, json_t *value)
{
	char *text = json_is_string(value) ? strdup(json_string_value(value)) : NULL;
	if (!text)
		return false;
	char *last = text + strlen(text) - 1;
	*last = *last == '0' ? '1' : '0';
	if (key)
		json_object_set_new(parent, key, json_string(text));
	else
		json_string_set(value, text);
	free(text);
	return true;
}

#define ALTER_FIELD(name, field)                                                 \
	static bool name(json_t *result)                                         \
	{                                                                        \
		return alter_hex(result, field, json_object_get(result, field)); \
	}
ALTER_FIELD(alter_state_root, "stateRoot")
ALTER_FIELD(alter_parent, "parentHash")
ALTER_FIELD(alter_time, "timestamp")
ALTER_FIELD(alter_number, "number")
ALTER_FIELD(alter_gas, "gasUsed")
ALTER_FIELD(alter_bloom, "logsBloom")
ALTER_FIELD(alter_code_claim, "codeHash")
ALTER_FIELD(alter_storage_claim, "storageHash")

static bool alter_chain_id(json_t *result)
{
	return alter_hex(NULL, NULL, result);
}

static bool drop_field(json_t *result)
{
	return json_object_del(result, "withdrawalsRoot") == 0;
}

static json_t *account_proof(json_t *result)
{
	return json_object_get(result, "accountProof");
}

/* The proof of the first word that has a value (or has none). */
static json_t *word_of(json_t *result, bool present)
{
	json_t *words = json_object_get(result, "storageProof"), *word;
	size_t i;
	json_array_foreach(words, i,
			   word) if ((strcmp(json_string_value(json_object_get(word, "value")),
					     "0x0") != 0) == present) return word;
	return NULL;
}

static bool alter_node(json_t *proof, size_t i)
{
	return alter_hex(NULL, NULL, json_array_get(proof, i));
}

static bool alter_account_first(json_t *result)
{
	return alter_node(account_proof(result), 0);
}

static bool alter_account_last(json_t *result)
{
	return alter_node(account_proof(result), json_array_size(account_proof(result)) - 1);
}

static bool drop_account_last(json_t *result)
{
	json_t *proof = account_proof(result);
	return json_array_remove(proof, json_array_size(proof) - 1) == 0;
}

static bool double_account_last(json_t *result)
{
	json_t *proof = account_proof(result);
	return json_array_append(proof, json_array_get(proof, json_array_size(proof) - 1)) == 0;
}

static bool empty_account(json_t *result)
{
	return json_array_clear(account_proof(result)) == 0;
}

#define ALTER_WORD(name, present, what)                         \
	static bool name(json_t *result)                        \
	{                                                       \
		json_t *word = word_of(result, present);        \
		json_t *proof = json_object_get(word, "proof"); \
		size_t n = json_array_size(proof);              \
		(void)n;                                        \
		return word && (what);                          \
	}
ALTER_WORD(alter_value, true, alter_hex(word, "value", json_object_get(word, "value")))
ALTER_WORD(hide_value, true, json_object_set_new(word, "value", json_string("0x0")) == 0)
ALTER_WORD(invent_value, false, json_object_set_new(word, "value", json_string("0x1")) == 0)
ALTER_WORD(alter_word_first, true, alter_node(proof, 0))
ALTER_WORD(alter_word_last, true, alter_node(proof, n - 1))
ALTER_WORD(drop_word_first, true, json_array_remove(proof, 0) == 0)
ALTER_WORD(drop_word_last, true, json_array_remove(proof, n - 1) == 0)
ALTER_WORD(double_word_last, true, json_array_append(proof, json_array_get(proof, n - 1)) == 0)
ALTER_WORD(drop_absent_last, false, json_array_remove(proof, n - 1) == 0)
ALTER_WORD(alter_absent_first, false, alter_node(proof, 0))
ALTER_WORD(cut_node, true,
	   json_string_setn(json_array_get(proof, 0), json_string_value(json_array_get(proof, 0)),
			    json_string_length(json_array_get(proof, 0)) - 2) == 0)
ALTER_WORD(odd_node, true,
	   json_string_setn(json_array_get(proof, 0), json_string_value(json_array_get(proof, 0)),
			    json_string_length(json_array_get(proof, 0)) - 1) == 0)
ALTER_WORD(node_no_string, true, json_array_set_new(proof, 0, json_integer(1)) == 0)
ALTER_WORD(no_proof, true, json_object_del(word, "proof") == 0)

/* One word's proof in another's place. */
static bool swap_words(json_t *result)
{
	json_t *words = json_object_get(result, "storageProof");
	if (json_array_size(words) < 2)
		return false;
	json_t *first = json_incref(json_array_get(words, 0));
	json_array_set(words, 0, json_array_get(words, 1));
	return json_array_set_new(words, 1, first) == 0;
}

static bool drop_word(json_t *result)
{
	return json_array_remove(json_object_get(result, "storageProof"), 0) == 0;
}

/* A record's text begins behind three words; any byte of it will do. */
static bool alter_record(json_t *result)
{
	json_t *log = json_array_get(result, 0);
	const char *data = json_string_value(json_object_get(log, "data"));
	if (!data)
		return false;
	char *text = strdup(data);
	text[2 + 2 * 64 + 100] = text[2 + 2 * 64 + 100] == '6' ? '7' : '6';
	json_object_set_new(log, "data", json_string(text));
	free(text);
	return true;
}

static bool withhold(json_t *result)
{
	return json_array_clear(result) == 0;
}

static bool double_log(json_t *result)
{
	return json_array_append(result, json_array_get(result, 0)) == 0;
}

static bool cut_log(json_t *result)
{
	json_t *log = json_array_get(result, 0);
	return json_object_set_new(log, "data", json_string("0x20")) == 0;
}

static bool no_data(json_t *result)
{
	return json_object_del(json_array_get(result, 0), "data") == 0;
}

static bool overlong_log(json_t *result)
{
	json_t *log = json_array_get(result, 0);
	const char *data = json_string_value(json_object_get(log, "data"));
	return json_object_set_new(log, "data", json_sprintf("%s%064d", data, 0)) == 0;
}

static const struct lie {
	const char *method;
	bool (*alter)(json_t *result);
	int rc;
	const char *id;
} LIES[] = {
	{ "eth_chainId", alter_chain_id, -EXDEV, "chain.id" },
	{ "eth_getBlockByHash", alter_state_root, -EBADMSG, "chain.block.hash" },
	{ "eth_getBlockByHash", alter_parent, -EBADMSG, "chain.block.hash" },
	{ "eth_getBlockByHash", alter_time, -EBADMSG, "chain.block.hash" },
	{ "eth_getBlockByHash", alter_number, -EBADMSG, "chain.block.hash" },
	{ "eth_getBlockByHash", alter_gas, -EBADMSG, "chain.block.hash" },
	{ "eth_getBlockByHash", alter_bloom, -EBADMSG, "chain.block.hash" },
	{ "eth_getBlockByHash", drop_field, -EBADMSG, "chain.block.hash" },
	{ "eth_getProof", alter_code_claim, -EBADMSG, "chain.proof.claim" },
	{ "eth_getProof", alter_storage_claim, -EBADMSG, "chain.proof.claim" },
	{ "eth_getProof", alter_account_first, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", alter_account_last, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", drop_account_last, -EBADMSG, "chain.proof.missing" },
	{ "eth_getProof", double_account_last, -EBADMSG, "chain.proof.surplus" },
	{ "eth_getProof", empty_account, -EBADMSG, "chain.proof.missing" },
	{ "eth_getProof", alter_value, -EBADMSG, "chain.proof.claim" },
	{ "eth_getProof", hide_value, -EBADMSG, "chain.proof.claim" },
	{ "eth_getProof", invent_value, -EBADMSG, "chain.proof.claim" },
	{ "eth_getProof", alter_word_first, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", alter_word_last, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", drop_word_first, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", drop_word_last, -EBADMSG, "chain.proof.missing" },
	{ "eth_getProof", double_word_last, -EBADMSG, "chain.proof.surplus" },
	{ "eth_getProof", drop_absent_last, -EBADMSG, "chain.proof.missing" },
	{ "eth_getProof", alter_absent_first, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", cut_node, -EBADMSG, "chain.proof.hash" },
	{ "eth_getProof", odd_node, -EBADMSG, "chain.rpc.answer" },
	{ "eth_getProof", node_no_string, -EBADMSG, "chain.rpc.answer" },
	{ "eth_getProof", no_proof, -EBADMSG, "chain.rpc.answer" },
	{ "eth_getProof", swap_words, -EBADMSG, NULL },
	{ "eth_getProof", drop_word, -EBADMSG, "chain.rpc.answer" },
	{ "eth_getLogs", alter_record, -EBADMSG, "chain.record.digest" },
	{ "eth_getLogs", withhold, -EBADMSG, "chain.record.withheld" },
	{ "eth_getLogs", double_log, -EBADMSG, "chain.record.withheld" },
	{ "eth_getLogs", cut_log, -EBADMSG, "chain.event" },
	{ "eth_getLogs", no_data, -EBADMSG, "chain.rpc.answer" },
	{ "eth_getLogs", overlong_log, -EBADMSG, "chain.event" },
};

static void each_lie_of(const char *name)
{
	REQUIRE(load(name));
	for (size_t i = 0; i < sizeof(LIES) / sizeof(LIES[0]); i++) {
		struct session s;
		struct ls_error err = { 0 };
		played.method = LIES[i].method;
		played.alter = LIES[i].alter;
		played.altered = false;
		int rc = hold_session(node.url, &trust, &s, &err);
		if (rc != LIES[i].rc || (LIES[i].id && strcmp(err.id, LIES[i].id) != 0))
			TEST_FAIL("%s: lie %zu (%s%s): %d %s, %s", name, i, LIES[i].method,
				  played.altered ? "" : ", not told", rc, err.id, err.message);
	}
	unload();
}

TEST(each_lie_of_anvils_is_found)
{
	each_lie_of("anvil");
}

TEST(each_lie_of_ganaches_is_found)
{
	each_lie_of("ganache");
}

/* --- a trust that is not the contract's ------------------------------------------------- */

static int open_with(const struct ls_cal_trust *other, struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	return ls_chain_store_open(node.url, other, NULL, &store, err);
}

TEST(what_the_trust_file_names_must_be_there)
{
	struct ls_error err = { 0 };
	REQUIRE(load("anvil"));
	struct ls_cal_trust other = trust;
	other.block_number++;
	CHECK_INT_EQ(open_with(&other, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "chain.block.number");

	other = trust;
	snprintf(other.registry.name, sizeof(other.registry.name), "example.org/other");
	CHECK_INT_EQ(open_with(&other, &err), -EXDEV);
	CHECK_STR_EQ(err.id, "chain.registry");

	other = trust;
	other.chain++;
	CHECK_INT_EQ(open_with(&other, &err), -EXDEV);
	CHECK_STR_EQ(err.id, "chain.id");

	other = trust;
	other.has_block = false;
	CHECK_INT_EQ(open_with(&other, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "chain.pin");
	unload();
}

TEST_MAIN()
