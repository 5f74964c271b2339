/* SPDX-License-Identifier: Apache-2.0 */
/* RLP of any bytes: what is taken has one spelling, so that writing it again gives the same bytes.
 */
#include "audit/chain/rlp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct ls_rlp *item)
{
	struct ls_buffer out;
	ls_buffer_init(&out, item->whole_size + 16);
	if (item->is_list)
		ls_rlp_add_list(&out, item->bytes, item->size);
	else
		ls_rlp_add_string(&out, item->bytes, item->size);
	if (ls_buffer_error(&out) < 0 || out.size != item->whole_size ||
	    memcmp(out.data, item->whole, out.size) != 0)
		abort();
	ls_buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_reader r;
	struct ls_rlp item, items[17];
	uint64_t number;
	ls_reader_init(&r, data, size);
	while (ls_rlp_next(&r, &item, NULL) == 0) {
		write_again(&item);
		(void)ls_rlp_items(&item, items, 17, NULL);
		(void)ls_rlp_u64(&item, &number, NULL);
	}
	return 0;
}
