/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks, data and quantities of any JSON. */
#include <stdlib.h>

#include "audit/chain/rpc.h"
#include "audit/chain/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_json_ json_t *value = json_loadb((const char *)data, size,
						  JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_eth_header header;
	uint8_t number[LS_DIGEST_SIZE];
	size_t n = 0;
	ls_buffer_init(&bytes, 65);
	(void)ls_chain_block_parse(value, &header, NULL);
	if (ls_eth_data(value, "it", 64, &bytes, NULL) == 0 && bytes.size > 64)
		abort();
	if (ls_eth_quantity(value, "it", number, &n, NULL) == 0 &&
	    (n > sizeof(number) || (n > 0 && number[0] == 0)))
		abort();
	return 0;
}
