/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret that the TPM gives out in the approved state only (TPM2_Create of a keyed-hash
 * object with data, TPM2_Unseal): fixedTPM, fixedParent, noDA, no userWithAuth, authPolicy =
 * PolicyAuthorize(authority, ref), as the signing key's.  On the way to the TPM and back it
 * is encrypted by a session that is salted with the storage root key.
 */
#ifndef LABSEAL_LIB_TPM_SEALED_H
#define LABSEAL_LIB_TPM_SEALED_H

#include "lib/base/buffer.h"
#include "lib/tpm/guard.h"

#define LS_TPM_SEALED_MAX 128 /* bytes of a secret: what every TPM takes */

/*
 * Appends TPM2B_PUBLIC || TPM2B_PRIVATE to blob (at most LS_TPM_KEY_BLOB_MAX bytes).
 * -EINVAL: empty or too long; else as ls_tpm_fail.
 */
int ls_tpm_seal(struct ls_tpm *tpm, const struct ls_p256_public *authority, const void *ref,
		size_t ref_size, const void *secret, size_t size, struct ls_buffer *blob,
		struct ls_error *err);

/* Whether a blob is such an object, by its public part; needs no TPM.  0 or -EBADMSG. */
int ls_tpm_check_sealed(const void *blob, size_t size, const struct ls_p256_public *authority,
			const void *ref, size_t ref_size, struct ls_error *err);

/*
 * The secret, which the caller wipes.  -EBADMSG as above; -EACCES when the TPM refuses
 * ("tpm.state", "tpm.retired", "tpm.refused"); else as ls_tpm_fail.
 */
int ls_tpm_unseal(struct ls_tpm *tpm, struct ls_tpm_guard *guard, const void *blob, size_t size,
		  uint8_t secret[static LS_TPM_SEALED_MAX], size_t *ret_size, struct ls_error *err);

#endif
