/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between labseal's processes, over a SOCK_STREAM socket pair that
 * the supervisor made.
 *
 *     u32 type | u32 length | length bytes          (big-endian)
 *
 * A peer is not trusted: a length past LS_MESSAGE_MAX is -EBADMSG and ends the
 * conversation.  What the bytes mean is lib/proc/protocol.h.
 */
#ifndef LABSEAL_LIB_PROC_MESSAGE_H
#define LABSEAL_LIB_PROC_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_MESSAGE_MAX	       (1u << 20) /* bytes of a message's body */
#define LS_MESSAGE_HEADER_SIZE 8

struct ls_message {
	uint32_t type;
	const uint8_t *body; /* borrowed from the stream, valid until its next call */
	size_t size;
};

/* The receiving end: collects bytes until a whole message is there. */
struct ls_message_stream {
	int fd;		     /* borrowed; may be non-blocking */
	struct ls_buffer in; /* owned */
	size_t taken;	     /* bytes at the front that the last message used */
};

void ls_message_stream_init(struct ls_message_stream *s, int fd);
void ls_message_stream_free(struct ls_message_stream *s);

/*
 * The next message, waiting for it as the descriptor does.
 * 1: *ret_message is filled.  0: the peer closed at a message's end.
 * -EAGAIN: the descriptor is non-blocking and there is no whole message yet.
 * -EBADMSG: too long, or closed within a message.  Else the errno of read.
 */
int ls_message_receive(struct ls_message_stream *s, struct ls_message *ret_message,
		       struct ls_error *err);

/* The same without reading: 1 when a whole message is already here, else -EAGAIN or -EBADMSG. */
int ls_message_next(struct ls_message_stream *s, struct ls_message *ret_message,
		    struct ls_error *err);

/*
 * Send one message whole.  On a non-blocking descriptor this waits in poll()
 * for room.  0, -EMSGSIZE (body too long; nothing was sent), or the errno of
 * write: the conversation is then at its end.
 */
int ls_message_send(int fd, uint32_t type, const void *body, size_t size, struct ls_error *err);

#endif
