/* SPDX-License-Identifier: Apache-2.0 */
/* record.json, and what it says about the state that sealed. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/verify/result_internal.h"

static void failed(struct ls_result *r, const char *id, const char *file, const char *message)
{
	ls_report_fail(r->c->report, LS_CHECK_RECORD, id, r->seal, file, "%s", message);
}

/* Read and hashed; false when the bytes are not the sealed ones. */
static bool is_sealed(struct ls_result *r, const char *file)
{
	struct ls_buffer *b = &r->s->record;
	struct ls_read_result read = ls_share_read(r->c->source, file, b);
	if (read.status != LS_READ_OK) {
		ls_read_report(r->c->report, LS_CHECK_RECORD, "result.record", r->seal, file,
			       &read);
		return false;
	}
	const struct ls_manifest_file *sealed = ls_manifest_find(&r->manifest, LS_FILE_RECORD);
	struct ls_digest seen;
	char seen_hex[LS_DIGEST_HEX_SIZE], said_hex[LS_DIGEST_HEX_SIZE];
	ls_sha256_buffer(b->data, b->size, &seen);
	if (sealed && ls_digest_equal(&seen, &sealed->sha256))
		return true;
	ls_report_fail(r->c->report, LS_CHECK_RECORD, "result.record.altered", r->seal, file,
		       "its SHA-256 is %s, sealed was %s", ls_digest_hex(&seen, seen_hex),
		       sealed ? ls_digest_hex(&sealed->sha256, said_hex) : "nothing");
	return false;
}

void ls_result_check_record(struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE];
	ls_result_file(r, LS_FILE_RECORD, file);
	if (!is_sealed(r, file))
		return;
	struct ls_error err = { 0 };
	int rc = ls_record_parse(r->s->record.data, r->s->record.size, &r->record, &err);
	if (rc == -EBADMSG) {
		failed(r, "result.record.malformed", file, err.message);
		return;
	}
	if (rc < 0) {
		ls_report_unable(r->c->report, LS_CHECK_RECORD, "result.record.unable", r->seal,
				 file, "%s", err.message);
		return;
	}
	if (ls_record_matches(&r->record, &r->manifest, &err) < 0) {
		failed(r, "result.record.differs", file, err.message);
		return;
	}
	r->have_record = true;
	ls_report_pass(r->c->report, LS_CHECK_RECORD, 1);
}

static void unapproved(struct ls_result *r, const char *id, const char *message)
{
	char file[LS_RESULT_PATH_SIZE];
	ls_report_fail(r->c->report, LS_CHECK_MEASUREMENT, id, r->seal,
		       ls_result_file(r, LS_FILE_RECORD, file), "%s", message);
}

static bool differs(const struct ls_digest *approved, const struct ls_digest *recorded)
{
	return !ls_digest_is_zero(approved) && !ls_digest_equal(approved, recorded);
}

static void check_state(struct ls_result *r)
{
	const struct ls_record *record = &r->record;
	const struct ls_trust_approved *approved = ls_trust_find_approved(r->c->trust,
									  record->approval_version);
	if (!approved)
		unapproved(r, "result.measurement.version",
			   "the trust file knows no approval of the version it was sealed under");
	else if (!ls_digest_equal(&approved->pcr23, &record->pcr23))
		unapproved(r, "result.measurement.pcr",
			   "the measured state it was sealed in is not the approved one");
	else if (differs(&approved->policy, &record->policy) ||
		 differs(&approved->domain_xml, &record->domain_xml) ||
		 differs(&approved->base_image, &record->base_image))
		unapproved(r, "result.measurement.parts",
			   "policy, virtual machine or base image is not the approved one");
	else
		ls_report_pass(r->c->report, LS_CHECK_MEASUREMENT, 1);
}

void ls_result_check_measurement(struct ls_result *r)
{
	const struct ls_trust *trust = r->c->trust;
	if (!trust || !r->have_record)
		return;
	if (r->record.development && !trust->development)
		unapproved(r, "result.measurement.development",
			   "it was sealed by a development policy, which the trust file does not "
			   "allow");
	else if (r->record.key_kind != trust->key_kind)
		unapproved(r, "result.measurement.key-kind",
			   "the kind of key that sealed it is not the one of the trust file");
	else if (trust->log.has_ed25519 && r->record.ed25519 != LS_ED25519_NONE &&
		 r->record.ed25519 != trust->ed25519_kind)
		unapproved(r, "result.measurement.ed25519-kind",
			   "the Ed25519 key beside it lives elsewhere than the trust file says");
	else if (trust->has_authority || trust->approved_count > 0)
		check_state(r);
}
