/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Approvals: the policy authority's word that the signing key may be used in a
 * measured state.  The state folder holds one pair of files for each, numbered
 * from 1, never changed:
 *
 *     approvals/0001.json           the approval
 *     approvals/0001.events.jsonl   the event log it was given for
 *
 * The JSON object has exactly these members:
 *
 *     "version": 1, "approved": "2026-03-04T14:22:19Z", "accelerator": "kvm" or "tcg",
 *     "policy_ref": text, "pcr23", "policy", "domain_xml", "base_image": hex,
 *     "signature": base64 of the DER signature (ls_policy_approve), "" for a key in a file
 */
#ifndef LABSEAL_HOST_SUPERVISOR_APPROVAL_H
#define LABSEAL_HOST_SUPERVISOR_APPROVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/supervisor/measure.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"

#define LS_APPROVAL_SIZE_MAX	4096 /* bytes of a JSON file */
#define LS_APPROVAL_VERSION_MAX 9999

struct ls_approval {
	uint64_t version; /* 1 to LS_APPROVAL_VERSION_MAX */
	uint64_t counter; /* the highest value of the TPM's version counter that it holds for */
	int64_t approved; /* seconds since 1970, UTC */
	bool kvm;	  /* the accelerator of the approved state */
	char policy_ref[LS_POLICY_REF_MAX + 1];
	struct ls_digest pcr23, policy, domain_xml, base_image;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size; /* 0: none, for a key that no TPM policy guards */
};

int ls_approval_format(const struct ls_approval *approval, struct ls_buffer *out,
		       struct ls_error *err);

/* Strict.  0 or -EBADMSG. */
int ls_approval_parse(const void *bytes, size_t size, struct ls_approval *ret_approval,
		      struct ls_error *err);

/*
 * Write a new approval and its event log; approval->version is given the next
 * number and returned in *ret_version (may be NULL).  Makes the folder (0700).
 */
int ls_approvals_add(int state_fd, const struct ls_approval *approval,
		     const struct ls_event_log *log, uint64_t *ret_version, struct ls_error *err);

/*
 * Whoever adds holds this from looking what is there until it is written: a
 * descriptor (O_CLOEXEC) that is closed afterwards.  Makes the folder.  -EBUSY.
 */
int ls_approvals_lock(int state_fd, struct ls_error *err);

/* The highest version; 0 and *ret_version 0 when there is none. */
int ls_approvals_last(int state_fd, uint64_t *ret_version, struct ls_error *err);

/*
 * The counter value that the next approval is for: one more than the newest
 * approval's, so that the older ones can be retired and it not; the TPM's own
 * value (0: not known) when that is ahead; at least 1.
 */
int ls_approvals_next_counter(int state_fd, uint64_t tpm_counter, uint64_t *ret_counter,
			      struct ls_error *err);

/* One approval, and its event log unless ret_log is NULL.  -ENOENT, -EBADMSG. */
int ls_approvals_read(int state_fd, uint64_t version, struct ls_approval *ret_approval,
		      struct ls_event_log *ret_log, struct ls_error *err);

/*
 * The newest approval for this state.  -ENOENT ("approval.none"): there is no
 * approval at all.  -EACCES ("approval.mismatch"): none is for this state; err
 * says in which records it differs from the newest one.  The signature is not
 * checked here: the TPM does it, and refuses.
 */
int ls_approvals_find(int state_fd, const struct ls_measured_state *state,
		      struct ls_approval *ret_approval, struct ls_error *err);

#endif
