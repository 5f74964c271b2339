/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/trust.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/pem.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

#define VERSION_LINE "labseal-trust/v1\n"

static const char COMMENT[] =
	"# What an auditor must know beforehand, from the laboratory and not from its results "
	"share.\n"
	"# Compare this file's fingerprint with the one on the instrument's label: sha256sum FILE\n"
	"# Use: labseal verify --trust FILE SHARE, and as it stands as openssl's -CAfile.\n";

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "trust.form", "the trust file is malformed: %s", why);
}

static bool policy_ref_valid(const char *text, size_t length)
{
	if (length == 0 || length >= LS_POLICY_REF_SIZE)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		      strchr("._/-", c)))
			return false;
	}
	return true;
}

/* --- parsing: header lines --------------------------------------------------------- */

/* Take comment lines: "#" and text without control characters. */
static int skip_comments(struct ls_reader *r)
{
	while (ls_read_literal(r, "#") == 0) {
		const char *line;
		size_t length;
		if (ls_read_line(r, &line, &length) < 0 || !ls_utf8_valid(line, length))
			return -EBADMSG;
		for (size_t i = 0; i < length; i++)
			if ((uint8_t)line[i] < ' ' || line[i] == 0x7f)
				return -EBADMSG;
	}
	return 0;
}

/* Whether the next line that is no comment begins with this keyword and a space, which are taken.
 */
static bool at_line(struct ls_reader *r, const char *keyword)
{
	struct ls_reader ahead = *r;
	if (skip_comments(&ahead) < 0 || ls_read_literal(&ahead, keyword) < 0 ||
	    ls_read_literal(&ahead, " ") < 0)
		return false;
	*r = ahead;
	return true;
}

static int read_value(struct ls_reader *r, const char *keyword, const char **ret_value,
		      size_t *ret_length)
{
	return at_line(r, keyword) ? ls_read_line(r, ret_value, ret_length) : -EBADMSG;
}

/* "log-ed25519 VKEY KIND", which may be missing */
static int read_ed25519(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	const char *vkey, *kind;
	size_t vkey_length, kind_length;
	if (!at_line(r, "log-ed25519"))
		return 0;
	if (ls_read_until(r, ' ', &vkey, &vkey_length) < 0 ||
	    ls_read_line(r, &kind, &kind_length) < 0 ||
	    ls_ed25519_kind_parse(kind, kind_length, &t->ed25519_kind) < 0)
		return fail_form(err, "its Ed25519 key is not \"log-ed25519 VKEY KIND\", or its "
				      "kind is not known");
	return ls_vkey_parse_ed25519(vkey, vkey_length, &t->log, err);
}

static int read_identity(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	const char *value;
	size_t length;
	if (ls_read_literal(r, VERSION_LINE) < 0)
		return fail_form(err, "its first line is not \"labseal-trust/v1\"");
	if (read_value(r, "instrument", &value, &length) < 0 || !ls_instrument_valid(value, length))
		return fail_form(err, "no line \"instrument NAME\" where it should be");
	memcpy(t->instrument, value, length);
	const char *origin;
	size_t origin_length;
	if (read_value(r, "origin", &origin, &origin_length) < 0)
		return fail_form(err, "no line \"origin NAME\" where it should be");
	if (read_value(r, "log", &value, &length) < 0)
		return fail_form(err, "no line \"log VKEY\" where it should be");
	int rc = ls_vkey_parse(value, length, &t->log, err);
	if (rc < 0)
		return rc;
	if (origin_length != strlen(t->log.name) || memcmp(origin, t->log.name, origin_length) != 0)
		return fail_form(err, "its origin is not the name of its log's key");
	return read_ed25519(r, t, err);
}

static int read_flags(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	const char *value;
	size_t length;
	if (read_value(r, "key-kind", &value, &length) < 0 ||
	    ls_key_kind_parse(value, length, &t->key_kind) < 0)
		return fail_form(err,
				 "no line \"key-kind KIND\" where it should be, or its kind is "
				 "not known");
	if (!at_line(r, "development"))
		return fail_form(err, "no line \"development yes|no\" where it should be");
	t->development = ls_read_literal(r, "yes\n") == 0;
	if (!t->development && ls_read_literal(r, "no\n") < 0)
		return fail_form(err, "no line \"development yes|no\" where it should be");
	return 0;
}

