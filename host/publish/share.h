/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The results share, as its one writer sees it (docs/formats/share.md).
 *
 * A seal becomes visible in an order that leaves no reader and no crash with
 * half of it:
 *
 *   1  in .staging/, which readers cannot enter: the folder with its files, the
 *      new tiles, the new checkpoint; all durable, every folder that will be
 *      needed made.  Nothing after this needs room on the disk.
 *   2  the folder is renamed, within .staging/, to a name that says where it
 *      belongs.  From here on the seal is finished, whatever happens; before, it
 *      never was, and the enclave may give its number to another.
 *   3  tiles, then the folder, then the checkpoint move into place, each durable
 *      before the next.
 *
 * So there is no journal beside the share: a folder that waits under its final
 * name in .staging/, or one that is in place and one ahead of the checkpoint,
 * is all that opening needs to know.  Its proof holds the checkpoint.
 *
 * When the disk is full, each step waits (hooks.wait) and is tried again.
 */
#ifndef LABSEAL_HOST_PUBLISH_SHARE_H
#define LABSEAL_HOST_PUBLISH_SHARE_H

#include <stddef.h>
#include <stdint.h>

#include "host/publish/item.h"
#include "host/publish/place.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/merkle.h"
#include "lib/proc/protocol.h"

struct ls_share;

/*
 * Take the share up: lock it against a second writer, finish or discard what a
 * crash interrupted, check that the tiles make the checkpoint's root.  share_fd
 * is borrowed.
 * 0; -EBUSY: another publisher holds it; -EUCLEAN: the share contradicts itself
 * (it holds seals that its checkpoint does not know, or its tiles are damaged), so
 * that going on could fork the log; -ENOMEM; or an errno of the file system.
 */
int ls_share_open(int share_fd, const struct ls_place_hooks *hooks, struct ls_share **ret_share,
		  struct ls_error *err);
void ls_share_free(struct ls_share *share); /* NULL is fine */

/* Seals published. */
uint64_t ls_share_size(const struct ls_share *share);

/* The signed checkpoint; empty for a new log.  Borrowed, valid until the next publish. */
struct ls_bytes ls_share_checkpoint(const struct ls_share *share);
int ls_share_frontier(struct ls_share *share, struct ls_merkle_frontier *ret_frontier,
		      struct ls_error *err);

/* proof takes LS_MERKLE_PROOF_MAX hashes.  -EINVAL: the log has fewer entries than old_size. */
int ls_share_prove(struct ls_share *share, uint64_t old_size, struct ls_digest *proof,
		   unsigned *ret_count, struct ls_error *err);

/*
 * The payloads of the seals to come.  Each: begin, data as often as it takes, end, with
 * its name and how many bytes they were; or drop, which forgets one that did not end.
 * close makes those that ended durable: they are the next result's, and what ends from
 * here on is the one's after it.
 * -EINVAL or -EPROTO: the peer broke the rules (an unsafe or repeated name, more or
 * fewer bytes, another order).  After any failure only ls_share_free is allowed.
 */
int ls_share_payload_begin(struct ls_share *share, struct ls_error *err);
int ls_share_payload_data(struct ls_share *share, const void *bytes, size_t n,
			  struct ls_error *err);
int ls_share_payload_end(struct ls_share *share, const struct ls_payload *payload,
			 struct ls_error *err);
int ls_share_payload_drop(struct ls_share *share, struct ls_error *err);
int ls_share_payload_close(struct ls_share *share, struct ls_error *err);

/*
 * Publish a seal: a result with the closed payloads, an event with none.  Before anything becomes
 * visible it is checked that the number is the next one, the manifest names just these files with
 * these hashes, the proof proves it, and the checkpoint's root is the one that the
 * tiles make.  0: durable and visible, and *ret_item says where.
 */
int ls_share_publish(struct ls_share *share, const struct ls_seal *seal, struct ls_item *ret_item,
		     struct ls_error *err);

static inline void ls_share_cleanup(struct ls_share **share)
{
	ls_share_free(*share);
}
#define _cleanup_share_ __attribute__((cleanup(ls_share_cleanup)))

#endif
