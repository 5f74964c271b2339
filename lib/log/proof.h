/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proofs of inclusion that stand alone (C2SP tlog-proof@v1): index, hashes from
 * the leaf's sibling up, and the signed checkpoint they lead to.  The "extra"
 * line, which nothing authenticates, is refused.
 */
#ifndef LABSEAL_LIB_LOG_PROOF_H
#define LABSEAL_LIB_LOG_PROOF_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/checkpoint.h"
#include "lib/log/merkle.h"
#include "lib/log/note.h"

#define LS_PROOF_SIZE_MAX (LS_NOTE_SIZE_MAX + 8192)

struct ls_proof {
	uint64_t index; /* of the entry, from 0 */
	unsigned count;
	struct ls_digest hashes[LS_MERKLE_PROOF_MAX];
	const uint8_t *checkpoint; /* the whole signed note, borrowed */
	size_t checkpoint_size;
};

/* The form alone; neither hashes nor signature are checked.  0 or -EBADMSG. */
int ls_proof_parse(const void *bytes, size_t size, struct ls_proof *ret_proof,
		   struct ls_error *err);
int ls_proof_format(const struct ls_proof *proof, struct ls_buffer *out);

/*
 * Parse, open the checkpoint with key, and check that entry is included at the
 * proof's index.  0; -EBADMSG: malformed, badly signed or not included;
 * -ENOKEY and -EXDEV as ls_checkpoint_open; -ENOMEM.  ret_index and
 * ret_checkpoint may be NULL.
 */
int ls_proof_verify(const void *bytes, size_t size, const void *entry, size_t entry_size,
		    const struct ls_note_key *key, uint64_t *ret_index,
		    struct ls_checkpoint *ret_checkpoint, struct ls_error *err);

#endif
