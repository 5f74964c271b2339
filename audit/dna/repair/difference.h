/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between a sequence as it was read and as it should be, base by base (edlib). */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_DIFFERENCE_H
#define LABSEAL_AUDIT_DNA_REPAIR_DIFFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

enum ls_difference_kind {
	LS_SUBSTITUTED,
	LS_INSERTED, /* a base that should not be there */
	LS_DELETED,  /* a base that should be there */
};

struct ls_difference {
	enum ls_difference_kind kind;
	size_t at;	  /* in what was read; of a deleted base, the place of the base behind it */
	size_t should_at; /* in what should be; of an inserted base, of the one behind it */
	uint8_t seen, should; /* bases; of no meaning where there is none */
};

struct ls_differences {
	struct ls_difference *list; /* owned; by place in what should be */
	size_t count;
};
void ls_differences_free(struct ls_differences *differences);

#define LS_DIFFERENCES_MAX 4096

/* The fewest edits.  0; -EFBIG: more than LS_DIFFERENCES_MAX; -ENOMEM. */
int ls_differences_find(const uint8_t *seen, size_t seen_size, const uint8_t *should,
			size_t should_size, struct ls_differences *ret);

#endif
