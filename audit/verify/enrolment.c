/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/enrolment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/evidence_internal.h"
#include "audit/verify/read.h"
#include "lib/attest/evidence.h"
#include "lib/seal/attestation_certificate.h"

#define ENDING "." LS_EVIDENCE_CERTIFICATE

static void refuse(struct ls_enrolments *e, const char *id, const char *path, const char *why)
{
	e->failed = true;
	ls_report_fail(e->report, LS_CHECK_EVIDENCE_ENROLMENT, id, 0, path, "%s", why);
}

/* --- one certificate ----------------------------------------------------------------------- */

/* Why its content contradicts the trust file, or NULL. */
static const char *contradiction(const struct ls_enrolments *e,
				 const struct ls_attestation_certificate *c)
{
	if (memcmp(c->enrolment.endorsement.bytes, e->attester->endorsement.bytes + 2,
		   LS_DIGEST_SIZE) != 0)
		return "it says that the key is in another TPM than the trust file's";
	if (c->enrolment.origin == LS_ORIGIN_SOFTWARE &&
	    ls_key_kind_tpm(e->trust->key_kind) == LS_KEY_TPM)
		return "it says that the TPM is a software TPM, and the trust file says that it is "
		       "none";
	return NULL;
}

static void check(struct ls_enrolments *e, const char *path, struct ls_der der)
{
	struct ls_attestation_certificate c;
	struct ls_error err = { 0 };
	struct ls_enrolled *item = &e->items[e->count];
	int rc = ls_attestation_certificate_read(der, &c, &err);
	if (rc < 0) {
		refuse(e, "evidence.enrolment.wrong", path, err.message);
		return;
	}
	if (!ls_p256_public_equal(&c.certificate.key, &e->attester->key)) {
		refuse(e, "evidence.enrolment.other-key", path,
		       "it is for another key than the attestation key that signs the evidence");
		return;
	}
	/* in its own time: whether that is the evidence's time is asked of each checkpoint */
	rc = ls_certificate_verify_period(der, e->trust->certificates, e->trust->certificate_count,
					  c.certificate.not_before, &item->from, &item->until,
					  &err);
	if (rc < 0) {
		refuse(e, "evidence.enrolment.untrusted", path, err.message);
		return;
	}
	const char *why = contradiction(e, &c);
	if (why) {
		refuse(e, "evidence.enrolment.wrong", path, why);
		return;
	}
	item->certificate = c.certificate.sha256;
	item->origin = c.enrolment.origin;
	memcpy(item->subject, c.certificate.subject, sizeof(item->subject));
	e->count++;
	ls_report_pass(e->report, LS_CHECK_EVIDENCE_ENROLMENT, 1);
}

bool ls_enrolment_take(struct ls_enrolments *e, const char *name)
{
	char path[LS_EVIDENCE_PATH_SIZE];
	struct ls_digest named, digest;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CERTIFICATE_SIZE_MAX);
	if (!ls_evidence_parse_name(name, ENDING, &named) || e->count == LS_ENROLMENTS_MAX)
		return false;
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s", name);
	e->named = e->named || ls_digest_equal(&named, &e->trust->enrolled);
	struct ls_read_result read = ls_share_read(e->source, path, &bytes);
	ls_sha256_buffer(bytes.data, bytes.size, &digest);
	if (read.status != LS_READ_OK) {
		e->failed = true;
		ls_read_report(e->report, LS_CHECK_EVIDENCE_ENROLMENT, "evidence.enrolment", 0,
			       path, &read);
	} else if (!ls_digest_equal(&named, &digest)) {
		refuse(e, "evidence.enrolment.altered", path,
		       "it is not the certificate that it is named by");
	} else {
		check(e, path, (struct ls_der){ bytes.data, bytes.size });
	}
	return true;
}

/* --- their time ------------------------------------------------------------------------------ */

static const char *path_of(const struct ls_digest *certificate,
			   char buffer[static LS_EVIDENCE_PATH_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	snprintf(buffer, LS_EVIDENCE_PATH_SIZE,
		 LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s" ENDING,
		 ls_digest_hex(certificate, hex));
	return buffer;
}

/* The one that held last; there is one. */
static const struct ls_enrolled *newest(const struct ls_enrolments *e)
{
	const struct ls_enrolled *found = &e->items[0];
	for (size_t i = 1; i < e->count; i++)
		if (e->items[i].until > found->until)
			found = &e->items[i];
	return found;
}

static void say_expired(struct ls_enrolments *e, uint64_t size, int64_t received)
{
	char path[LS_EVIDENCE_PATH_SIZE], until[LS_UTC_SIZE], then[LS_UTC_SIZE];
	const struct ls_enrolled *last = newest(e);
	if (!e->expired)
		ls_report_fail(e->report, LS_CHECK_EVIDENCE_ENROLMENT, "evidence.enrolment.expired",
			       size, path_of(&last->certificate, path),
			       "seal %" PRIu64 " was received at %s, and the attestation key's "
			       "certificate held until %s: it was not renewed ('labseal enrol')",
			       size, ls_utc_format(received, then),
			       ls_utc_format(last->until, until));
	e->expired = true;
}

void ls_enrolment_hold(struct ls_enrolments *e, uint64_t size, int64_t received)
{
	bool begun = false;
	if (e->count == 0)
		return;
	for (size_t i = 0; i < e->count; i++) {
		begun = begun || received >= e->items[i].from;
		if (received >= e->items[i].from && received <= e->items[i].until) {
			e->held++;
			return;
		}
	}
	if (begun)
		say_expired(e, size, received);
	else
		e->before++;
}

/* --- what comes of it --------------------------------------------------------------------------
 */

void ls_enrolment_conclude(struct ls_enrolments *e, struct ls_chain *chain)
{
	char path[LS_EVIDENCE_PATH_SIZE];
	if (!ls_digest_is_zero(&e->trust->enrolled) && !e->named)
		refuse(e, "evidence.enrolment.missing", path_of(&e->trust->enrolled, path),
		       "the trust file names this certificate of the attestation key, and it is "
		       "not there");
	if (e->count == 0 && !e->failed)
		ls_report_skip(
			e->report, "evidence.not-enrolled",
			"not enrolled: the lab's CA certified no attestation key, so the key "
			"that signs the evidence is not shown to be in a TPM ('labseal "
			"enrol')");
	if (e->before > 0)
		ls_report_skip(e->report, "evidence.enrolled-later",
			       "%" PRIu64 " of the checkpoints were vouched for before the "
			       "attestation key was enrolled",
			       e->before);
	if (e->count == 0 || e->failed || e->expired)
		return;
	chain->enrolled = *newest(e);
	chain->enrolled.checkpoints = e->held;
	chain->is_enrolled = true;
}
