/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/genbank.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/genbank_internal.h"

void ls_genbank_free(struct ls_genbank *g)
{
	ls_buffer_free(&g->annotation);
	ls_buffer_free(&g->tail);
	ls_molecule_free(&g->molecule);
	for (size_t i = 0; i < g->count; i++)
		ls_location_free(&g->features[i].location);
	free(g->features);
	free(g->moved);
	memset(g, 0, sizeof *g);
}

int ls_genbank_copy_features(const struct ls_genbank *g, struct ls_genbank *ret)
{
	struct ls_genbank copy = { .features = calloc(g->count + 1, sizeof *copy.features) };
	bool complete = copy.features;
	for (; complete && copy.count < g->count; copy.count++) {
		struct ls_feature *f = &copy.features[copy.count];
		const struct ls_location *from = &g->features[copy.count].location;
		size_t size = from->count * sizeof *from->spans;
		*f = g->features[copy.count];
		f->location.spans = malloc(size + 1);
		complete = f->location.spans;
		if (complete && size > 0)
			memcpy(f->location.spans, from->spans, size);
	}
	if (!complete) {
		ls_genbank_free(&copy);
		return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

/* A line, its end not counted in text; the last one of a file may have none. */
static bool take_line(struct ls_reader *r, struct ls_line *ret)
{
	const uint8_t *at = r->data + r->pos;
	size_t left = ls_reader_left(r);
	if (left == 0)
		return false;
	const uint8_t *lf = memchr(at, '\n', left);
	ret->text = (const char *)at;
	ret->whole = lf ? (size_t)(lf - at) + 1 : left;
	ret->size = ret->whole - (lf != NULL);
	if (ret->size > 0 && at[ret->size - 1] == '\r')
		ret->size--;
	r->pos += ret->whole;
	return true;
}

static bool is_blank(const struct ls_line *line)
{
	for (size_t i = 0; i < line->size; i++)
		if (!isspace((unsigned char)line->text[i]))
			return false;
	return true;
}

static bool starts(const struct ls_line *line, const char *word)
{
	size_t n = strlen(word);
	return line->size >= n && memcmp(line->text, word, n) == 0 &&
	       (line->size == n || isspace((unsigned char)line->text[n]));
}

bool ls_genbank_is(const uint8_t *bytes, size_t size)
{
	struct ls_reader r;
	struct ls_line line;
	ls_reader_init(&r, bytes, size);
	while (take_line(&r, &line))
		if (!is_blank(&line))
			return starts(&line, "LOCUS");
	return false;
}

int ls_genbank_bad(const struct ls_genbank_parse *p, const char *id, const char *what)
{
	return ls_fail(p->err, -EBADMSG, id, "line %zu: %s", p->line, what);
}

int ls_genbank_moved_add(struct ls_genbank_parse *p, const struct ls_moved *moved)
{
	struct ls_genbank *g = p->g;
	if (g->moved_count == p->moved_allocated) {
		size_t more = 2 * p->moved_allocated + 16;
		struct ls_moved *grown = reallocarray(g->moved, more, sizeof *grown);
		if (!grown)
			return ls_fail(p->err, -ENOMEM, "memory", "out of memory");
		g->moved = grown;
		p->moved_allocated = more;
	}
	g->moved[g->moved_count++] = *moved;
	return 0;
}

static bool next_word(const struct ls_line *line, size_t *at, size_t *ret_start, size_t *ret_size)
{
	while (*at < line->size && isspace((unsigned char)line->text[*at]))
		(*at)++;
	*ret_start = *at;
	while (*at < line->size && !isspace((unsigned char)line->text[*at]))
		(*at)++;
	*ret_size = *at - *ret_start;
	return *ret_size > 0;
}

static bool is_word(const struct ls_line *line, size_t start, size_t size, const char *word)
{
	return strlen(word) == size && strncasecmp(line->text + start, word, size) == 0;
}

/* All digits, at most 12 of them, so that it cannot overflow. */
static bool is_number(const char *text, size_t n, size_t *ret)
{
	size_t value = 0;
	for (size_t i = 0; i < n; i++) {
		if (!isdigit((unsigned char)text[i]))
			return false;
		value = 10 * value + (size_t)(text[i] - '0');
	}
	*ret = value;
	return n > 0 && n <= 12;
}

static int locus_length(struct ls_genbank_parse *p, const struct ls_line *line, size_t start,
			size_t size)
{
	struct ls_moved moved = { .kind = LS_MOVED_LENGTH,
				  .start = p->g->annotation.size - line->whole + start };
	moved.end = moved.start + size;
	if (!is_number(line->text + start, size, &p->said_length))
		return ls_genbank_bad(p, "dna.genbank.locus",
				      "LOCUS does not say how many bp there are");
	p->has_length = true;
	return ls_genbank_moved_add(p, &moved);
}

/* LOCUS name length bp [type] [topology] [division] [date]: the words behind bp are in no fixed
 * columns. */
static int parse_locus(struct ls_genbank_parse *p, const struct ls_line *line)
{
	size_t at = strlen("LOCUS"), start, size, before_start = 0, before_size = 0, words = 0;
	struct ls_molecule *m = &p->g->molecule;
	while (next_word(line, &at, &start, &size)) {
		int rc = 0;
		if (!p->has_length && is_word(line, start, size, "aa"))
			return ls_genbank_bad(p, "dna.genbank.protein",
					      "this is a protein and no DNA");
		if (!p->has_length && is_word(line, start, size, "bp"))
			rc = locus_length(p, line, before_start, before_size);
		else if (p->has_length && is_word(line, start, size, "circular"))
			m->topology = LS_CIRCULAR;
		else if (p->has_length && is_word(line, start, size, "linear"))
			m->topology = LS_LINEAR;
		if (rc < 0)
			return rc;
		if (words++ == 0)
			snprintf(m->name, sizeof m->name, "%.*s",
				 (int)(size > LS_MOLECULE_NAME_MAX ? LS_MOLECULE_NAME_MAX : size),
				 line->text + start);
		before_start = start;
		before_size = size;
	}
	return p->has_length ? 0
			     : ls_genbank_bad(p, "dna.genbank.locus",
					      "LOCUS does not say how many bp there are");
}

/* "BASE COUNT 1 a 2 c 3 g 4 t": numbers that an insertion changes. */
static int parse_base_count(struct ls_genbank_parse *p, const struct ls_line *line)
{
	size_t at = strlen("BASE COUNT"), start, size, before_start = 0, before_size = 0, number;
	while (next_word(line, &at, &start, &size)) {
		int base = size == 1 ? ls_base_of((unsigned char)line->text[start]) : -1;
		if (base >= 0 && is_number(line->text + before_start, before_size, &number)) {
			struct ls_moved moved = { .kind = LS_MOVED_COUNT, .base = (uint8_t)base };
			moved.start = p->g->annotation.size - line->whole + before_start;
			moved.end = moved.start + before_size;
			int rc = ls_genbank_moved_add(p, &moved);
			if (rc < 0)
				return rc;
		}
		before_start = start;
		before_size = size;
	}
	return 0;
}

/* One line of bases: their number in front, blanks anywhere. */
static int parse_bases(struct ls_genbank_parse *p, const struct ls_line *line)
{
	struct ls_molecule *m = &p->g->molecule;
	size_t at = 0, start, size, number = 0;
	bool first = true;
	while (next_word(line, &at, &start, &size)) {
		if (first && is_number(line->text + start, size, &number)) {
			if (number != m->bases.size + 1)
				return ls_fail(p->err, -EBADMSG, "dna.genbank.origin",
					       "line %zu says that it begins with base %zu, and "
					       "%zu bases precede it: "
					       "a line is missing, cut, or twice there",
					       p->line, number, m->bases.size);
		} else {
			int rc = ls_molecule_add(m, line->text + start, size, p->err);
			if (rc < 0) {
				ls_error_prefix(p->err, "line %zu", p->line);
				return rc;
			}
		}
		first = false;
	}
	return 0;
}

static int annotation_line(struct ls_genbank_parse *p, const struct ls_line *line)
{
	bool at_margin = line->size > 0 && !isspace((unsigned char)line->text[0]);
	if (p->section == SECTION_FEATURES && at_margin) {
		p->section = SECTION_OTHER;
		p->g->features_end = p->g->annotation.size - line->whole;
		int rc = ls_genbank_location_end(p);
		if (rc < 0)
			return rc;
	}
	if (p->section == SECTION_FEATURES)
		return ls_genbank_feature_line(p, line);
	int rc = p->reference_start > 0 ? ls_genbank_reference_goes_on(p, line) : 0;
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (starts(line, "REFERENCE"))
		return ls_genbank_reference_line(p, line);
	if (starts(line, "FEATURES")) {
		if (p->g->has_features)
			return ls_genbank_bad(p, "dna.genbank.features", "a second line FEATURES");
		p->g->has_features = true;
		p->section = SECTION_FEATURES;
	} else if (starts(line, "BASE COUNT") || starts(line, "ORIGIN") || starts(line, "CONTIG")) {
		if (!p->g->has_features && p->g->features_end == 0)
			p->g->features_end = p->g->annotation.size - line->whole;
		if (starts(line, "BASE COUNT"))
			return parse_base_count(p, line);
		if (starts(line, "ORIGIN"))
			p->section = SECTION_BASES;
	} else if (starts(line, "LOCUS") && p->has_length) {
		return ls_genbank_bad(
			p, "dna.genbank.end",
			"a further record begins and the one before has no end, a line //");
	}
	return 0;
}

static int parse_line(struct ls_genbank_parse *p, const struct ls_line *line)
{
	if (memchr(line->text, '\0', line->size))
		return ls_genbank_bad(p, "dna.genbank.text", "a zero byte: this is no text");
	if (memchr(line->text, '\r', line->size))
		return ls_genbank_bad(
			p, "dna.genbank.text",
			"a carriage return inside a line: its lines must end in LF or CR LF");
	if (p->section == SECTION_BASES)
		return parse_bases(p, line);
	if (ls_buffer_add(&p->g->annotation, line->text, line->whole) < 0)
		return ls_fail(p->err, -ENOMEM, "memory", "out of memory");
	if (is_blank(line))
		return 0;
	if (p->section == SECTION_NONE) {
		if (!starts(line, "LOCUS"))
			return ls_genbank_bad(p, "dna.genbank.locus", "a record begins with LOCUS");
		p->section = SECTION_OTHER;
		p->g->crlf = line->whole - line->size == 2;
		return parse_locus(p, line);
	}
	return annotation_line(p, line);
}

static int take_tail(struct ls_genbank_parse *p, const struct ls_line *end, struct ls_reader *r)
{
	ls_buffer_add(&p->g->tail, end->text, end->whole);
	struct ls_line line;
	for (size_t pos = r->pos; take_line(r, &line); pos = r->pos) {
		if (!is_blank(&line)) {
			r->pos = pos;
			break;
		}
		p->line++;
		ls_buffer_add(&p->g->tail, line.text, line.whole);
	}
	return ls_buffer_error(&p->g->tail) < 0
		       ? ls_fail(p->err, -ENOMEM, "memory", "out of memory")
		       : 0;
}

static int check_record(struct ls_genbank_parse *p)
{
	size_t bases = p->g->molecule.bases.size;
	if (p->section != SECTION_BASES)
		return ls_genbank_bad(p, "dna.genbank.origin",
				      "the record ends without ORIGIN: it has no bases");
	if (bases != p->said_length)
		return ls_fail(p->err, -EBADMSG, "dna.genbank.length",
			       "LOCUS in line %zu says %zu bp, and there are %zu: the file is cut "
			       "or was changed by "
			       "hand",
			       p->first_line, p->said_length, bases);
	if (bases == 0)
		return ls_genbank_bad(p, "dna.genbank.origin", "the record has no bases");
	return ls_genbank_features_finish(p);
}

/* Blank lines and one record, up to its //. */
static int parse_record(struct ls_genbank_parse *p, struct ls_reader *r)
{
	struct ls_line line;
	while (take_line(r, &line)) {
		p->line++;
		if (p->section == SECTION_NONE && !is_blank(&line))
			p->first_line = p->line;
		if (p->section != SECTION_NONE && starts(&line, "//")) {
			int rc = check_record(p);
			return rc < 0 ? rc : take_tail(p, &line, r);
		}
		int rc = parse_line(p, &line);
		if (rc < 0)
			return rc;
	}
	if (p->section == SECTION_NONE)
		return -ENODATA;
	return ls_genbank_bad(p, "dna.genbank.end",
			      "the file ends within a record: a line // is missing");
}

int ls_genbank_next(struct ls_reader *r, size_t *line, struct ls_genbank *ret, struct ls_error *err)
{
	struct ls_genbank g = { 0 };
	ls_molecule_init(&g.molecule);
	ls_buffer_init(&g.annotation, LS_GENBANK_SIZE_MAX);
	ls_buffer_init(&g.tail, LS_GENBANK_SIZE_MAX);
	struct ls_genbank_parse p = { .g = &g, .line = *line, .err = err };
	int rc = parse_record(&p, r);
	*line = p.line;
	if (rc < 0) {
		ls_genbank_free(&g);
		return rc == -ENODATA ? ls_fail(err, rc, "dna.sequence.none", "no further record")
				      : rc;
	}
	*ret = g;
	return 0;
}

void ls_genbank_skip(struct ls_reader *r, size_t *line)
{
	struct ls_line l;
	bool begun = false;
	for (size_t pos = r->pos; take_line(r, &l); pos = r->pos) {
		if (begun && starts(&l, "LOCUS")) {
			r->pos = pos;
			return;
		}
		++*line;
		if (starts(&l, "//"))
			return;
		begun |= !is_blank(&l);
	}
}
