/* SPDX-License-Identifier: Apache-2.0 */
/* A TCTI in the sense of the TCG TSS 2.0 TAB and Resource Manager / TCTI specification. */
#include "lib/tpm/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <tss2/tss2_tcti.h>
#include <unistd.h>

#include "lib/base/reader.h"
#include "lib/proc/protocol.h"

#define TCTI_MAGIC   0x6c61627365616c31ULL /* "labseal1": tells our contexts from others' */
#define TCTI_VERSION 1

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* 0 when the descriptor is ready, or -ETIMEDOUT, or an errno. */
static int wait_for(int fd, short events, int64_t deadline, struct ls_error *err)
{
	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd p = { .fd = fd, .events = events };
		int n = poll(&p, 1, left > 0 ? (int)left : 0);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return ls_fail_errno(err, errno, "tpm.poll", "cannot wait for the TPM");
		if (n == 0)
			return ls_tpm_exchange_too_late(err);
	}
}

static int tpm_gone(struct ls_error *err)
{
	return ls_fail(err, -EPIPE, "tpm.gone", "the TPM went away in the middle of a command");
}

/* --- the TCTI ---------------------------------------------------------------- */

struct ls_tpm_transport {
	TSS2_TCTI_CONTEXT_COMMON_V1 common; /* first: a TSS2_TCTI_CONTEXT * points to it */
	int fd;				    /* raw */
	struct ls_message_stream *stream;   /* brokered; NULL when raw */
	struct ls_tpm_waiting waiting;	    /* brokered */
	struct ls_tpm_waiter waiter;	    /* raw */
	struct ls_tpm_exchange exchange;    /* raw */
	int timeout_ms;
	int64_t deadline; /* of the exchange under way */
	bool failed;	  /* the exchange is out of step: nothing more goes through */
	struct ls_error error;
};

static struct ls_tpm_transport *transport_of(TSS2_TCTI_CONTEXT *tcti)
{
	return (struct ls_tpm_transport *)tcti;
}

static TSS2_RC outcome(struct ls_tpm_transport *t, int rc)
{
	if (rc < 0)
		t->failed = true;
	return rc < 0 ? TSS2_TCTI_RC_IO_ERROR : TSS2_RC_SUCCESS;
}

static TSS2_RC transmit(TSS2_TCTI_CONTEXT *tcti, size_t size, const uint8_t *command)
{
	struct ls_tpm_transport *t = transport_of(tcti);
	if (t->failed)
		return TSS2_TCTI_RC_IO_ERROR;
	t->deadline = now_ms() + t->timeout_ms;
	if (t->stream)
		return outcome(t, ls_message_send(t->stream->fd, LS_MSG_TPM_COMMAND, command, size,
						  &t->error));
	/* it is sent when its response is waited for: then others may work meanwhile */
	return outcome(t, ls_tpm_exchange_begin(&t->exchange, command, size, &t->error));
}

/* 0: something may be there to be read. */
static int wait_brokered(struct ls_tpm_transport *t)
{
	if (!t->waiting.wait)
		return wait_for(t->stream->fd, POLLIN, t->deadline, &t->error);
	int64_t left = t->deadline - now_ms();
	int rc = t->waiting.wait(t->waiting.context, left > 0 ? (int)left : 0, &t->error);
	return rc == 0 ? ls_tpm_exchange_too_late(&t->error) : rc < 0 ? rc : 0;
}

/* The next message of any type, waiting until the deadline. */
static int next_message(struct ls_tpm_transport *t, struct ls_message *ret_message)
{
	for (;;) {
		int rc = ls_message_next(t->stream, ret_message, &t->error);
		if (rc != -EAGAIN)
			return rc;
		rc = wait_brokered(t);
		if (rc < 0)
			return rc;
		rc = ls_message_receive(t->stream, ret_message, &t->error);
		if (rc == 0)
			return tpm_gone(&t->error);
		if (rc != -EAGAIN)
			return rc;
	}
}

static int receive_brokered(struct ls_tpm_transport *t, uint8_t *response, size_t *ret_size)
{
	struct ls_message message;
	for (;;) {
		int rc = next_message(t, &message);
		if (rc < 0)
			return rc;
		if (message.type == LS_MSG_TPM_RESPONSE)
			break;
		rc = t->waiting.other(t->waiting.context, &message, &t->error);
		if (rc < 0)
			return rc;
	}
	int rc = ls_tpm_response_check(message.body, message.size, &t->error);
	if (rc < 0)
		return rc;
	memcpy(response, message.body, message.size);
	*ret_size = message.size;
	return 0;
}

