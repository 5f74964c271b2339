/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ORCID iDs in a block: one of the ranges that ORCID gives out is 14 bases, any other 26
 * (docs/formats/dna-block.md).
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_ORCID_H
#define LABSEAL_AUDIT_DNA_BLOCK_ORCID_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/orcid.h"

#define LS_ORCID_BASES	     14
#define LS_ORCID_BASES_OTHER 26

/* LS_ORCID_BASES or LS_ORCID_BASES_OTHER bases into ret; returns how many. */
size_t ls_orcid_encode(const struct ls_orcid *orcid, uint8_t ret[static LS_ORCID_BASES_OTHER]);
/* How many were taken of at most n bases, or 0: no iD is written so. */
size_t ls_orcid_decode(const uint8_t *bases, size_t n, struct ls_orcid *ret);

#endif
