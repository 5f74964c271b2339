/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of run_build.h: where a run's bytes are, and what went wrong while it was made. */
#ifndef LABSEAL_AUDIT_RUN_RUN_MEMORY_H
#define LABSEAL_AUDIT_RUN_RUN_MEMORY_H

#include <stdalign.h>

#include "audit/run/run_build.h"

struct ls_run_memory {
	struct chunk *chunks;
	size_t held;	      /* bytes of all chunks; at most LS_RUN_MEMORY_MAX */
	int failed;	      /* 0, -ENOMEM or -EFBIG: the first thing noted */
	size_t limit;	      /* for -EFBIG: the limit ... */
	const char *limit_of; /* ... and what of */
	struct ls_run_names targets;
	struct ls_run_well *by_index[LS_RUN_WELLS_MAX]; /* NULL: not spoken of */
	uint64_t highest;				/* index asked for, so far */
};

/* Zeroed, until ls_run_memory_free(); NULL when it cannot be, and noted. */
void *ls_run_memory_take(struct ls_run_memory *memory, size_t n, size_t size);
void ls_run_memory_free(struct ls_run_memory *memory);

#endif