/* "authority SHA256 BASE64", "policy-ref TEXT" */
static int read_authority(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	const char *hex, *value;
	size_t hex_length, length, size = 0;
	struct ls_digest claimed, digest;
	uint8_t der[LS_P256_SPKI_SIZE];
	if (!at_line(r, "authority"))
		return 0;
	if (ls_read_until(r, ' ', &hex, &hex_length) < 0 ||
	    ls_digest_parse(hex, hex_length, &claimed) < 0 ||
	    ls_read_line(r, &value, &length) < 0 ||
	    ls_base64_decode(value, length, der, sizeof(der), &size) < 0)
		return fail_form(err, "its authority is not \"authority SHA256 BASE64\"");
	int rc = ls_p256_public_parse(der, size, &t->authority, err);
	if (rc < 0)
		return rc;
	ls_p256_public_digest(&t->authority, &digest);
	if (!ls_digest_equal(&claimed, &digest))
		return fail_form(err, "its authority's SHA-256 is not that of its key");
	if (read_value(r, "policy-ref", &value, &length) < 0 || !policy_ref_valid(value, length))
		return fail_form(err, "no line \"policy-ref TEXT\" after its authority");
	memcpy(t->policy_ref, value, length);
	t->has_authority = true;
	return 0;
}

/* "KEYWORD BASE64" of a TPMT_PUBLIC. */
static int read_public_area(struct ls_reader *r, const char *keyword, uint8_t *area,
			    size_t *ret_size)
{
	const char *value;
	size_t length;
	if (read_value(r, keyword, &value, &length) < 0)
		return -EBADMSG;
	return ls_base64_decode(value, length, area, LS_PUBLIC_AREA_MAX, ret_size) < 0 ? -EBADMSG
										       : 0;
}

/* "enrolled SHA256", which may be missing */
static int read_enrolled(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	const char *value;
	size_t length;
	if (!at_line(r, "enrolled"))
		return 0;
	if (ls_read_line(r, &value, &length) == 0 &&
	    ls_digest_parse(value, length, &t->enrolled) == 0 && !ls_digest_is_zero(&t->enrolled))
		return 0;
	return fail_form(err, "its enrolment is not \"enrolled SHA256\"");
}

/* "endorsement-key BASE64", "attestation-key BASE64": the TPM that vouches */
static int read_attester(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	struct ls_attester attester;
	struct ls_reader ahead = *r;
	if (!at_line(&ahead, "endorsement-key"))
		return 0;
	if (!t->has_authority)
		return fail_form(err, "it names a TPM and no authority");
	if (read_public_area(r, "endorsement-key", t->endorsement, &t->endorsement_size) < 0 ||
	    read_public_area(r, "attestation-key", t->attestation, &t->attestation_size) < 0)
		return fail_form(err, "its TPM is not \"endorsement-key BASE64\" and "
				      "\"attestation-key BASE64\"");
	int rc = ls_attester_init(t->endorsement, t->endorsement_size, t->attestation,
				  t->attestation_size, &attester, err);
	if (rc < 0)
		ls_error_prefix(err, "the trust file");
	return rc < 0 ? rc : read_enrolled(r, t, err);
}

/* " KEY:HEX", which may be missing. */
static int read_optional_digest(struct ls_reader *line, const char *key,
				struct ls_digest *ret_digest)
{
	const uint8_t *hex;
	if (ls_read_literal(line, key) < 0)
		return 0;
	if (ls_read_bytes(line, 2 * LS_DIGEST_SIZE, &hex) < 0 ||
	    ls_digest_parse((const char *)hex, 2 * LS_DIGEST_SIZE, ret_digest) < 0 ||
	    ls_digest_is_zero(ret_digest))
		return -EBADMSG;
	return 0;
}

/* " counter:N", which may be missing; it is the last. */
static int read_counter(struct ls_reader *line, uint64_t *ret_counter)
{
	if (ls_read_literal(line, " counter:") < 0)
		return 0;
	const char *digits = (const char *)line->data + line->pos;
	size_t length = ls_reader_left(line);
	line->pos = line->size;
	return ls_parse_u64(digits, length, ret_counter) < 0 || *ret_counter == 0 ? -EBADMSG : 0;
}

/* "VERSION pcr23:HEX [policy:HEX] [domain-xml:HEX] [base-image:HEX] [counter:N]" */
static int parse_approved(const char *text, size_t length, struct ls_trust_approved *a)
{
	struct ls_reader line;
	const char *version;
	size_t version_length;
	ls_reader_init(&line, text, length);
	if (ls_read_until(&line, ' ', &version, &version_length) < 0 ||
	    ls_parse_u64(version, version_length, &a->version) < 0 || a->version == 0 ||
	    read_optional_digest(&line, "pcr23:", &a->pcr23) < 0 || ls_digest_is_zero(&a->pcr23) ||
	    read_optional_digest(&line, " policy:", &a->policy) < 0 ||
	    read_optional_digest(&line, " domain-xml:", &a->domain_xml) < 0 ||
	    read_optional_digest(&line, " base-image:", &a->base_image) < 0 ||
	    read_counter(&line, &a->counter) < 0)
		return -EBADMSG;
	return ls_reader_end(&line);
}

