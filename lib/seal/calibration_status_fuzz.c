/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be written, and is then read as the same. */
#include "lib/seal/calibration_status.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_calibration_status status, again;
	_cleanup_buffer_ struct ls_buffer once = { 0 }, twice = { 0 };
	ls_buffer_init(&once, 1 << 16);
	ls_buffer_init(&twice, 1 << 16);
	if (ls_calibration_status_parse(data, size, &status, NULL) < 0 ||
	    ls_calibration_status_format(&status, &once, NULL) < 0)
		return 0;
	if (ls_calibration_status_parse(once.data, once.size, &again, NULL) < 0 ||
	    ls_calibration_status_format(&again, &twice, NULL) < 0 || once.size != twice.size ||
	    memcmp(once.data, twice.data, once.size) != 0)
		abort();
	return 0;
}
