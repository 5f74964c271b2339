/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "audit/dna/document/document.h"
#include "audit/dna/document/varint.h"

/*
 * Hidden: how many ranges; of each its distance in what is shown from the one before, and its size;
 * then their bytes.
 */

static bool in_order(const struct ls_hidden_range *ranges, size_t count, size_t size)
{
	size_t done = 0;
	for (size_t i = 0; i < count; i++) {
		if (ranges[i].begin < done || ranges[i].end <= ranges[i].begin ||
		    ranges[i].end > size)
			return false;
		done = ranges[i].end;
	}
	return true;
}

int ls_document_split(const uint8_t *annotation, size_t size, const struct ls_hidden_range *ranges,
		      size_t count, struct ls_buffer *shown, struct ls_buffer *hidden,
		      struct ls_error *err)
{
	size_t done = 0;
	if (!in_order(ranges, count, size))
		return ls_fail(err, -EINVAL, "dna.document.ranges",
			       "parts for chosen readers overlap, or are none");
	ls_varint_add(hidden, count);
	for (size_t i = 0; i < count; done = ranges[i++].end) {
		ls_varint_add(hidden, ranges[i].begin - done);
		ls_varint_add(hidden, ranges[i].end - ranges[i].begin);
		ls_buffer_add(shown, annotation + done, ranges[i].begin - done);
	}
	ls_buffer_add(shown, annotation + done, size - done);
	for (size_t i = 0; i < count; i++)
		ls_buffer_add(hidden, annotation + ranges[i].begin,
			      ranges[i].end - ranges[i].begin);
	return ls_buffer_error(shown) ? ls_buffer_error(shown) : ls_buffer_error(hidden);
}

/* Behind the list of ranges, which is checked on the way. */
static int skip_list(struct ls_reader *r, uint64_t count)
{
	uint64_t value;
	for (uint64_t i = 0; i < 2 * count; i++)
		if (ls_varint_read(r, &value) < 0)
			return -EBADMSG;
	return 0;
}

static int merge(const uint8_t *shown, size_t shown_size, struct ls_reader *list,
		 struct ls_reader *bytes, uint64_t count, struct ls_buffer *out)
{
	size_t done = 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t before, size;
		const uint8_t *part;
		if (ls_varint_read(list, &before) < 0 || ls_varint_read(list, &size) < 0 ||
		    before > shown_size - done || size > ls_reader_left(bytes) ||
		    ls_read_bytes(bytes, (size_t)size, &part) < 0)
			return -EBADMSG;
		ls_buffer_add(out, shown + done, (size_t)before);
		ls_buffer_add(out, part, (size_t)size);
		done += (size_t)before;
	}
	ls_buffer_add(out, shown + done, shown_size - done);
	return ls_reader_end(bytes) < 0 ? -EBADMSG : ls_buffer_error(out);
}

int ls_document_merge(const uint8_t *shown, size_t shown_size, const uint8_t *hidden,
		      size_t hidden_size, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_reader list, bytes;
	uint64_t count;
	ls_reader_init(&list, hidden, hidden_size);
	int rc = ls_varint_read(&list, &count);
	bytes = list;
	if (rc == 0)
		rc = skip_list(&bytes, count);
	if (rc == 0)
		rc = merge(shown, shown_size, &list, &bytes, count, out);
	return rc == -EBADMSG
		       ? ls_fail(err, rc, "dna.document.hidden",
				 "what is for chosen readers does not belong to this annotation")
	       : rc < 0 ? ls_fail(err, rc, "memory", "out of memory")
			: 0;
}
