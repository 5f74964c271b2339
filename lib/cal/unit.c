/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/unit.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"
#include "lib/cal/unit_table.h"

#define HALVES_MAX 60 /* exponents to 30; sums of them stay within an int8_t's */

/* One factor of a spelling: \per \prefix \unit \tothe{halves/2} */
struct term {
	bool divides;
	const struct ls_unit_prefix *prefix; /* or NULL */
	const struct ls_unit_name *unit;
	int halves;
	const char *exponent; /* as it is written, or NULL: one */
	size_t exponent_length;
};

struct command {
	const char *name;
	size_t length;
};

/* For messages: a claimed spelling, escaped and cut. */
struct shown {
	char text[100];
};

static const char *show(const char *text, size_t length, struct shown *s)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	ls_text_escape(text, length < 90 ? length : 90, &b);
	snprintf(s->text, sizeof(s->text), "%s%s", ls_buffer_str(&b), length < 90 ? "" : "...");
	return s->text;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int peek(const struct ls_reader *r)
{
	return ls_reader_left(r) ? r->data[r->pos] : -1;
}

/* "\name": a backslash and letters. */
static int read_command(struct ls_reader *r, struct command *c)
{
	uint8_t backslash;
	if (peek(r) != '\\')
		return -EBADMSG;
	(void)ls_read_u8(r, &backslash);
	c->name = (const char *)r->data + r->pos;
	c->length = 0;
	const uint8_t *letter;
	while (peek(r) >= 0 && is_letter((uint8_t)peek(r)) && ls_read_bytes(r, 1, &letter) == 0)
		c->length++;
	return c->length ? 0 : -EBADMSG;
}

static bool is_command(const struct command *c, const char *name)
{
	return c->length == strlen(name) && memcmp(c->name, name, c->length) == 0;
}

/* A command that says something of the unit before it. */
static bool is_power(const struct command *c)
{
	return is_command(c, "tothe") || is_command(c, "squared") || is_command(c, "cubed");
}

/* "N", "N.5", "N.0" with an optional sign: its halves. */
static int halves_of(const char *text, size_t n, int *ret_halves)
{
	bool minus = n > 0 && *text == '-';
	if (n > 0 && (*text == '-' || *text == '+'))
		text++, n--;
	const char *point = memchr(text, '.', n);
	size_t whole = point ? (size_t)(point - text) : n;
	uint64_t value;
	if (ls_parse_u64(text, whole, &value) < 0 || value > HALVES_MAX)
		return -EBADMSG;
	int halves = (int)value * 2;
	if (point) {
		if (n - whole != 2 || (point[1] != '5' && point[1] != '0'))
			return -EBADMSG;
		halves += point[1] == '5';
	}
	*ret_halves = minus ? -halves : halves;
	return 0;
}

/* "{EXPONENT}" behind \tothe */
static int read_exponent(struct ls_reader *r, struct term *t)
{
	const uint8_t *byte;
	if (peek(r) != '{' || ls_read_bytes(r, 1, &byte) < 0)
		return -EBADMSG;
	t->exponent = (const char *)r->data + r->pos;
	while (peek(r) >= 0 && peek(r) != '}' && ls_read_bytes(r, 1, &byte) == 0)
		t->exponent_length++;
	if (peek(r) != '}' || ls_read_bytes(r, 1, &byte) < 0)
		return -EBADMSG;
	return halves_of(t->exponent, t->exponent_length, &t->halves);
}

static int read_power(struct ls_reader *r, struct term *t)
{
	struct ls_reader before = *r;
	struct command c;
	if (read_command(r, &c) < 0 || !is_power(&c)) {
		*r = before;
		return 0;
	}
	if (is_command(&c, "tothe"))
		return read_exponent(r, t);
	t->exponent = is_command(&c, "squared") ? "2" : "3";
	t->exponent_length = 1;
	t->halves = is_command(&c, "squared") ? 4 : 6;
	return 0;
}

static int unknown(const struct command *c, struct ls_error *err)
{
	struct shown s;
	return ls_fail(err, -EBADMSG, "cal.unit.unknown",
		       "'\\%s' is no unit or prefix of the SI that D-SI knows",
		       show(c->name, c->length, &s));
}

