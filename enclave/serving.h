/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the server share (enclave/server.h is what others see).
 *
 *     server.c      the start, the stop, the table of messages, the loop
 *     anchor.c      whether the log on the share is the one that the TPM remembers
 *     deliveries.c  files from the diode, which gather to be sealed together
 *     events.c      events, which are sealed one by one
 *     turns.c       what is sealed next, and what goes on while the TPM signs
 *     answers.c     what is said to the peers, and when
 *     evidence.c    what the TPM says of what is published, when there is time
 *     calibration.c what is known of the instrument's calibration, and whether results wait
 *
 * There is one thread.  While the TPM signs, the loop goes on inside the wait for its
 * answer, without the supervisor: files are hashed, passed on and gathered, events are
 * held, what is published is answered.  No second seal begins there.
 */
#ifndef LABSEAL_ENCLAVE_SERVING_H
#define LABSEAL_ENCLAVE_SERVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enclave/batch.h"
#include "enclave/keys/key.h"
#include "enclave/sealer.h"
#include "lib/attest/adoption.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/proc/message.h"
#include "lib/proc/protocol.h"

#define LS_WAITING_MAX	   2304 /* answers that are due when the publisher has published */
#define LS_HELD_MAX	   96	/* events that wait for their turn, ... */
#define LS_DIODE_HELD_MAX  32	/* ... and after how many the diode is not heard */
#define LS_UNPUBLISHED_MAX 4	/* seals that the publisher has; then results gather */

enum ls_server_state {
	LS_STATE_NEW = 1,	/* no START yet */
	LS_STATE_KEY = 2,	/* the key works, no RESUME yet */
	LS_STATE_IDLE = 4,	/* between deliveries */
	LS_STATE_FILE = 8,	/* within a delivery */
	LS_STATE_PROOF = 32,	/* the publisher was asked to prove that the log goes on */
	LS_STATE_ADOPTING = 64, /* the adoption of another log is being published */
	LS_STATE_STOP = 16	/* STOP came: only what was sealed is waited for */
};
#define LS_STATE_SERVING (LS_STATE_IDLE | LS_STATE_FILE)

enum ls_server_peer { LS_PEER_SUPERVISOR, LS_PEER_OUT, LS_PEER_IN, LS_PEER_COUNT };

extern const char *const ls_server_peer_names[LS_PEER_COUNT]; /* "the supervisor", ... */

/* Someone who is told when a seal is published. */
struct ls_waiting {
	uint64_t seal;		      /* 0: not sealed yet, ... */
	const struct ls_batch *batch; /* ... but in this batch */
	enum ls_server_peer peer;
	bool event;
	struct ls_delivery_key delivery;
	struct ls_digest event_key;
};

/* A seal that the publisher has and has not published: of this the supervisor is told. */
struct ls_unpublished {
	uint64_t seal;
	bool event;
	uint32_t count; /* results */
	int64_t sealed; /* when, nanoseconds since 1970 */
	char label[LS_SAFE_NAME_SIZE];
};

/* An event that waits for its turn, copied. */
struct ls_held {
	enum ls_server_peer peer;
	size_t size;
	uint8_t *body; /* owned */
};

/* The delivery under way. */
struct ls_file_under_way {
	struct ls_delivery d;
	uint8_t name[LS_NAME_MAX]; /* d.name points here */
	uint64_t seen;		   /* bytes so far */
	bool duplicate;		   /* sealed, or in a batch: its bytes are dropped */
	bool refused;		   /* longer than announced: the rest is dropped */
	bool waits;		   /* for the next batch, the diode with it */
};

/* The log on the share against what the TPM remembers, until READY. */
struct ls_anchor {
	struct ls_log_state log, memory; /* the share's, and the TPM's */
	bool remembers;			 /* the TPM does */
	struct ls_digest note;		 /* SHA-256 of the share's checkpoint; zero: none */
	struct ls_log_state proving;	 /* from here on to the share's is what PROOF shows */
	struct ls_adoption adoption;	 /* once it was taken */
};

/* A checkpoint that was given to the publisher. */
struct ls_sent_checkpoint {
	uint64_t size; /* 0: none */
	struct ls_buffer note;
};

/*
 * Each time that evidence is made the TPM's memory is written, which wears: not
 * more often than START says, but at the end.  So far as that allows:
 * evidence is made for the newest checkpoint once it is published and nothing
 * else is to do; under load, when the newest is never published, for one that
 * was kept back when the last evidence was made.
 */
struct ls_evidence_due {
	bool wanted; /* the key can be vouched for, and START told of what */
	struct ls_sent_checkpoint newest, kept;
	uint64_t attested; /* the last size that evidence was made for, or that failed */
	int64_t since;	/* monotonic ms: since when there is something to vouch for; 0: nothing */
	int64_t active; /* monotonic ms of the last publication */
	int64_t made;	/* and of the last evidence, or try; 0: none yet */
};

struct ls_server {
	enum ls_server_state state;
	unsigned missing;
	struct ls_message_stream streams[LS_PEER_COUNT];
	bool closed[LS_PEER_COUNT];

	struct ls_buffer start_body; /* START's bytes, which start and key borrow */
	struct ls_start start;
	const struct ls_key_backend *backend;
	struct ls_key *key;
	struct ls_sealer *sealer;
	bool is_resumed;    /* the log was taken up */
	uint64_t published; /* the last seal that is */
	struct ls_anchor anchor;
	struct ls_evidence_due evidence;

