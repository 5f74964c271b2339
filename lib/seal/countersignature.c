/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/countersignature.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"
#include "lib/seal/cms.h"
#include "lib/seal/person_signature.h"

#define VERSION_LINE "# labseal/countersignature/v1\n"
#define FILE_END     "  " LS_FILE_MANIFEST "\n"

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "countersignature.form",
		       "a countersignature is malformed: %s", why);
}

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "countersignature.memory",
		       "out of memory for a countersignature");
}

/* --- the text ---------------------------------------------------------------------- */

static const char *const meanings[] = {
	[LS_MEANING_REVIEW] = "review",
	[LS_MEANING_APPROVAL] = "approval",
	[LS_MEANING_RESPONSIBILITY] = "responsibility",
	[LS_MEANING_AUTHORSHIP] = "authorship",
};

const char *ls_meaning_name(enum ls_meaning meaning)
{
	return meanings[meaning];
}

int ls_meaning_parse(const char *text, size_t length, enum ls_meaning *ret_meaning)
{
	for (int i = LS_MEANING_REVIEW; i <= LS_MEANING_LAST; i++)
		if (strlen(meanings[i]) == length && memcmp(meanings[i], text, length) == 0) {
			*ret_meaning = (enum ls_meaning)i;
			return 0;
		}
	return -EBADMSG;
}

/* A name as ls_text_escape makes it, of at least one character. */
static bool name_valid(const char *text, size_t length)
{
	if (length == 0 || length >= LS_COMMON_NAME_SIZE)
		return false;
	struct ls_buffer again;
	ls_buffer_init(&again, 3 * LS_COMMON_NAME_SIZE);
	/* what was escaped has '%' in it, which escapes again: so each '%' is left out of the look
	 */
	for (size_t i = 0; i < length; i++)
		if (text[i] == '%' && (length - i < 3 || !strchr("0123456789ABCDEF", text[i + 1]) ||
				       !strchr("0123456789ABCDEF", text[i + 2])))
			return false;
	ls_text_escape(text, length, &again);
	size_t signs = 0;
	for (size_t i = 0; i < length; i++)
		signs += text[i] == '%';
	bool shown_as_it_is = !ls_buffer_error(&again) && again.size == length + 2 * signs;
	ls_buffer_free(&again);
	return shown_as_it_is;
}

int ls_countersignature_format(const struct ls_countersignature *c, struct ls_buffer *out,
			       struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE], utc[LS_UTC_SIZE];
	if (!ls_instrument_valid(c->instrument, strnlen(c->instrument, LS_INSTRUMENT_SIZE)) ||
	    c->seal == 0 || c->meaning < LS_MEANING_REVIEW || c->meaning > LS_MEANING_LAST ||
	    !name_valid(c->name, strnlen(c->name, LS_COMMON_NAME_SIZE)))
		return ls_fail(err, -EINVAL, "countersignature.field",
			       "cannot write a countersignature: instrument, seal, meaning or name "
			       "is not allowed");
	ls_buffer_printf(out,
			 VERSION_LINE "# instrument %s\n# seal %" PRIu64
				      "\n# meaning %s\n# name %s\n# signed %s\n%s" FILE_END,
			 c->instrument, c->seal, ls_meaning_name(c->meaning), c->name,
			 ls_utc_format(c->signed_at, utc), ls_digest_hex(&c->manifest, hex));
	return ls_buffer_error(out) < 0 ? fail_memory(err) : 0;
}

/* "# KEYWORD VALUE" */
static int read_value(struct ls_reader *r, const char *keyword, const char **ret_value,
		      size_t *ret_length)
{
	return ls_read_literal(r, "# ") < 0 || ls_read_literal(r, keyword) < 0 ||
			       ls_read_literal(r, " ") < 0
		       ? -EBADMSG
		       : ls_read_line(r, ret_value, ret_length);
}

static int read_result(struct ls_reader *r, struct ls_countersignature *c, struct ls_error *err)
{
	const char *value;
	size_t length;
	if (ls_read_literal(r, VERSION_LINE) < 0)
		return fail_form(err, "its first line is not \"# labseal/countersignature/v1\"");
	if (read_value(r, "instrument", &value, &length) < 0 || !ls_instrument_valid(value, length))
		return fail_form(err, "no line \"# instrument NAME\" where it should be");
	memcpy(c->instrument, value, length);
	if (read_value(r, "seal", &value, &length) < 0 ||
	    ls_parse_u64(value, length, &c->seal) < 0 || c->seal == 0)
		return fail_form(err, "no line \"# seal NUMBER\" where it should be");
	return 0;
}

