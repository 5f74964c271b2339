/* SPDX-License-Identifier: Apache-2.0 */
/* Events of any data, and words of any bytes. */
#include "audit/chain/contract.h"

#include <stdlib.h>

#include "lib/base/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *entry;
	size_t n;
	struct ls_reader r;
	struct ls_digest word;
	struct ls_contract_place place;
	if (ls_contract_recorded_entry(data, size, &entry, &n, NULL) == 0 &&
	    (entry < data || n > (size_t)(data + size - entry)))
		abort();
	ls_reader_init(&r, data, size);
	while (ls_read_into(&r, word.bytes, sizeof(word.bytes)) == 0)
		if (ls_contract_place(&word, &place, NULL) == 0 && place.present &&
		    (place.kind < 1 || place.kind > LS_CAL_KINDS))
			abort();
	return 0;
}
