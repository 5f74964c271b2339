/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/keys.h"

#include <errno.h>
#include <openssl/ecdsa.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "lib/attest/event_log.h"

#define STORAGE_ATTRIBUTES                                                                  \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define SIGNING_ATTRIBUTES                                                                  \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_NODA)

static void esys_free(void *pointer)
{
	Esys_Free(*(void **)pointer);
}
#define _cleanup_esys_ __attribute__((cleanup(esys_free)))

/* --- the storage root key ------------------------------------------------------ */

static TPM2B_PUBLIC storage_template(void)
{
	return (TPM2B_PUBLIC){
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = STORAGE_ATTRIBUTES | TPMA_OBJECT_USERWITHAUTH |
					    TPMA_OBJECT_NODA,
			.parameters.eccDetail = {
				.symmetric = {.algorithm = TPM2_ALG_AES,
					      .keyBits.aes = 128,
					      .mode.aes = TPM2_ALG_CFB},
				.scheme.scheme = TPM2_ALG_NULL,
				.curveID = TPM2_ECC_NIST_P256,
				.kdf.scheme = TPM2_ALG_NULL,
			},
		}};
}

/* Whether what is at the handle can be the parent of a key that stays in this TPM. */
static int check_srk(struct ls_tpm *tpm, ESYS_TR srk, struct ls_error *err)
{
	_cleanup_esys_ TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc = Esys_ReadPublic(ls_tpm_esys(tpm), srk, ESYS_TR_NONE, ESYS_TR_NONE,
				     ESYS_TR_NONE, &public, NULL, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot read the storage root key");
	if ((public->publicArea.objectAttributes & STORAGE_ATTRIBUTES) == STORAGE_ATTRIBUTES)
		return 0;
	return ls_fail(err, -EEXIST, "tpm.srk.other",
		       "the object at 0x%08x in the TPM is no storage root key; move it away or "
		       "reset the TPM",
		       LS_TPM_SRK_HANDLE);
}

/* Close our reference to a persistent object; the object stays. */
static void forget(struct ls_tpm *tpm, ESYS_TR *object)
{
	if (*object != ESYS_TR_NONE)
		Esys_TR_Close(ls_tpm_esys(tpm), object);
}

static void flush_object(struct ls_tpm *tpm, ESYS_TR object)
{
	if (object != ESYS_TR_NONE)
		Esys_FlushContext(ls_tpm_esys(tpm), object);
}

/* -ENOENT when there is none. */
static int open_srk(struct ls_tpm *tpm, ESYS_TR *ret_srk, struct ls_error *err)
{
	TSS2_RC rc = Esys_TR_FromTPMPublic(ls_tpm_esys(tpm), LS_TPM_SRK_HANDLE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, ret_srk);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(tpm, rc, err, "cannot find the storage root key in the TPM");
}

static int create_srk(struct ls_tpm *tpm, struct ls_error *err)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_PUBLIC template = storage_template();
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	ESYS_TR made = ESYS_TR_NONE, persistent = ESYS_TR_NONE;
	TSS2_RC rc = Esys_CreatePrimary(ls_tpm_esys(tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
					ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &template, &outside,
					&pcrs, &made, NULL, NULL, NULL, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot create the storage root key");
	rc = Esys_EvictControl(ls_tpm_esys(tpm), ESYS_TR_RH_OWNER, made, ESYS_TR_PASSWORD,
			       ESYS_TR_NONE, ESYS_TR_NONE, LS_TPM_SRK_HANDLE, &persistent);
	int result = rc == TSS2_RC_SUCCESS
			     ? 0
			     : ls_tpm_fail(tpm, rc, err, "cannot keep the storage root key");
	flush_object(tpm, made);
	forget(tpm, &persistent);
	return result;
}

int ls_tpm_ensure_srk(struct ls_tpm *tpm, int *ret_created, struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	struct ls_error absent = { 0 };
	int rc = open_srk(tpm, &srk, &absent);
	int created = rc == -ENOENT;
	if (created)
		rc = create_srk(tpm, err);
	else if (rc < 0)
		return ls_fail(err, rc, absent.id, "%s", absent.message);
	else
		rc = check_srk(tpm, srk, err);
	forget(tpm, &srk);
	if (rc == 0 && ret_created)
		*ret_created = created;
	return rc;
}

/* --- the signing key ------------------------------------------------------------- */

static TPM2B_PUBLIC signing_template(const struct ls_p256_public *authority, const void *ref,
				     size_t ref_size)
{
	struct ls_tpm_name name;
	struct ls_digest policy;
	ls_authority_name(authority, &name);
	ls_policy_authorize_digest(&name, ref, ref_size, &policy);
	TPM2B_PUBLIC public = {
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = SIGNING_ATTRIBUTES,
			.authPolicy.size = LS_DIGEST_SIZE,
			.parameters.eccDetail = {
				.symmetric.algorithm = TPM2_ALG_NULL,
				.scheme = {.scheme = TPM2_ALG_ECDSA,
					   .details.ecdsa.hashAlg = TPM2_ALG_SHA256},
				.curveID = TPM2_ECC_NIST_P256,
				.kdf.scheme = TPM2_ALG_NULL,
			},
		}};
	memcpy(public.publicArea.authPolicy.buffer, policy.bytes, LS_DIGEST_SIZE);
	return public;
}

/* A TPM may leave out leading zeroes. */
static int pad(const TPM2B_ECC_PARAMETER *in, uint8_t out[static LS_P256_SCALAR_SIZE])
{
	if (in->size > LS_P256_SCALAR_SIZE)
		return -EBADMSG;
	memset(out, 0, LS_P256_SCALAR_SIZE);
	memcpy(out + LS_P256_SCALAR_SIZE - in->size, in->buffer, in->size);
	return 0;
}

static int point_key(const TPMS_ECC_POINT *point, struct ls_p256_public *ret_key,
		     struct ls_error *err)
{
	uint8_t x[LS_P256_SCALAR_SIZE], y[LS_P256_SCALAR_SIZE];
	if (pad(&point->x, x) < 0 || pad(&point->y, y) < 0)
		return ls_fail(err, -EBADMSG, "tpm.key.point", "the TPM's key is no P-256 key");
	return ls_p256_public_from_point(x, y, ret_key, err);
}

static int marshal_blob(const TPM2B_PUBLIC *public, const TPM2B_PRIVATE *private,
			struct ls_buffer *blob, struct ls_error *err)
{
	uint8_t bytes[sizeof(*public) + sizeof(*private)];
	size_t n = 0;
	TSS2_RC rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, bytes, sizeof(bytes), &n);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_TPM2B_PRIVATE_Marshal(private, bytes, sizeof(bytes), &n);
	if (rc != TSS2_RC_SUCCESS || n > LS_TPM_KEY_BLOB_MAX)
		return ls_fail(err, -EIO, "tpm.key.marshal", "cannot write the TPM's key down");
	return ls_buffer_add(blob, bytes, n) == 0
		       ? 0
		       : ls_fail(err, ls_buffer_error(blob), "tpm.key.memory",
				 "no room for the TPM's key");
}

