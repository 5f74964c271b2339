/* SPDX-License-Identifier: Apache-2.0 */
/* XAdES (ETSI EN 319 132-1): what signatures carry beside their arithmetic. */
#include <errno.h>
#include <libxml/c14n.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <string.h>

#include "audit/dcc/signature_internal.h"
#include "lib/base/text.h"
#include "lib/seal/time_stamp.h"

#define STAMPS_MAX    4
#define TIME_SLACK    86400 /* seconds that a signer's clock may be ahead of the time stamp */
#define TIME_TEXT_MAX 64

static xmlNode *xades(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_XADES_NAMESPACE, name);
}

static xmlNode *ds(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_DSIG_NAMESPACE, name);
}

int ls_dcc_base64(const xmlNode *node, size_t max, struct ls_buffer *out)
{
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
	if (!text)
		return -EBADMSG;
	size_t n = 0;
	for (const xmlChar *c = text; *c; c++)
		if (!strchr(" \t\r\n", *c))
			text[n++] = *c;
	size_t size = 0;
	uint8_t *bytes = n / 4 <= max ? malloc(n / 4 * 3 + 1) : NULL;
	int rc = n / 4 > max ? -EFBIG : -ENOMEM;
	if (bytes)
		rc = ls_base64_decode((const char *)text, n, bytes, max, &size);
	if (rc == 0)
		rc = ls_buffer_add(out, bytes, size);
	free(bytes);
	xmlFree(text);
	return rc;
}

/* --- what is embedded ----------------------------------------------------------------------- */

static int decode_certificate(const struct ls_buffer *der, struct ls_dcc_embedded *e)
{
	const unsigned char *p = der->data;
	X509 *x = d2i_X509(NULL, &p, (long)der->size);
	bool whole = x && p == der->data + der->size;
	ERR_clear_error();
	if (whole && sk_X509_num(e->certificates) < LS_DCC_EMBEDDED_MAX &&
	    sk_X509_push(e->certificates, x) > 0)
		return 0;
	X509_free(x);
	return -EBADMSG;
}

static int decode_crl(const struct ls_buffer *der, struct ls_dcc_embedded *e)
{
	const unsigned char *p = der->data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der->size);
	bool whole = crl && p == der->data + der->size;
	ERR_clear_error();
	if (whole && sk_X509_CRL_num(e->crls) < LS_DCC_EMBEDDED_MAX &&
	    sk_X509_CRL_push(e->crls, crl) > 0)
		return 0;
	X509_CRL_free(crl);
	return -EBADMSG;
}

static int keep_ocsp(const struct ls_buffer *der, struct ls_dcc_embedded *e)
{
	if (e->ocsp_count == LS_DCC_EMBEDDED_MAX)
		return -EBADMSG;
	ls_buffer_init(&e->ocsp[e->ocsp_count], LS_DCC_EMBEDDED_BYTES);
	return ls_buffer_add(&e->ocsp[e->ocsp_count++], der->data, der->size);
}

/* Each child of list that has this name. */
static int each(const xmlNode *list, const char *space, const char *name,
		int (*decode)(const struct ls_buffer *, struct ls_dcc_embedded *),
		struct ls_dcc_embedded *e, struct ls_dcc_signature *s)
{
	for (const xmlNode *n = ls_dcc_child(list, space, name); n;
	     n = ls_dcc_next(n, space, name)) {
		struct ls_buffer der;
		ls_buffer_init(&der, LS_DCC_EMBEDDED_BYTES);
		int rc = ls_dcc_base64(n, LS_DCC_EMBEDDED_BYTES, &der);
		if (rc == 0)
			rc = decode(&der, e);
		ls_buffer_free(&der);
		if (rc == -ENOMEM)
			return rc;
		if (rc < 0)
			ls_dcc_note(s,
				    "An embedded %s is malformed or one too many, and was left "
				    "out.",
				    name);
	}
	return 0;
}

