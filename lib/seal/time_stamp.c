/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/time_stamp.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/pem.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

LS_DEFINE_CLEANUP(TS_REQ *, TS_REQ_free)
LS_DEFINE_CLEANUP(TS_RESP *, TS_RESP_free)
LS_DEFINE_CLEANUP(TS_MSG_IMPRINT *, TS_MSG_IMPRINT_free)
LS_DEFINE_CLEANUP(TS_VERIFY_CTX *, TS_VERIFY_CTX_free)
LS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
LS_DEFINE_CLEANUP(X509_ALGOR *, X509_ALGOR_free)
LS_DEFINE_CLEANUP(ASN1_INTEGER *, ASN1_INTEGER_free)
LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(BIGNUM *, BN_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

static int fail_memory(struct ls_error *err)
{
	ERR_clear_error();
	return ls_fail(err, -ENOMEM, "time-stamp.memory", "out of memory for a time stamp");
}

static int fail_form(struct ls_error *err, const char *why)
{
	ERR_clear_error();
	return ls_fail(err, -EBADMSG, "time-stamp.form", "the time stamp is malformed: %s", why);
}

/* --- the request ------------------------------------------------------------------ */

static TS_MSG_IMPRINT *make_imprint(const struct ls_digest *digest)
{
	_cleanup_(TS_MSG_IMPRINT_free) TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	_cleanup_(X509_ALGOR_free) X509_ALGOR *algorithm = X509_ALGOR_new();
	uint8_t bytes[LS_DIGEST_SIZE];
	memcpy(bytes, digest->bytes, sizeof(bytes));
	if (!imprint || !algorithm ||
	    X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) != 1 ||
	    TS_MSG_IMPRINT_set_algo(imprint, algorithm) != 1 ||
	    TS_MSG_IMPRINT_set_msg(imprint, bytes, sizeof(bytes)) != 1)
		return NULL;
	TS_MSG_IMPRINT *made = imprint;
	imprint = NULL; /* handed over */
	return made;
}

/* What is asked for, or (nonce NULL) must at the least have been asked for. */
static TS_REQ *make_request(const struct ls_digest *digest, const uint64_t *nonce)
{
	_cleanup_(TS_REQ_free) TS_REQ *request = TS_REQ_new();
	_cleanup_(TS_MSG_IMPRINT_free) TS_MSG_IMPRINT *imprint = make_imprint(digest);
	_cleanup_(ASN1_INTEGER_free) ASN1_INTEGER *number = ASN1_INTEGER_new();
	if (!request || !imprint || !number || TS_REQ_set_version(request, 1) != 1 ||
	    TS_REQ_set_msg_imprint(request, imprint) != 1 || TS_REQ_set_cert_req(request, 1) != 1 ||
	    (nonce && (ASN1_INTEGER_set_uint64(number, *nonce) != 1 ||
		       TS_REQ_set_nonce(request, number) != 1)))
		return NULL;
	TS_REQ *made = request;
	request = NULL; /* handed over */
	return made;
}

int ls_time_stamp_request(const struct ls_digest *imprint, uint64_t nonce, struct ls_buffer *out,
			  struct ls_error *err)
{
	unsigned char *der = NULL;
	_cleanup_(TS_REQ_free) TS_REQ *request = make_request(imprint, &nonce);
	int n = request ? i2d_TS_REQ(request, &der) : -1;
	int rc = n > 0 ? ls_buffer_add(out, der, (size_t)n) : -ENOMEM;
	OPENSSL_free(der);
	return rc < 0 ? fail_memory(err) : 0;
}

/* --- the authority's certificates ---------------------------------------------------- */

/* NULL unless the bytes are one certificate and nothing else. */
static X509 *decode(struct ls_der der)
{
	const unsigned char *p = der.bytes;
	if (der.size == 0 || der.size > LS_CERTIFICATE_SIZE_MAX)
		return NULL;
	X509 *x = d2i_X509(NULL, &p, (long)der.size);
	if (x && p != der.bytes + der.size) {
		X509_free(x);
		x = NULL;
	}
	ERR_clear_error();
	return x;
}

