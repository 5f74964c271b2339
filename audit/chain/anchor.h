/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Anchors: the digest of a registry's checkpoint in one word of a contract's storage, so that
 * whoever keeps the chain can show when this state of the registry was there at the latest, and
 * that no other one of the same size was shown to him.  The digest is the SHA-256 of the
 * checkpoint's three lines: signatures and cosignatures, which have many spellings and come later,
 * do not change it.
 */
#ifndef LABSEAL_AUDIT_CHAIN_ANCHOR_H
#define LABSEAL_AUDIT_CHAIN_ANCHOR_H

#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/checkpoint.h"

#include "audit/chain/view.h"

/* The checkpoint of a note (key: NULL, its signature is not looked at), and its digest.  The errors
 * of ls_checkpoint_open. */
int ls_anchor_digest(const struct ls_buffer *note, const struct ls_note_key *key,
		     struct ls_checkpoint *ret_checkpoint, struct ls_digest *ret_digest,
		     struct ls_error *err);

/* When it was anchored: a time of a block, proven.  0; -ENOENT "chain.anchor": proven, it was not
 * as of this view's block; the errors of ls_chain_view_words. */
int ls_anchor_check(const struct ls_chain_view *view, const struct ls_digest *digest,
		    int64_t *ret_time, struct ls_error *err);

#endif
