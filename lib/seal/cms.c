/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structure, RFC 5652 (everything but [brackets] is the same in every signature):
 *
 *     ContentInfo { signedData, [0] SignedData {
 *         version 1, digestAlgorithms { sha256 }, encapContentInfo { data },
 *         certificates [0] { [certificate] },
 *         signerInfos { SignerInfo {
 *             version 1, sid { issuer, serial of the certificate }, sha256,
 *             signedAttrs [0] { contentType data, signingTime [time],
 *                 messageDigest SHA-256 of the content,
 *                 signingCertificateV2 SHA-256 of the certificate },
 *             ecdsa-with-SHA256, [signature] } } } }
 */
#include "lib/seal/cms.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"
#include "lib/seal/ca.h"
#include "lib/seal/der.h"

#define ATTRIBUTES_MAX 1024 /* bytes; the four attributes take about 180 */

/* Object identifiers, content bytes only. */
#define OID(name, ...) static const uint8_t name[] = { __VA_ARGS__ }
OID(OID_SIGNED_DATA, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02);
OID(OID_DATA, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);
OID(OID_SHA256, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01);
OID(OID_ECDSA_SHA256, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
OID(OID_CONTENT_TYPE, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03);
OID(OID_MESSAGE_DIGEST, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04);
OID(OID_SIGNING_TIME, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05);
OID(OID_SIGNING_CERTIFICATE_V2, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f);

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cms.memory", "out of memory for a signature");
}

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "cms.form", "the signature is malformed: %s", why);
}

/* --- writing -------------------------------------------------------------------- */

#define put_oid(out, oid) ls_der_put(out, LS_DER_OID, oid, sizeof(oid))

static void put_algorithm(struct ls_buffer *out, const uint8_t *oid, size_t n)
{
	size_t start = out->size;
	ls_der_put(out, LS_DER_OID, oid, n);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
}

/* UTCTime up to 2049, GeneralizedTime from 2050 (RFC 5652, section 11.3). */
static int put_time(struct ls_buffer *out, int64_t seconds)
{
	char utc[LS_UTC_SIZE], text[32];
	ls_utc_format(seconds, utc);
	bool short_year = strcmp(utc, "1950") >= 0 && strcmp(utc, "2050") < 0;
	int n = snprintf(text, sizeof(text), "%.4s%.2s%.2s%.2s%.2s%.2sZ", utc, utc + 5, utc + 8,
			 utc + 11, utc + 14, utc + 17);
	if (short_year)
		return ls_der_put(out, LS_DER_UTC_TIME, text + 2, (size_t)n - 2);
	return ls_der_put(out, LS_DER_GENERALIZED_TIME, text, (size_t)n);
}

/* Attribute { type, values { what was appended since start } } */
static void end_attribute(struct ls_buffer *out, size_t start, const uint8_t *oid, size_t n)
{
	_cleanup_buffer_ struct ls_buffer value;
	ls_buffer_init(&value, ATTRIBUTES_MAX);
	ls_buffer_add(&value, out->data + start, out->size - start);
	out->size = start;
	ls_der_put(out, LS_DER_OID, oid, n);
	ls_der_put(out, LS_DER_SET, value.data, value.size);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
}

/*
 * The content of the SET OF attributes.  DER sorts them by their bytes; these
 * four have lengths that differ in their second byte, which puts contentType
 * (24) first, then signingTime (28 or 30), messageDigest (47),
 * signingCertificateV2 (> 47).
 */