int ls_time_stamp_ca_check(struct ls_der der, struct ls_error *err)
{
	_cleanup_(X509_free) X509 *x = decode(der);
	if (!x)
		return ls_fail(err, -EBADMSG, "time-stamp.ca",
			       "a certificate of the time-stamping authority is malformed");
	if (X509_check_ca(x) <= 0)
		return ls_fail(err, -EBADMSG, "time-stamp.ca",
			       "a certificate of the time-stamping authority is no CA's: give "
			       "the one that its certificates chain to");
	return 0;
}

int ls_time_stamp_cas_from_pem(const void *text, size_t size, struct ls_buffer *bytes,
			       struct ls_der *der, size_t *ret_count, struct ls_error *err)
{
	struct ls_reader r;
	size_t ends[LS_TIME_STAMP_CAS_MAX], count = 0, start = bytes->size;
	ls_reader_init(&r, text, size);
	do {
		if (count == LS_TIME_STAMP_CAS_MAX)
			return ls_fail(err, -EBADMSG, "time-stamp.ca",
				       "there are more than %d certificates",
				       LS_TIME_STAMP_CAS_MAX);
		int rc = ls_pem_next(&r, LS_PEM_CERTIFICATE, bytes, err);
		if (rc < 0)
			return rc;
		ends[count++] = bytes->size;
	} while (ls_reader_left(&r) > 0);
	for (size_t i = 0; i < count; start = ends[i], i++) {
		der[i] = (struct ls_der){ bytes->data + start, ends[i] - start };
		int rc = ls_time_stamp_ca_check(der[i], err);
		if (rc < 0)
			return rc;
	}
	*ret_count = count;
	return 0;
}

static int make_store(const struct ls_der *cas, size_t count, int64_t at, X509_STORE **ret_store,
		      struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	if (!store)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		_cleanup_(X509_free) X509 *x = decode(cas[i]);
		if (!x || X509_STORE_add_cert(store, x) != 1)
			return ls_fail(err, -EINVAL, "time-stamp.ca",
				       "a certificate of the time-stamping authority is malformed");
	}
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)at);
	*ret_store = store;
	store = NULL; /* handed over */
	return 0;
}

/* --- the reply ------------------------------------------------------------------------- */

/* What the authority says of its refusal is not signed: shown escaped, and cut. */
static int fail_status(TS_STATUS_INFO *info, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer said;
	ls_buffer_init(&said, 256);
	const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
	const ASN1_UTF8STRING *text = texts && sk_ASN1_UTF8STRING_num(texts) > 0
					      ? sk_ASN1_UTF8STRING_value(texts, 0)
					      : NULL;
	if (text && ASN1_STRING_length(text) <= 80)
		ls_text_escape((const char *)ASN1_STRING_get0_data(text),
			       (size_t)ASN1_STRING_length(text), &said);
	return ls_fail(err, -EBADMSG, "time-stamp.refused",
		       "the time-stamping authority did not grant it (status %ld)%s%s",
		       ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info)), said.size ? ": " : "",
		       ls_buffer_str(&said));
}

static int decode_reply(const void *bytes, size_t size, TS_RESP **ret_reply, struct ls_error *err)
{
	const unsigned char *p = bytes;
	if (size == 0 || size > LS_TIME_STAMP_SIZE_MAX)
		return fail_form(err, "it is empty, or longer than 16384 bytes");
	_cleanup_(TS_RESP_free) TS_RESP *reply = d2i_TS_RESP(NULL, &p, (long)size);
	if (!reply || p != (const unsigned char *)bytes + size)
		return fail_form(err, "it is no TimeStampResp in DER");
	TS_STATUS_INFO *info = TS_RESP_get_status_info(reply);
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
	if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
		return fail_status(info, err);
	if (!TS_RESP_get_token(reply) || !TS_RESP_get_tst_info(reply))
		return fail_form(err, "there is no token in it");
	*ret_reply = reply;
	reply = NULL; /* handed over */
	return 0;
}

static int read_time(TS_TST_INFO *info, struct ls_time_stamp *stamp, struct ls_error *err)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
		return fail_form(err, "its time is none");
	stamp->time = (int64_t)timegm(&tm);
	TS_ACCURACY *accuracy = TS_TST_INFO_get_accuracy(info);
	const ASN1_INTEGER *seconds = accuracy ? TS_ACCURACY_get_seconds(accuracy) : NULL;
	uint64_t value = 0;
	if (seconds && (ASN1_INTEGER_get_uint64(&value, seconds) != 1 || value > 86400))
		return fail_form(err, "its accuracy is more than a day");
	stamp->accuracy = (uint32_t)value + 1;
	return 0;
}

