/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said between labseal and labseal-dna-paper: on its standard input one question, on its
 * standard output one answer, each of a fixed size that its first byte says.  Then it ends.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_PAPER_MESSAGES_H
#define LABSEAL_AUDIT_DNA_SCHEME_PAPER_MESSAGES_H

/* Sizes in bytes. */
#define LS_PAPER_SECRET	   32 /* of an authority */
#define LS_PAPER_PUBLIC	   80 /* point of G2 over Fp2: x0, x1, y0, y1 of 20 bytes each, big-endian */
#define LS_PAPER_KEY	   21 /* point of G1: 1 where y is odd, else 0; x of 20 bytes */
#define LS_PAPER_AUTHORITY 32 /* its identifier */
#define LS_PAPER_ORCID	   19 /* "0000-0002-1825-0097" */
#define LS_PAPER_DIGEST	   32
#define LS_PAPER_SIGNATURE \
	30 /* 80 bits of challenge, 159 of S (y's last bit, x), one bit of zero */

/* A question's first byte, and what follows it. */
#define LS_PAPER_ASK_PUBLIC  'P' /* secret */
#define LS_PAPER_ASK_EXTRACT 'E' /* secret, ORCID iD */
#define LS_PAPER_ASK_SIGN    'S' /* authority, public, ORCID iD, key, digest */
#define LS_PAPER_ASK_VERIFY  'V' /* authority, public, ORCID iD, digest, signature */
#define LS_PAPER_ASK_MAX     256

/* An answer's first byte; what was asked for follows LS_PAPER_OK (public, key, signature, nothing).
 */
enum ls_paper_answer {
	LS_PAPER_OK = 0,
	LS_PAPER_NO_FORM = 1,  /* these bits are no signature */
	LS_PAPER_WRONG = 2,    /* the signature does not hold */
	LS_PAPER_NO_POINT = 3, /* a key in the question is no key, or not this identity's */
	LS_PAPER_NOT_ASKED = 4 /* the question is malformed */
};
#define LS_PAPER_ANSWER_MAX 128

#endif