static void put_attributes(struct ls_buffer *out, const struct ls_digest *content,
			   const struct ls_digest *certificate, int64_t signing_time)
{
	size_t start = out->size;
	put_oid(out, OID_DATA);
	end_attribute(out, start, OID_CONTENT_TYPE, sizeof(OID_CONTENT_TYPE));
	start = out->size;
	put_time(out, signing_time);
	end_attribute(out, start, OID_SIGNING_TIME, sizeof(OID_SIGNING_TIME));
	start = out->size;
	ls_der_put(out, LS_DER_OCTET_STRING, content->bytes, LS_DIGEST_SIZE);
	end_attribute(out, start, OID_MESSAGE_DIGEST, sizeof(OID_MESSAGE_DIGEST));
	start = out->size;
	ls_der_put(out, LS_DER_OCTET_STRING, certificate->bytes, LS_DIGEST_SIZE);
	ls_der_wrap(out, start, LS_DER_SEQUENCE); /* ESSCertIDv2, SHA-256 by default */
	ls_der_wrap(out, start, LS_DER_SEQUENCE); /* certs */
	ls_der_wrap(out, start, LS_DER_SEQUENCE); /* SigningCertificateV2 */
	end_attribute(out, start, OID_SIGNING_CERTIFICATE_V2, sizeof(OID_SIGNING_CERTIFICATE_V2));
}

/* What is signed is the attributes as a SET OF (RFC 5652, section 5.4). */
static int attributes_digest(const struct ls_digest *content, const struct ls_digest *certificate,
			     int64_t signing_time, struct ls_digest *ret_digest,
			     struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer set;
	ls_buffer_init(&set, ATTRIBUTES_MAX);
	put_attributes(&set, content, certificate, signing_time);
	if (ls_der_wrap(&set, 0, LS_DER_SET) < 0)
		return fail_memory(err);
	ls_sha256_buffer(set.data, set.size, ret_digest);
	return 0;
}

/* IssuerAndSerialNumber of the certificate, whose form is checked elsewhere. */
static int put_signer_id(struct ls_buffer *out, struct ls_der certificate, struct ls_error *err)
{
	struct ls_reader r, whole, tbs, skipped, serial, issuer;
	ls_reader_init(&r, certificate.bytes, certificate.size);
	if (ls_der_next(&r, LS_DER_SEQUENCE, &whole) < 0 ||
	    ls_der_next(&whole, LS_DER_SEQUENCE, &tbs) < 0)
		return fail_form(err, "its certificate is none");
	ls_der_next(&tbs, LS_DER_CONTEXT_0, &skipped); /* the version, left out when it is 1 */
	if (ls_der_next(&tbs, LS_DER_INTEGER, &serial) < 0 ||
	    ls_der_next(&tbs, LS_DER_SEQUENCE, &skipped) < 0 ||
	    ls_der_next(&tbs, LS_DER_SEQUENCE, &issuer) < 0)
		return fail_form(err, "its certificate has no serial number or no issuer");
	size_t start = out->size;
	ls_der_put(out, LS_DER_SEQUENCE, issuer.data, issuer.size);
	ls_der_put(out, LS_DER_INTEGER, serial.data, serial.size);
	return ls_der_wrap(out, start, LS_DER_SEQUENCE) < 0 ? fail_memory(err) : 0;
}

static int put_signer_info(struct ls_buffer *out, struct ls_der certificate,
			   const struct ls_digest *content,
			   const struct ls_digest *certificate_digest, int64_t signing_time,
			   const uint8_t *signature, size_t signature_size, struct ls_error *err)
{
	size_t start = out->size;
	ls_der_put(out, LS_DER_INTEGER, "\x01", 1);
	int rc = put_signer_id(out, certificate, err);
	if (rc < 0)
		return rc;
	put_algorithm(out, OID_SHA256, sizeof(OID_SHA256));
	size_t attributes = out->size;
	put_attributes(out, content, certificate_digest, signing_time);
	ls_der_wrap(out, attributes, LS_DER_CONTEXT_0);
	put_algorithm(out, OID_ECDSA_SHA256, sizeof(OID_ECDSA_SHA256));
	ls_der_put(out, LS_DER_OCTET_STRING, signature, signature_size);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
	return 0;
}

