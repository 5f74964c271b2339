/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: what crosses the one-way channel (docs/formats/wire.md, "Frames").
 *
 *     COBS( header | payload | CRC-32C ) 0x00        integers big-endian
 *
 *      0  u8   version           24  u64  frame number
 *      1  u8   type              32  u64  record number
 *      2  u16  payload's length  40  u64  offset
 *      4  u32  run               48  payload
 *      8  16   session           ..  u32  CRC-32C of all bytes before it
 *
 * This is the one codec of the receiver and of all exporters; it needs only the
 * C library.  It allocates nothing.
 */
#ifndef LABSEAL_DIODE_WIRE_FRAME_H
#define LABSEAL_DIODE_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diode/wire/cobs.h"
#include "lib/base/error.h"

#define LS_FRAME_VERSION      1
#define LS_FRAME_SESSION_SIZE 16
#define LS_FRAME_HEADER_SIZE  48
#define LS_FRAME_PAYLOAD_MAX  32512
#define LS_FRAME_CRC_SIZE     4
#define LS_FRAME_RAW_MAX      (LS_FRAME_HEADER_SIZE + LS_FRAME_PAYLOAD_MAX + LS_FRAME_CRC_SIZE)

/* One write: under 32 KiB, so that no driver splits or refuses it. */
#define LS_FRAME_WIRE_MAX LS_COBS_MAX(LS_FRAME_RAW_MAX)
_Static_assert(LS_FRAME_WIRE_MAX <= 32768, "a frame is one write of at most 32 KiB");

enum ls_frame_type {
	LS_FRAME_HELLO = 1,
	LS_FRAME_BEGIN = 2,
	LS_FRAME_DATA = 3,
	LS_FRAME_END = 4,
	LS_FRAME_ABORT = 5,
	LS_FRAME_BEAT = 6,
	LS_FRAME_MANIFEST = 7,
};

struct ls_frame {
	uint8_t type; /* enum ls_frame_type; other values are to be counted and skipped */
	uint32_t run; /* starts of the exporter on its outbox, from 1 */
	uint8_t session[LS_FRAME_SESSION_SIZE]; /* the outbox's, random */
	uint64_t number;			/* of the frame in its run, from 0 */
	uint64_t record;			/* the file's number in the session, from 1 */
	uint64_t offset;			/* in the file, bytes */
	const uint8_t *payload;			/* borrowed */
	size_t size;				/* at most LS_FRAME_PAYLOAD_MAX */
};

/*
 * Encode into wire, the final 0x00 included; returns the size on the wire.
 * f->size must be at most LS_FRAME_PAYLOAD_MAX.
 */
size_t ls_frame_encode(const struct ls_frame *f, uint8_t wire[static LS_FRAME_WIRE_MAX]);

/* Why a stretch of bytes up to a 0x00 was no frame. */
enum ls_frame_fault {
	LS_FAULT_NONE,
	LS_FAULT_SIZE,	  /* longer than any frame */
	LS_FAULT_COBS,	  /* ends inside a block */
	LS_FAULT_CUT,	  /* shorter than any frame */
	LS_FAULT_CRC,	  /* altered on the way, or garbage */
	LS_FAULT_VERSION, /* another version of the format */
	LS_FAULT_LENGTH,  /* the payload's length is not what is there */
	LS_FAULT_COUNT
};

/* "crc" and so on: the end of the error id "wire.frame.crc". */
const char *ls_frame_fault_name(enum ls_frame_fault fault);

/*
 * Takes a stream apart, in pieces of any size: the same bytes give the same
 * frames and the same faults however they are split.  After garbage it is right
 * again with the first 0x00.  About 32 KiB, whatever comes.
 */
struct ls_frame_stream {
	struct ls_cobs_decoder cobs;
	enum ls_frame_fault fault; /* of the last -EBADMSG */
	bool lost;		   /* too long: skip to the next 0x00 */
	uint8_t raw[LS_FRAME_RAW_MAX];
};

void ls_frame_stream_init(struct ls_frame_stream *s);

/*
 * Take bytes up to and with the next 0x00.  *ret_used says how many were taken,
 * whatever is returned; call again with the rest.
 *   1         *ret_frame is filled; its payload is valid until the next call
 *   0         all bytes were taken and more are needed
 *   -EBADMSG  a bad frame ended here: s->fault, and err when it is not NULL
 * Nothing between two 0x00 is no frame and no fault.
 */
int ls_frame_stream_take(struct ls_frame_stream *s, const uint8_t *bytes, size_t n,
			 size_t *ret_used, struct ls_frame *ret_frame, struct ls_error *err);

#endif
