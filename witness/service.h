/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A witness (C2SP tlog-witness): cosigns a log's checkpoint when it continues all
 * that it cosigned of that log before, so that the log cannot show one
 * history to one reader and another to the next.  The answers here, HTTP in server.h.
 */
#ifndef LABSEAL_WITNESS_SERVICE_H
#define LABSEAL_WITNESS_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/cosignature.h"
#include "lib/log/note.h"
#include "witness/state.h"

#define LS_WITNESS_LOGS_MAX 256

/* A key of a log: P-256, or Ed25519.  A log, by its origin, may have several. */
struct ls_witness_log {
	bool is_ed25519;
	struct ls_note_key key; /* is_ed25519: ls_vkey_parse_only_ed25519 */
};

struct ls_witness {
	char name[LS_NOTE_NAME_SIZE];
	uint8_t private_key[LS_ED25519_SIZE];
	size_t log_count;
	struct ls_witness_log *logs; /* owned */
	int state_fd;		     /* ls_witness_state_open */
};

/* What is said to a request. */
struct ls_witness_answer {
	unsigned status;	 /* of HTTP */
	const char *type;	 /* Content-Type; static */
	struct ls_buffer body;	 /* owned */
	struct ls_error problem; /* why it was not 200; code 0: it was */

	/* Of a log that showed two histories: the file in the state folder in which both of its
	 * checkpoints are kept by this request, or why they are not; "" and code 0 else. */
	char evidence[LS_WITNESS_EVIDENCE_SIZE];
	struct ls_error evidence_problem;
};

void ls_witness_free(struct ls_witness *witness);

void ls_witness_answer_init(struct ls_witness_answer *answer);
void ls_witness_answer_free(struct ls_witness_answer *answer);

/*
 * Answer one request at this time (seconds since 1970).  One at a time: two calls for one
 * folder of state must not overlap.
 *
 *     200  cosigned; what is remembered is durable
 *     400  malformed, or the old size is above the checkpoint's
 *     403  not signed by a key of this log, or a line by one of them is false
 *     404  no log of this origin is known
 *     409  the old size is not the one that was cosigned last: the body is that size;
 *          or the same size has another root, "witness.fork"
 *     422  the proof does not lead from one to the other; "witness.fork" where it proves that the
 *          log begins otherwise than the one that was cosigned
 *     500  what was cosigned cannot be read, or kept
 */
void ls_witness_add_checkpoint(struct ls_witness *witness, const void *body, size_t size,
			       uint64_t now, struct ls_witness_answer *ret_answer);

#endif
