/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a software TPM with a measured state, an authority, a signing key and an approval. */
#ifndef LABSEAL_LIB_TPM_KEYS_RIG_TEST_H
#define LABSEAL_LIB_TPM_KEYS_RIG_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/tpm/bench_test.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/measure.h"
#include "lib/tpm/nv.h"
#include "lib/tpm/swtpm.h"

#define REF	 LS_POLICY_REF
#define REF_SIZE strlen(LS_POLICY_REF)
#define COUNTER	 3 /* the approval holds up to here; the TPM begins at 1 */

/* A TPM with a measured state, an authority, a signing key, and an approval of the state. */
struct bench {
	char dir[64];
	struct ls_swtpm swtpm;
	struct ls_tpm *tpm;
	struct ls_p256_key *authority_key;
	struct ls_signer authority;
	struct ls_event_log log;
	struct ls_digest pcr23;
	struct ls_buffer blob;
	struct ls_p256_public key;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	struct ls_tpm_approval approval;
	struct ls_error err;
};

static inline void fill_log(struct ls_event_log *log)
{
	static const enum ls_measured events[] = { LS_MEASURED_SUPERVISOR, LS_MEASURED_ENCLAVE_FILE,
						   LS_MEASURED_POLICY, LS_MEASURED_DOMAIN_XML };
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct ls_measurement m = { .event = events[i], .path = "x", .size = i };
		ls_event_log_add(log, &m, NULL);
	}
}

static inline int start_tpm(struct bench *b)
{
	int rc = ls_swtpm_start(b->dir, &b->swtpm, &b->err);
	return rc < 0 ? rc : ls_tpm_open_fd(b->swtpm.fd, &b->tpm, &b->err);
}

static inline void stop_tpm(struct bench *b)
{
	ls_tpm_close(b->tpm);
	b->tpm = NULL;
	ls_swtpm_stop(&b->swtpm);
}

static inline int approve_for(struct bench *b, const struct ls_signer *by,
			      const struct ls_digest *pcr23, uint64_t counter)
{
	size_t n;
	int rc = ls_policy_approve(by, pcr23, counter, REF, REF_SIZE, b->signature, &n, &b->err);
	b->approval = (struct ls_tpm_approval){
		.authority = b->authority.key,
		.ref = REF,
		.ref_size = REF_SIZE,
		.counter = counter,
		.signature = b->signature,
		.signature_size = n,
	};
	ls_policy_approved_digest(pcr23, counter, &b->approval.approved);
	return rc;
}

static inline int approve(struct bench *b, const struct ls_signer *by,
			  const struct ls_digest *pcr23)
{
	return approve_for(b, by, pcr23, COUNTER);
}

static inline int set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	snprintf(b->dir, sizeof(b->dir), "/tmp/labseal-test-XXXXXX");
	ls_buffer_init(&b->blob, LS_TPM_KEY_BLOB_MAX);
	if (!mkdtemp(b->dir))
		return -errno;
	int rc = start_tpm(b);
	if (rc == 0)
		rc = ls_p256_key_generate(&b->authority_key, &b->err);
	if (rc < 0)
		return rc;
	ls_p256_key_signer(b->authority_key, &b->authority);
	fill_log(&b->log);
	ls_event_log_replay(&b->log, &b->pcr23);
	if (approve(b, &b->authority, &b->pcr23) < 0 ||
	    ls_tpm_ensure_srk(b->tpm, NULL, &b->err) < 0 ||
	    ls_tpm_ensure_counter(b->tpm, NULL, &b->err) < 0 ||
	    ls_tpm_create_signing_key(b->tpm, &b->authority.key, REF, REF_SIZE, &b->blob, NULL,
				      &b->key, &b->err) < 0)
		return -1;
	return ls_tpm_measure(b->tpm, &b->log, &b->err);
}

static inline void tear_down(struct bench *b)
{
	stop_tpm(b);
	ls_p256_key_free(b->authority_key);
	ls_event_log_free(&b->log);
	ls_buffer_free(&b->blob);
	ls_remove_tree(AT_FDCWD, b->dir, NULL);
}

static inline int open_key(struct bench *b, struct ls_tpm_signing_key **ret_key)
{
	return ls_tpm_signing_key_open(b->tpm, b->blob.data, b->blob.size, &b->approval, ret_key,
				       &b->err);
}

static inline int sign_with(struct bench *b, struct ls_tpm_signing_key *key)
{
	struct ls_signer signer;
	struct ls_digest digest = { { 1, 2, 3 } };
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n;
	memset(&b->err, 0, sizeof(b->err));
	ls_tpm_signing_key_signer(key, &signer);
	return ls_signer_sign(&signer, &digest, der, &n, &b->err);
}

/* Open the key, sign once, close it. */
static inline int sign_once(struct bench *b)
{
	struct ls_tpm_signing_key *key;
	int rc = open_key(b, &key);
	if (rc < 0)
		return rc;
	rc = sign_with(b, key);
	ls_tpm_signing_key_close(key);
	return rc;
}

#endif
