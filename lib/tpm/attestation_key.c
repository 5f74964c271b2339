/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/attestation_key.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/attest/public_area.h"
#include "lib/tpm/keys_internal.h"
#include "lib/tpm/nv.h"

/* --- the endorsement key ---------------------------------------------------------- */

/* TCG EK Credential Profile 2.5, template L-1: 256 zero bytes as unique. */
static TPM2B_PUBLIC endorsement_template(void)
{
	static const uint8_t policy[] = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8,
					  0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
					  0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64,
					  0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa };
	TPM2B_PUBLIC public = {
		.publicArea = {
			.type = TPM2_ALG_RSA,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
					    TPMA_OBJECT_SENSITIVEDATAORIGIN |
					    TPMA_OBJECT_ADMINWITHPOLICY | TPMA_OBJECT_RESTRICTED |
					    TPMA_OBJECT_DECRYPT,
			.authPolicy.size = sizeof(policy),
			.parameters.rsaDetail = {
				.symmetric = {.algorithm = TPM2_ALG_AES,
					      .keyBits.aes = 128,
					      .mode.aes = TPM2_ALG_CFB},
				.scheme.scheme = TPM2_ALG_NULL,
				.keyBits = 2048,
			},
			.unique.rsa.size = LS_RSA_MODULUS_SIZE,
		}};
	memcpy(public.publicArea.authPolicy.buffer, policy, sizeof(policy));
	return public;
}

/* Make an object persistent under the owner's authority; the loaded one is flushed. */
static int persist(struct ls_tpm *tpm, ESYS_TR object, uint32_t handle, const char *what,
		   struct ls_error *err)
{
	ESYS_TR persistent = ESYS_TR_NONE;
	TSS2_RC rc = Esys_EvictControl(ls_tpm_esys(tpm), ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE, handle, &persistent);
	int result = rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, what);
	ls_tpm_flush(tpm, object);
	ls_tpm_forget(tpm, &persistent);
	return result;
}

static int create_endorsement_key(struct ls_tpm *tpm, struct ls_error *err)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_PUBLIC template = endorsement_template();
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	ESYS_TR made = ESYS_TR_NONE;
	TSS2_RC rc = Esys_CreatePrimary(ls_tpm_esys(tpm), ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
					ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template, &outside,
					&pcrs, &made, NULL, NULL, NULL, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot create the endorsement key");
	return persist(tpm, made, LS_TPM_EK_HANDLE, "cannot keep the endorsement key", err);
}

int ls_tpm_read_public_area(struct ls_tpm *tpm, uint32_t handle, struct ls_buffer *out,
			    struct ls_error *err)
{
	ESYS_TR object = ESYS_TR_NONE;
	_cleanup_esys_ TPM2B_PUBLIC *public = NULL;
	uint8_t bytes[sizeof(TPM2B_PUBLIC)];
	size_t size = 0;
	int result = ls_tpm_open_handle(tpm, handle, "cannot find a key in the TPM", &object, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_ReadPublic(ls_tpm_esys(tpm), object, ESYS_TR_NONE, ESYS_TR_NONE,
				     ESYS_TR_NONE, &public, NULL, NULL);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_TPMT_PUBLIC_Marshal(&public->publicArea, bytes, sizeof(bytes), &size);
	ls_tpm_forget(tpm, &object);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot read a key in the TPM");
	return ls_buffer_add(out, bytes, size) == 0
		       ? 0
		       : ls_fail(err, ls_buffer_error(out), "tpm.key.memory",
				 "no room for a key's public area");
}

/* Whether what is at the handle is the template's key; -ENOENT when there is nothing. */
static int check_endorsement_key(struct ls_tpm *tpm, struct ls_error *err)
{
	struct ls_public_area area;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, sizeof(TPM2B_PUBLIC));
	int rc = ls_tpm_read_public_area(tpm, LS_TPM_EK_HANDLE, &bytes, err);
	if (rc < 0)
		return rc;
	if (ls_public_area_parse(bytes.data, bytes.size, &area, err) == 0 &&
	    ls_endorsement_key_check(&area, err) == 0)
		return 0;
	return ls_fail(err, -EEXIST, "tpm.ek.other",
		       "the object at 0x%08x in the TPM is not its RSA 2048 endorsement key; move "
		       "it away ('tpm2_evictcontrol -c 0x%08x') and provision again",
		       LS_TPM_EK_HANDLE, LS_TPM_EK_HANDLE);
}

/* Check, and make it when there is nothing. */
static int ensure(struct ls_tpm *tpm, int (*check)(struct ls_tpm *, struct ls_error *),
		  int (*create)(struct ls_tpm *, struct ls_error *), int *ret_created,
		  struct ls_error *err)
{
	struct ls_error seen = { 0 };
	int rc = check(tpm, &seen);
	int created = rc == -ENOENT;
	if (created)
		rc = create(tpm, err);
	else if (rc < 0)
		return ls_fail(err, rc, seen.id, "%s", seen.message);
	if (rc == 0 && ret_created)
		*ret_created = created;
	return rc;
}

