/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be written, and reads the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/command/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_error err;
	_cleanup_request_ struct ls_request a = { .has_before = false };
	_cleanup_request_ struct ls_request b = { .has_before = false };
	struct ls_buffer text;
	if (ls_request_parse(data, size, &a, &err) < 0)
		return 0;
	ls_buffer_init(&text, LS_REQUEST_SIZE_MAX);
	if (ls_request_format(&a, &text, &err) < 0 ||
	    ls_request_parse(text.data, text.size, &b, &err) < 0 ||
	    strcmp(a.instrument, b.instrument) != 0 || a.approval.version != b.approval.version ||
	    a.approval.counter != b.approval.counter || a.log.count != b.log.count ||
	    a.has_before != b.has_before || a.before.count != b.before.count)
		abort();
	ls_buffer_free(&text);
	return 0;
}
