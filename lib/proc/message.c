/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/message.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/base/reader.h"

#define READ_SIZE 65536

void ls_message_stream_init(struct ls_message_stream *s, int fd)
{
	s->fd = fd;
	s->taken = 0;
	/* one whole message, and what a read may bring beyond it */
	ls_buffer_init(&s->in, LS_MESSAGE_HEADER_SIZE + LS_MESSAGE_MAX + READ_SIZE);
}

void ls_message_stream_free(struct ls_message_stream *s)
{
	ls_buffer_free(&s->in);
}

/* Let go of the message handed out last. */
static void drop_taken(struct ls_message_stream *s)
{
	ls_buffer_drop(&s->in, s->taken);
	s->taken = 0;
}

int ls_message_next(struct ls_message_stream *s, struct ls_message *ret_message,
		    struct ls_error *err)
{
	drop_taken(s);
	struct ls_reader r;
	ls_reader_init(&r, s->in.data, s->in.size);
	uint32_t type, size;
	if (ls_read_be32(&r, &type) < 0 || ls_read_be32(&r, &size) < 0)
		return -EAGAIN;
	if (size > LS_MESSAGE_MAX)
		return ls_fail(err, -EBADMSG, "message.size",
			       "a message of type %u claims %u bytes; the most is %u", type, size,
			       LS_MESSAGE_MAX);
	const uint8_t *body;
	if (ls_read_bytes(&r, size, &body) < 0)
		return -EAGAIN;
	s->taken = r.pos;
	*ret_message = (struct ls_message){ .type = type, .body = body, .size = size };
	return 1;
}

/* One read into the stream: bytes read, 0 at the end, or a negative errno. */
static ssize_t fill(struct ls_message_stream *s, struct ls_error *err)
{
	uint8_t *place = ls_buffer_reserve(&s->in, READ_SIZE);
	if (!place)
		return ls_fail(err, ls_buffer_error(&s->in), "message.memory",
			       "out of memory for a message");
	ssize_t n;
	do
		n = read(s->fd, place, READ_SIZE);
	while (n < 0 && errno == EINTR);
	if (n > 0)
		ls_buffer_commit(&s->in, (size_t)n);
	if (n < 0 && errno == EAGAIN)
		return -EAGAIN;
	return n < 0 ? ls_fail_errno(err, errno, "message.read", "cannot read from a peer") : n;
}

int ls_message_receive(struct ls_message_stream *s, struct ls_message *ret_message,
		       struct ls_error *err)
{
	for (;;) {
		int rc = ls_message_next(s, ret_message, err);
		if (rc != -EAGAIN)
			return rc;
		ssize_t n = fill(s, err);
		if (n < 0)
			return (int)n;
		if (n == 0 && s->in.size == 0)
			return 0;
		if (n == 0)
			return ls_fail(err, -EBADMSG, "message.cut",
				       "a peer closed within a message");
	}
}

static int wait_writable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	return poll(&p, 1, -1) < 0 && errno != EINTR ? -errno : 0;
}

/* Take n bytes off the front of two parts. */
static void advance(struct iovec parts[static 2], size_t n)
{
	for (int i = 0; i < 2; i++) {
		size_t step = n < parts[i].iov_len ? n : parts[i].iov_len;
		if (step > 0) /* an empty part may have no address */
			parts[i].iov_base = (char *)parts[i].iov_base + step;
		parts[i].iov_len -= step;
		n -= step;
	}
}

/* sendmsg, not writev: MSG_NOSIGNAL makes a vanished peer an error and not a signal. */
static int send_parts(int fd, struct iovec parts[static 2])
{
	while (parts[0].iov_len + parts[1].iov_len > 0) {
		struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
		ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
		if (n >= 0) {
			advance(parts, (size_t)n);
			continue;
		}
		int rc = errno == EAGAIN ? wait_writable(fd) : errno == EINTR ? 0 : -errno;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static void put_be32(uint8_t *place, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		place[i] = (uint8_t)value;
}

int ls_message_send(int fd, uint32_t type, const void *body, size_t size, struct ls_error *err)
{
	if (size > LS_MESSAGE_MAX)
		return ls_fail(err, -EMSGSIZE, "message.size",
			       "a message of type %u would have %zu bytes; the most is %u", type,
			       size, LS_MESSAGE_MAX);
	uint8_t header[LS_MESSAGE_HEADER_SIZE];
	put_be32(header, type);
	put_be32(header + 4, (uint32_t)size);
	struct iovec parts[2] = {
		{ .iov_base = header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)body, .iov_len = size },
	};
	int rc = send_parts(fd, parts);
	return rc < 0 ? ls_fail_errno(err, -rc, "message.send", "cannot send to a peer") : 0;
}