int ls_dcc_embedded_read(const struct ls_dcc_form *form, struct ls_dcc_embedded *e,
			 struct ls_dcc_signature *s)
{
	const xmlNode *more = xades(xades(form->properties, "UnsignedProperties"),
				    "UnsignedSignatureProperties");
	const xmlNode *revocation = xades(more, "RevocationValues");
	e->certificates = sk_X509_new_null();
	e->crls = sk_X509_CRL_new_null();
	if (!e->certificates || !e->crls)
		return -ENOMEM;
	int rc = 0;
	for (const xmlNode *data = ds(form->key_info, "X509Data"); data && rc == 0;
	     data = ls_dcc_next(data, LS_DSIG_NAMESPACE, "X509Data"))
		rc = each(data, LS_DSIG_NAMESPACE, "X509Certificate", decode_certificate, e, s);
	if (rc == 0)
		rc = each(xades(more, "CertificateValues"), LS_XADES_NAMESPACE,
			  "EncapsulatedX509Certificate", decode_certificate, e, s);
	if (rc == 0)
		rc = each(xades(revocation, "CRLValues"), LS_XADES_NAMESPACE,
			  "EncapsulatedCRLValue", decode_crl, e, s);
	if (rc == 0)
		rc = each(xades(revocation, "OCSPValues"), LS_XADES_NAMESPACE,
			  "EncapsulatedOCSPValue", keep_ocsp, e, s);
	return rc;
}

void ls_dcc_embedded_free(struct ls_dcc_embedded *e)
{
	sk_X509_pop_free(e->certificates, X509_free);
	sk_X509_CRL_pop_free(e->crls, X509_CRL_free);
	for (size_t i = 0; i < e->ocsp_count; i++)
		ls_buffer_free(&e->ocsp[i]);
	*e = (struct ls_dcc_embedded){ 0 };
}

/* --- the signer's certificate ------------------------------------------------------------- */

static bool has_digest(X509 *x, const EVP_MD *md, const struct ls_buffer *wanted)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	return X509_digest(x, md, digest, &n) == 1 && n == wanted->size &&
	       memcmp(digest, wanted->data, n) == 0;
}

static const EVP_MD *method_of(const xmlNode *digest)
{
	xmlChar *name = xmlGetNoNsProp(ds(digest, "DigestMethod"), (const xmlChar *)"Algorithm");
	const EVP_MD *md = NULL;
	if (name && strcmp((const char *)name, "http://www.w3.org/2001/04/xmlenc#sha256") == 0)
		md = EVP_sha256();
	if (name && strcmp((const char *)name, "http://www.w3.org/2001/04/xmlenc#sha512") == 0)
		md = EVP_sha512();
	xmlFree(name);
	return md;
}

/* The certificate that the signed properties name by its digest. */
static int find_named(const xmlNode *certificate, const struct ls_dcc_embedded *e,
		      X509 **ret_signer, struct ls_dcc_signature *s)
{
	const xmlNode *digest = xades(xades(certificate, "Cert"), "CertDigest");
	const EVP_MD *md = digest && ds(digest, "DigestMethod") ? method_of(digest) : NULL;
	struct ls_buffer wanted;
	ls_buffer_init(&wanted, EVP_MAX_MD_SIZE + 3);
	if (!md || ls_dcc_base64(ds(digest, "DigestValue"), EVP_MAX_MD_SIZE, &wanted) < 0)
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
				    "the signed properties name the signer's certificate by "
				    "neither SHA-256 nor SHA-512");
	for (int i = 0; i < sk_X509_num(e->certificates) && !*ret_signer; i++)
		if (has_digest(sk_X509_value(e->certificates, i), md, &wanted))
			*ret_signer = sk_X509_value(e->certificates, i);
	ls_buffer_free(&wanted);
	if (*ret_signer)
		return 0;
	return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.certificate",
			    "the certificate in it is not the one that the signer signed with it");
}

