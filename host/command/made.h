/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labseal made on the host outside its own folders: users, groups, files of
 * the system.  The list is in the state folder (made.json), and each thing is on
 * it before it is made, so that none is ever forgotten; `labseal deprovision`
 * removes what is on it and nothing else.
 *
 *     {"schema": "labseal/made/v1", "root": "",
 *      "things": [{"kind": "file", "name": "/etc/...", "sha256": ["<hex>", ...]},
 *                 {"kind": "user", "name": "_labseal-diode", "sha256": []}, ...]}
 *
 * A file is ours while its SHA-256 is one of those: what it was made as, and what
 * it was before that when a newer labseal replaced it.  root: LABSEAL_ROOT, when
 * it was set.
 */
#ifndef LABSEAL_HOST_COMMAND_MADE_H
#define LABSEAL_HOST_COMMAND_MADE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_MADE_MAX	  64
#define LS_MADE_NAME_SIZE 512
#define LS_MADE_DIGESTS	  2

enum ls_made_kind { LS_MADE_GROUP, LS_MADE_USER, LS_MADE_FOLDER, LS_MADE_FILE, LS_MADE_KINDS };

struct ls_made_thing {
	enum ls_made_kind kind;
	char name[LS_MADE_NAME_SIZE]; /* of a file or folder: its absolute path, without the root */
	size_t digest_count;	      /* files */
	struct ls_digest digests[LS_MADE_DIGESTS];
};

struct ls_made {
	int state_fd; /* borrowed; -1: an empty list that is never written */
	char root[LS_MADE_NAME_SIZE];
	size_t count;
	struct ls_made_thing things[LS_MADE_MAX];
};

/*
 * The file's bytes, into a list that is empty: root and things.  -EBADMSG: it is no list; what
 * was read of it is of no use.
 */
int ls_made_parse(const void *bytes, size_t size, struct ls_made *made);

/*
 * Read the list; none is an empty one.  -EBADMSG: it is damaged ("made.list"), or
 * of another root ("made.root").
 */
int ls_made_read(int state_fd, const char *root, struct ls_made *ret_made, struct ls_error *err);

/* NULL when it is not on the list.  Valid until the next change. */
const struct ls_made_thing *ls_made_find(const struct ls_made *made, enum ls_made_kind kind,
					 const char *name);

/* Whether the file's bytes are what labseal made it as. */
bool ls_made_is_ours(const struct ls_made_thing *file, const struct ls_digest *now);

/*
 * Put a thing on the list, durably; one of that kind and name gives way.  -E2BIG,
 * -ENAMETOOLONG, or the errno of writing; the list is then as it was.
 */
int ls_made_add(struct ls_made *made, const struct ls_made_thing *thing, struct ls_error *err);

/* Take it off, durably; the last one takes the list itself along. */
int ls_made_forget(struct ls_made *made, enum ls_made_kind kind, const char *name,
		   struct ls_error *err);

/* "file", ... */
const char *ls_made_kind_name(enum ls_made_kind kind);

#endif
