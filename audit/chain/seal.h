/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report's seals on a chain: what the accounts of its parents' devices and of its technician sign
 * beside the record's own signatures (docs/formats/calibration-contract.md, "Seals").  The node
 * signs for them (eth_sign); labseal holds no Ethereum key.
 */
#ifndef LABSEAL_AUDIT_CHAIN_SEAL_H
#define LABSEAL_AUDIT_CHAIN_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/cal/record.h"

#include "audit/chain/header.h"
#include "audit/chain/rpc.h"

#define LS_CHAIN_SEAL_SIZE 64 /* EIP-2098: r, and s with the parity of y in its highest bit */

/*
 * Append to out one seal for each parent of the report, of the account of its device as the
 * contract has it (zeros where it has none, or the parent is a document), and the technician's.
 * Nothing where no parent's device has an account: the contract wants none.
 * 0; -EBADMSG "chain.seal": what the node signs with is no seal; "chain.rpc.answer"; -EPROTO
 * "chain.rpc.refused", as where it does not sign for that account; -EHOSTUNREACH; -ENOMEM.
 */
int ls_chain_seal(struct ls_eth_rpc *rpc, const uint8_t contract[static LS_ETH_ADDRESS_SIZE],
		  const uint8_t technician[static LS_ETH_ADDRESS_SIZE],
		  const struct ls_cal_record *report, struct ls_buffer *out, struct ls_error *err);

#endif
