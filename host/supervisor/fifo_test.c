/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/test.h"

static char folder[64], path[128];

static int setup(struct ls_fifo *fifo)
{
	struct ls_vm_user user = { .uid = geteuid(), .gid = getegid() };
	struct ls_error err;
	snprintf(folder, sizeof(folder), "/tmp/labseal-test-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/%s", folder, LS_FIFO_NAME);
	return ls_fifo_create(path, &user, fifo, &err);
}

static void teardown(struct ls_fifo *fifo)
{
	ls_fifo_close(fifo);
	unlink(path);
	rmdir(folder);
}

TEST(its_owner_can_open_it_for_writing_only)
{
	struct ls_fifo fifo;
	struct stat st;
	REQUIRE(setup(&fifo) == 0);
	CHECK(stat(path, &st) == 0 && S_ISFIFO(st.st_mode) && (st.st_mode & 07777) == 0200);
	int fd = open(path, O_WRONLY | O_NONBLOCK);
	CHECK(fd >= 0);
	close(fd);
	teardown(&fifo);
}

TEST(what_waits_is_counted_and_kept)
{
	struct ls_fifo fifo;
	char bytes[8];
	REQUIRE(setup(&fifo) == 0);
	CHECK_INT_EQ(ls_fifo_waiting(&fifo), 0);
	int fd = open(path, O_WRONLY | O_NONBLOCK);
	CHECK_INT_EQ(write(fd, "abc", 3), 3);
	close(fd);
	CHECK_INT_EQ(ls_fifo_waiting(&fifo), 3);
	CHECK_INT_EQ(read(fifo.read, bytes, sizeof(bytes)), 3);
	/* held: no end of file */
	CHECK(read(fifo.read, bytes, sizeof(bytes)) < 0 && errno == EAGAIN);
	teardown(&fifo);
}

/* A child that holds it as told tells whether the kernel's word is read rightly. */
static enum ls_fifo_hold held_as(const struct ls_fifo *fifo, int flags)
{
	int ready[2], end[2];
	enum ls_fifo_hold hold = LS_FIFO_NOT_HELD;
	struct ls_error err;
	if (pipe(ready) < 0 || pipe(end) < 0)
		return LS_FIFO_NOT_HELD;
	pid_t pid = fork();
	if (pid == 0) {
		char byte;
		char self[32];
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fifo->held);
		close(end[1]);
		int fd = flags < 0 ? -1 : open(self, flags);
		close(fifo->held);
		close(fifo->read);
		ssize_t n = write(ready[1], "", 1);
		n = read(end[0], &byte, 1);
		_exit(n == 0 || fd >= 0 ? 0 : 1);
	}
	char byte;
	ssize_t n = read(ready[0], &byte, 1);
	if (n != 1 || ls_fifo_held_by(fifo, pid, &hold, &err) < 0)
		hold = 99;
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(end[i]);
	}
	return hold;
}

TEST(the_kernel_says_how_it_is_held)
{
	struct ls_fifo fifo;
	REQUIRE(setup(&fifo) == 0);
	REQUIRE(chmod(path, 0600) == 0);
	CHECK_INT_EQ(held_as(&fifo, -1), LS_FIFO_NOT_HELD);
	CHECK_INT_EQ(held_as(&fifo, O_WRONLY | O_APPEND), LS_FIFO_WRITE_ONLY);
	CHECK_INT_EQ(held_as(&fifo, O_RDONLY | O_NONBLOCK), LS_FIFO_CAN_READ);
	CHECK_INT_EQ(held_as(&fifo, O_RDWR), LS_FIFO_CAN_READ);
	teardown(&fifo);
}

TEST(a_process_that_is_not_there_is_an_error)
{
	struct ls_fifo fifo;
	struct ls_error err = { 0 };
	enum ls_fifo_hold hold;
	REQUIRE(setup(&fifo) == 0);
	CHECK(ls_fifo_held_by(&fifo, 0x3fffffff, &hold, &err) < 0);
	CHECK_STR_EQ(err.id, "fifo.examine");
	teardown(&fifo);
}

TEST_MAIN()
