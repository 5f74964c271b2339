/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/cleanup.h"
#include "lib/hsm/hsm_internal.h"

#define ID_SIZE	   16  /* bytes of a CKA_ID that we make */
#define ID_MAX	   256 /* that we read */
#define FOUND_MAX  2
#define POINT_SIZE (1 + 2 * LS_P256_SCALAR_SIZE) /* 04 || x || y */

/* DER of the OBJECT IDENTIFIER prime256v1 (RFC 5480), as CKA_EC_PARAMS has it. */
static const CK_BYTE p256_parameters[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
					   0xce, 0x3d, 0x03, 0x01, 0x07 };

struct ls_hsm_key {
	struct ls_hsm *hsm; /* borrowed */
	CK_OBJECT_HANDLE private;
	struct ls_p256_public public;
};

/* The values that a private key must have. */
static const struct {
	CK_ATTRIBUTE_TYPE type;
	const char *name;
	CK_BBOOL value;
	bool may_lack; /* younger than what modules have to know */
	bool given;    /* by us, when a key is made; the others are the token's to say */
} rules[] = {
	{ CKA_TOKEN, "CKA_TOKEN", CK_TRUE, false, true },
	{ CKA_PRIVATE, "CKA_PRIVATE", CK_TRUE, false, true },
	{ CKA_SENSITIVE, "CKA_SENSITIVE", CK_TRUE, false, true },
	{ CKA_EXTRACTABLE, "CKA_EXTRACTABLE", CK_FALSE, false, true },
	{ CKA_MODIFIABLE, "CKA_MODIFIABLE", CK_FALSE, false, true },
	{ CKA_SIGN, "CKA_SIGN", CK_TRUE, false, true },
	{ CKA_DECRYPT, "CKA_DECRYPT", CK_FALSE, false, true },
	{ CKA_UNWRAP, "CKA_UNWRAP", CK_FALSE, false, true },
	{ CKA_DERIVE, "CKA_DERIVE", CK_FALSE, false, true },
	{ CKA_SIGN_RECOVER, "CKA_SIGN_RECOVER", CK_FALSE, true, true },
	{ CKA_COPYABLE, "CKA_COPYABLE", CK_FALSE, true, true },
	{ CKA_ALWAYS_SENSITIVE, "CKA_ALWAYS_SENSITIVE", CK_TRUE, false, false },
	{ CKA_NEVER_EXTRACTABLE, "CKA_NEVER_EXTRACTABLE", CK_TRUE, false, false },
	{ CKA_LOCAL, "CKA_LOCAL", CK_TRUE, false, false },
	{ CKA_ALWAYS_AUTHENTICATE, "CKA_ALWAYS_AUTHENTICATE", CK_FALSE, true, false },
};
#define RULE_COUNT (sizeof(rules) / sizeof(rules[0]))

/* --- reading ------------------------------------------------------------------------- */

static CK_RV get(const struct ls_hsm *hsm, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
		 void *value, CK_ULONG *size)
{
	CK_ATTRIBUTE a = { type, value, *size };
	CK_RV rv = hsm->functions->C_GetAttributeValue(hsm->session, object, &a, 1);
	*size = a.ulValueLen;
	return rv == CKR_OK && a.ulValueLen == CK_UNAVAILABLE_INFORMATION
		       ? CKR_ATTRIBUTE_TYPE_INVALID
		       : rv;
}

static int check_rule(const struct ls_hsm_key *key, size_t i, struct ls_error *err)
{
	CK_BBOOL value = CK_FALSE;
	CK_ULONG size = sizeof(value);
	CK_RV rv = get(key->hsm, key->private, rules[i].type, &value, &size);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID && rules[i].may_lack)
		return 0;
	if (rv == CKR_OK && size == sizeof(value) && !value == !rules[i].value)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "hsm.key.attribute",
		       "the key '%s' in the token '%s' has not %s = %s, so it %s; let labseal make "
		       "a key under another label",
		       key->hsm->place.label, key->hsm->place.token, rules[i].name,
		       rules[i].value ? "true" : "false",
		       rv == CKR_OK ? "can do more than sign, or can leave the token"
				    : "is not known to be one that only signs and stays");
}

static int check_rules(const struct ls_hsm_key *key, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < RULE_COUNT; i++)
		rc = check_rule(key, i, err);
	return rc;
}

