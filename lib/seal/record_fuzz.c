/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be written, and is then read as the same. */
#include "lib/seal/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_record_ struct ls_record record = { 0 }, again = { 0 };
	_cleanup_buffer_ struct ls_buffer once = { 0 }, twice = { 0 };
	if (ls_record_parse(data, size, &record, NULL) < 0)
		return 0;
	ls_buffer_init(&once, 4 << 20);
	ls_buffer_init(&twice, 4 << 20);
	/* white space and escapes may make the text longer than its limit: that is not read again
	 */
	if (ls_record_format(&record, &once, NULL) < 0)
		return 0;
	if (ls_record_parse(once.data, once.size, &again, NULL) < 0 ||
	    ls_record_format(&again, &twice, NULL) < 0 || once.size != twice.size ||
	    memcmp(once.data, twice.data, once.size) != 0)
		abort();
	return 0;
}
