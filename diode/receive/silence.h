/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silence: an exporter gives a sign of life every few seconds (HELLO, BEAT).
 * When none comes for long, that is an event, once; the next sign is another,
 * which says how long it was and what the guest's clock did meanwhile.
 *
 * Only time in which a sign could be heard counts: not while the channel is not
 * read since the spool is full, and not while labseald says that the machine is
 * off (ls_silence_excuse).  A guest that was never heard is not missed; that one
 * was heard ever is known by the file "heard" in the spool folder, whose time of
 * modification is that of the last sign.
 */
#ifndef LABSEAL_DIODE_RECEIVE_SILENCE_H
#define LABSEAL_DIODE_RECEIVE_SILENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "diode/receive/events.h"
#include "lib/base/error.h"

struct ls_silence;

/* after: seconds.  dirfd (the spool folder) and events are borrowed.  uptime: any steady clock, ns.
 */
int ls_silence_new(int dirfd, struct ls_events *events, unsigned after, int64_t uptime,
		   struct ls_silence **ret_silence, struct ls_error *err);
struct ls_silence *ls_silence_free(struct ls_silence *silence); /* NULL ok, returns NULL */

/* A sign of life; guest_clock and now in ns since 1970. */
int ls_silence_heard(struct ls_silence *silence, const uint8_t session[static LS_SESSION_SIZE],
		     int64_t guest_clock, int64_t now, int64_t uptime, struct ls_error *err);

/* Up to now nothing could be heard, or was to be. */
void ls_silence_excuse(struct ls_silence *silence, int64_t uptime);

/* Once a second or so. */
int ls_silence_tick(struct ls_silence *silence, int64_t now, int64_t uptime, struct ls_error *err);

#endif
