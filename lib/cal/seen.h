/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that were verified and are good, in a table of bounded memory that several threads
 * share: who goes through a whole registry meets a standard's again long after the memo had to
 * make room for others.
 *
 * A signature is known by the SHA-256 of key, signed digest and signature together, so that none
 * but the very same is.  One that does not hold is never known.
 */
#ifndef LABSEAL_LIB_CAL_SEEN_H
#define LABSEAL_LIB_CAL_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/hash.h"
#include "lib/base/p256.h"

struct ls_cal_seen;

/* Up to so many bytes; they are taken as they are used.  NULL: out of memory. */
struct ls_cal_seen *ls_cal_seen_new(size_t bytes);
void ls_cal_seen_free(struct ls_cal_seen *seen); /* NULL is fine */

/* What a signature is known by.  -ENOMEM. */
int ls_cal_seen_name(struct ls_sha256 *hash, const struct ls_p256_public *key,
		     const struct ls_digest *digest, const uint8_t *der, size_t size,
		     struct ls_digest *ret_name);

/* It is asked for soon: a hint to the processor. */
void ls_cal_seen_expect(const struct ls_cal_seen *seen, const struct ls_digest *name);
bool ls_cal_seen_has(struct ls_cal_seen *seen, const struct ls_digest *name);
/* It holds.  Where there is no room, another one is forgotten. */
void ls_cal_seen_add(struct ls_cal_seen *seen, const struct ls_digest *name);

#endif
