/* SPDX-License-Identifier: Apache-2.0 */
/* The process between us and a device; a software TPM's socket stands for the device. */
#include "lib/tpm/relay.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/proc/child.h"
#include "lib/tpm/rig_test.h"

static const uint8_t get_random[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8 };

static int ended(pid_t pid)
{
	int status = 0;
	return ls_child_wait(pid, 10000, &status);
}

TEST(commands_go_through_it)
{
	TPM_RIG(r);
	struct ls_tpm_relay relay;
	struct ls_tpm *tpm = NULL;
	struct ls_tpm_identity identity = { 0 };
	REQUIRE(ls_tpm_relay_start(r.swtpm.fd, &relay, &r.err) == 0);
	REQUIRE(ls_tpm_open_fd(relay.fd, &tpm, &r.err) == 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT_EQ(ls_tpm_identify(tpm, &identity, &r.err), 0);
	CHECK(identity.software);
	ls_tpm_close(tpm);
	pid_t pid = ls_tpm_relay_end(&relay);
	CHECK(pid > 0 && relay.pid == 0);
	CHECK_INT_EQ(ended(pid), 1);
	CHECK_INT_EQ(ls_tpm_relay_end(&relay), 0);
}

/* Whoever looks at it is not held, and letting go of it waits for nothing. */
TEST(a_device_that_hangs_holds_it_and_not_us)
{
	TPM_RIG(r);
	struct ls_tpm_relay relay;
	struct ls_tpm_exchange x;
	REQUIRE(ls_tpm_relay_start(r.swtpm.fd, &relay, &r.err) == 0);
	kill(r.swtpm.pid, SIGSTOP);
	REQUIRE(ls_tpm_exchange_begin(&x, get_random, sizeof(get_random), &r.err) == 0);
	CHECK_INT_EQ(ls_tpm_exchange_finish(&x, relay.fd, 50, NULL, &r.err), -ETIMEDOUT);
	CHECK_INT_EQ(ended(ls_tpm_relay_end(&relay)), 1);
	kill(r.swtpm.pid, SIGCONT);
}

TEST(it_ends_with_its_device_and_with_its_owner)
{
	struct ls_tpm_relay relay;
	struct ls_error err = { 0 };
	uint8_t byte;
	int pair[2];
	REQUIRE(ls_socket_pair(pair, &err) == 0);
	REQUIRE(ls_tpm_relay_start(pair[1], &relay, &err) == 0);
	close(relay.fd);
	CHECK_INT_EQ(ended(relay.pid), 1);
	REQUIRE(ls_tpm_relay_start(pair[1], &relay, &err) == 0);
	close(pair[1]);
	close(pair[0]);
	CHECK_INT_EQ(write(relay.fd, get_random, sizeof(get_random)), sizeof(get_random));
	CHECK_INT_EQ(read(relay.fd, &byte, 1), 0);
	CHECK_INT_EQ(ended(ls_tpm_relay_end(&relay)), 1);
}

/* What is no command never reaches the device. */
TEST(it_passes_commands_only)
{
	static const uint8_t huge[] = { 0x80, 0x01, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0 };
	static const uint8_t tiny[] = { 0x80, 0x01, 0, 0, 0, 9, 0, 0, 0, 0 };
	const uint8_t *const commands[] = { huge, tiny };
	for (size_t i = 0; i < 2; i++) {
		struct ls_tpm_relay relay;
		struct ls_error err = { 0 };
		int pair[2];
		uint8_t byte;
		REQUIRE(ls_socket_pair(pair, &err) == 0);
		REQUIRE(ls_tpm_relay_start(pair[1], &relay, &err) == 0);
		CHECK_INT_EQ(write(relay.fd, commands[i], 10), 10);
		CHECK_INT_EQ(read(relay.fd, &byte, 1), 0);
		CHECK_INT_EQ(recv(pair[0], &byte, 1, MSG_DONTWAIT), -1);
		CHECK_INT_EQ(ended(ls_tpm_relay_end(&relay)), 1);
		close(pair[0]);
		close(pair[1]);
	}
}

TEST_MAIN()
