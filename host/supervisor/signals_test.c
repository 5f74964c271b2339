/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/test.h"

static struct ls_error err;

static bool is_readable(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, timeout_ms) == 1;
}

TEST(each_signal_that_asks_for_an_end_is_read_and_ends_nothing)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	int fd = ls_signals_take(false, &err);
	REQUIRE(fd >= 0);
	CHECK_INT_EQ(ls_signals_asked(fd), 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		raise(signals[i]);
		CHECK(is_readable(fd, 0));
		CHECK_INT_EQ(ls_signals_asked(fd), 1);
		CHECK_INT_EQ(ls_signals_asked(fd), 0);
	}
	close(fd);
}

TEST(a_child_that_ends_is_told_and_asks_for_nothing)
{
	int fd = ls_signals_take(true, &err);
	REQUIRE(fd >= 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK(is_readable(fd, 10000));
	CHECK_INT_EQ(ls_signals_asked(fd), 0);
	CHECK_INT_EQ(waitpid(pid, NULL, 0), pid);
	close(fd);
}

TEST(a_closed_pipe_is_an_error_of_writing)
{
	int ends[2], fd = ls_signals_take(false, &err);
	REQUIRE(fd >= 0 && pipe(ends) == 0);
	close(ends[0]);
	CHECK_INT_EQ(write(ends[1], "", 1), -1);
	close(ends[1]);
	close(fd);
}

TEST_MAIN()
