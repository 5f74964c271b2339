/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/document/wrap.h"

#include <stdbool.h>
#include <string.h>

#include "audit/dna/document/tokens.h"

#define HEADER_INDENT	 12
#define QUALIFIER_INDENT 21
#define KEY_INDENT	 5

enum blank {
	DROPPED, /* the line breaks at a blank, which is gone */
	KEPT,	 /* the blank stays at the line's end */
	NOWHERE, /* blanks do not matter */
};

struct rule {
	size_t width;
	enum blank blank;
};

/* Frozen, as the words are. */
static const struct rule qualifier_rules[LS_WRAP_RULES] = {
	{ 58, DROPPED }, { 59, DROPPED }, { 58, KEPT },	   { 59, KEPT },
	{ 58, NOWHERE }, { 59, NOWHERE }, { 57, DROPPED }, { 60, DROPPED },
};
static const struct rule header_rules[LS_WRAP_RULES] = {
	{ 67, DROPPED }, { 68, DROPPED }, { 68, KEPT },	   { 66, DROPPED },
	{ 69, DROPPED }, { 67, KEPT },	  { 68, NOWHERE }, { 65, DROPPED },
};

struct line {
	const uint8_t *text; /* without its LF */
	size_t size;
};

static bool blank(const struct line *l, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (i >= l->size || l->text[i] != ' ')
			return false;
	return true;
}

/* Where a paragraph's text begins in its lines; 0: it is not broken. */
static size_t indent_of(const struct line *l)
{
	if (l->size > QUALIFIER_INDENT && (blank(l, 0, QUALIFIER_INDENT) ||
					   (blank(l, 0, KEY_INDENT) && l->text[KEY_INDENT] != ' ')))
		return QUALIFIER_INDENT;
	return l->size > HEADER_INDENT ? HEADER_INDENT : 0;
}

static bool continues(const struct line *l, size_t indent)
{
	if (l->size <= indent || !blank(l, 0, indent))
		return false;
	return indent == QUALIFIER_INDENT ? l->text[indent] != '/' : !blank(l, 0, QUALIFIER_INDENT);
}

/* The last blank of text[0..n), or n: there is none but at its begin. */
static size_t last_blank(const uint8_t *text, size_t n)
{
	for (size_t i = n; i-- > 1;)
		if (text[i] == ' ')
			return i;
	return n;
}

/* How much of the text comes on one line, and how much is gone behind it. */
static size_t first_line(const uint8_t *text, size_t n, const struct rule *rule, size_t *ret_gone)
{
	*ret_gone = 0;
	if (n <= rule->width)
		return n;
	size_t seen = rule->width + (rule->blank == DROPPED);
	size_t at = rule->blank == NOWHERE ? seen : last_blank(text, seen);
	if (at == seen)
		return rule->width;
	*ret_gone = rule->blank == DROPPED;
	return rule->blank == DROPPED ? at : at + 1;
}

/* One line as the rule breaks it, with its LFs between the lines. */
static void wrap_line(const struct line *l, size_t indent, const struct rule *rule,
		      struct ls_buffer *out)
{
	const uint8_t *text = l->text + indent;
	size_t left = l->size - indent, gone;
	ls_buffer_add(out, l->text, indent);
	for (bool first = true; first || left > 0; first = false) {
		if (!first)
			ls_buffer_printf(out, "\n%*s", (int)indent, "");
		size_t n = first_line(text, left, rule, &gone);
		ls_buffer_add(out, text, n);
		text += n + gone;
		left -= n + gone;
	}
}

/* --- unwrapping ---------------------------------------------------------- */

struct paragraph {
	const uint8_t *text; /* its lines, without the last LF */
	size_t size, indent;
	bool single;
};

static struct line line_at(const uint8_t *text, size_t n)
{
	const uint8_t *end = memchr(text, '\n', n);
	return (struct line){ text, end ? (size_t)(end - text) : n };
}

/* The paragraph with which text begins; n > 0. */
static struct paragraph paragraph_at(const uint8_t *text, size_t n)
{
	struct line l = line_at(text, n);
	struct paragraph p = { text, l.size, indent_of(&l), true };
	while (p.indent > 0 && p.size + 1 < n) {
		l = line_at(text + p.size + 1, n - p.size - 1);
		if (!continues(&l, p.indent))
			break;
		p.size += 1 + l.size;
		p.single = false;
	}
	return p;
}

/* The paragraph as one line; where a line is full and has no blank, it was broken in a word. */
static void join(const struct paragraph *p, const struct rule *rule, struct ls_buffer *out)
{
	ls_buffer_add(out, p->text, p->indent);
	for (size_t at = 0; at < p->size;) {
		struct line l = line_at(p->text + at, p->size - at);
		const uint8_t *text = l.text + p->indent;
		size_t size = l.size - p->indent;
		ls_buffer_add(out, text, size);
		at += l.size + 1;
		bool in_word = size == rule->width && !memchr(text, ' ', size);
		if (at < p->size && rule->blank == DROPPED && !in_word)
			ls_buffer_add_u8(out, ' ');
	}
}

