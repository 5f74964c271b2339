/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The identity-based signature scheme of audit/dna/scheme/identity.h on BN-158, over PARI.
 *
 * The curve of the papers' measurements (parameter file "f" of the PBC library): y^2 = x^3 + b over
 * Fp, of prime order r, both of 158 bits; G2 is the r-torsion of its sextic twist y^2 = x^3 - alpha
 * b over Fp2 = Fp[sqrt beta]; GT lies in Fp12 = Fp[w], w^6 = -alpha.  About 70 to 80 bits of
 * strength, and arithmetic whose time depends on secrets: paper level, not for new use.
 *
 * PARI is started by ls_bn158_init and has one stack: one thread.  A PARI error ends the program
 * (main.c).
 */
#ifndef LABSEAL_AUDIT_DNA_PAPER_BN158_H
#define LABSEAL_AUDIT_DNA_PAPER_BN158_H

#include <stdbool.h>
#include <stdint.h>

#include "audit/dna/scheme/paper_messages.h"

void ls_bn158_init(void);

/* s P2, s being a hash of the secret. */
void ls_bn158_public(const uint8_t secret[static LS_PAPER_SECRET],
		     uint8_t ret[static LS_PAPER_PUBLIC]);
/* 1/(s + H(ID)) P1. */
void ls_bn158_extract(const uint8_t secret[static LS_PAPER_SECRET],
		      const uint8_t orcid[static LS_PAPER_ORCID], uint8_t ret[static LS_PAPER_KEY]);

/* Who signs, as both of the next take it. */
struct ls_bn158_identity {
	const uint8_t *authority; /* LS_PAPER_AUTHORITY bytes */
	const uint8_t *public;	  /* LS_PAPER_PUBLIC */
	const uint8_t *orcid;	  /* LS_PAPER_ORCID */
};
/* LS_PAPER_OK or LS_PAPER_NO_POINT. */
enum ls_paper_answer ls_bn158_sign(const struct ls_bn158_identity *who,
				   const uint8_t key[static LS_PAPER_KEY],
				   const uint8_t digest[static LS_PAPER_DIGEST],
				   uint8_t ret[static LS_PAPER_SIGNATURE]);
/* LS_PAPER_OK, LS_PAPER_NO_FORM, LS_PAPER_WRONG or LS_PAPER_NO_POINT. */
enum ls_paper_answer ls_bn158_verify(const struct ls_bn158_identity *who,
				     const uint8_t digest[static LS_PAPER_DIGEST],
				     const uint8_t signature[static LS_PAPER_SIGNATURE]);

#endif
