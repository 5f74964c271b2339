/* SPDX-License-Identifier: Apache-2.0 */
/* The signer's certificate: its path to an authority that is believed, as of the time of signing.
 */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "audit/dcc/signature_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define STRENGTH 2 /* OpenSSL's level: 112 bits, no SHA-1 */

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
LS_DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

static void free_crls(STACK_OF(X509_CRL) * *crls)
{
	sk_X509_CRL_pop_free(*crls, X509_CRL_free);
}

static void show(const char *bytes, size_t n, char text[static LS_SUBJECT_SIZE])
{
	struct ls_buffer plain;
	ls_buffer_init(&plain, LS_SUBJECT_SIZE);
	(void)ls_text_plain(bytes, n, LS_SUBJECT_SIZE - 1, &plain);
	snprintf(text, LS_SUBJECT_SIZE, "%s", ls_buffer_str(&plain));
	ls_buffer_free(&plain);
}

void ls_dcc_subject(X509_NAME *name, char text[static LS_SUBJECT_SIZE])
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;
	long n = 0;
	text[0] = '\0';
	/* RFC 2253's escapes without those of UTF-8, so that names stay readable */
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_get_mem_data(bio, &bytes);
	if (n > 0)
		show(bytes, (size_t)n, text);
}

void ls_dcc_organisation(X509_NAME *name, char text[static LS_SUBJECT_SIZE])
{
	int i = X509_NAME_get_index_by_NID(name, NID_organizationName, -1);
	text[0] = '\0';
	if (i < 0 || X509_NAME_get_index_by_NID(name, NID_organizationName, i) >= 0)
		return;
	unsigned char *utf8 = NULL;
	int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)));
	if (n > 0)
		show((const char *)utf8, (size_t)n, text);
	if (n <= 0 || strlen(text) != (size_t)n || memcmp(text, utf8, (size_t)n) != 0)
		text[0] = '\0';
	OPENSSL_free(utf8);
}

static int bad_trust(const char *what, size_t i, struct ls_error *err)
{
	ERR_clear_error();
	return ls_fail(err, -EINVAL, "cal.dcc.trust", "%s %zu is malformed", what, i + 1);
}

static X509 *decode(struct ls_der der)
{
	const unsigned char *p = der.bytes;
	X509 *x = d2i_X509(NULL, &p, (long)der.size);
	if (x && p != der.bytes + der.size) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

static int make_store(const struct ls_dcc_trust *trust, int64_t time, X509_STORE **ret_store,
		      struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	if (!store)
		return -ENOMEM;
	for (size_t i = 0; i < trust->authority_count; i++) {
		_cleanup_(X509_free) X509 *x = decode(trust->authorities[i]);
		if (!x || X509_STORE_add_cert(store, x) != 1)
			return bad_trust("the authority's certificate", i, err);
	}
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, (time_t)time);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_auth_level(param, STRENGTH);
	*ret_store = ls_steal_ptr(&store);
	return 0;
}

static int decode_crls(const struct ls_dcc_trust *trust, STACK_OF(X509_CRL) * crls,
		       struct ls_error *err)
{
	for (size_t i = 0; i < trust->crl_count; i++) {
		const unsigned char *p = trust->crls[i].bytes;
		X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)trust->crls[i].size);
		if (!crl || p != trust->crls[i].bytes + trust->crls[i].size ||
		    sk_X509_CRL_push(crls, crl) <= 0) {
			X509_CRL_free(crl);
			return bad_trust("the revocation list", i, err);
		}
	}
	return 0;
}

/* Why OpenSSL found no path, in the words of what can be done. */
static int judge_path(X509_STORE_CTX *ctx, struct ls_dcc_signature *s)
{
	int why = X509_STORE_CTX_get_error(ctx);
	char at[LS_UTC_SIZE];
	ls_utc_format(s->time, at);
	ERR_clear_error();
	switch (why) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.authority",
				    "the signer's certificate chains to no authority that is "
				    "named as believed");
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.expired",
				    "a certificate of the signer's path was not valid at %s, when "
				    "it was signed",
				    at);
	default:
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.path",
				    "the signer's certificate does not hold: %s",
				    X509_verify_cert_error_string(why));
	}
}

