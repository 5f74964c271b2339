/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by evidence*.c only. */
#ifndef LABSEAL_AUDIT_VERIFY_EVIDENCE_INTERNAL_H
#define LABSEAL_AUDIT_VERIFY_EVIDENCE_INTERNAL_H

#include "audit/verify/chain.h"
#include "audit/verify/enrolment.h"
#include "audit/verify/log.h"
#include "audit/verify/report.h"
#include "audit/verify/share.h"
#include "lib/attest/evidence.h"

#define LS_EVIDENCE_PATH_SIZE 256

/* The audit of all evidence of a share. */
struct ls_evidence_audit {
	struct ls_log *log;
	struct ls_report *report;
	const struct ls_trust *trust;
	struct ls_evidence_trust believed;
	struct ls_log_scratch scratch;
	struct ls_chain *chain; /* the report's */
	struct ls_enrolments enrolments;

	uint64_t *sizes; /* of the folders; owned */
	size_t count, capacity;
	bool out_of_memory;

	/* the set that is looked at */
	uint64_t size;
	struct ls_buffer parts[LS_EVIDENCE_PARTS];
	struct ls_evidence_says says;

	bool have_clock; /* of the set before */
	struct ls_clock clock;
};

/* "log/evidence/42/quote": a file of the set that is looked at */
const char *ls_evidence_part_path(const struct ls_evidence_audit *a, enum ls_evidence_part part,
				  char buffer[static LS_EVIDENCE_PATH_SIZE]);

/* A check of the set that is looked at failed, because of this file. */
void ls_evidence_fail(struct ls_evidence_audit *a, enum ls_check check, const char *id,
		      enum ls_evidence_part part, const char *message);

/* Something lies there that is no evidence. */
void ls_evidence_unknown(struct ls_evidence_audit *a, const char *path, unsigned type);

/* The digest that a file HEX.ENDING is named by; ending has its dot.  False: another name. */
bool ls_evidence_parse_name(const char *name, const char *ending, struct ls_digest *ret_digest);

/* ls_each_name, where a folder that is not there is empty.  0 or -ENOMEM. */
int ls_evidence_list(struct ls_evidence_audit *a, const char *path, ls_each_name_fn each);

/* When the last seal of the checkpoint was received; false, and "": it is not known. */
bool ls_evidence_received_at(struct ls_evidence_audit *a, int64_t *ret_time);
void ls_evidence_received(struct ls_evidence_audit *a, char text[static LS_UTC_SIZE]);

/* The set of files for the checkpoint of a->size. */
void ls_evidence_check_set(struct ls_evidence_audit *a);

/* The state that was quoted in that set: approved then, and an event log replays to it. */
bool ls_evidence_check_state(struct ls_evidence_audit *a);

/* What sets refer to: each file of the folders "events" and "keys". */
int ls_evidence_each_event_log(void *context, const char *name, unsigned type);
int ls_evidence_each_key(void *context, const char *name, unsigned type);

/* The signing key: made in the TPM that vouches, and bound to the authority's approvals. */
void ls_evidence_check_key(struct ls_evidence_audit *a);

#endif
