/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sequence files of the policy's samples on the share: each once, below sequences/ by the name
 * of its SHA-256, before any record names it.  They are copied and hashed; nothing here knows what
 * is in them.
 */
#ifndef LABSEAL_HOST_PUBLISH_SEQUENCES_H
#define LABSEAL_HOST_PUBLISH_SEQUENCES_H

#include "host/publish/place.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

/*
 * Publish what can be read from fd, from its offset on, durably; one that is there stays.  Waits as
 * hooks say where the disk is full.  0;
 * -EFBIG ("sequence.size"); -ESTALE ("sequence.changed"): its SHA-256 is not the expected one;
 * -EUCLEAN ("sequence.altered"): what lies there under its name is another file; -ENOMEM; or an
 * errno of the file system.
 */
int ls_sequence_publish(int share_fd, int fd, const struct ls_digest *expected,
			const struct ls_place_hooks *hooks, struct ls_error *err);

#endif
