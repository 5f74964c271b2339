/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/location.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reader.h"

#define DEPTH_MAX 16

struct parse {
	struct ls_reader text;
	size_t molecule;
	bool circular;
	unsigned depth;
	struct ls_location *location;
	struct ls_error *err;
};

static int bad(const struct parse *p, const char *what)
{
	return ls_fail(p->err, -EBADMSG, "dna.genbank.location", "%s in location '%.60s'", what,
		       (const char *)p->text.data);
}

/* The next byte that is no blank, not taken; 0 at the end. */
static int peek(struct ls_reader *r)
{
	while (r->pos < r->size && isspace(r->data[r->pos]))
		r->pos++;
	return r->pos < r->size ? r->data[r->pos] : 0;
}

static bool take(struct ls_reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->pos++;
	return true;
}

static bool in_name(int c)
{
	return isalnum(c) || c == '_' || c == '-' || c == '.';
}

/* Digits at the reader; false: there are none, or too many. */
static bool take_number(struct ls_reader *r, size_t *ret)
{
	size_t value = 0, digits = 0;
	for (peek(r); r->pos < r->size && isdigit(r->data[r->pos]); r->pos++, digits++) {
		if (digits == 15)
			return false;
		value = 10 * value + (size_t)(r->data[r->pos] - '0');
	}
	*ret = value;
	return digits > 0;
}

/* n, <n, >n, or (n.m), of which the first counts for a start and the last for an end. */
static int position(struct parse *p, size_t *ret_first, size_t *ret_last)
{
	struct ls_reader *r = &p->text;
	bool within = take(r, '(');
	if (!take(r, '<'))
		take(r, '>');
	if (!take_number(r, ret_first))
		return bad(p, "a number of a base is missing");
	*ret_last = *ret_first;
	bool single_dot = peek(r) == '.' && (r->pos + 1 >= r->size || r->data[r->pos + 1] != '.');
	if (single_dot && (!take(r, '.') || !take_number(r, ret_last)))
		return bad(p, "a number of a base is missing");
	if (within && !take(r, ')'))
		return bad(p, "a parenthesis is not closed");
	return 0;
}

static int add(struct parse *p, const struct ls_span *span)
{
	struct ls_location *l = p->location;
	if (span->first == 0 || span->last == 0 || span->first > p->molecule ||
	    span->last > p->molecule)
		return bad(p, "a base that the molecule does not have");
	if (span->first > span->last && !p->circular)
		return bad(p, "an end before its start, in a molecule that is not circular,");
	if (l->count == LS_SPANS_MAX)
		return bad(p, "too many parts");
	struct ls_span *more = reallocarray(l->spans, l->count + 1, sizeof *more);
	if (!more)
		return ls_fail(p->err, -ENOMEM, "memory", "out of memory");
	l->spans = more;
	more[l->count++] = *span;
	return 0;
}

static int span(struct parse *p, bool remote)
{
	struct ls_span s = { 0 };
	size_t unused;
	int rc = position(p, &s.first, &s.last);
	if (rc < 0)
		return rc;
	if (take(&p->text, '^')) {
		s.between = true;
		rc = position(p, &s.last, &unused);
	} else if (take(&p->text, '.')) {
		rc = take(&p->text, '.') ? position(p, &unused, &s.last) : bad(p, "a single dot");
	}
	return rc < 0 || remote ? rc : add(p, &s);
}

/* 5' to 3' on the other strand: the spans from `from` on are turned around. */
static void complement(struct ls_location *l, size_t from)
{
	for (size_t i = from; i < l->count; i++)
		l->spans[i].complement = !l->spans[i].complement;
	for (size_t i = from, j = l->count; i + 1 < j; i++) {
		struct ls_span first = l->spans[i];
		l->spans[i] = l->spans[--j];
		l->spans[j] = first;
	}
}

static int expression(struct parse *p);

static int operator(struct parse *p, const char *name, size_t n)
{
	static const char *const NAMES[] = { "complement", "join", "order",
					     "one-of",	   "bond", "group" };
	size_t from = p->location->count, which = 0, count = sizeof NAMES / sizeof *NAMES;
	while (which < count && (strlen(NAMES[which]) != n || memcmp(NAMES[which], name, n) != 0))
		which++;
	if (which == count)
		return bad(p, "an operator that is not known");
	do {
		int rc = expression(p);
		if (rc < 0)
			return rc;
	} while (take(&p->text, ','));
	if (!take(&p->text, ')'))
		return bad(p, "a parenthesis is not closed");
	if (which == 0)
		complement(p->location, from);
	p->location->joined |= which == 1;
	return 0;
}

static int gap(struct parse *p)
{
	while (peek(&p->text) != 0)
		if (p->text.data[p->text.pos++] == ')')
			return 0;
	return bad(p, "a parenthesis is not closed");
}

static int named(struct parse *p)
{
	struct ls_reader *r = &p->text;
	const char *name = (const char *)r->data + r->pos;
	size_t n = 0;
	while (r->pos < r->size && in_name(r->data[r->pos])) {
		r->pos++;
		n++;
	}
	if (take(r, ':'))
		return span(p, true);
	if (!take(r, '('))
		return bad(p, "something that is no number of a base");
	return n == 3 && memcmp(name, "gap", 3) == 0 ? gap(p) : operator(p, name, n);
}

static int expression(struct parse *p)
{
	if (p->depth == DEPTH_MAX)
		return bad(p, "too many parentheses");
	p->depth++;
	int rc = isalpha(peek(&p->text)) ? named(p) : span(p, false);
	p->depth--;
	return rc;
}

int ls_location_parse(const char *text, size_t n, size_t molecule, bool circular,
		      struct ls_location *ret, struct ls_error *err)
{
	struct ls_location l = { 0 };
	/* a copy with its end marked, which messages show */
	char *copy = strndup(text, n);
	if (!copy)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	struct parse p = { .molecule = molecule, .circular = circular, .location = &l, .err = err };
	ls_reader_init(&p.text, copy, strlen(copy));
	int rc = expression(&p);
	if (rc == 0 && peek(&p.text) != 0)
		rc = bad(&p, "something is left over");
	free(copy);
	if (rc < 0) {
		ls_location_free(&l);
		return rc;
	}
	*ret = l;
	return 0;
}

void ls_location_free(struct ls_location *l)
{
	free(l->spans);
	*l = (struct ls_location){ 0 };
}
