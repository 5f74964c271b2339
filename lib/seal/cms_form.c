/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The structure, RFC 5652 (what is in [brackets] is a signature's own; an instrument's hash is
 * always SHA-256):
 *
 *     ContentInfo { signedData, [0] SignedData {
 *         version 1, digestAlgorithms { sha256 }, encapContentInfo { data },
 *         certificates [0] { [certificates] },
 *         signerInfos { SignerInfo {
 *             version 1, sid { issuer, serial of the certificate }, sha256,
 *             signedAttrs [0] { contentType data, signingTime [time],
 *                 messageDigest SHA-256 of the content,
 *                 signingCertificateV2 SHA-256 of the certificate },
 *             ecdsa-with-SHA256, [signature] } } } }
 */
#include "lib/seal/cms_form.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"
#include "lib/seal/cms.h"
#include "lib/seal/der.h"

/* Object identifiers, content bytes only. */
#define OID(name, ...) static const uint8_t name[] = { __VA_ARGS__ }
OID(OID_SIGNED_DATA, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02);
OID(OID_DATA, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01);
OID(OID_SHA256, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01);
OID(ECDSA_SHA256, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
OID(OID_CONTENT_TYPE, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03);
OID(OID_MESSAGE_DIGEST, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04);
OID(OID_SIGNING_TIME, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x05);
OID(OID_SIGNING_CERTIFICATE_V2, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x2f);

const struct ls_der ls_cms_sha256 = { OID_SHA256, sizeof(OID_SHA256) };
const struct ls_der ls_cms_ecdsa_sha256 = { ECDSA_SHA256, sizeof(ECDSA_SHA256) };

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

static void put_digest_algorithm(struct ls_buffer *out, struct ls_der oid)
{
	size_t start = out->size;
	ls_der_put(out, LS_DER_OID, oid.bytes, oid.size);
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
	ls_buffer_init(&value, LS_CMS_ATTRIBUTES_MAX);
	ls_buffer_add(&value, out->data + start, out->size - start);
	out->size = start;
	ls_der_put(out, LS_DER_OID, oid, n);
	ls_der_put(out, LS_DER_SET, value.data, value.size);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
}

static void put_message_digest(struct ls_buffer *out, struct ls_der content)
{
	size_t start = out->size;
	ls_der_put(out, LS_DER_OCTET_STRING, content.bytes, content.size);
	end_attribute(out, start, OID_MESSAGE_DIGEST, sizeof(OID_MESSAGE_DIGEST));
}

static void put_signing_certificate(struct ls_buffer *out, struct ls_der signer)
{
	struct ls_digest digest;
	size_t start = out->size;
	ls_sha256_buffer(signer.bytes, signer.size, &digest);
	ls_der_put(out, LS_DER_OCTET_STRING, digest.bytes, LS_DIGEST_SIZE);
	ls_der_wrap(out, start, LS_DER_SEQUENCE); /* ESSCertIDv2, SHA-256 by default */
	ls_der_wrap(out, start, LS_DER_SEQUENCE); /* certs */
	ls_der_wrap(out, start, LS_DER_SEQUENCE); /* SigningCertificateV2 */
	end_attribute(out, start, OID_SIGNING_CERTIFICATE_V2, sizeof(OID_SIGNING_CERTIFICATE_V2));
}

/*
 * The content of the SET OF attributes.  DER sorts them by their bytes; these
 * four have lengths that differ in their second byte, which puts contentType
 * (24) first, then signingTime (28 or 30).  messageDigest is 47, 63 or 79 long, by its
 * hash, signingCertificateV2 always 57.
 */
static void put_attributes(struct ls_buffer *out, const struct ls_cms_form *f)
{
	size_t start = out->size;
	put_oid(out, OID_DATA);
	end_attribute(out, start, OID_CONTENT_TYPE, sizeof(OID_CONTENT_TYPE));
	start = out->size;
	put_time(out, f->signing_time);
	end_attribute(out, start, OID_SIGNING_TIME, sizeof(OID_SIGNING_TIME));
	if (f->content.size == LS_DIGEST_SIZE)
		put_message_digest(out, f->content);
	put_signing_certificate(out, f->signer);
	if (f->content.size != LS_DIGEST_SIZE)
		put_message_digest(out, f->content);
}

int ls_cms_form_attributes(const struct ls_cms_form *form, struct ls_buffer *out,
			   struct ls_error *err)
{
	size_t start = out->size;
	put_attributes(out, form);
	return ls_der_wrap(out, start, LS_DER_SET) < 0 ? fail_memory(err) : 0;
}

int ls_cms_form_signer_id(struct ls_der certificate, struct ls_buffer *out, struct ls_error *err)
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
	ls_der_put(out, LS_DER_SEQUENCE, issuer.data, issuer.size);
	ls_der_put(out, LS_DER_INTEGER, serial.data, serial.size);
	return ls_buffer_error(out) < 0 ? fail_memory(err) : 0;
}

