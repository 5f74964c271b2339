/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of any bytes, read and looked at as an authority. */
#include "lib/seal/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_certificate certificate;
	struct ls_der der = { data, size };
	if (ls_certificate_read(der, &certificate, NULL) < 0)
		return 0;
	ls_certificate_verify(der, &der, 1, certificate.not_before, NULL);
	return 0;
}
