/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is written as it was. */
#include "audit/registry/draft.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_DRAFT_SIZE_MAX);
	if (ls_draft_parse(data, size, &record, NULL) == 0 &&
	    (ls_draft_format(&record, &out, NULL) < 0 || out.size != size ||
	     memcmp(out.data, data, size) != 0))
		abort();
	return 0;
}
