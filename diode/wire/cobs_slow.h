/* SPDX-License-Identifier: Apache-2.0 */
/* For tests alone: COBS the paper's own way, a byte at a time, which the quick one is held against.
 */
#ifndef LABSEAL_DIODE_WIRE_COBS_SLOW_H
#define LABSEAL_DIODE_WIRE_COBS_SLOW_H

#include "diode/wire/cobs.h"

__attribute__((unused)) static size_t encode_slowly(const uint8_t *p, size_t n, uint8_t *wire)
{
	size_t code_at = 0, size = 1;
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			wire[size++] = p[i];
		if (p[i] == 0 || (size - code_at == 255 && i + 1 < n)) {
			wire[code_at] = (uint8_t)(size - code_at);
			code_at = size++;
		}
	}
	wire[code_at] = (uint8_t)(size - code_at);
	wire[size++] = 0;
	return size;
}

/* n bytes without 0x00 into as much room; false: the last block is cut. */
__attribute__((unused)) static bool decode_slowly(const uint8_t *wire, size_t n, uint8_t *out,
						  size_t *ret_size)
{
	size_t size = 0, left = 0;
	bool zero_due = false;
	for (size_t i = 0; i < n; i++) {
		if (left > 0) {
			out[size++] = wire[i];
			left--;
			continue;
		}
		if (zero_due)
			out[size++] = 0;
		left = wire[i] - 1u;
		zero_due = wire[i] != 255;
	}
	*ret_size = size;
	return n > 0 && left == 0;
}

#endif
