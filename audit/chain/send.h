/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transactions, through a node that signs them for an account it holds (eth_sendTransaction): a
 * development chain's, or a signer such as Clef or Web3Signer in front of a node.  labseal holds no
 * Ethereum key.
 */
#ifndef LABSEAL_AUDIT_CHAIN_SEND_H
#define LABSEAL_AUDIT_CHAIN_SEND_H

#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#include "audit/chain/header.h"
#include "audit/chain/rpc.h"

#define LS_CHAIN_RECEIPT_SECONDS 300 /* until a block has it */

struct ls_chain_receipt {
	uint64_t block, gas;
	uint8_t contract[LS_ETH_ADDRESS_SIZE]; /* of a deployment */
};

/* "0x" or not, and 40 hex digits of either case.  -EINVAL "chain.address", which names what. */
int ls_chain_address_parse(const char *text, const char *what,
			   uint8_t address[static LS_ETH_ADDRESS_SIZE], struct ls_error *err);

/*
 * Send, and wait until a block has it.  to: NULL deploys.  What the contract refuses is found
 * before it is sent, in its own words: -EPROTO "chain.rpc.refused".  -ETIMEDOUT "chain.receipt":
 * sent, and in no block after LS_CHAIN_RECEIPT_SECONDS; -EPROTO "chain.reverted"; the errors of
 * ls_eth_rpc_call.
 */
int ls_chain_send(struct ls_eth_rpc *rpc, const uint8_t from[static LS_ETH_ADDRESS_SIZE],
		  const uint8_t *to, const struct ls_buffer *data,
		  struct ls_chain_receipt *ret_receipt, struct ls_error *err);

#endif