static int put_signer_info(struct ls_buffer *out, const struct ls_cms_form *f,
			   struct ls_der signature, struct ls_error *err)
{
	size_t start = out->size;
	ls_der_put(out, LS_DER_INTEGER, "\x01", 1);
	size_t part = out->size;
	int rc = ls_cms_form_signer_id(f->signer, out, err);
	if (rc < 0)
		return rc;
	ls_der_wrap(out, part, LS_DER_SEQUENCE);
	put_digest_algorithm(out, f->digest_algorithm);
	part = out->size;
	put_attributes(out, f);
	ls_der_wrap(out, part, LS_DER_CONTEXT_0);
	ls_der_put(out, LS_DER_SEQUENCE, f->signature_algorithm.bytes, f->signature_algorithm.size);
	ls_der_put(out, LS_DER_OCTET_STRING, signature.bytes, signature.size);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
	return 0;
}

int ls_cms_form_build(const struct ls_cms_form *form, struct ls_der signature,
		      struct ls_buffer *out, struct ls_error *err)
{
	size_t start = out->size;
	put_oid(out, OID_SIGNED_DATA);
	size_t data = out->size;
	ls_der_put(out, LS_DER_INTEGER, "\x01", 1);
	size_t part = out->size;
	put_digest_algorithm(out, form->digest_algorithm);
	ls_der_wrap(out, part, LS_DER_SET);
	part = out->size;
	put_oid(out, OID_DATA);
	ls_der_wrap(out, part, LS_DER_SEQUENCE);
	ls_der_put(out, LS_DER_CONTEXT_0, form->certificates.bytes, form->certificates.size);
	part = out->size;
	int rc = put_signer_info(out, form, signature, err);
	if (rc < 0)
		return rc;
	ls_der_wrap(out, part, LS_DER_SET);
	ls_der_wrap(out, data, LS_DER_SEQUENCE);
	ls_der_wrap(out, data, LS_DER_CONTEXT_0);
	return ls_der_wrap(out, start, LS_DER_SEQUENCE) < 0 ? fail_memory(err) : 0;
}

int ls_cms_form_check(const struct ls_cms_form *form, struct ls_der signature, const void *bytes,
		      size_t size, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer again;
	ls_buffer_init(&again, LS_CMS_SIZE_MAX);
	int rc = ls_cms_form_build(form, signature, &again, err);
	if (rc < 0)
		return rc;
	if (again.size != size || memcmp(again.data, bytes, size) != 0)
		return fail_form(err, "it is not in the one form that labseal writes");
	return 0;
}

/* --- reading -------------------------------------------------------------------- */

static struct ls_der rest_of(const struct ls_reader *r)
{
	return (struct ls_der){ r->data, r->size };
}

static int read_signer_info(struct ls_reader *r, struct ls_cms_parts *parts)
{
	struct ls_reader skipped, signature, id, digest, oid, algorithm;
	if (ls_der_next(r, LS_DER_INTEGER, &skipped) < 0 ||
	    ls_der_next(r, LS_DER_SEQUENCE, &id) < 0 ||
	    ls_der_next(r, LS_DER_SEQUENCE, &digest) < 0 ||
	    ls_der_next(&digest, LS_DER_OID, &oid) < 0 ||
	    ls_der_next(r, LS_DER_CONTEXT_0, &parts->attributes) < 0 ||
	    ls_der_next(r, LS_DER_SEQUENCE, &algorithm) < 0 ||
	    ls_der_next(r, LS_DER_OCTET_STRING, &signature) < 0)
		return -EBADMSG;
	parts->signer_id = rest_of(&id);
	parts->digest_algorithm = rest_of(&oid);
	parts->signature_algorithm = rest_of(&algorithm);
	parts->signature = rest_of(&signature);
	return 0;
}

int ls_cms_form_read(const void *bytes, size_t size, struct ls_cms_parts *ret_parts)
{
	struct ls_reader r, content_info, explicit, data, skipped, certificates, infos, info;
	struct ls_cms_parts parts;
	ls_reader_init(&r, bytes, size);
	if (size > LS_CMS_SIZE_MAX || ls_der_next(&r, LS_DER_SEQUENCE, &content_info) < 0 ||
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
	parts.certificates = rest_of(&certificates);
	*ret_parts = parts;
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

int ls_cms_form_read_attributes(const struct ls_cms_parts *parts, struct ls_der content,
				int64_t *ret_signing_time, struct ls_error *err)
{
	struct ls_reader value, seen;
	if (find_attribute(parts->attributes, OID_MESSAGE_DIGEST, sizeof(OID_MESSAGE_DIGEST),
			   &value) < 0 ||
	    ls_der_next(&value, LS_DER_OCTET_STRING, &seen) < 0)
		return fail_form(err, "it has no digest of the content");
	if (seen.size != content.size || memcmp(seen.data, content.bytes, content.size) != 0)
		return ls_fail(err, -EBADMSG, "cms.content",
			       "the signature was made over other content than this");
	if (find_attribute(parts->attributes, OID_SIGNING_TIME, sizeof(OID_SIGNING_TIME), &value) <
		    0 ||
	    read_time(&value, ret_signing_time) < 0)
		return fail_form(err, "it has no time of signing");
	return 0;
}
