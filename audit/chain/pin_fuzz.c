/* SPDX-License-Identifier: Apache-2.0 */
/* Pins of any bytes: what is taken has one spelling. */
#include "audit/chain/pin.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_chain_pin pin;
	struct ls_buffer again;
	if (ls_chain_pin_parse((const char *)data, size, &pin, NULL) < 0)
		return 0;
	ls_buffer_init(&again, LS_CHAIN_PIN_MAX);
	if (ls_chain_pin_format(&pin, &again) < 0 || again.size != size ||
	    memcmp(again.data, data, size) != 0)
		abort();
	ls_buffer_free(&again);
	return 0;
}
