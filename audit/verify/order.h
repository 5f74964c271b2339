/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of approvals in a log (docs/formats/approval.md): an approval stands
 * before what was sealed under it, and nothing is sealed under one after its
 * retirement.  Any number of threads tell of records; at the end it is settled.
 * Only versions that the trust file names are looked at: what was sealed under
 * another one is no approved state anyway.
 */
#ifndef LABSEAL_AUDIT_VERIFY_ORDER_H
#define LABSEAL_AUDIT_VERIFY_ORDER_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "lib/seal/record.h"
#include "lib/seal/trust.h"

#define LS_ORDER_PATH_SIZE 512

struct ls_order_version; /* what the log says of one version */

/* The event "approval-retired": approvals for this value of the counter and below end here. */
struct ls_order_retirement {
	uint64_t seal, counter;
};

struct ls_order {
	pthread_mutex_t lock;
	const struct ls_trust *trust;	     /* borrowed; NULL: there is none, and nothing to do */
	struct ls_order_version *versions;   /* owned; one for each of trust->approved */
	struct ls_order_retirement *retired; /* owned */
	size_t retired_count, retired_capacity;
	uint64_t
		unread; /* the first seal whose record could not be had; 0: any, UINT64_MAX: none */
	bool out_of_memory;
};

/* 0 or -ENOMEM. */
int ls_order_init(struct ls_order *order, const struct ls_trust *trust);
void ls_order_free(struct ls_order *order);

/* A record that is the sealed one, in this file.  An approval that does not hold is reported. */
void ls_order_tell(struct ls_order *order, const struct ls_record *record, const char *file,
		   struct ls_report *report);

/* The record of this seal could not be had; 0: of any, since not all folders could be listed. */
void ls_order_tell_unread(struct ls_order *order, uint64_t seal);

/*
 * When all records were told: LS_CHECK_APPROVALS, also of the states that evidence
 * quotes (report->facts.chain).  0 or -ENOMEM.
 */
int ls_order_check(struct ls_order *order, struct ls_report *report);

#endif
