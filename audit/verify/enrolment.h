/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the key that signs evidence is in a TPM: its certificates by the lab's
 * CA, log/evidence/keys/X.certificate (docs/formats/enrolment.md).  They are read
 * first; then each checkpoint that was vouched for is held against their times.
 */
#ifndef LABSEAL_AUDIT_VERIFY_ENROLMENT_H
#define LABSEAL_AUDIT_VERIFY_ENROLMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/verify/chain.h"
#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/attest/attest.h"
#include "lib/seal/trust.h"

#define LS_ENROLMENTS_MAX 16 /* certificates of one key; more are refused */

struct ls_enrolments {
	struct ls_source *source; /* the share */
	const struct ls_trust *trust;
	const struct ls_attester *attester;
	struct ls_report *report;
	size_t count; /* of those that hold */
	struct ls_enrolled items[LS_ENROLMENTS_MAX];
	bool named, failed;    /* the trust file's was seen; one was refused */
	uint64_t held, before; /* checkpoints that were made in their time, and before it */
	bool expired;	       /* said once */
};

/* Whether a file of the keys folder is such a certificate, by its name; then it is checked. */
bool ls_enrolment_take(struct ls_enrolments *e, const char *name);

/* A checkpoint was vouched for, whose last seal was received then. */
void ls_enrolment_hold(struct ls_enrolments *e, uint64_t size, int64_t received);

/* Say what is missing, and fill in what is known for the chain.  Once, when there is evidence. */
void ls_enrolment_conclude(struct ls_enrolments *e, struct ls_chain *chain);

#endif
