/* SPDX-License-Identifier: Apache-2.0 */
/* A head that is said to stand alone names no other file, by the places of qcow2.txt. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/disks.h"

#define BACKING	     8	/* u64: where its name is */
#define INCOMPATIBLE 72 /* u64, version 3: bit 2 is an external data file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none[8];
	int rc = ls_qcow2_stands_alone(data, size);
	if (rc != 0 && rc != -EBADMSG && rc != -EPERM)
		abort();
	if (rc == 0 && (size < BACKING + 8 || memcmp(data, "QFI\xfb", 4) != 0 ||
			memcmp(data + BACKING, none, 8) != 0))
		abort();
	if (rc == 0 && data[7] == 3 && (size < INCOMPATIBLE + 8 || data[INCOMPATIBLE + 7] & 4))
		abort();
	return 0;
}