static int create_under(struct ls_tpm *tpm, ESYS_TR srk, const TPM2B_PUBLIC *template,
			struct ls_buffer *blob, struct ls_p256_public *ret_key,
			struct ls_error *err)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	_cleanup_esys_ TPM2B_PRIVATE *private = NULL;
	_cleanup_esys_ TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc = Esys_Create(ls_tpm_esys(tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				 ESYS_TR_NONE, &sensitive, template, &outside, &pcrs, &private,
				 &public, NULL, NULL, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot create the signing key");
	int result = marshal_blob(public, private, blob, err);
	return result < 0 ? result : point_key(&public->publicArea.unique.ecc, ret_key, err);
}

static int check_ref(size_t ref_size, struct ls_error *err)
{
	return ref_size <= LS_POLICY_REF_MAX
		       ? 0
		       : ls_fail(err, -EINVAL, "tpm.key.ref",
				 "a policy reference has %zu bytes; the most is %d", ref_size,
				 LS_POLICY_REF_MAX);
}

int ls_tpm_create_signing_key(struct ls_tpm *tpm, const struct ls_p256_public *authority,
			      const void *ref, size_t ref_size, struct ls_buffer *blob,
			      struct ls_p256_public *ret_key, struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	int rc = check_ref(ref_size, err);
	if (rc == 0)
		rc = open_srk(tpm, &srk, err);
	if (rc < 0)
		return rc;
	TPM2B_PUBLIC template = signing_template(authority, ref, ref_size);
	rc = create_under(tpm, srk, &template, blob, ret_key, err);
	forget(tpm, &srk);
	return rc;
}

struct key_blob {
	TPM2B_PUBLIC public;
	TPM2B_PRIVATE private;
	size_t public_size; /* bytes of the public part in the blob */
};

static int unmarshal_blob(const void *blob, size_t size, struct key_blob *ret, struct ls_error *err)
{
	size_t n = 0;
	memset(ret, 0, sizeof(*ret));
	if (size <= LS_TPM_KEY_BLOB_MAX &&
	    Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob, size, &n, &ret->public) == TSS2_RC_SUCCESS) {
		ret->public_size = n;
		if (Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob, size, &n, &ret->private) ==
			    TSS2_RC_SUCCESS &&
		    n == size)
			return 0;
	}
	return ls_fail(err, -EBADMSG, "tpm.key.malformed",
		       "the stored signing key is damaged; provision again or restore its file");
}