static int read_approved(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	t->approved = calloc(LS_TRUST_APPROVED_MAX, sizeof(*t->approved));
	if (!t->approved)
		return ls_fail(err, -ENOMEM, "trust.memory", "out of memory for the trust file");
	while (at_line(r, "approved")) {
		const char *text;
		size_t length;
		if (t->approved_count == LS_TRUST_APPROVED_MAX)
			return fail_form(err, "it approves more than 256 states");
		struct ls_trust_approved *a = &t->approved[t->approved_count];
		if (ls_read_line(r, &text, &length) < 0 || parse_approved(text, length, a) < 0)
			return fail_form(err,
					 "an approval is not \"approved VERSION pcr23:HEX ...\"");
		if (t->approved_count > 0 && a->version <= a[-1].version)
			return fail_form(err, "its approvals' versions do not increase");
		t->approved_count++;
	}
	return 0;
}

/* "person-ca BASE64", "person-revoked SHA256 TIME" */
static int read_persons(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	const char *value;
	size_t length;
	int rc = 0;
	while (rc == 0 && at_line(r, LS_PERSON_CA))
		rc = ls_read_line(r, &value, &length) < 0
			     ? fail_form(err, "its last line does not end")
			     : ls_persons_read_authority(&t->persons, value, length, err);
	while (rc == 0 && at_line(r, LS_PERSON_REVOKED))
		rc = ls_read_line(r, &value, &length) < 0
			     ? fail_form(err, "its last line does not end")
			     : ls_persons_read_revoked(&t->persons, value, length, err);
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	ls_error_prefix(err, "the trust file");
	return -EBADMSG;
}

/* The lines with this keyword, each given to take(). */
static int read_parties(struct ls_reader *r, const char *keyword, struct ls_third_parties *parties,
			int (*take)(struct ls_third_parties *parties, const char *text,
				    size_t length, struct ls_error *err),
			struct ls_error *err)
{
	const char *value;
	size_t length;
	int rc = 0;
	while (rc == 0 && at_line(r, keyword))
		rc = ls_read_line(r, &value, &length) < 0
			     ? fail_form(err, "its last line does not end")
			     : take(parties, value, length, err);
	return rc;
}

/* "time-stamp-ca BASE64", "witness VKEY", "quorum N" */
static int read_third_parties(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	struct ls_third_parties *p = &t->third_parties;
	int rc = read_parties(r, LS_TIME_STAMP_CA, p, ls_third_parties_read_ca, err);
	if (rc == 0)
		rc = read_parties(r, LS_WITNESS, p, ls_third_parties_read_witness, err);
	if (rc == 0)
		rc = read_parties(r, LS_QUORUM, p, ls_third_parties_read_quorum, err);
	if (rc == 0)
		rc = ls_third_parties_check(p, t->log.name, err);
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	ls_error_prefix(err, "the trust file");
	return -EBADMSG;
}

/* Who certifies persons does not certify instruments, nor the other way round. */
static bool is_kept_apart(const struct ls_trust *t)
{
	for (size_t i = 0; i < t->certificate_count; i++)
		if (ls_persons_has_authority(&t->persons, t->certificates[i]))
			return false;
	return true;
}

/* --- parsing: certificates ----------------------------------------------------------- */

static int read_certificate(struct ls_reader *r, struct ls_buffer *bytes, struct ls_error *err)
{
	size_t before = bytes->size;
	struct ls_certificate c;
	int rc = ls_pem_next(r, LS_PEM_CERTIFICATE, bytes, err);
	if (rc < 0)
		return rc;
	struct ls_der der = { bytes->data + before, bytes->size - before };
	rc = ls_certificate_read(der, &c, err);
	if (rc == 0 && !c.is_ca)
		rc = fail_form(err, "a certificate in it is no CA's");
	return rc;
}

