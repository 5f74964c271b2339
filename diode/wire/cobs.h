/* SPDX-License-Identifier: Apache-2.0 */
/*
 * COBS, Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM
 * Transactions on Networking 7(2), 1999): bytes without 0x00, so that 0x00
 * always and only ends a frame.
 *
 * A block is a code byte c in 1..255 and c-1 bytes that are not 0x00; it stands
 * for those bytes and, unless c is 255 or the block is the last, one 0x00.
 */
#ifndef LABSEAL_DIODE_WIRE_COBS_H
#define LABSEAL_DIODE_WIRE_COBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most bytes that n bytes become, with the final 0x00. */
#define LS_COBS_MAX(n) ((n) + (n) / 254 + 2)

/* Writes one frame into memory of the caller's: at least LS_COBS_MAX(sum of n) bytes. */
struct ls_cobs_encoder {
	uint8_t *out;
	size_t size;	/* bytes written */
	size_t code_at; /* where the open block's code byte goes */
};

void ls_cobs_encode_begin(struct ls_cobs_encoder *e, uint8_t *out);
void ls_cobs_encode_add(struct ls_cobs_encoder *e, const void *bytes, size_t n);

/* Ends the frame, 0x00 included; returns its size on the wire. */
size_t ls_cobs_encode_end(struct ls_cobs_encoder *e);

/* Reads one frame, in pieces of any size, into memory of the caller's. */
struct ls_cobs_decoder {
	uint8_t *out;
	size_t max;    /* bytes that out holds */
	size_t size;   /* bytes decoded */
	uint8_t left;  /* bytes of the open block still to come */
	bool zero_due; /* a 0x00 comes before the next block */
	bool any;      /* at least one byte was taken */
};

void ls_cobs_decode_begin(struct ls_cobs_decoder *d, uint8_t *out, size_t max);

/* Take n bytes, none of them 0x00.  0, or -EMSGSIZE: more than max; the frame is then lost. */
int ls_cobs_decode_add(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n);

/* Whether the frame may end here: its last block is whole. */
bool ls_cobs_decode_whole(const struct ls_cobs_decoder *d);

#endif
