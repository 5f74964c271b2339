/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verifier was given to believe, as a command takes it: --trust (an authority's parameters,
 * a directory of keys, the trust file of a log of keys), --keys (a mirror or a snapshot of that
 * log) and --at (when the molecule is known to have been signed by).
 */
#ifndef LABSEAL_AUDIT_DNA_KEYS_BELIEF_H
#define LABSEAL_AUDIT_DNA_KEYS_BELIEF_H

#include <jansson.h>
#include <stdio.h>

#include "audit/dna/keys/key_log.h"

#define LS_BELIEF_LOGS_MAX 16

struct ls_dna_belief {
	struct ls_dna_trust *trust; /* owned; NULL until something was added */
	struct ls_key_trust logs[LS_BELIEF_LOGS_MAX];
	struct ls_key_log read[LS_BELIEF_LOGS_MAX]; /* of logs[i]; no origin: not given */
	size_t log_count;
	const char *keys[LS_BELIEF_LOGS_MAX];
	size_t keys_count;
	bool at_known;
	int64_t at, now;
};
void ls_dna_belief_free(struct ls_dna_belief *belief);

/* A file of --trust.  Errors of ls_dna_trust_add() and ls_key_trust_parse(); -EFBIG: too many. */
int ls_dna_belief_add(struct ls_dna_belief *belief, const char *path, struct ls_error *err);
/* What --keys names; borrowed.  -EFBIG. */
int ls_dna_belief_add_keys(struct ls_dna_belief *belief, const char *path, struct ls_error *err);

/*
 * After all of them: read the logs.  -ENOKEY: --keys without a trust file that names its log, or a
 * trust file without --keys ("dna.keys.missing"); errors of ls_key_log_open() and
 * ls_dna_trust_set_history().
 */
int ls_dna_belief_open(struct ls_dna_belief *belief, struct ls_error *err);

/* How old the logs are that were read, and how old they may be: a line each, or an array. */
void ls_dna_belief_tell(const struct ls_dna_belief *belief);
json_t *ls_dna_belief_json(const struct ls_dna_belief *belief);

/* Keys of a block's signers that were withdrawn, whatever the verdict: a line each, or an array. */
void ls_dna_belief_tell_withdrawn(const struct ls_dna_belief *belief, const struct ls_block *b,
				  FILE *out);
json_t *ls_dna_belief_withdrawn_json(const struct ls_dna_belief *belief, const struct ls_block *b);

#endif
