/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What revocation lists (RFC 5280) and OCSP responses (RFC 6960) say of one certificate.
 * Both are made by the authority of the certificate and checked with its key; a list that is not
 * is left out, as if it were not there.
 */
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "audit/dcc/signature_internal.h"
#include "lib/base/cleanup.h"

LS_DEFINE_CLEANUP(OCSP_RESPONSE *, OCSP_RESPONSE_free)
LS_DEFINE_CLEANUP(OCSP_BASICRESP *, OCSP_BASICRESP_free)
LS_DEFINE_CLEANUP(OCSP_CERTID *, OCSP_CERTID_free)
LS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)

int64_t ls_dcc_time_of(const ASN1_TIME *time)
{
	struct tm tm;
	return time && ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) : -1;
}

static void revoked(struct ls_dcc_revocation *r, int64_t since)
{
	if (since >= 0 && (r->since < 0 || since < r->since))
		r->since = since;
}

/* A key is not to be believed from the day that it may have been stolen on. */
static int64_t invalid_since(const X509_REVOKED *entry)
{
	int64_t since = ls_dcc_time_of(X509_REVOKED_get0_revocationDate(entry));
	ASN1_GENERALIZEDTIME *date = X509_REVOKED_get_ext_d2i(entry, NID_invalidity_date, NULL,
							      NULL);
	int64_t invalid = ls_dcc_time_of(date);
	ASN1_GENERALIZEDTIME_free(date);
	if (since < 0)
		since = 0; /* revoked, and nobody can say since when */
	return invalid >= 0 && invalid < since ? invalid : since;
}

/* Whether what was said from `this` until `next` tells of `time`, or of later. */
static bool tells_of(int64_t this, int64_t next, int64_t time)
{
	return this >= time || (this >= 0 && next >= time);
}

static void ask_crl(X509_CRL *crl, X509 *certificate, X509 *issuer, int64_t time,
		    struct ls_dcc_revocation *r)
{
	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0 ||
	    X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
		return;
	X509_REVOKED *entry = NULL;
	int found = X509_CRL_get0_by_cert(crl, &entry, certificate);
	if (found == 1)
		revoked(r, invalid_since(entry));
	/* a list of a part of the certificates is silent about the others */
	bool whole = X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) < 0 &&
		     X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0;
	if (found == 0 && whole &&
	    tells_of(ls_dcc_time_of(X509_CRL_get0_lastUpdate(crl)),
		     ls_dcc_time_of(X509_CRL_get0_nextUpdate(crl)), time))
		r->good = true;
}

/* Signed by the issuer, or by one whom the issuer let sign responses, as of its production. */
static bool is_of_issuer(OCSP_BASICRESP *basic, X509 *issuer, const struct ls_dcc_embedded *e)
{
	int64_t produced = ls_dcc_time_of(OCSP_resp_get0_produced_at(basic));
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	if (!store || produced < 0 || X509_STORE_add_cert(store, issuer) != 1)
		return false;
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)produced);
	return OCSP_basic_verify(basic, e->certificates, store, OCSP_PARTIAL_CHAIN) == 1;
}

/* OpenSSL compares the id with the digest that the response used: try those that are seen. */
static bool find_status(OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer, int *status,
			ASN1_GENERALIZEDTIME **since, ASN1_GENERALIZEDTIME **this,
			ASN1_GENERALIZEDTIME **next)
{
	const EVP_MD *methods[] = { EVP_sha1(), EVP_sha256() };
	int reason;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		_cleanup_(OCSP_CERTID_free)
			OCSP_CERTID *id = OCSP_cert_to_id(methods[i], certificate, issuer);
		if (id && OCSP_resp_find_status(basic, id, status, &reason, since, this, next) == 1)
			return true;
	}
	return false;
}

static void ask_ocsp(const struct ls_buffer *der, X509 *certificate, X509 *issuer,
		     const struct ls_dcc_embedded *e, int64_t time, struct ls_dcc_revocation *r)
{
	const unsigned char *p = der->data;
	_cleanup_(OCSP_RESPONSE_free)
		OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)der->size);
	if (!response || p != der->data + der->size ||
	    OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return;
	_cleanup_(OCSP_BASICRESP_free) OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	int status = -1;
	ASN1_GENERALIZEDTIME *since = NULL, *this = NULL, *next = NULL;
	if (!basic || !find_status(basic, certificate, issuer, &status, &since, &this, &next) ||
	    !is_of_issuer(basic, issuer, e))
		return;
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		revoked(r, ls_dcc_time_of(since) < 0 ? 0 : ls_dcc_time_of(since));
	if (status == V_OCSP_CERTSTATUS_GOOD &&
	    tells_of(ls_dcc_time_of(this), ls_dcc_time_of(next), time))
		r->good = true;
}

struct ls_dcc_revocation ls_dcc_revocation_of(X509 *certificate, X509 *issuer,
					      const STACK_OF(X509_CRL) * crls,
					      const struct ls_dcc_embedded *e, int64_t time)
{
	struct ls_dcc_revocation r = { .since = -1 };
	for (int i = 0; i < sk_X509_CRL_num(e->crls); i++)
		ask_crl(sk_X509_CRL_value(e->crls, i), certificate, issuer, time, &r);
	for (int i = 0; i < sk_X509_CRL_num(crls); i++)
		ask_crl(sk_X509_CRL_value(crls, i), certificate, issuer, time, &r);
	for (size_t i = 0; i < e->ocsp_count; i++)
		ask_ocsp(&e->ocsp[i], certificate, issuer, e, time, &r);
	ERR_clear_error();
	return r;
}
