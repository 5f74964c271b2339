/* SPDX-License-Identifier: Apache-2.0 */
/* Watching a share as any reader may: what was sealed since the last look, and how long it took. */
#ifndef LABSEAL_HOST_COMMAND_DEMO_WATCH_H
#define LABSEAL_HOST_COMMAND_DEMO_WATCH_H

#include <stdint.h>

#include "host/command/demo_input.h"
#include "host/publish/item.h"
#include "lib/base/error.h"
#include "lib/seal/record.h"

struct ls_demo_seal {
	struct ls_item item;
	const struct ls_record *record;
	int64_t seen; /* when it was found on the share, ms since 1970 */
};

struct ls_demo_watch {
	int share;     /* borrowed */
	uint64_t size; /* seals that were told of already */
};

/* Begin after what is on the share now.  share_fd is borrowed. */
int ls_demo_watch_begin(struct ls_demo_watch *w, int share_fd, struct ls_error *err);

/*
 * Call visit for each seal since the last call, in order, as far as the
 * checkpoint covers it.  visit returns 0 or what ends the call.
 */
int ls_demo_watch_look(struct ls_demo_watch *w,
		       int (*visit)(void *context, const struct ls_demo_seal *seal), void *context,
		       struct ls_error *err);

/*
 * From the moment the guest closed the file to its being on the share, ms: the
 * guest's own clock up to BEGIN, the host's from there.  -1 when it is not known.
 */
int64_t ls_demo_lag(const struct ls_record_file *file, int64_t seen);

#endif
