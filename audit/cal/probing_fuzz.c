/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "audit/cal/probing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_cal_probe *probes = NULL;
	struct ls_error err = { 0 };
	size_t count;
	if (ls_cal_probe_csv(data, size, &probes, &count, &err) == 0)
		free(probes);
	return 0;
}
