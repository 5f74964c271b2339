/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noise: what came over the channel and was no file, no claim and no sign of
 * life.  It is counted where it is met; here the counts become events, at first
 * at once and then less and less often, for as long as it goes on.
 */
#ifndef LABSEAL_DIODE_RECEIVE_NOISE_H
#define LABSEAL_DIODE_RECEIVE_NOISE_H

#include <stdbool.h>
#include <stdint.h>

#include "diode/receive/events.h"
#include "lib/base/error.h"

#define LS_NOISE_FIRST 60   /* seconds from the first event to the second; then twice that ... */
#define LS_NOISE_LAST  3600 /* ... up to this; after twice that without it begins anew */

/* Since the receiver's start; they only grow. */
struct ls_noise_counts {
	uint64_t bad_frames;  /* stretches of bytes that were no frame */
	uint64_t malformed;   /* payloads of no known form */
	uint64_t disordered;  /* files whose frames were not in order or not whole */
	uint64_t unknown;     /* frames of a type that is not known */
	uint64_t no_session;  /* frames whose session is zero */
	uint64_t lost_frames; /* frame numbers that were left out */
};

struct ls_noise;

int ls_noise_new(struct ls_events *events, struct ls_noise **ret_noise, struct ls_error *err);
struct ls_noise *ls_noise_free(struct ls_noise *noise); /* NULL ok, returns NULL */

/*
 * Once a second or so; and at_end, when what was not told yet is told whether it
 * is due or not.  now: ns since 1970.
 */
int ls_noise_tick(struct ls_noise *noise, const struct ls_noise_counts *seen, int64_t now,
		  bool at_end, struct ls_error *err);

#endif
