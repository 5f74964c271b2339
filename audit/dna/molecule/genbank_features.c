/* SPDX-License-Identifier: Apache-2.0 */
/* The feature table: keys in column 6, locations and qualifiers in column 22, as far as writers
 * keep to that. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/genbank_internal.h"

#define QUALIFIER_COLUMN 20 /* from 0, a key's line has something before it */

/* Qualifiers whose values are numbers of bases of this molecule (INSDC feature table definition).
 */
static const char *const WITH_PLACES[] = { "anticodon", "transl_except", "rpt_unit_range",
					   "tag_peptide" };

/* What names a feature for people, best first. */
static const char *const NAMES[] = { "label", "gene", "product", "note" };

static struct ls_feature *current(struct ls_genbank_parse *p)
{
	return p->g->count > 0 ? &p->g->features[p->g->count - 1] : NULL;
}

static size_t indent_of(const struct ls_line *line)
{
	size_t i = 0;
	while (i < line->size && line->text[i] == ' ')
		i++;
	return i;
}

static int add_feature(struct ls_genbank_parse *p, const struct ls_line *line, size_t indent)
{
	struct ls_genbank *g = p->g;
	if (g->count == LS_GENBANK_FEATURES_MAX)
		return ls_genbank_bad(p, "dna.genbank.features", "too many features");
	if (g->count == p->allocated) {
		size_t more = 2 * p->allocated + 16;
		struct ls_feature *grown = reallocarray(g->features, more, sizeof *grown);
		if (!grown)
			return ls_fail(p->err, -ENOMEM, "memory", "out of memory");
		g->features = grown;
		p->allocated = more;
	}
	size_t end = indent, line_start = g->annotation.size - line->whole;
	while (end < line->size && !isspace((unsigned char)line->text[end]))
		end++;
	struct ls_feature *f = &g->features[g->count];
	*f = (struct ls_feature){ .start = line_start, .line = p->line };
	snprintf(f->key, sizeof f->key, "%.*s", (int)(end - indent), line->text + indent);
	while (end < line->size && line->text[end] == ' ')
		end++;
	g->count++;
	p->location_start = line_start + end;
	p->location_end = line_start + line->size;
	p->in_location = true;
	p->in_quotes = false;
	p->name_rank = sizeof NAMES / sizeof *NAMES;
	return end < line->size
		       ? 0
		       : ls_genbank_bad(p, "dna.genbank.features", "a feature without a location");
}

int ls_genbank_location_end(struct ls_genbank_parse *p)
{
	if (!p->in_location)
		return 0;
	p->in_location = false;
	const struct ls_moved moved = { .kind = LS_MOVED_LOCATION,
					.start = p->location_start,
					.end = p->location_end };
	return ls_genbank_moved_add(p, &moved);
}

static bool has_places(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof WITH_PLACES / sizeof *WITH_PLACES; i++)
		if (strlen(WITH_PLACES[i]) == n && memcmp(WITH_PLACES[i], name, n) == 0)
			return true;
	return false;
}

/* Keep the best name. */
static void name_feature(struct ls_genbank_parse *p, const char *name, size_t n, const char *value,
			 size_t size)
{
	struct ls_feature *f = current(p);
	for (size_t i = 0; i < p->name_rank; i++) {
		if (strlen(NAMES[i]) != n || memcmp(NAMES[i], name, n) != 0)
			continue;
		snprintf(f->label, sizeof f->label, "%.*s",
			 (int)(size < sizeof f->label ? size : sizeof f->label - 1), value);
		p->name_rank = i;
		return;
	}
}

static int qualifier(struct ls_genbank_parse *p, const struct ls_line *line, size_t indent)
{
	struct ls_feature *f = current(p);
	const char *name = line->text + indent + 1;
	size_t left = line->size - indent - 1;
	const char *equals = memchr(name, '=', left);
	if (!equals)
		return 0;
	size_t n = (size_t)(equals - name), size = left - n - 1;
	const char *value = equals + 1;
	bool of_block = n == 4 && memcmp(name, "note", 4) == 0 && size > sizeof LS_BLOCK_NOTE - 1 &&
			memcmp(value + 1, LS_BLOCK_NOTE, sizeof LS_BLOCK_NOTE - 1) == 0;
	f->of_block |= of_block;
	if (has_places(name, n)) {
		struct ls_moved moved = { .kind = LS_MOVED_LOCATION };
		moved.end = p->g->annotation.size - line->whole + line->size;
		moved.start = moved.end - size;
		return ls_genbank_moved_add(p, &moved);
	}
	if (size > 0 && *value == '"') {
		value++;
		size--;
		if (size > 0 && value[size - 1] == '"')
			size--;
	}
	name_feature(p, name, n, value, size);
	return 0;
}

int ls_genbank_feature_line(struct ls_genbank_parse *p, const struct ls_line *line)
{
	size_t indent = indent_of(line);
	int rc = 0;
	if (indent < line->size && line->text[indent] == '\t')
		return ls_genbank_bad(
			p, "dna.genbank.features",
			"a tab in front of a feature: the table is indented by blanks");
	if (indent < QUALIFIER_COLUMN) {
		rc = ls_genbank_location_end(p);
		if (rc == 0)
			rc = add_feature(p, line, indent);
	} else if (p->in_quotes) {
		/* text, whatever it begins with */
	} else if (!current(p)) {
		rc = ls_genbank_bad(p, "dna.genbank.features", "a qualifier before any feature");
	} else if (line->text[indent] == '/') {
		rc = ls_genbank_location_end(p);
		if (rc == 0)
			rc = qualifier(p, line, indent);
	} else if (p->in_location) {
		p->location_end = p->g->annotation.size - line->whole + line->size;
	}
	if (rc < 0)
		return rc;
	current(p)->end = p->g->annotation.size;
	for (size_t i = indent; i < line->size; i++)
		p->in_quotes ^= line->text[i] == '"' && !p->in_location;
	return 0;
}

/* The location that belongs to each feature: the first moved piece inside its lines. */
int ls_genbank_features_finish(struct ls_genbank_parse *p)
{
	struct ls_genbank *g = p->g;
	int rc = 0;
	const char *text = ls_buffer_str(&g->annotation);
	size_t m = 0;
	for (size_t i = 0; rc == 0 && i < g->count; i++) {
		struct ls_feature *f = &g->features[i];
		while (m < g->moved_count && g->moved[m].start < f->start)
			m++;
		rc = ls_location_parse(text + g->moved[m].start,
				       g->moved[m].end - g->moved[m].start, g->molecule.bases.size,
				       g->molecule.topology == LS_CIRCULAR, &f->location, p->err);
		if (rc == -EBADMSG)
			ls_error_prefix(p->err, "line %zu: feature %s", f->line, f->key);
	}
	return rc;
}
