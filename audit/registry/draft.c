/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/draft.h"

#include <errno.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define VERSION "labseal/calibration-draft/v1"
#define MISSING "missing "

/* SEQUENCE { INTEGER 1, INTEGER 1 } */
static const uint8_t NOBODYS[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01 };

static size_t needed(const struct ls_cal_record *record)
{
	size_t n = 0;
	while (ls_cal_record_role(record, n) != 0)
		n++;
	return n;
}

static bool is_nobodys(const struct ls_cal_signature *s)
{
	return s->size == sizeof(NOBODYS) && memcmp(s->der, NOBODYS, sizeof(NOBODYS)) == 0;
}

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "registry.draft", "this is no draft of a record: %s", why);
}

/* The two lines before the record. */
static int read_head(struct ls_reader *r, uint64_t *ret_missing, struct ls_error *err)
{
	const char *line;
	size_t n;
	if (ls_read_literal(r, VERSION "\n") < 0)
		return fail_form(err, "it does not begin with '" VERSION "'");
	if (ls_read_literal(r, MISSING) < 0 || ls_read_line(r, &line, &n) < 0 ||
	    ls_parse_u64(line, n, ret_missing) < 0 || *ret_missing == 0 ||
	    *ret_missing > LS_CAL_SIGNATURES_MAX)
		return fail_form(err, "its second line is not 'missing NUMBER'");
	return 0;
}

int ls_draft_parse(const void *bytes, size_t size, struct ls_cal_record *ret_record,
		   struct ls_error *err)
{
	struct ls_reader r;
	uint64_t missing;
	struct ls_cal_record record;
	ls_reader_init(&r, bytes, size);
	int rc = read_head(&r, &missing, err);
	if (rc == 0)
		rc = ls_cal_record_parse((const uint8_t *)bytes + r.pos, size - r.pos, &record,
					 err);
	if (rc < 0)
		return rc;
	size_t there = 0;
	while (there < record.signature_count && !is_nobodys(&record.signatures[there]))
		there++;
	for (size_t i = there; i < record.signature_count; i++)
		if (!is_nobodys(&record.signatures[i]))
			rc = fail_form(err, "a signature follows a missing one");
	if (rc == 0 && record.signature_count - there != missing)
		rc = fail_form(err, "other signatures are missing than it says");
	if (rc < 0) {
		ls_cal_record_free(&record);
		return rc;
	}
	record.signature_count = there;
	*ret_record = record;
	return 0;
}

bool ls_draft_shows_details(const struct ls_cal_record *record)
{
	return record->kind == LS_CAL_REPORT && record->report.details;
}

int ls_draft_format(const struct ls_cal_record *record, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_cal_record filled = *record; /* what it owns is borrowed */
	size_t all = needed(record);
	if (record->signature_count >= all)
		return ls_fail(err, -EINVAL, "registry.draft",
			       "the record has all its signatures: it is no draft any more");
	ls_buffer_printf(out, VERSION "\n" MISSING "%zu\n", all - record->signature_count);
	for (size_t i = record->signature_count; i < all; i++) {
		filled.signatures[i].role = ls_cal_record_role(record, i);
		filled.signatures[i].size = sizeof(NOBODYS);
		memcpy(filled.signatures[i].der, NOBODYS, sizeof(NOBODYS));
	}
	filled.signature_count = all;
	return ls_cal_record_format(&filled, ls_draft_shows_details(record), out, err);
}
