/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labseald does to the key at a stop, after drift and after the enclave's
 * end, tried by somebody who holds a session that could sign a moment before.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "host/supervisor/supervisor.h"
#include "lib/proc/protocol.h"
#include "lib/tpm/held_test.h"

/* A supervisor in the middle of a run, with the bench's TPM and no children. */
static void take_up(struct ls_supervisor *s, struct ls_run *run, const struct ls_policy *policy,
		    struct bench *b)
{
	sigset_t none;
	sigemptyset(&none);
	memset(run, 0, sizeof(*run));
	*s = (struct ls_supervisor){
		.policy = policy,
		.run = run,
		.state_fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.signal_fd = signalfd(-1, &none, SFD_CLOEXEC | SFD_NONBLOCK),
		.spool_fd = -1,
		.machine_fd = -1,
		.ready_fd = -1,
		.children.channel = -1,
		.tpm = { .fd = b->swtpm.fd,
			 .swtpm = b->swtpm,
			 .tpm = b->tpm,
			 .kind = LS_KEY_SOFTWARE_TPM },
		.status.state = "running",
		.status.signer_kind = "",
		.status.ed25519_kind = "",
		.status.signer_state = "",
		.status.qemu_descriptor = "",
		.status.instrument = "x",
		.status.vm_name = "x",
	};
}

static void put_down(struct ls_supervisor *s)
{
	close(s->state_fd);
	close(s->signal_fd);
}

static bool has_failed(const struct ls_supervisor *s)
{
	return s->signing_failed;
}

/* As after drift: the signing group is ended, the TPM stays. */
TEST(a_held_session_does_not_sign_after_the_signing_group_was_ended)
{
	BENCH(b);
	static struct ls_supervisor s;
	static struct ls_run run;
	static struct ls_policy policy;
	struct held h;
	take_up(&s, &run, &policy, &b);
	hold(&b, &h);
	ls_signing_end(&s, 0);
	CHECK(s.tpm.tpm == b.tpm); /* it was not let go of */
	expect(&b, sign(&h), 0x910, "its use was ended");
	put_down(&s);
}

TEST(a_held_session_does_not_sign_after_the_enclaves_end)
{
	BENCH(b);
	static struct ls_supervisor s;
	static struct ls_run run;
	static struct ls_policy policy;
	struct held h;
	take_up(&s, &run, &policy, &b);
	hold(&b, &h);
	s.children.pids[LS_CHILD_ENCLAVE] = fork();
	if (s.children.pids[LS_CHILD_ENCLAVE] == 0)
		_exit(3);
	for (int i = 0; i < 1000 && !s.signing_failed; i++)
		ls_pump(&s, has_failed, 10);
	CHECK_STR_EQ(s.problem.id, "child.ended");
	CHECK_STR_HAS(s.problem.message, "labseal-enclave");
	ls_signing_end(&s, 0);
	expect(&b, sign(&h), 0x910, "its use was ended");
	put_down(&s);
}

/* At a stop a software TPM ends, too: what was saved of its sessions is of another life. */
TEST(a_held_session_does_not_sign_after_a_stop)
{
	BENCH(b);
	static struct ls_supervisor s;
	static struct ls_run run;
	static struct ls_policy policy;
	struct held h;
	TPMS_CONTEXT *saved = NULL;
	ESYS_TR again = ESYS_TR_NONE;
	take_up(&s, &run, &policy, &b);
	hold(&b, &h);
	REQUIRE(Esys_ContextSave(h.esys, h.session, &saved) == 0);
	ls_supervisor_stop(&s);
	CHECK(s.tpm.tpm == NULL);
	b.tpm = NULL;
	b.swtpm = (struct ls_swtpm){ .fd = -1 };
	REQUIRE(start_tpm(&b) == 0);
	TSS2_RC rc = Esys_ContextLoad(ls_tpm_esys(b.tpm), saved, &again);
	CHECK(rc != 0);
	ls_tpm_fail(b.tpm, rc, &b.err, "it");
	CHECK_STR_HAS(b.err.message, "TPM response 0x");
	Esys_Free(saved);
	put_down(&s);
}

