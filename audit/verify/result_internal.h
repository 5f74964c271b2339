/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by result*.c only. */
#ifndef LABSEAL_AUDIT_VERIFY_RESULT_INTERNAL_H
#define LABSEAL_AUDIT_VERIFY_RESULT_INTERNAL_H

#include "audit/verify/result.h"
#include "lib/seal/record.h"

#define LS_RESULT_PATH_SIZE 512 /* a folder's path and a file's in it */

/* One folder while it is looked at. */
struct ls_result {
	const struct ls_result_context *c;
	struct ls_result_scratch *s;
	const char *path;
	uint64_t seal; /* in the folder's name, then in the manifest; 0: not known */
	struct ls_manifest manifest;
	struct ls_record record;
	bool have_record; /* the record is the sealed one, and says what the manifest says */
};

/* "results/2026/000042-plate7.eds/record.json" */
const char *ls_result_file(const struct ls_result *r, const char *name,
			   char buffer[static LS_RESULT_PATH_SIZE]);

/* Exactly the manifest's files, and the seal's own. */
void ls_result_check_files(struct ls_result *r);
/* The sealed files' hashes. */
void ls_result_check_payload(struct ls_result *r);
/* record.json: its hash, its form, its agreement with the manifest. */
void ls_result_check_record(struct ls_result *r);
/* What an event says that a reader of the report must know: refused, missing, unusual. */
void ls_result_tell_event(struct ls_result *r);
/* An event that is a person's signature over a result. */
void ls_result_check_countersignature(struct ls_result *r);
/* The state that sealed it, and what kind of key. */
void ls_result_check_measurement(struct ls_result *r);
void ls_result_check_signature(struct ls_result *r);
void ls_result_check_proof(struct ls_result *r);
/* The folder's name: the manifest's number, year, kind and first file. */
void ls_result_check_name(struct ls_result *r);

#endif
