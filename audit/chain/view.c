/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/chain/contract.h"
#include "audit/chain/keccak.h"
#include "audit/chain/rlp.h"
#include "audit/chain/trie.h"

#define WORDS_A_CALL 128

/* A proof out of JSON; the nodes' bytes are in `bytes`. */
struct proof {
	struct ls_trie_proof nodes;
	struct ls_buffer bytes;
};

static int malformed(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "chain.rpc.answer", "the node's answer to eth_getProof: %s",
		       what);
}

/* Twice over the array: bytes move while they come. */
static int read_proof(const json_t *array, struct proof *proof, struct ls_error *err)
{
	size_t count = json_array_size(array), at = 0, i;
	const json_t *node;
	if (!json_is_array(array) || count > LS_TRIE_NODES_MAX)
		return malformed(err, "a proof is no array of nodes, or has too many");
	json_array_foreach(array, i, node)
	{
		size_t before = proof->bytes.size;
		int rc = ls_eth_data(node, "a proof's node", LS_TRIE_NODE_MAX, &proof->bytes, err);
		if (rc < 0)
			return rc;
		proof->nodes.nodes[i].size = proof->bytes.size - before;
	}
	for (i = 0; i < count; i++) {
		proof->nodes.nodes[i].bytes = proof->bytes.data + at;
		at += proof->nodes.nodes[i].size;
	}
	proof->nodes.count = count;
	return 0;
}

static void init_proof(struct proof *proof)
{
	proof->nodes.count = 0;
	ls_buffer_init(&proof->bytes, (size_t)LS_TRIE_NODES_MAX * (LS_TRIE_NODE_MAX + 1));
}

static int claim_differs(const char *what, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "chain.proof.claim",
		       "the node lies: it says another %s than it proves", what);
}

static int compare_claim(const json_t *answer, const char *field, const char *what,
			 const struct ls_digest *proven, struct ls_error *err)
{
	struct ls_digest claimed;
	int rc = ls_eth_fixed(json_object_get(answer, field), field, claimed.bytes, LS_DIGEST_SIZE,
			      err);
	if (rc < 0)
		return rc;
	return ls_digest_equal(&claimed, proven) ? 0 : claim_differs(what, err);
}

/* --- the account --------------------------------------------------------------------------- */

static json_t *proof_params(const struct ls_chain_view *view, json_t *slots)
{
	return json_pack("[o, o, o]", ls_eth_json_data(view->block.contract, LS_ETH_ADDRESS_SIZE),
			 slots, ls_eth_json_u64(view->header.number));
}

static int prove_account(struct ls_chain_view *view, const json_t *answer, struct proof *proof,
			 struct ls_error *err)
{
	struct ls_digest key;
	const uint8_t *value = NULL;
	size_t n = 0;
	ls_keccak256(view->block.contract, LS_ETH_ADDRESS_SIZE, &key);
	int rc = read_proof(json_object_get(answer, "accountProof"), proof, err);
	if (rc == 0)
		rc = ls_trie_lookup(&view->header.state_root, &key, &proof->nodes, &value, &n, err);
	if (rc < 0)
		return rc;
	if (!value)
		return ls_fail(
			err, -ENOENT, "chain.contract.absent",
			"at block %" PRIu64 " there is no contract at the address that the "
			"trust file names: the block is from before, or the address is wrong",
			view->header.number);
	return ls_eth_account_parse(value, n, &view->account, err);
}

static int check_account(struct ls_chain_view *view, const json_t *answer, struct ls_error *err)
{
	struct ls_digest code;
	int rc = compare_claim(answer, "storageHash", "storage root", &view->account.storage_root,
			       err);
	if (rc == 0)
		rc = compare_claim(answer, "codeHash", "code", &view->account.code_hash, err);
	if (rc == 0)
		rc = ls_contract_code_hash(&code, err);
	if (rc == 0 && !ls_digest_equal(&code, &view->account.code_hash))
		return ls_fail(err, -EBADMSG, "chain.contract.code",
			       "what stands at the contract's address is not this version's "
			       "CalibrationRegistry: its code has another hash");
	return rc;
}

static int open_account(struct ls_chain_view *view, struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	struct proof proof;
	int rc = ls_eth_rpc_call(view->rpc, "eth_getProof", proof_params(view, json_array()),
				 &answer, err);
	if (rc < 0)
		return rc;
	init_proof(&proof);
	rc = prove_account(view, answer, &proof, err);
	ls_buffer_free(&proof.bytes);
	return rc < 0 ? rc : check_account(view, answer, err);
}

