/* SPDX-License-Identifier: Apache-2.0 */
/* Against the first block of Ethereum's main network, whose hash is in every client. */
#include "audit/chain/header.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/base/text.h"

#include "audit/chain/keccak.h"
#include "audit/chain/rlp.h"

#define GENESIS_HASH   "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
#define GENESIS_STATE  "d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544"
#define EMPTY_TRIE     "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
#define NO_UNCLES      "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
#define GENESIS_EXTRA  "11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa"
#define GENESIS_FIELDS 15

static void add_hex(struct ls_buffer *items, const char *hex)
{
	uint8_t bytes[32];
	CHECK_INT_EQ(ls_hex_decode(hex, strlen(hex), bytes), 0);
	ls_rlp_add_string(items, bytes, strlen(hex) / 2);
}

/* The first fields of the block, then extra ones of a byte. */
static void make_genesis(struct ls_buffer *out, int fields, const char *state, int extra)
{
	static const uint8_t ZEROS[256];
	const char *hashes[] = { state, EMPTY_TRIE, EMPTY_TRIE };
	struct ls_buffer items;
	ls_buffer_init(&items, LS_ETH_HEADER_MAX);
	ls_rlp_add_string(&items, ZEROS, 32); /* the parent's hash */
	add_hex(&items, NO_UNCLES);
	ls_rlp_add_string(&items, ZEROS, 20); /* who made it */
	for (int i = 0; i < 3; i++)
		add_hex(&items, hashes[i]);
	ls_rlp_add_string(&items, ZEROS, 256); /* bloom */
	add_hex(&items, "0400000000");	       /* difficulty */
	add_hex(&items, "");		       /* number */
	add_hex(&items, "1388");	       /* gas limit */
	add_hex(&items, "");		       /* gas used */
	if (fields > 11)
		add_hex(&items, ""); /* time */
	if (fields > 12) {
		add_hex(&items, GENESIS_EXTRA);
		ls_rlp_add_string(&items, ZEROS, 32); /* mix */
		add_hex(&items, "0000000000000042");
	}
	for (int i = 0; i < extra; i++)
		ls_rlp_add_string(&items, "x", 1);
	ls_rlp_add_list(out, items.data, items.size);
	ls_buffer_free(&items);
}

static int parse_made(int fields, const char *state, int extra, struct ls_eth_header *header,
		      struct ls_error *err)
{
	struct ls_buffer rlp;
	ls_buffer_init(&rlp, LS_ETH_HEADER_MAX);
	make_genesis(&rlp, fields, state, extra);
	int rc = ls_eth_header_parse(rlp.data, rlp.size, header, err);
	ls_buffer_free(&rlp);
	return rc;
}

TEST(the_first_block_has_its_hash)
{
	struct ls_eth_header header;
	char hex[LS_DIGEST_HEX_SIZE];
	REQUIRE(parse_made(GENESIS_FIELDS, GENESIS_STATE, 0, &header, NULL) == 0);
	CHECK_STR_EQ(ls_digest_hex(&header.hash, hex), GENESIS_HASH);
	CHECK_STR_EQ(ls_digest_hex(&header.state_root, hex), GENESIS_STATE);
	CHECK_INT_EQ(header.number, 0);
	CHECK_INT_EQ(header.time, 0);
}

TEST(fields_that_came_later_are_taken)
{
	struct ls_eth_header header;
	char hex[LS_DIGEST_HEX_SIZE];
	CHECK_INT_EQ(parse_made(GENESIS_FIELDS, GENESIS_STATE, 6, &header, NULL), 0);
	CHECK(strcmp(ls_digest_hex(&header.hash, hex), GENESIS_HASH) != 0);
	CHECK_INT_EQ(parse_made(GENESIS_FIELDS, GENESIS_STATE, 18, &header, NULL), -EBADMSG);
}

TEST(what_is_no_header_is_refused)
{
	struct ls_eth_header header;
	struct ls_error err = { 0 };
	uint8_t large[LS_ETH_HEADER_MAX + 1] = { 0 };
	CHECK_INT_EQ(parse_made(11, GENESIS_STATE, 0, &header, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "15 to 32");
	CHECK_INT_EQ(parse_made(GENESIS_FIELDS, "d7f8", 0, &header, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "state root");
	CHECK_INT_EQ(ls_eth_header_parse("\x80", 1, &header, &err), -EBADMSG);
	CHECK_INT_EQ(ls_eth_header_parse("", 0, &header, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "no RLP");
	CHECK_INT_EQ(ls_eth_header_parse(large, sizeof(large), &header, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "too large");
}

/* nonce 1, balance 0, an empty trie, no code */
#define ACCOUNT                                                                            \
	"f8440180a0" EMPTY_TRIE "a0c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8" \
	"045d85a470"

TEST(an_account)
{
	struct ls_eth_account account;
	uint8_t rlp[128];
	char hex[LS_DIGEST_HEX_SIZE];
	size_t n = strlen(ACCOUNT) / 2;
	REQUIRE(ls_hex_decode(ACCOUNT, 2 * n, rlp) == 0);
	REQUIRE(ls_eth_account_parse(rlp, n, &account, NULL) == 0);
	CHECK_INT_EQ(account.nonce, 1);
	CHECK_STR_EQ(ls_digest_hex(&account.storage_root, hex), EMPTY_TRIE);
	CHECK(ls_digest_equal(&account.code_hash, &LS_ETH_NO_CODE));
	for (size_t cut = 0; cut < n; cut++)
		CHECK_INT_EQ(ls_eth_account_parse(rlp, cut, &account, NULL), -EBADMSG);
	rlp[4] = 0xa1;
	CHECK_INT_EQ(ls_eth_account_parse(rlp, n, &account, NULL), -EBADMSG);
}

TEST_MAIN()
