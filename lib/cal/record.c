/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cal/record_internal.h"

#define VERSION_LINE	"labseal/calibration/v1"
#define SIGNED_PREFIX	"labseal calibration v1\n"
#define FORM_SIGNATURE	"signature ROLE BASE64"
#define SIGNATURE_START "signature "

static const char *const KINDS[] = {
	[LS_CAL_ORGANISATION] = "organisation",
	[LS_CAL_TECHNICIAN] = "technician",
	[LS_CAL_DEVICE] = "device",
	[LS_CAL_REPORT] = "report",
	[LS_CAL_REVOCATION] = "revocation",
	[LS_CAL_HEARTBEAT] = "heartbeat",
};

static const char *const ROLES[] = {
	[LS_CAL_ROLE_CERTIFIER] = "certifier",	     [LS_CAL_ROLE_PARENT] = "parent",
	[LS_CAL_ROLE_ORGANISATION] = "organisation", [LS_CAL_ROLE_TECHNICIAN] = "technician",
	[LS_CAL_ROLE_REVOKER] = "revoker",	     [LS_CAL_ROLE_REGISTRY] = "registry",
};

const char *ls_cal_kind_name(enum ls_cal_kind kind)
{
	return kind >= LS_CAL_ORGANISATION && kind <= LS_CAL_HEARTBEAT ? KINDS[kind] : "?";
}

int ls_cal_kind_parse(const char *text, size_t length, enum ls_cal_kind *ret_kind)
{
	for (int i = LS_CAL_ORGANISATION; i <= LS_CAL_HEARTBEAT; i++)
		if (strlen(KINDS[i]) == length && memcmp(KINDS[i], text, length) == 0) {
			*ret_kind = (enum ls_cal_kind)i;
			return 0;
		}
	return -EBADMSG;
}

const char *ls_cal_role_name(enum ls_cal_role role)
{
	return role >= LS_CAL_ROLE_CERTIFIER && role <= LS_CAL_ROLE_REGISTRY ? ROLES[role] : "?";
}

void ls_cal_record_free(struct ls_cal_record *record)
{
	if (!record)
		return;
	if (record->kind == LS_CAL_ORGANISATION)
		free(record->organisation.scopes);
	if (record->kind == LS_CAL_REPORT)
		ls_cal_report_free(&record->report);
	memset(record, 0, sizeof(*record));
}

/* --- roles --------------------------------------------------------------------------- */

/* A report's: one for each parent, or one in their place, and the technician's. */
static enum ls_cal_role report_role(const struct ls_cal_report *report, size_t i)
{
	size_t places = report->parent_count > 0 ? report->parent_count : 1;
	if (i == places)
		return LS_CAL_ROLE_TECHNICIAN;
	if (i > places)
		return 0;
	return report->parent_count == 0 || report->parents[i].document ? LS_CAL_ROLE_ORGANISATION
									: LS_CAL_ROLE_PARENT;
}

enum ls_cal_role ls_cal_record_role(const struct ls_cal_record *record, size_t i)
{
	switch (record->kind) {
	case LS_CAL_REPORT: return report_role(&record->report, i);
	case LS_CAL_REVOCATION: return i == 0 ? LS_CAL_ROLE_REVOKER : 0;
	case LS_CAL_HEARTBEAT: return i == 0 ? LS_CAL_ROLE_REGISTRY : 0;
	default: return i == 0 ? LS_CAL_ROLE_CERTIFIER : 0;
	}
}

size_t ls_cal_record_signatures(const struct ls_cal_record *record)
{
	if (record->kind != LS_CAL_REPORT)
		return 1;
	return (record->report.parent_count > 0 ? record->report.parent_count : 1) + 1;
}

/* --- parsing ------------------------------------------------------------------------- */

static int digest_in_role(enum ls_cal_role role, const void *text, size_t size,
			  struct ls_digest *ret_digest)
{
	const char *name = ls_cal_role_name(role);
	const struct ls_sha256_piece pieces[] = {
		{ SIGNED_PREFIX, strlen(SIGNED_PREFIX) },
		{ name, strlen(name) },
		{ "\n", 1 },
		{ text, size },
	};
	return ls_sha256_pieces(pieces, 4, ret_digest);
}

