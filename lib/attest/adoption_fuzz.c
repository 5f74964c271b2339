/* SPDX-License-Identifier: Apache-2.0 */
/* What parses must format to the same bytes. */
#include "lib/attest/adoption.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_adoption adoption;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_ADOPTION_SIZE_MAX);
	if (ls_adoption_parse(data, size, &adoption, NULL) < 0)
		return 0;
	if (ls_adoption_format(&adoption, &out) < 0 || out.size != size ||
	    memcmp(out.data, data, size) != 0)
		abort();
	return 0;
}
