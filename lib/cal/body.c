/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of records, but for reports: docs/formats/calibration-record.md. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/record_internal.h"

#define FORM_NAME      "name TEXT"
#define FORM_KEY       "key KEY"
#define FORM_LEVEL     "level LEVEL"
#define FORM_CERTIFIER "certified-by root|ID"
#define FORM_FROM      "from TIME"
#define FORM_UNTIL     "until TIME"
#define FORM_SCOPE     "scope QUANTITY UNIT LOW HIGH U K"
#define ID_TEXT	       "cal.record.text"

static const char *const REASONS[] = {
	[LS_CAL_KEY_COMPROMISE] = "key-compromise", [LS_CAL_ERROR] = "error",
	[LS_CAL_COMPETENCE] = "competence",	    [LS_CAL_DAMAGE] = "damage",
	[LS_CAL_SUPERSEDED] = "superseded",	    [LS_CAL_CEASED] = "ceased",
};

const char *ls_cal_reason_name(enum ls_cal_reason reason)
{
	return reason >= LS_CAL_KEY_COMPROMISE && reason <= LS_CAL_CEASED ? REASONS[reason] : "?";
}

int ls_cal_reason_parse(const char *text, size_t length, enum ls_cal_reason *ret_reason)
{
	for (int i = LS_CAL_KEY_COMPROMISE; i <= LS_CAL_CEASED; i++)
		if (strlen(REASONS[i]) == length && memcmp(REASONS[i], text, length) == 0) {
			*ret_reason = (enum ls_cal_reason)i;
			return 0;
		}
	return -EBADMSG;
}

/* --- parsing ------------------------------------------------------------------------ */

static int take_key(struct ls_cal_lines *lines, struct ls_p256_public *key)
{
	struct ls_cal_field f;
	int rc = ls_cal_lines_take(lines, "key", &f, 1, FORM_KEY);
	if (rc == 0 && ls_cal_field_key(f, key) < 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_KEY "\" of P-256");
	return rc;
}

static int take_level(struct ls_cal_lines *lines, unsigned *level)
{
	return ls_cal_take_number(lines, "level", LS_CAL_LEVEL_MAX, level, FORM_LEVEL);
}

static int take_validity(struct ls_cal_lines *lines, bool endless, int64_t *from, int64_t *until)
{
	int rc = ls_cal_take_time(lines, "from", /* endless= */ false, from, FORM_FROM);
	if (rc == 0)
		rc = ls_cal_take_time(lines, "until", endless, until, FORM_UNTIL);
	if (rc == 0 && *until <= *from)
		return ls_cal_lines_fail(lines, "its validity ends before it begins");
	return rc;
}

static int take_certifier(struct ls_cal_lines *lines, struct ls_cal_organisation *o)
{
	o->root = ls_cal_lines_is(lines, "certified-by root");
	if (!o->root) {
		int rc = ls_cal_take_digest(lines, "certified-by", &o->certifier, FORM_CERTIFIER);
		if (rc < 0)
			return rc;
	}
	if (o->root != (o->level == 0))
		return ls_cal_lines_fail(lines, "a root is of level 0, and nobody else is");
	return 0;
}

static int take_scope(struct ls_cal_lines *lines, struct ls_cal_organisation *o)
{
	struct ls_cal_field f[6];
	int rc = ls_cal_lines_fields(lines, f, 6);
	if (rc < 0)
		return ls_cal_lines_fail(lines, "it is not \"" FORM_SCOPE "\"");
	if (o->scope_count == LS_CAL_SCOPES_MAX)
		return ls_cal_lines_fail(lines, "there are more than 256 lines of scope");
	struct ls_cal_scope *s = reallocarray(o->scopes, o->scope_count + 1, sizeof(*s));
	if (!s)
		return ls_fail(lines->err, -ENOMEM, "cal.memory", "out of memory for a record");
	o->scopes = s;
	s += o->scope_count;
	if (ls_cal_field_quantity(f[0], s->quantity) < 0 ||
	    ls_cal_field_unit(f[1], s->unit_text, &s->unit) < 0 ||
	    ls_cal_field_decimal(f[2], &s->low) < 0 || ls_cal_field_decimal(f[3], &s->high) < 0 ||
	    ls_decimal_double(s->low) > ls_decimal_double(s->high) ||
	    ls_cal_field_decimal(f[4], &s->u) < 0 || s->u.coefficient <= 0 ||
	    ls_cal_field_decimal(f[5], &s->k) < 0 || ls_decimal_double(s->k) < 1)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_SCOPE
						"\" with U over 0 and K at least 1");
	o->scope_count++;
	return 0;
}

static int parse_organisation(struct ls_cal_lines *lines, struct ls_cal_organisation *o)
{
	int rc = ls_cal_lines_text(lines, "name", o->name, sizeof(o->name), FORM_NAME);
	if (rc == 0)
		rc = take_key(lines, &o->key);
	if (rc == 0)
		rc = take_level(lines, &o->level);
	if (rc == 0)
		rc = take_certifier(lines, o);
	if (rc == 0)
		rc = take_validity(lines, /* endless= */ false, &o->from, &o->until);
	while (rc == 0 && ls_cal_lines_at(lines, "scope"))
		rc = take_scope(lines, o);
	return rc;
}

static int parse_technician(struct ls_cal_lines *lines, struct ls_cal_technician *t)
{
	int rc = ls_cal_lines_text(lines, "name", t->name, sizeof(t->name), FORM_NAME);
	if (rc == 0)
		rc = take_key(lines, &t->key);
	if (rc == 0)
		rc = ls_cal_take_digest(lines, "organisation", &t->organisation, "organisation ID");
	return rc < 0 ? rc : take_validity(lines, /* endless= */ false, &t->from, &t->until);
}

static int parse_device(struct ls_cal_lines *lines, struct ls_cal_device *d)
{
	int rc = ls_cal_lines_text(lines, "name", d->name, sizeof(d->name), FORM_NAME);
	if (rc == 0)
		rc = take_key(lines, &d->key);
	if (rc == 0)
		rc = take_level(lines, &d->level);
	if (rc == 0)
		rc = ls_cal_take_digest(lines, "technician", &d->technician, "technician ID");
	return rc < 0 ? rc : take_validity(lines, /* endless= */ true, &d->from, &d->until);
}

static int take_revoked(struct ls_cal_lines *lines, struct ls_cal_revocation *r)
{
	struct ls_cal_field f;
	int rc = ls_cal_lines_take(lines, "revoked", &f, 1, "revoked KIND");
	if (rc == 0 &&
	    (ls_cal_kind_parse(f.text, f.length, &r->revoked) < 0 || r->revoked > LS_CAL_REPORT))
		return ls_cal_lines_fail(lines, "the line before is not \"revoked organisation|"
						"technician|device|report\"");
	if (rc == 0)
		rc = ls_cal_take_time(lines, "since", /* endless= */ false, &r->since,
				      "since TIME");
	if (rc == 0)
		rc = ls_cal_lines_take(lines, "reason", &f, 1, "reason WORD");
	if (rc == 0 && ls_cal_reason_parse(f.text, f.length, &r->reason) < 0)
		return ls_cal_lines_fail(lines, "the line before has no reason of the format");
	return rc;
}

static int parse_revocation(struct ls_cal_lines *lines, struct ls_cal_revocation *r)
{
	int rc = ls_cal_take_digest(lines, "record", &r->record, "record ID");
	if (rc == 0)
		rc = take_revoked(lines, r);
	struct ls_cal_lines ahead = *lines;
	if (rc == 0 && ls_cal_lines_at(&ahead, "words"))
		rc = ls_cal_lines_text(lines, "words", r->words, sizeof(r->words), "words TEXT");
	return rc < 0 ? rc : ls_cal_take_digest(lines, "by", &r->by, "by ID");
}

static int parse_heartbeat(struct ls_cal_lines *lines, struct ls_cal_heartbeat *h)
{
	struct ls_cal_field f[2];
	h->has_revocations = ls_cal_lines_at(lines, "revocations");
	if (h->has_revocations && (ls_cal_lines_fields(lines, f, 2) < 0 ||
				   ls_cal_field_number(f[0], UINT64_MAX, &h->revocations) < 0 ||
				   ls_cal_field_digest(f[1], &h->digest) < 0))
		return ls_cal_lines_fail(lines, "it is not \"revocations COUNT SHA256\"");
	return 0;
}

int ls_cal_body_parse(struct ls_cal_lines *lines, struct ls_cal_record *record)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION: return parse_organisation(lines, &record->organisation);
	case LS_CAL_TECHNICIAN: return parse_technician(lines, &record->technician);
	case LS_CAL_DEVICE: return parse_device(lines, &record->device);
	case LS_CAL_REPORT: return ls_cal_report_body_parse(lines, &record->report, record->issued);
	case LS_CAL_REVOCATION: return parse_revocation(lines, &record->revocation);
	case LS_CAL_HEARTBEAT: return parse_heartbeat(lines, &record->heartbeat);
	}
	return -EBADMSG;
}

/* --- formatting --------------------------------------------------------------------- */

static int format_organisation(const struct ls_cal_organisation *o, struct ls_buffer *out,
			       struct ls_error *err)
{
	int rc = ls_cal_add_text(out, "name", o->name, sizeof(o->name), ID_TEXT, err);
	ls_cal_add_key(out, &o->key);
	ls_buffer_printf(out, "level %u\n", o->level);
	if (o->root)
		ls_buffer_add_str(out, "certified-by root\n");
	else
		ls_cal_add_digest(out, "certified-by", &o->certifier);
	ls_cal_add_time(out, "from", o->from);
	ls_cal_add_time(out, "until", o->until);
	for (size_t i = 0; i < o->scope_count; i++) {
		const struct ls_cal_scope *s = &o->scopes[i];
		ls_buffer_printf(out, "scope %s %s", s->quantity, s->unit_text);
		ls_cal_add_decimal(out, s->low);
		ls_cal_add_decimal(out, s->high);
		ls_cal_add_decimal(out, s->u);
		ls_cal_add_decimal(out, s->k);
		ls_buffer_add_str(out, "\n");
	}
	return rc;
}

static int format_technician(const struct ls_cal_technician *t, struct ls_buffer *out,
			     struct ls_error *err)
{
	int rc = ls_cal_add_text(out, "name", t->name, sizeof(t->name), ID_TEXT, err);
	ls_cal_add_key(out, &t->key);
	ls_cal_add_digest(out, "organisation", &t->organisation);
	ls_cal_add_time(out, "from", t->from);
	ls_cal_add_time(out, "until", t->until);
	return rc;
}

static int format_device(const struct ls_cal_device *d, struct ls_buffer *out, struct ls_error *err)
{
	int rc = ls_cal_add_text(out, "name", d->name, sizeof(d->name), ID_TEXT, err);
	ls_cal_add_key(out, &d->key);
	ls_buffer_printf(out, "level %u\n", d->level);
	ls_cal_add_digest(out, "technician", &d->technician);
	ls_cal_add_time(out, "from", d->from);
	ls_cal_add_time(out, "until", d->until);
	return rc;
}

static int format_revocation(const struct ls_cal_revocation *r, struct ls_buffer *out,
			     struct ls_error *err)
{
	int rc = 0;
	ls_cal_add_digest(out, "record", &r->record);
	ls_buffer_printf(out, "revoked %s\n", ls_cal_kind_name(r->revoked));
	ls_cal_add_time(out, "since", r->since);
	ls_buffer_printf(out, "reason %s\n", ls_cal_reason_name(r->reason));
	if (r->words[0])
		rc = ls_cal_add_text(out, "words", r->words, sizeof(r->words), ID_TEXT, err);
	ls_cal_add_digest(out, "by", &r->by);
	return rc;
}

static void format_heartbeat(const struct ls_cal_heartbeat *h, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (h->has_revocations)
		ls_buffer_printf(out, "revocations %" PRIu64 " %s\n", h->revocations,
				 ls_digest_hex(&h->digest, hex));
}

int ls_cal_body_format(const struct ls_cal_record *record, struct ls_buffer *out,
		       struct ls_error *err)
{
	switch (record->kind) {
	case LS_CAL_ORGANISATION: return format_organisation(&record->organisation, out, err);
	case LS_CAL_TECHNICIAN: return format_technician(&record->technician, out, err);
	case LS_CAL_DEVICE: return format_device(&record->device, out, err);
	case LS_CAL_REPORT: ls_cal_report_body_format(&record->report, out); return 0;
	case LS_CAL_REVOCATION: return format_revocation(&record->revocation, out, err);
	case LS_CAL_HEARTBEAT: format_heartbeat(&record->heartbeat, out); return 0;
	}
	return ls_fail(err, -EINVAL, "cal.record.kind", "a record is of no kind");
}
