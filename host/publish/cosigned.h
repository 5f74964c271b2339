/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints that witnesses cosigned (docs/formats/share.md): log/witnessed/SIZE,
 * and their lines on log/checkpoint while it has that size.  The notary hands them over in
 * its folder; a file of a smaller size goes when all its witnesses are on a larger one.
 */
#ifndef LABSEAL_HOST_PUBLISH_COSIGNED_H
#define LABSEAL_HOST_PUBLISH_COSIGNED_H

#include <sys/types.h>
#include <time.h>

#include "host/publish/share.h"
#include "lib/base/error.h"

#define LS_WITNESSED_FOLDER "log/witnessed"
#define LS_COSIGNED_LOOK_MS 2000

struct ls_cosigned {
	int folder_fd; /* the notary's, borrowed; -1: there is none */
	struct timespec seen;
	ino_t inode;
};

/*
 * Publish what was handed over, if it is another file than the last one.  0; or why it is not
 * published, -EBADMSG: malformed, of another log, or no state that this log went through; it is
 * looked at once.  Nothing waits for room on the disk.
 */
int ls_cosigned_look(struct ls_cosigned *cosigned, struct ls_share *share, int share_fd,
		     struct ls_error *err);

/* The same for these bytes. */
int ls_cosigned_publish(struct ls_share *share, int share_fd, const void *bytes, size_t size,
			struct ls_error *err);

#endif
