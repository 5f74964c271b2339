/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/creation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_creation_data d;
	if (ls_creation_data_parse(data, size, &d, NULL) == 0 &&
	    d.outside + d.outside_size != data + size)
		abort();
	return 0;
}