static int check_usage(X509 *signer, struct ls_dcc_signature *s)
{
	uint32_t usage = X509_get_key_usage(signer); /* all bits when it says none */
	if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) && X509_check_ca(signer) == 0)
		return 0;
	return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.usage",
			    "the signer's certificate is not for signing documents");
}

static void note_authority(X509 *anchor, const struct ls_dcc_trust *trust,
			   struct ls_dcc_signature *s)
{
	ls_dcc_subject(X509_get_subject_name(anchor), s->authority_name);
	for (size_t i = 0; i < trust->authority_count && !s->has_authority; i++) {
		_cleanup_(X509_free) X509 *x = decode(trust->authorities[i]);
		s->has_authority = x && X509_cmp(x, anchor) == 0;
		s->authority = i;
	}
}

static int judge_revoked(struct ls_dcc_signature *s)
{
	char since[LS_UTC_SIZE], at[LS_UTC_SIZE];
	ls_utc_format(s->revoked_since, since);
	ls_utc_format(s->time, at);
	if (s->revoked_since <= s->time)
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.revoked",
				    "a certificate of the signer's path is revoked since %s; it "
				    "was signed at %s",
				    since, at);
	if (s->time_source == LS_DCC_TIME_STAMP) {
		ls_dcc_note(s, "A certificate of the signer's path was revoked later, at %s.",
			    since);
		return 0;
	}
	return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.revoked-later",
			    "a certificate of the signer's path is revoked since %s, and that it "
			    "was signed before is only the signer's word: who has the key can say "
			    "any time",
			    since);
}

/* Each certificate of the path but the authority's own. */
static int check_revocation(const STACK_OF(X509) * chain, const struct ls_dcc_embedded *e,
			    const struct ls_dcc_trust *trust, struct ls_dcc_signature *s,
			    struct ls_error *err)
{
	__attribute__((cleanup(free_crls))) STACK_OF(X509_CRL) *crls = sk_X509_CRL_new_null();
	if (!crls)
		return -ENOMEM;
	int rc = decode_crls(trust, crls, err);
	if (rc < 0)
		return rc;
	s->revocation_known = true;
	for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
		struct ls_dcc_revocation r = ls_dcc_revocation_of(
			sk_X509_value(chain, i), sk_X509_value(chain, i + 1), crls, e, s->time);
		s->revocation_known = s->revocation_known && (r.good || r.since >= 0);
		if (r.since >= 0 && (s->revoked_since < 0 || r.since < s->revoked_since))
			s->revoked_since = r.since;
	}
	if (s->revoked_since >= 0)
		return judge_revoked(s);
	if (!s->revocation_known)
		ls_dcc_note(s, "Nothing says that the signer's certificate was not revoked: no "
			       "revocation list or OCSP response of that time is there for each "
			       "certificate of its path.");
	return 0;
}

int ls_dcc_path_check(X509 *signer, const struct ls_dcc_embedded *e,
		      const struct ls_dcc_trust *trust, struct ls_dcc_signature *s,
		      struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = NULL;
	int rc = check_usage(signer, s);
	if (rc == 0)
		rc = make_store(trust, s->time, &store, err);
	if (rc != 0)
		return rc;
	_cleanup_(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	if (!ctx || X509_STORE_CTX_init(ctx, store, signer, e->certificates) != 1)
		return -ENOMEM;
	if (X509_verify_cert(ctx) != 1)
		return judge_path(ctx, s);
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	note_authority(sk_X509_value(chain, sk_X509_num(chain) - 1), trust, s);
	return check_revocation(chain, e, trust, s, err);
}
