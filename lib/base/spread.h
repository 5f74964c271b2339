/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a digest belongs in a table in memory.  Whoever writes records chooses digests (a
 * document's may be any 32 bytes), and with places that he can work out he would put all of them in
 * one.
 */
#ifndef LABSEAL_LIB_BASE_SPREAD_H
#define LABSEAL_LIB_BASE_SPREAD_H

#include <stdint.h>

#include "lib/base/hash.h"

/*
 * The same for the same digest as long as the process lives, and unforeseeable before: two digests,
 * however they were chosen, share the result in one of 2^32 processes (multilinear hashing: Lemire
 * and Kaser, "Strongly universal string hashing is fast", 2014).  Not for what is kept or sent.
 */
uint32_t ls_digest_spread(const struct ls_digest *digest);

#endif
