/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/broker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

/* TPM2_GetRandom(8), TPM2_PCR_Extend's and TPM2_NV_Write's headers. */
static const uint8_t get_random[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8 };
static const uint8_t pcr_extend[] = { 0x80, 0x02, 0, 0, 0, 10, 0, 0, 0x01, 0x82 };
static const uint8_t nv_write[] = { 0x80, 0x02, 0, 0, 0, 10, 0, 0, 0x01, 0x37 };
static const uint8_t answer[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0, 0, 'o', 'k' };

struct peers {
	int enclave[2], tpm[2];
	struct ls_broker broker;
	struct ls_message_stream stream; /* the enclave's end */
	size_t seen;			 /* bytes that reached the TPM */
};

static void setup(struct peers *p)
{
	struct ls_error err;
	memset(p, 0, sizeof(*p));
	ls_socket_pair(p->enclave, &err);
	ls_socket_pair(p->tpm, &err);
	p->broker = (struct ls_broker){ .channel_fd = p->enclave[0],
					.tpm_fd = p->tpm[0],
					.timeout_ms = 1000 };
	ls_message_stream_init(&p->stream, p->enclave[1]);
}

static void teardown(struct peers *p)
{
	ls_message_stream_free(&p->stream);
	for (int i = 0; i < 2; i++) {
		close(p->enclave[i]);
		if (p->tpm[i] >= 0)
			close(p->tpm[i]);
	}
}

static void *fake_tpm(void *context)
{
	struct peers *p = context;
	uint8_t bytes[64];
	ssize_t n = read(p->tpm[1], bytes, sizeof(bytes));
	p->seen = n > 0 ? (size_t)n : 0;
	n = write(p->tpm[1], answer, sizeof(answer));
	return NULL;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One turn of a loop that owns the broker. */
static int turn(struct peers *p, int timeout_ms, struct ls_error *err)
{
	struct pollfd fd = { .fd = p->broker.tpm_fd, .events = ls_broker_events(&p->broker) };
	int ready = poll(&fd, 1, timeout_ms);
	return ls_broker_serve(&p->broker, ready > 0, now_ms(), err);
}

static int take(struct peers *p, const uint8_t *command, size_t size, struct ls_error *err)
{
	struct ls_message m = { .type = LS_MSG_TPM_COMMAND, .body = command, .size = size };
	return ls_broker_take(&p->broker, &m, now_ms(), err);
}

/* A command, and turns until it is answered. */
static int ask(struct peers *p, const uint8_t *command, size_t size, struct ls_error *err)
{
	int rc = take(p, command, size, err);
	while (rc == 0 && p->broker.busy)
		rc = turn(p, 10, err);
	return rc;
}

/* The TPM response code that the enclave gets. */
static uint32_t response_code(struct peers *p)
{
	struct ls_message m;
	struct ls_error err;
	if (ls_message_receive(&p->stream, &m, &err) != 1 || m.type != LS_MSG_TPM_RESPONSE ||
	    m.size < 10)
		return 0xffffffff;
	return (uint32_t)m.body[6] << 24 | (uint32_t)m.body[7] << 16 | (uint32_t)m.body[8] << 8 |
	       m.body[9];
}

TEST(an_allowed_command_reaches_the_tpm_and_its_answer_the_enclave)
{
	struct peers p;
	struct ls_error err = { 0 };
	pthread_t thread;
	setup(&p);
	pthread_create(&thread, NULL, fake_tpm, &p);
	CHECK_INT_EQ(ask(&p, get_random, sizeof(get_random), &err), 0);
	pthread_join(thread, NULL);
	CHECK_INT_EQ(p.seen, sizeof(get_random));
	CHECK_INT_EQ(response_code(&p), 0);
	CHECK_INT_EQ(p.broker.answered, 1);
	CHECK(!p.broker.tpm_failed);
	teardown(&p);
}

TEST(what_is_not_allowed_never_reaches_the_tpm)
{
	static const struct {
		const uint8_t *bytes;
		size_t size;
	} commands[] = {
		{ pcr_extend, sizeof(pcr_extend) },
		{ nv_write, sizeof(nv_write) },
		{ get_random, sizeof(get_random) - 1 },
		{ get_random, 0 },
	};
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		struct peers p;
		struct ls_error err = { 0 };
		uint8_t byte;
		setup(&p);
		CHECK_INT_EQ(ask(&p, commands[i].bytes, commands[i].size, &err), 1);
		CHECK(err.message[0]);
		CHECK(response_code(&p) != 0);
		CHECK_INT_EQ(recv(p.tpm[1], &byte, 1, MSG_DONTWAIT), -1);
		CHECK_INT_EQ(p.broker.refused, 1);
		teardown(&p);
	}
}

TEST(without_a_tpm_all_is_refused)
{
	struct peers p;
	struct ls_error err = { 0 };
	setup(&p);
	p.broker.tpm_fd = -1;
	CHECK_INT_EQ(ask(&p, get_random, sizeof(get_random), &err), 1);
	CHECK_INT_EQ(response_code(&p), 0x101);
	CHECK(!p.broker.tpm_failed);
	teardown(&p);
}

