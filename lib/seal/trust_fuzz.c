/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be written, and is then read as the same. */
#include "lib/seal/trust.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_trust_ struct ls_trust trust = { 0 }, again = { 0 };
	_cleanup_buffer_ struct ls_buffer once = { 0 }, twice = { 0 };
	if (ls_trust_parse(data, size, &trust, NULL) < 0)
		return 0;
	ls_buffer_init(&once, LS_TRUST_SIZE_MAX + 1024);
	ls_buffer_init(&twice, LS_TRUST_SIZE_MAX + 1024);
	if (ls_trust_format(&trust, &once, NULL) < 0)
		abort();
	if (once.size > LS_TRUST_SIZE_MAX)
		return 0;
	if (ls_trust_parse(once.data, once.size, &again, NULL) < 0 ||
	    ls_trust_format(&again, &twice, NULL) < 0 || once.size != twice.size ||
	    memcmp(once.data, twice.data, once.size) != 0)
		abort();
	return 0;
}
