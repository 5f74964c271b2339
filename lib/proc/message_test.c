/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/message.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/proc/child.h"

static void set_nonblocking(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
}

TEST(messages_come_out_as_they_went_in)
{
	int fds[2];
	REQUIRE(ls_socket_pair(fds, NULL) == 0);
	struct ls_message_stream s;
	ls_message_stream_init(&s, fds[1]);
	struct ls_message m;
	CHECK_INT_EQ(ls_message_send(fds[0], 7, "abc", 3, NULL), 0);
	CHECK_INT_EQ(ls_message_send(fds[0], 8, NULL, 0, NULL), 0);
	close(fds[0]);
	REQUIRE(ls_message_receive(&s, &m, NULL) == 1);
	CHECK_INT_EQ(m.type, 7);
	CHECK_INT_EQ(m.size, 3);
	CHECK_MEM_EQ(m.body, "abc", 3);
	REQUIRE(ls_message_receive(&s, &m, NULL) == 1);
	CHECK_INT_EQ(m.type, 8);
	CHECK_INT_EQ(m.size, 0);
	CHECK_INT_EQ(ls_message_receive(&s, &m, NULL), 0);
	ls_message_stream_free(&s);
	close(fds[1]);
}

TEST(a_message_cut_at_any_byte_is_an_error)
{
	static const uint8_t whole[] = { 0, 0, 0, 1, 0, 0, 0, 2, 'x', 'y' };
	for (size_t n = 1; n < sizeof(whole); n++) {
		int fds[2];
		REQUIRE(ls_socket_pair(fds, NULL) == 0);
		struct ls_message_stream s;
		ls_message_stream_init(&s, fds[1]);
		CHECK_INT_EQ(write(fds[0], whole, n), n);
		set_nonblocking(fds[1]);
		struct ls_message m;
		CHECK_INT_EQ(ls_message_receive(&s, &m, NULL), -EAGAIN);
		close(fds[0]);
		struct ls_error err;
		CHECK_INT_EQ(ls_message_receive(&s, &m, &err), -EBADMSG);
		CHECK_STR_EQ(err.id, "message.cut");
		ls_message_stream_free(&s);
		close(fds[1]);
	}
}

TEST(a_length_that_lies_ends_the_conversation)
{
	static const uint8_t bytes[] = { 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff };
	int fds[2];
	REQUIRE(ls_socket_pair(fds, NULL) == 0);
	struct ls_message_stream s;
	ls_message_stream_init(&s, fds[1]);
	CHECK_INT_EQ(write(fds[0], bytes, sizeof(bytes)), sizeof(bytes));
	struct ls_message m;
	struct ls_error err;
	CHECK_INT_EQ(ls_message_receive(&s, &m, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "message.size");
	ls_message_stream_free(&s);
	close(fds[0]);
	close(fds[1]);
}

TEST(sending_too_much_sends_nothing)
{
	int fds[2];
	REQUIRE(ls_socket_pair(fds, NULL) == 0);
	CHECK_INT_EQ(ls_message_send(fds[0], 1, NULL, LS_MESSAGE_MAX + 1, NULL), -EMSGSIZE);
	set_nonblocking(fds[1]);
	char c;
	CHECK_INT_EQ(read(fds[1], &c, 1), -1);
	close(fds[1]);
	CHECK_INT_EQ(ls_message_send(fds[0], 1, "x", 1, NULL), -EPIPE);
	close(fds[0]);
}

static void *send_many(void *argument)
{
	int fd = *(int *)argument;
	static char body[300000];
	for (uint32_t i = 0; i < 20; i++) {
		memset(body, (int)i, sizeof(body));
		ls_message_send(fd, i, body, sizeof(body) - i, NULL);
	}
	close(fd);
	return NULL;
}

TEST(large_messages_through_a_full_non_blocking_socket)
{
	int fds[2];
	REQUIRE(ls_socket_pair(fds, NULL) == 0);
	set_nonblocking(fds[0]);
	pthread_t thread;
	REQUIRE(pthread_create(&thread, NULL, send_many, &fds[0]) == 0);
	struct ls_message_stream s;
	ls_message_stream_init(&s, fds[1]);
	struct ls_message m;
	uint32_t count = 0;
	while (ls_message_receive(&s, &m, NULL) == 1) {
		CHECK_INT_EQ(m.type, count);
		CHECK_INT_EQ(m.size, 300000 - count);
		CHECK(m.body[0] == (uint8_t)count && m.body[m.size - 1] == (uint8_t)count);
		count++;
	}
	CHECK_INT_EQ(count, 20);
	pthread_join(thread, NULL);
	ls_message_stream_free(&s);
	close(fds[1]);
}

TEST_MAIN()
