/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/test.h"
#include "lib/proc/message.h"
#include "lib/proc/protocol.h"

struct bench {
	struct ls_policy policy;
	struct ls_supervisor s;
	int enclave;
};

static void set_up(struct bench *b)
{
	int pair[2];
	memset(b, 0, sizeof(*b));
	CHECK_INT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	CHECK_INT_EQ(ls_events_init(&b->s.events, NULL), 0);
	b->policy.signing.heartbeat_every = 3600;
	b->s.policy = &b->policy;
	b->s.children.channel = pair[0];
	b->enclave = pair[1];
	b->s.is_ready = true;
}

static void tear_down(struct bench *b)
{
	close(b->s.children.channel);
	close(b->enclave);
}

/* How many bytes the enclave was sent. */
static size_t sent(const struct bench *b)
{
	uint8_t bytes[4096];
	ssize_t n = recv(b->enclave, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (n > 0)
		CHECK(memmem(bytes, (size_t)n, "heartbeat", 9) != NULL);
	return n > 0 ? (size_t)n : 0;
}

TEST(it_beats_when_it_is_due_and_the_enclave_seals)
{
	struct bench b;
	set_up(&b);
	ls_heartbeat(&b.s);
	CHECK_INT_EQ(sent(&b), 0); /* the machine's start is on its way */
	CHECK(b.s.heartbeat_at > ls_now_ms());
	ls_heartbeat(&b.s);
	CHECK_INT_EQ(sent(&b), 0); /* not due */
	b.s.heartbeat_at = 1;
	b.s.is_ready = false;
	ls_heartbeat(&b.s);
	CHECK_INT_EQ(b.s.events.count, 0); /* nobody to seal it, and late it would say nothing */
	b.s.is_ready = true;
	ls_heartbeat(&b.s);
	CHECK(sent(&b) > 0);
	CHECK_INT_EQ(b.s.events.count, 1);
	CHECK_STR_EQ(b.s.events.pending[0].kind, "heartbeat");
	int64_t wait = b.s.heartbeat_at - ls_now_ms();
	CHECK(wait > 3590000 && wait <= 3600000);
	ls_heartbeat(&b.s);
	CHECK_INT_EQ(sent(&b), 0);
	b.s.heartbeat_at = 1;
	b.s.is_sealing_over = true; /* after a drift */
	ls_heartbeat(&b.s);
	CHECK_INT_EQ(sent(&b), 0);
	tear_down(&b);
}

TEST_MAIN()
