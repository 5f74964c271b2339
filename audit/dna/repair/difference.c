/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/difference.h"

#include <edlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

void ls_differences_free(struct ls_differences *differences)
{
	if (!differences)
		return;
	free(differences->list);
	*differences = (struct ls_differences){ .count = 0 };
}

/* edlib's path, query what should be, target what was seen: EDLIB_EDOP_INSERT takes of the query.
 */
static void follow(const unsigned char *path, int length, const uint8_t *seen,
		   const uint8_t *should, struct ls_differences *ret)
{
	size_t at = 0, should_at = 0;
	for (int i = 0; i < length; i++) {
		struct ls_difference d = { .at = at, .should_at = should_at };
		if (path[i] == EDLIB_EDOP_MATCH || path[i] == EDLIB_EDOP_MISMATCH) {
			d.kind = LS_SUBSTITUTED;
			d.seen = seen[at++];
			d.should = should[should_at++];
		} else if (path[i] == EDLIB_EDOP_INSERT) {
			d.kind = LS_DELETED;
			d.should = should[should_at++];
		} else {
			d.kind = LS_INSERTED;
			d.seen = seen[at++];
		}
		if (path[i] != EDLIB_EDOP_MATCH)
			ret->list[ret->count++] = d;
	}
}

/* edlib says how far an empty sequence is from another one, but not the way. */
static int all_of(const uint8_t *seen, size_t seen_size, const uint8_t *should, size_t should_size,
		  struct ls_differences *ret)
{
	const size_t count = seen_size + should_size; /* one of them is 0 */
	const unsigned char step = seen_size > 0 ? EDLIB_EDOP_DELETE : EDLIB_EDOP_INSERT;
	struct ls_differences d = { .count = 0 };
	if (count > LS_DIFFERENCES_MAX)
		return -EFBIG;
	d.list = calloc(count + 1, sizeof(*d.list));
	_cleanup_free_ unsigned char *path = malloc(count + 1);
	if (!d.list || !path) {
		ls_differences_free(&d);
		return -ENOMEM;
	}
	memset(path, step, count);
	follow(path, (int)count, seen, should, &d);
	*ret = d;
	return 0;
}

int ls_differences_find(const uint8_t *seen, size_t seen_size, const uint8_t *should,
			size_t should_size, struct ls_differences *ret)
{
	if (seen_size > INT32_MAX || should_size > INT32_MAX)
		return -EFBIG;
	if (seen_size == 0 || should_size == 0)
		return all_of(seen, seen_size, should, should_size, ret);
	EdlibAlignResult found = edlibAlign(
		(const char *)should, (int)should_size, (const char *)seen, (int)seen_size,
		edlibNewAlignConfig(LS_DIFFERENCES_MAX, EDLIB_MODE_NW, EDLIB_TASK_PATH, NULL, 0));
	int rc = found.status != EDLIB_STATUS_OK ? -ENOMEM : found.editDistance < 0 ? -EFBIG : 0;
	struct ls_differences d = { .count = 0 };
	if (rc == 0 && !(d.list = calloc((size_t)found.editDistance + 1, sizeof(*d.list))))
		rc = -ENOMEM;
	if (rc == 0) {
		follow(found.alignment, found.alignmentLength, seen, should, &d);
		*ret = d;
	}
	edlibFreeAlignResult(found);
	return rc;
}
