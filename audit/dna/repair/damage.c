/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of what could not be corrected. */
#include <errno.h>
#include <stdlib.h>

#include "audit/dna/repair/repair_internal.h"
#include "lib/base/cleanup.h"

void ls_damage_free(struct ls_damage *damage)
{
	ls_differences_free(&damage->suspects);
}

/* What the words that could be corrected name, in one region. */
static int suspect(const struct repair *r, const struct ls_site *site, const struct ls_line *line,
		   const struct ls_region *region, size_t should_at, const uint8_t *corrected,
		   struct ls_damage *d)
{
	for (size_t k = 0; k < region->size; k++) {
		struct ls_difference one = { .kind = LS_SUBSTITUTED,
					     .at = (size_t)(region->seen - line->bases) + k,
					     .should_at = should_at + k,
					     .seen = region->seen[k],
					     .should = corrected[region->at + k] };
		if (one.seen == one.should || d->suspects.count == LS_DIFFERENCES_MAX)
			continue;
		struct ls_difference *more = reallocarray(d->suspects.list, d->suspects.count + 1,
							  sizeof *more);
		if (!more)
			return -ENOMEM;
		ls_repair_in_file(r, site->reversed, line->origin, true, &one);
		d->suspects.list = more;
		more[d->suspects.count++] = one;
	}
	return 0;
}

static int compare_words(const struct repair *r, const struct ls_site *site,
			 const struct ls_line *line, const struct ls_frame *f, struct ls_damage *d)
{
	static const int64_t shifts[LS_REGIONS];
	size_t bases = f->code.symbols * LS_SYMBOL_BASES, block = ls_shape_block(&f->shape);
	_cleanup_free_ uint8_t *string = malloc(bases);
	_cleanup_free_ uint16_t *symbols = malloc(f->code.symbols * sizeof *symbols);
	if (!string || !symbols)
		return -ENOMEM;
	ls_frame_string(f, shifts, string);
	ls_parity_symbols(string, f->code.symbols, symbols);
	int broken = ls_parity_correct_each(&f->code, symbols, &d->clean);
	if (broken < 0)
		return broken;
	ls_parity_bases_of(symbols, f->code.symbols, string);
	d->words = f->code.words;
	d->broken = (size_t)broken;
	const size_t at[LS_REGIONS] = { [LS_REGION_HEAD] = LS_TAG_BASES,
					[LS_REGION_PARITY] = LS_TAG_BASES + f->shape.head,
					[LS_REGION_BEHIND] = block,
					[LS_REGION_FRONT] = block + f->shape.behind };
	static const enum ls_region_id order[] = { LS_REGION_HEAD, LS_REGION_PARITY,
						   LS_REGION_BEHIND, LS_REGION_FRONT };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof order / sizeof *order; i++)
		rc = suspect(r, site, line, &f->regions[order[i]], at[order[i]], string, d);
	return rc;
}

/* A block whose header says that it has parity.  -ERANGE: it does not lie so. */
static int look_at(const struct repair *r, const struct ls_site *site, const struct ls_shape *shape,
		   struct ls_damage *d)
{
	_cleanup_line_ struct ls_line line = { .n = 0 };
	struct ls_frame f;
	int rc = ls_line_make(r->strands[site->reversed], r->n, site, shape, &line);
	if (rc < 0)
		return rc;
	rc = ls_frame_make(&line, shape, false, &f, NULL);
	if (rc < 0)
		return rc;
	int64_t front = ls_region_excess(&f.regions[LS_REGION_FRONT]);
	int64_t behind = ls_region_excess(&f.regions[LS_REGION_BEHIND]);
	d->known = true;
	d->errors = shape->errors;
	d->around = front + behind;
	d->inside = inside_excess(&line, shape);
	if (front == 0 && behind == 0 && d->inside == 0)
		rc = compare_words(r, site, &line, &f, d);
	ls_frame_free(&f);
	return rc;
}

int ls_repair_look(const struct repair *r, struct ls_damage *ret)
{
	struct ls_damage d = { .known = false };
	int rc = 0;
	for (size_t i = 0; rc == 0 && !d.known && i < r->sites->count; i++) {
		const struct ls_site *site = &r->sites->sites[i];
		struct ls_shape shape;
		if (!site->told)
			break; /* those that are come first */
		if (!ls_repair_told(r, site, &shape, &d.layout) || shape.errors == 0)
			continue;
		rc = look_at(r, site, &shape, &d);
		rc = rc == -ERANGE ? 0 : rc;
	}
	if (rc < 0)
		ls_damage_free(&d);
	else
		*ret = d;
	return rc;
}