/* Whether the rule makes the paragraph's breaks; joined is then its one line. */
static bool fits(const struct paragraph *p, const struct rule *rule, struct ls_buffer *joined,
		 struct ls_buffer *scratch)
{
	ls_buffer_clear(joined);
	ls_buffer_clear(scratch);
	join(p, rule, joined);
	const struct line l = { joined->data, joined->size };
	if (ls_buffer_error(joined) || l.size < p->indent || indent_of(&l) != p->indent)
		return false;
	wrap_line(&l, p->indent, rule, scratch);
	return !ls_buffer_error(scratch) && scratch->size == p->size &&
	       memcmp(scratch->data, p->text, p->size) == 0;
}

static const struct rule *rule_of(const struct ls_wrap *wrap, size_t indent)
{
	return indent == QUALIFIER_INDENT ? &qualifier_rules[wrap->qualifiers]
					  : &header_rules[wrap->header];
}

static size_t count_fits(const uint8_t *text, size_t n, const struct ls_wrap *wrap, size_t indent,
			 struct ls_buffer *joined, struct ls_buffer *scratch)
{
	size_t count = 0;
	for (size_t at = 0; at < n;) {
		struct paragraph p = paragraph_at(text + at, n - at);
		if (p.indent == indent && !p.single)
			count += fits(&p, rule_of(wrap, indent), joined, scratch);
		at += p.size + 1;
	}
	return count;
}

static void choose(const uint8_t *text, size_t n, struct ls_wrap *ret, struct ls_buffer *joined,
		   struct ls_buffer *scratch)
{
	size_t best[2] = { 0 };
	*ret = (struct ls_wrap){ .qualifiers = 0 };
	for (uint8_t i = 0; i < LS_WRAP_RULES; i++) {
		const struct ls_wrap tried = { i, i };
		size_t q = count_fits(text, n, &tried, QUALIFIER_INDENT, joined, scratch);
		size_t h = count_fits(text, n, &tried, HEADER_INDENT, joined, scratch);
		if (q > best[0]) {
			best[0] = q;
			ret->qualifiers = i;
		}
		if (h > best[1]) {
			best[1] = h;
			ret->header = i;
		}
	}
}

/* Lines that no rule makes: each as it is, and said so where the rule would break it. */
static void add_lines(const struct paragraph *p, const struct ls_wrap *wrap, struct ls_buffer *out)
{
	size_t gone;
	for (size_t at = 0; at <= p->size;) {
		struct line l = line_at(p->text + at, p->size - at);
		size_t indent = indent_of(&l);
		bool breaks = indent > 0 &&
			      first_line(l.text + indent, l.size - indent, rule_of(wrap, indent),
					 &gone) < l.size - indent;
		if (breaks || (l.size > 0 && l.text[0] == LS_TOKEN_AS_IT_IS))
			ls_buffer_add_u8(out, LS_TOKEN_AS_IT_IS);
		ls_buffer_add(out, l.text, l.size);
		at += l.size + 1;
		if (at <= p->size)
			ls_buffer_add_u8(out, '\n');
	}
}

int ls_unwrap(const uint8_t *text, size_t n, struct ls_wrap *ret_wrap, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer joined, scratch;
	ls_buffer_init(&joined, n + 64);
	ls_buffer_init(&scratch, 4 * n + 64);
	choose(text, n, ret_wrap, &joined, &scratch);
	for (size_t at = 0; at < n;) {
		struct paragraph p = paragraph_at(text + at, n - at);
		if (!p.single && fits(&p, rule_of(ret_wrap, p.indent), &joined, &scratch))
			ls_buffer_add(out, joined.data, joined.size);
		else
			add_lines(&p, ret_wrap, out);
		at += p.size + 1;
		if (at <= n)
			ls_buffer_add_u8(out, '\n');
	}
	return ls_buffer_error(out);
}

int ls_wrap(const uint8_t *text, size_t n, const struct ls_wrap *wrap, struct ls_buffer *out)
{
	for (size_t at = 0; at < n;) {
		struct line l = line_at(text + at, n - at);
		size_t indent = indent_of(&l);
		if (l.size > 0 && l.text[0] == LS_TOKEN_AS_IT_IS)
			ls_buffer_add(out, l.text + 1, l.size - 1);
		else if (indent == 0)
			ls_buffer_add(out, l.text, l.size);
		else
			wrap_line(&l, indent, rule_of(wrap, indent), out);
		at += l.size + 1;
		if (at <= n)
			ls_buffer_add_u8(out, '\n');
	}
	return ls_buffer_error(out);
}