static int check_curve(const struct ls_hsm_key *key, struct ls_error *err)
{
	CK_KEY_TYPE type = 0;
	CK_BYTE parameters[64];
	CK_ULONG size = sizeof(type), n = sizeof(parameters);
	CK_RV rv = get(key->hsm, key->private, CKA_KEY_TYPE, &type, &size);
	if (rv == CKR_OK && type == CKK_EC)
		rv = get(key->hsm, key->private, CKA_EC_PARAMS, parameters, &n);
	if (rv == CKR_OK && type == CKK_EC && n == sizeof(p256_parameters) &&
	    memcmp(parameters, p256_parameters, n) == 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "hsm.key.curve",
		       "the key '%s' in the token '%s' is %s, and labseal needs one on P-256 "
		       "(ECDSA); let labseal make a key under another label",
		       key->hsm->place.label, key->hsm->place.token,
		       type == CKK_EC_EDWARDS ? "an Edwards key (Ed25519)"
		       : type == CKK_RSA      ? "an RSA key"
		       : type == CKK_EC	      ? "on another curve"
					      : "of another kind");
}

/* --- finding ------------------------------------------------------------------------- */

static int find(struct ls_hsm *hsm, CK_ATTRIBUTE *template, CK_ULONG count,
		CK_OBJECT_HANDLE objects[static FOUND_MAX], CK_ULONG *ret_count,
		struct ls_error *err)
{
	CK_FUNCTION_LIST *f = hsm->functions;
	CK_RV rv = f->C_FindObjectsInit(hsm->session, template, count);
	if (rv == CKR_OK) {
		rv = f->C_FindObjects(hsm->session, objects, FOUND_MAX, ret_count);
		f->C_FindObjectsFinal(hsm->session);
	}
	return rv == CKR_OK ? 0 : ls_hsm_fail(hsm, rv, err, "cannot look for a key in");
}

static int find_private(struct ls_hsm *hsm, CK_OBJECT_HANDLE *ret_object, CK_ULONG *ret_count,
			struct ls_error *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_OBJECT_HANDLE found[FOUND_MAX] = { 0 };
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, hsm->place.label, strlen(hsm->place.label) },
	};
	*ret_count = 0;
	int rc = find(hsm, template, 2, found, ret_count, err);
	*ret_object = found[0];
	return rc;
}

static int find_one_private(struct ls_hsm *hsm, CK_OBJECT_HANDLE *ret_object, struct ls_error *err)
{
	CK_ULONG count;
	int rc = find_private(hsm, ret_object, &count, err);
	if (rc < 0)
		return rc;
	if (count == 0)
		return ls_fail(
			err, -ENOENT, "hsm.key.missing",
			"there is no private key '%s' in the token '%s'; 'labseal provision' "
			"makes one",
			hsm->place.label, hsm->place.token);
	if (count > 1)
		return ls_fail(
			err, -EEXIST, "hsm.key.twice",
			"there are two private keys '%s' in the token '%s', and labseal does "
			"not guess; give one another label",
			hsm->place.label, hsm->place.token);
	return 0;
}

/* The point of CKA_EC_POINT: in an OCTET STRING, as the standard says, or bare, as some have it. */
static int parse_point(const CK_BYTE *value, CK_ULONG n, struct ls_p256_public *ret,
		       struct ls_error *err)
{
	if (n == POINT_SIZE + 2 && value[0] == 0x04 && value[1] == POINT_SIZE) {
		value += 2;
		n -= 2;
	}
	if (n != POINT_SIZE || value[0] != 0x04)
		return ls_fail(err, -EBADMSG, "hsm.key.public",
			       "its public half is no uncompressed point on P-256");
	return ls_p256_public_from_point(value + 1, value + 1 + LS_P256_SCALAR_SIZE, ret, err);
}

/* The public key that has the private one's CKA_ID. */
static int read_public(struct ls_hsm_key *key, struct ls_error *err)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE found[FOUND_MAX];
	CK_BYTE id[ID_MAX], point[POINT_SIZE + 8];
	CK_ULONG id_size = sizeof(id), size = sizeof(point), count = 0;
	int rc = 0;
	if (get(key->hsm, key->private, CKA_ID, id, &id_size) == CKR_OK) {
		CK_ATTRIBUTE template[] = { { CKA_CLASS, &class, sizeof(class) },
					    { CKA_ID, id, id_size } };
		rc = find(key->hsm, template, 2, found, &count, err);
	}
	if (rc == 0 &&
	    (count == 0 || get(key->hsm, found[0], CKA_EC_POINT, point, &size) != CKR_OK))
		rc = ls_fail(err, -ENOENT, "hsm.key.public",
			     "its public half, with the same CKA_ID, is not in the token");
	if (rc == 0)
		rc = parse_point(point, size, &key->public, err);
	if (rc < 0)
		ls_error_prefix(err, "the key '%s' in the token '%s'", key->hsm->place.label,
				key->hsm->place.token);
	return rc;
}

static int check_key(struct ls_hsm_key *key, struct ls_error *err)
{
	int rc = check_curve(key, err);
	if (rc == 0)
		rc = check_rules(key, err);
	return rc < 0 ? rc : read_public(key, err);
}

