/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of a time-stamping authority, and its certificates, of any bytes. */
#include "lib/seal/time_stamp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_digest imprint = { { 0 } };
	struct ls_time_stamp stamp;
	struct ls_der ca = { data, size };
	/* no CA is known: nothing may hold */
	if (ls_time_stamp_check(data, size, &imprint, NULL, NULL, 0, &stamp, NULL) == 0)
		abort();
	ls_time_stamp_ca_check(ca, NULL);
	return 0;
}
