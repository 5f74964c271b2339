/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a credential: a secret that only the TPM with this endorsement key
 * gets out, and only while it has a key with this Name loaded.  What
 * TPM2_MakeCredential does (TPM 2.0 Library, Part 1, section 24; Part 3, 12.6),
 * off the TPM: whoever makes it holds no TPM.
 */
#ifndef LABSEAL_LIB_ATTEST_CREDENTIAL_H
#define LABSEAL_LIB_ATTEST_CREDENTIAL_H

#include "lib/attest/public_area.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_CREDENTIAL_BLOB_SIZE	     70	 /* TPM2B_ID_OBJECT of a 32-byte secret */
#define LS_CREDENTIAL_ENCRYPTED_SIZE 258 /* TPM2B_ENCRYPTED_SECRET for RSA 2048 */

/*
 * endorsement: a parsed key of template L-1 (ls_endorsement_key_check); name: of
 * the attestation key.  Fills both structures in as a TPM takes them.  0;
 * -EBADMSG: the endorsement key is no RSA key; -ENOMEM: or OpenSSL failed.
 */
int ls_credential_make(const struct ls_public_area *endorsement, const struct ls_tpm_name *name,
		       const struct ls_digest *secret,
		       uint8_t ret_blob[static LS_CREDENTIAL_BLOB_SIZE],
		       uint8_t ret_encrypted[static LS_CREDENTIAL_ENCRYPTED_SIZE],
		       struct ls_error *err);

#endif
