/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room that deal with keys share; for this room only. */
#ifndef LABSEAL_LIB_TPM_KEYS_INTERNAL_H
#define LABSEAL_LIB_TPM_KEYS_INTERNAL_H

#include <stdbool.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_sys.h>

#include "lib/tpm/attestation_key.h"
#include "lib/tpm/keys.h"

static inline void ls_tpm_esys_free(void *pointer)
{
	Esys_Free(*(void **)pointer);
}
#define _cleanup_esys_ __attribute__((cleanup(ls_tpm_esys_free)))

/* Close our reference to a persistent object or an index; the thing itself stays. */
void ls_tpm_forget(struct ls_tpm *tpm, ESYS_TR *object);

/* A transient object or a session; ESYS_TR_NONE is fine. */
void ls_tpm_flush(struct ls_tpm *tpm, ESYS_TR object);

/* Our reference to a persistent object; what: the words of an error.  -ENOENT: there is none. */
int ls_tpm_open_handle(struct ls_tpm *tpm, uint32_t handle, const char *what, ESYS_TR *ret_object,
		       struct ls_error *err);

/* -ENOENT when there is none. */
int ls_tpm_open_srk(struct ls_tpm *tpm, ESYS_TR *ret_srk, struct ls_error *err);

/* A TPM may leave out leading zeroes.  -EBADMSG: too long. */
int ls_tpm_pad(const TPM2B_ECC_PARAMETER *in, uint8_t out[static LS_P256_SCALAR_SIZE]);

struct ls_tpm_key_blob {
	TPM2B_PUBLIC public;
	TPM2B_PRIVATE private;
	size_t public_size; /* bytes of the public part in the blob */
};

/* A signing key's blob, checked as ls_tpm_check_signing_key does. */
int ls_tpm_read_key_blob(const void *blob, size_t size, const struct ls_p256_public *authority,
			 const void *ref, size_t ref_size, struct ls_tpm_key_blob *ret_blob,
			 struct ls_p256_public *ret_key, struct ls_error *err);

/* A blob's two parts.  -EBADMSG ("tpm.key.malformed"). */
int ls_tpm_unmarshal_blob(const void *blob, size_t size, struct ls_tpm_key_blob *ret_blob,
			  struct ls_error *err);
int ls_tpm_marshal_blob(const TPM2B_PUBLIC *public, const TPM2B_PRIVATE *private,
			struct ls_buffer *blob, struct ls_error *err);

/* Whether its public part is, byte for byte, this one but for what the TPM chose (unique). */
bool ls_tpm_blob_is(const struct ls_tpm_key_blob *parsed, const void *blob, TPM2B_PUBLIC *wanted);

/* Load it under the storage root key; what: the words of an error. */
int ls_tpm_load_blob(struct ls_tpm *tpm, const struct ls_tpm_key_blob *blob, const char *what,
		     ESYS_TR *ret_object, struct ls_error *err);

/* A keyed-hash object with data that its TPM alone gives out, and only by this policy. */
TPM2B_PUBLIC ls_tpm_sealed_template(const struct ls_digest *policy);

/* Seal under the storage root key; what: the words of an error.  As ls_tpm_seal(). */
int ls_tpm_seal_under(struct ls_tpm *tpm, const struct ls_digest *policy, const char *what,
		      const void *secret, size_t size, struct ls_buffer *blob,
		      struct ls_error *err);

/* TPM2_Unseal of a loaded object by a session that meets its policy, and encrypts the answer. */
int ls_tpm_unseal_by(struct ls_tpm *tpm, ESYS_TR object, ESYS_TR session, const char *what,
		     uint8_t secret[static 128], size_t *ret_size, struct ls_error *err);

/*
 * A session that meets the guard's policy now, for one command.  secret_to: ESYS_TR_NONE, or
 * a loaded key of the TPM; the session is then salted by it and can encrypt parameters.
 */
int ls_tpm_guard_meet(struct ls_tpm_guard *guard, ESYS_TR secret_to, ESYS_TR *ret_session,
		      struct ls_error *err);
void ls_tpm_guard_drop_session(struct ls_tpm_guard *guard);

/*
 * What the policy session authorises goes below the ESAPI: for each command with a session
 * tss2-esys 3.2 makes and fills a whole OpenSSL library context several times over (nonces, hashes
 * for an HMAC), which took most of the enclave's time.  A session that has only a policy to meet
 * needs no HMAC.  The ESAPI does not learn of the nonces that the TPM gives here, and would be
 * refused: all commands that the guard's unsalted session authorises go this way.
 */
struct ls_tpm_policy_use {
	TSS2_SYS_CONTEXT *sys;
	TPM2_HANDLE object;
	TSS2L_SYS_AUTH_COMMAND auth;
	TSS2L_SYS_AUTH_RESPONSE answered;
	unsigned tries;
};
TSS2_RC ls_tpm_guard_use(const struct ls_tpm_guard *guard, ESYS_TR object,
			 struct ls_tpm_policy_use *ret_use);

/* Whether the TPM was busy and the command is to be sent again: as the ESAPI does it, a few times.
 */
bool ls_tpm_use_again(struct ls_tpm_policy_use *use, TSS2_RC rc);

/* attest.c: TPM2_CertifyCreation by the AK of a loaded object that this TPM made. */
int ls_tpm_certify_creation(struct ls_tpm *tpm, ESYS_TR object, const TPM2B_DIGEST *creation_hash,
			    const TPMT_TK_CREATION *ticket, const struct ls_digest *qualifying,
			    struct ls_tpm_attested *ret_attested, struct ls_error *err);

#endif
