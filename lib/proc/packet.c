/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/reader.h"

#define TYPE_SIZE 4

int ls_packet_pair(int ret_fds[static 2], struct ls_error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_fds) < 0)
		return ls_fail_errno(err, errno, "packet.pair", "cannot make a socket pair");
	return 0;
}

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(LS_PACKET_FDS_MAX * sizeof(int))];
};

static void take_fds(struct msghdr *m, struct ls_packet *p)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count && p->fd_count < LS_PACKET_FDS_MAX; i++)
			memcpy(&p->fds[p->fd_count++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
	}
}

static ssize_t receive(int fd, struct msghdr *m)
{
	ssize_t n;
	do
		n = recvmsg(fd, m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	return n;
}

int ls_packet_receive(int fd, struct ls_packet *p, struct ls_error *err)
{
	union control control;
	struct iovec part = { .iov_base = p->bytes, .iov_len = sizeof(p->bytes) };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	p->fd_count = 0;
	ssize_t n = receive(fd, &m);
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return ls_fail_errno(err, errno, "packet.read", "cannot read from a peer");
	if (n == 0)
		return 0;
	take_fds(&m, p);
	struct ls_reader r;
	ls_reader_init(&r, p->bytes, (size_t)n);
	if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) || ls_read_be32(&r, &p->message.type) < 0) {
		ls_packet_close(p);
		return ls_fail(err, -EBADMSG, "packet.size",
			       "a peer sent a packet that is too short or too long");
	}
	p->message.body = p->bytes + TYPE_SIZE;
	p->message.size = ls_reader_left(&r);
	return 1;
}

void ls_packet_close(struct ls_packet *p)
{
	for (size_t i = 0; i < p->fd_count; i++)
		ls_cleanup_close(&p->fds[i]);
	p->fd_count = 0;
}

static void put_fds(struct msghdr *m, union control *control, const int *fds, size_t count)
{
	m->msg_control = control;
	m->msg_controllen = CMSG_SPACE(count * sizeof(int));
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(c), fds, count * sizeof(int));
}

int ls_packet_send(int fd, uint32_t type, const void *body, size_t size, const int *fds,
		   size_t fd_count, struct ls_error *err)
{
	if (size > LS_PACKET_MAX - TYPE_SIZE || fd_count > LS_PACKET_FDS_MAX)
		return ls_fail(err, -EMSGSIZE, "packet.size",
			       "a packet of %zu bytes with %zu descriptors is too large", size,
			       fd_count);
	uint8_t head[TYPE_SIZE] = { (uint8_t)(type >> 24), (uint8_t)(type >> 16),
				    (uint8_t)(type >> 8), (uint8_t)type };
	union control control = { .bytes = { 0 } };
	struct iovec parts[2] = { { .iov_base = head, .iov_len = TYPE_SIZE },
				  { .iov_base = (void *)body, .iov_len = size } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	if (fd_count)
		put_fds(&m, &control, fds, fd_count);
	ssize_t n;
	do
		n = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	return n < 0 ? ls_fail_errno(err, errno, "packet.send", "cannot send to a peer") : 0;
}
