/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors: the Keccak team's (ShortMsgKAT_256), and what the Yellow Paper and Solidity's ABI name.
 */
#include "audit/chain/keccak.h"

#include <stdlib.h>

#include "lib/base/test.h"

static void check(const void *bytes, size_t n, const char *hex)
{
	struct ls_digest d;
	char seen[LS_DIGEST_HEX_SIZE];
	ls_keccak256(bytes, n, &d);
	CHECK_STR_EQ(ls_digest_hex(&d, seen), hex);
}

TEST(known_answers)
{
	check("", 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
	check(NULL, 0, "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
	check("\xcc", 1, "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
	check("abc", 3, "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
	check("\x80", 1, "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
	check("\xc0", 1, "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
	/* the selector of an ERC-20's transfer is a9059cbb */
	check("transfer(address,uint256)", 25,
	      "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b");
}

/* Around the block's size of 136 bytes, where the padding is one byte, or a block of its own:
 * as js-sha3 0.8.0 gives it. */
TEST(block_boundaries)
{
	static const struct {
		size_t size;
		const char *hex;
	} CASES[] = {
		{ 134, "e5de5653994e2fa6729d329b65b5f332dee942a7ea54515e173824c232a4ff91" },
		{ 135, "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446" },
		{ 136, "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e" },
		{ 137, "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39" },
		{ 271, "132f47effd6c8b1b299efa53fe68aece77ec8ae4eb2e294f668eec94f76001e1" },
		{ 272, "cf7fcd4f705ee749930d19ca84561a9bf62516bd90a471545fa2f49fdc7e63c8" },
		{ 273, "5a7b8187d2778e614097fac3097573de1fee4d972304d3360796a857029bb176" },
		{ 512, "8089f7e59c51fec0165a49faf1d1f5847f0d884ef7d7fece4dedacf5eaf0eafb" },
	};
	char bytes[512];
	memset(bytes, 'a', sizeof(bytes));
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
		check(bytes, CASES[i].size, CASES[i].hex);
}

TEST_MAIN()
