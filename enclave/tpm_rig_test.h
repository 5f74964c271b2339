/* SPDX-License-Identifier: Apache-2.0 */
/* The rig with a key in a software TPM of its own, behind the supervisor's filter. */
#ifndef LABSEAL_ENCLAVE_TPM_RIG_TEST_H
#define LABSEAL_ENCLAVE_TPM_RIG_TEST_H

#include "enclave/rig_test.h"
#include "lib/attest/creation.h"
#include "lib/base/files.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/bench_test.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/measure.h"
#include "lib/tpm/nv.h"
#include "lib/tpm/swtpm.h"

/* A rig whose signing key is in a TPM, measured and approved. */
struct bench {
	struct rig r;
	char dir[64];
	struct ls_swtpm swtpm;
	struct ls_tpm *tpm;
	struct ls_p256_key *authority_key;
	struct ls_signer authority;
	struct ls_event_log log;
	struct ls_digest pcr23, approved;
	struct ls_digest policy; /* the key's, and the checkpoint index's */
	struct ls_buffer blob, creation, event_log;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size;
	struct ls_start start;
	struct ls_error err;
};

static inline int make_key(struct bench *b)
{
	struct ls_p256_public key;
	struct ls_tpm_name name;
	ls_authority_name(&b->authority.key, &name);
	ls_policy_authorize_digest(&name, LS_POLICY_REF, strlen(LS_POLICY_REF), &b->policy);
	int rc = ls_tpm_ensure_srk(b->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_ensure_counter(b->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_ensure_checkpoint(b->tpm, &b->policy, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_ensure_endorsement_key(b->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_ensure_attestation_key(b->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_create_signing_key(b->tpm, &b->authority.key, LS_POLICY_REF,
					       strlen(LS_POLICY_REF), &b->blob, &b->creation, &key,
					       &b->err);
	if (rc == 0)
		rig_certify(&b->r, &key);
	return rc;
}

static inline int measure_and_approve(struct bench *b)
{
	for (int e = LS_MEASURED_SUPERVISOR; e <= LS_MEASURED_BASE_IMAGE; e++) {
		struct ls_measurement m = { .event = (enum ls_measured)e, .path = "x" };
		ls_event_log_add(&b->log, &m, NULL);
	}
	ls_event_log_replay(&b->log, &b->pcr23);
	ls_policy_approved_digest(&b->pcr23, 1, &b->approved);
	int rc = ls_policy_approve(&b->authority, &b->pcr23, 1, LS_POLICY_REF,
				   strlen(LS_POLICY_REF), b->signature, &b->signature_size,
				   &b->err);
	return rc < 0 ? rc : ls_tpm_measure(b->tpm, &b->log, &b->err);
}

static inline struct ls_start tpm_start(const struct bench *b)
{
	struct ls_start s = rig_start(&b->r);
	s.backend = rig_text("tpm");
	s.key = rig_bytes(b->blob.data, b->blob.size);
	s.key_kind = rig_text("software TPM");
	s.authority = rig_bytes(b->authority.key.spki, LS_P256_SPKI_SIZE);
	s.policy_ref = rig_text(LS_POLICY_REF);
	s.approval = rig_bytes(b->approved.bytes, LS_DIGEST_SIZE);
	s.approval_signature = rig_bytes(b->signature, b->signature_size);
	s.approval_version = s.approval_counter = 1;
	s.pcr23 = b->pcr23;
	return s;
}

static inline int set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	rig_keys(&b->r);
	snprintf(b->dir, sizeof(b->dir), "/tmp/labseal-test-XXXXXX");
	ls_buffer_init(&b->blob, LS_TPM_KEY_BLOB_MAX);
	ls_buffer_init(&b->creation, LS_CREATION_MAX);
	ls_buffer_init(&b->event_log, LS_EVENT_LOG_SIZE_MAX);
	if (!mkdtemp(b->dir))
		return -errno;
	int rc = ls_swtpm_start(b->dir, &b->swtpm, &b->err);
	if (rc == 0)
		rc = ls_tpm_open_fd(b->swtpm.fd, &b->tpm, &b->err);
	if (rc == 0)
		rc = ls_p256_key_generate(&b->authority_key, &b->err);
	if (rc < 0)
		return rc;
	ls_p256_key_signer(b->authority_key, &b->authority);
	rc = make_key(b);
	if (rc == 0)
		rc = measure_and_approve(b);
	b->start = tpm_start(b);
	b->r.tpm_fd = b->swtpm.fd;
	return rc;
}

/* What labseald does with a TPM that failed: let go of it, start it again, measure anew. */
static inline int restart_tpm(struct bench *b)
{
	ls_tpm_close(b->tpm);
	b->tpm = NULL;
	ls_swtpm_stop(&b->swtpm);
	int rc = ls_swtpm_start(b->dir, &b->swtpm, &b->err);
	b->r.tpm_fd = b->swtpm.fd;
	if (rc == 0)
		rc = ls_tpm_open_fd(b->swtpm.fd, &b->tpm, &b->err);
	return rc == 0 ? ls_tpm_measure(b->tpm, &b->log, &b->err) : rc;
}

static inline void tear_down(struct bench *b)
{
	rig_free(&b->r);
	ls_tpm_close(b->tpm);
	ls_swtpm_stop(&b->swtpm);
	ls_p256_key_free(b->authority_key);
	ls_event_log_free(&b->log);
	ls_buffer_free(&b->blob);
	ls_buffer_free(&b->creation);
	ls_buffer_free(&b->event_log);
	ls_remove_tree(AT_FDCWD, b->dir, NULL);
}

#endif
