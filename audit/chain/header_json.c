/* SPDX-License-Identifier: Apache-2.0 */
/* A block's header out of the JSON that nodes give: written as RLP again, so that its hash can be
 * seen. */
#include "audit/chain/view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "audit/chain/rlp.h"

#define FIELD_MAX 256 /* bytes; the logs' bloom filter */

/* The header's fields, in their order.  Those after the nonce came one by one, with forks. */
static const struct {
	const char *name;
	bool quantity;
} FIELDS[] = {
	{ "parentHash", false },
	{ "sha3Uncles", false },
	{ "miner", false },
	{ "stateRoot", false },
	{ "transactionsRoot", false },
	{ "receiptsRoot", false },
	{ "logsBloom", false },
	{ "difficulty", true },
	{ "number", true },
	{ "gasLimit", true },
	{ "gasUsed", true },
	{ "timestamp", true },
	{ "extraData", false },
	{ "mixHash", false },
	{ "nonce", false },
	{ "baseFeePerGas", true },
	{ "withdrawalsRoot", false },
	{ "blobGasUsed", true },
	{ "excessBlobGas", true },
	{ "parentBeaconBlockRoot", false },
	{ "requestsHash", false },
};

static int add_field(const json_t *block, size_t i, struct ls_buffer *items, struct ls_error *err)
{
	const json_t *value = json_object_get(block, FIELDS[i].name);
	if (FIELDS[i].quantity) {
		uint8_t bytes[LS_DIGEST_SIZE];
		size_t n = 0;
		int rc = ls_eth_quantity(value, FIELDS[i].name, bytes, &n, err);
		return rc < 0 ? rc : ls_rlp_add_string(items, bytes, n);
	}
	struct ls_buffer bytes;
	ls_buffer_init(&bytes, FIELD_MAX + 1);
	int rc = ls_eth_data(value, FIELDS[i].name, FIELD_MAX, &bytes, err);
	if (rc == 0)
		rc = ls_rlp_add_string(items, bytes.data, bytes.size);
	ls_buffer_free(&bytes);
	return rc;
}

int ls_chain_block_parse(const json_t *block, struct ls_eth_header *ret_header,
			 struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer items, rlp;
	int rc = 0;
	ls_buffer_init(&items, LS_ETH_HEADER_MAX);
	ls_buffer_init(&rlp, LS_ETH_HEADER_MAX);
	for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]) && rc == 0; i++) {
		if (!json_object_get(block, FIELDS[i].name))
			break; /* of a younger fork; whether one is left out, the hash says */
		rc = add_field(block, i, &items, err);
	}
	if (rc < 0)
		return rc;
	if (ls_rlp_add_list(&rlp, items.data, items.size) < 0)
		return ls_fail(err, -EBADMSG, "chain.header", "block header: it is too large");
	return ls_eth_header_parse(rlp.data, rlp.size, ret_header, err);
}

int ls_chain_block_by_hash(struct ls_eth_rpc *rpc, const struct ls_chain_block *block,
			   struct ls_eth_header *ret_header, struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	struct ls_eth_header header;
	char seen[LS_DIGEST_HEX_SIZE], wanted[LS_DIGEST_HEX_SIZE];
	ls_digest_hex(&block->hash, wanted);
	json_t *params = json_pack("[o, b]", ls_eth_json_data(block->hash.bytes, LS_DIGEST_SIZE),
				   false);
	int rc = ls_eth_rpc_call(rpc, "eth_getBlockByHash", params, &answer, err);
	if (rc < 0)
		return rc;
	if (json_is_null(answer))
		return ls_fail(err, -ENOENT, "chain.block.unknown",
			       "the node does not have block %s: it may be behind, of another "
			       "chain, or the block is not one of the chain any more",
			       wanted);
	rc = ls_chain_block_parse(answer, &header, err);
	if (rc < 0)
		return rc;
	if (!ls_digest_equal(&header.hash, &block->hash))
		return ls_fail(err, -EBADMSG, "chain.block.hash",
			       "the node lies, or this labseal does not know all fields of the "
			       "chain's headers: the header that it gives for block %s has the "
			       "hash %s",
			       wanted, ls_digest_hex(&header.hash, seen));
	if (header.number != block->number)
		return ls_fail(err, -EBADMSG, "chain.block.number",
			       "block %s has the number %" PRIu64 ", not the pinned %" PRIu64,
			       wanted, header.number, block->number);
	*ret_header = header;
	return 0;
}

int ls_chain_newest_block(struct ls_eth_rpc *rpc, struct ls_eth_header *ret_header,
			  struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	struct ls_digest claimed;
	struct ls_eth_header header;
	int rc = ls_eth_rpc_call(rpc, "eth_getBlockByNumber", json_pack("[s, b]", "latest", false),
				 &answer, err);
	if (rc == 0)
		rc = ls_eth_fixed(json_object_get(answer, "hash"), "the block's hash",
				  claimed.bytes, LS_DIGEST_SIZE, err);
	if (rc == 0)
		rc = ls_chain_block_parse(answer, &header, err);
	if (rc < 0)
		return rc;
	if (!ls_digest_equal(&claimed, &header.hash))
		return ls_fail(err, -EBADMSG, "chain.block.hash",
			       "the node lies, or this labseal does not know all fields of the "
			       "chain's headers: its newest block has another hash than it says");
	*ret_header = header;
	return 0;
}

int ls_chain_id(struct ls_eth_rpc *rpc, uint64_t *ret_chain, struct ls_error *err)
{
	_cleanup_json_ json_t *answer = NULL;
	int rc = ls_eth_rpc_call(rpc, "eth_chainId", json_array(), &answer, err);
	return rc < 0 ? rc : ls_eth_u64(answer, "the chain's id", ret_chain, err);
}
