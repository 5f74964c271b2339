/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "lib/base/cleanup.h"
#include "lib/hsm/hsm_internal.h"

#define ID_SIZE	   16  /* bytes of a CKA_ID that we make */
#define ID_MAX	   256 /* that we read */
#define FOUND_MAX  2
#define POINT_SIZE (1 + 2 * LS_P256_SCALAR_SIZE) /* 04 || x || y */
#define POINT_MAX  (POINT_SIZE + 8)

/* DER of the OBJECT IDENTIFIER prime256v1 (RFC 5480), as CKA_EC_PARAMS has it. */
static const CK_BYTE p256_parameters[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
					   0xce, 0x3d, 0x03, 0x01, 0x07 };

/* DER of the PrintableString that PKCS#11 3.0, 2.3.5, has for Ed25519, */
static const CK_BYTE ed25519_parameters[] = { 0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
					      'd',  's',  '2', '5', '5', '1', '9' };

static const struct curve {
	const char *name;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE make, sign;
	const CK_BYTE *parameters;
	CK_ULONG parameters_size;
	CK_ULONG point_size;
} p256 = { "P-256 (ECDSA)",	    CKK_EC,    CKM_EC_KEY_PAIR_GEN, CKM_ECDSA, p256_parameters,
	   sizeof(p256_parameters), POINT_SIZE },
  ed25519 = { "Ed25519",	  CKK_EC_EDWARDS,     CKM_EC_EDWARDS_KEY_PAIR_GEN,
	      CKM_EDDSA,	  ed25519_parameters, sizeof(ed25519_parameters),
	      LS_ED25519_KEY_SIZE };

struct ls_hsm_key {
	struct ls_hsm *hsm; /* borrowed */
	const struct curve *curve;
	char label[LS_HSM_LABEL_SIZE];
	CK_OBJECT_HANDLE private;
	struct ls_p256_public public; /* the one of the two that is the curve's */
	struct ls_ed25519_public ed25519;
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
		       key->label, key->hsm->place.token, rules[i].name,
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
	const struct curve *curve = key->curve;
	if (rv == CKR_OK && type == curve->type)
		rv = get(key->hsm, key->private, CKA_EC_PARAMS, parameters, &n);
	if (rv == CKR_OK && type == curve->type && n == curve->parameters_size &&
	    memcmp(parameters, curve->parameters, n) == 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "hsm.key.curve",
		       "the key '%s' in the token '%s' is %s, and labseal needs one on %s; let "
		       "labseal make a key under another label",
		       key->label, key->hsm->place.token,
		       type == CKK_EC_EDWARDS ? "an Edwards key (Ed25519)"
		       : type == CKK_RSA      ? "an RSA key"
		       : type == CKK_EC	      ? "on another curve"
					      : "of another kind",
		       curve->name);
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

static int find_private(struct ls_hsm_key *key, CK_OBJECT_HANDLE *ret_object, CK_ULONG *ret_count,
			struct ls_error *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_OBJECT_HANDLE found[FOUND_MAX] = { 0 };
	CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, &class, sizeof(class) },
		{ CKA_LABEL, key->label, strlen(key->label) },
	};
	*ret_count = 0;
	int rc = find(key->hsm, template, 2, found, ret_count, err);
	*ret_object = found[0];
	return rc;
}

static int find_one_private(struct ls_hsm_key *key, struct ls_error *err)
{
	CK_ULONG count;
	int rc = find_private(key, &key->private, &count, err);
	if (rc < 0)
		return rc;
	if (count == 0)
		return ls_fail(
			err, -ENOENT, "hsm.key.missing",
			"there is no private key '%s' in the token '%s'; 'labseal provision' "
			"makes one",
			key->label, key->hsm->place.token);
	if (count > 1)
		return ls_fail(
			err, -EEXIST, "hsm.key.twice",
			"there are two private keys '%s' in the token '%s', and labseal does "
			"not guess; give one another label",
			key->label, key->hsm->place.token);
	return 0;
}

