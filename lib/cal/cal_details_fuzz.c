/* SPDX-License-Identifier: Apache-2.0 */
/* A report's details alone, which in a record only their hash lets in. */
#include "lib/cal/report.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_cal_details *details = NULL;
	_cleanup_buffer_ struct ls_buffer again = { 0 };
	if (ls_cal_details_parse(data, size, LS_CAL_PARENTS_MAX, &details, NULL) < 0)
		return 0;
	for (size_t i = 0; i < details->measurand_count; i++)
		ls_cal_conformity_agrees(&details->measurands[i],
					 ls_cal_conformity_found(&details->measurands[i]));
	ls_buffer_init(&again, LS_CAL_DETAILS_SIZE_MAX);
	if (ls_cal_details_format(details, LS_CAL_PARENTS_MAX, &again, NULL) < 0 ||
	    again.size != size || memcmp(again.data, data, size) != 0)
		abort();
	ls_cal_details_free(details);
	return 0;
}
