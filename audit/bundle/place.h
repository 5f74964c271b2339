/* SPDX-License-Identifier: Apache-2.0 */
/* Where a result's folder lies in its share. */
#ifndef LABSEAL_AUDIT_BUNDLE_PLACE_H
#define LABSEAL_AUDIT_BUNDLE_PLACE_H

#include <limits.h>
#include <stdint.h>

#include "audit/verify/share.h"
#include "lib/base/error.h"

struct ls_bundle_place {
	char share[PATH_MAX];		  /* the share's folder, absolute */
	char folder[LS_FOLDER_PATH_SIZE]; /* "results/2026/000042-plate7.eds" */
	const char *name;		  /* of the folder: the last part of it */
	uint64_t seal;
};

/* -ENOENT, -ENOTDIR: there is no such folder; -EINVAL bundle.not-a-result: it is none of a share.
 */
int ls_bundle_place_find(const char *result, struct ls_bundle_place *ret, struct ls_error *err);

#endif
