/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures that other threads check while the one that met them goes on.  Whoever hands one in
 * is told nothing of it, but whether all of them hold, in the end.
 */
#ifndef LABSEAL_LIB_CAL_DEFERRED_H
#define LABSEAL_LIB_CAL_DEFERRED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/hash.h"
#include "lib/base/p256.h"

#define LS_CAL_DEFERRED_THREADS_MAX 16

struct ls_cal_deferred; /* of one thread, which hands in and settles */

/*
 * For so many threads, the caller's own counted; at most LS_CAL_DEFERRED_THREADS_MAX.  They are
 * made when there is something to do, take no signal, and end with _free.  Where none can be made
 * the caller's thread does it all.  NULL: out of memory.
 */
struct ls_cal_deferred *ls_cal_deferred_new(unsigned threads);
void ls_cal_deferred_free(struct ls_cal_deferred *deferred); /* NULL is fine */

/* Hand in a signature; all is copied.  Where many wait already, the caller checks one itself. */
void ls_cal_deferred_add(struct ls_cal_deferred *deferred, const struct ls_p256_public *key,
			 const struct ls_digest *digest, const uint8_t *der, size_t size);

/*
 * Check what nobody has checked yet, and wait for the rest.  true: every signature since the last
 * time holds; false: one does not, or there was no memory to look.
 */
bool ls_cal_deferred_settle(struct ls_cal_deferred *deferred);

#endif
