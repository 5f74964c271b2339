/* SPDX-License-Identifier: Apache-2.0 */
/* What backends that a TPM guards have in common: the approval, the way to the TPM, its word. */
#ifndef LABSEAL_ENCLAVE_KEYS_TPM_SIDE_H
#define LABSEAL_ENCLAVE_KEYS_TPM_SIDE_H

#include "enclave/keys/key.h"
#include "lib/tpm/guard.h"

/*
 * The approval in a START, held to the measured state: the record will say which state the key is
 * bound to.  -EACCES ("enclave.key.approval"): it is for another one.  Borrows start's bytes.
 */
int ls_key_read_approval(const struct ls_start *start, struct ls_tpm_approval *ret_approval,
			 struct ls_error *err);

/* The TPM behind labseald's broker. */
int ls_key_connect_tpm(const struct ls_key_channel *channel, struct ls_tpm **ret_tpm,
		       struct ls_error *err);

/* struct ls_key_backend: attest. */
int ls_key_tpm_attest(struct ls_tpm *tpm, struct ls_tpm_guard *guard,
		      const struct ls_nv_checkpoint *checkpoint,
		      struct ls_key_attestation *ret_attestation, struct ls_error *err);

#endif
