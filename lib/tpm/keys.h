/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys in the TPM: the storage root, and the signing key that works only while
 * PCR 23 has a value that the policy authority approved, and the version counter
 * (lib/tpm/nv.h) is not past the approval's.
 */
#ifndef LABSEAL_LIB_TPM_KEYS_H
#define LABSEAL_LIB_TPM_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/nv_index.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/tpm/guard.h"
#include "lib/tpm/session.h"

#define LS_TPM_SRK_HANDLE   0x81000001u /* TCG Provisioning Guidance: storage root key */
#define LS_TPM_KEY_BLOB_MAX 1024	/* bytes of TPM2B_PUBLIC || TPM2B_PRIVATE */

/*
 * Make the ECC storage root key persistent at LS_TPM_SRK_HANDLE unless it is
 * there.  *ret_created (may be NULL) says which.  Owner authorisation empty.
 */
int ls_tpm_ensure_srk(struct ls_tpm *tpm, int *ret_created, struct ls_error *err);

/*
 * Make a signing key under the SRK: ECDSA P-256 with SHA-256; fixedTPM,
 * fixedParent, sensitiveDataOrigin, sign, noDA, no userWithAuth; authPolicy =
 * PolicyAuthorize(authority, ref).  Appends TPM2B_PUBLIC || TPM2B_PRIVATE to
 * blob (what struct ls_start carries and state/keys holds), and to certificate
 * (NULL: none is made) the creation certificate by the attestation key
 * (lib/attest/creation.h), which must be there (lib/tpm/attestation_key.h).
 */
int ls_tpm_create_signing_key(struct ls_tpm *tpm, const struct ls_p256_public *authority,
			      const void *ref, size_t ref_size, struct ls_buffer *blob,
			      struct ls_buffer *certificate, struct ls_p256_public *ret_key,
			      struct ls_error *err);

/*
 * Whether a blob is such a key, by its public part; needs no TPM.  0 and the
 * public key, or -EBADMSG: malformed, other attributes, another policy.
 */
int ls_tpm_check_signing_key(const void *blob, size_t size, const struct ls_p256_public *authority,
			     const void *ref, size_t ref_size, struct ls_p256_public *ret_key,
			     struct ls_error *err);

/*
 * A signing key loaded and its approval accepted by the TPM (TPM2_VerifySignature).
 * Whether PCR 23 holds the approved value shows at each signature.
 * -EBADMSG: ls_tpm_check_signing_key; -EKEYREJECTED: the approval's signature
 * is not the authority's; -ENOENT, -EEXIST: the version counter, as lib/tpm/nv.h
 * says; else as ls_tpm_fail.  The tpm must outlive the key.
 */
struct ls_tpm_signing_key;
int ls_tpm_signing_key_open(struct ls_tpm *tpm, const void *blob, size_t size,
			    const struct ls_tpm_approval *approval,
			    struct ls_tpm_signing_key **ret_key, struct ls_error *err);

/*
 * Policy session, PolicyPCR, PolicyNV, PolicyAuthorize, Sign.  *signer borrows
 * the key.  Its sign() returns -EACCES when the TPM refuses, with the reason in
 * words ("tpm.state": not the approved state; "tpm.retired"); else as ls_tpm_fail.
 */
void ls_tpm_signing_key_signer(struct ls_tpm_signing_key *key, struct ls_signer *ret_signer);

/* What the TPM may be told to do in the approved state, with this key's approval; borrowed. */
struct ls_tpm_guard *ls_tpm_signing_key_guard(struct ls_tpm_signing_key *key);

/* Flushes the key and its session; NULL is fine. */
void ls_tpm_signing_key_close(struct ls_tpm_signing_key *key);

#endif
