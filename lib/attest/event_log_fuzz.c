/* SPDX-License-Identifier: Apache-2.0 */
/* What parses must format to the same bytes. */
#include "lib/attest/event_log.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	if (ls_event_log_parse(data, size, &log, NULL) < 0)
		return 0;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_EVENT_LOG_SIZE_MAX);
	if (ls_event_log_format(&log, &out) < 0 || out.size != size ||
	    (size > 0 && memcmp(out.data, data, size) != 0))
		abort();
	return 0;
}
