/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bases as numbers: one byte each, 0 a, 1 c, 2 g, 3 t, so that the complement of b is 3 - b and
 * two bits are one base (notes of the papers: a=00 c=01 g=10 t=11).  A sequence of them is a
 * pointer and a size, or a struct ls_buffer where it grows.
 */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_BASE_H
#define LABSEAL_AUDIT_DNA_MOLECULE_BASE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"

enum { LS_BASE_A, LS_BASE_C, LS_BASE_G, LS_BASE_T };

#define LS_BASE_COMPLEMENT(base) (3 - (base))

/* The base of a letter of either case, u as t; -1 for any other byte. */
int ls_base_of(int letter);
/* "acgt"[base]. */
char ls_base_letter(uint8_t base);
/* What an IUPAC letter may stand for, as bits 1 << base (n: 15; a: 1); 0 for any other byte. */
unsigned ls_base_set(int letter);

/* Turns n bases around: reversed, each its complement. */
void ls_bases_reverse_complement(uint8_t *bases, size_t n);
/* Append bases as lower-case letters, or letters of "acgt" in either case as bases (0, -EBADMSG:
 * nothing appended). */
int ls_bases_to_text(const uint8_t *bases, size_t n, struct ls_buffer *out);
int ls_bases_from_text(const char *text, size_t n, struct ls_buffer *out);

/*
 * Bytes as bases and back, most significant bits first: four bases a byte.  `bits` need not be a
 * multiple of 8 (the last byte's low bits are ignored, and 0 when read) nor of 2 (a last base then
 * holds one bit, above a 0).
 */
#define LS_BASES_OF_BITS(bits) (((bits) + 1) / 2)
void ls_bases_pack(const uint8_t *bytes, size_t bits, uint8_t *ret_bases);
void ls_bases_unpack(const uint8_t *bases, size_t bits, uint8_t *ret_bytes);

#endif