int ls_chain_view_open(struct ls_eth_rpc *rpc, const struct ls_chain_block *block,
		       struct ls_chain_view *ret_view, struct ls_error *err)
{
	struct ls_chain_view view = { .rpc = rpc, .block = *block };
	uint64_t chain;
	int rc = ls_chain_id(rpc, &chain, err);
	if (rc < 0)
		return rc;
	if (chain != block->chain)
		return ls_fail(err, -EXDEV, "chain.id",
			       "the node is of chain %" PRIu64
			       ", the contract is on chain %" PRIu64,
			       chain, block->chain);
	rc = ls_chain_block_by_hash(rpc, block, &view.header, err);
	if (rc == 0)
		rc = open_account(&view, err);
	if (rc == 0)
		*ret_view = view;
	return rc;
}

/* --- words --------------------------------------------------------------------------------- */

/*
 * The value's own RLP: a string without leading zeros.  A zero is not in the trie (Yellow
 * Paper, 4.1); but Anvil's holds those that were looked at, as an empty string, which proves the
 * same.
 */
static int read_word(const uint8_t *value, size_t n, struct ls_digest *word, struct ls_error *err)
{
	struct ls_rlp item;
	*word = (struct ls_digest){ 0 };
	if (!value)
		return 0;
	int rc = ls_rlp_parse(value, n, &item, err);
	if (rc < 0)
		return rc;
	if (item.is_list || item.size > LS_DIGEST_SIZE || (item.size > 0 && item.bytes[0] == 0))
		return ls_fail(err, -EBADMSG, "chain.proof.node",
			       "proof: the value is no word of a contract's storage");
	memcpy(word->bytes + LS_DIGEST_SIZE - item.size, item.bytes, item.size);
	return 0;
}

static int check_value_claim(const json_t *entry, const struct ls_digest *word,
			     struct ls_error *err)
{
	uint8_t bytes[LS_DIGEST_SIZE];
	struct ls_digest claimed = { { 0 } };
	size_t n = 0;
	int rc = ls_eth_quantity(json_object_get(entry, "value"), "a storage value", bytes, &n,
				 err);
	if (rc < 0)
		return rc;
	memcpy(claimed.bytes + LS_DIGEST_SIZE - n, bytes, n);
	return ls_digest_equal(&claimed, word) ? 0 : claim_differs("storage value", err);
}

static int prove_word(const struct ls_chain_view *view, const json_t *entry,
		      const struct ls_digest *slot, struct ls_digest *word, struct ls_error *err)
{
	struct proof proof;
	struct ls_digest key;
	const uint8_t *value = NULL;
	size_t n = 0;
	init_proof(&proof);
	ls_keccak256(slot->bytes, LS_DIGEST_SIZE, &key);
	int rc = read_proof(json_object_get(entry, "proof"), &proof, err);
	if (rc == 0)
		rc = ls_trie_lookup(&view->account.storage_root, &key, &proof.nodes, &value, &n,
				    err);
	if (rc == 0)
		rc = read_word(value, n, word, err);
	ls_buffer_free(&proof.bytes);
	return rc < 0 ? rc : check_value_claim(entry, word, err);
}

static int read_some(const struct ls_chain_view *view, const struct ls_digest *slots, size_t count,
		     struct ls_digest *words, struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	json_t *keys = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(keys, ls_eth_json_data(slots[i].bytes, LS_DIGEST_SIZE));
	int rc = ls_eth_rpc_call(view->rpc, "eth_getProof", proof_params(view, keys), &answer, err);
	if (rc < 0)
		return rc;
	const json_t *entries = json_object_get(answer, "storageProof");
	if (json_array_size(entries) != count)
		return malformed(err, "it proves more or fewer words than were asked for");
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = prove_word(view, json_array_get(entries, i), &slots[i], &words[i], err);
	return rc;
}

int ls_chain_view_words(const struct ls_chain_view *view, const struct ls_digest *slots,
			size_t count, struct ls_digest *ret_words, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; i < count && rc == 0; i += WORDS_A_CALL) {
		size_t n = count - i < WORDS_A_CALL ? count - i : WORDS_A_CALL;
		rc = read_some(view, slots + i, n, ret_words + i, err);
	}
	return rc;
}