static int read_head(struct ls_cal_lines *lines, struct ls_cal_record *record)
{
	struct ls_cal_field f;
	if (!ls_cal_lines_is(lines, VERSION_LINE))
		return ls_cal_lines_fail(lines, "it is not \"" VERSION_LINE "\"");
	int rc = ls_cal_lines_text(lines, "registry", record->registry, sizeof(record->registry),
				   "registry ORIGIN");
	if (rc < 0)
		return rc;
	if (!ls_note_name_valid(record->registry, strlen(record->registry)))
		return ls_cal_lines_fail(lines, "the line before has no log's origin");
	rc = ls_cal_lines_take(lines, "kind", &f, 1, "kind KIND");
	if (rc < 0)
		return rc;
	if (ls_cal_kind_parse(f.text, f.length, &record->kind) < 0)
		return ls_cal_lines_fail(lines, "the line before has no kind of the format");
	return ls_cal_take_time(lines, "issued", /* endless= */ false, &record->issued,
				"issued TIME");
}

/* The digest is the former signature's where the role is. */
static int read_signature(struct ls_cal_lines *lines, size_t text_size,
			  struct ls_cal_record *record)
{
	struct ls_cal_signature *s = &record->signatures[record->signature_count];
	struct ls_cal_field f[2];
	int rc = ls_cal_lines_take(lines, "signature", f, 2, FORM_SIGNATURE);
	if (rc < 0)
		return rc;
	s->role = ls_cal_record_role(record, record->signature_count);
	const char *name = ls_cal_role_name(s->role);
	if (strlen(name) != f[0].length || memcmp(name, f[0].text, f[0].length) != 0)
		return ls_cal_lines_fail(lines, "the signature before is not of the role that has "
						"to sign here");
	if (ls_base64_decode(f[1].text, f[1].length, s->der, sizeof(s->der), &s->size) < 0 ||
	    s->size == 0)
		return ls_cal_lines_fail(lines, "the signature before is not base64 of 1 to 72 "
						"bytes");
	if (record->signature_count > 0 && s[-1].role == s->role)
		s->digest = s[-1].digest;
	else if (digest_in_role(s->role, lines->r.data, text_size, &s->digest) < 0)
		return ls_fail(lines->err, -ENOMEM, "cal.memory", "out of memory for a record");
	record->signature_count++;
	return 0;
}

static int read_signatures(struct ls_cal_lines *lines, struct ls_cal_record *record)
{
	size_t text_size = lines->r.pos, count = ls_cal_record_signatures(record);
	int rc = 0;
	ls_sha256_buffer(lines->r.data, text_size, &record->id);
	while (rc == 0 && record->signature_count < count)
		rc = read_signature(lines, text_size, record);
	return rc;
}

/* What follows the signatures: a report's details. */
static int read_details(struct ls_cal_lines *lines, struct ls_cal_report *report)
{
	size_t left = ls_reader_left(&lines->r);
	const uint8_t *bytes = lines->r.data + lines->r.pos;
	struct ls_digest digest;
	if (left == 0 && report->private)
		return 0;
	if (left == 0)
		return ls_cal_lines_fail(lines, "a public report ends without its details");
	ls_sha256_buffer(bytes, left, &digest);
	if (!ls_digest_equal(&digest, &report->details_digest))
		return ls_cal_lines_fail(lines, "the details from here on are not those that the "
						"report names by their SHA-256");
	return ls_cal_details_parse(bytes, left, report->parent_count, &report->details,
				    lines->err);
}

static int parse(struct ls_cal_lines *lines, struct ls_cal_record *record)
{
	int rc = read_head(lines, record);
	if (rc == 0)
		rc = ls_cal_body_parse(lines, record);
	if (rc == 0)
		rc = read_signatures(lines, record);
	if (rc < 0)
		return rc;
	if (record->kind == LS_CAL_REPORT)
		return read_details(lines, &record->report);
	if (ls_reader_left(&lines->r) > 0)
		return ls_cal_lines_fail(lines, "something follows the signature");
	return 0;
}

