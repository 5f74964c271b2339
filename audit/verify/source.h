/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the files of a share come from: a folder, or a zip archive of one, read
 * in place.  Who checks a share does not know which.
 *
 * Paths are relative to the share, with '/', without "." and ".." ("." alone is
 * the share itself).  A source may be used by any number of threads at once; an
 * open file belongs to one.
 */
#ifndef LABSEAL_AUDIT_VERIFY_SOURCE_H
#define LABSEAL_AUDIT_VERIFY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "audit/verify/report.h"
#include "audit/verify/watch.h"
#include "lib/base/error.h"

enum ls_read_status {
	LS_READ_OK,
	LS_READ_MISSING,
	LS_READ_SYMLINK,
	LS_READ_SPECIAL,   /* a folder, FIFO, socket or device */
	LS_READ_TOO_LARGE, /* larger than such a file can be */
	LS_READ_CHANGED,   /* changed while it was read */
	LS_READ_ENCRYPTED, /* an entry of a zip archive that asks for a password */
	LS_READ_DAMAGED, /* an entry of a zip archive that does not unpack, or not to its CRC-32 */
	LS_READ_UNABLE,	 /* the system said no; its errno tells why */
};

/* What happened to one file. */
struct ls_read_result {
	enum ls_read_status status;
	int errnum; /* for LS_READ_UNABLE */
};

struct ls_source; /* opaque */

/*
 * Open a folder or a zip archive.  What is wrong with names in an archive becomes
 * findings.  watch may be NULL.  err: source.unreadable, source.zip,
 * source.zip.inconsistent, source.kind, source.memory; then *ret is untouched.
 * 0, -ENOMEM, or another negative errno.
 */
int ls_source_open(const char *path, struct ls_watch *watch, struct ls_report *report,
		   struct ls_source **ret, struct ls_error *err);

/* The same of a folder that is open (the descriptor is borrowed), and of an archive in memory. */
int ls_source_folder(int dirfd, struct ls_watch *watch, struct ls_source **ret);
int ls_source_zip_memory(const void *bytes, size_t size, struct ls_report *report,
			 struct ls_source **ret, struct ls_error *err);

void ls_source_free(struct ls_source *source); /* NULL is fine */

/* Whether a file's identity below tells that it is still the same file: not in an archive. */
bool ls_source_has_identity(const struct ls_source *source);

/* An open file. */
struct ls_source_file {
	struct ls_source *source;
	uint64_t size;		  /* as it says before it is read */
	uint64_t inode;		  /* these three: a folder's files only */
	struct timespec modified; /* contents */
	struct timespec changed;  /* anything */
	int fd;			  /* of the source, as are the next two */
	void *handle, *entry;
	char path[LS_WATCH_PATH_SIZE];
};

/* Open a regular file; any other status leaves nothing open. */
struct ls_read_result ls_source_file_open(struct ls_source *source, const char *path,
					  struct ls_source_file *ret);

/* Up to n bytes into *ret_n, 0 at the end of the file. */
struct ls_read_result ls_source_file_read(struct ls_source_file *file, void *bytes, size_t n,
					  size_t *ret_n);

/* Close it, and say whether it stood still since it was opened. */
struct ls_read_result ls_source_file_close(struct ls_source_file *file);

/*
 * Call each() for the names in a folder ("." and ".." left out) with the type as
 * in st_mode (0: it cannot be told); it returns 0 to go on.  Returns what each()
 * returned, or a negative errno of opening or reading the folder.
 */
typedef int (*ls_each_name_fn)(void *context, const char *name, unsigned type);
int ls_each_name(struct ls_source *source, const char *path, ls_each_name_fn each, void *context);

/* The type of what is at path, as in st_mode.  0 or a negative errno (-ENOENT). */
int ls_source_type(struct ls_source *source, const char *path, mode_t *ret_type);

#endif
