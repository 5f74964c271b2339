/* SPDX-License-Identifier: Apache-2.0 */
/* What parses, formats, and is then the one spelling of its content. */
#include "lib/cal/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_cal_trust_ struct ls_cal_trust trust = { 0 }, again = { 0 };
	_cleanup_buffer_ struct ls_buffer once, twice;
	ls_buffer_init(&once, LS_CAL_TRUST_SIZE_MAX);
	ls_buffer_init(&twice, LS_CAL_TRUST_SIZE_MAX);
	if (ls_cal_trust_parse(data, size, &trust, NULL) < 0)
		return 0;
	int rc = ls_cal_trust_format(&trust, &once, NULL);
	if (rc == -EFBIG) /* labseal's own comments made it too long */
		return 0;
	if (rc < 0 || ls_cal_trust_parse(once.data, once.size, &again, NULL) < 0 ||
	    ls_cal_trust_format(&again, &twice, NULL) < 0 || twice.size != once.size ||
	    memcmp(once.data, twice.data, once.size) != 0)
		abort();
	return 0;
}
