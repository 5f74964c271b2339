/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the fuzz target of frames: how an input, a byte and then a stream, is
 * changed.  Hardly any change to a good frame leaves it good, so most changes are
 * made to what is inside a frame, which then is given its right length and CRC
 * again, mostly.
 */
#ifndef LABSEAL_DIODE_WIRE_FRAME_MUTATE_H
#define LABSEAL_DIODE_WIRE_FRAME_MUTATE_H

#include <string.h>

#include "diode/wire/crc32c.h"
#include "diode/wire/frame.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed);

#define COVERED (LS_FRAME_RAW_MAX - LS_FRAME_CRC_SIZE)

static void put_be(uint8_t *p, uint32_t value, size_t n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)value;
		value >>= 8;
	}
}

/* Change what is inside raw, n bytes less the CRC; returns its size with the CRC. */
static size_t change_inside(uint8_t *raw, size_t n, unsigned seed)
{
	n = LLVMFuzzerMutate(raw, n, COVERED);
	if (seed % 8 && n >= LS_FRAME_HEADER_SIZE) {
		raw[0] = LS_FRAME_VERSION;
		put_be(raw + 2, (uint32_t)(n - LS_FRAME_HEADER_SIZE), 2);
	}
	uint32_t crc = ls_crc32c(0, raw, n);
	put_be(raw + n, seed % 64 ? crc : crc + 1, LS_FRAME_CRC_SIZE);
	return n + LS_FRAME_CRC_SIZE;
}

/* Change one frame of a stream; 0: it was none, or there is no room. */
static size_t change_frame(uint8_t *stream_bytes, size_t n, size_t max, size_t place, unsigned seed)
{
	static uint8_t raw[LS_FRAME_RAW_MAX], wire[LS_FRAME_WIRE_MAX];
	size_t begin = place, end = place;
	while (begin > 0 && stream_bytes[begin - 1] != 0)
		begin--;
	while (end < n && stream_bytes[end] != 0)
		end++;
	struct ls_cobs_decoder d;
	ls_cobs_decode_begin(&d, raw, COVERED);
	if (ls_cobs_decode_add(&d, stream_bytes + begin, end - begin) < 0 ||
	    d.size < LS_FRAME_CRC_SIZE)
		return 0;
	size_t size = change_inside(raw, d.size - LS_FRAME_CRC_SIZE, seed);
	struct ls_cobs_encoder e;
	ls_cobs_encode_begin(&e, wire);
	ls_cobs_encode_add(&e, raw, size);
	size = ls_cobs_encode_end(&e) - 1; /* its 0x00 is there, or comes */
	if (begin + size + (n - end) > max)
		return 0;
	memmove(stream_bytes + begin + size, stream_bytes + end, n - end);
	memcpy(stream_bytes + begin, wire, size);
	return begin + size + (n - end);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed)
{
	if (n > 1 && seed % 4) {
		size_t changed = change_frame(data + 1, n - 1, max - 1, seed / 4 % (n - 1),
					      seed / 256);
		if (changed)
			return changed + 1;
	}
	return LLVMFuzzerMutate(data, n, max);
}

#endif
