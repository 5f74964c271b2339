/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How files get onto the share: written aside, then moved to where nothing was;
 * and what happens when the disk is full.
 */
#ifndef LABSEAL_HOST_PUBLISH_PLACE_H
#define LABSEAL_HOST_PUBLISH_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct ls_place_hooks {
	/*
	 * The disk is full (why says where).  Return 0 to have it tried again, or a
	 * negative errno to give up.  NULL: give up at once.
	 */
	int (*wait)(void *context, const struct ls_error *why);
	/* Called before each step, with its name; tests stop there.  May be NULL. */
	void (*step)(void *context, const char *name);
	void *context;
};

#define LS_STAGING ".staging" /* what is not published yet; 0700 */

#define LS_PLACE_FILE_MODE   0444 /* nobody writes a published file again, its owner included */
#define LS_PLACE_FOLDER_MODE 0755

/*
 * Write a file aside: what an earlier try left there is removed first, and the
 * bytes are durable, the name in its folder not yet (ls_sync_dir).  On failure
 * nothing is left.
 */
int ls_place_write(int dirfd, const char *name, const void *bytes, size_t n, struct ls_error *err);

/* Let the disk begin to write a file's bytes: a hint, which may come to nothing. */
void ls_place_begin_writing(int fd);

/* Make a file's bytes durable.  A failure is final. */
int ls_place_sync_file(int dirfd, const char *name, struct ls_error *err);

/*
 * The same for all that was written to this file system, at the cost of a few files' syncs:
 * only where the file system is one that is known to do so, and to tell of failures.
 */
#define LS_PLACE_SYNC_EACH_MAX 4 /* so many files are better synced one by one */
bool ls_place_syncs_all(int dirfd);
int ls_place_sync_all(int dirfd, struct ls_error *err);

/*
 * Rename, never onto something: 0 or a negative errno, -EEXIST when something is
 * there, -ENOENT when there is nothing to move.  The caller makes it durable.
 */
int ls_place_move(int from_dirfd, const char *from, int to_dirfd, const char *to);

/*
 * Replace one of the files for people, which may be rewritten: written below
 * .staging/ (made when it is not there), so that readers never see a name that is
 * not of the share, then renamed.  Durable when it returns.
 */
int ls_place_replace(int share_fd, const char *path, const void *bytes, size_t n,
		     struct ls_error *err);

/* Whether to try again after rc: it says that the disk is full, and hooks->wait agrees. */
bool ls_place_retry(const struct ls_place_hooks *hooks, int rc, const struct ls_error *why);

/* Run a step that may be run again, until it succeeds, fails otherwise, or hooks->wait gives up. */
int ls_place_step(const struct ls_place_hooks *hooks, const char *name,
		  int (*run)(void *context, struct ls_error *err), void *context,
		  struct ls_error *err);

#endif
