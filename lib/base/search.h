/* SPDX-License-Identifier: Apache-2.0 */
/* bsearch(3) for who wants the first of several, or where one would go. */
#ifndef LABSEAL_LIB_BASE_SEARCH_H
#define LABSEAL_LIB_BASE_SEARCH_H

#include <stddef.h>

/*
 * How many of `count` sorted items of `size` bytes are below `wanted`: the index of the first that
 * is not, or count.  compare(item, wanted) is below, at or above 0 as qsort's, and sorts the items
 * as they lie; `wanted` may be of another type.
 */
static inline size_t ls_lower_bound(const void *wanted, const void *items, size_t count,
				    size_t size,
				    int (*compare)(const void *item, const void *wanted))
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare((const char *)items + middle * size, wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif
