/* SPDX-License-Identifier: Apache-2.0 */
/* A seal's place on the share, and the walk over all of them. */
#ifndef LABSEAL_HOST_PUBLISH_ITEM_H
#define LABSEAL_HOST_PUBLISH_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/seal/manifest.h"

#define LS_YEAR_SIZE 5 /* four digits and a NUL */

struct ls_item {
	uint64_t seal;
	bool is_event;
	char year[LS_YEAR_SIZE]; /* of the time it was received, UTC */
	char label[LS_SAFE_NAME_SIZE];
};

/* "results/2026" or "events/2026"; returns buffer. */
#define LS_ITEM_PATH_SIZE (16 + LS_SEAL_FOLDER_SIZE)
const char *ls_item_parent(const struct ls_item *item, char buffer[static LS_ITEM_PATH_SIZE]);

/* "results/2026/000042-plate7.eds" */
const char *ls_item_path(const struct ls_item *item, char buffer[static LS_ITEM_PATH_SIZE]);

/*
 * A flat name that holds all of it, for the staging folder:
 * "sealed.results.2026.000042-plate7.eds".  The parser takes that spelling only:
 * 0 or -EBADMSG.
 */
const char *ls_item_staged_name(const struct ls_item *item, char buffer[static LS_ITEM_PATH_SIZE]);
int ls_item_parse_staged(const char *name, struct ls_item *ret_item);

/* received: seconds since 1970.  -EINVAL: the label is no safe name, or the year has not four
 * digits. */
int ls_item_init(struct ls_item *ret_item, uint64_t seal, bool is_event, int64_t received,
		 const char *label, size_t label_size);

/*
 * Call visit for each folder below results/ and events/ that has a seal's name,
 * in no particular order; what else is there is passed over.  Ends early with
 * what visit returns when that is not 0.
 */
int ls_item_walk(int share_fd, int (*visit)(void *context, const struct ls_item *item),
		 void *context, struct ls_error *err);

#endif
