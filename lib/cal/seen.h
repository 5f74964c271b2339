/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that were verified and are good, in a table of bounded memory that several threads
 * share: who goes through a whole registry meets a standard's again long after the memo had to
 * make room for others.
 *
 * A signature is known by 128 bits of the SHA-256 of a secret of the table, key, signed digest and
 * signature together, so that none but the very same is: without the secret, which leaves the
 * process nowhere, nobody can look for two that are known alike.  One that does not hold is never
 * known.
 *
 * Where it is kept is told by the entry that it is on, not by what it is: who goes through the log
 * in its order touches one line of the cache after the other, and not a page anywhere for each.
 */
#ifndef LABSEAL_LIB_CAL_SEEN_H
#define LABSEAL_LIB_CAL_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/hash.h"
#include "lib/base/p256.h"

#define LS_CAL_SEEN_ENTRY 32 /* bytes that there should be for each entry: two signatures */

struct ls_cal_seen;

/* Up to so many bytes; they are taken as they are used.  NULL: out of memory, or of random bytes.
 */
struct ls_cal_seen *ls_cal_seen_new(size_t bytes);
void ls_cal_seen_free(struct ls_cal_seen *seen); /* NULL is fine */

/* What a signature is known by, and where that is kept. */
struct ls_cal_seen_name {
	uint64_t words[2]; /* no numbers: bytes that are compared */
	uint64_t place;	   /* of an entry */
};

/* Of the index-th signature on this entry of the log.  -ENOMEM. */
int ls_cal_seen_name(const struct ls_cal_seen *seen, struct ls_sha256 *hash, uint64_t entry,
		     size_t index, const struct ls_p256_public *key, const struct ls_digest *digest,
		     const uint8_t *der, size_t size, struct ls_cal_seen_name *ret_name);

bool ls_cal_seen_has(struct ls_cal_seen *seen, const struct ls_cal_seen_name *name);
/* It holds.  Where there is no room, another one is forgotten. */
void ls_cal_seen_add(struct ls_cal_seen *seen, const struct ls_cal_seen_name *name);

#endif
