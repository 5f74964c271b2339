/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof that a log misbehaved, for anyone who has its key: two checkpoints that
 * it signed and that cannot both be true (docs/formats/misbehaviour.md).  Either
 * they are of one size and have different roots; or the larger tree is shown, by
 * a consistency proof, to begin with another tree than the smaller checkpoint's.
 */
#ifndef LABSEAL_LIB_LOG_MISBEHAVIOUR_H
#define LABSEAL_LIB_LOG_MISBEHAVIOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/checkpoint.h"
#include "lib/log/merkle.h"
#include "lib/log/note.h"

#define LS_MISBEHAVIOUR_SIZE_MAX (2 * LS_NOTE_SIZE_MAX + 8192)

struct ls_misbehaviour {
	struct {
		const uint8_t *bytes; /* the whole signed note, borrowed */
		size_t size;
	} notes[2]; /* the smaller log's first */
	bool has_root;
	struct ls_digest root; /* of the larger log's first entries, as many as the smaller has */
	unsigned count;
	struct ls_digest hashes[LS_MERKLE_PROOF_MAX]; /* from that root to the larger log's */
};

/* One spelling.  0 or -EBADMSG. */
int ls_misbehaviour_parse(const void *bytes, size_t size, struct ls_misbehaviour *ret,
			  struct ls_error *err);
int ls_misbehaviour_format(const struct ls_misbehaviour *m, struct ls_buffer *out);

/*
 * Whether it proves that whoever holds key signed two states of one log that cannot both be
 * true; ret_checkpoints are these two.  0; -EBADMSG: a note is malformed or badly signed, or the
 * two do not contradict each other; -ENOKEY, -EXDEV as ls_checkpoint_open; -ENOMEM.
 */
int ls_misbehaviour_verify(const struct ls_misbehaviour *m, const struct ls_note_key *key,
			   struct ls_checkpoint ret_checkpoints[static 2], struct ls_error *err);

#endif
