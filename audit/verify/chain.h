/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain that evidence establishes, from the TPM to the seals: which code,
 * approved by whom, in which TPM, since when.  Filled in by audit/verify/evidence.c,
 * only with what was found to hold.
 */
#ifndef LABSEAL_AUDIT_VERIFY_CHAIN_H
#define LABSEAL_AUDIT_VERIFY_CHAIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attest/event_log.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/seal/attestation_certificate.h"

/* A measured state that was quoted. */
struct ls_chain_state {
	struct ls_digest pcr23;
	uint64_t version;	 /* of the approval */
	uint64_t first, last;	 /* the smallest and the largest checkpoint that was quoted in it */
	struct ls_event_log log; /* owned; empty when it could not be read */
	bool log_good;
};

/* The attestation key's certificate, when it holds. */
struct ls_enrolled {
	struct ls_digest certificate; /* SHA-256 of its DER */
	enum ls_tpm_origin origin;    /* what the CA knew of the TPM */
	char subject[LS_SUBJECT_SIZE];
	int64_t from, until;  /* it and the CA's are valid, seconds since 1970 */
	uint64_t checkpoints; /* that were vouched for in the time of some such certificate */
};

struct ls_chain {
	const char *tpm;	      /* ls_key_kind_name: "software TPM" */
	bool in_token;		      /* the signing key is elsewhere, in a token (HSM) */
	struct ls_digest endorsement; /* the keys' Names, without the algorithm */
	struct ls_digest attestation;
	struct ls_digest authority; /* SHA-256 of its key */
	bool is_enrolled;	    /* the attestation key is shown to be in this TPM */
	struct ls_enrolled enrolled;
	bool key_made_there;	 /* the signing key's creation certificate holds */
	uint64_t checkpoints;	 /* that were vouched for */
	uint64_t first, last;	 /* sizes of the first and the last of them; 0: none */
	uint64_t without;	 /* seals after the last */
	uint64_t counter;	 /* the version counter, at the last */
	uint32_t resets;	 /* the TPM's reset count, at the last */
	char since[LS_UTC_SIZE]; /* when the first one's last seal was received; "": not known */
	char until[LS_UTC_SIZE]; /* the same of the last one */
	size_t state_count;
	struct ls_chain_state *states; /* owned */
};

void ls_chain_free(struct ls_chain *chain); /* and what it owns; NULL is fine */

/* NULL: null. */
json_t *ls_chain_json(const struct ls_chain *chain);

/* On standard output, indented; NULL: nothing. */
void ls_chain_print(const struct ls_chain *chain);

#endif