/* The template with the key's own point must be, byte for byte, the key's public part. */
static int check_public(const struct key_blob *key, const void *blob,
			const struct ls_p256_public *authority, const void *ref, size_t ref_size,
			struct ls_error *err)
{
	uint8_t bytes[sizeof(TPM2B_PUBLIC)];
	size_t n = 0;
	TPM2B_PUBLIC wanted = signing_template(authority, ref, ref_size);
	wanted.publicArea.unique = key->public.publicArea.unique;
	if (key->public.publicArea.type == TPM2_ALG_ECC &&
	    Tss2_MU_TPM2B_PUBLIC_Marshal(&wanted, bytes, sizeof(bytes), &n) == TSS2_RC_SUCCESS &&
	    n == key->public_size && memcmp(bytes, blob, n) == 0)
		return 0;
	return ls_fail(err, -EBADMSG, "tpm.key.other",
		       "the stored signing key is not one that this policy authority's approvals "
		       "guard, or may leave its TPM; provision again");
}

static int read_blob(const void *blob, size_t size, const struct ls_p256_public *authority,
		     const void *ref, size_t ref_size, struct key_blob *ret_blob,
		     struct ls_p256_public *ret_key, struct ls_error *err)
{
	int rc = check_ref(ref_size, err);
	if (rc == 0)
		rc = unmarshal_blob(blob, size, ret_blob, err);
	if (rc == 0)
		rc = check_public(ret_blob, blob, authority, ref, ref_size, err);
	return rc < 0 ? rc : point_key(&ret_blob->public.publicArea.unique.ecc, ret_key, err);
}

int ls_tpm_check_signing_key(const void *blob, size_t size, const struct ls_p256_public *authority,
			     const void *ref, size_t ref_size, struct ls_p256_public *ret_key,
			     struct ls_error *err)
{
	struct key_blob parsed = { 0 };
	return read_blob(blob, size, authority, ref, ref_size, &parsed, ret_key, err);
}

/* --- its use ---------------------------------------------------------------------- */

struct ls_tpm_signing_key {
	struct ls_tpm *tpm; /* borrowed */
	struct ls_p256_public public;
	ESYS_TR object;
	ESYS_TR session;	 /* policy session, kept from one signature to the next */
	TPMT_TK_VERIFIED ticket; /* the TPM's word that the authority signed the approval */
	TPM2B_DIGEST approved;
	TPM2B_NONCE ref;
	TPM2B_NAME authority;
};

/* DER to r and s, as the TPM takes them. */
static int tpm_signature(const struct ls_tpm_approval *a, TPMT_SIGNATURE *ret, struct ls_error *err)
{
	const uint8_t *der = a->signature;
	ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)a->signature_size);
	TPMS_SIGNATURE_ECC *ecdsa = &ret->signature.ecdsa;
	*ret = (TPMT_SIGNATURE){ .sigAlg = TPM2_ALG_ECDSA };
	ecdsa->hash = TPM2_ALG_SHA256;
	ecdsa->signatureR.size = ecdsa->signatureS.size = LS_P256_SCALAR_SIZE;
	bool ok = parsed &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), ecdsa->signatureR.buffer,
			       LS_P256_SCALAR_SIZE) == LS_P256_SCALAR_SIZE &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), ecdsa->signatureS.buffer,
			       LS_P256_SCALAR_SIZE) == LS_P256_SCALAR_SIZE;
	ECDSA_SIG_free(parsed);
	return ok ? 0
		  : ls_fail(err, -EKEYREJECTED, "tpm.approval.signature",
			    "the approval's signature is malformed");
}

