/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a record belongs into the registry, beside what is there: whom it names exists, who
 * signs may and did, times and levels fit, and nothing of it is there already.  The trace engine
 * checks all that again, and more; this keeps an honest laboratory from logging what no auditor
 * would accept, since nothing is ever taken out of a log.
 */
#ifndef LABSEAL_AUDIT_REGISTRY_ADMISSION_H
#define LABSEAL_AUDIT_REGISTRY_ADMISSION_H

#include "audit/registry/faults.h"
#include "lib/base/error.h"
#include "lib/cal/record.h"
#include "lib/cal/store.h"
#include "lib/log/note.h"

struct ls_admission {
	struct ls_cal_store *store;
	const struct ls_note_key *registry;
	int64_t now; /* nothing is issued later */
	struct ls_p256_verifier verifier;
};

/*
 * Add each fault of the record.  signatures: they are all there, and are verified, too; false for
 * one that is still to be signed.  0, faults or none; a negative errno where the store cannot be
 * read.
 */
int ls_admission_check(struct ls_admission *admission, const struct ls_cal_record *record,
		       bool signatures, struct ls_faults *faults, struct ls_error *err);

/* Who may revoke a record, beside itself: walks up from what certified it.  1: this one may; 0:
 * not; or a negative errno. */
int ls_may_revoke(struct ls_cal_store *store, const struct ls_cal_record *record,
		  const struct ls_digest *by, struct ls_error *err);

#endif