	struct ls_sha256 hash;
	struct ls_file_under_way file;
	struct ls_batch batches[2];
	struct ls_batch *gathering; /* what comes goes in here ... */
	struct ls_batch *sealing;   /* ... while this is being signed; or NULL */
	bool after_event;	    /* the last seal was an event's: now results have their turn */
	bool stop_asked;	    /* while a seal was under way */
	struct ls_calibration_status calibration;
	bool holds_results;	 /* the instrument is not calibrated, and the policy wants that */
	struct ls_error failure; /* of what was done while the TPM worked; code 0: none */
	struct ls_waiting waiting[LS_WAITING_MAX];
	size_t waiting_count;
	struct ls_unpublished unpublished[LS_UNPUBLISHED_MAX]; /* oldest first */
	size_t unpublished_count;
	struct ls_held held[LS_HELD_MAX]; /* oldest first */
	size_t held_count;
	struct ls_buffer out; /* a message that is being made */
};

/* All of these return 0, or a negative errno with err set, which ends the process. */

/* --- server.c --- */

/* The log may go on: READY. */
int ls_server_take_up(struct ls_server *s, struct ls_error *err);
int ls_server_on_stop(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
/* Whether to look at this peer's messages now.  What is not looked at waits in its socket. */
bool ls_server_hears(const struct ls_server *s, enum ls_server_peer peer);
/* Serve one message of this peer if it is here, or (readable) can be read: 1, or 0 when none. */
int ls_server_serve_one(struct ls_server *s, enum ls_server_peer peer, bool readable,
			struct ls_error *err);
/* Wait until one of these peers (bits) can be read, or a signal comes, or the time is up. */
int ls_server_wait(const struct ls_server *s, unsigned peers, int timeout_ms,
		   unsigned *ret_readable, struct ls_error *err);

/* --- turns.c --- */

/* Seal, until nothing waits or the publisher has enough to do. */
int ls_server_seal_what_waits(struct ls_server *s, struct ls_error *err);
/* While the TPM works on something for us (struct ls_key_channel): its other messages, and work. */
int ls_server_take_other(void *context, const struct ls_message *m, struct ls_error *err);
int ls_server_work_meanwhile(void *context, int timeout_ms, struct ls_error *err);

/* --- answers.c --- */

int64_t ls_server_clock(void); /* nanoseconds since 1970 */

int ls_server_send_empty(struct ls_server *s, enum ls_server_peer to, uint32_t type,
			 struct ls_error *err);
/* What was encoded into s->out (rc: how that went). */
int ls_server_send(struct ls_server *s, enum ls_server_peer to, uint32_t type, int rc,
		   struct ls_error *err);
/* Sealing the delivery under way can never work. */
int ls_server_send_refused(struct ls_server *s, const char *reason, struct ls_error *err);

/* Hand a seal with so many results to the publisher, which has room for it. */
int ls_server_hand_over(struct ls_server *s, const struct ls_seal *seal, size_t count, int64_t now,
			struct ls_error *err);
/* Answer now, or when it is published. */
int ls_server_answer(struct ls_server *s, const struct ls_waiting *w, struct ls_error *err);
/* Whether there is room for the answer to one more delivery or event of the diode's. */
bool ls_server_may_take_work(const struct ls_server *s);
int ls_server_on_published(struct ls_server *s, const struct ls_message *m, struct ls_error *err);

/* --- deliveries.c --- */

int ls_server_on_begin(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_data(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_end(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
/* The rest of a delivery will not come: the publisher forgets what it got of it. */
int ls_server_abandon_file(struct ls_server *s, struct ls_error *err);
/* Seal all that has gathered. */
int ls_server_seal_batch(struct ls_server *s, struct ls_error *err);
/* What has gathered stays with the diode, and nobody waits for it any more. */
void ls_server_forget_batch(struct ls_server *s);

/* --- events.c --- */

int ls_server_on_diode_event(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_supervisor_event(struct ls_server *s, const struct ls_message *m,
				  struct ls_error *err);
/* Seal the event that waits longest. */
int ls_server_seal_event(struct ls_server *s, struct ls_error *err);
/* Seal an event of the enclave's own, at once. */
int ls_server_seal_own_event(struct ls_server *s, const struct ls_event *event,
			     struct ls_error *err);

/* --- calibration.c --- */

/* What records say from now on; "enclave.calibration": it is no status. */
int ls_server_on_calibration(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
/* Whether there are results that are to be sealed now. */
bool ls_server_has_results(const struct ls_server *s);

/* --- anchor.c --- */

/*
 * The log was taken up from RESUME: hold it to what the TPM remembers, then say
 * READY (at once, or when PROOF or PUBLISHED came).  "enclave.log.*": it is not
 * the one, and nothing is sealed.
 */
int ls_server_anchor(struct ls_server *s, struct ls_bytes checkpoint, struct ls_error *err);
int ls_server_on_proof(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_adopted(struct ls_server *s, const struct ls_message *m, struct ls_error *err);

/* --- evidence.c --- */

/* After START and RESUME: whether evidence is made at all. */
int ls_server_evidence_begin(struct ls_server *s, const struct ls_resume *resume,
			     struct ls_error *err);
/* A checkpoint goes to the publisher; a seal came back published. */
int ls_server_evidence_sent(struct ls_server *s, const struct ls_seal *seal, struct ls_error *err);
void ls_server_evidence_published(struct ls_server *s);
/* It is on the share: from now on each record names it, so that its removal shows. */
int ls_server_on_evidenced(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
/* Milliseconds until evidence is due; -1: none is. */
int ls_server_evidence_wait(const struct ls_server *s);
/* Make it if it is due, or at all (last).  A TPM that does not vouch is logged, no failure. */
int ls_server_evidence_make(struct ls_server *s, bool last, struct ls_error *err);

#endif
