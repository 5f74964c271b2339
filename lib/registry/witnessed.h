/* SPDX-License-Identifier: Apache-2.0 */
/* When the log was of which size, as witnesses say: the checkpoints that were kept, with their
 * cosignatures, verified when they are first asked for. */
#ifndef LABSEAL_LIB_REGISTRY_WITNESSED_H
#define LABSEAL_LIB_REGISTRY_WITNESSED_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/cal/trust.h"
#include "lib/registry/registry.h"

/* One checkpoint of the log. */
struct ls_witnessed_mark {
	uint64_t size;
	int state;	/* 0: not looked at; 1: a quorum cosigned it; -1: not, or it is damaged */
	int64_t seen;	/* so many as the quorum asks for had seen it by then */
	int64_t latest; /* and so many said so then or later */
	unsigned witnesses;
};

/* What a checkpoint's cosignatures say by the trust file: state 1, seen, latest and witnesses are
 * set; else state is -1. */
void ls_witnessed_count(const struct ls_note *note, const struct ls_cal_trust *trust,
			struct ls_witnessed_mark *mark);

struct ls_witnessed {
	struct ls_registry *registry; /* borrowed, as trust */
	const struct ls_cal_trust *trust;
	size_t count;
	struct ls_witnessed_mark *marks; /* owned; by size, rising */
};

/* The names of what was kept are read.  0, -ENOMEM, an errno of reading. */
int ls_witnessed_open(struct ls_witnessed *w, struct ls_registry *registry,
		      const struct ls_cal_trust *trust, struct ls_error *err);
void ls_witnessed_free(struct ls_witnessed *w);

/* The largest cosigned log, of at most this size, whose `latest` is not later than `at`; or NULL.
 */
const struct ls_witnessed_mark *ls_witnessed_before(struct ls_witnessed *w, uint64_t size,
						    int64_t at);

/* The smallest cosigned log that has an entry at this place; or NULL. */
const struct ls_witnessed_mark *ls_witnessed_from(struct ls_witnessed *w, uint64_t place);

#endif
