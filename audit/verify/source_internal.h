/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by source*.c only: what a kind of source does. */
#ifndef LABSEAL_AUDIT_VERIFY_SOURCE_INTERNAL_H
#define LABSEAL_AUDIT_VERIFY_SOURCE_INTERNAL_H

#include "audit/verify/source.h"

struct ls_source_kind {
	struct ls_read_result (*open)(struct ls_source *source, struct ls_source_file *file);
	struct ls_read_result (*read)(struct ls_source_file *file, void *bytes, size_t n,
				      size_t *ret_n);
	struct ls_read_result (*close)(struct ls_source_file *file);
	int (*each)(struct ls_source *source, const char *path, ls_each_name_fn each,
		    void *context);
	int (*type)(struct ls_source *source, const char *path, mode_t *ret_type);
	void (*free)(struct ls_source *source);
	bool has_identity;
};

/* The beginning of each kind's own structure. */
struct ls_source {
	const struct ls_source_kind *kind;
	struct ls_watch *watch; /* borrowed; NULL: none */
};

static inline struct ls_read_result ls_read_is(enum ls_read_status status)
{
	return (struct ls_read_result){ status, 0 };
}

/* What the system's error means for a file that should be there. */
struct ls_read_result ls_read_failed(int errnum);

/* A folder whose descriptor becomes the source's own. */
int ls_source_own_folder(int dirfd, struct ls_watch *watch, struct ls_source **ret);

/* An archive: path is the file's, for messages; fd becomes the source's own, also on failure. */
int ls_source_zip(int fd, const char *path, struct ls_watch *watch, struct ls_report *report,
		  struct ls_source **ret, struct ls_error *err);

#endif
