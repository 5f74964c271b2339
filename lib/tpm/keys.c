/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/keys.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "lib/tpm/keys_internal.h"

#define STORAGE_ATTRIBUTES                                                                  \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define SIGNING_ATTRIBUTES                                                                  \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_SIGN_ENCRYPT | TPMA_OBJECT_NODA)

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

void ls_tpm_forget(struct ls_tpm *tpm, ESYS_TR *object)
{
	if (*object != ESYS_TR_NONE)
		Esys_TR_Close(ls_tpm_esys(tpm), object);
}

void ls_tpm_flush(struct ls_tpm *tpm, ESYS_TR object)
{
	if (object != ESYS_TR_NONE)
		Esys_FlushContext(ls_tpm_esys(tpm), object);
}

int ls_tpm_open_handle(struct ls_tpm *tpm, uint32_t handle, const char *what, ESYS_TR *ret_object,
		       struct ls_error *err)
{
	TSS2_RC rc = Esys_TR_FromTPMPublic(ls_tpm_esys(tpm), handle, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ret_object);
	return rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, what);
}

int ls_tpm_open_srk(struct ls_tpm *tpm, ESYS_TR *ret_srk, struct ls_error *err)
{
	return ls_tpm_open_handle(tpm, LS_TPM_SRK_HANDLE,
				  "cannot find the storage root key in the TPM", ret_srk, err);
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
	ls_tpm_flush(tpm, made);
	ls_tpm_forget(tpm, &persistent);
	return result;
}

int ls_tpm_ensure_srk(struct ls_tpm *tpm, int *ret_created, struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	struct ls_error absent = { 0 };
	int rc = ls_tpm_open_srk(tpm, &srk, &absent);
	int created = rc == -ENOENT;
	if (created)
		rc = create_srk(tpm, err);
	else if (rc < 0)
		return ls_fail(err, rc, absent.id, "%s", absent.message);
	else
		rc = check_srk(tpm, srk, err);
	ls_tpm_forget(tpm, &srk);
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

int ls_tpm_pad(const TPM2B_ECC_PARAMETER *in, uint8_t out[static LS_P256_SCALAR_SIZE])
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
	if (ls_tpm_pad(&point->x, x) < 0 || ls_tpm_pad(&point->y, y) < 0)
		return ls_fail(err, -EBADMSG, "tpm.key.point", "the TPM's key is no P-256 key");
	return ls_p256_public_from_point(x, y, ret_key, err);
}

