/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/genbank.h"
#include "lib/base/text.h"

#define LINE_BASES  60
#define GROUP_BASES 10

/* How a record is written anew. */
struct rewrite {
	const struct ls_genbank *g;
	struct ls_shift shift;
	long long length,
		counts[4]; /* what is added to LOCUS' length, and to BASE COUNT's numbers */
	bool drop_block_features;
	struct ls_buffer *out;
};

static const char *line_end(const struct ls_genbank *g)
{
	return g->crlf ? "\r\n" : "\n";
}

static size_t digits_of(unsigned long long value)
{
	size_t n = 1;
	for (; value >= 10; value /= 10)
		n++;
	return n;
}

/*
 * A number in a column: what follows it stays where it was, as long as two blanks are left in front
 * (they are taken back from what was written).
 */
static void put_column(struct rewrite *w, const struct ls_moved *m, long long by)
{
	const char *text = ls_buffer_str(&w->g->annotation) + m->start;
	unsigned long long old = 0;
	for (const char *c = text; c < text + (m->end - m->start); c++)
		old = 10 * old + (unsigned long long)(*c - '0');
	unsigned long long new = by < 0 && (unsigned long long)-by > old
					 ? 0
					 : old + (unsigned long long)by;
	size_t blanks = 0, width = m->end - m->start, digits = digits_of(new);
	while (blanks < m->start && text[-1 - (long)blanks] == ' ')
		blanks++;
	if (digits > width && blanks >= digits - width + 2)
		w->out->size -= digits - width;
	for (; digits < width && blanks >= 2; width--)
		ls_buffer_add_u8(w->out, ' ');
	ls_buffer_printf(w->out, "%llu", new);
}

static void put_moved(struct rewrite *w, const struct ls_moved *m)
{
	const char *text = ls_buffer_str(&w->g->annotation);
	switch (m->kind) {
	case LS_MOVED_LOCATION:
		ls_location_shift(text + m->start, m->end - m->start, &w->shift, w->out);
		break;
	case LS_MOVED_LENGTH: put_column(w, m, w->length); break;
	case LS_MOVED_COUNT: put_column(w, m, w->counts[m->base]); break;
	}
}

/* from..to of the annotation, its numbers moved; *m is the next moved piece. */
static void put_text(struct rewrite *w, size_t from, size_t to, size_t *m)
{
	const struct ls_genbank *g = w->g;
	while (*m < g->moved_count && g->moved[*m].start < to) {
		const struct ls_moved *moved = &g->moved[(*m)++];
		if (moved->start < from)
			continue;
		ls_buffer_add(w->out, g->annotation.data + from, moved->start - from);
		if (ls_buffer_error(w->out) < 0)
			return;
		put_moved(w, moved);
		from = moved->end;
	}
	ls_buffer_add(w->out, g->annotation.data + from, to - from);
}

/* The annotation up to `to`, without the block's features where those go. */
static void put_annotation(struct rewrite *w, size_t *from, size_t to, size_t *m)
{
	for (size_t i = 0; w->drop_block_features && i < w->g->count; i++) {
		const struct ls_feature *f = &w->g->features[i];
		if (!f->of_block || f->start < *from || f->end > to)
			continue;
		put_text(w, *from, f->start, m);
		*from = f->end;
	}
	put_text(w, *from, to, m);
	*from = to;
}

static void put_feature(struct rewrite *w, const struct ls_new_feature *f)
{
	const char *end = line_end(w->g);
	ls_buffer_printf(w->out, "     %-15s %s%zu..%zu%s%s", f->key,
			 f->complement ? "complement(" : "", f->first, f->last,
			 f->complement ? ")" : "", end);
	ls_buffer_printf(w->out, "                     /label=\"%s\"%s", f->label, end);
	ls_buffer_printf(w->out, "                     /note=\"%s\"%s", f->note, end);
}

int ls_genbank_bases(const char *letters, size_t n, bool crlf, struct ls_buffer *out)
{
	for (size_t i = 0; i < n; i += LINE_BASES) {
		ls_buffer_printf(out, "%9zu", i + 1);
		for (size_t g = i; g < n && g < i + LINE_BASES; g += GROUP_BASES) {
			size_t left = n - g;
			ls_buffer_add_u8(out, ' ');
			ls_buffer_add(out, letters + g, left < GROUP_BASES ? left : GROUP_BASES);
		}
		ls_buffer_add_str(out, crlf ? "\r\n" : "\n");
	}
	return ls_buffer_error(out);
}

static void count_bases(struct rewrite *w, const char *letters, size_t n, int by)
{
	w->length = by * (long long)n;
	for (size_t i = 0; i < n; i++) {
		int base = ls_base_of((unsigned char)letters[i]);
		if (base >= 0)
			w->counts[base] += by;
	}
}