/* A TPM that hangs while the key's use is ended is let go of, and labseald goes on. */
TEST(a_tpm_that_hangs_is_let_go_of)
{
	BENCH(b);
	static struct ls_supervisor s;
	static struct ls_run run;
	static struct ls_policy policy;
	struct ls_error err = { 0 };
	const uint8_t get_random[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8 };
	const struct ls_message m = { LS_MSG_TPM_COMMAND, get_random, sizeof(get_random) };
	take_up(&s, &run, &policy, &b);
	s.broker =
		(struct ls_broker){ .channel_fd = -1, .tpm_fd = b.swtpm.fd, .timeout_ms = 60000 };
	kill(b.swtpm.pid, SIGSTOP);
	REQUIRE(ls_broker_take(&s.broker, &m, ls_now_ms(), &err) == 0);
	for (int i = 0; i < 1000 && !s.tpm_is_slow; i++)
		ls_pump(&s, has_failed, 10);
	CHECK_STR_HAS(s.status.problem, "the TPM does not answer since ");
	CHECK(ls_tpm_is_stuck(&s));
	/* the machine is started again meanwhile: nobody is told that the signer is ready */
	s.is_ready = true;
	snprintf(s.status.problem, sizeof(s.status.problem), "the machine crashed");
	ls_all_is_well(&s);
	CHECK_INT_EQ(ls_pump(&s, has_failed, 0), -ETIMEDOUT); /* the status is written */
	CHECK_STR_EQ(s.status.signer_state, "waiting for the TPM");
	CHECK_STR_HAS(s.status.problem, "the TPM does not answer since ");
	s.is_ready = false;
	ls_signing_end(&s, 0);
	CHECK(s.tpm.tpm == NULL && !s.broker.busy);
	b.tpm = NULL;
	b.swtpm = (struct ls_swtpm){ .fd = -1 };
	put_down(&s);
}

static bool nothing_is_held(const struct ls_supervisor *s)
{
	return s->tpm.held == 0;
}

/* A device may keep the process before it: it is noted, and collected when the device is done. */
TEST(a_device_that_hangs_is_let_go_of_without_waiting_for_it)
{
	BENCH(b);
	static struct ls_supervisor s;
	static struct ls_run run;
	static struct ls_policy policy;
	struct ls_error err = { 0 };
	struct ls_tpm_relay relay;
	const uint8_t get_random[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8 };
	const struct ls_message m = { LS_MSG_TPM_COMMAND, get_random, sizeof(get_random) };
	take_up(&s, &run, &policy, &b);
	REQUIRE(ls_tpm_relay_start(b.swtpm.fd, &relay, &err) == 0);
	s.tpm = (struct ls_tpm_holder){ .fd = relay.fd,
					.relay = relay,
					.kind = LS_KEY_SOFTWARE_TPM };
	s.broker = (struct ls_broker){ .channel_fd = -1, .tpm_fd = relay.fd, .timeout_ms = 60000 };
	kill(b.swtpm.pid, SIGSTOP);
	REQUIRE(ls_broker_take(&s.broker, &m, ls_now_ms(), &err) == 0);
	for (int i = 0; i < 1000 && !s.tpm_is_slow; i++)
		ls_pump(&s, has_failed, 10);
	s.is_ready = true;
	ls_supervisor_stop(&s); /* and a stop does not wait for it either */
	CHECK(s.tpm.fd == -1 && !s.broker.busy && s.tpm.held > 0);
	CHECK_INT_EQ(ls_pump(&s, nothing_is_held, 10000), 0);
	kill(b.swtpm.pid, SIGCONT);
	put_down(&s);
}

/* Labseald's own commands let the loop go on, and an end that is asked for is heard. */
TEST(an_end_is_heard_while_our_own_command_is_with_the_tpm)
{
	static struct ls_supervisor s;
	static struct ls_run run;
	static struct ls_policy policy;
	struct ls_error err = { 0 };
	int pair[2];
	BENCH(b);
	take_up(&s, &run, &policy, &b);
	REQUIRE(pipe(pair) == 0);
	CHECK_INT_EQ(ls_pump_for_tpm(&s, pair[0], POLLIN, 0, &err), 0);
	s.stop = true;
	CHECK_INT_EQ(ls_pump_for_tpm(&s, pair[0], POLLIN, 60000, &err), -EINTR);
	CHECK_STR_EQ(err.id, "tpm.interrupted");
	CHECK_INT_EQ(write(pair[1], "x", 1), 1);
	s.stop = false;
	CHECK_INT_EQ(ls_pump_for_tpm(&s, pair[0], POLLIN, 60000, &err), 1);
	close(pair[0]);
	close(pair[1]);
	put_down(&s);
}

TEST_MAIN()
