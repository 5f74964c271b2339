/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/broker.h"

#include <errno.h>

#include "lib/proc/protocol.h"
#include "lib/tpm/command_filter.h"
#include "lib/tpm/transport.h"

#define TPM_RC_FAILURE 0x101

static int refuse(struct ls_broker *broker, uint32_t rc, struct ls_error *err)
{
	uint8_t response[LS_TPM_ERROR_RESPONSE_SIZE];
	ls_tpm_error_response(rc, response);
	broker->refused++;
	struct ls_error failed = { 0 };
	int sent = ls_message_send(broker->channel_fd, LS_MSG_TPM_RESPONSE, response,
				   sizeof(response), &failed);
	if (sent < 0 && err)
		*err = failed;
	return sent < 0 ? sent : 1;
}

int ls_broker_answer(struct ls_broker *broker, const struct ls_message *command,
		     struct ls_error *err)
{
	uint32_t refusal;
	uint8_t response[LS_TPM_BUFFER_SIZE];
	size_t size;
	if (ls_tpm_command_check(command->body, command->size, &refusal, err) < 0)
		return refuse(broker, refusal, err);
	if (broker->tpm_fd < 0) {
		ls_fail(err, -ENODEV, "broker.none",
			"the enclave asks for a TPM and there is none");
		return refuse(broker, TPM_RC_FAILURE, err);
	}
	int rc = ls_tpm_exchange(broker->tpm_fd, broker->timeout_ms, command->body, command->size,
				 response, &size, err);
	if (rc < 0) {
		broker->tpm_failed = true;
		return rc;
	}
	broker->answered++;
	return ls_message_send(broker->channel_fd, LS_MSG_TPM_RESPONSE, response, size, err);
}