/* Before the TPM is asked: its refusal would not say what is wrong. */
static int check_approval(const struct ls_tpm_approval *a, struct ls_digest *ret_digest,
			  struct ls_error *err)
{
	ls_policy_approval_digest(&a->approved, a->ref, a->ref_size, ret_digest);
	if (ls_p256_verify(&a->authority, ret_digest, a->signature, a->signature_size, NULL) == 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "tpm.approval.signature",
		       "the approval is not signed by this policy authority; approve the state "
		       "again with the right authority's key");
}

static int load_authority(struct ls_tpm_signing_key *key, const struct ls_tpm_approval *a,
			  ESYS_TR *ret_object, struct ls_error *err)
{
	uint8_t area[LS_AUTHORITY_PUBLIC_SIZE];
	struct ls_tpm_name name;
	TPM2B_PUBLIC public = { 0 };
	ls_authority_public_area(&a->authority, area);
	TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Unmarshal(area, sizeof(area), NULL, &public.publicArea);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_LoadExternal(ls_tpm_esys(key->tpm), ESYS_TR_NONE, ESYS_TR_NONE,
				       ESYS_TR_NONE, NULL, &public, ESYS_TR_RH_OWNER, ret_object);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(key->tpm, rc, err, "cannot load the policy authority's key");
	ls_authority_name(&a->authority, &name);
	key->authority.size = LS_TPM_NAME_SIZE;
	memcpy(key->authority.name, name.bytes, LS_TPM_NAME_SIZE);
	return 0;
}

/* Let the TPM check the approval; the ticket serves as long as the TPM is not cleared. */
static int take_approval(struct ls_tpm_signing_key *key, const struct ls_tpm_approval *a,
			 struct ls_error *err)
{
	struct ls_digest digest;
	TPMT_SIGNATURE signature;
	ESYS_TR authority = ESYS_TR_NONE;
	TPM2B_DIGEST signed_digest = { .size = LS_DIGEST_SIZE };
	_cleanup_esys_ TPMT_TK_VERIFIED *ticket = NULL;
	int result = check_approval(a, &digest, err);
	if (result == 0)
		result = tpm_signature(a, &signature, err);
	if (result == 0)
		result = load_authority(key, a, &authority, err);
	if (result < 0)
		return result;
	memcpy(signed_digest.buffer, digest.bytes, LS_DIGEST_SIZE);
	TSS2_RC rc = Esys_VerifySignature(ls_tpm_esys(key->tpm), authority, ESYS_TR_NONE,
					  ESYS_TR_NONE, ESYS_TR_NONE, &signed_digest, &signature,
					  &ticket);
	if (rc == TSS2_RC_SUCCESS)
		key->ticket = *ticket;
	else
		result = ls_tpm_fail(key->tpm, rc, err,
				     "the TPM does not accept the policy authority's approval");
	flush_object(key->tpm, authority);
	key->approved.size = LS_DIGEST_SIZE;
	memcpy(key->approved.buffer, a->approved.bytes, LS_DIGEST_SIZE);
	key->ref.size = (UINT16)a->ref_size;
	memcpy(key->ref.buffer, a->ref, a->ref_size);
	return result;
}

