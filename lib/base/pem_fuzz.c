/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is the one spelling of its bytes. */
#include "lib/base/pem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer bytes, again;
	struct ls_reader r;
	ls_buffer_init(&bytes, 1 << 20);
	ls_buffer_init(&again, 1 << 21);
	ls_reader_init(&r, data, size);
	if (ls_pem_next(&r, LS_PEM_CERTIFICATE, &bytes, NULL) < 0)
		return 0;
	ls_pem_encode(LS_PEM_CERTIFICATE, bytes.data, bytes.size, &again);
	if (again.size != r.pos || memcmp(again.data, data, r.pos) != 0)
		abort();
	return 0;
}
