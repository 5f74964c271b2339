/* SPDX-License-Identifier: Apache-2.0 */
/* The ways of reading a frame, each with the proposals that its parity lets through. */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_GUESS_H
#define LABSEAL_AUDIT_DNA_REPAIR_GUESS_H

#include "audit/dna/repair/frame.h"
#include "audit/dna/repair/repair.h"

#define LS_EXCESS_MAX 64 /* bases lost or won at one place */

struct ls_guess {
	const struct ls_repair_judge *judge;
	uint64_t work; /* what is left of it */
	struct ls_buffer *accepted;
	struct ls_error *err;
};

/* Take so much off the work that is left; -ETIME: there is not so much. */
int ls_guess_spend(struct ls_guess *g, uint64_t work);

/* Microseconds, about: a string of bases is laid out; its words are corrected with t errors. */
#define LS_WORK_STRING(bases) ((bases) / 500 + 1)

/*
 * All: 0, LS_REPAIR_GO_ON: a proposal was accepted, and is in g->accepted; -EBADMSG: none was;
 * -ETIME: the work is used up; what the judge returned; -ENOMEM.
 */

/* Nothing was lost or won: every region has its size. */
int ls_guess_none(struct ls_guess *g, const struct ls_frame *frame);

/* Bases were lost or won at one place of the one region that has another size: at most
 * LS_EXCESS_MAX of them, and 6 for each but one of the parity's symbols. */
int ls_guess_one(struct ls_guess *g, const struct ls_frame *frame, bool substitutions);

/* Nothing was lost or won, and all that is wrong lies in one stretch, which may be nearly twice as
 * long as what errors anywhere may touch. */
int ls_guess_stretch(struct ls_guess *g, const struct ls_frame *frame);

/* At two places: of two regions, or of one; also one lost and one won in any region. */
int ls_guess_two(struct ls_guess *g, const struct ls_frame *frame);

#endif
