/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small messages that carry descriptors, over a SOCK_SEQPACKET socket pair.
 *
 *     u32 type | body          (big-endian), and the descriptors beside it
 *
 * A packet comes whole or not at all, so a process that takes another's place at
 * the socket starts at a packet's beginning.  What the body means is
 * lib/proc/protocol.h.  A peer is not trusted.
 */
#ifndef LABSEAL_LIB_PROC_PACKET_H
#define LABSEAL_LIB_PROC_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/proc/message.h"

#define LS_PACKET_MAX	  8192 /* bytes, with the type */
#define LS_PACKET_FDS_MAX 24

struct ls_packet {
	struct ls_message message; /* its body is in bytes */
	uint8_t bytes[LS_PACKET_MAX];
	size_t fd_count;
	int fds[LS_PACKET_FDS_MAX]; /* owned, O_CLOEXEC; taken ones are -1 */
};

/* A connected pair, both ends O_CLOEXEC. */
int ls_packet_pair(int ret_fds[static 2], struct ls_error *err);

/*
 * The next packet, waiting for it as the descriptor does.
 * 1: *ret_packet is filled, and its descriptors are the caller's (ls_packet_close).
 * 0: the peer closed.  -EAGAIN: there is none yet.  -EBADMSG: too long, too short, or with
 * too many descriptors; it is dropped, and the next may be received.  Else the errno of recvmsg.
 */
int ls_packet_receive(int fd, struct ls_packet *ret_packet, struct ls_error *err);

/* Close the descriptors that were not taken.  A zeroed packet: nothing. */
void ls_packet_close(struct ls_packet *packet);

/*
 * Send one packet; the descriptors stay the caller's.  0; -EMSGSIZE: too long or too many;
 * -EAGAIN: no room, on a non-blocking descriptor; or the errno of sendmsg.
 */
int ls_packet_send(int fd, uint32_t type, const void *body, size_t size, const int *fds,
		   size_t fd_count, struct ls_error *err);

#endif
