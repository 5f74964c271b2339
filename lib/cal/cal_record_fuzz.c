/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is the one spelling of its record. */
#include "lib/cal/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = 0 };
	_cleanup_buffer_ struct ls_buffer again = { 0 };
	if (ls_cal_record_parse(data, size, &record, NULL) < 0)
		return 0;
	bool details = record.kind == LS_CAL_REPORT && record.report.details;
	ls_buffer_init(&again, LS_CAL_RECORD_SIZE_MAX);
	if (ls_cal_record_format(&record, details, &again, NULL) < 0 || again.size != size ||
	    memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