/* After each of these nothing of the TPM's can be told apart: the connection is of no more use. */
TEST(a_tpm_that_is_gone_or_silent_is_an_error)
{
	struct peers p;
	struct ls_error err = { 0 };
	setup(&p);
	p.broker.timeout_ms = 50;
	CHECK_INT_EQ(ask(&p, get_random, sizeof(get_random), &err), -ETIMEDOUT);
	CHECK_STR_HAS(err.message, "the TPM did not answer in time");
	CHECK(p.broker.tpm_failed);
	p.broker.tpm_failed = false;
	close(p.tpm[1]);
	p.tpm[1] = -1;
	CHECK(ask(&p, get_random, sizeof(get_random), &err) < 0);
	CHECK_STR_HAS(err.message, "the TPM went away in the middle of a command");
	CHECK(p.broker.tpm_failed);
	teardown(&p);
}

TEST(a_tpm_that_answers_garbage_is_an_error)
{
	static const uint8_t garbage[][12] = {
		{ 0x80, 0x01, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0 },	     /* less than a header */
		{ 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0, 0xff, 0xff }, /* bytes beyond its size */
		{ 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0,
		  0 }, /* a size that nothing has */
		{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++) {
		struct peers p;
		struct ls_error err = { 0 };
		setup(&p);
		CHECK_INT_EQ(write(p.tpm[1], garbage[i], sizeof(garbage[i])), sizeof(garbage[i]));
		CHECK_INT_EQ(ask(&p, get_random, sizeof(get_random), &err), -EBADMSG);
		CHECK_STR_HAS(err.message, "what came back is not a TPM response");
		CHECK(p.broker.tpm_failed);
		teardown(&p);
	}
}

/* The loop goes on: whoever asks is told that nothing waits, and since when the TPM is silent. */
TEST(a_tpm_that_takes_its_time_holds_nobody_up)
{
	struct peers p;
	struct ls_error err = { 0 };
	uint8_t byte;
	setup(&p);
	CHECK_INT_EQ(ls_broker_events(&p.broker), 0);
	CHECK_INT_EQ(take(&p, get_random, sizeof(get_random), &err), 0);
	CHECK_INT_EQ(ls_broker_events(&p.broker), POLLOUT);
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	CHECK_INT_EQ(ls_broker_events(&p.broker), POLLIN);
	for (int i = 0; i < 5; i++)
		CHECK_INT_EQ(turn(&p, 0, &err), 0);
	CHECK(p.broker.busy && p.broker.since > 0 && now_ms() >= p.broker.since);
	CHECK_INT_EQ(recv(p.enclave[1], &byte, 1, MSG_DONTWAIT), -1);
	/* the answer in two pieces */
	CHECK_INT_EQ(write(p.tpm[1], answer, 5), 5);
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	CHECK(p.broker.busy);
	CHECK_INT_EQ(write(p.tpm[1], answer + 5, sizeof(answer) - 5), sizeof(answer) - 5);
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	CHECK(!p.broker.busy);
	CHECK_INT_EQ(response_code(&p), 0);
	teardown(&p);
}

TEST(a_second_command_before_the_answer_is_a_breach)
{
	struct peers p;
	struct ls_error err = { 0 };
	setup(&p);
	CHECK_INT_EQ(take(&p, get_random, sizeof(get_random), &err), 0);
	CHECK_INT_EQ(take(&p, get_random, sizeof(get_random), &err), -EPROTO);
	CHECK_STR_EQ(err.id, "broker.busy");
	teardown(&p);
}

/* An enclave that went leaves its command: the TPM answers it, to nobody. */
TEST(an_answer_that_nobody_wants_is_taken_from_the_tpm)
{
	struct peers p;
	struct ls_error err = { 0 };
	uint8_t byte;
	setup(&p);
	CHECK_INT_EQ(take(&p, get_random, sizeof(get_random), &err), 0);
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	p.broker.channel_fd = -1;
	CHECK_INT_EQ(write(p.tpm[1], answer, sizeof(answer)), sizeof(answer));
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	CHECK(!p.broker.busy && !p.broker.tpm_failed);
	CHECK_INT_EQ(recv(p.tpm[0], &byte, 1, MSG_DONTWAIT), -1);
	CHECK_INT_EQ(recv(p.enclave[1], &byte, 1, MSG_DONTWAIT), -1);
	teardown(&p);
}

/* Half an answer, and the TPM is gone: nothing of it reaches the enclave. */
TEST(a_tpm_that_dies_in_mid_answer_is_an_error)
{
	struct peers p;
	struct ls_error err = { 0 };
	uint8_t byte;
	setup(&p);
	CHECK_INT_EQ(take(&p, get_random, sizeof(get_random), &err), 0);
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	CHECK_INT_EQ(write(p.tpm[1], answer, 7), 7);
	CHECK_INT_EQ(turn(&p, 1000, &err), 0);
	close(p.tpm[1]);
	p.tpm[1] = -1;
	CHECK_INT_EQ(turn(&p, 1000, &err), -EPIPE);
	CHECK_STR_EQ(err.id, "tpm.gone");
	CHECK(p.broker.tpm_failed && !p.broker.busy);
	CHECK_INT_EQ(recv(p.enclave[1], &byte, 1, MSG_DONTWAIT), -1);
	teardown(&p);
}

TEST_MAIN()
