/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys by which a TPM vouches: its endorsement key (EK), which says which
 * TPM it is, and the attestation key (AK) under it, which signs what the TPM
 * attests.  Both are persistent.  Under the EK, and not under the storage root,
 * since only there attestations tell the true reset and restart counts (TPM 2.0
 * Part 1, 36.7).
 *
 * Making needs the owner's and the endorsement hierarchy's password
 * (ls_tpm_use_auths); attesting needs nothing.
 */
#ifndef LABSEAL_LIB_TPM_ATTESTATION_KEY_H
#define LABSEAL_LIB_TPM_ATTESTATION_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/attest.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/tpm/session.h"

#define LS_TPM_EK_HANDLE 0x81010001u /* TCG EK Credential Profile: RSA 2048 */
#define LS_TPM_AK_HANDLE 0x81010023u

/*
 * Make the key of template L-1 persistent unless it is there.  *ret_created
 * (may be NULL) says which.  -EEXIST ("tpm.ek.other"): another object is there.
 */
int ls_tpm_ensure_endorsement_key(struct ls_tpm *tpm, int *ret_created, struct ls_error *err);

/*
 * The same for the AK: ECDSA P-256 with SHA-256, restricted, under the EK,
 * empty authorisation, no dictionary-attack protection.  -ENOENT: there is no
 * EK; -EEXIST ("tpm.ak.other"): another object is there.
 */
int ls_tpm_ensure_attestation_key(struct ls_tpm *tpm, int *ret_created, struct ls_error *err);

/* The TPMT_PUBLIC at a persistent handle, appended.  -ENOENT: there is none. */
int ls_tpm_read_public_area(struct ls_tpm *tpm, uint32_t handle, struct ls_buffer *out,
			    struct ls_error *err);

/* What a verifier knows of this TPM's AK.  -ENOENT, or what ls_attester_init returns. */
int ls_tpm_read_attester(struct ls_tpm *tpm, struct ls_attester *ret_attester,
			 struct ls_error *err);

/* TPMS_ATTEST and its TPMT_SIGNATURE, the latter in evidence's one spelling. */
struct ls_tpm_attested {
	uint8_t attest[LS_ATTEST_MAX];
	size_t attest_size;
	uint8_t signature[LS_TPM_SIGNATURE_SIZE];
};

/* TPM2_Quote by the AK over these PCRs (bit n: PCR n) of the SHA-256 bank.  -ENOENT: no AK. */
int ls_tpm_quote(struct ls_tpm *tpm, uint32_t pcrs, const struct ls_digest *qualifying,
		 struct ls_tpm_attested *ret_attested, struct ls_error *err);

/*
 * TPM2_NV_Certify by the AK over a whole index of labseal's (lib/tpm/nv.h;
 * policy as there).  -ENOENT: no AK or no index; -ENODATA: never written.
 */
int ls_tpm_nv_certify(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		      const struct ls_digest *qualifying, struct ls_tpm_attested *ret_attested,
		      struct ls_error *err);

/* TPM2_Certify of the AK by itself: its Name and its Qualified Name.  -ENOENT: no AK. */
int ls_tpm_certify_attestation_key(struct ls_tpm *tpm, const struct ls_digest *qualifying,
				   struct ls_tpm_attested *ret_attested, struct ls_error *err);

/*
 * The index with the manufacturer's certificate of the RSA 2048 EK, appended whole:
 * there may be something after the certificate.  -ENOENT: the TPM has none;
 * -EBADMSG ("tpm.ek.certificate"): too large for one.
 */
#define LS_TPM_EK_CERTIFICATE	  0x01c00002u /* TCG EK Credential Profile 2.5, 2.2.1.4 */
#define LS_TPM_EK_CERTIFICATE_MAX 8192	      /* bytes */
int ls_tpm_read_endorsement_certificate(struct ls_tpm *tpm, struct ls_buffer *out,
					struct ls_error *err);

/*
 * TPM2_ActivateCredential: the secret in a credential that was made for this
 * TPM's EK and AK (lib/attest/credential.h).  blob and secret are TPM2B_ID_OBJECT
 * and TPM2B_ENCRYPTED_SECRET.  Needs the endorsement password.  -EACCES: made for
 * another AK, or altered (0x1df); made for another TPM ("tpm.credential.other").
 */
#define LS_CREDENTIAL_SECRET_SIZE 32
int ls_tpm_activate_credential(struct ls_tpm *tpm, const void *blob, size_t blob_size,
			       const void *secret, size_t secret_size,
			       uint8_t ret_secret[static LS_CREDENTIAL_SECRET_SIZE],
			       struct ls_error *err);

#endif