int ls_tpm_marshal_blob(const TPM2B_PUBLIC *public, const TPM2B_PRIVATE *private,
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

/* What TPM2_Create gives; each is to be freed. */
struct created {
	TPM2B_PRIVATE *private;
	TPM2B_PUBLIC *public;
	TPM2B_CREATION_DATA *data;
	TPM2B_DIGEST *hash;
	TPMT_TK_CREATION *ticket;
};

static void created_free(struct created *c)
{
	Esys_Free(c->private);
	Esys_Free(c->public);
	Esys_Free(c->data);
	Esys_Free(c->hash);
	Esys_Free(c->ticket);
}

/* Let the attestation key vouch for what was just made. */
static int certify(struct ls_tpm *tpm, ESYS_TR srk, const struct created *c,
		   const struct ls_digest *qualifying, struct ls_tpm_attested *ret_attested,
		   struct ls_error *err)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc = Esys_Load(ls_tpm_esys(tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       c->private, c->public, &object);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot load the signing key");
	int result = ls_tpm_certify_creation(tpm, object, c->hash, c->ticket, qualifying,
					     ret_attested, err);
	ls_tpm_flush(tpm, object);
	return result;
}

/* The certificate as lib/attest/creation.h has it. */
static int make_certificate(struct ls_tpm *tpm, ESYS_TR srk, const struct created *c,
			    struct ls_buffer *out, struct ls_error *err)
{
	uint8_t public[sizeof(TPM2B_PUBLIC)], data[sizeof(TPM2B_CREATION_DATA)];
	size_t public_size = 0, data_size = 0;
	struct ls_digest qualifying;
	struct ls_tpm_attested attested = { 0 };
	if (Tss2_MU_TPM2B_PUBLIC_Marshal(c->public, public, sizeof(public), &public_size) !=
		    TSS2_RC_SUCCESS ||
	    Tss2_MU_TPM2B_CREATION_DATA_Marshal(c->data, data, sizeof(data), &data_size) !=
		    TSS2_RC_SUCCESS)
		return ls_fail(err, -EIO, "tpm.key.marshal", "cannot write the TPM's key down");
	ls_sha256_buffer(public, public_size, &qualifying);
	int rc = certify(tpm, srk, c, &qualifying, &attested, err);
	if (rc < 0)
		return rc;
	ls_buffer_add(out, public, public_size);
	ls_buffer_add(out, data, data_size);
	ls_buffer_add_be16(out, (uint16_t)attested.attest_size);
	ls_buffer_add(out, attested.attest, attested.attest_size);
	ls_buffer_add(out, attested.signature, LS_TPM_SIGNATURE_SIZE);
	return ls_buffer_error(out) == 0
		       ? 0
		       : ls_fail(err, ls_buffer_error(out), "tpm.key.memory",
				 "no room for the signing key's creation certificate");
}

static int create_under(struct ls_tpm *tpm, ESYS_TR srk, const TPM2B_PUBLIC *template,
			struct ls_buffer *blob, struct ls_buffer *certificate,
			struct ls_p256_public *ret_key, struct ls_error *err)
{
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	__attribute__((cleanup(created_free))) struct created c = { 0 };
	TSS2_RC rc = Esys_Create(ls_tpm_esys(tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				 ESYS_TR_NONE, &sensitive, template, &outside, &pcrs, &c.private,
				 &c.public, &c.data, &c.hash, &c.ticket);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot create the signing key");
	int result = certificate ? make_certificate(tpm, srk, &c, certificate, err) : 0;
	if (result == 0)
		result = ls_tpm_marshal_blob(c.public, c.private, blob, err);
	return result < 0 ? result : point_key(&c.public->publicArea.unique.ecc, ret_key, err);
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
			      struct ls_buffer *certificate, struct ls_p256_public *ret_key,
			      struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	int rc = check_ref(ref_size, err);
	if (rc == 0)
		rc = ls_tpm_open_srk(tpm, &srk, err);
	if (rc < 0)
		return rc;
	TPM2B_PUBLIC template = signing_template(authority, ref, ref_size);
	rc = create_under(tpm, srk, &template, blob, certificate, ret_key, err);
	ls_tpm_forget(tpm, &srk);
	return rc;
}

int ls_tpm_unmarshal_blob(const void *blob, size_t size, struct ls_tpm_key_blob *ret,
			  struct ls_error *err)
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

bool ls_tpm_blob_is(const struct ls_tpm_key_blob *parsed, const void *blob, TPM2B_PUBLIC *wanted)
{
	uint8_t bytes[sizeof(TPM2B_PUBLIC)];
	size_t n = 0;
	wanted->publicArea.unique = parsed->public.publicArea.unique;
	return parsed->public.publicArea.type == wanted->publicArea.type &&
	       Tss2_MU_TPM2B_PUBLIC_Marshal(wanted, bytes, sizeof(bytes), &n) == TSS2_RC_SUCCESS &&
	       n == parsed->public_size && memcmp(bytes, blob, n) == 0;
}

static int check_public(const struct ls_tpm_key_blob *key, const void *blob,
			const struct ls_p256_public *authority, const void *ref, size_t ref_size,
			struct ls_error *err)
{
	TPM2B_PUBLIC wanted = signing_template(authority, ref, ref_size);
	if (ls_tpm_blob_is(key, blob, &wanted))
		return 0;
	return ls_fail(err, -EBADMSG, "tpm.key.other",
		       "the stored signing key is not one that this policy authority's approvals "
		       "guard, or may leave its TPM; provision again");
}

int ls_tpm_read_key_blob(const void *blob, size_t size, const struct ls_p256_public *authority,
			 const void *ref, size_t ref_size, struct ls_tpm_key_blob *ret_blob,
			 struct ls_p256_public *ret_key, struct ls_error *err)
{
	int rc = check_ref(ref_size, err);
	if (rc == 0)
		rc = ls_tpm_unmarshal_blob(blob, size, ret_blob, err);
	if (rc == 0)
		rc = check_public(ret_blob, blob, authority, ref, ref_size, err);
	return rc < 0 ? rc : point_key(&ret_blob->public.publicArea.unique.ecc, ret_key, err);
}

int ls_tpm_check_signing_key(const void *blob, size_t size, const struct ls_p256_public *authority,
			     const void *ref, size_t ref_size, struct ls_p256_public *ret_key,
			     struct ls_error *err)
{
	struct ls_tpm_key_blob parsed = { 0 };
	return ls_tpm_read_key_blob(blob, size, authority, ref, ref_size, &parsed, ret_key, err);
}
