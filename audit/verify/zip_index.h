/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names in a zip archive, as a tree of folders.
 *
 * A name is data from outside: what no share can hold (an absolute path, "..", an
 * empty part, one too long, one twice, a file that is a folder as well) is told and
 * left out.  Backslashes, which some programs for Windows write, are taken for '/'.
 */
#ifndef LABSEAL_AUDIT_VERIFY_ZIP_INDEX_H
#define LABSEAL_AUDIT_VERIFY_ZIP_INDEX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/verify/report.h"
#include "audit/verify/source.h"

struct ls_zip_entry {
	size_t name;   /* offset in names */
	uint64_t file; /* its number in the archive */
	uint32_t type; /* as in st_mode */
};

struct ls_zip_index {
	struct ls_zip_entry *entries; /* owned; in their order once it is finished */
	size_t count, capacity;
	char *names; /* owned, NUL after each */
	size_t names_size, names_capacity;
	size_t root; /* offset in names of "" or "folder/", which holds the share */
	uint64_t backslashes;
};

/* Zero it.  Add an entry under the name that the archive has; 0 or -ENOMEM. */
int ls_zip_index_add(struct ls_zip_index *x, const char *name, uint64_t file, mode_t type,
		     struct ls_report *report);

/* After the last: put them into order, find the share among them.  0 or -ENOMEM. */
int ls_zip_index_finish(struct ls_zip_index *x, struct ls_report *report);

void ls_zip_index_free(struct ls_zip_index *x);

/* The entry, or NULL; *ret_type also of a folder that has no entry of its own, 0: there is nothing.
 */
const struct ls_zip_entry *ls_zip_index_find(const struct ls_zip_index *x, const char *path,
					     mode_t *ret_type);

/* As ls_each_name. */
int ls_zip_index_each(const struct ls_zip_index *x, const char *path, ls_each_name_fn each,
		      void *context);

#endif
