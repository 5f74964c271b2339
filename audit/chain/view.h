/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A contract's storage as it was after one block, out of the mouth of a node that is not believed.
 * The block's hash is known beforehand; the node's header must have it; the header's state root
 * proves the account, with the contract's code; the account's storage root proves each word.
 */
#ifndef LABSEAL_AUDIT_CHAIN_VIEW_H
#define LABSEAL_AUDIT_CHAIN_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

#include "audit/chain/header.h"
#include "audit/chain/rpc.h"

struct ls_chain_block {
	uint64_t chain; /* its id (EIP-155) */
	uint8_t contract[LS_ETH_ADDRESS_SIZE];
	uint64_t number;
	struct ls_digest hash;
};

struct ls_chain_view {
	struct ls_eth_rpc *rpc; /* borrowed */
	struct ls_chain_block block;
	struct ls_eth_header header;
	struct ls_eth_account account;
};

/*
 * 0; -EBADMSG: "chain.block.hash" (the node's header has another hash), "chain.block.number" (the
 * pin names another number for this hash), "chain.contract.code" (other code than
 * CalibrationRegistry.sol's stands there), the proof's errors (trie.h), "chain.proof.claim" (the
 * node says one thing and proves another); -EXDEV "chain.id": a node of another chain;
 * -ENOENT: "chain.block.unknown", or "chain.contract.absent": proven, there is no contract;
 * the errors of ls_eth_rpc_call.
 */
int ls_chain_view_open(struct ls_eth_rpc *rpc, const struct ls_chain_block *block,
		       struct ls_chain_view *ret_view, struct ls_error *err);

/* Words of the storage, zero where there is none: all proven.  Errors as above. */
int ls_chain_view_words(const struct ls_chain_view *view, const struct ls_digest *slots,
			size_t count, struct ls_digest *ret_words, struct ls_error *err);

/* The header out of a block as nodes give it; its hash is that of the header written as RLP.
 * -EBADMSG. */
int ls_chain_block_parse(const json_t *block, struct ls_eth_header *ret_header,
			 struct ls_error *err);

/* The header of that block: its hash and number are the block's. */
int ls_chain_block_by_hash(struct ls_eth_rpc *rpc, const struct ls_chain_block *block,
			   struct ls_eth_header *ret_header, struct ls_error *err);

/* Its newest block, as the node says: number and hash, and that the header has this hash. */
int ls_chain_newest_block(struct ls_eth_rpc *rpc, struct ls_eth_header *ret_header,
			  struct ls_error *err);
int ls_chain_id(struct ls_eth_rpc *rpc, uint64_t *ret_chain, struct ls_error *err);

#endif
