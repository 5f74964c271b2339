/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The samples that records name (docs/formats/manifest.md): their sequence files, held to the
 * digests that were sealed (LS_CHECK_SEQUENCE), and, where the auditor says whose signatures in DNA
 * are believed, what the signature in each comes to (LS_CHECK_DNA).  Any number of threads tell of
 * records; the files are read at the end, each once for each that names it.
 *
 * A sequence file is what somebody got by sequencing, or wrote: its verdict says nothing of what
 * was in the tube.
 */
#ifndef LABSEAL_AUDIT_VERIFY_SAMPLED_H
#define LABSEAL_AUDIT_VERIFY_SAMPLED_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/seal/record.h"

#define LS_SAMPLED_MAX 1000 /* different ones; more come from no policy that stayed as it is */

enum ls_sampled_file {
	LS_SAMPLED_ELSEWHERE, /* the target does not hold it: a result's folder; a bundle that
				 leaves it out */
	LS_SAMPLED_AS_SEALED,
	LS_SAMPLED_WRONG,  /* missing or altered: a finding says so */
	LS_SAMPLED_UNREAD, /* it could not be read */
};

/* One sample as records name it, and what became of it. */
struct ls_sampled {
	struct ls_sample sample;
	uint64_t seals, first, last; /* how many name it; the smallest and the largest of them */
	char *record;		     /* of the first that was met; owned */
	enum ls_sampled_file file;
	/* By the gravest record of the file: VERIFIED, NOT VERIFIED or COULD NOT BE CHECKED, and
	 * the outcome, as `labseal dna verify` has them; "": the signature was not asked for. */
	const char *verdict, *outcome;
	char id[LS_ERROR_ID_SIZE]; /* why not; "" when VERIFIED */
	char why[LS_ERROR_MESSAGE_SIZE];
	char signers[160]; /* ORCID iDs, sure where VERIFIED, claimed otherwise; "": none */
	json_t *records;   /* docs/formats/dna-verify-json.md; owned, NULL: none */
};

struct ls_sampled_list {
	pthread_mutex_t lock;
	struct ls_sampled *items; /* owned */
	size_t count;
	bool more;	    /* there were more than LS_SAMPLED_MAX */
	bool out_of_memory; /* one was lost: the audit failed */
	bool is_asked; /* somebody's signatures were to be believed, and the files were there */
	json_t *keys;  /* the logs of keys that were read, docs/formats/dna-verify-json.md; owned */
};

void ls_sampled_init(struct ls_sampled_list *list);
void ls_sampled_free(struct ls_sampled_list *list);

/* A record that is the sealed one, in this file. */
void ls_sampled_tell(struct ls_sampled_list *list, const struct ls_record *record,
		     const char *file);

/* In one phrase: "VERIFIED: valid", "not checked: give --dna-trust", "its file is not ...". */
const char *ls_sampled_word(const struct ls_sampled_list *list, const struct ls_sampled *one);

/* [{...}], docs/formats/verify-json.md. */
json_t *ls_sampled_json(const struct ls_sampled_list *list);

/* Those logs: [{...}], as there. */
json_t *ls_sampled_keys_json(const struct ls_sampled_list *list);

/* On standard output; nothing when there are none. */
void ls_sampled_print(const struct ls_sampled_list *list);

/* Whose signatures in DNA the auditor believes; no files: nobody's are judged.  Borrowed. */
struct ls_sampled_trust {
	const char *const *files; /* an authority's parameters before its directories */
	size_t file_count;
	const char *const *keys; /* mirrors and snapshots of authorities' logs of keys */
	size_t keys_count;
	bool at_known; /* by when the molecules are known to have been signed */
	int64_t at;
};

#endif
