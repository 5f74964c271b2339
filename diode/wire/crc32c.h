/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C (Castagnoli; RFC 3720 appendix B.4): polynomial 0x1EDC6F41, reflected,
 * initial value and final XOR all ones.  It finds accidents only; who forges a
 * frame forges its CRC too.
 */
#ifndef LABSEAL_DIODE_WIRE_CRC32C_H
#define LABSEAL_DIODE_WIRE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Continue over n more bytes; crc is 0 at first, later the last call's value. */
uint32_t ls_crc32c(uint32_t crc, const void *bytes, size_t n);

/* The same without the CPU's instruction: what ls_crc32c falls back to, and is tested against. */
uint32_t ls_crc32c_portable(uint32_t crc, const void *bytes, size_t n);

#endif
