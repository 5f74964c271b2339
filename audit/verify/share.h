/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over a share: which seals have folders, and what lies there that
 * labseal did not write (docs/formats/share.md).
 */
#ifndef LABSEAL_AUDIT_VERIFY_SHARE_H
#define LABSEAL_AUDIT_VERIFY_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/seal/manifest.h"

#define LS_FOLDER_PATH_SIZE (sizeof("results/2026/") + LS_SEAL_FOLDER_SIZE)

/* One seal's folder.  Kept small: a share may hold millions. */
struct ls_folder {
	uint64_t seal; /* as its name says */
	uint32_t name; /* offset in names of the part after the number */
	uint16_t year;
	uint8_t event; /* under events/, not results/ */
};

struct ls_share {
	struct ls_folder *folders; /* owned, by seal */
	size_t count, capacity;
	char *names; /* owned, NUL after each */
	size_t names_size, names_capacity;
	bool incomplete; /* a folder could not be listed, so that there may be more */
};

/*
 * Walk the share.  What is there and should not be, and what could
 * not be read, become findings; folders with a seal's name are listed.
 * 0 or -ENOMEM.
 */
int ls_share_walk(struct ls_source *source, struct ls_share *share, struct ls_report *report);
void ls_share_done(struct ls_share *share);

/* "results/2026/000042-plate7.eds" */
const char *ls_folder_path(const struct ls_share *share, const struct ls_folder *folder,
			   char buffer[static LS_FOLDER_PATH_SIZE]);

#endif
