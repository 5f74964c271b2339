/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the enclave may do with the TPM, decided by the supervisor on each
 * command's header (TPM 2.0 Part 3, section 5.2).  Pure functions.
 *
 * Allowed: StartAuthSession, PolicyPCR, PolicyAuthorize, LoadExternal, VerifySignature,
 * ReadPublic, FlushContext, GetRandom; Load under the storage root key, Sign and Unseal with
 * what it loaded; NV_ReadPublic and NV_Read of labseal's two indices, PolicyNV of the counter,
 * NV_Write of the checkpoint index; Quote by the attestation key, and NV_Certify of the two
 * indices by it.  So it can use its key, or learn its token's PIN, in the approved state,
 * remember the log's checkpoint and have all that vouched for, and neither change a PCR, step
 * the counter, make, save or persist anything, nor use what others keep in the TPM.
 */
#ifndef LABSEAL_LIB_TPM_COMMAND_FILTER_H
#define LABSEAL_LIB_TPM_COMMAND_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_TPM_ERROR_RESPONSE_SIZE 10

/*
 * 0: forward it.  -EPERM: a command that is not allowed, or on an object that is not.  -EBADMSG:
 * the header is malformed or its size is not the message's.  On refusal *ret_rc is the TPM response
 * code to answer with.
 */
int ls_tpm_command_check(const uint8_t *command, size_t size, uint32_t *ret_rc,
			 struct ls_error *err);

/* A whole TPM response that says rc and nothing else. */
void ls_tpm_error_response(uint32_t rc, uint8_t response[static LS_TPM_ERROR_RESPONSE_SIZE]);

#endif
