/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be written, and reads the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/approval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_error err;
	struct ls_approval a, b;
	struct ls_buffer text;
	if (ls_approval_parse(data, size, &a, &err) < 0)
		return 0;
	ls_buffer_init(&text, LS_APPROVAL_SIZE_MAX);
	if (ls_approval_format(&a, &text, &err) < 0 ||
	    ls_approval_parse(text.data, text.size, &b, &err) < 0 || a.version != b.version ||
	    strcmp(a.policy_ref, b.policy_ref) != 0 || a.signature_size != b.signature_size)
		abort();
	ls_buffer_free(&text);
	return 0;
}