static int read_word(struct ls_reader *r, struct ls_countersignature *c, struct ls_error *err)
{
	const char *value;
	size_t length;
	if (read_value(r, "meaning", &value, &length) < 0 ||
	    ls_meaning_parse(value, length, &c->meaning) < 0)
		return fail_form(err, "no line \"# meaning review, approval, responsibility or "
				      "authorship\" where it should be");
	if (read_value(r, "name", &value, &length) < 0 || !name_valid(value, length))
		return fail_form(err, "no line \"# name NAME\" where it should be");
	memcpy(c->name, value, length);
	if (read_value(r, "signed", &value, &length) < 0 ||
	    ls_utc_parse(value, length, &c->signed_at) < 0)
		return fail_form(err, "no line \"# signed TIME\" where it should be");
	return 0;
}

int ls_countersignature_parse(const void *bytes, size_t size,
			      struct ls_countersignature *ret_countersignature,
			      struct ls_error *err)
{
	struct ls_countersignature c = { .seal = 0 };
	struct ls_reader r;
	const uint8_t *hex;
	if (size > LS_COUNTERSIGNATURE_SIZE_MAX)
		return fail_form(err, "its text is longer than 1024 bytes");
	ls_reader_init(&r, bytes, size);
	int rc = read_result(&r, &c, err);
	if (rc == 0)
		rc = read_word(&r, &c, err);
	if (rc < 0)
		return rc;
	if (ls_read_bytes(&r, 2 * LS_DIGEST_SIZE, &hex) < 0 ||
	    ls_digest_parse((const char *)hex, 2 * LS_DIGEST_SIZE, &c.manifest) < 0 ||
	    ls_read_literal(&r, FILE_END) < 0 || ls_reader_end(&r) < 0)
		return fail_form(err, "it does not end with the SHA-256 of manifest.sha256");
	*ret_countersignature = c;
	return 0;
}

/* --- the request ------------------------------------------------------------------- */

static void json_unref(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_unref)))

void ls_countersign_request_free(struct ls_countersign_request *request)
{
	ls_buffer_free(&request->text);
	ls_buffer_free(&request->signature);
}

int ls_countersign_request_format(const struct ls_buffer *text, const struct ls_buffer *signature,
				  struct ls_buffer *out, struct ls_error *err)
{
	struct ls_buffer base64;
	ls_buffer_init(&base64, 2 * LS_CMS_SIZE_MAX);
	ls_base64_encode(signature->data, signature->size, &base64);
	_cleanup_json_ json_t *json = json_pack("{s:s%, s:s}", "statement", ls_buffer_str(text),
						text->size, "signature", ls_buffer_str(&base64));
	bool lost = ls_buffer_error(&base64) < 0;
	ls_buffer_free(&base64);
	char *dump = json && !lost ? json_dumps(json, JSON_INDENT(1)) : NULL;
	if (dump && ls_buffer_add_str(out, dump) == 0)
		ls_buffer_add_str(out, "\n");
	free(dump);
	return !dump || ls_buffer_error(out) < 0 ? fail_memory(err) : 0;
}

static int take_parts(const char *text, size_t text_size, const char *base64, size_t base64_size,
		      struct ls_countersign_request *r, struct ls_error *err)
{
	size_t size = 0;
	int rc = ls_countersignature_parse(text, text_size, &r->said, err);
	if (rc < 0)
		return rc;
	ls_buffer_init(&r->text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&r->signature, LS_CMS_SIZE_MAX);
	uint8_t *room = ls_buffer_reserve(&r->signature, LS_CMS_SIZE_MAX);
	if (!room || ls_buffer_add(&r->text, text, text_size) < 0)
		return fail_memory(err);
	if (ls_base64_decode(base64, base64_size, room, LS_CMS_SIZE_MAX, &size) < 0 || size == 0)
		return fail_form(err, "its signature is not base64 of at most 16384 bytes");
	ls_buffer_commit(&r->signature, size);
	return 0;
}

int ls_countersign_request_parse(const void *bytes, size_t size,
				 struct ls_countersign_request *ret_request, struct ls_error *err)
{
	json_error_t why;
	const char *text, *base64,
		*occurred = NULL; /* which the enclave adds to every event's detail */
	size_t text_size, base64_size;
	if (size > LS_COUNTERSIGN_REQUEST_MAX)
		return ls_fail(err, -EBADMSG, "countersignature.request",
			       "a countersignature's file is larger than %d bytes",
			       LS_COUNTERSIGN_REQUEST_MAX);
	_cleanup_json_ json_t *json = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &why);
	if (!json ||
	    json_unpack_ex(json, &why, 0, "{s:s%, s:s%, s?s !}", "statement", &text, &text_size,
			   "signature", &base64, &base64_size, "occurred", &occurred) < 0)
		return ls_fail(err, -EBADMSG, "countersignature.request",
			       "this is no countersignature of labseal: line %d: %s", why.line,
			       why.text);
	_cleanup_countersign_request_ struct ls_countersign_request r = { .text = { .max = 0 } };
	int rc = take_parts(text, text_size, base64, base64_size, &r, err);
	if (rc < 0)
		return rc;
	*ret_request = r;
	memset(&r, 0, sizeof(r)); /* handed over */
	return 0;
}

