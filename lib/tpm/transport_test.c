/* SPDX-License-Identifier: Apache-2.0 */
/* Against a TPM that is played by the test: cut, silent, gone, talkative. */
#include "lib/tpm/transport.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/proc/protocol.h"
#include "lib/tpm/session.h"

static const uint8_t command[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 4 };
static const uint8_t answer[] = { 0x80, 0x01, 0, 0, 0, 16, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4 };

/* Exchange against these bytes, already waiting; ours ends when gone. */
static int exchange(const void *bytes, size_t n, int gone, size_t *ret_size, struct ls_error *err)
{
	int pair[2];
	uint8_t response[LS_TPM_BUFFER_SIZE];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -errno;
	ssize_t written = n ? write(pair[1], bytes, n) : 0;
	CHECK_INT_EQ(written, n);
	if (gone)
		shutdown(pair[1], SHUT_WR);
	int rc = ls_tpm_exchange(pair[0], 100, command, sizeof(command), response, ret_size, err);
	close(pair[0]);
	close(pair[1]);
	return rc;
}

TEST(a_response_is_taken_whole)
{
	size_t n = 0;
	CHECK_INT_EQ(exchange(answer, sizeof(answer), 0, &n, NULL), 0);
	CHECK_INT_EQ(n, sizeof(answer));
}

TEST(silence_is_an_error_in_time)
{
	size_t n;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(exchange(NULL, 0, 0, &n, &err), -ETIMEDOUT);
	CHECK_STR_EQ(err.id, "tpm.timeout");
	CHECK_INT_EQ(exchange(answer, 12, 0, &n, &err), -ETIMEDOUT);
}

TEST(a_tpm_that_goes_is_named)
{
	size_t n;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(exchange(answer, 12, 1, &n, &err), -EPIPE);
	CHECK_STR_EQ(err.id, "tpm.gone");
}

TEST(sizes_that_lie_are_refused)
{
	static const uint8_t huge[10] = { 0x80, 0x01, 0x7f, 0xff, 0xff, 0xff };
	static const uint8_t tiny[10] = { 0x80, 0x01, 0, 0, 0, 9 };
	uint8_t longer[sizeof(answer) + 1] = { 0 };
	size_t n;
	memcpy(longer, answer, sizeof(answer));
	CHECK_INT_EQ(exchange(huge, sizeof(huge), 0, &n, NULL), -EBADMSG);
	CHECK_INT_EQ(exchange(tiny, sizeof(tiny), 0, &n, NULL), -EBADMSG);
	CHECK_INT_EQ(exchange(longer, sizeof(longer), 0, &n, NULL), -EBADMSG);
}

/* --- brokered: the test plays the supervisor ------------------------------------ */

struct seen {
	unsigned count;
	uint32_t type;
	int verdict;
};

static int other(void *context, const struct ls_message *message, struct ls_error *err)
{
	struct seen *seen = context;
	seen->count++;
	seen->type = message->type;
	return seen->verdict ? ls_fail(err, seen->verdict, "test.other", "enough") : 0;
}

/* identify() over a channel on which these messages already wait. */
static int identify(const struct ls_message *messages, size_t n, struct seen *seen,
		    struct ls_error *err)
{
	int pair[2];
	struct ls_message_stream stream;
	struct ls_tpm_transport *transport;
	_cleanup_tpm_ struct ls_tpm *tpm = NULL;
	struct ls_tpm_identity identity;
	const struct ls_tpm_waiting waiting = { .other = other, .context = seen };
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return -errno;
	for (size_t i = 0; i < n; i++)
		ls_message_send(pair[1], messages[i].type, messages[i].body, messages[i].size,
				NULL);
	ls_message_stream_init(&stream, pair[0]);
	CHECK_INT_EQ(ls_tpm_transport_brokered(&stream, 100, &waiting, &transport, NULL), 0);
	CHECK_INT_EQ(ls_tpm_open(transport, &tpm, NULL), 0);
	int rc = ls_tpm_identify(tpm, &identity, err);
	ls_message_stream_free(&stream);
	close(pair[0]);
	close(pair[1]);
	return rc;
}

TEST(other_messages_go_to_the_caller)
{
	/* GetCapability refused, as the broker's filter does it */
	static const uint8_t refusal[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x43 };
	const struct ls_message messages[] = { { LS_MSG_EVENT, NULL, 0 },
					       { LS_MSG_TPM_RESPONSE, refusal, sizeof(refusal) } };
	struct seen seen = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(identify(messages, 2, &seen, &err), -EACCES);
	CHECK_INT_EQ(seen.count, 1);
	CHECK_INT_EQ(seen.type, LS_MSG_EVENT);
	CHECK_STR_HAS(err.message, "not allowed (TPM response 0x143)");
}

TEST(the_caller_may_give_up)
{
	const struct ls_message messages[] = { { LS_MSG_STOP, NULL, 0 } };
	struct seen seen = { .verdict = -ECANCELED };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(identify(messages, 1, &seen, &err), -ECANCELED);
	CHECK_STR_HAS(err.message, "enough");
}

TEST(a_silent_broker_is_an_error_in_time)
{
	struct seen seen = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(identify(NULL, 0, &seen, &err), -ETIMEDOUT);
	CHECK_STR_EQ(err.id, "tpm.timeout");
}

TEST(a_broker_that_answers_nonsense_is_refused)
{
	const struct ls_message messages[] = { { LS_MSG_TPM_RESPONSE, (const uint8_t *)"x", 1 } };
	struct seen seen = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(identify(messages, 1, &seen, &err), -EBADMSG);
}

TEST_MAIN()
