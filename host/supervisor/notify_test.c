/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/notify.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/supervisor/guard.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define HEARD_MS 10000

static char place[64];
static int manager = -1; /* plays the service manager */

static bool setup(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	snprintf(place, sizeof(place), "/tmp/labseal-test-XXXXXX");
	if (!mkdtemp(place))
		return false;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", place);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	return manager >= 0 && bind(manager, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static void teardown(void)
{
	close(manager);
	ls_remove_tree(AT_FDCWD, place, NULL);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* The next message; "" when there is none. */
static const char *heard(int wait_ms)
{
	static char text[1024];
	struct pollfd p = { .fd = manager, .events = POLLIN };
	ssize_t n = poll(&p, 1, wait_ms) == 1 ? recv(manager, text, sizeof(text) - 1, 0) : 0;
	text[n > 0 ? n : 0] = '\0';
	return text;
}

struct pair {
	int fds[2];
	struct ls_notify worker;
};

static bool open_pair(struct pair *p)
{
	struct ls_error err;
	p->worker = (struct ls_notify){ .fd = -1 };
	if (ls_notify_open(p->fds, &p->worker.every_ms, &err) < 0)
		return false;
	p->worker.fd = p->fds[1];
	return true;
}

static void close_pair(struct pair *p)
{
	close(p->fds[0]);
	close(p->fds[1]);
}

TEST(nobody_asked_and_nothing_is_said)
{
	struct pair p;
	REQUIRE(setup());
	unsetenv("NOTIFY_SOCKET");
	REQUIRE(open_pair(&p));
	CHECK_INT_EQ(p.fds[0], -1);
	CHECK_INT_EQ(p.fds[1], -1);
	ls_notify_ready(&p.worker);
	ls_notify_status(&p.worker, "all is well");
	ls_notify_alive(&p.worker, 100000);
	ls_notify_relay(p.fds[0]);
	CHECK_STR_EQ(heard(0), "");
	teardown();
}

TEST(what_the_worker_says_is_passed_on)
{
	struct pair p;
	REQUIRE(setup() && open_pair(&p));
	ls_notify_status(&p.worker, "starting");
	ls_notify_status(&p.worker, "starting"); /* no news */
	ls_notify_ready(&p.worker);
	ls_notify_stopping(&p.worker);
	CHECK_STR_EQ(heard(0), ""); /* the worker itself talks to nobody */
	ls_notify_relay(p.fds[0]);
	CHECK_STR_EQ(heard(HEARD_MS), "STATUS=starting");
	CHECK_STR_EQ(heard(HEARD_MS), "READY=1");
	CHECK_STR_EQ(heard(HEARD_MS), "STOPPING=1\nEXTEND_TIMEOUT_USEC=60000000");
	CHECK_STR_EQ(heard(0), "");
	close_pair(&p);
	teardown();
}

/* A sign of life comes when the loop turns, a third of the watchdog's time after the last one. */
TEST(the_watchdog_is_fed_by_the_turning_loop_alone)
{
	struct pair p;
	REQUIRE(setup());
	setenv("WATCHDOG_USEC", "60000000", 1);
	REQUIRE(open_pair(&p));
	CHECK_INT_EQ(p.worker.every_ms, 20000);
	ls_notify_relay(p.fds[0]); /* a guard that turns feeds nothing */
	CHECK_STR_EQ(heard(0), "");
	ls_notify_alive(&p.worker, 1000);
	ls_notify_alive(&p.worker, 20999);
	ls_notify_relay(p.fds[0]);
	CHECK_STR_EQ(heard(HEARD_MS), "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000");
	CHECK_STR_EQ(heard(0), "");
	ls_notify_alive(&p.worker, 21000);
	ls_notify_relay(p.fds[0]);
	CHECK_STR_EQ(heard(HEARD_MS), "WATCHDOG=1\nEXTEND_TIMEOUT_USEC=60000000");
	close_pair(&p);
	teardown();
}

TEST(a_watchdog_of_another_process_is_not_ours)
{
	struct pair p;
	REQUIRE(setup());
	setenv("WATCHDOG_USEC", "60000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	REQUIRE(open_pair(&p));
	CHECK_INT_EQ(p.worker.every_ms, 0);
	ls_notify_alive(&p.worker, 1000);
	ls_notify_relay(p.fds[0]);
	CHECK_STR_EQ(heard(HEARD_MS), "EXTEND_TIMEOUT_USEC=60000000");
	close_pair(&p);
	teardown();
}

TEST(a_status_that_is_too_long_is_cut)
{
	struct pair p;
	char text[2 * LS_NOTIFY_TEXT_SIZE];
	REQUIRE(setup() && open_pair(&p));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ls_notify_status(&p.worker, text);
	ls_notify_relay(p.fds[0]);
	CHECK_INT_EQ(strlen(heard(HEARD_MS)), LS_NOTIFY_TEXT_SIZE - 1);
	close_pair(&p);
	teardown();
}

static int say_and_return(void *context)
{
	ls_notify_ready(context);
	ls_notify_stopping(context);
	return 0;
}

/* The guard is the service's main process: what arrives has its number, not the worker's. */
TEST(the_guard_speaks_also_the_last_words)
{
	struct pair p;
	struct ls_run run = { .state_fd = -1 };
	int on = 1, status = 0;
	REQUIRE(setup() && open_pair(&p));
	REQUIRE(setsockopt(manager, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	pid_t guard = fork();
	if (guard == 0)
		_exit(ls_guard(say_and_return, &p.worker, &run, 2000, p.fds[0]));
	REQUIRE(waitpid(guard, &status, 0) == guard);
	char text[512], control[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { text, sizeof(text) };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = control,
			    .msg_controllen = sizeof(control) };
	REQUIRE(recvmsg(manager, &m, MSG_DONTWAIT) == 7);
	CHECK(memcmp(text, "READY=1", 7) == 0);
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	REQUIRE(c && c->cmsg_type == SCM_CREDENTIALS);
	struct ucred who;
	memcpy(&who, CMSG_DATA(c), sizeof(who));
	CHECK_INT_EQ(who.pid, guard);
	CHECK_STR_EQ(heard(0), "STOPPING=1\nEXTEND_TIMEOUT_USEC=60000000");
	close_pair(&p);
	teardown();
}

TEST_MAIN()