/* --- who signed -------------------------------------------------------------------- */

static int wrong(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "countersignature.signature",
		       "the countersignature is wrong: %s", why);
}

/* OpenSSL counts a certificate's last second as past, RFC 5280 (4.1.2.5) does not. */
static int64_t within(int64_t at, const struct ls_certificate *c)
{
	return at < c->not_before ? c->not_before : at >= c->not_after ? c->not_after - 1 : at;
}

/* Signature, chain and usage; the chain at a time when the person's certificate was valid. */
static int check_signature(const struct ls_countersign_request *r, const struct ls_persons *persons,
			   int64_t at, const struct ls_person_certificates *certificates,
			   const struct ls_certificate *c, struct ls_error *err)
{
	struct ls_error why = { 0 };
	int64_t signed_at = 0;
	int rc = ls_person_signature_check(r->signature.data, r->signature.size, r->text.data,
					   r->text.size, &signed_at, &why);
	if (rc < 0)
		return rc == -ENOMEM ? fail_memory(err) : wrong(err, why.message);
	rc = ls_person_chain_check(certificates, persons, within(at, c), err);
	if (rc == 0 && signed_at != r->said.signed_at)
		rc = ls_fail(err, -EBADMSG, "countersignature.time",
			     "the countersignature was made at another time than its text says");
	return rc;
}

static int check_name(const struct ls_countersign_request *r, struct ls_der der,
		      struct ls_error *err)
{
	char name[LS_COMMON_NAME_SIZE];
	int rc = ls_certificate_common_name(der, name, err);
	if (rc == 0 && strcmp(name, r->said.name) != 0)
		rc = ls_fail(err, -EBADMSG, "countersignature.name",
			     "it is signed for '%s' with the certificate of '%s'", r->said.name,
			     name);
	return rc;
}

static int check_times(const struct ls_countersign_request *r, const struct ls_persons *persons,
		       int64_t at, const struct ls_certificate *c, struct ls_error *err)
{
	char utc[LS_UTC_SIZE], other[LS_UTC_SIZE];
	const struct ls_person_revoked *revoked = ls_persons_find_revoked(persons, &c->sha256);
	if (r->said.signed_at > at + LS_COUNTERSIGN_AHEAD)
		return ls_fail(err, -EBADMSG, "countersignature.time",
			       "it says that it was signed at %s, after it came at %s: the "
			       "person's clock is wrong",
			       ls_utc_format(r->said.signed_at, utc), ls_utc_format(at, other));
	if (at < c->not_before || at > c->not_after)
		return ls_fail(err, -EKEYREJECTED, "countersignature.expired",
			       "the certificate '%s' was not valid at %s", c->subject,
			       ls_utc_format(at, utc));
	if (revoked && at >= revoked->at)
		return ls_fail(err, -EKEYREJECTED, "countersignature.revoked",
			       "the certificate '%s' was revoked at %s", c->subject,
			       ls_utc_format(revoked->at, utc));
	return 0;
}

int ls_countersign_check(const struct ls_countersign_request *request,
			 const struct ls_persons *persons, int64_t at,
			 struct ls_countersigner *ret_signer, struct ls_error *err)
{
	struct ls_person_certificates certificates;
	struct ls_certificate c = { .not_before = 0 };
	struct ls_error why = { 0 };
	int rc = ls_person_signature_certificates(request->signature.data, request->signature.size,
						  &certificates, &why);
	if (rc == 0)
		rc = ls_certificate_read_any(certificates.all[0], &c, &why);
	if (rc < 0)
		return rc == -ENOMEM ? fail_memory(err) : wrong(err, why.message);
	rc = check_signature(request, persons, at, &certificates, &c, err);
	if (rc == 0 || rc == -ENOKEY || rc == -EKEYREJECTED) {
		*ret_signer = (struct ls_countersigner){ .certificate = c.sha256,
							 .not_before = c.not_before,
							 .not_after = c.not_after };
		memcpy(ret_signer->subject, c.subject, sizeof(c.subject));
	}
	if (rc == 0)
		rc = check_name(request, certificates.all[0], err);
	return rc < 0 ? rc : check_times(request, persons, at, &c, err);
}
