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
#include "lib/cal/seen.h"

#define LS_CAL_DEFERRED_THREADS_MAX 16

struct ls_cal_deferred; /* of one thread, which hands in and settles */

/*
 * For so many threads, the caller's own counted; at most LS_CAL_DEFERRED_THREADS_MAX.  They are
 * made when there is something to do, take no signal, and end with _free.  Where none can be made
 * the caller's thread does it all.  NULL: out of memory.
 */
struct ls_cal_deferred *ls_cal_deferred_new(unsigned threads);
void ls_cal_deferred_free(struct ls_cal_deferred *deferred); /* NULL is fine */

struct ls_cal_deferred_signature {
	struct ls_p256_public key;
	struct ls_digest digest; /* of what is signed */
	/* NULL, or where it is looked up before it is checked, and told when it holds; borrowed */
	struct ls_cal_seen *seen;
	struct ls_cal_seen_name name; /* that it is known there by */
	size_t size;		      /* above LS_P256_SIGNATURE_MAX: it cannot hold */
	uint8_t der[LS_P256_SIGNATURE_MAX];
};

/* Hand one in, which is copied.  Where many wait already, the caller checks one itself. */
void ls_cal_deferred_add(struct ls_cal_deferred *deferred,
			 const struct ls_cal_deferred_signature *signature);

/*
 * Check what nobody has checked yet, and wait for the rest.  true: every signature since the last
 * time holds; false: one does not, or there was no memory to look.  *ret_checked (NULL is fine) is
 * how many were checked, and not seen before.
 */
bool ls_cal_deferred_settle(struct ls_cal_deferred *deferred, uint64_t *ret_checked);

#endif
