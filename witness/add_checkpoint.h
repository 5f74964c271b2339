/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of add-checkpoint (C2SP tlog-witness):
 *
 *     old 41
 *     PH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=
 *     ... at most 63 such lines, and an empty one
 *     a checkpoint, signed
 */
#ifndef LABSEAL_WITNESS_ADD_CHECKPOINT_H
#define LABSEAL_WITNESS_ADD_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/checkpoint.h"
#include "lib/log/note.h"

#define LS_ADD_CHECKPOINT_PROOF_MAX 63
#define LS_ADD_CHECKPOINT_SIZE_MAX  (LS_NOTE_SIZE_MAX + 4096) /* bytes */

struct ls_add_checkpoint {
	uint64_t old_size;
	unsigned proof_count;
	struct ls_digest proof[LS_ADD_CHECKPOINT_PROOF_MAX];
	struct ls_note note; /* points into the bytes */
	struct ls_checkpoint checkpoint;
};

/* Strict, the form alone: no signature and no proof is checked.  0 or -EBADMSG. */
int ls_add_checkpoint_parse(const void *bytes, size_t size, struct ls_add_checkpoint *ret_request,
			    struct ls_error *err);

#endif