/* Two decimal digits, or -1. */
static int two(const char *text)
{
	bool digits = text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
	return digits ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

/* xs:dateTime with a zone; a fraction of a second is left out. */
static int date_time(const char *text, int64_t *ret_time)
{
	char utc[LS_UTC_SIZE];
	if (strlen(text) < 20)
		return -EBADMSG;
	snprintf(utc, sizeof(utc), "%.19sZ", text);
	const char *zone = text + 19;
	if (*zone == '.')
		zone += 1 + strspn(zone + 1, "0123456789");
	int64_t time;
	if (ls_utc_parse(utc, LS_UTC_SIZE - 1, &time) < 0)
		return -EBADMSG;
	if (strcmp(zone, "Z") != 0) {
		if (strlen(zone) != 6 || (*zone != '+' && *zone != '-') || zone[3] != ':' ||
		    two(zone + 1) < 0 || two(zone + 4) < 0)
			return -EBADMSG;
		int seconds = two(zone + 1) * 3600 + two(zone + 4) * 60;
		time += *zone == '+' ? -seconds : seconds;
	}
	*ret_time = time;
	return 0;
}

static int read_claimed(const xmlNode *properties, struct ls_dcc_signature *s)
{
	const xmlNode *node = xades(properties, "SigningTime");
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
	char word[TIME_TEXT_MAX] = "";
	if (text)
		snprintf(word, sizeof(word), "%.*s", TIME_TEXT_MAX - 1,
			 (const char *)text + strspn((const char *)text, " \t\r\n"));
	xmlFree(text);
	word[strcspn(word, " \t\r\n")] = '\0';
	if (node && date_time(word, &s->claimed) < 0)
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.form",
				    "the SigningTime is no time with a zone");
	return 0;
}

int ls_dcc_signer_find(const struct ls_dcc_form *form, const struct ls_dcc_embedded *e,
		       X509 **ret_signer, struct ls_dcc_signature *s)
{
	const xmlNode *properties = xades(form->signed_properties, "SignedSignatureProperties");
	const xmlNode *certificate = xades(properties, "SigningCertificateV2");
	if (!certificate)
		certificate = xades(properties, "SigningCertificate");
	*ret_signer = NULL;
	if (sk_X509_num(e->certificates) == 0)
		return ls_dcc_judge(s, LS_DCC_CANNOT_BE_CHECKED, "cal.dcc.signature.no-certificate",
				    "the signer's certificate is not in it");
	int rc = 0;
	if (certificate)
		rc = find_named(certificate, e, ret_signer, s);
	else
		*ret_signer = sk_X509_value(e->certificates, 0);
	if (rc != 0)
		return rc;
	if (!certificate)
		ls_dcc_note(s, "The signature does not name the signer's certificate (no XAdES "
			       "SigningCertificate).");
	return read_claimed(properties, s);
}

/* --- when ---------------------------------------------------------------------------------- */

static int is_within(void *value, xmlNode *node, xmlNode *parent)
{
	/* attributes and namespaces come with the element that has them */
	const xmlNode *n = node->type == XML_ATTRIBUTE_NODE || node->type == XML_NAMESPACE_DECL
				   ? parent
				   : node;
	while (n && n != value)
		n = n->parent;
	return n != NULL;
}

/* SHA-256 of SignatureValue, canonical as the time stamp says: what it is a stamp of. */
static int stamped_digest(const struct ls_dcc_form *form, const xmlNode *stamp,
			  struct ls_digest *ret_digest)
{
	xmlChar *name = xmlGetNoNsProp(ds(stamp, "CanonicalizationMethod"),
				       (const xmlChar *)"Algorithm");
	xmlC14NMode mode = XML_C14N_1_0;
	if (name && strcmp((const char *)name, "http://www.w3.org/2001/10/xml-exc-c14n#") == 0)
		mode = XML_C14N_EXCLUSIVE_1_0;
	else if (name && strcmp((const char *)name, "http://www.w3.org/2006/12/xml-c14n11") == 0)
		mode = XML_C14N_1_1;
	xmlFree(name);
	xmlOutputBuffer *out = xmlAllocOutputBuffer(NULL);
	if (!out)
		return -ENOMEM;
	int n = xmlC14NExecute(form->signature->doc, is_within, form->value, mode, NULL, 0, out);
	if (n >= 0)
		ls_sha256_buffer(xmlOutputBufferGetContent(out), xmlOutputBufferGetSize(out),
				 ret_digest);
	xmlOutputBufferClose(out);
	return n < 0 ? -ENOMEM : 0;
}

