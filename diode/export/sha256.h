/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 (FIPS 180-4) for the exporter, which runs where no library is: on
 * Windows XP, and static in a small guest.  Everything on the host uses
 * lib/base/hash.h; a test compares the two.
 */
#ifndef LABSEAL_DIODE_EXPORT_SHA256_H
#define LABSEAL_DIODE_EXPORT_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/hash.h" /* struct ls_digest alone */

#define LS_SMALL_SHA256_BLOCK 64 /* bytes */

struct ls_small_sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes so far */
	uint8_t block[LS_SMALL_SHA256_BLOCK];
};

void ls_small_sha256_init(struct ls_small_sha256 *h);
void ls_small_sha256_update(struct ls_small_sha256 *h, const void *bytes, size_t n);
void ls_small_sha256_final(struct ls_small_sha256 *h, struct ls_digest *ret_digest);

/*
 * n blocks without the processor's own instructions: what the others fall back
 * to, and are tested against.
 */
void ls_small_sha256_portable(uint32_t state[static 8], const uint8_t *blocks, size_t n);

#endif
