/* SPDX-License-Identifier: Apache-2.0 */
/* What others than the laboratory said of a share's log that covers one result
 * (docs/formats/bundle.md). */
#ifndef LABSEAL_AUDIT_BUNDLE_THIRD_PARTIES_H
#define LABSEAL_AUDIT_BUNDLE_THIRD_PARTIES_H

#include "audit/verify/log.h"
#include "audit/verify/share.h"
#include "lib/base/buffer.h"

struct ls_bundle_third_parties {
	uint64_t stamp; /* the seal of the first time stamp that covers the result; 0: none does */
	char stamp_folder[LS_FOLDER_PATH_SIZE];
	int64_t stamp_received;	  /* seconds since 1970 */
	struct ls_buffer stamped; /* the checkpoint that it is of */
	uint64_t stamped_size, cosigned_size;
	struct ls_buffer cosigned; /* log/witnessed/SIZE, the smallest that will do; size 0: none,
				    * or log/checkpoint will do */
};

void ls_bundle_third_parties_init(struct ls_bundle_third_parties *t);
void ls_bundle_third_parties_free(struct ls_bundle_third_parties *t);

/*
 * What the share has for this seal by the log's trust file, which is not NULL.  What cannot be
 * read is passed over: what the bundle is worth without it is verified.
 */
void ls_bundle_third_parties_find(struct ls_bundle_third_parties *t, const struct ls_log *log,
				  const struct ls_share *folders, uint64_t seal);

#endif
