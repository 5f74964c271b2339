/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/proc/packet.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/test.h"

static int ends[2];

static void begin(void)
{
	struct ls_error err = { 0 };
	if (ls_packet_pair(ends, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static void finish(void)
{
	close(ends[0]);
	close(ends[1]);
}

TEST(a_packet_brings_its_bytes_and_its_descriptors)
{
	begin();
	static struct ls_packet p;
	int file = memfd_create("test", MFD_CLOEXEC);
	REQUIRE(write(file, "inside", 6) == 6);
	int fds[] = { file, file };
	CHECK_INT_EQ(ls_packet_send(ends[0], 0x0401, "body", 4, fds, 2, NULL), 0);
	CHECK_INT_EQ(ls_packet_send(ends[0], 7, NULL, 0, NULL, 0, NULL), 0);
	REQUIRE(ls_packet_receive(ends[1], &p, NULL) == 1);
	CHECK_INT_EQ(p.message.type, 0x0401);
	CHECK_INT_EQ(p.message.size, 4);
	CHECK_MEM_EQ(p.message.body, "body", 4);
	REQUIRE(p.fd_count == 2);
	char text[7] = { 0 };
	CHECK_INT_EQ(pread(p.fds[1], text, 6, 0), 6);
	CHECK_STR_EQ(text, "inside");
	CHECK(fcntl(p.fds[0], F_GETFD) & FD_CLOEXEC);
	int first = p.fds[0];
	ls_packet_close(&p);
	CHECK_INT_EQ(fcntl(first, F_GETFD), -1);
	REQUIRE(ls_packet_receive(ends[1], &p, NULL) == 1);
	CHECK_INT_EQ(p.message.type, 7);
	CHECK_INT_EQ(p.message.size, 0);
	CHECK_INT_EQ(p.fd_count, 0);
	close(file);
	finish();
}

TEST(an_end_is_an_end)
{
	begin();
	static struct ls_packet p;
	close(ends[0]);
	CHECK_INT_EQ(ls_packet_receive(ends[1], &p, NULL), 0);
	CHECK_INT_EQ(ls_packet_send(ends[1], 1, NULL, 0, NULL, 0, NULL), -EPIPE);
	close(ends[1]);
}

TEST(what_is_too_long_or_too_short_is_dropped_and_the_next_comes)
{
	begin();
	static struct ls_packet p;
	static char large[LS_PACKET_MAX + 1];
	CHECK_INT_EQ(ls_packet_send(ends[0], 1, large, LS_PACKET_MAX, NULL, 0, NULL), -EMSGSIZE);
	REQUIRE(send(ends[0], large, sizeof(large), 0) == sizeof(large));
	REQUIRE(send(ends[0], "abc", 3, 0) == 3);
	REQUIRE(ls_packet_send(ends[0], 9, NULL, 0, NULL, 0, NULL) == 0);
	CHECK_INT_EQ(ls_packet_receive(ends[1], &p, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_packet_receive(ends[1], &p, NULL), -EBADMSG);
	REQUIRE(ls_packet_receive(ends[1], &p, NULL) == 1);
	CHECK_INT_EQ(p.message.type, 9);
	finish();
}

TEST(a_socket_without_room_does_not_block)
{
	begin();
	static char large[LS_PACKET_MAX - 4];
	REQUIRE(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	int rc = 0;
	for (int i = 0; i < 10000 && rc == 0; i++)
		rc = ls_packet_send(ends[0], 1, large, sizeof(large), NULL, 0, NULL);
	CHECK_INT_EQ(rc, -EAGAIN);
	finish();
}

TEST_MAIN()
