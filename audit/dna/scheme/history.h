/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose key was whose, from when to when: what an authority's log of keys says (audit/dna/keys),
 * for verifying in profile aggregate.  The authority signed each statement; who reads the log
 * proves that nothing of it is left out.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_HISTORY_H
#define LABSEAL_AUDIT_DNA_SCHEME_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/dna/block/orcid.h"
#include "audit/dna/scheme/scheme.h"
#include "lib/base/hash.h"

#define LS_DNA_KEY_SIZE	  96 /* a public key, a point of G2, compressed */
#define LS_DNA_PROOF_SIZE 48 /* a proof of possession, or the authority's signature: of G1 */
#define LS_DNA_NO_END	  INT64_MAX

/* What the authority signed: the SHA-256 of a statement's text, and its signature. */
struct ls_dna_signed_statement {
	struct ls_digest digest;
	uint8_t signature[LS_DNA_PROOF_SIZE];
};

struct ls_dna_key_entry {
	struct ls_orcid orcid;
	uint8_t key[LS_DNA_KEY_SIZE], proof[LS_DNA_PROOF_SIZE];
	int64_t from, until; /* seconds since 1970; until may be LS_DNA_NO_END */
	struct ls_dna_signed_statement statement;
	bool withdrawn, harmless; /* harmless: replaced by another, and nobody else's hands on it */
	int64_t since;		  /* of the withdrawal */
	const char *reason;	  /* static */
	int checked; /* 0: not yet; 1: statement and proof hold; -1: they do not.  Set atomically */
};

struct ls_dna_history {
	struct ls_dna_key_entry *entries; /* owned; in the log's order */
	size_t count;
};
void ls_dna_history_free(struct ls_dna_history *history);

/* A statement of this authority's, over this digest.  master signs; params verify. */
struct ls_dna_master;
struct ls_dna_params;
void ls_dna_statement_sign(const struct ls_dna_master *master, struct ls_dna_signed_statement *s);
bool ls_dna_statement_holds(const struct ls_dna_params *params,
			    const struct ls_dna_signed_statement *s);

/*
 * How a key of a signer's counts at a time.  known: the time is when the molecule is known to have
 * been signed by; else it is now, and nobody knows.  0; -ENOKEY, with why: not valid yet, no more,
 * or withdrawn.
 */
int ls_dna_key_counts(const struct ls_dna_key_entry *entry, int64_t at, bool known,
		      struct ls_error *err);

/*
 * Let this be what the authority with this identifier says of keys, in the place of directories.
 * at, known: as above.  *history is handed over.  -ENOKEY: that authority's parameters were not
 * added; -EEXIST: it has one.
 */
int ls_dna_trust_set_history(struct ls_dna_trust *trust, const struct ls_digest *authority,
			     struct ls_dna_history *history, int64_t at, bool known,
			     struct ls_error *err);

/* Call tell for each key of the signer's that was withdrawn, by the authorities with this hint. */
void ls_dna_trust_each_withdrawn(const struct ls_dna_trust *trust, uint16_t hint,
				 const struct ls_orcid *signer,
				 void (*tell)(void *context, const struct ls_dna_key_entry *entry),
				 void *context);
/* The parameters of the authority with this identifier; NULL: it is not trusted. */
const struct ls_dna_params *ls_dna_trust_params(const struct ls_dna_trust *trust,
						const struct ls_digest *authority);

#endif
