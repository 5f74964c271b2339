/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/attestation_certificate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_attestation_certificate c;
	if (ls_attestation_certificate_read((struct ls_der){ data, size }, &c, NULL) == 0 &&
	    (c.enrolment.origin < LS_ORIGIN_MANUFACTURER ||
	     c.enrolment.origin > LS_ORIGIN_SOFTWARE))
		abort();
	return 0;
}