static struct ls_hsm_key *new_key(struct ls_hsm *hsm, struct ls_error *err)
{
	struct ls_hsm_key *key = calloc(1, sizeof(*key));
	if (!key)
		ls_fail(err, -ENOMEM, "hsm.memory", "out of memory for a key");
	else
		key->hsm = hsm;
	return key;
}

int ls_hsm_key_open(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err)
{
	_cleanup_hsm_key_ struct ls_hsm_key *key = new_key(hsm, err);
	if (!key)
		return -ENOMEM;
	int rc = find_one_private(hsm, &key->private, err);
	if (rc == 0)
		rc = check_key(key, err);
	if (rc == 0)
		*ret_key = ls_steal_ptr(&key);
	return rc;
}

void ls_hsm_key_free(struct ls_hsm_key *key)
{
	free(key);
}

/* --- making --------------------------------------------------------------------------- */

static CK_RV generate(struct ls_hsm *hsm, CK_BYTE id[static ID_SIZE], bool all,
		      CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_MECHANISM mechanism = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE label = { CKA_LABEL, hsm->place.label, strlen(hsm->place.label) };
	CK_ATTRIBUTE named = { CKA_ID, id, ID_SIZE };
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
		{ CKA_EC_PARAMS, (void *)p256_parameters, sizeof(p256_parameters) },
		label,
		named,
	};
	CK_ATTRIBUTE private[RULE_COUNT + 2] = { label, named };
	CK_ULONG count = 2;
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (rules[i].given && (all || !rules[i].may_lack))
	private[count++] = (CK_ATTRIBUTE){ rules[i].type, rules[i].value ? &yes : &no,
					   sizeof(CK_BBOOL) };
	return hsm->functions->C_GenerateKeyPair(hsm->session, &mechanism, public,
						 sizeof(public) / sizeof(public[0]), private, count,
						 ret_public, ret_private);
}

static int refuse_second(struct ls_hsm *hsm, struct ls_error *err)
{
	CK_OBJECT_HANDLE object;
	CK_ULONG count;
	int rc = find_private(hsm, &object, &count, err);
	if (rc == 0 && count > 0)
		rc = ls_fail(err, -EEXIST, "hsm.key.exists",
			     "there is a private key '%s' in the token '%s' already",
			     hsm->place.label, hsm->place.token);
	return rc;
}

int ls_hsm_key_make(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err)
{
	CK_BYTE id[ID_SIZE];
	CK_OBJECT_HANDLE public;
	_cleanup_hsm_key_ struct ls_hsm_key *key = new_key(hsm, err);
	int rc = key ? refuse_second(hsm, err) : -ENOMEM;
	if (rc < 0)
		return rc;
	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return ls_fail_errno(err, EIO, "hsm.random", "cannot number a key");
	CK_RV rv = generate(hsm, id, true, &public, &key->private);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_TEMPLATE_INCONSISTENT)
		rv = generate(hsm, id, false, &public, &key->private);
	if (rv != CKR_OK)
		return ls_hsm_fail(hsm, rv, err, "cannot make a key in");
	rc = check_key(key, err);
	if (rc < 0) {
		hsm->functions->C_DestroyObject(hsm->session, key->private);
		hsm->functions->C_DestroyObject(hsm->session, public);
		return rc;
	}
	*ret_key = ls_steal_ptr(&key);
	return 0;
}

/* --- signing --------------------------------------------------------------------------- */

static int key_sign(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		    struct ls_error *err)
{
	const struct ls_hsm_key *key = context;
	CK_FUNCTION_LIST *f = key->hsm->functions;
	CK_MECHANISM mechanism = { CKM_ECDSA, NULL, 0 };
	CK_BYTE in[LS_DIGEST_SIZE], raw[2 * LS_P256_SCALAR_SIZE];
	CK_ULONG size = sizeof(raw);
	memcpy(in, digest->bytes, sizeof(in));
	CK_RV rv = f->C_SignInit(key->hsm->session, &mechanism, key->private);
	if (rv == CKR_OK)
		rv = f->C_Sign(key->hsm->session, in, sizeof(in), raw, &size);
	if (rv != CKR_OK)
		return ls_hsm_fail(key->hsm, rv, err, "cannot sign with");
	if (size != sizeof(raw))
		return ls_fail(err, -EIO, "hsm.failed",
			       "the token '%s' made another kind of signature",
			       key->hsm->place.token);
	return ls_p256_signature_encode(raw, raw + LS_P256_SCALAR_SIZE, der, ret_size);
}

void ls_hsm_key_signer(struct ls_hsm_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = (struct ls_signer){ .sign = key_sign, .context = key, .key = key->public };
}