static int bad_syntax(const struct ls_reader *r, const char *why, struct ls_error *err)
{
	struct shown s;
	return ls_fail(err, -EBADMSG, "cal.unit.syntax", "unit '%s': %s",
		       show((const char *)r->data, r->size, &s), why);
}

/* The next factor. */
static int read_term(struct ls_reader *r, struct term *t, struct ls_error *err)
{
	*t = (struct term){ .halves = 2 };
	struct command c;
	if (read_command(r, &c) < 0)
		return bad_syntax(r, "each part is a backslash and a name, as in \\kelvin", err);
	if (is_command(&c, "per")) {
		t->divides = true;
		if (read_command(r, &c) < 0)
			return bad_syntax(r, "\\per stands before a unit", err);
	}
	t->prefix = ls_unit_prefix_find(c.name, c.length);
	if (t->prefix && read_command(r, &c) < 0)
		return bad_syntax(r, "a prefix stands before a unit", err);
	t->unit = ls_unit_name_find(c.name, c.length);
	if (!t->unit)
		return unknown(&c, err);
	if (read_power(r, t) < 0)
		return bad_syntax(r, "an exponent is \\tothe{N}, a whole number or a half", err);
	return 0;
}

static int multiply(struct ls_unit *u, const struct term *t)
{
	int halves = t->divides ? -t->halves : t->halves;
	for (int d = 0; d < LS_DIMENSION_COUNT; d++) {
		int sum = u->halves[d] + t->unit->exponent[d] * halves;
		if (sum > HALVES_MAX || sum < -HALVES_MAX)
			return -ERANGE;
		u->halves[d] = (int8_t)sum;
	}
	double factor = t->unit->factor * (t->prefix ? t->prefix->factor : 1);
	u->factor *= halves == 2 ? factor : pow(factor, halves / 2.0);
	return isfinite(u->factor) && u->factor > 0 ? 0 : -ERANGE;
}

struct terms {
	struct term term[LS_UNIT_TERMS_MAX];
	size_t count;
};

static int read_terms(const char *text, size_t length, struct terms *all, struct ls_error *err)
{
	while (length > 0 && (unsigned char)text[length - 1] <= ' ')
		length--;
	while (length > 0 && (unsigned char)*text <= ' ')
		text++, length--;
	struct ls_reader r;
	ls_reader_init(&r, text, length);
	if (length > LS_UNIT_TEXT_MAX)
		return ls_fail(err, -EBADMSG, "cal.unit.range", "a unit of more than %d bytes",
			       LS_UNIT_TEXT_MAX);
	if (length == 0)
		return bad_syntax(&r, "nothing is there; a number without a unit has \\one", err);
	for (all->count = 0; ls_reader_left(&r) > 0; all->count++) {
		if (all->count == LS_UNIT_TERMS_MAX)
			return ls_fail(err, -EBADMSG, "cal.unit.range",
				       "a unit of more than %d units", LS_UNIT_TERMS_MAX);
		int rc = read_term(&r, &all->term[all->count], err);
		if (rc < 0)
			return rc;
		if (all->count > 0 && all->term[all->count - 1].divides &&
		    !all->term[all->count].divides)
			return ls_fail(err, -EBADMSG, "cal.unit.ambiguous",
				       "\\per before several units: is it the first alone that "
				       "divides? Write \\tothe{-1} behind each that does");
	}
	return 0;
}

/* What is special about a unit that stands alone. */
static int finish(struct ls_unit *u, const struct terms *all, struct ls_error *err)
{
	const struct term *t = &all->term[0];
	bool alone = all->count == 1 && !t->divides && t->halves == 2;
	if (alone) {
		u->offset = t->unit->offset;
		u->logarithmic = t->unit->logarithmic;
	}
	for (size_t i = 0; !alone && i < all->count; i++)
		if (all->term[i].unit->logarithmic)
			return ls_fail(err, -EBADMSG, "cal.unit.syntax",
				       "'\\%s' multiplied with others or raised to a power: it "
				       "stands alone",
				       all->term[i].unit->name);
	return 0;
}

