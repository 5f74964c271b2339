/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each exporter says about itself, against what is here.
 *
 * A session is one outbox (random name), a run is one start of the exporter on
 * it.  BEAT and HELLO say how many files there were and their chain hash
 *
 *     h(0) = 32 zero bytes,  h(n) = SHA-256( h(n-1) || u64 n || SHA-256 of file n )
 *
 * so that a missing file, a number given twice, and an outbox that went back in
 * time (a restored disk) are seen.  Each becomes an event.
 */
#ifndef LABSEAL_DIODE_RECEIVE_SESSIONS_H
#define LABSEAL_DIODE_RECEIVE_SESSIONS_H

#include <stdint.h>

#include "diode/receive/assemble.h"
#include "diode/receive/events.h"
#include "diode/receive/ledger.h"
#include "diode/wire/frame.h"
#include "diode/wire/payload.h"

#define LS_SESSIONS_MAX 64 /* kept in memory; the one unheard of for longest makes place */

struct ls_sessions;

/* gap_after: seconds that a file may be missing before it is a gap. */
int ls_sessions_new(unsigned gap_after, struct ls_sessions **ret_sessions, struct ls_error *err);
struct ls_sessions *ls_sessions_free(struct ls_sessions *s); /* NULL ok, returns NULL */

/* For each record of the journal when the ledger is opened (a ls_ledger_visit). */
void ls_sessions_restore(void *sessions, const struct ls_ledger_record *record);

/* What it works with, once the ledger is open; before its first frame.  All are borrowed. */
void ls_sessions_use(struct ls_sessions *s, struct ls_ledger *ledger, struct ls_events *events,
		     const struct ls_assembler *assembler);

/* All events so far are durable: the runs that they tell of are noted in the ledger. */
int ls_sessions_synced(struct ls_sessions *s, int64_t now, struct ls_error *err);

/* What is to be folded with the journal, so that it is known after it; returns how many. */
#define LS_SESSION_STATES_MAX (2 * LS_SESSIONS_MAX)
size_t ls_sessions_states(const struct ls_sessions *s, int64_t now,
			  struct ls_ledger_record records[static LS_SESSION_STATES_MAX]);

/* Every good frame, before it is looked into: counts frames that were lost on the way. */
void ls_sessions_frame(struct ls_sessions *s, const struct ls_frame *frame);

int ls_sessions_hello(struct ls_sessions *s, const struct ls_frame *frame, int64_t now,
		      struct ls_error *err);
int ls_sessions_beat(struct ls_sessions *s, const struct ls_frame *frame, int64_t now,
		     struct ls_error *err);

/* What the outbox lists, against what is here: gap events then say what it still holds. */
int ls_sessions_manifest(struct ls_sessions *s, const struct ls_frame *frame, int64_t now,
			 struct ls_error *err);

/* Whether the last HELLO or BEAT was one; then *ret_clock is what it says of the guest's clock. */
bool ls_sessions_heard(const struct ls_sessions *s, int64_t *ret_clock);

/* Once a second: gaps that lasted become events. */
int ls_sessions_tick(struct ls_sessions *s, int64_t now, struct ls_error *err);

struct ls_session_counts {
	uint64_t lost_frames; /* numbers that were left out */
	uint64_t malformed;   /* HELLO, BEAT and MANIFEST of no known form */
	uint64_t beats;
};
const struct ls_session_counts *ls_sessions_counts(const struct ls_sessions *s);

/* The next link of a chain. */
void ls_chain_next(struct ls_digest *chain, uint64_t number, const struct ls_digest *sha256);

#endif
