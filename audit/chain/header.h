/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Ethereum block's header (Yellow Paper, 4.4, with the fields that EIP-1559, 4895, 4844, 4788
 * and 7685 added at its end) and an account (4.1): what leads from a block hash to a contract's
 * storage. The block hash is the Keccak-256 of the header's RLP, so whoever trusts the hash can
 * believe the header, from whatever node it comes.
 */
#ifndef LABSEAL_AUDIT_CHAIN_HEADER_H
#define LABSEAL_AUDIT_CHAIN_HEADER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_ETH_HEADER_MAX   2048 /* bytes of RLP; a header of today has about 640 */
#define LS_ETH_ADDRESS_SIZE 20

struct ls_eth_header {
	struct ls_digest hash;	     /* Keccak-256 of the bytes that were parsed */
	struct ls_digest state_root; /* of the trie of accounts after this block */
	uint64_t number;
	uint64_t time; /* seconds since 1970, as the block's maker says */
};

/* 0, or -EBADMSG with "chain.header". */
int ls_eth_header_parse(const void *rlp, size_t n, struct ls_eth_header *ret_header,
			struct ls_error *err);

struct ls_eth_account {
	uint64_t nonce;
	struct ls_digest storage_root; /* of the trie of its storage */
	struct ls_digest code_hash;    /* Keccak-256 of its code */
};

/* The value that the trie of accounts holds.  0, or -EBADMSG with "chain.account". */
int ls_eth_account_parse(const void *rlp, size_t n, struct ls_eth_account *ret_account,
			 struct ls_error *err);

/* Keccak-256 of no bytes: the code hash of an account without code. */
extern const struct ls_digest LS_ETH_NO_CODE;

#endif
