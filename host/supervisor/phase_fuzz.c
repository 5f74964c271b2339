/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken for a phase is written in one way. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/phase.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_phase phase;
	char text[128], hex[LS_DIGEST_HEX_SIZE];
	if (ls_phase_parse(data, size, &phase) < 0)
		return 0;
	if (phase.kind == LS_PHASE_INSTALLING)
		snprintf(text, sizeof(text), "installing\n");
	else
		snprintf(text, sizeof(text), "locking %s\n", ls_digest_hex(&phase.image, hex));
	if (phase.kind == LS_PHASE_LOCKED || strlen(text) != size || memcmp(text, data, size) != 0)
		abort();
	return 0;
}