static struct ls_cal_lines lines_of(const void *bytes, size_t size, struct ls_error *err)
{
	struct ls_cal_lines lines = { .id = "cal.record.form",
				      .what = "a calibration record",
				      .err = err };
	ls_reader_init(&lines.r, bytes, size);
	return lines;
}

int ls_cal_record_parse(const void *bytes, size_t size, struct ls_cal_record *ret_record,
			struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = 0 };
	struct ls_cal_lines lines = lines_of(bytes, size, err);
	if (size > LS_CAL_RECORD_SIZE_MAX)
		return ls_fail(err, -EBADMSG, "cal.record.form",
			       "a calibration record is longer than 65535 bytes");
	int rc = parse(&lines, &record);
	if (rc < 0)
		return rc;
	*ret_record = record;
	memset(&record, 0, sizeof(record)); /* handed over */
	return 0;
}

/* --- formatting ---------------------------------------------------------------------- */

/* The rules stand once, where they are read: the text is read again. */
static int check_text(const void *bytes, size_t size, struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = 0 };
	struct ls_cal_lines lines = lines_of(bytes, size, err);
	int rc = read_head(&lines, &record);
	if (rc == 0)
		rc = ls_cal_body_parse(&lines, &record);
	if (rc == 0 && ls_reader_left(&lines.r) > 0)
		rc = ls_cal_lines_fail(&lines, "there is a line too many");
	return rc == -EBADMSG ? -EINVAL : rc;
}

static int fail_buffer(const struct ls_buffer *out, struct ls_error *err)
{
	if (ls_buffer_error(out) == -ENOMEM)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a record");
	return ls_fail(err, -EFBIG, "cal.record.size",
		       "a calibration record is longer than 65535 bytes: it says too much for one "
		       "entry of a log");
}

int ls_cal_record_text(const struct ls_cal_record *record, struct ls_buffer *out,
		       struct ls_error *err)
{
	size_t before = out->size;
	if (!ls_note_name_valid(record->registry, strnlen(record->registry, LS_NOTE_NAME_SIZE)))
		return ls_fail(err, -EINVAL, "cal.record.registry",
			       "a record needs a log's origin, without blanks and '+'");
	ls_buffer_printf(out, VERSION_LINE "\nregistry %s\nkind %s\n", record->registry,
			 ls_cal_kind_name(record->kind));
	ls_cal_add_time(out, "issued", record->issued);
	int rc = ls_cal_body_format(record, out, err);
	if (rc < 0)
		return rc;
	if (ls_buffer_error(out) < 0)
		return fail_buffer(out, err);
	return check_text(out->data + before, out->size - before, err);
}

static void add_signatures(const struct ls_cal_record *record, struct ls_buffer *out)
{
	for (size_t i = 0; i < record->signature_count; i++) {
		const struct ls_cal_signature *s = &record->signatures[i];
		ls_buffer_printf(out, SIGNATURE_START "%s ", ls_cal_role_name(s->role));
		ls_base64_encode(s->der, s->size, out);
		ls_buffer_add_str(out, "\n");
	}
}