/* The whole ContentInfo, appended to out: the only place that decides what it looks like. */
static int build(struct ls_buffer *out, struct ls_der certificate, const struct ls_digest *content,
		 int64_t signing_time, const uint8_t *signature, size_t signature_size,
		 struct ls_error *err)
{
	struct ls_digest certificate_digest;
	ls_sha256_buffer(certificate.bytes, certificate.size, &certificate_digest);
	size_t start = out->size;
	put_oid(out, OID_SIGNED_DATA);
	size_t data = out->size;
	ls_der_put(out, LS_DER_INTEGER, "\x01", 1);
	size_t part = out->size;
	put_algorithm(out, OID_SHA256, sizeof(OID_SHA256));
	ls_der_wrap(out, part, LS_DER_SET);
	part = out->size;
	put_oid(out, OID_DATA);
	ls_der_wrap(out, part, LS_DER_SEQUENCE);
	ls_der_put(out, LS_DER_CONTEXT_0, certificate.bytes, certificate.size);
	part = out->size;
	int rc = put_signer_info(out, certificate, content, &certificate_digest, signing_time,
				 signature, signature_size, err);
	if (rc < 0)
		return rc;
	ls_der_wrap(out, part, LS_DER_SET);
	ls_der_wrap(out, data, LS_DER_SEQUENCE);
	ls_der_wrap(out, data, LS_DER_CONTEXT_0);
	return ls_der_wrap(out, start, LS_DER_SEQUENCE) < 0 ? fail_memory(err) : 0;
}

int ls_cms_sign(const void *content, size_t size, struct ls_der certificate, int64_t signing_time,
		const struct ls_signer *signer, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_certificate c;
	struct ls_digest content_digest, digest;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size = 0;
	int rc = ls_certificate_read(certificate, &c, err);
	if (rc < 0)
		return rc;
	if (!ls_p256_public_equal(&c.key, &signer->key))
		return ls_fail(err, -EINVAL, "cms.key",
			       "the certificate '%s' is not of the signing key", c.subject);
	ls_sha256_buffer(content, size, &content_digest);
	rc = attributes_digest(&content_digest, &c.sha256, signing_time, &digest, err);
	if (rc == 0)
		rc = ls_signer_sign(signer, &digest, signature, &signature_size, err);
	if (rc < 0)
		return rc;
	return build(out, certificate, &content_digest, signing_time, signature, signature_size,
		     err);
}

/* --- reading -------------------------------------------------------------------- */

/* The parts of a signature that are its own; pointers go into its bytes. */
struct parts {
	struct ls_der certificate;
	struct ls_reader attributes;
	struct ls_der signature;
};

static int read_signer_info(struct ls_reader *r, struct parts *parts)
{
	struct ls_reader skipped, signature;
	if (ls_der_next(r, LS_DER_INTEGER, &skipped) < 0 ||
	    ls_der_next(r, LS_DER_SEQUENCE, &skipped) < 0 ||
	    ls_der_next(r, LS_DER_SEQUENCE, &skipped) < 0 ||
	    ls_der_next(r, LS_DER_CONTEXT_0, &parts->attributes) < 0 ||
	    ls_der_next(r, LS_DER_SEQUENCE, &skipped) < 0 ||
	    ls_der_next(r, LS_DER_OCTET_STRING, &signature) < 0)
		return -EBADMSG;
	parts->signature = (struct ls_der){ signature.data, signature.size };
	return 0;
}

static int read_parts(const void *bytes, size_t size, struct parts *ret_parts)
{
	struct ls_reader r, content_info, explicit, data, skipped, certificates, infos, info;
	struct parts parts;
	ls_reader_init(&r, bytes, size);
	if (ls_der_next(&r, LS_DER_SEQUENCE, &content_info) < 0 ||
	    ls_der_next(&content_info, LS_DER_OID, &skipped) < 0 ||
	    ls_der_next(&content_info, LS_DER_CONTEXT_0, &explicit) < 0 ||
	    ls_der_next(&explicit, LS_DER_SEQUENCE, &data) < 0 ||
	    ls_der_next(&data, LS_DER_INTEGER, &skipped) < 0 ||
	    ls_der_next(&data, LS_DER_SET, &skipped) < 0 ||
	    ls_der_next(&data, LS_DER_SEQUENCE, &skipped) < 0 ||
	    ls_der_next(&data, LS_DER_CONTEXT_0, &certificates) < 0 ||
	    ls_der_next(&data, LS_DER_SET, &infos) < 0 ||
	    ls_der_next(&infos, LS_DER_SEQUENCE, &info) < 0 || read_signer_info(&info, &parts) < 0)
		return -EBADMSG;
	parts.certificate = (struct ls_der){ certificates.data, certificates.size };
	*ret_parts = parts;
	return 0;
}

