/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry that a contract holds (docs/formats/calibration-contract.md), as a store of the trace
 * engine.  It asks one node of the network, which it does not believe: each word of the
 * contract's storage is proven against a block's hash, each record by its digest there, so a
 * list that it gives is whole and an absence is shown.
 *
 * What a node may still do is to answer nothing: that is an error, and no verdict.  That the
 * block is one of the network's, and stays so, is not proven here: whoever pins it says so.
 */
#ifndef LABSEAL_AUDIT_CHAIN_STORE_H
#define LABSEAL_AUDIT_CHAIN_STORE_H

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/cal/store.h"
#include "lib/cal/trust.h"

#include "audit/chain/rpc.h"

#define LS_CHAIN_TIMEOUT_SECONDS 60 /* of one call to a node */

/*
 * url: of a node's JSON-RPC.  trust: names the contract and, unless pin is given, the block.
 * pin: a file of `labseal cal chain pin`, signed by the registry's key of the trust file, with the
 * contract and the block; NULL: the trust file's.  Nothing is borrowed.
 *
 * -EINVAL "chain.pin": no contract or no block is named; -ENOKEY: a pin of another key; -EBADMSG: a
 * pin that is not the registry's, or a node that lies, by name ("chain.block.hash",
 * "chain.proof.hash", "chain.contract.code", ...); -ENOENT "chain.block.unknown": the node has not
 * that block; -EHOSTUNREACH, -EPROTO: no node, or it refuses; -ENOMEM.
 */
int ls_chain_store_open(const char *url, const struct ls_cal_trust *trust,
			const struct ls_buffer *pin, struct ls_cal_store **ret_store,
			struct ls_error *err);

/* What was asked of the node so far, of a store of this kind. */
struct ls_eth_traffic ls_chain_store_traffic(const struct ls_cal_store *store);

#endif
