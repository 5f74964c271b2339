/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room that deal with keys share; for this room only. */
#ifndef LABSEAL_LIB_TPM_KEYS_INTERNAL_H
#define LABSEAL_LIB_TPM_KEYS_INTERNAL_H

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

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

/* attest.c: TPM2_CertifyCreation by the AK of a loaded object that this TPM made. */
int ls_tpm_certify_creation(struct ls_tpm *tpm, ESYS_TR object, const TPM2B_DIGEST *creation_hash,
			    const TPMT_TK_CREATION *ticket, const struct ls_digest *qualifying,
			    struct ls_tpm_attested *ret_attested, struct ls_error *err);

#endif