int ls_tpm_ensure_endorsement_key(struct ls_tpm *tpm, int *ret_created, struct ls_error *err)
{
	return ensure(tpm, check_endorsement_key, create_endorsement_key, ret_created, err);
}

/*
 * A session that fulfils the EK's policy, PolicySecret(endorsement), once: each
 * use of the EK takes a new one, and it ends with its use.
 */
static int endorse(struct ls_tpm *tpm, ESYS_TR *ret_session, struct ls_error *err)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(tpm);
	TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	ESYS_TR session = ESYS_TR_NONE;
	TSS2_RC rc = Esys_StartAuthSession(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &none,
					   TPM2_ALG_SHA256, &session);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot start a policy session");
	rc = Esys_PolicySecret(esys, ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD,
			       ESYS_TR_NONE, ESYS_TR_NONE, NULL, NULL, NULL, 0, NULL, NULL);
	if (rc != TSS2_RC_SUCCESS) {
		Esys_FlushContext(esys, session);
		return ls_tpm_fail(tpm, rc, err, "cannot use the endorsement key");
	}
	*ret_session = session;
	return 0;
}

/* --- the attestation key ------------------------------------------------------------ */

static TPM2B_PUBLIC attestation_template(void)
{
	return (TPM2B_PUBLIC){
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
					    TPMA_OBJECT_SENSITIVEDATAORIGIN |
					    TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA |
					    TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
			.parameters.eccDetail = {
				.symmetric.algorithm = TPM2_ALG_NULL,
				.scheme = {.scheme = TPM2_ALG_ECDSA,
					   .details.ecdsa.hashAlg = TPM2_ALG_SHA256},
				.curveID = TPM2_ECC_NIST_P256,
				.kdf.scheme = TPM2_ALG_NULL,
			},
		}};
}