int ls_cms_certificate(const void *signature, size_t signature_size, struct ls_der *ret_certificate)
{
	struct parts parts;
	if (signature_size > LS_CMS_SIZE_MAX || read_parts(signature, signature_size, &parts) < 0)
		return -EBADMSG;
	*ret_certificate = parts.certificate;
	return 0;
}

/* The value of the attribute with this type. */
static int find_attribute(struct ls_reader attributes, const uint8_t *oid, size_t n,
			  struct ls_reader *ret_value)
{
	struct ls_reader attribute, type;
	while (ls_der_next(&attributes, LS_DER_SEQUENCE, &attribute) == 0)
		if (ls_der_next(&attribute, LS_DER_OID, &type) == 0 && type.size == n &&
		    memcmp(type.data, oid, n) == 0)
			return ls_der_next(&attribute, LS_DER_SET, ret_value);
	return -EBADMSG;
}

/* "YYMMDDHHMMSSZ" or "YYYYMMDDHHMMSSZ" to seconds; put_time's reverse. */
static int read_time(struct ls_reader *value, int64_t *ret_seconds)
{
	struct ls_reader time;
	char text[16] = "", utc[32];
	size_t skip = ls_der_next(value, LS_DER_UTC_TIME, &time) == 0 ? 2 : 0;
	if (skip == 0 && ls_der_next(value, LS_DER_GENERALIZED_TIME, &time) < 0)
		return -EBADMSG;
	if (time.size != 15 - skip)
		return -EBADMSG;
	memcpy(text + skip, time.data, time.size);
	if (skip) {
		bool past = text[2] >= '5'; /* 1950 to 1999 */
		text[0] = past ? '1' : '2';
		text[1] = past ? '9' : '0';
	}
	int n = snprintf(utc, sizeof(utc), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text, text + 4,
			 text + 6, text + 8, text + 10, text + 12);
	return ls_utc_parse(utc, (size_t)n, ret_seconds);
}

/* Build the signature again from its own parts, and compare. */
static int check_form(const struct parts *parts, const void *signature, size_t size,
		      const struct ls_digest *content, int64_t signing_time, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer again;
	ls_buffer_init(&again, LS_CMS_SIZE_MAX);
	int rc = build(&again, parts->certificate, content, signing_time, parts->signature.bytes,
		       parts->signature.size, err);
	if (rc < 0)
		return rc;
	if (again.size != size || memcmp(again.data, signature, size) != 0)
		return fail_form(err, "it is not in the one form that labseal writes");
	return 0;
}

/* Form and content: everything but the certificate's trust. */
/* What the certificate says: known from the last signature when it is the same one. */
static int read_certificate(struct ls_cms_verifier *v, struct ls_der der, struct ls_error *err)
{
	struct ls_digest digest;
	ls_sha256_buffer(der.bytes, der.size, &digest);
	if (ls_digest_equal(&digest, &v->certificate.sha256))
		return 0;
	struct ls_certificate c;
	int rc = ls_certificate_read(der, &c, err);
	if (rc < 0)
		return rc;
	v->certificate = c;
	v->from = 0;
	v->until = -1;
	return 0;
}

