/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/exchange.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/reader.h"

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int ls_tpm_exchange_too_late(struct ls_error *err)
{
	return ls_fail(err, -ETIMEDOUT, "tpm.timeout",
		       "the TPM did not answer in time; if this goes on, restart the machine or "
		       "the software TPM");
}

static int tpm_gone(struct ls_error *err)
{
	return ls_fail(err, -EPIPE, "tpm.gone", "the TPM went away in the middle of a command");
}

static int bad_response(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "tpm.response", "what came back is not a TPM response");
}

/* What the header of a response says its size is; 0 while the header is not there. */
static size_t response_size(const uint8_t *response, size_t have)
{
	struct ls_reader r;
	uint16_t tag;
	uint32_t size;
	ls_reader_init(&r, response, have);
	if (have < LS_TPM_HEADER_SIZE || ls_read_be16(&r, &tag) < 0 || ls_read_be32(&r, &size) < 0)
		return 0;
	return size;
}

int ls_tpm_response_check(const uint8_t *response, size_t size, struct ls_error *err)
{
	return size >= LS_TPM_HEADER_SIZE && size <= LS_TPM_BUFFER_SIZE &&
			       response_size(response, size) == size
		       ? 0
		       : bad_response(err);
}

int ls_tpm_exchange_begin(struct ls_tpm_exchange *x, const uint8_t *command, size_t size,
			  struct ls_error *err)
{
	if (size > sizeof(x->command))
		return ls_fail(err, -EMSGSIZE, "tpm.size", "a TPM command is too large");
	memcpy(x->command, command, size);
	x->size = size;
	x->sent = x->have = 0;
	return 0;
}

short ls_tpm_exchange_events(const struct ls_tpm_exchange *x)
{
	return x->sent < x->size ? POLLOUT : POLLIN;
}

static bool is_for_later(int code)
{
	return code == EAGAIN || code == EINTR;
}

/* A socket without SIGPIPE; write() for a device. */
static ssize_t send_some(int fd, const uint8_t *bytes, size_t n)
{
	ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	return sent < 0 && errno == ENOTSOCK ? write(fd, bytes, n) : sent;
}

static int step_out(struct ls_tpm_exchange *x, int fd, struct ls_error *err)
{
	ssize_t n = send_some(fd, x->command + x->sent, x->size - x->sent);
	if (n < 0 && is_for_later(errno))
		return 0;
	if (n < 0)
		return errno == EPIPE || errno == ECONNRESET
			       ? tpm_gone(err)
			       : ls_fail_errno(err, errno, "tpm.send",
					       "cannot send a command to the TPM");
	x->sent += (size_t)n;
	return 0;
}

int ls_tpm_exchange_step(struct ls_tpm_exchange *x, int fd, struct ls_error *err)
{
	if (x->sent < x->size)
		return step_out(x, fd, err);
	ssize_t n = read(fd, x->response + x->have, sizeof(x->response) - x->have);
	if (n < 0 && is_for_later(errno))
		return 0;
	if (n < 0 && errno != ECONNRESET)
		return ls_fail_errno(err, errno, "tpm.read", "cannot read from the TPM");
	if (n <= 0)
		return tpm_gone(err);
	x->have += (size_t)n;
	size_t size = response_size(x->response, x->have);
	if (size > sizeof(x->response))
		return bad_response(err);
	if (x->have < LS_TPM_HEADER_SIZE || x->have < size)
		return 0;
	int rc = ls_tpm_response_check(x->response, x->have, err);
	return rc < 0 ? rc : 1;
}

static int poll_alone(int fd, short events, int timeout_ms, struct ls_error *err)
{
	struct pollfd p = { .fd = fd, .events = events };
	int n = poll(&p, 1, timeout_ms);
	if (n < 0 && errno != EINTR)
		return ls_fail_errno(err, errno, "tpm.poll", "cannot wait for the TPM");
	return n != 0;
}

static bool is_ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	return poll(&p, 1, 0) > 0;
}

int ls_tpm_exchange_finish(struct ls_tpm_exchange *x, int fd, int timeout_ms,
			   const struct ls_tpm_waiter *waiter, struct ls_error *err)
{
	int64_t deadline = now_ms() + timeout_ms;
	int rc = 0;
	while (rc == 0) {
		int64_t left = deadline - now_ms();
		short events = ls_tpm_exchange_events(x);
		int wait = left > 0 ? (int)left : 0;
		rc = waiter && waiter->wait ? waiter->wait(waiter->context, fd, events, wait, err)
					    : poll_alone(fd, events, wait, err);
		if (rc == 0)
			return ls_tpm_exchange_too_late(err);
		if (rc < 0)
			return rc;
		rc = is_ready(fd, events) ? ls_tpm_exchange_step(x, fd, err) : 0;
	}
	return rc < 0 ? rc : 0;
}

int ls_tpm_exchange(int fd, int timeout_ms, const uint8_t *command, size_t size,
		    uint8_t response[static LS_TPM_BUFFER_SIZE], size_t *ret_size,
		    struct ls_error *err)
{
	struct ls_tpm_exchange x;
	int rc = ls_tpm_exchange_begin(&x, command, size, err);
	if (rc == 0)
		rc = ls_tpm_exchange_finish(&x, fd, timeout_ms, NULL, err);
	if (rc < 0)
		return rc;
	memcpy(response, x.response, x.have);
	*ret_size = x.have;
	return 0;
}
