/* SPDX-License-Identifier: Apache-2.0 */
/* Headers and accounts of any bytes. */
#include "audit/chain/header.h"

#include <stdlib.h>

#include "audit/chain/keccak.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_eth_header header;
	struct ls_eth_account account;
	struct ls_digest hash;
	ls_keccak256(data, size, &hash);
	if (ls_eth_header_parse(data, size, &header, NULL) == 0 &&
	    (size > LS_ETH_HEADER_MAX || !ls_digest_equal(&hash, &header.hash)))
		abort();
	(void)ls_eth_account_parse(data, size, &account, NULL);
	return 0;
}