/* Its parent's Name is in its Qualified Name: whether it is under this TPM's EK. */
static int check_qualified_name(struct ls_tpm *tpm, const struct ls_attester *attester,
				struct ls_error *err)
{
	ESYS_TR object = ESYS_TR_NONE;
	_cleanup_esys_ TPM2B_NAME *qualified = NULL;
	int result = ls_tpm_open_handle(tpm, LS_TPM_AK_HANDLE, "cannot find the attestation key",
					&object, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_ReadPublic(ls_tpm_esys(tpm), object, ESYS_TR_NONE, ESYS_TR_NONE,
				     ESYS_TR_NONE, NULL, NULL, &qualified);
	ls_tpm_forget(tpm, &object);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot read the attestation key");
	if (qualified->size == LS_TPM_NAME_SIZE &&
	    memcmp(qualified->name, attester->qualified_name.bytes, LS_TPM_NAME_SIZE) == 0)
		return 0;
	return ls_fail(err, -EBADMSG, "tpm.ak.parent", "it is not under the endorsement key");
}

static int check_attestation_key(struct ls_tpm *tpm, struct ls_error *err)
{
	struct ls_attester attester;
	struct ls_error why = { 0 };
	int rc = ls_tpm_read_attester(tpm, &attester, &why);
	if (rc == 0)
		rc = check_qualified_name(tpm, &attester, &why);
	if (rc == -EBADMSG)
		return ls_fail(err, -EEXIST, "tpm.ak.other",
			       "the object at 0x%08x in the TPM is not labseal's attestation key "
			       "(%s); move it away ('tpm2_evictcontrol -c 0x%08x') and provision "
			       "again",
			       LS_TPM_AK_HANDLE, why.message, LS_TPM_AK_HANDLE);
	return rc < 0 ? ls_fail(err, rc, why.id, "%s", why.message) : 0;
}

static int create_under(struct ls_tpm *tpm, ESYS_TR ek, TPM2B_PRIVATE **ret_private,
			TPM2B_PUBLIC **ret_public, struct ls_error *err)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_PUBLIC template = attestation_template();
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	ESYS_TR session = ESYS_TR_NONE;
	int result = endorse(tpm, &session, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Create(ls_tpm_esys(tpm), ek, session, ESYS_TR_NONE, ESYS_TR_NONE,
				 &sensitive, &template, &outside, &pcrs, ret_private, ret_public,
				 NULL, NULL, NULL);
	if (rc != TSS2_RC_SUCCESS)
		result = ls_tpm_fail(tpm, rc, err, "cannot create the attestation key");
	Esys_FlushContext(ls_tpm_esys(tpm), session);
	return result;
}

static int load_under(struct ls_tpm *tpm, ESYS_TR ek, const TPM2B_PRIVATE *private,
		      const TPM2B_PUBLIC *public, ESYS_TR *ret_object, struct ls_error *err)
{
	ESYS_TR session = ESYS_TR_NONE;
	int result = endorse(tpm, &session, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Load(ls_tpm_esys(tpm), ek, session, ESYS_TR_NONE, ESYS_TR_NONE, private,
			       public, ret_object);
	if (rc != TSS2_RC_SUCCESS)
		result = ls_tpm_fail(tpm, rc, err, "cannot load the attestation key");
	Esys_FlushContext(ls_tpm_esys(tpm), session);
	return result;
}

static int create_attestation_key(struct ls_tpm *tpm, struct ls_error *err)
{
	_cleanup_esys_ TPM2B_PRIVATE *private = NULL;
	_cleanup_esys_ TPM2B_PUBLIC *public = NULL;
	ESYS_TR ek = ESYS_TR_NONE, made = ESYS_TR_NONE;
	int rc = check_endorsement_key(tpm, err);
	if (rc == 0)
		rc = ls_tpm_open_handle(tpm, LS_TPM_EK_HANDLE, "cannot find the endorsement key",
					&ek, err);
	if (rc == 0)
		rc = create_under(tpm, ek, &private, &public, err);
	if (rc == 0)
		rc = load_under(tpm, ek, private, public, &made, err);
	if (rc == 0)
		rc = persist(tpm, made, LS_TPM_AK_HANDLE, "cannot keep the attestation key", err);
	ls_tpm_forget(tpm, &ek);
	return rc;
}

int ls_tpm_ensure_attestation_key(struct ls_tpm *tpm, int *ret_created, struct ls_error *err)
{
	return ensure(tpm, check_attestation_key, create_attestation_key, ret_created, err);
}

int ls_tpm_read_attester(struct ls_tpm *tpm, struct ls_attester *ret_attester, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer ek, ak;
	ls_buffer_init(&ek, sizeof(TPM2B_PUBLIC));
	ls_buffer_init(&ak, sizeof(TPM2B_PUBLIC));
	int rc = ls_tpm_read_public_area(tpm, LS_TPM_AK_HANDLE, &ak, err);
	if (rc == 0)
		rc = ls_tpm_read_public_area(tpm, LS_TPM_EK_HANDLE, &ek, err);
	return rc < 0 ? rc
		      : ls_attester_init(ek.data, ek.size, ak.data, ak.size, ret_attester, err);
}

/*
 * A seed that was encrypted for another TPM's key does not decrypt: an error of the
 * second parameter by the standard, and TPM_RC_FAILURE of libtpms, which is in no
 * failure mode then.
 */
static int fail_activation(struct ls_tpm *tpm, TSS2_RC rc, struct ls_error *err)
{
	if (rc == TPM2_RC_FAILURE || (rc & 0xffffffc0) == (TPM2_RC_2 | TPM2_RC_P | TPM2_RC_FMT1))
		return ls_fail(err, -EACCES, "tpm.credential.other",
			       "the credential was made for another TPM than this: its secret "
			       "does not decrypt (TPM response 0x%x)",
			       rc);
	return ls_tpm_fail(tpm, rc, err,
			   "the credential was altered, or was made for another attestation key "
			   "than this TPM's");
}

int ls_tpm_activate_credential(struct ls_tpm *tpm, const void *blob, size_t blob_size,
			       const void *secret, size_t secret_size,
			       uint8_t ret_secret[static LS_CREDENTIAL_SECRET_SIZE],
			       struct ls_error *err)
{
	TPM2B_ID_OBJECT object = { 0 };
	TPM2B_ENCRYPTED_SECRET encrypted = { 0 };
	_cleanup_esys_ TPM2B_DIGEST *info = NULL;
	ESYS_TR ek = ESYS_TR_NONE, ak = ESYS_TR_NONE, session = ESYS_TR_NONE;
	size_t n = 0, m = 0;
	if (Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(blob, blob_size, &n, &object) != TSS2_RC_SUCCESS ||
	    n != blob_size ||
	    Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(secret, secret_size, &m, &encrypted) !=
		    TSS2_RC_SUCCESS ||
	    m != secret_size)
		return ls_fail(err, -EBADMSG, "tpm.credential.malformed",
			       "the credential is malformed");
	int rc = ls_tpm_open_handle(tpm, LS_TPM_EK_HANDLE, "cannot find the endorsement key", &ek,
				    err);
	if (rc == 0)
		rc = ls_tpm_open_handle(tpm, LS_TPM_AK_HANDLE, "cannot find the attestation key",
					&ak, err);
	if (rc == 0)
		rc = endorse(tpm, &session, err);
	if (rc == 0) {
		TSS2_RC done = Esys_ActivateCredential(ls_tpm_esys(tpm), ak, ek, ESYS_TR_PASSWORD,
						       session, ESYS_TR_NONE, &object, &encrypted,
						       &info);
		if (done != TSS2_RC_SUCCESS)
			rc = fail_activation(tpm, done, err);
		Esys_FlushContext(ls_tpm_esys(tpm), session);
	}
	ls_tpm_forget(tpm, &ek);
	ls_tpm_forget(tpm, &ak);
	if (rc == 0 && info->size != LS_CREDENTIAL_SECRET_SIZE)
		rc = ls_fail(err, -EBADMSG, "tpm.credential.malformed",
			     "the credential holds no secret of %d bytes",
			     LS_CREDENTIAL_SECRET_SIZE);
	if (rc == 0)
		memcpy(ret_secret, info->buffer, LS_CREDENTIAL_SECRET_SIZE);
	return rc;
}
