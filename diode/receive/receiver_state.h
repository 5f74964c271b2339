/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver's parts share its state: the loop (receiver.c), what the assembler gives
 * it (receiver_sink.c), and what it keeps durably (receiver_keep.c).  Private to these.
 */
#ifndef LABSEAL_DIODE_RECEIVE_RECEIVER_STATE_H
#define LABSEAL_DIODE_RECEIVE_RECEIVER_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "diode/receive/assemble.h"
#include "diode/receive/events.h"
#include "diode/receive/hours.h"
#include "diode/receive/ledger.h"
#include "diode/receive/link.h"
#include "diode/receive/noise.h"
#include "diode/receive/receiver.h"
#include "diode/receive/sessions.h"
#include "diode/receive/silence.h"
#include "diode/receive/spool.h"
#include "diode/receive/waiting.h"
#include "diode/wire/frame.h"

#define SECOND	  1000000000ll
#define READ_SIZE (256u << 10)

struct ls_receiver {
	int channel, enclave;
	const struct ls_limits *limits;
	struct ls_sink sink;
	struct ls_spool *spool;
	struct ls_ledger *ledger;
	struct ls_events *events;
	struct ls_assembler *assembler;
	struct ls_sessions *sessions;
	struct ls_silence *silence;
	struct ls_link *link;
	struct ls_waiting waiting;

	int64_t now;	       /* host's clock, ns since 1970 */
	int64_t ticked;	       /* when the once-a-second work was last done */
	int64_t pending_since; /* first file that is not durable yet, or 0 */
	int64_t sync_time;     /* that the last sync took */
	bool ended;	       /* no writer is left */

	bool paused; /* the frame in hand has no room */
	int64_t paused_since;
	bool paused_told;
	size_t removed_at_pause; /* entries then in the spool */

	int64_t fold_after; /* folding the ledger is tried again not before this */
	struct ls_hours accepted;
	uint64_t no_session; /* frames of no session, which are not looked into */
	uint64_t unknown;    /* frames of a type that is not known */
	uint64_t faults;
	uint64_t faults_told;
	struct ls_noise *noise;

	struct ls_frame_stream stream;
	struct ls_frame frame; /* in hand while paused */
	size_t have, used;     /* of buffer */
	uint8_t buffer[READ_SIZE];
};

int64_t ls_receiver_clock(void);  /* the host's, ns since 1970 */
int64_t ls_receiver_uptime(void); /* monotonic, ns */

/* Whether a session is one: that of zeros has the ledger's events under it. */
bool ls_receiver_is_session(const uint8_t session[static LS_SESSION_SIZE]);

/* --- receiver_sink.c --- */

void ls_receiver_set_sink(struct ls_receiver *receiver);

/* --- receiver_keep.c --- */

/* Ledger and spool, brought into line with each other after a crash. */
int ls_receiver_open_stores(struct ls_receiver *receiver, int spool_dir, struct ls_error *err);

/* Make durable what came, and tell the ledger. */
int ls_receiver_sync(struct ls_receiver *receiver, struct ls_error *err);

/* The same where it is time for it; idle: nothing more comes. */
int ls_receiver_sync_if_due(struct ls_receiver *receiver, bool idle, struct ls_error *err);

/* How long to wait for more.  A file that comes alone waits only for a moment. */
int ls_receiver_patience_ms(const struct ls_receiver *receiver);

/* Check the ledger, and fold it when it is long. */
int ls_receiver_tend_ledger(struct ls_receiver *receiver, struct ls_error *err);

#endif