static int read_certificates(struct ls_reader *r, struct ls_trust *t, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	size_t ends[LS_TRUST_CERTIFICATES_MAX], count = 0;
	ls_buffer_init(&bytes, LS_TRUST_SIZE_MAX);
	if (skip_comments(r) < 0)
		return fail_form(err, "a comment has control characters or is not UTF-8");
	do {
		if (count == LS_TRUST_CERTIFICATES_MAX)
			return fail_form(err, "it has more than 16 certificates");
		int rc = read_certificate(r, &bytes, err);
		if (rc < 0) {
			ls_error_prefix(err, "the trust file, at byte %zu", r->pos);
			return rc;
		}
		ends[count++] = bytes.size;
	} while (ls_reader_left(r) > 0);
	t->certificates = calloc(count, sizeof(*t->certificates));
	if (!t->certificates)
		return ls_fail(err, -ENOMEM, "trust.memory", "out of memory for the trust file");
	for (size_t i = 0; i < count; i++) {
		size_t start = i > 0 ? ends[i - 1] : 0;
		t->certificates[i] = (struct ls_der){ bytes.data + start, ends[i] - start };
	}
	t->certificate_count = count;
	t->certificate_bytes = ls_steal_ptr(&bytes.data); /* handed over */
	return 0;
}

int ls_trust_parse(const void *bytes, size_t size, struct ls_trust *ret_trust, struct ls_error *err)
{
	_cleanup_trust_ struct ls_trust t = { .approved_count = 0 };
	struct ls_reader r;
	if (size > LS_TRUST_SIZE_MAX)
		return fail_form(err, "it is longer than 262144 bytes");
	ls_reader_init(&r, bytes, size);
	int rc = read_identity(&r, &t, err);
	if (rc < 0 || (rc = read_flags(&r, &t, err)) < 0 ||
	    (rc = read_authority(&r, &t, err)) < 0 || (rc = read_attester(&r, &t, err)) < 0 ||
	    (rc = read_approved(&r, &t, err)) < 0 || (rc = read_persons(&r, &t, err)) < 0 ||
	    (rc = read_third_parties(&r, &t, err)) < 0 || (rc = read_certificates(&r, &t, err)) < 0)
		return rc;
	if (!is_kept_apart(&t))
		return fail_form(err, "a person CA in it is also the instrument's");
	*ret_trust = t;
	memset(&t, 0, sizeof(t)); /* handed over */
	return 0;
}

void ls_trust_free(struct ls_trust *trust)
{
	if (!trust)
		return;
	ls_persons_free(&trust->persons);
	ls_third_parties_free(&trust->third_parties);
	free(trust->approved);
	free(trust->certificates);
	free(trust->certificate_bytes);
	memset(trust, 0, sizeof(*trust));
}

/* --- formatting ------------------------------------------------------------------------ */

static int check(const struct ls_trust *t, struct ls_error *err)
{
	const char *why = NULL;
	struct ls_attester attester;
	if (!ls_instrument_valid(t->instrument, strnlen(t->instrument, LS_INSTRUMENT_SIZE)))
		why = "the instrument's name is not allowed";
	else if (!ls_note_name_valid(t->log.name, strnlen(t->log.name, LS_NOTE_NAME_SIZE)))
		why = "the log's name is not allowed";
	else if (t->key_kind < LS_KEY_FILE || t->key_kind > LS_KEY_KIND_LAST)
		why = "the kind of the signing key is not known";
	else if (t->log.has_ed25519 != (t->ed25519_kind != LS_ED25519_NONE) ||
		 t->ed25519_kind > LS_ED25519_KIND_LAST)
		why = "the Ed25519 key and its kind must both be named, or neither";
	else if (t->has_authority &&
		 !policy_ref_valid(t->policy_ref, strnlen(t->policy_ref, LS_POLICY_REF_SIZE)))
		why = "the policy reference must be 1 to 64 characters of [A-Za-z0-9._/-]";
	else if (t->endorsement_size > 0 &&
		 (!t->has_authority ||
		  ls_attester_init(t->endorsement, t->endorsement_size, t->attestation,
				   t->attestation_size, &attester, NULL) < 0))
		why = "the TPM's endorsement and attestation key are not a pair, or there is no "
		      "authority";
	else if (t->endorsement_size == 0 && !ls_digest_is_zero(&t->enrolled))
		why = "no TPM is named that could be enrolled";
	else if (t->approved_count > LS_TRUST_APPROVED_MAX)
		why = "it approves more than 256 states";
	else if (t->certificate_count == 0 || t->certificate_count > LS_TRUST_CERTIFICATES_MAX)
		why = "it needs 1 to 16 CA certificates";
	else if (!is_kept_apart(t))
		why = "a person CA is also the instrument's: persons need a CA of their own";
	else if (ls_third_parties_check(&t->third_parties, t->log.name, NULL) < 0)
		why = "its witnesses have no quorum that can be met, or one has the log's name";
	for (size_t i = 0; !why && i < t->approved_count; i++)
		if (t->approved[i].version <= (i > 0 ? t->approved[i - 1].version : 0) ||
		    ls_digest_is_zero(&t->approved[i].pcr23))
			why = "approvals need a measurement and increasing versions";
	for (size_t i = 0; !why && i < t->certificate_count; i++) {
		struct ls_certificate c;
		if (ls_certificate_read(t->certificates[i], &c, NULL) < 0 || !c.is_ca)
			why = "one of its certificates is malformed, or no CA's";
	}
	return why ? ls_fail(err, -EINVAL, "trust.field", "cannot write a trust file: %s", why) : 0;
}

