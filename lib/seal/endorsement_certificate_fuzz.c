/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate against a made-up endorsement key: nothing here may be taken. */
#include "lib/seal/endorsement_certificate.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t modulus[LS_RSA_MODULUS_SIZE] = { 0x80, [255] = 1 };
	struct ls_public_area ek = { .modulus = modulus, .modulus_size = sizeof(modulus) };
	char issuer[LS_SUBJECT_SIZE];
	size_t whole = ls_endorsement_certificate_size(data, size);
	if (whole > size)
		abort();
	ls_endorsement_certificate_verify((struct ls_der){ data, whole ? whole : size },
					  (const char *)data, size, 0, &ek, issuer, NULL);
	return 0;
}
