/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence gets onto the share (docs/formats/evidence.md): whole or not at all, and only once. */
#ifndef LABSEAL_HOST_PUBLISH_EVIDENCE_H
#define LABSEAL_HOST_PUBLISH_EVIDENCE_H

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/proc/protocol.h"

/*
 * Publish the evidence for a published checkpoint: first the event log and the
 * certificates of the keys that it refers to, unless they are there, then its
 * folder, in one step; each durable before the next.  What is there already
 * stays as it is, and is no error.  published: the share's size.
 * 0; -EPROTO: it is for a checkpoint that is not published, or empty; -EBADMSG:
 * the event log does not replay to its name; else an errno, and the folder is
 * not there.  Nothing waits for room on the disk.
 */
int ls_evidence_publish(int share_fd, uint64_t published, const struct ls_evidence *evidence,
			struct ls_error *err);

/* The largest size, up to that of the share, that evidence is there for; 0: none is. */
int ls_evidence_newest(int share_fd, uint64_t published, uint64_t *ret_size, struct ls_error *err);

#endif