static void put_digest(struct ls_buffer *out, const char *key, const struct ls_digest *d)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (!ls_digest_is_zero(d))
		ls_buffer_printf(out, " %s:%s", key, ls_digest_hex(d, hex));
}

static void put_authority(struct ls_buffer *out, const struct ls_trust *t)
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	ls_p256_public_digest(&t->authority, &digest);
	ls_buffer_printf(out, "authority %s ", ls_digest_hex(&digest, hex));
	ls_base64_encode(t->authority.spki, LS_P256_SPKI_SIZE, out);
	ls_buffer_printf(out, "\npolicy-ref %s\n", t->policy_ref);
}

static void put_attester(struct ls_buffer *out, const struct ls_trust *t)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_add_str(out, "endorsement-key ");
	ls_base64_encode(t->endorsement, t->endorsement_size, out);
	ls_buffer_add_str(out, "\nattestation-key ");
	ls_base64_encode(t->attestation, t->attestation_size, out);
	ls_buffer_add_str(out, "\n");
	if (!ls_digest_is_zero(&t->enrolled))
		ls_buffer_printf(out, "enrolled %s\n", ls_digest_hex(&t->enrolled, hex));
}

int ls_trust_format(const struct ls_trust *trust, struct ls_buffer *out, struct ls_error *err)
{
	char vkey[LS_VKEY_SIZE];
	int rc = check(trust, err);
	if (rc < 0)
		return rc;
	ls_buffer_printf(out, VERSION_LINE "%sinstrument %s\norigin %s\nlog %s\n", COMMENT,
			 trust->instrument, trust->log.name, ls_vkey_format(&trust->log, vkey));
	if (trust->log.has_ed25519)
		ls_buffer_printf(out, "log-ed25519 %s %s\n",
				 ls_vkey_format_ed25519(&trust->log, vkey),
				 ls_ed25519_kind_name(trust->ed25519_kind));
	ls_buffer_printf(out, "key-kind %s\n", ls_key_kind_name(trust->key_kind));
	ls_buffer_printf(out, "development %s\n", trust->development ? "yes" : "no");
	if (trust->has_authority)
		put_authority(out, trust);
	if (trust->endorsement_size > 0)
		put_attester(out, trust);
	for (size_t i = 0; i < trust->approved_count; i++) {
		const struct ls_trust_approved *a = &trust->approved[i];
		ls_buffer_printf(out, "approved %" PRIu64, a->version);
		put_digest(out, "pcr23", &a->pcr23);
		put_digest(out, "policy", &a->policy);
		put_digest(out, "domain-xml", &a->domain_xml);
		put_digest(out, "base-image", &a->base_image);
		if (a->counter > 0)
			ls_buffer_printf(out, " counter:%" PRIu64, a->counter);
		ls_buffer_add_str(out, "\n");
	}
	ls_persons_format(&trust->persons, out);
	ls_third_parties_format(&trust->third_parties, out);
	for (size_t i = 0; i < trust->certificate_count; i++)
		ls_certificate_to_pem(trust->certificates[i], out);
	if (ls_buffer_error(out) < 0)
		return ls_fail(err, ls_buffer_error(out), "trust.size",
			       "a trust file does not fit its buffer");
	return 0;
}

const struct ls_trust_approved *ls_trust_find_approved(const struct ls_trust *trust,
						       uint64_t version)
{
	for (size_t i = 0; i < trust->approved_count; i++)
		if (trust->approved[i].version == version)
			return &trust->approved[i];
	return NULL;
}

const char *ls_trust_fingerprint(const void *bytes, size_t size,
				 char buffer[static LS_FINGERPRINT_SIZE])
{
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	ls_sha256_buffer(bytes, size, &digest);
	ls_digest_hex(&digest, hex);
	for (size_t group = 0; group < 16; group++) {
		memcpy(buffer + 5 * group, hex + 4 * group, 4);
		buffer[5 * group + 4] = ' ';
	}
	buffer[LS_FINGERPRINT_SIZE - 1] = '\0';
	return buffer;
}
