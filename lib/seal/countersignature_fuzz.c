/* SPDX-License-Identifier: Apache-2.0 */
/* What a person hands in: what parses can be written, and is then read as the same. */
#include "lib/seal/countersignature.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_countersign_request_ struct ls_countersign_request r = { .text = { .max = 0 } };
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_countersigner signer;
	const struct ls_persons nobody = { .ca_count = 0 };
	ls_buffer_init(&text, LS_COUNTERSIGNATURE_SIZE_MAX);
	if (ls_countersign_request_parse(data, size, &r, NULL) < 0)
		return 0;
	if (ls_countersignature_format(&r.said, &text, NULL) < 0 || text.size != r.text.size ||
	    memcmp(text.data, r.text.data, text.size) != 0 ||
	    ls_countersign_check(&r, &nobody, r.said.signed_at, &signer, NULL) == 0)
		abort();
	return 0;
}