static int read_serial(TS_TST_INFO *info, struct ls_time_stamp *stamp, struct ls_error *err)
{
	_cleanup_(BN_free) BIGNUM *number = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), NULL);
	if (!number || BN_num_bytes(number) > 32)
		return fail_form(err, "its serial number has more than 32 bytes");
	char *hex = BN_bn2hex(number);
	if (!hex)
		return fail_memory(err);
	snprintf(stamp->serial, sizeof(stamp->serial), "%s", hex);
	OPENSSL_free(hex);
	return 0;
}

/* After the check: the token's one signer. */
static int read_authority(TS_RESP *reply, struct ls_time_stamp *stamp, struct ls_error *err)
{
	STACK_OF(X509) *signers = PKCS7_get0_signers(TS_RESP_get_token(reply), NULL, 0);
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	const X509 *signer = signers ? sk_X509_value(signers, 0) : NULL;
	long n = -1;
	if (signer && bio &&
	    X509_NAME_print_ex(bio, X509_get_subject_name(signer), 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(bio, &text);
	sk_X509_free(signers);
	if (n < 0)
		return fail_memory(err);
	snprintf(stamp->authority, sizeof(stamp->authority), "%.*s", (int)n, n > 0 ? text : "");
	return 0;
}

/* OpenSSL's reason, in the words of what was wrong. */
static int fail_check(struct ls_error *err)
{
	const char *data = NULL;
	int flags = 0;
	unsigned long code = ERR_peek_last_error_data(&data, &flags);
	const char *reason = ERR_reason_error_string(code);
	int why = ERR_GET_REASON(code);
	bool certificate = ERR_GET_LIB(code) == ERR_LIB_TS &&
			   (why == TS_R_CERTIFICATE_VERIFY_ERROR ||
			    why == TS_R_ESS_SIGNING_CERTIFICATE_ERROR);
	int rc = ls_fail(err, certificate ? -EKEYREJECTED : -EBADMSG,
			 certificate ? "time-stamp.certificate" : "time-stamp.token",
			 "the time stamp does not hold: %s%s%s", reason ? reason : "unknown reason",
			 data && *data && (flags & ERR_TXT_STRING) ? ": " : "",
			 data && (flags & ERR_TXT_STRING) ? data : "");
	ERR_clear_error();
	return rc;
}

static int check_token(TS_RESP *reply, const struct ls_digest *imprint, const uint64_t *nonce,
		       X509_STORE **store, struct ls_error *err)
{
	_cleanup_(TS_REQ_free) TS_REQ *request = make_request(imprint, nonce);
	_cleanup_(TS_VERIFY_CTX_free)
		TS_VERIFY_CTX *ctx = request ? TS_REQ_to_TS_VERIFY_CTX(request, NULL) : NULL;
	if (!ctx)
		return fail_memory(err);
	TS_VERIFY_CTX_add_flags(ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION);
	TS_VERIFY_CTX_set_store(ctx, *store);
	*store = NULL; /* handed over */
	ERR_clear_error();
	return TS_RESP_verify_response(ctx, reply) == 1 ? 0 : fail_check(err);
}

int ls_time_stamp_check(const void *reply_bytes, size_t size, const struct ls_digest *imprint,
			const uint64_t *nonce, const struct ls_der *cas, size_t count,
			struct ls_time_stamp *ret_stamp, struct ls_error *err)
{
	struct ls_time_stamp stamp = { .time = 0 };
	_cleanup_(TS_RESP_free) TS_RESP *reply = NULL;
	_cleanup_(X509_STORE_free) X509_STORE *store = NULL;
	int rc = decode_reply(reply_bytes, size, &reply, err);
	if (rc == 0)
		rc = read_time(TS_RESP_get_tst_info(reply), &stamp, err);
	if (rc == 0)
		rc = make_store(cas, count, stamp.time, &store, err);
	if (rc == 0)
		rc = check_token(reply, imprint, nonce, &store, err);
	if (rc == 0)
		rc = read_serial(TS_RESP_get_tst_info(reply), &stamp, err);
	if (rc == 0)
		rc = read_authority(reply, &stamp, err);
	if (rc == 0)
		*ret_stamp = stamp;
	return rc;
}
