/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of analysis.h: one reaction for itself (analysis.c), then those of a target together. */
#ifndef LABSEAL_AUDIT_RUN_ANALYSIS_PARTS_H
#define LABSEAL_AUDIT_RUN_ANALYSIS_PARTS_H

#include "audit/run/analysis.h"
#include "audit/run/run_memory.h"

/* A run is analysed: what is there, and what is being made. */
struct ls_analysis_work {
	const struct ls_run *run;
	struct ls_run_analysis *out;
	size_t passive; /* index of the passive reference's dye, or LS_RUN_NONE */
	const struct ls_run_reaction **stored; /* of out->reactions, by index */
	size_t *order;			       /* indices of reactions, target by target ... */
	size_t *begin; /* ... where each target's begin; one more than there are targets */
};

/* Curve, baseline, stored threshold and melt curve of one reaction; memory that is out is noted. */
void ls_analyse_reaction(struct ls_analysis_work *w, const struct ls_run_well *well,
			 const struct ls_run_reaction *r, struct ls_reaction_analysis *a);

#endif
