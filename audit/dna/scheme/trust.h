/* SPDX-License-Identifier: Apache-2.0 */
/* What a verifier trusts, for this room: see scheme.h. */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_TRUST_H
#define LABSEAL_AUDIT_DNA_SCHEME_TRUST_H

#include "audit/dna/scheme/directory.h"
#include "audit/dna/scheme/history.h"
#include "audit/dna/scheme/scheme.h"

struct ls_trusted_authority {
	struct ls_dna_params params;
	struct ls_dna_directory *directories; /* owned; newest first */
	size_t directory_count;
	bool has_history; /* then the directories do not count */
	struct ls_dna_history history;
	int64_t at; /* as of when the history's keys are asked about */
	bool at_known;
};

struct ls_dna_trust {
	struct ls_trusted_authority *authorities; /* owned */
	size_t count;
};

/* ls_dna_trust_add() of bytes. */
int ls_dna_trust_add_bytes(struct ls_dna_trust *trust, const void *text, size_t n,
			   struct ls_error *err);

#endif
