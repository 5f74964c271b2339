/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is the one spelling of its manifest. */
#include "lib/seal/manifest.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_manifest_ struct ls_manifest manifest = { 0 };
	_cleanup_buffer_ struct ls_buffer again = { 0 };
	if (ls_manifest_parse(data, size, &manifest, NULL) < 0)
		return 0;
	ls_buffer_init(&again, LS_MANIFEST_SIZE_MAX);
	if (ls_manifest_format(&manifest, &again, NULL) < 0 || again.size != size ||
	    memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
