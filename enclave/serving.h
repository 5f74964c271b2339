/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the server share (enclave/server.h is what others see).
 *
 *     server.c      the start, the stop, the table of messages, the loop
 *     deliveries.c  files from the diode
 *     anchor.c      whether the log on the share is the one that the TPM remembers
 *     events.c      events, and the supervisor's messages that must wait
 *     answers.c     what is said to the peers, and when
 */
#ifndef LABSEAL_ENCLAVE_SERVING_H
#define LABSEAL_ENCLAVE_SERVING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "enclave/keys/key.h"
#include "enclave/sealer.h"
#include "lib/attest/adoption.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/proc/message.h"
#include "lib/proc/protocol.h"

#define LS_WAITING_MAX 256 /* answers that are due when the publisher has published */
#define LS_HELD_MAX    64	/* supervisor's messages that came at a moment they could not be served */

enum ls_server_state {
	LS_STATE_NEW = 1,	/* no START yet */
	LS_STATE_KEY = 2,	/* the key works, no RESUME yet */
	LS_STATE_IDLE = 4, /* between deliveries */
	LS_STATE_FILE = 8, /* within a delivery */
	LS_STATE_PROOF = 32,	/* the publisher was asked to prove that the log goes on */
	LS_STATE_ADOPTING = 64, /* the adoption of another log is being published */
	LS_STATE_STOP = 16 /* STOP came: only what was sealed is waited for */
};
#define LS_STATE_SERVING (LS_STATE_IDLE | LS_STATE_FILE)

enum ls_server_peer { LS_PEER_SUPERVISOR, LS_PEER_OUT, LS_PEER_IN, LS_PEER_COUNT };

extern const char *const ls_server_peer_names[LS_PEER_COUNT]; /* "the supervisor", ... */

/* Someone who is told when a seal is published. */
struct ls_waiting {
	uint64_t seal;
	bool event;
	enum ls_server_peer peer;
	bool fresh;	/* not a duplicate: the supervisor is told too, and what follows is set */
	int64_t sealed; /* when, nanoseconds since 1970 */
	char label[LS_SAFE_NAME_SIZE];
	struct ls_delivery_key delivery;
	struct ls_digest event_key;
};

/* A message that must wait, copied. */
struct ls_held {
	uint32_t type;
	size_t size;
	uint8_t *body; /* owned */
};

/* The delivery under way. */
struct ls_file_under_way {
	struct ls_delivery d;
	uint8_t name[LS_NAME_MAX]; /* d.name points here */
	uint64_t seen;		   /* bytes so far */
	uint64_t sealed_as;	   /* not 0: a duplicate, its bytes are dropped */
	bool refused;		   /* longer than announced: the rest is dropped */
};

/* The log on the share against what the TPM remembers, until READY. */
struct ls_anchor {
	struct ls_log_state log, memory; /* the share's, and the TPM's */
	bool remembers;			 /* the TPM does */
	struct ls_digest note;		 /* SHA-256 of the share's checkpoint; zero: none */
	struct ls_log_state proving;	 /* from here on to the share's is what PROOF shows */
	struct ls_adoption adoption;	 /* once it was taken */
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
	uint64_t published; /* the last seal that is */
	struct ls_anchor anchor;

	struct ls_sha256 hash;
	struct ls_file_under_way file;
	struct ls_waiting waiting[LS_WAITING_MAX];
	size_t waiting_count;
	struct ls_held held[LS_HELD_MAX]; /* oldest first */
	size_t held_count;
	struct ls_buffer out; /* a message that is being made */
};

/* All of these return 0, or a negative errno with err set, which ends the process. */

/* --- answers.c --- */

int64_t ls_server_clock(void); /* nanoseconds since 1970 */

int ls_server_send_empty(struct ls_server *s, enum ls_server_peer to, uint32_t type,
			 struct ls_error *err);
/* What was encoded into s->out (rc: how that went). */
int ls_server_send(struct ls_server *s, enum ls_server_peer to, uint32_t type, int rc,
		   struct ls_error *err);
int ls_server_send_seal(struct ls_server *s, const struct ls_seal *seal, struct ls_error *err);
/* Sealing the delivery under way can never work. */
int ls_server_send_refused(struct ls_server *s, const char *reason, struct ls_error *err);

/* For a seal that was just handed to the publisher. */
struct ls_waiting ls_server_waiting_for(const struct ls_seal *seal, enum ls_server_peer peer,
					int64_t now);
int ls_server_answer_when_published(struct ls_server *s, const struct ls_waiting *w,
				    struct ls_error *err);
/* Whether there is room for one more answer that waits. */
bool ls_server_may_take_work(const struct ls_server *s);
int ls_server_on_published(struct ls_server *s, const struct ls_message *m, struct ls_error *err);

/* --- deliveries.c --- */

int ls_server_on_begin(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_data(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_end(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
/* The rest of a delivery will not come: the publisher forgets what it got of it. */
int ls_server_abandon_file(struct ls_server *s, struct ls_error *err);

/* --- events.c --- */

int ls_server_on_diode_event(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_supervisor_event(struct ls_server *s, const struct ls_message *m,
				  struct ls_error *err);
/* What comes while the TPM works on something for us (struct ls_key_channel): only what may wait. */
int ls_server_hold_other(void *context, const struct ls_message *m, struct ls_error *err);
/* Serve what was held, oldest first, as far as the state allows. */
int ls_server_serve_held(struct ls_server *s, struct ls_error *err);

int ls_server_seal_own_event(struct ls_server *s, const struct ls_event *event,
			     struct ls_error *err);

/* --- anchor.c --- */

/*
 * The log was taken up from RESUME: hold it to what the TPM remembers, then say
 * READY (at once, or when PROOF or PUBLISHED came).  "enclave.log.*": it is not
 * the one, and nothing is sealed.
 */
int ls_server_anchor(struct ls_server *s, struct ls_bytes checkpoint, struct ls_error *err);
int ls_server_on_proof(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
int ls_server_on_adopted(struct ls_server *s, const struct ls_message *m, struct ls_error *err);

/* --- server.c --- */

/* The log may go on: READY. */
int ls_server_take_up(struct ls_server *s, struct ls_error *err);

int ls_server_on_stop(struct ls_server *s, const struct ls_message *m, struct ls_error *err);

#endif
