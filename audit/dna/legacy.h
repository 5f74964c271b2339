/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first version's block of the papers' authors, as their public prototype wrote it (Kar et al.,
 * "That's my DNA", NSPW 2018): tags of 10 bases, ORCID iD and plasmid ID two bases a digit, an RSA
 * signature, and a Reed-Solomon parity over GF(2^16) with one symbol a base.  It is recognised and
 * its parity checked; the signature is not: its scheme lets whoever has two molecules of a signer
 * sign in his name.
 */
#ifndef LABSEAL_AUDIT_DNA_LEGACY_H
#define LABSEAL_AUDIT_DNA_LEGACY_H

#include "audit/dna/molecule/molecule.h"

#define LS_LEGACY_TAG_BASES 10
#define LS_LEGACY_START	    "acgcttcgca"
#define LS_LEGACY_END	    "gtatcctatg"
#define LS_LEGACY_ORCID	    32 /* bases */
#define LS_LEGACY_ID	    12

struct ls_legacy {
	size_t start; /* of the start tag, in the strand, from 0 */
	bool reversed;
	char orcid[20], id[7];
	size_t signature; /* bases: 512 or 1024 */
	size_t parity;	  /* bases; 0: none */
	int errors;	  /* that the parity corrects now; -1: more than it can, or parity is 0 */
};

/* 0; -ENOENT: there is none; -ENOMEM. */
int ls_legacy_find(const struct ls_molecule *m, struct ls_legacy *ret, struct ls_error *err);
bool ls_legacy_is(const struct ls_molecule *m);

#endif
