/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidence for one published checkpoint: the files of a folder
 * log/evidence/SIZE/ and what they must say together (docs/formats/evidence.md).
 *
 * Everything in it is attested for the same qualifying data, SHA-256 over the
 * checkpoint as it was published: a quote of PCR 23, and certificates of the
 * version counter and of the index that holds the checkpoint (lib/attest/nv_index.h).
 * Pure functions.
 */
#ifndef LABSEAL_LIB_ATTEST_EVIDENCE_H
#define LABSEAL_LIB_ATTEST_EVIDENCE_H

#include "lib/attest/attest.h"
#include "lib/attest/clock.h"
#include "lib/attest/creation.h"
#include "lib/attest/nv_index.h"
#include "lib/attest/pcr_values.h"

#define LS_EVIDENCE_FOLDER	"log/evidence"
#define LS_EVIDENCE_EVENTS	"events" /* in it: <PCR 23, hex>.jsonl, which replays to its name */
#define LS_EVIDENCE_KEYS	"keys"	 /* in it: <SHA-256 of the key's SPKI>.creation, and ... */
#define LS_EVIDENCE_CERTIFICATE "certificate" /* ... <SHA-256 of its DER>.certificate of the AK */
#define LS_EVIDENCE_PART_SIZE	65536 /* bytes of one file, at most (a signed note's limit) */

/* The files of a folder. */
enum ls_evidence_part {
	LS_EVIDENCE_CHECKPOINT, /* the signed note, as it was published */
	LS_EVIDENCE_PCRS,	/* lib/attest/pcr_values.h: PCR 23 alone */
	LS_EVIDENCE_QUOTE,
	LS_EVIDENCE_QUOTE_SIGNATURE,
	LS_EVIDENCE_COUNTER,
	LS_EVIDENCE_COUNTER_SIGNATURE,
	LS_EVIDENCE_NV_CHECKPOINT,
	LS_EVIDENCE_NV_CHECKPOINT_SIGNATURE,
	LS_EVIDENCE_PARTS
};

/* "quote.attest"; never NULL below LS_EVIDENCE_PARTS. */
const char *ls_evidence_file(enum ls_evidence_part part);

/* The part with this name, or LS_EVIDENCE_PARTS. */
enum ls_evidence_part ls_evidence_find(const char *name);

/* A folder's files.  Borrowed. */
struct ls_evidence_set {
	struct {
		const uint8_t *bytes;
		size_t size;
	} parts[LS_EVIDENCE_PARTS];
};

/* Whose evidence is believed. */
struct ls_evidence_trust {
	struct ls_attester attester;
	struct ls_digest policy; /* the signing key's, which the checkpoint index has too */
};

/* What a set says. */
struct ls_evidence_says {
	struct ls_digest pcr23;
	uint64_t counter; /* the version counter */
	struct ls_clock first, last;
};

/*
 * The three checks of a set, in any order; each 0 or what is wrong: -EBADMSG,
 * -EKEYREJECTED, with the part that is to blame.  *says keeps what was learnt.
 *   quote        the PCR values are those of PCR 23 alone, and quoted
 *   counter      the version counter is certified
 *   checkpoint   the checkpoint index is certified, and holds this checkpoint:
 *                size, root and SHA-256 of the note
 */
int ls_evidence_check_quote(const struct ls_evidence_set *set,
			    const struct ls_evidence_trust *trust, struct ls_evidence_says *says,
			    enum ls_evidence_part *ret_part, struct ls_error *err);
int ls_evidence_check_counter(const struct ls_evidence_set *set,
			      const struct ls_evidence_trust *trust, struct ls_evidence_says *says,
			      enum ls_evidence_part *ret_part, struct ls_error *err);
int ls_evidence_check_checkpoint(const struct ls_evidence_set *set,
				 const struct ls_evidence_trust *trust, uint64_t size,
				 const struct ls_digest *root, struct ls_evidence_says *says,
				 enum ls_evidence_part *ret_part, struct ls_error *err);

#endif
