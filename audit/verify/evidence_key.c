/* SPDX-License-Identifier: Apache-2.0 */
/* The signing key: where it was made, and what it is bound to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/evidence_internal.h"
#include "audit/verify/read.h"

int ls_evidence_each_key(void *context, const char *name, unsigned type)
{
	struct ls_evidence_audit *a = context;
	struct ls_digest digest, ours;
	char path[LS_EVIDENCE_PATH_SIZE + 256];
	if (ls_enrolment_take(&a->enrolments, name))
		return 0;
	ls_p256_public_digest(&a->trust->log.key, &ours);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s", name);
	if (!ls_evidence_parse_name(name, ".creation", &digest) || !ls_digest_equal(&digest, &ours))
		ls_evidence_unknown(a, path, type);
	return 0;
}

static int verify_creation(struct ls_evidence_audit *a, const struct ls_buffer *bytes,
			   struct ls_error *err)
{
	struct ls_creation creation;
	struct ls_p256_public key;
	struct ls_clock clock;
	const struct ls_creation_policy policy = { &a->trust->authority, a->trust->policy_ref,
						   strlen(a->trust->policy_ref) };
	int rc = ls_creation_parse(bytes->data, bytes->size, &creation, err);
	if (rc == 0)
		rc = ls_creation_verify(&creation, &a->believed.attester, &policy, &key, &clock,
					err);
	if (rc == 0 && !ls_p256_public_equal(&key, &a->trust->log.key))
		rc = ls_fail(err, -EKEYREJECTED, "creation.key",
			     "it is about another key than the trust file's log key");
	return rc;
}

/* The signing key: made in the TPM that vouches, and bound to the authority's approvals. */
void ls_evidence_check_key(struct ls_evidence_audit *a)
{
	char path[LS_EVIDENCE_PATH_SIZE], hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CREATION_MAX);
	if (a->chain->in_token) {
		ls_report_skip(
			a->report, "evidence.token",
			"that the signing key is in a token (HSM) and cannot leave it: a token "
			"has no word of its own that auditors can check");
		return;
	}
	ls_p256_public_digest(&a->trust->log.key, &digest);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s.creation",
		 ls_digest_hex(&digest, hex));
	struct ls_read_result read = ls_share_read(a->log->source, path, &bytes);
	if (read.status != LS_READ_OK) {
		ls_read_report(a->report, LS_CHECK_EVIDENCE_KEY, "evidence.key", 0, path, &read);
	} else if (verify_creation(a, &bytes, &err) < 0) {
		ls_report_fail(a->report, LS_CHECK_EVIDENCE_KEY, "evidence.key.wrong", 0, path,
			       "%s", err.message);
	} else {
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_KEY, 1);
		a->chain->key_made_there = true;
	}
}
