/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before a file's bytes in the spool: a message body, ready to be
 * sent, with its length and a checksum.  Integers are big-endian.
 *
 *     own file:  "LSSPOOL1"                 | u32 size | body | u32 CRC-32C of all before it
 *     segment:   "LSSPOOL2" | u64 sequence  | u32 size | body | u32 CRC-32C of all before it
 */
#ifndef LABSEAL_DIODE_RECEIVE_SPOOL_HEAD_H
#define LABSEAL_DIODE_RECEIVE_SPOOL_HEAD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/proc/protocol.h"

/* Bytes of a head beside its body. */
#define LS_SPOOL_HEAD_FRAME 24

/* A head that was found; body is borrowed from the bytes it was found in. */
struct ls_spool_head {
	uint64_t sequence; /* in a segment; otherwise 0 */
	const uint8_t *body;
	size_t body_size;
	size_t size; /* of the whole head: what follows it are the file's bytes */
};

/* sequence: NULL for a file of its own.  0 or the buffer's error. */
int ls_spool_head_encode(const uint64_t *sequence, const struct ls_buffer *body,
			 struct ls_buffer *head);

/* The head that n bytes begin with; what follows it is not looked at.  -EBADMSG: there is none. */
int ls_spool_head_decode(const uint8_t *bytes, size_t n, struct ls_spool_head *ret_head);

/* The delivery or the event that a head's body is.  -EBADMSG: it is none. */
int ls_spool_head_delivery(const struct ls_spool_head *head, struct ls_delivery *ret_delivery);
int ls_spool_head_event(const struct ls_spool_head *head, struct ls_event *ret_event);

#endif
