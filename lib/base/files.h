/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, held and written so that a crash or an attacker between two calls
 * changes nothing: everything is relative to a directory descriptor, opened
 * O_CLOEXEC, and durable (file and folder fsynced) before a call returns.
 */
#ifndef LABSEAL_LIB_BASE_FILES_H
#define LABSEAL_LIB_BASE_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

/*
 * Read a whole file of at most b->max bytes into b (cleared first).  dirfd may
 * be AT_FDCWD.  Only regular files: a FIFO or a device is -EINVAL and is never
 * waited for.  -EFBIG when it is larger.
 */
int ls_file_read(int dirfd, const char *path, struct ls_buffer *b, struct ls_error *err);

/*
 * Open beneath dirfd: no symlink anywhere in the path, no "..", no other file
 * system's magic (openat2: RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS).  O_CLOEXEC
 * and O_NONBLOCK are added.  Returns the descriptor or a negative errno; the
 * caller words the error.
 */
int ls_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* Append all that a descriptor still gives.  0, -EFBIG: more than fits, -ENOMEM, errno. */
int ls_read_all(int fd, struct ls_buffer *b);

/* Write all bytes, whatever write() takes at a time. */
int ls_write_all(int fd, const void *bytes, size_t n);

/*
 * The code of a write that failed with rc, whose words are in err: a limit on files' sizes and a
 * quota are -ENOSPC, for -EFBIG is of what was read.
 */
int ls_write_failed(struct ls_error *err, int rc);

/*
 * Give a file its name, where no file may be replaced.  0; -EEXIST: the name is taken; a negative
 * errno, the caller words the error.  One step where the file system can (RENAME_NOREPLACE, else a
 * link that is unlinked); one that can do neither is asked first whether the name is free.
 */
int ls_file_take_name(int dirfd, const char *from, const char *to);

/* How the names begin under which new files are written: one that a kill left is no result. */
#define LS_FILE_TEMPORARY ".labseal-"

/*
 * Make a new file; -EEXIST if it is there.  Durable, mode as given (umask does not matter).  Whole
 * or not there, whenever the process is killed: it is written under a temporary name beside path.
 */
int ls_file_write_new(int dirfd, const char *path, const void *bytes, size_t n, mode_t mode,
		      struct ls_error *err);

/*
 * Replace a file as one step: temporary name beside it, fsync, rename, fsync of
 * the folder.  What is there and is no regular file (a device, a link, a FIFO)
 * is refused: -EEXIST; -EISDIR for a folder.
 */
int ls_file_replace(int dirfd, const char *path, const void *bytes, size_t n, mode_t mode,
		    struct ls_error *err);

/* Remove what a kill left of replacing this file; each file has one writer, who may say so. */
void ls_file_drop_unfinished(int dirfd, const char *path);

/* mkdir -p beneath dirfd; what is there stays as it is. */
int ls_make_dirs(int dirfd, const char *path, mode_t mode, struct ls_error *err);

/* fsync the folder at path (relative to dirfd). */
int ls_sync_dir(int dirfd, const char *path, struct ls_error *err);

/* rm -r, following no symlink and crossing no mount; a missing path is no error. */
int ls_remove_tree(int dirfd, const char *path, struct ls_error *err);

/* Copy a regular file's bytes into a new file (-EEXIST if it is there), durable; whole or not
 * there, as ls_file_write_new makes it. */
int ls_file_copy(int from_dirfd, const char *from, int to_dirfd, const char *to, mode_t mode,
		 struct ls_error *err);

#endif