/* Also sees to it that they are those that the report names. */
static int add_details(const struct ls_cal_report *report, struct ls_buffer *out,
		       struct ls_error *err)
{
	size_t before = out->size;
	struct ls_digest digest;
	if (!report->details)
		return ls_fail(err, -EINVAL, "cal.record.details",
			       "a report's details are not here: they cannot be written");
	int rc = ls_cal_details_format(report->details, report->parent_count, out, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(out->data + before, out->size - before, &digest);
	if (!ls_digest_equal(&digest, &report->details_digest))
		return ls_fail(err, -EINVAL, "cal.record.details",
			       "a report's details are not those that were signed");
	return 0;
}

int ls_cal_record_format(const struct ls_cal_record *record, bool with_details,
			 struct ls_buffer *out, struct ls_error *err)
{
	size_t before = out->size;
	if (record->signature_count != ls_cal_record_signatures(record))
		return ls_fail(err, -EINVAL, "cal.record.signatures",
			       "a record has %zu signatures, and needs %zu",
			       record->signature_count, ls_cal_record_signatures(record));
	int rc = ls_cal_record_text(record, out, err);
	if (rc < 0)
		return rc;
	add_signatures(record, out);
	if (record->kind == LS_CAL_REPORT && (with_details || !record->report.private))
		rc = add_details(&record->report, out, err);
	if (rc < 0)
		return rc;
	if (ls_buffer_error(out) < 0 || out->size - before > LS_CAL_RECORD_SIZE_MAX)
		return fail_buffer(out, err);
	return 0;
}

/* --- signing ------------------------------------------------------------------------- */

/* The report's details_digest is of the details that it has. */
static int settle_details(struct ls_cal_record *record, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer details;
	ls_buffer_init(&details, LS_CAL_RECORD_SIZE_MAX);
	if (record->kind != LS_CAL_REPORT || !record->report.details)
		return 0;
	int rc = ls_cal_details_format(record->report.details, record->report.parent_count,
				       &details, err);
	if (rc == 0)
		ls_sha256_buffer(details.data, details.size, &record->report.details_digest);
	return rc;
}

static int settled_text(struct ls_cal_record *record, struct ls_buffer *text, struct ls_error *err)
{
	ls_buffer_init(text, LS_CAL_RECORD_SIZE_MAX);
	int rc = settle_details(record, err);
	if (rc == 0)
		rc = ls_cal_record_text(record, text, err);
	if (rc == 0)
		ls_sha256_buffer(text->data, text->size, &record->id);
	return rc;
}

int ls_cal_record_identify(struct ls_cal_record *record, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	return settled_text(record, &text, err);
}

int ls_cal_record_sign(struct ls_cal_record *record, enum ls_cal_role role,
		       const struct ls_signer *signer, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	int rc = settled_text(record, &text, err);
	if (rc < 0)
		return rc;
	enum ls_cal_role next = ls_cal_record_role(record, record->signature_count);
	if (role == 0 || role != next)
		return ls_fail(err, -EINVAL, "cal.record.role",
			       "a record's next signature is not of the role '%s'",
			       ls_cal_role_name(role));
	struct ls_cal_signature s = { .role = role };
	if (digest_in_role(role, text.data, text.size, &s.digest) < 0)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a record");
	rc = ls_signer_sign(signer, &s.digest, s.der, &s.size, err);
	if (rc == 0)
		record->signatures[record->signature_count++] = s;
	return rc;
}

int ls_cal_record_verify(const struct ls_cal_record *record, size_t i,
			 const struct ls_p256_public *key, struct ls_p256_verifier *verifier,
			 struct ls_error *err)
{
	if (i >= record->signature_count)
		return ls_fail(err, -EBADMSG, "cal.record.signature",
			       "a record's signature %zu is missing", i + 1);
	const struct ls_cal_signature *s = &record->signatures[i];
	return ls_p256_verifier_check(verifier, key, &s->digest, s->der, s->size, err);
}

/* --- what it says -------------------------------------------------------------------- */

const struct ls_p256_public *ls_cal_record_key(const struct ls_cal_record *record)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION: return &record->organisation.key;
	case LS_CAL_TECHNICIAN: return &record->technician.key;
	case LS_CAL_DEVICE: return &record->device.key;
	default: return NULL;
	}
}

const char *ls_cal_record_name(const struct ls_cal_record *record)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION: return record->organisation.name;
	case LS_CAL_TECHNICIAN: return record->technician.name;
	case LS_CAL_DEVICE: return record->device.name;
	case LS_CAL_REPORT: return record->report.details ? record->report.details->number : "-";
	default: return "-";
	}
}

const struct ls_digest *ls_cal_record_certifier(const struct ls_cal_record *record)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION:
		return record->organisation.root ? NULL : &record->organisation.certifier;
	case LS_CAL_TECHNICIAN: return &record->technician.organisation;
	case LS_CAL_DEVICE: return &record->device.technician;
	case LS_CAL_REPORT:
		return ls_digest_is_zero(&record->report.technician) ? NULL
								     : &record->report.technician;
	default: return NULL;
	}
}
