/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/header.h"

#include <errno.h>

#include "audit/chain/keccak.h"
#include "audit/chain/rlp.h"

/* The fields by their place. */
enum {
	STATE_ROOT = 3,
	NUMBER = 8,
	TIME = 11,
	FIELDS_MIN = 15, /* as at the beginning of the network */
	FIELDS_MAX = 32, /* 21 since EIP-7685; later ones only ever came at the end */
};

enum { NONCE, BALANCE, STORAGE, CODE, ACCOUNT_FIELDS };

const struct ls_digest LS_ETH_NO_CODE = { { 0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c,
					    0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
					    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b,
					    0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70 } };

static int bad_header(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "chain.header", "block header: %s", what);
}

int ls_eth_header_parse(const void *rlp, size_t n, struct ls_eth_header *ret_header,
			struct ls_error *err)
{
	struct ls_rlp whole, fields[FIELDS_MAX];
	struct ls_eth_header header;
	if (n > LS_ETH_HEADER_MAX)
		return bad_header(err, "it is too large");
	if (ls_rlp_parse(rlp, n, &whole, NULL) < 0)
		return bad_header(err, "it is no RLP");
	if (ls_rlp_items(&whole, fields, FIELDS_MAX, NULL) < FIELDS_MIN)
		return bad_header(err, "it is no list of 15 to 32 fields");
	if (ls_rlp_fixed(&fields[STATE_ROOT], header.state_root.bytes, LS_DIGEST_SIZE, NULL) < 0)
		return bad_header(err, "its state root is no hash");
	if (ls_rlp_u64(&fields[NUMBER], &header.number, NULL) < 0 ||
	    ls_rlp_u64(&fields[TIME], &header.time, NULL) < 0)
		return bad_header(err, "its number or time is none");
	ls_keccak256(rlp, n, &header.hash);
	*ret_header = header;
	return 0;
}

int ls_eth_account_parse(const void *rlp, size_t n, struct ls_eth_account *ret_account,
			 struct ls_error *err)
{
	struct ls_rlp whole, fields[ACCOUNT_FIELDS];
	struct ls_eth_account account;
	if (ls_rlp_parse(rlp, n, &whole, NULL) < 0 ||
	    ls_rlp_items(&whole, fields, ACCOUNT_FIELDS, NULL) != ACCOUNT_FIELDS ||
	    ls_rlp_u64(&fields[NONCE], &account.nonce, NULL) < 0 ||
	    ls_rlp_fixed(&fields[STORAGE], account.storage_root.bytes, LS_DIGEST_SIZE, NULL) < 0 ||
	    ls_rlp_fixed(&fields[CODE], account.code_hash.bytes, LS_DIGEST_SIZE, NULL) < 0)
		return ls_fail(err, -EBADMSG, "chain.account",
			       "account: it is no list of nonce, balance, storage root and code "
			       "hash");
	*ret_account = account;
	return 0;
}
