/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/tag_copies.h"

#include <edlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "lib/base/cleanup.h"

#define NO_BASE 4 /* equals none */

static int find(const char *tag, const char *strand_of, const char *text, size_t n, size_t start,
		int edits, struct ls_error *err)
{
	EdlibAlignResult found =
		edlibAlign(tag, LS_TAG_BASES, text, (int)n,
			   edlibNewAlignConfig(edits, EDLIB_MODE_HW, EDLIB_TASK_DISTANCE, NULL, 0));
	int rc = found.status != EDLIB_STATUS_OK ? ls_fail(err, -ENOMEM, "memory", "out of memory")
						 : 0;
	if (rc == 0 && found.editDistance >= 0)
		rc = ls_fail(err, -EDOM, "dna.rules.tag",
			     "a copy of the %s tag with %d edits ends at %ld", strand_of,
			     found.editDistance,
			     found.endLocations[0] + 1 - (start == SIZE_MAX ? 0 : (long)start));
	edlibFreeAlignResult(found);
	return rc;
}

int ls_tag_copies(const uint8_t *bases, size_t n, size_t start, size_t end, int edits,
		  struct ls_error *err)
{
	static const char *const TAGS[] = { LS_START_TAG, LS_END_TAG }, *const NAMES[] = { "start",
											   "end" };
	_cleanup_free_ char *text = malloc(n + 1);
	if (!text)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	memcpy(text, bases, n);
	if (start != SIZE_MAX)
		memset(text + start, NO_BASE, LS_TAG_BASES);
	if (end != SIZE_MAX)
		memset(text + end, NO_BASE, LS_TAG_BASES);
	int rc = 0;
	for (int t = 0; rc == 0 && t < 2; t++) {
		uint8_t tag[LS_TAG_BASES];
		for (size_t i = 0; i < LS_TAG_BASES; i++)
			tag[i] = (uint8_t)ls_base_of(TAGS[t][i]);
		for (int strand = 0; rc == 0 && strand < 2; strand++) {
			rc = find((const char *)tag, NAMES[t], text, n, start, edits, err);
			ls_bases_reverse_complement(tag, LS_TAG_BASES);
		}
	}
	return rc;
}