/* A token alone, as the reply that it came in (RFC 3161, 2.4.2: status granted, then the token). */
static int wrap_token(const struct ls_buffer *token, struct ls_buffer *reply)
{
	static const uint8_t granted[] = { 0x30, 0x03, 0x02, 0x01, 0x00 };
	size_t n = sizeof(granted) + token->size;
	ls_buffer_add_u8(reply, 0x30);
	if (n >= 0x80)
		ls_buffer_add_u8(reply, n > 0xff ? 0x82 : 0x81);
	if (n > 0xff)
		ls_buffer_add_be16(reply, (uint16_t)n);
	else
		ls_buffer_add_u8(reply, (uint8_t)n);
	ls_buffer_add(reply, granted, sizeof(granted));
	return ls_buffer_add(reply, token->data, token->size);
}

static int check_stamp(const struct ls_dcc_form *form, const xmlNode *stamp,
		       const struct ls_dcc_trust *trust, struct ls_time_stamp *ret_stamp,
		       struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer token, reply;
	struct ls_digest digest;
	ls_buffer_init(&token, LS_TIME_STAMP_SIZE_MAX);
	ls_buffer_init(&reply, LS_TIME_STAMP_SIZE_MAX);
	int rc = ls_dcc_base64(xades(stamp, "EncapsulatedTimeStamp"), LS_TIME_STAMP_SIZE_MAX,
			       &token);
	if (rc == 0)
		rc = wrap_token(&token, &reply);
	if (rc == 0)
		rc = stamped_digest(form, stamp, &digest);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return ls_fail(err, -EBADMSG, "time-stamp.form",
			       "it is no base64 of at most %d bytes", LS_TIME_STAMP_SIZE_MAX);
	return ls_time_stamp_check(reply.data, reply.size, &digest, NULL, trust->authorities,
				   trust->authority_count, ret_stamp, err);
}

static void use_stamp(const struct ls_time_stamp *stamp, struct ls_dcc_signature *s)
{
	if (s->time_source == LS_DCC_TIME_STAMP && s->time <= stamp->time)
		return;
	s->time = stamp->time;
	s->time_source = LS_DCC_TIME_STAMP;
	snprintf(s->stamp_authority, sizeof(s->stamp_authority), "%s", stamp->authority);
}

/* The earliest of the time stamps that are believed. */
static int read_stamps(const struct ls_dcc_form *form, const struct ls_dcc_trust *trust,
		       struct ls_dcc_signature *s, struct ls_error *err)
{
	const xmlNode *more = xades(xades(form->properties, "UnsignedProperties"),
				    "UnsignedSignatureProperties");
	int left = STAMPS_MAX;
	for (const xmlNode *n = xades(more, "SignatureTimeStamp"); n && left-- > 0;
	     n = ls_dcc_next(n, LS_XADES_NAMESPACE, "SignatureTimeStamp")) {
		struct ls_time_stamp stamp;
		struct ls_error why = { 0 };
		int rc = check_stamp(form, n, trust, &stamp, &why);
		if (rc == -ENOMEM || rc == -EINVAL)
			return rc == -EINVAL ? ls_fail(err, rc, "cal.dcc.trust", "%s", why.message)
					     : rc;
		if (rc == 0)
			use_stamp(&stamp, s);
		else
			ls_dcc_note(s, "A time stamp in it does not count: %s.", why.message);
	}
	return 0;
}

int ls_dcc_time_find(const struct ls_dcc_form *form, const struct ls_dcc_trust *trust, int64_t now,
		     struct ls_dcc_signature *s, struct ls_error *err)
{
	s->time = s->claimed >= 0 ? s->claimed : now;
	s->time_source = s->claimed >= 0 ? LS_DCC_TIME_SIGNER : LS_DCC_TIME_NOW;
	int rc = read_stamps(form, trust, s, err);
	if (rc < 0)
		return rc;
	if (s->time_source == LS_DCC_TIME_STAMP && s->claimed > s->time + TIME_SLACK)
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.time",
				    "its SigningTime is more than a day after its time stamp");
	if (s->time_source == LS_DCC_TIME_SIGNER)
		ls_dcc_note(s, "The signing time is the signer's own word: no time stamp that is "
			       "believed says it.");
	if (s->time_source == LS_DCC_TIME_NOW)
		ls_dcc_note(s, "Nothing says when it was signed: the certificate was checked as "
			       "of now.");
	if (s->time > now)
		return ls_dcc_judge(s, LS_DCC_DOES_NOT_HOLD, "cal.dcc.signature.time",
				    "it was signed in the future");
	return 0;
}