static int load_key(struct ls_tpm_signing_key *key, const struct key_blob *blob,
		    struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	int result = open_srk(key->tpm, &srk, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Load(ls_tpm_esys(key->tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			       ESYS_TR_NONE, &blob->private, &blob->public, &key->object);
	if (rc != TSS2_RC_SUCCESS)
		result = ls_tpm_fail(key->tpm, rc, err, "cannot load the signing key");
	forget(key->tpm, &srk);
	return result;
}

int ls_tpm_signing_key_open(struct ls_tpm *tpm, const void *blob, size_t size,
			    const struct ls_tpm_approval *approval,
			    struct ls_tpm_signing_key **ret_key, struct ls_error *err)
{
	struct key_blob parsed = { 0 };
	struct ls_tpm_signing_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "tpm.memory", "out of memory for the signing key");
	key->tpm = tpm;
	key->object = key->session = ESYS_TR_NONE;
	int rc = read_blob(blob, size, &approval->authority, approval->ref, approval->ref_size,
			   &parsed, &key->public, err);
	if (rc == 0)
		rc = take_approval(key, approval, err);
	if (rc == 0)
		rc = load_key(key, &parsed, err);
	if (rc < 0)
		ls_tpm_signing_key_close(key);
	else
		*ret_key = key;
	return rc;
}

static int ensure_session(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	if (key->session != ESYS_TR_NONE)
		return 0;
	TSS2_RC rc = Esys_StartAuthSession(ls_tpm_esys(key->tpm), ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
					   TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &key->session);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(key->tpm, rc, err, "cannot start a policy session");
}

static int satisfy_policy(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	TPM2B_DIGEST current = { 0 }; /* empty: whatever the PCR holds */
	TPML_PCR_SELECTION pcrs = { .count = 1 };
	pcrs.pcrSelections[0].hash = TPM2_ALG_SHA256;
	pcrs.pcrSelections[0].sizeofSelect = 3;
	pcrs.pcrSelections[0].pcrSelect[LS_MEASURED_PCR / 8] = 1u << (LS_MEASURED_PCR % 8);
	TSS2_RC rc = Esys_PolicyPCR(ls_tpm_esys(key->tpm), key->session, ESYS_TR_NONE, ESYS_TR_NONE,
				    ESYS_TR_NONE, &current, &pcrs);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(key->tpm, rc, err, "cannot use the measured state");
	rc = Esys_PolicyAuthorize(ls_tpm_esys(key->tpm), key->session, ESYS_TR_NONE, ESYS_TR_NONE,
				  ESYS_TR_NONE, &key->approved, &key->ref, &key->authority,
				  &key->ticket);
	if (rc == (TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1))
		return ls_fail(err, -EACCES, "tpm.state",
			       "the measured state (PCR %d) is not the approved one; compare it "
			       "with 'labseal status' and approve it if it is meant to be (TPM "
			       "response 0x%x)",
			       LS_MEASURED_PCR, rc);
	return rc == TSS2_RC_SUCCESS ? 0
				     : ls_tpm_fail(key->tpm, rc, err, "cannot use the approval");
}

static int sign_digest(struct ls_tpm_signing_key *key, const struct ls_digest *digest, uint8_t *der,
		       size_t *ret_size, struct ls_error *err)
{
	uint8_t r[LS_P256_SCALAR_SIZE], s[LS_P256_SCALAR_SIZE];
	TPM2B_DIGEST in = { .size = LS_DIGEST_SIZE };
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_ECDSA,
				   .details.ecdsa.hashAlg = TPM2_ALG_SHA256 };
	TPMT_TK_HASHCHECK any = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	_cleanup_esys_ TPMT_SIGNATURE *signature = NULL;
	memcpy(in.buffer, digest->bytes, LS_DIGEST_SIZE);
	TSS2_RC rc = Esys_Sign(ls_tpm_esys(key->tpm), key->object, key->session, ESYS_TR_NONE,
			       ESYS_TR_NONE, &in, &scheme, &any, &signature);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(key->tpm, rc, err, "the TPM does not sign");
	if (signature->sigAlg != TPM2_ALG_ECDSA || pad(&signature->signature.ecdsa.signatureR, r) ||
	    pad(&signature->signature.ecdsa.signatureS, s))
		return ls_fail(err, -EIO, "tpm.signature",
			       "the TPM made another kind of signature");
	return ls_p256_signature_encode(r, s, der, ret_size);
}

/* A session that failed half-way holds who knows what: the next signature gets a new one. */
static void drop_session(struct ls_tpm_signing_key *key)
{
	flush_object(key->tpm, key->session);
	key->session = ESYS_TR_NONE;
}

static int key_sign(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		    struct ls_error *err)
{
	struct ls_tpm_signing_key *key = context;
	int rc = ensure_session(key, err);
	if (rc == 0)
		rc = satisfy_policy(key, err);
	if (rc == 0)
		rc = sign_digest(key, digest, der, ret_size, err);
	if (rc < 0)
		drop_session(key);
	return rc;
}

void ls_tpm_signing_key_signer(struct ls_tpm_signing_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = (struct ls_signer){ .sign = key_sign, .context = key, .key = key->public };
}

void ls_tpm_signing_key_close(struct ls_tpm_signing_key *key)
{
	if (!key)
		return;
	flush_object(key->tpm, key->session);
	flush_object(key->tpm, key->object);
	free(key);
}
