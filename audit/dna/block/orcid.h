/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ORCID iDs: 16 digits, the last a check digit (ISO 7064 MOD 11-2) that may be X.  In a block an
 * iD of the ranges that ORCID gives out is 14 bases, any other 26 (docs/formats/dna-block.md).
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_ORCID_H
#define LABSEAL_AUDIT_DNA_BLOCK_ORCID_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_ORCID_SIZE 20 /* "0000-0001-5000-0007" and a NUL */

struct ls_orcid {
	char text[LS_ORCID_SIZE]; /* canonical: with hyphens, X upper-case */
};

#define LS_ORCID_BASES	     14
#define LS_ORCID_BASES_OTHER 26

/* With or without hyphens and "https://orcid.org/".  0 or -EINVAL: its form, or its check digit. */
int ls_orcid_parse(const char *text, struct ls_orcid *ret, struct ls_error *err);

/* LS_ORCID_BASES or LS_ORCID_BASES_OTHER bases into ret; returns how many. */
size_t ls_orcid_encode(const struct ls_orcid *orcid, uint8_t ret[static LS_ORCID_BASES_OTHER]);
/* How many were taken of at most n bases, or 0: no iD is written so. */
size_t ls_orcid_decode(const uint8_t *bases, size_t n, struct ls_orcid *ret);

#endif
