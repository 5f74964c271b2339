/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COBS against the paper's own way, both ways: any bytes, in two parts; any bytes,
 * in pieces of any size and into room of any size, beyond which nothing is written.
 */
#include <stdlib.h>
#include <string.h>

#include "diode/wire/cobs_slow.h"

#define MOST 70000

static void check_encode(const uint8_t *p, size_t n, size_t first)
{
	static uint8_t quick[LS_COBS_MAX(MOST)], slow[LS_COBS_MAX(MOST)];
	struct ls_cobs_encoder e;
	ls_cobs_encode_begin(&e, quick);
	ls_cobs_encode_add(&e, p, first);
	ls_cobs_encode_add(&e, p + first, n - first);
	size_t size = ls_cobs_encode_end(&e);
	if (size != encode_slowly(p, n, slow) || memcmp(quick, slow, size) != 0)
		abort();
}

/* Allocated to the byte, so that AddressSanitizer sees what is read or written beyond. */
static void check_decode(const uint8_t *wire, size_t n, size_t piece, size_t less)
{
	static uint8_t slow[MOST];
	size_t size, at = 0;
	bool whole = decode_slowly(wire, n, slow, &size);
	size_t room = size > less ? size - less : 0;
	uint8_t *quick = malloc(room), *copy = malloc(n);
	struct ls_cobs_decoder d;
	int rc = 0;
	if (!quick || !copy)
		abort();
	memcpy(copy, wire, n);
	ls_cobs_decode_begin(&d, quick, room);
	for (; rc == 0 && at < n; at += piece)
		rc = ls_cobs_decode_add(&d, copy + at, n - at < piece ? n - at : piece);
	if ((rc < 0) != (size > room) || (rc == 0 && d.size != size) ||
	    memcmp(quick, slow, d.size) != 0 || (rc == 0 && ls_cobs_decode_whole(&d) != whole))
		abort();
	free(quick);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static uint8_t wire[MOST];
	if (n < 2 || n > MOST)
		return 0;
	size_t piece = data[0] ? data[0] : MOST, less = data[1] % 4 ? 0 : data[1] / 4;
	check_encode(data + 2, n - 2, (n - 2) * piece / MOST);
	for (size_t i = 2; i < n; i++)
		wire[i - 2] = data[i] ? data[i] : 1;
	check_decode(wire, n - 2, piece, less);
	return 0;
}
