/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bundle (docs/formats/bundle.md): one result that was taken away from its share,
 * with what the share has for it: approvals and countersignatures, the TPM's evidence, and proofs
 * that the result is in the checkpoints these speak of.  Its layout is the share's, less
 * everything else; LS_BUNDLE_PROOFS tells it from one.
 */
#ifndef LABSEAL_AUDIT_VERIFY_AUDIT_BUNDLE_H
#define LABSEAL_AUDIT_VERIFY_AUDIT_BUNDLE_H

#include "audit/verify/calibration.h"
#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/seal/trust.h"

#define LS_BUNDLE_PROOFS       "log/proofs"
#define LS_BUNDLE_PROOF_ENDING ".tlog-proof"

/* "log/proofs/43.tlog-proof": that the result is in the checkpoint of this size; returns buffer. */
#define LS_BUNDLE_PROOF_SIZE 64
const char *ls_bundle_proof_path(uint64_t size, char buffer[static LS_BUNDLE_PROOF_SIZE]);

/* 0 or -ENOMEM. */
int ls_audit_bundle(struct ls_source *source, const struct ls_trust *trust,
		    struct ls_calibrations *calibrations, struct ls_report *report);

#endif
