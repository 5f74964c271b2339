/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/broker.h"

#include <errno.h>

#include "lib/proc/protocol.h"
#include "lib/tpm/command_filter.h"

#define TPM_RC_FAILURE 0x101

static int answer(const struct ls_broker *broker, const uint8_t *response, size_t size,
		  struct ls_error *err)
{
	if (broker->channel_fd < 0)
		return 0;
	return ls_message_send(broker->channel_fd, LS_MSG_TPM_RESPONSE, response, size, err);
}

static int refuse(struct ls_broker *broker, uint32_t rc, struct ls_error *err)
{
	uint8_t response[LS_TPM_ERROR_RESPONSE_SIZE];
	ls_tpm_error_response(rc, response);
	broker->refused++;
	struct ls_error failed = { 0 };
	int sent = answer(broker, response, sizeof(response), &failed);
	if (sent < 0 && err)
		*err = failed;
	return sent < 0 ? sent : 1;
}

int ls_broker_take(struct ls_broker *broker, const struct ls_message *command, int64_t now,
		   struct ls_error *err)
{
	uint32_t refusal;
	if (broker->busy)
		return ls_fail(err, -EPROTO, "broker.busy",
			       "the enclave sent a TPM command before the last one was answered");
	if (ls_tpm_command_check(command->body, command->size, &refusal, err) < 0)
		return refuse(broker, refusal, err);
	if (broker->tpm_fd < 0) {
		ls_fail(err, -ENODEV, "broker.none",
			"the enclave asks for a TPM and there is none");
		return refuse(broker, TPM_RC_FAILURE, err);
	}
	int rc = ls_tpm_exchange_begin(&broker->exchange, command->body, command->size, err);
	if (rc < 0)
		return rc;
	broker->busy = true;
	broker->since = now;
	return 0;
}

short ls_broker_events(const struct ls_broker *broker)
{
	return broker->busy ? ls_tpm_exchange_events(&broker->exchange) : 0;
}

int ls_broker_serve(struct ls_broker *broker, bool ready, int64_t now, struct ls_error *err)
{
	struct ls_tpm_exchange *x = &broker->exchange;
	int rc = 0;
	if (!broker->busy)
		return 0;
	if (ready)
		rc = ls_tpm_exchange_step(x, broker->tpm_fd, err);
	else if (now - broker->since >= broker->timeout_ms)
		rc = ls_tpm_exchange_too_late(err);
	if (rc == 0)
		return 0;
	broker->busy = false;
	if (rc < 0) {
		broker->tpm_failed = true;
		return rc;
	}
	broker->answered++;
	return answer(broker, x->response, x->have, err);
}
