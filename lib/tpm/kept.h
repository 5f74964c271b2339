/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret that a TPM keeps for a file (docs/formats/dna-keys.md): sealed under its storage root
 * key (fixedTPM, fixedParent, no authorisation value), by a policy of TPM2_PolicyCommandCode
 * (TPM2_Unseal) and, where PCRs are named, TPM2_PolicyPCR over their values at that time.  What is
 * stored is
 *
 *     version 1 (1) | the PCRs (3: bit i % 8 of byte i / 8) | the storage root key's Name (34) |
 *     TPM2B_PUBLIC | TPM2B_PRIVATE
 *
 * so that another TPM is told by its Name and not by a failure that could mean anything.  On the
 * way to the TPM and back the secret is encrypted by a session that is salted with that key.
 * Whoever may use the TPM, and has the file, gets the secret: it is bound to a machine and, by
 * PCRs, to how that was started; not to a person.
 */
#ifndef LABSEAL_LIB_TPM_KEPT_H
#define LABSEAL_LIB_TPM_KEPT_H

#include "lib/base/buffer.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/sealed.h"

#define LS_TPM_PCR_COUNT     24
#define LS_TPM_KEPT_SIZE_MAX (1 + 3 + LS_TPM_NAME_SIZE + LS_TPM_KEY_BLOB_MAX)

/* What is stored, taken apart; borrows its bytes. */
struct ls_tpm_kept {
	uint32_t pcrs;
	struct ls_tpm_name root;
	const uint8_t *blob;
	size_t blob_size;
};

/* Needs no TPM.  -EBADMSG ("tpm.kept.form"): not of this form, or no such object. */
int ls_tpm_kept_parse(const void *bytes, size_t size, struct ls_tpm_kept *ret,
		      struct ls_error *err);

/*
 * Makes the storage root key where there is none.  pcrs: bit i for PCR i.  -EINVAL: a size
 * (ls_tpm_seal()) or a PCR that there is not; else as ls_tpm_fail.
 */
int ls_tpm_keep(struct ls_tpm *tpm, uint32_t pcrs, const void *secret, size_t size,
		struct ls_buffer *out, struct ls_error *err);

/*
 * The secret, which the caller wipes.  -EBADMSG: as above, or "tpm.kept.altered": the TPM that
 * made it does not load it; -EXDEV ("tpm.kept.elsewhere"): another TPM made it, or this one was
 * cleared since; -EACCES ("tpm.kept.state"): the PCRs are not what they were; else as ls_tpm_fail.
 */
int ls_tpm_give(struct ls_tpm *tpm, const void *bytes, size_t size,
		uint8_t secret[static LS_TPM_SEALED_MAX], size_t *ret_size, struct ls_error *err);

#endif
