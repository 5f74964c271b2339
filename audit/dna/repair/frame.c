/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ls_line_free(struct ls_line *line)
{
	if (!line)
		return;
	free(line->bases);
	line->bases = NULL;
}

/* Where the line begins, and how long it is: the segment and a little more; the whole otherwise. */
static int line_place(size_t n, const struct ls_site *site, const struct ls_shape *shape,
		      size_t *ret_origin, size_t *ret_size)
{
	*ret_size = n;
	*ret_origin = shape->linear ? 0 : site->start.begin;
	if (!shape->linear)
		return 0;
	if (!shape->segment)
		return site->end.end > n ? -ERANGE : 0;
	size_t size = shape->front + (site->end.end - site->start.begin) + shape->behind;
	bool across = site->start.begin < shape->front || site->end.end + shape->behind > n;
	if (size > n)
		return -ERANGE;
	*ret_origin = across ? (site->start.begin + n - shape->front) % n
			     : site->start.begin - shape->front;
	*ret_size = size;
	return 0;
}

int ls_line_make(const uint8_t *strand, size_t n, const struct ls_site *site,
		 const struct ls_shape *shape, struct ls_line *ret)
{
	struct ls_line line = { .n = 0 };
	if (n == 0)
		return -ERANGE;
	int rc = line_place(n, site, shape, &line.origin, &line.n);
	if (rc < 0)
		return rc;
	line.bases = malloc(line.n + 1);
	if (!line.bases)
		return -ENOMEM;
	size_t first = n - line.origin < line.n ? n - line.origin : line.n;
	memcpy(line.bases, strand + line.origin, first);
	memcpy(line.bases + first, strand, line.n - first);
	line.start_begin = (site->start.begin + n - line.origin) % n;
	line.start_end = line.start_begin + (site->start.end - site->start.begin);
	line.end_begin = line.start_begin + (site->end.begin - site->start.begin);
	line.end_end = line.end_begin + (site->end.end - site->end.begin);
	line.start_edits = site->start.distance;
	line.end_edits = site->end.distance;
	*ret = line;
	return 0;
}

static void set(struct ls_region *r, const uint8_t *seen, size_t seen_size, size_t size)
{
	*r = (struct ls_region){ .seen = seen, .seen_size = seen_size, .size = size };
}

static void set_tag(struct ls_region *r, const char *text, uint8_t room[static LS_TAG_BASES])
{
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		room[i] = (uint8_t)ls_base_of(text[i]);
	set(r, room, LS_TAG_BASES, LS_TAG_BASES);
}

/* Tags and what fills the last symbol are what they should be, however they were seen. */
static void set_known(struct ls_frame *f, size_t data)
{
	static const uint8_t fill[LS_SYMBOL_BASES] = { LS_BASE_A };
	size_t n = (LS_SYMBOL_BASES - data % LS_SYMBOL_BASES) % LS_SYMBOL_BASES;
	set_tag(&f->regions[LS_REGION_START_TAG], LS_START_TAG, f->start_tag);
	set_tag(&f->regions[LS_REGION_END_TAG], LS_END_TAG, f->end_tag);
	set(&f->regions[LS_REGION_FILL], fill, n, n);
}

int ls_frame_make(const struct ls_line *line, const struct ls_shape *shape, bool in_parity,
		  struct ls_frame *ret, struct ls_error *err)
{
	const uint8_t *inside = line->bases + line->start_end;
	size_t inside_size = line->end_begin - line->start_end;
	size_t last = in_parity ? shape->head : shape->parity; /* of exactly its size */
	size_t head = last > inside_size ? inside_size : in_parity ? last : inside_size - last;
	size_t data = shape->behind + shape->front + shape->head + 2 * LS_TAG_BASES;
	struct ls_parity code = { .errors = 0 };
	if (shape->errors > 0 && ls_parity_init(&code, data, shape->errors, err) < 0)
		return -ENOMEM;
	struct ls_region *r = ret->regions;
	*ret = (struct ls_frame){ .shape = *shape, .code = code };
	set_known(ret, data);
	set(&r[LS_REGION_BEHIND], line->bases + line->end_end, line->n - line->end_end,
	    shape->behind);
	set(&r[LS_REGION_FRONT], line->bases, line->start_begin, shape->front);
	set(&r[LS_REGION_HEAD], inside, head, shape->head);
	set(&r[LS_REGION_PARITY], inside + head, inside_size - head, shape->parity);
	for (size_t i = 0; i < LS_REGIONS; i++) {
		r[i].at = ret->bases;
		ret->bases += r[i].size;
	}
	return 0;
}

void ls_frame_free(struct ls_frame *frame)
{
	if (frame)
		ls_parity_free(&frame->code);
}

static void copy_shifted(const struct ls_region *r, int64_t shift, uint8_t *ret)
{
	for (size_t k = 0; k < r->size; k++) {
		int64_t from = (int64_t)k + shift;
		ret[k] = from >= 0 && from < (int64_t)r->seen_size ? r->seen[from] : LS_BASE_A;
	}
}

void ls_frame_string(const struct ls_frame *frame, const int64_t shifts[static LS_REGIONS],
		     uint8_t *ret)
{
	for (size_t i = 0; i < LS_REGIONS; i++)
		copy_shifted(&frame->regions[i], shifts[i], ret + frame->regions[i].at);
}

int ls_frame_molecule(const struct ls_frame *frame, const uint8_t *string, struct ls_buffer *ret)
{
	static const enum ls_region_id order[] = { LS_REGION_FRONT,   LS_REGION_START_TAG,
						   LS_REGION_HEAD,    LS_REGION_PARITY,
						   LS_REGION_END_TAG, LS_REGION_BEHIND };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof(order) / sizeof(*order); i++) {
		const struct ls_region *r = &frame->regions[order[i]];
		rc = ls_buffer_add(ret, string + r->at, r->size);
	}
	return rc;
}
