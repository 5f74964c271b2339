/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/seal/certificate_internal.h"
#include "lib/seal/person_signature.h"

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
LS_DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
LS_DEFINE_CLEANUP(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)
LS_DEFINE_CLEANUP(ASN1_OBJECT *, ASN1_OBJECT_free)

static inline void free_stack(STACK_OF(X509) * *stack)
{
	sk_X509_pop_free(*stack, X509_free);
}

#define SECURITY_LEVEL 2 /* OpenSSL's: RSA of 2048 bits, curves of 224, no SHA-1 */

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "countersignature.memory",
		       "out of memory for a countersignature");
}

/* --- the person's certificate ---------------------------------------------------------- */

/* The purposes that a person's certificate may have; one is enough (docs/formats). */
static const char *const purposes[] = {
	"2.5.29.37.0",		   /* any */
	"1.3.6.1.5.5.7.3.2",	   /* TLS client: what smart cards for logging in have */
	"1.3.6.1.5.5.7.3.4",	   /* e-mail protection */
	"1.3.6.1.5.5.7.3.36",	   /* document signing, RFC 9336 */
	"1.3.6.1.4.1.311.10.3.12", /* document signing, as Microsoft has it */
};

static bool has_purpose(const EXTENDED_KEY_USAGE *usage, const char *oid)
{
	_cleanup_(ASN1_OBJECT_free) ASN1_OBJECT *wanted = OBJ_txt2obj(oid, 1);
	for (int i = 0; wanted && i < sk_ASN1_OBJECT_num(usage); i++)
		if (OBJ_cmp(sk_ASN1_OBJECT_value(usage, i), wanted) == 0)
			return true;
	return false;
}

static bool purpose_fits(const X509 *x)
{
	int critical;
	_cleanup_(EXTENDED_KEY_USAGE_free)
		EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);
	bool fits = !usage && critical == -1; /* there is none; -2: two, else: malformed */
	for (size_t i = 0; usage && !fits && i < sizeof(purposes) / sizeof(purposes[0]); i++)
		fits = has_purpose(usage, purposes[i]);
	return fits;
}

/* NULL: it is a person's for signing. */
static const char *why_unfit(const X509 *x, const struct ls_certificate *c)
{
	return c->is_ca || !c->may_sign ? "it is a CA's, or its key usage allows no signatures"
	       : !purpose_fits(x) ? "its extended key usage is for other things than persons' "
				    "signatures (document signing, e-mail, client)"
				  : NULL;
}

int ls_person_certificate_check(struct ls_der certificate, struct ls_error *err)
{
	struct ls_certificate c;
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(certificate);
	int rc = ls_certificate_read_any(certificate, &c, err);
	if (rc < 0)
		return rc;
	const char *why = x ? why_unfit(x, &c) : "it is none";
	return why ? ls_fail(err, -EINVAL, "countersign.usage", "%s", why) : 0;
}

/* --- the path -------------------------------------------------------------------------- */

static int unknown(struct ls_error *err, const char *subject, const char *why)
{
	return ls_fail(err, -ENOKEY, "countersignature.unknown",
		       "the certificate '%s' is of no person whom a person CA of the trust file "
		       "certified for signing: %s",
		       subject, why);
}

/* The CAs of the trust file are where a path may end, whether a root or below one. */
static X509_STORE *make_store(const struct ls_persons *persons, int64_t at)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	for (size_t i = 0; store && i < persons->ca_count; i++) {
		_cleanup_(X509_free) X509 *x = ls_certificate_decode(persons->authorities[i]);
		if (!x || X509_STORE_add_cert(store, x) != 1)
			return NULL;
	}
	if (!store)
		return NULL;
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, (time_t)at);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_depth(param, LS_PERSON_CERTIFICATES_MAX - 1);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	return ls_steal_ptr(&store);
}

static STACK_OF(X509) * make_stack(const struct ls_person_certificates *certificates)
{
	__attribute__((cleanup(free_stack))) STACK_OF(X509) *stack = sk_X509_new_null();
	for (size_t i = 1; stack && i < certificates->count; i++) {
		X509 *x = ls_certificate_decode(certificates->all[i]);
		if (x && sk_X509_push(stack, x) <= 0) {
			X509_free(x);
			return NULL;
		}
	}
	return ls_steal_ptr(&stack);
}

/* Why there is no path, by the certificate at which it ended. */
static int explain(X509_STORE_CTX *ctx, const char *person, int64_t at, struct ls_error *err)
{
	char name[LS_SUBJECT_SIZE] = "", why[2 * LS_SUBJECT_SIZE], utc[LS_UTC_SIZE];
	int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
	const X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	bool missing = error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		       error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
		       error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT;
	if (error == X509_V_ERR_OUT_OF_MEM)
		return fail_memory(err);
	if (x && ls_certificate_name(missing ? X509_get_issuer_name(x) : X509_get_subject_name(x),
				     name) < 0)
		return fail_memory(err);
	if (depth > 0 &&
	    (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID))
		return ls_fail(err, -EKEYREJECTED, "countersignature.expired",
			       "the certificate '%s', by which '%s' is certified, was not valid at "
			       "%s",
			       name, person, ls_utc_format(at, utc));
	snprintf(
		why, sizeof(why),
		missing ? "the certificate of the issuer '%s' is neither in the signature (labseal "
			  "countersign --chain) nor in the trust file"
			: "'%s': %s",
		name, X509_verify_cert_error_string(error));
	return unknown(err, person, why);
}

/* What OpenSSL lets pass for old times' sake: a CA that does not say that it is one. */
static int check_path(const STACK_OF(X509) * path, const struct ls_persons *persons,
		      const char *person, int64_t at, struct ls_error *err)
{
	char name[LS_SUBJECT_SIZE], utc[LS_UTC_SIZE];
	for (int i = 1; i < sk_X509_num(path); i++) {
		struct ls_digest digest;
		unsigned n = LS_DIGEST_SIZE;
		X509 *x = sk_X509_value(path, i);
		if (X509_digest(x, EVP_sha256(), digest.bytes, &n) != 1 ||
		    ls_certificate_name(X509_get_subject_name(x), name) < 0)
			return fail_memory(err);
		if (X509_check_ca(x) != 1)
			return unknown(err, person, "a certificate between does not say CA:TRUE");
		const struct ls_person_revoked *revoked = ls_persons_find_revoked(persons, &digest);
		if (revoked && at >= revoked->at)
			return ls_fail(err, -EKEYREJECTED, "countersignature.revoked",
				       "the certificate '%s', by which '%s' is certified, was "
				       "revoked at %s",
				       name, person, ls_utc_format(revoked->at, utc));
	}
	return 0;
}

int ls_person_chain_check(const struct ls_person_certificates *certificates,
			  const struct ls_persons *persons, int64_t at, struct ls_error *err)
{
	struct ls_certificate c;
	int rc = ls_certificate_read_any(certificates->all[0], &c, err);
	if (rc < 0)
		return rc;
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(certificates->all[0]);
	_cleanup_(X509_STORE_free) X509_STORE *store = make_store(persons, at);
	_cleanup_(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	__attribute__((cleanup(free_stack))) STACK_OF(X509) *others = make_stack(certificates);
	if (!x || !store || !others || !ctx || X509_STORE_CTX_init(ctx, store, x, others) != 1)
		return fail_memory(err);
	const char *why = why_unfit(x, &c);
	if (why)
		return unknown(err, c.subject, why);
	if (X509_verify_cert(ctx) != 1)
		return explain(ctx, c.subject, at, err);
	return check_path(X509_STORE_CTX_get0_chain(ctx), persons, c.subject, at, err);
}
