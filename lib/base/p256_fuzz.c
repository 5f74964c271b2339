/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signatures of any bytes. */
#include "lib/base/p256.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_p256_public key;
	struct ls_digest digest = { { 0 } };
	if (size < LS_P256_SPKI_SIZE ||
	    ls_p256_public_parse(data, LS_P256_SPKI_SIZE, &key, NULL) < 0)
		return 0;
	/* nobody knows a signature over this digest by a key that the fuzzer found */
	if (ls_p256_verify(&key, &digest, data + LS_P256_SPKI_SIZE, size - LS_P256_SPKI_SIZE,
			   NULL) == 0)
		abort();
	return 0;
}