static int open_signature(struct ls_cms_verifier *v, const void *signature, size_t signature_size,
			  const struct ls_digest *content, struct parts *parts,
			  struct ls_cms_signature *s, struct ls_error *err)
{
	struct ls_reader value, seen;
	struct ls_digest digest;
	if (signature_size > LS_CMS_SIZE_MAX || read_parts(signature, signature_size, parts) < 0)
		return fail_form(err, "it is no CMS signature in DER");
	int rc = read_certificate(v, parts->certificate, err);
	if (rc < 0)
		return rc;
	const struct ls_certificate *c = &v->certificate;
	if (find_attribute(parts->attributes, OID_MESSAGE_DIGEST, sizeof(OID_MESSAGE_DIGEST),
			   &value) < 0 ||
	    ls_der_next(&value, LS_DER_OCTET_STRING, &seen) < 0)
		return fail_form(err, "it has no digest of the content");
	if (seen.size != LS_DIGEST_SIZE || memcmp(seen.data, content->bytes, LS_DIGEST_SIZE) != 0)
		return ls_fail(err, -EBADMSG, "cms.content",
			       "the signature was made over other content than this");
	if (find_attribute(parts->attributes, OID_SIGNING_TIME, sizeof(OID_SIGNING_TIME), &value) <
		    0 ||
	    read_time(&value, &s->signing_time) < 0)
		return fail_form(err, "it has no time of signing");
	rc = check_form(parts, signature, signature_size, content, s->signing_time, err);
	if (rc == 0)
		rc = attributes_digest(content, &c->sha256, s->signing_time, &digest, err);
	if (rc == 0)
		rc = ls_p256_verifier_check(&v->p256, &c->key, &digest, parts->signature.bytes,
					    parts->signature.size, err);
	if (rc < 0)
		return rc;
	s->key = c->key;
	s->certificate = c->sha256;
	s->not_before = c->not_before;
	s->not_after = c->not_after;
	memcpy(s->subject, c->subject, sizeof(s->subject));
	if (c->is_ca || !c->may_sign)
		return ls_fail(err, -EKEYREJECTED, "cms.usage",
			       "the certificate '%s' is not for signing results", c->subject);
	return 0;
}

static int chains(struct ls_cms_verifier *v, struct ls_der certificate,
		  const struct ls_der *authorities, size_t count, int64_t at, struct ls_error *err)
{
	if (v->from <= at && at <= v->until)
		return 0;
	return ls_certificate_verify_period(certificate, authorities, count, at, &v->from,
					    &v->until, err);
}

int ls_cms_verifier_check(struct ls_cms_verifier *verifier, const void *signature,
			  size_t signature_size, const void *content, size_t size,
			  const struct ls_der *authorities, size_t count, int64_t at,
			  struct ls_cms_signature *ret_signature, struct ls_error *err)
{
	struct parts parts = { .certificate = { NULL, 0 } };
	struct ls_cms_signature s = { .signing_time = 0 };
	struct ls_digest digest;
	ls_sha256_buffer(content, size, &digest);
	int rc = open_signature(verifier, signature, signature_size, &digest, &parts, &s, err);
	if (rc == 0)
		rc = chains(verifier, parts.certificate, authorities, count, at, err);
	if (rc < 0)
		return rc;
	*ret_signature = s;
	return 0;
}

void ls_cms_verifier_free(struct ls_cms_verifier *verifier)
{
	ls_p256_verifier_free(&verifier->p256);
}

int ls_cms_verify(const void *signature, size_t signature_size, const void *content, size_t size,
		  const struct ls_der *authorities, size_t count, int64_t at,
		  struct ls_cms_signature *ret_signature, struct ls_error *err)
{
	struct ls_cms_verifier verifier = { .until = -1 };
	int rc = ls_cms_verifier_check(&verifier, signature, signature_size, content, size,
				       authorities, count, at, ret_signature, err);
	ls_cms_verifier_free(&verifier);
	return rc;
}

/* --- before confinement ------------------------------------------------------------ */

void ls_cms_warm_up(void)
{
	static const char content[] = "warm up";
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer certificate, signature;
	struct ls_signer signer;
	struct ls_cms_signature s;
	ls_buffer_init(&certificate, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&signature, LS_CMS_SIZE_MAX);
	if (ls_p256_key_generate(&key, NULL) < 0 ||
	    ls_ca_create(key, "warm up", 0, 1, &certificate, NULL) < 0)
		return;
	struct ls_der der = { certificate.data, certificate.size };
	ls_p256_key_signer(key, &signer);
	if (ls_cms_sign(content, sizeof(content), der, 0, &signer, &signature, NULL) == 0)
		ls_cms_verify(signature.data, signature.size, content, sizeof(content), &der, 1, 0,
			      &s, NULL);
}
