/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signed molecule as it was, out of what a sequencer read of it.
 *
 * Substitutions are corrected by the block's parity.  Bases that were lost or won are guessed at:
 * with the molecule shifted from some symbol on and that symbol erased, the parity tells whether
 * the guess is right (guess-and-check).  Whatever the parity says, the judge, who verifies the
 * signature, decides: nothing is ever corrected to what was not signed.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_REPAIR_H
#define LABSEAL_AUDIT_DNA_REPAIR_REPAIR_H

#include <stdbool.h>

#include "audit/dna/block/block.h"
#include "audit/dna/molecule/molecule.h"
#include "audit/dna/repair/difference.h"
#include "audit/dna/repair/site.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

/* How much is tried; each includes those before it. */
enum ls_effort {
	LS_EFFORT_NONE = 0,	 /* tags that are not whole, nothing else */
	LS_EFFORT_SUBSTITUTIONS, /* up to t of each word */
	LS_EFFORT_ONE_INDEL,	 /* bases lost or won at one place */
	/* also: substitutions in one stretch, of up to 2t - 1 symbols of each word */
	LS_EFFORT_INDEL_AND_SUBSTITUTIONS,
	/* At two places, and none in the header (draw to ORCID): the square of the molecule's
	   length. */
	LS_EFFORT_TWO_INDELS,
};
#define LS_EFFORT_DEFAULT LS_EFFORT_INDEL_AND_SUBSTITUTIONS

/* A molecule that may have been the signed one. */
struct ls_proposal {
	const uint8_t *bases; /* a ring begins with its block; of a segment, what is covered */
	size_t n, at;	      /* the block lies at bases[at] */
	bool linear, segment; /* as the block's header has it */
};

/* 0: the signature holds.  LS_REPAIR_GO_ON: it does, and says less than another could: the next
 * proposal is made.  -EBADMSG: it does not; the same.  Anything else ends the repair and is
 * returned. */
#define LS_REPAIR_GO_ON 1
struct ls_repair_judge {
	int (*judge)(void *context, const struct ls_proposal *proposal, struct ls_error *err);
	void *context;
};

struct ls_repair_options {
	enum ls_effort effort;
	uint64_t work; /* bound of what is tried, about a microsecond each; 0: the effort's */
};
/* options->work, or what the effort has: 1, 2, 4, 8 and 60 million. */
uint64_t ls_repair_work(const struct ls_repair_options *options);

struct ls_repaired {
	struct ls_buffer bases; /* owned: as the judge accepted it */
	size_t at;
	bool linear, segment, reversed; /* reversed: bases are of the file's other strand */
	struct ls_site site;
	struct ls_differences differences; /* owned: what was wrong, in the file's own places */
	enum ls_effort effort;		   /* that was needed */
	bool cut_short; /* the judge wanted to go on, and the bound was reached */
};
void ls_repaired_free(struct ls_repaired *repaired);
#define _cleanup_repaired_ __attribute__((cleanup(ls_repaired_free)))

/*
 * What is known where nothing could be corrected: of the likeliest block whose header can be read
 * and which has parity.  A word of more than t errors tells neither which they are nor where.
 */
struct ls_damage {
	bool known;
	int64_t around, inside; /* bases more than were signed, around the block and between its
				   tags; where they are not 0 the words cannot be compared */
	unsigned errors;	/* t */
	size_t words, clean, broken; /* of the words: without error; with more than t */
	/* owned: substitutions as the other words have them, by their place in what was signed;
	 * no signature confirms them.  should_at: from the block's first base on, if that is below
	 * layout's end */
	struct ls_differences suspects;
	struct ls_layout layout;
};
void ls_damage_free(struct ls_damage *damage);
#define _cleanup_damage_ __attribute__((cleanup(ls_damage_free)))

/*
 * Try the sites (of ls_sites_find on the same sequence), the cheap ways for all of them first; in
 * a long sequence the likely ones only, and none whose tag is that of a block whose other tag is
 * where its header says.  A sixteenth of the work is for sizes that nothing but what was seen
 * tells, and another for reading heads with one or two of their bases changed: a block that is none
 * of this molecule's is refused with few guesses. options->work becomes what is left of it.
 * topology: of the file; where it says none, the block's header tells.
 * 0: *ret is filled with what the judge accepted last (nothing differs: it was whole).  -ENOENT:
 * there is no site.  -EBADMSG: no proposal was accepted, and err says how far it got:
 * "dna.repair.none" all ways that the effort has, "dna.repair.work" until the bound; *ret_damage
 * (unless NULL) is then filled.  What the judge returned; -ENOMEM.
 */
int ls_repair(const uint8_t *bases, size_t n, enum ls_topology topology,
	      const struct ls_sites *sites, struct ls_repair_options *options,
	      const struct ls_repair_judge *judge, struct ls_repaired *ret,
	      struct ls_damage *ret_damage, struct ls_error *err);

#endif