/* The point of CKA_EC_POINT: in an OCTET STRING, as the standard says, or bare, as some have it. */
static int parse_point(const CK_BYTE *value, CK_ULONG n, struct ls_hsm_key *key,
		       struct ls_error *err)
{
	CK_ULONG size = key->curve->point_size;
	if (n == size + 2 && value[0] == 0x04 && value[1] == size) {
		value += 2;
		n -= 2;
	}
	if (n != size || (key->curve == &p256 && value[0] != 0x04))
		return ls_fail(err, -EBADMSG, "hsm.key.public", "its public half is no %s on %s",
			       key->curve == &p256 ? "uncompressed point" : "point",
			       key->curve->name);
	if (key->curve == &p256)
		return ls_p256_public_from_point(value + 1, value + 1 + LS_P256_SCALAR_SIZE,
						 &key->public, err);
	memcpy(key->ed25519.bytes, value, size);
	return 0;
}

/* The public key that has the private one's CKA_ID. */
static int read_public(struct ls_hsm_key *key, struct ls_error *err)
{
	CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_OBJECT_HANDLE found[FOUND_MAX];
	CK_BYTE id[ID_MAX], point[POINT_MAX];
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
		rc = parse_point(point, size, key, err);
	if (rc < 0)
		ls_error_prefix(err, "the key '%s' in the token '%s'", key->label,
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

static struct ls_hsm_key *new_key(struct ls_hsm *hsm, const struct curve *curve, const char *label,
				  struct ls_error *err)
{
	struct ls_hsm_key *key = calloc(1, sizeof(*key));
	if (!key) {
		ls_fail(err, -ENOMEM, "hsm.memory", "out of memory for a key");
		return NULL;
	}
	key->hsm = hsm;
	key->curve = curve;
	snprintf(key->label, sizeof(key->label), "%s", label);
	return key;
}

static int open_key(struct ls_hsm *hsm, const struct curve *curve, const char *label,
		    struct ls_hsm_key **ret_key, struct ls_error *err)
{
	_cleanup_hsm_key_ struct ls_hsm_key *key = new_key(hsm, curve, label, err);
	if (!key)
		return -ENOMEM;
	int rc = find_one_private(key, err);
	if (rc == 0)
		rc = check_key(key, err);
	if (rc == 0)
		*ret_key = ls_steal_ptr(&key);
	return rc;
}

int ls_hsm_key_open(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err)
{
	return ls_hsm_p256_open(hsm, hsm->place.label, ret_key, err);
}

int ls_hsm_p256_open(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
		     struct ls_error *err)
{
	return open_key(hsm, &p256, label, ret_key, err);
}

int ls_hsm_ed25519_open(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
			struct ls_error *err)
{
	return open_key(hsm, &ed25519, label, ret_key, err);
}

void ls_hsm_key_free(struct ls_hsm_key *key)
{
	free(key);
}

/* --- making --------------------------------------------------------------------------- */

static CK_RV generate(struct ls_hsm_key *key, CK_BYTE id[static ID_SIZE], bool all,
		      CK_OBJECT_HANDLE *ret_public)
{
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	const struct curve *curve = key->curve;
	CK_MECHANISM mechanism = { curve->make, NULL, 0 };
	CK_ATTRIBUTE label = { CKA_LABEL, key->label, strlen(key->label) };
	CK_ATTRIBUTE named = { CKA_ID, id, ID_SIZE };
	CK_ATTRIBUTE public[] = {
		{ CKA_TOKEN, &yes, sizeof(yes) },
		{ CKA_VERIFY, &yes, sizeof(yes) },
		{ CKA_EC_PARAMS, (void *)curve->parameters, curve->parameters_size },
		label,
		named,
	};
	CK_ATTRIBUTE private[RULE_COUNT + 2] = { label, named };
	CK_ULONG count = 2;
	for (size_t i = 0; i < RULE_COUNT; i++)
		if (rules[i].given && (all || !rules[i].may_lack))
	private[count++] = (CK_ATTRIBUTE){ rules[i].type, rules[i].value ? &yes : &no,
					   sizeof(CK_BBOOL) };
	return key->hsm->functions->C_GenerateKeyPair(key->hsm->session, &mechanism, public,
						      sizeof(public) / sizeof(public[0]), private,
						      count, ret_public, &key->private);
}

static int refuse_second(struct ls_hsm_key *key, struct ls_error *err)
{
	CK_OBJECT_HANDLE object;
	CK_ULONG count;
	int rc = find_private(key, &object, &count, err);
	if (rc == 0 && count > 0)
		rc = ls_fail(err, -EEXIST, "hsm.key.exists",
			     "there is a private key '%s' in the token '%s' already", key->label,
			     key->hsm->place.token);
	return rc;
}

static int generate_in(struct ls_hsm_key *key, struct ls_error *err)
{
	CK_BYTE id[ID_SIZE];
	CK_OBJECT_HANDLE public;
	struct ls_hsm *hsm = key->hsm;
	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return ls_fail_errno(err, EIO, "hsm.random", "cannot number a key");
	CK_RV rv = generate(key, id, true, &public);
	if (rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_TEMPLATE_INCONSISTENT)
		rv = generate(key, id, false, &public);
	if (rv == CKR_MECHANISM_INVALID && key->curve == &ed25519)
		return ls_fail(err, -ENOTSUP, "hsm.ed25519",
			       "the token '%s' cannot make Ed25519 keys; leave 'signing.ed25519' "
			       "out of the policy, or --ed25519-key out of the command",
			       hsm->place.token);
	if (rv != CKR_OK)
		return ls_hsm_fail(hsm, rv, err, "cannot make a key in");
	int rc = check_key(key, err);
	if (rc < 0) {
		hsm->functions->C_DestroyObject(hsm->session, key->private);
		hsm->functions->C_DestroyObject(hsm->session, public);
	}
	return rc;
}

static int make_key(struct ls_hsm *hsm, const struct curve *curve, const char *label,
		    struct ls_hsm_key **ret_key, struct ls_error *err)
{
	_cleanup_hsm_key_ struct ls_hsm_key *key = new_key(hsm, curve, label, err);
	int rc = key ? refuse_second(key, err) : -ENOMEM;
	if (rc == 0)
		rc = generate_in(key, err);
	if (rc == 0)
		*ret_key = ls_steal_ptr(&key);
	return rc;
}

int ls_hsm_key_make(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err)
{
	return ls_hsm_p256_make(hsm, hsm->place.label, ret_key, err);
}

int ls_hsm_p256_make(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
		     struct ls_error *err)
{
	return make_key(hsm, &p256, label, ret_key, err);
}

int ls_hsm_ed25519_make(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
			struct ls_error *err)
{
	return make_key(hsm, &ed25519, label, ret_key, err);
}

/* --- signing --------------------------------------------------------------------------- */

/* raw has room for both kinds of signature, which are of the same size. */
static int sign(const struct ls_hsm_key *key, const void *bytes, size_t n,
		CK_BYTE raw[static LS_ED25519_SIGNATURE_SIZE], struct ls_error *err)
{
	CK_FUNCTION_LIST *f = key->hsm->functions;
	CK_MECHANISM mechanism = { key->curve->sign, NULL, 0 };
	CK_ULONG size = LS_ED25519_SIGNATURE_SIZE;
	CK_RV rv = f->C_SignInit(key->hsm->session, &mechanism, key->private);
	if (rv == CKR_OK) /* not const in the standard, and never written to */
		rv = f->C_Sign(key->hsm->session, (CK_BYTE *)bytes, n, raw, &size);
	if (rv != CKR_OK)
		return ls_hsm_fail(key->hsm, rv, err, "cannot sign with");
	if (size != LS_ED25519_SIGNATURE_SIZE)
		return ls_fail(err, -EIO, "hsm.failed",
			       "the token '%s' made another kind of signature",
			       key->hsm->place.token);
	return 0;
}

_Static_assert(2 * LS_P256_SCALAR_SIZE == LS_ED25519_SIGNATURE_SIZE, "one size");

static int key_sign(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		    struct ls_error *err)
{
	CK_BYTE raw[LS_ED25519_SIGNATURE_SIZE];
	int rc = sign(context, digest->bytes, LS_DIGEST_SIZE, raw, err);
	return rc < 0 ? rc
		      : ls_p256_signature_encode(raw, raw + LS_P256_SCALAR_SIZE, der, ret_size);
}

void ls_hsm_key_signer(struct ls_hsm_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = (struct ls_signer){ .sign = key_sign, .context = key, .key = key->public };
}

static int ed25519_sign(void *context, const void *message, size_t n,
			uint8_t signature[LS_ED25519_SIGNATURE_SIZE], struct ls_error *err)
{
	return sign(context, message, n, signature, err);
}

void ls_hsm_ed25519_signer(struct ls_hsm_key *key, struct ls_ed25519_signer *ret_signer)
{
	*ret_signer = (struct ls_ed25519_signer){ ed25519_sign, key, key->ed25519 };
}
