/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records say of the whole share, settled when all were told: the evidence
 * that they name must be there, and what their enclave was without is said once.
 * Any number of threads may tell.
 */
#ifndef LABSEAL_AUDIT_VERIFY_TALLY_H
#define LABSEAL_AUDIT_VERIFY_TALLY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/seal/record.h"

/* Evidence for a checkpoint of this size, and a seal whose record names it. */
struct ls_named_evidence {
	uint64_t size, seal;
};

struct ls_tally {
	pthread_mutex_t lock;
	struct ls_named_evidence *named; /* owned */
	size_t count, capacity;
	bool out_of_memory;
	uint64_t unconfined;		  /* the first seal that says so; 0: none */
	char without[LS_UNCONFINED_SIZE]; /* what it says */
};

void ls_tally_init(struct ls_tally *tally);
void ls_tally_free(struct ls_tally *tally);

/* A record that is the sealed one. */
void ls_tally_tell(struct ls_tally *tally, const struct ls_record *record);

/*
 * LS_CHECK_EVIDENCE_NAMED, where report->facts.chain says that evidence was looked
 * at; and the warning "record.unconfined".  0 or -ENOMEM.
 */
int ls_tally_check(struct ls_tally *tally, struct ls_source *source, struct ls_report *report);

#endif