static int finish(struct rewrite *w, struct ls_error *err)
{
	int rc = ls_buffer_add(w->out, w->g->tail.data, w->g->tail.size);
	if (rc == 0)
		rc = ls_buffer_error(w->out);
	return rc < 0 ? ls_fail(err, rc, "dna.genbank.size",
				"the record does not fit into %zu bytes", w->out->max)
		      : 0;
}

int ls_genbank_insert(const struct ls_genbank *g, size_t at, const char *letters, size_t n,
		      const struct ls_new_feature *features, size_t count, struct ls_buffer *out,
		      struct ls_error *err)
{
	struct rewrite w = { .g = g, .out = out };
	const struct ls_buffer *old = &g->molecule.letters;
	size_t from = 0, m = 0;
	if (at < 1 || at > old->size + 1)
		return ls_fail(err, -EINVAL, "dna.place.number", "base %zu: there are %zu bases",
			       at, old->size);
	w.shift = (struct ls_shift){ .inserted_at = at, .inserted = n, .molecule = old->size };
	count_bases(&w, letters, n, 1);
	put_annotation(&w, &from, g->features_end, &m);
	if (!g->has_features && count > 0)
		ls_buffer_printf(out, "FEATURES             Location/Qualifiers%s", line_end(g));
	for (size_t i = 0; i < count; i++)
		put_feature(&w, &features[i]);
	put_annotation(&w, &from, g->annotation.size, &m);
	_cleanup_buffer_ struct ls_buffer whole;
	ls_buffer_init(&whole, old->size + n + 1);
	ls_buffer_add(&whole, old->data, at - 1);
	ls_buffer_add(&whole, letters, n);
	ls_buffer_add(&whole, old->data + at - 1, old->size - (at - 1));
	if (ls_buffer_error(&whole) < 0)
		return ls_fail(err, ls_buffer_error(&whole), "memory", "out of memory");
	ls_genbank_bases((const char *)whole.data, whole.size, g->crlf, out);
	return finish(&w, err);
}

/* What is cut out must not be what somebody else has annotated. */
static int check_removed(const struct ls_genbank *g, const struct ls_shift *shift,
			 struct ls_error *err)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct ls_feature *f = &g->features[i];
		for (size_t s = 0;
		     !f->of_block && strcmp(f->key, "source") != 0 && s < f->location.count; s++) {
			size_t ends[2] = { f->location.spans[s].first, f->location.spans[s].last };
			for (int e = 0; e < 2; e++) {
				size_t first = shift->removed_first, last = shift->removed_last;
				bool inside = first <= last ? ends[e] >= first && ends[e] <= last
							    : ends[e] >= first || ends[e] <= last;
				if (inside)
					return ls_fail(err, -EEXIST, "dna.strip.feature",
						       "%s in line %zu begins or ends inside the "
						       "block: take it out of the "
						       "table first, nothing is dropped unasked",
						       f->key, f->line);
			}
		}
	}
	return 0;
}

int ls_genbank_remove(const struct ls_genbank *g, size_t at, size_t n, struct ls_buffer *out,
		      struct ls_error *err)
{
	const struct ls_buffer *old = &g->molecule.letters;
	bool circular = g->molecule.topology == LS_CIRCULAR;
	if (n == 0 || n >= old->size || at < 1 || at > old->size ||
	    (!circular && at - 1 + n > old->size))
		return ls_fail(err, -EINVAL, "dna.place.number", "bases %zu to %zu: there are %zu",
			       at, at + n - 1, old->size);
	struct rewrite w = { .g = g, .out = out, .drop_block_features = true };
	size_t last = (at + n - 2) % old->size + 1, head = at + n - 1 > old->size ? last : 0;
	w.shift = (struct ls_shift){ .removed_first = at,
				     .removed_last = last,
				     .molecule = old->size };
	int rc = check_removed(g, &w.shift, err);
	if (rc < 0)
		return rc;
	_cleanup_buffer_ struct ls_buffer kept, gone;
	ls_buffer_init(&kept, old->size);
	ls_buffer_init(&gone, n);
	ls_buffer_add(&gone, old->data + at - 1, n - head);
	ls_buffer_add(&gone, old->data, head);
	ls_buffer_add(&kept, old->data + head, at - 1 - head);
	if (head == 0)
		ls_buffer_add(&kept, old->data + at - 1 + n, old->size - (at - 1) - n);
	if (ls_buffer_error(&kept) < 0 || ls_buffer_error(&gone) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	count_bases(&w, (const char *)gone.data, gone.size, -1);
	size_t from = 0, m = 0;
	put_annotation(&w, &from, g->annotation.size, &m);
	ls_genbank_bases((const char *)kept.data, kept.size, g->crlf, out);
	return finish(&w, err);
}