int ls_unit_parse(const char *text, size_t length, struct ls_unit *ret_unit, struct ls_error *err)
{
	struct terms all;
	struct ls_unit u = { .factor = 1 };
	int rc = read_terms(text, length, &all, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < all.count; i++)
		if (multiply(&u, &all.term[i]) < 0)
			return ls_fail(err, -EBADMSG, "cal.unit.range",
				       "an exponent beyond %d, or a factor that is no number",
				       HALVES_MAX / 2);
	rc = finish(&u, &all, err);
	if (rc == 0)
		*ret_unit = u;
	return rc;
}

bool ls_unit_comparable(const struct ls_unit *a, const struct ls_unit *b)
{
	return memcmp(a->halves, b->halves, sizeof(a->halves)) == 0 &&
	       a->logarithmic == b->logarithmic;
}

static bool same_factor(const struct ls_unit *a, const struct ls_unit *b)
{
	return fabs(a->factor / b->factor - 1) <= 1e-12;
}

bool ls_unit_equal(const struct ls_unit *a, const struct ls_unit *b)
{
	return ls_unit_comparable(a, b) && same_factor(a, b) && a->offset == b->offset;
}

/* In the base units, from the other's zero on; what is left of two offsets may be rounding alone.
 */
static double from_zero_of(double value, const struct ls_unit *from, const struct ls_unit *to)
{
	double base = value * from->factor, sum = base + from->offset - to->offset;
	double rounding = 2 * DBL_EPSILON * (fabs(base) + fabs(from->offset) + fabs(to->offset));
	return from->offset != to->offset && fabs(sum) <= rounding ? 0 : sum;
}

int ls_unit_convert_value(double value, const struct ls_unit *from, const struct ls_unit *to,
			  double *ret_value)
{
	if (!ls_unit_comparable(from, to))
		return -EDOM;
	double converted = value;
	if (!same_factor(from, to))
		converted = from_zero_of(value, from, to) / to->factor;
	else if (from->offset != to->offset)
		converted = value + (from->offset - to->offset) / to->factor;
	if (!isfinite(converted))
		return -EDOM;
	*ret_value = converted;
	return 0;
}

int ls_unit_convert_difference(double difference, const struct ls_unit *from,
			       const struct ls_unit *to, double *ret_difference)
{
	struct ls_unit f = *from, t = *to;
	f.offset = t.offset = 0;
	return ls_unit_convert_value(difference, &f, &t, ret_difference);
}

static size_t append(char *buffer, size_t used, const char *text, size_t length)
{
	size_t room = LS_UNIT_SYMBOL_SIZE - 1 - used;
	if (length > room) /* never half a character */
		return used;
	memcpy(buffer + used, text, length);
	buffer[used + length] = '\0';
	return used + length;
}

static size_t append_term(char *buffer, size_t used, const struct term *t)
{
	if (t->prefix)
		used = append(buffer, used, t->prefix->symbol, strlen(t->prefix->symbol));
	used = append(buffer, used, t->unit->symbol, strlen(t->unit->symbol));
	bool minus = t->divides != (t->halves < 0);
	if (t->halves == 2 && !minus)
		return used;
	const char *digits = t->exponent ? t->exponent : "1";
	size_t n = t->exponent ? t->exponent_length : 1;
	if (*digits == '-' || *digits == '+')
		digits++, n--;
	used = append(buffer, used, minus ? "^-" : "^", minus ? 2 : 1);
	return append(buffer, used, digits, n);
}

const char *ls_unit_symbol(const char *text, size_t length, char buffer[static LS_UNIT_SYMBOL_SIZE])
{
	struct terms all;
	size_t used = 0;
	if (read_terms(text, length, &all, NULL) < 0) {
		snprintf(buffer, LS_UNIT_SYMBOL_SIZE, "?");
		return buffer;
	}
	for (size_t i = 0; i < all.count; i++) {
		if (i > 0)
			used = append(buffer, used, "·", strlen("·"));
		used = append_term(buffer, used, &all.term[i]);
	}
	return buffer;
}
