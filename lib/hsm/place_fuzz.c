/* SPDX-License-Identifier: Apache-2.0 */
/* What parses must format to the same bytes. */
#include "lib/hsm/place.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_hsm_place place;
	const uint8_t *secret;
	size_t n;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_HSM_START_MAX);
	if (ls_hsm_place_parse(data, size, &place, &secret, &n, NULL) < 0)
		return 0;
	if (ls_hsm_place_format(&place, secret, n, &out) < 0 || out.size != size ||
	    memcmp(out.data, data, size) != 0)
		abort();
	return 0;
}
