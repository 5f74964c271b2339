/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/pcr_values.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_pcr_values v;
	struct ls_buffer out;
	if (ls_pcr_values_parse(data, size, &v, NULL) < 0)
		return 0;
	ls_buffer_init(&out, 4096);
	if (ls_pcr_values_format(&v, &out) < 0 || out.size != size ||
	    memcmp(out.data, data, size) != 0)
		abort(); /* one spelling */
	ls_buffer_free(&out);
	return 0;
}
