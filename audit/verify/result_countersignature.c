/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event that holds a person's signature over a result (docs/formats/countersignature.md):
 * over this text, by a person whom the trust file's person CAs know, of a result that is in this
 * log and is the one that it names.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/verify/countersigned.h"
#include "audit/verify/result_internal.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/person_signature.h"

static void judge(struct ls_result *r, struct ls_countersigned *c, bool wrong, const char *id,
		  const char *message)
{
	char file[LS_RESULT_PATH_SIZE];
	ls_result_file(r, LS_FILE_RECORD, file);
	c->state = wrong ? LS_COUNTERSIGNED_WRONG : LS_COUNTERSIGNED_UNCHECKED;
	if (wrong)
		ls_report_fail(r->c->report, LS_CHECK_COUNTERSIGNATURE, id, r->seal, file, "%s",
			       message);
	else
		ls_report_unable(r->c->report, LS_CHECK_COUNTERSIGNATURE, id, r->seal, file, "%s",
				 message);
}

/* A result's manifest by the log, or the one of a bundle. */
static int read_manifest(struct ls_result *r, uint64_t seal, struct ls_manifest *ret)
{
	const struct ls_buffer *bundled = r->c->bundled;
	return bundled ? ls_manifest_parse(bundled->data, bundled->size, ret, NULL)
		       : ls_log_entry(r->c->log, &r->s->log, seal - 1, ret);
}

/* Its SHA-256; a manifest has one spelling. */
static int digest_of(const struct ls_manifest *manifest, struct ls_digest *ret_digest)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_MANIFEST_SIZE_MAX);
	int rc = ls_manifest_format(manifest, &text, NULL);
	if (rc == 0)
		ls_sha256_buffer(text.data, text.size, ret_digest);
	return rc;
}

/* Without a log there is nothing to hold it against; a share without one has other findings. */
static void say_alone(struct ls_result *r, struct ls_countersigned *c)
{
	c->state = LS_COUNTERSIGNED_UNCHECKED;
	if (r->c->alone || r->c->bundled)
		ls_report_skip(r->c->report, "countersignature.alone",
			       "whether the result that is countersigned is in the log: %s",
			       r->c->alone ? "this folder was verified alone"
					   : "the bundle holds another result");
}

static void check_manifest(struct ls_result *r, struct ls_countersigned *c)
{
	_cleanup_manifest_ struct ls_manifest manifest = { 0 };
	struct ls_digest digest;
	if (read_manifest(r, c->said.seal, &manifest) < 0 || digest_of(&manifest, &digest) < 0)
		judge(r, c, false, "countersignature.unable",
		      "the log's entry of the result that it names cannot be read");
	else if (r->c->bundled && manifest.seal != c->said.seal)
		say_alone(r, c);
	else if (manifest.kind != LS_SEAL_RESULT || !ls_digest_equal(&digest, &c->said.manifest))
		judge(r, c, true, "countersignature.other",
		      "the result of this number is not the one that was signed");
}

static void check_result(struct ls_result *r, struct ls_countersigned *c)
{
	const struct ls_countersignature *said = &c->said;
	if (strcmp(said->instrument, r->manifest.instrument) != 0 || said->seal >= r->manifest.seal)
		judge(r, c, true, "countersignature.other",
		      "it is of a result of another instrument, or of one that was not sealed "
		      "before it");
	else if (!r->c->log && !r->c->bundled)
		say_alone(r, c);
	else
		check_manifest(r, c);
}

static void check_person(struct ls_result *r, const struct ls_countersign_request *request,
			 struct ls_countersigned *c)
{
	static const struct ls_persons nobody = { .ca_count = 0 };
	const struct ls_trust *trust = r->c->trust;
	struct ls_error err = { 0 };
	int rc = ls_countersign_check(request, trust ? &trust->persons : &nobody,
				      r->manifest.received, &c->signer, &err);
	if (rc == -EBADMSG || rc == -EKEYREJECTED)
		judge(r, c, true, err.id, err.message);
	else if (rc == -ENOKEY && !trust)
		c->state = LS_COUNTERSIGNED_UNCHECKED; /* it is said once what is not checked */
	else if (rc < 0)
		judge(r, c, false, err.id, err.message);
}

/* The log's key is a device's, whatever a CA may have certified. */
static void check_key(struct ls_result *r, const struct ls_countersign_request *request,
		      struct ls_countersigned *c)
{
	struct ls_person_certificates certificates;
	struct ls_certificate certificate;
	if (r->c->trust &&
	    ls_person_signature_certificates(request->signature.data, request->signature.size,
					     &certificates, NULL) == 0 &&
	    ls_certificate_read(certificates.all[0], &certificate, NULL) == 0 &&
	    ls_p256_public_equal(&certificate.key, &r->c->trust->log.key))
		judge(r, c, true, "countersignature.device",
		      "it was made with the key that makes the seals: no person signed");
}

void ls_result_check_countersignature(struct ls_result *r)
{
	struct ls_error err = { 0 };
	struct ls_countersigned c = { .event = r->manifest.seal, .sealed = r->manifest.received };
	_cleanup_countersign_request_ struct ls_countersign_request request = {
		.text = { .max = 0 }
	};
	if (!r->have_record || r->record.kind != LS_SEAL_EVENT ||
	    strcmp(r->record.event, LS_COUNTERSIGNATURE_EVENT) != 0)
		return;
	const char *detail = r->record.detail ? r->record.detail : "{}";
	int rc = ls_countersign_request_parse(detail, strlen(detail), &request, &err);
	if (rc < 0) {
		judge(r, &c, rc == -EBADMSG, err.id, err.message);
		return;
	}
	c.said = request.said;
	check_person(r, &request, &c);
	if (c.state == LS_COUNTERSIGNED_HOLDS)
		check_key(r, &request, &c);
	if (c.state != LS_COUNTERSIGNED_WRONG)
		check_result(r, &c);
	if (c.state == LS_COUNTERSIGNED_HOLDS)
		ls_report_pass(r->c->report, LS_CHECK_COUNTERSIGNATURE, 1);
	if (ls_countersigned_add(&r->c->report->countersigned, &c) < 0)
		ls_report_unable(r->c->report, LS_CHECK_COUNTERSIGNATURE, "countersignature.unable",
				 r->seal, "", "out of memory");
}