static int receive_raw(struct ls_tpm_transport *t, uint8_t *response, size_t *ret_size)
{
	struct ls_tpm_exchange *x = &t->exchange;
	int rc = ls_tpm_exchange_finish(x, t->fd, t->timeout_ms, &t->waiter, &t->error);
	if (rc < 0)
		return rc;
	memcpy(response, x->response, x->have);
	*ret_size = x->have;
	return 0;
}

/* The caller's timeout is not used: ESAPI passes "for ever", and we have a deadline. */
static TSS2_RC receive(TSS2_TCTI_CONTEXT *tcti, size_t *size, uint8_t *response, int32_t timeout)
{
	(void)timeout;
	struct ls_tpm_transport *t = transport_of(tcti);
	uint8_t buffer[LS_TPM_BUFFER_SIZE];
	size_t got = 0;
	if (t->failed)
		return TSS2_TCTI_RC_IO_ERROR;
	if (!response) { /* asked how much room is needed */
		*size = LS_TPM_BUFFER_SIZE;
		return TSS2_RC_SUCCESS;
	}
	int rc = t->stream ? receive_brokered(t, buffer, &got) : receive_raw(t, buffer, &got);
	if (rc < 0)
		return outcome(t, rc);
	if (got > *size)
		return outcome(t, ls_fail(&t->error, -EBADMSG, "tpm.response",
					  "what came back is not a TPM response"));
	memcpy(response, buffer, got);
	*size = got;
	return TSS2_RC_SUCCESS;
}

static void finalize(TSS2_TCTI_CONTEXT *tcti)
{
	(void)tcti; /* ls_tpm_transport_free does it */
}

static TSS2_RC not_implemented(TSS2_TCTI_CONTEXT *tcti)
{
	(void)tcti;
	return TSS2_TCTI_RC_NOT_IMPLEMENTED;
}

static TSS2_RC no_poll_handles(TSS2_TCTI_CONTEXT *tcti, TSS2_TCTI_POLL_HANDLE *handles, size_t *n)
{
	(void)handles, (void)n;
	return not_implemented(tcti);
}

static TSS2_RC no_locality(TSS2_TCTI_CONTEXT *tcti, uint8_t locality)
{
	(void)locality;
	return not_implemented(tcti);
}

static int new_transport(int timeout_ms, struct ls_tpm_transport **ret_transport,
			 struct ls_error *err)
{
	struct ls_tpm_transport *t = calloc(1, sizeof(*t));
	if (!t)
		return ls_fail(err, -ENOMEM, "tpm.memory", "out of memory for a TPM connection");
	t->common = (TSS2_TCTI_CONTEXT_COMMON_V1){
		.magic = TCTI_MAGIC,
		.version = TCTI_VERSION,
		.transmit = transmit,
		.receive = receive,
		.finalize = finalize,
		.cancel = not_implemented,
		.getPollHandles = no_poll_handles,
		.setLocality = no_locality,
	};
	t->fd = -1;
	t->timeout_ms = timeout_ms;
	*ret_transport = t;
	return 0;
}

int ls_tpm_transport_raw(int fd, int timeout_ms, const struct ls_tpm_waiter *waiter,
			 struct ls_tpm_transport **ret_transport, struct ls_error *err)
{
	int rc = new_transport(timeout_ms, ret_transport, err);
	if (rc < 0)
		return rc;
	(*ret_transport)->fd = fd;
	if (waiter)
		(*ret_transport)->waiter = *waiter;
	return 0;
}

int ls_tpm_transport_brokered(struct ls_message_stream *stream, int timeout_ms,
			      const struct ls_tpm_waiting *waiting,
			      struct ls_tpm_transport **ret_transport, struct ls_error *err)
{
	int rc = new_transport(timeout_ms, ret_transport, err);
	if (rc < 0)
		return rc;
	(*ret_transport)->stream = stream;
	(*ret_transport)->waiting = *waiting;
	return 0;
}

const struct ls_error *ls_tpm_transport_error(const struct ls_tpm_transport *transport)
{
	return transport->failed ? &transport->error : NULL;
}

void *ls_tpm_transport_tcti(struct ls_tpm_transport *transport)
{
	return transport;
}

void ls_tpm_transport_free(struct ls_tpm_transport *transport)
{
	free(transport);
}
