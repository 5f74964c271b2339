/* SPDX-License-Identifier: Apache-2.0 */
/* Where what was read of one document is kept: given back all at once. */
#ifndef LABSEAL_AUDIT_DCC_MEMORY_H
#define LABSEAL_AUDIT_DCC_MEMORY_H

#include <stddef.h>

#define LS_DCC_MEMORY_MAX ((size_t)64 << 20) /* bytes that one document's model takes at most */

struct ls_dcc_memory {
	struct ls_dcc_chunk *chunks;
	size_t held;
	int failed; /* 0, -ENOMEM or -EFBIG: the first thing that did not fit */
};

/* count zeroed items, until ls_dcc_memory_free(); NULL when they do not fit, and noted. */
void *ls_dcc_take(struct ls_dcc_memory *m, size_t count, size_t size);

/*
 * Room for one more item in an array of *count, which may move; *count is counted up.  NULL when
 * there are max of them or it does not fit, and noted.
 */
void *ls_dcc_append(struct ls_dcc_memory *m, void *array, size_t *count, size_t size, size_t max);

/* A copy with a final NUL; "" when it does not fit, and noted. */
const char *ls_dcc_keep(struct ls_dcc_memory *m, const char *text, size_t length);

void ls_dcc_memory_free(struct ls_dcc_memory *m);

#endif
