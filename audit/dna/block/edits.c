/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/edits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/document/varint.h"
#include "audit/dna/molecule/base.h"
#include "audit/dna/repair/difference.h"
#include "lib/base/cleanup.h"

#define ANCHOR_BASES 24
#define ANCHOR_STEP  97 /* between the anchors that are tried */

/* The differences d[from..to) lie side by side: one edit. */
static int put_edit(const struct ls_difference *d, size_t count, size_t keep, struct ls_buffer *out)
{
	size_t drop = 0, put = 0;
	_cleanup_free_ uint8_t *bases = malloc(count), *packed = calloc(1, count / 4 + 1);
	if (!bases || !packed)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		drop += d[i].kind != LS_DELETED;
		if (d[i].kind != LS_INSERTED)
			bases[put++] = d[i].should;
	}
	ls_bases_unpack(bases, 2 * put, packed);
	ls_varint_add(out, keep);
	ls_varint_add(out, drop);
	ls_varint_add(out, put);
	return ls_buffer_add(out, packed, (put + 3) / 4);
}

int ls_edits_make(const uint8_t *now, size_t n, const uint8_t *earlier, size_t earlier_size,
		  struct ls_buffer *out, struct ls_error *err)
{
	struct ls_differences d = { 0 };
	int rc = ls_differences_find(now, n, earlier, earlier_size, &d);
	if (rc < 0)
		return ls_fail(err, rc, "dna.edits.many",
			       "the earlier molecule differs in more than %d bases: that is "
			       "another molecule",
			       LS_DIFFERENCES_MAX);
	size_t at = 0;
	for (size_t i = 0, next; rc == 0 && i < d.count; i = next) {
		size_t end = d.list[i].at; /* of the bases that are dropped */
		for (next = i; next < d.count && d.list[next].at == end; next++)
			end += d.list[next].kind != LS_DELETED;
		rc = put_edit(d.list + i, next - i, d.list[i].at - at, out);
		at = end;
	}
	ls_differences_free(&d);
	return rc < 0 ? ls_fail(err, rc, "dna.edits.size",
				"the edits do not fit into the documentation")
		      : 0;
}

int ls_edits_next(struct ls_reader *r, struct ls_edit *ret)
{
	uint64_t keep, drop, put;
	struct ls_edit e = { 0 };
	if (ls_reader_left(r) == 0)
		return -ENODATA;
	if (ls_varint_read(r, &keep) < 0 || ls_varint_read(r, &drop) < 0 ||
	    ls_varint_read(r, &put) < 0 || ls_read_bytes(r, (size_t)(put + 3) / 4, &e.put) < 0)
		return -EBADMSG;
	e.keep = (size_t)keep;
	e.drop = (size_t)drop;
	e.put_size = (size_t)put;
	*ret = e;
	return 0;
}

int ls_edits_apply(const uint8_t *now, size_t n, const uint8_t *edits, size_t size,
		   struct ls_buffer *out, struct ls_error *err)
{
	struct ls_reader r;
	struct ls_edit e;
	size_t at = 0;
	int rc;
	if (n == 0)
		now = (const uint8_t *)""; /* nothing is added to NULL */
	ls_reader_init(&r, edits, size);
	while ((rc = ls_edits_next(&r, &e)) == 0) {
		if (e.keep > n - at || e.drop > n - at - e.keep) {
			rc = -EBADMSG;
			break;
		}
		ls_buffer_add(out, now + at, e.keep);
		uint8_t *room = ls_buffer_reserve(out, e.put_size + 4);
		if (!room)
			return ls_fail(err, -EFBIG, "dna.edits.size",
				       "the edits make too large a molecule");
		ls_bases_pack(e.put, 2 * e.put_size, room);
		ls_buffer_commit(out, e.put_size);
		at += e.keep + e.drop;
	}
	if (rc == -EBADMSG)
		return ls_fail(err, rc, "dna.edits.malformed",
			       "the edits are none of this molecule");
	if (ls_buffer_add(out, now + at, n - at) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return 0;
}

/* Where an anchor is in a circle, or SIZE_MAX. */
static size_t find_anchor(const uint8_t *anchor, const uint8_t *twice, size_t n)
{
	const uint8_t *at = memmem(twice, n + ANCHOR_BASES - 1, anchor, ANCHOR_BASES);
	return at ? (size_t)(at - twice) : SIZE_MAX;
}

bool ls_edits_align(const uint8_t *now, size_t n, uint8_t *earlier, size_t earlier_size,
		    unsigned nth)
{
	size_t m = earlier_size, from = (size_t)nth * ANCHOR_STEP;
	if (n < ANCHOR_BASES || m < ANCHOR_BASES || from + ANCHOR_BASES > n)
		return false;
	_cleanup_free_ uint8_t *twice = malloc(2 * m);
	if (!twice)
		return false;
	memcpy(twice, earlier, m);
	memcpy(twice + m, earlier, m);
	for (int strand = 0; strand < 2; strand++) {
		size_t place = find_anchor(now + from, twice, m);
		if (place != SIZE_MAX) {
			memcpy(earlier, twice + (place + m - from % m) % m, m);
			return true;
		}
		ls_bases_reverse_complement(twice, 2 * m);
	}
	return ls_edits_align(now, n, earlier, m, nth + 1);
}
