/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks an audit makes.  Names and sentences are one table, so that the
 * text, the JSON and the manual speak of the same things; the keys are stable.
 */
#ifndef LABSEAL_AUDIT_VERIFY_CHECKS_H
#define LABSEAL_AUDIT_VERIFY_CHECKS_H

enum ls_check {
	LS_CHECK_LAYOUT,
	LS_CHECK_FOLDERS,
	LS_CHECK_FILES,
	LS_CHECK_PAYLOAD,
	LS_CHECK_RECORD,
	LS_CHECK_MANIFEST,
	LS_CHECK_SIGNATURE,
	LS_CHECK_PROOF,
	LS_CHECK_MEASUREMENT,
	LS_CHECK_COUNTERSIGNATURE,
	LS_CHECK_CALIBRATION,
	LS_CHECK_SEQUENCE,
	LS_CHECK_DNA,
	LS_CHECK_ENTRIES,
	LS_CHECK_TILES,
	LS_CHECK_ROOT,
	LS_CHECK_CHECKPOINT,
	LS_CHECK_APPROVALS,
	LS_CHECK_MEMORY,
	LS_CHECK_EVIDENCE_FILES,
	LS_CHECK_EVIDENCE_CHECKPOINT,
	LS_CHECK_EVIDENCE_QUOTE,
	LS_CHECK_EVIDENCE_STATE,
	LS_CHECK_EVIDENCE_COUNTER,
	LS_CHECK_EVIDENCE_NV,
	LS_CHECK_EVIDENCE_CLOCK,
	LS_CHECK_EVIDENCE_KEY,
	LS_CHECK_EVIDENCE_ENROLMENT,
	LS_CHECK_EVIDENCE_NAMED,
	LS_CHECK_TIME_STAMPS,
	LS_CHECK_WITNESSES,
	LS_CHECK_VERSIONS,
	LS_CHECK_COUNT
};

struct ls_check_name {
	const char *key;      /* "result.payload" */
	const char *unit;     /* what is counted, plural: "files" */
	const char *sentence; /* what holds when it passed; no full stop */
};

/* Never NULL for a value below LS_CHECK_COUNT. */
const struct ls_check_name *ls_check_name(enum ls_check check);

#endif
