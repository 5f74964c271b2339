/* SPDX-License-Identifier: Apache-2.0 */
/* A report's details: docs/formats/calibration-record.md, "Details". */
#include "lib/cal/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cal/line.h"

#define FORM_SALT	 "salt HEX, 32 digits"
#define FORM_NUMBER	 "number TEXT"
#define FORM_METHOD	 "method TEXT"
#define FORM_DOCUMENT	 "document SHA256"
#define FORM_CONDITION	 "condition QUANTITY UNIT LOW HIGH"
#define FORM_QUANTITY	 "quantity QUANTITY UNIT LOW HIGH"
#define FORM_SENSITIVITY "sensitivity N QUANTITY UNIT NUMBER"
#define FORM_ADJUSTMENT	 "adjustment none|after|before"
#define FORM_POINT	 "point VALUE ERROR U K DOF"
#define FORM_FOUND	 "found VALUE ERROR U K DOF"
#define DOF_MAX		 1000000

LS_DEFINE_CLEANUP(struct ls_cal_details *, ls_cal_details_free)

static const char *const CONFORMITIES[] = {
	[LS_CAL_CONFORMITY_NONE] = "none",
	[LS_CAL_PASS] = "pass",
	[LS_CAL_CONDITIONAL_PASS] = "conditional-pass",
	[LS_CAL_CONDITIONAL_FAIL] = "conditional-fail",
	[LS_CAL_FAIL] = "fail",
	[LS_CAL_NO_PASS] = "no-pass",
	[LS_CAL_NO_FAIL] = "no-fail",
};

static const char *const ADJUSTMENTS[] = {
	[LS_CAL_ADJUSTMENT_NONE] = "none",
	[LS_CAL_ADJUSTMENT_AFTER] = "after",
	[LS_CAL_ADJUSTMENT_BEFORE] = "before",
};

static const char *const RULES[] = {
	[LS_CAL_RULE_SIMPLE] = "simple",
	[LS_CAL_RULE_GUARDED] = "guarded",
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

const char *ls_cal_conformity_name(enum ls_cal_conformity conformity)
{
	return (size_t)conformity < COUNT(CONFORMITIES) ? CONFORMITIES[conformity] : "?";
}

const char *ls_cal_adjustment_name(enum ls_cal_adjustment adjustment)
{
	return (size_t)adjustment < COUNT(ADJUSTMENTS) ? ADJUSTMENTS[adjustment] : "?";
}

const char *ls_cal_decision_rule_name(enum ls_cal_decision_rule rule)
{
	return (size_t)rule < COUNT(RULES) ? RULES[rule] : "?";
}

bool ls_cal_quantity_valid(const char *text, size_t length)
{
	if (length == 0 || length >= LS_CAL_QUANTITY_SIZE || text[0] < 'a' || text[0] > 'z')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= '0' && text[i] <= '9') ||
		      text[i] == '-'))
			return false;
	return true;
}

static void free_measurand(struct ls_cal_measurand *m)
{
	free(m->sensitivities);
	free(m->found);
	free(m->points);
}

void ls_cal_details_free(struct ls_cal_details *details)
{
	if (!details)
		return;
	for (size_t i = 0; i < details->measurand_count; i++)
		free_measurand(&details->measurands[i]);
	free(details->measurands);
	free(details->conditions);
	free(details);
}

void ls_cal_report_free(struct ls_cal_report *report)
{
	if (!report)
		return;
	free(report->parents);
	ls_cal_details_free(report->details);
	report->parents = NULL;
	report->parent_count = 0;
	report->details = NULL;
}

const struct ls_cal_measurand *ls_cal_details_find(const struct ls_cal_details *details,
						   const char *quantity)
{
	for (size_t i = 0; i < details->measurand_count; i++)
		if (strcmp(details->measurands[i].quantity, quantity) == 0)
			return &details->measurands[i];
	return NULL;
}

/* --- parsing ------------------------------------------------------------------------ */

static int fail_memory(const struct ls_cal_lines *lines)
{
	return ls_fail(lines->err, -ENOMEM, "cal.memory", "out of memory for a report's details");
}

/* Room for one more; arrays grow in steps so that few points take little memory. */
static void *grown(void *array, size_t count, size_t size)
{
	if (count != 0 && (count < 4 || (count & (count - 1)) != 0))
		return array;
	return reallocarray(array, count < 4 ? 4 : 2 * count, size);
}

static int compare(struct ls_decimal a, struct ls_decimal b)
{
	double x = ls_decimal_double(a), y = ls_decimal_double(b);
	return x < y ? -1 : x > y;
}

static int find_word(struct ls_cal_field field, const char *const *table, size_t count, int *ret)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(table[i]) == field.length &&
		    memcmp(table[i], field.text, field.length) == 0) {
			*ret = (int)i;
			return 0;
		}
	return -EBADMSG;
}

static bool is_dash(struct ls_cal_field field)
{
	return field.length == 1 && field.text[0] == '-';
}

static int read_range(const struct ls_cal_field *fields, struct ls_decimal *low,
		      struct ls_decimal *high)
{
	if (ls_cal_field_decimal(fields[0], low) < 0 || ls_cal_field_decimal(fields[1], high) < 0 ||
	    compare(*low, *high) > 0)
		return -EBADMSG;
	return 0;
}

static int read_condition(struct ls_cal_lines *lines, struct ls_cal_details *d)
{
	struct ls_cal_field f[4];
	int rc = ls_cal_lines_take(lines, "condition", f, 4, FORM_CONDITION);
	if (rc < 0)
		return rc;
	if (d->condition_count == LS_CAL_CONDITIONS_MAX)
		return ls_cal_lines_fail(lines, "there are more than 16 conditions");
	struct ls_cal_condition *c = grown(d->conditions, d->condition_count, sizeof(*c));
	if (!c)
		return fail_memory(lines);
	d->conditions = c;
	c += d->condition_count;
	if (ls_cal_field_quantity(f[0], c->name) < 0 ||
	    ls_cal_field_unit(f[1], c->unit_text, &c->unit) < 0 ||
	    read_range(f + 2, &c->low, &c->high) < 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_CONDITION "\"");
	for (size_t i = 0; i < d->condition_count; i++)
		if (strcmp(d->conditions[i].name, c->name) == 0)
			return ls_cal_lines_fail(lines, "a condition is there twice");
	d->condition_count++;
	return 0;
}

/* "from 1 3": numbers of parents, rising */
static int read_from(struct ls_cal_lines *lines, struct ls_cal_measurand *m, size_t parent_count)
{
	const char *line;
	size_t length;
	struct ls_reader r;
	static const char why[] = "it is not \"from N ...\" with rising numbers of parents";
	if (!ls_cal_lines_at(lines, "from"))
		return 0;
	if (ls_read_line(&lines->r, &line, &length) < 0)
		return ls_cal_lines_fail(lines, why);
	ls_reader_init(&r, line, length);
	for (uint64_t last = 0;;) {
		uint64_t n;
		const char *text;
		size_t size;
		bool more = ls_read_until(&r, ' ', &text, &size) == 0;
		if (!more) {
			text = line + r.pos;
			size = ls_reader_left(&r);
		}
		if (ls_parse_u64(text, size, &n) < 0 || n <= last || n > parent_count)
			return ls_cal_lines_fail(lines, why);
		m->from[m->from_count++] = (uint8_t)(n - 1);
		last = n;
		if (!more)
			return 0;
	}
}

static int read_sensitivity(struct ls_cal_lines *lines, struct ls_cal_measurand *m,
			    size_t parent_count)
{
	struct ls_cal_field f[4];
	uint64_t n;
	int rc = ls_cal_lines_take(lines, "sensitivity", f, 4, FORM_SENSITIVITY);
	if (rc < 0)
		return rc;
	struct ls_cal_sensitivity *s = grown(m->sensitivities, m->sensitivity_count, sizeof(*s));
	if (!s)
		return fail_memory(lines);
	m->sensitivities = s;
	s += m->sensitivity_count;
	if (ls_cal_field_number(f[0], parent_count, &n) < 0 || n == 0 ||
	    ls_cal_field_quantity(f[1], s->quantity) < 0 ||
	    ls_cal_field_unit(f[2], s->unit_text, &s->unit) < 0 ||
	    ls_cal_field_decimal(f[3], &s->coefficient) < 0 || s->coefficient.coefficient == 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_SENSITIVITY
						"\" of a parent");
	s->parent = (uint8_t)(n - 1);
	if (m->sensitivity_count > 0) {
		const struct ls_cal_sensitivity *p = s - 1;
		if (p->parent > s->parent ||
		    (p->parent == s->parent && strcmp(p->quantity, s->quantity) >= 0))
			return ls_cal_lines_fail(lines, "sensitivities are not in the order of "
							"parents and quantities");
	}
	m->sensitivity_count++;
	return 0;
}

static int read_point_fields(const struct ls_cal_field *f, struct ls_cal_point *p)
{
	uint64_t dof = 0;
	*p = (struct ls_cal_point){ .has_error = !is_dash(f[1]), .has_u = true, .has_k = true };
	if (ls_cal_field_decimal(f[0], &p->value) < 0 ||
	    (p->has_error && ls_cal_field_decimal(f[1], &p->error) < 0) ||
	    ls_cal_field_decimal(f[2], &p->u) < 0 || ls_decimal_negative(p->u) ||
	    ls_cal_field_decimal(f[3], &p->k) < 0 || ls_decimal_double(p->k) < 1)
		return -EBADMSG;
	if (!is_dash(f[4]) && (ls_cal_field_number(f[4], DOF_MAX, &dof) < 0 || dof == 0))
		return -EBADMSG;
	p->dof = (unsigned)dof;
	return 0;
}

static int read_point(struct ls_cal_lines *lines, const char *keyword, const char *form,
		      const struct ls_cal_measurand *m, struct ls_cal_point **points, size_t *count)
{
	struct ls_cal_field f[5];
	int rc = ls_cal_lines_take(lines, keyword, f, 5, form);
	if (rc < 0)
		return rc;
	if (*count == LS_CAL_POINTS_MAX)
		return ls_cal_lines_fail(lines, "there are more than 1024 points");
	struct ls_cal_point *p = grown(*points, *count, sizeof(*p));
	if (!p)
		return fail_memory(lines);
	*points = p;
	p += *count;
	if (read_point_fields(f, p) < 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_POINT
						"\" (or \"found ...\"): U is not negative, K at "
						"least 1");
	if (*count > 0 && compare(p[-1].value, p->value) >= 0)
		return ls_cal_lines_fail(lines, "the points' values do not rise");
	if (compare(p->value, m->low) < 0 || compare(p->value, m->high) > 0)
		return ls_cal_lines_fail(lines, "a point lies outside of the range");
	(*count)++;
	return 0;
}

static int read_drift(struct ls_cal_lines *lines, struct ls_cal_measurand *m)
{
	struct ls_cal_field f;
	m->has_drift = ls_cal_lines_at(lines, "drift");
	if (m->has_drift &&
	    (ls_cal_lines_fields(lines, &f, 1) < 0 || ls_cal_field_decimal(f, &m->drift) < 0 ||
	     ls_decimal_negative(m->drift)))
		return ls_cal_lines_fail(lines, "it is not \"drift U\"");
	m->averaged = ls_cal_lines_is(lines, "averaged");
	return 0;
}

static int read_tolerance(struct ls_cal_lines *lines, struct ls_cal_measurand *m)
{
	struct ls_cal_field f[2];
	int word = 0, rule = 0;
	m->has_tolerance = ls_cal_lines_at(lines, "tolerance");
	if (!m->has_tolerance)
		return 0;
	if (ls_cal_lines_fields(lines, f, 2) < 0 || read_range(f, &m->lower, &m->upper) < 0 ||
	    compare(m->lower, m->upper) == 0)
		return ls_cal_lines_fail(lines, "it is not \"tolerance LOWER UPPER\"");
	if (!ls_cal_lines_at(lines, "conformity"))
		return 0;
	if (ls_cal_lines_fields(lines, f, 2) < 0 ||
	    find_word(f[0], CONFORMITIES, COUNT(CONFORMITIES), &word) < 0 ||
	    word == LS_CAL_CONFORMITY_NONE || find_word(f[1], RULES, COUNT(RULES), &rule) < 0)
		return ls_cal_lines_fail(lines,
					 "it is not \"conformity STATEMENT simple|guarded\"");
	m->conformity = (enum ls_cal_conformity)word;
	m->rule = (enum ls_cal_decision_rule)rule;
	return 0;
}

static int read_adjustment(struct ls_cal_lines *lines, struct ls_cal_measurand *m)
{
	struct ls_cal_field f;
	int word;
	int rc = ls_cal_lines_take(lines, "adjustment", &f, 1, FORM_ADJUSTMENT);
	if (rc < 0)
		return rc;
	if (find_word(f, ADJUSTMENTS, COUNT(ADJUSTMENTS), &word) < 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_ADJUSTMENT "\"");
	m->adjustment = (enum ls_cal_adjustment)word;
	return 0;
}

static bool next_is(const struct ls_cal_lines *lines, const char *keyword)
{
	struct ls_cal_lines ahead = *lines;
	return ls_cal_lines_at(&ahead, keyword);
}

static int read_points(struct ls_cal_lines *lines, struct ls_cal_measurand *m)
{
	int rc = 0;
	if (next_is(lines, "found") && m->adjustment != LS_CAL_ADJUSTMENT_AFTER)
		return ls_cal_lines_fail(lines, "there are as-found data without an adjustment");
	while (rc == 0 && next_is(lines, "found"))
		rc = read_point(lines, "found", FORM_FOUND, m, &m->found, &m->found_count);
	do
		rc = rc < 0 ? rc
			    : read_point(lines, "point", FORM_POINT, m, &m->points,
					 &m->point_count);
	while (rc == 0 && next_is(lines, "point"));
	return rc;
}

static int read_measurand_head(struct ls_cal_lines *lines, struct ls_cal_measurand *m)
{
	struct ls_cal_field f[4];
	int rc = ls_cal_lines_take(lines, "quantity", f, 4, FORM_QUANTITY);
	if (rc < 0)
		return rc;
	if (ls_cal_field_quantity(f[0], m->quantity) < 0 ||
	    ls_cal_field_unit(f[1], m->unit_text, &m->unit) < 0 ||
	    read_range(f + 2, &m->low, &m->high) < 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_QUANTITY "\"");
	return 0;
}

static int read_measurand(struct ls_cal_lines *lines, struct ls_cal_measurand *m,
			  size_t parent_count)
{
	int rc = read_measurand_head(lines, m);
	if (rc == 0)
		rc = read_from(lines, m, parent_count);
	while (rc == 0 && next_is(lines, "sensitivity"))
		rc = read_sensitivity(lines, m, parent_count);
	if (rc == 0)
		rc = read_drift(lines, m);
	if (rc == 0)
		rc = read_adjustment(lines, m);
	if (rc == 0)
		rc = read_tolerance(lines, m);
	return rc < 0 ? rc : read_points(lines, m);
}

static int add_measurand(struct ls_cal_lines *lines, struct ls_cal_details *d, size_t parent_count)
{
	if (d->measurand_count == LS_CAL_MEASURANDS_MAX)
		return ls_cal_lines_fail(lines, "there are more than 64 quantities");
	struct ls_cal_measurand *m = reallocarray(d->measurands, d->measurand_count + 1,
						  sizeof(*m));
	if (!m)
		return fail_memory(lines);
	d->measurands = m;
	m += d->measurand_count++;
	memset(m, 0, sizeof(*m));
	int rc = read_measurand(lines, m, parent_count);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i + 1 < d->measurand_count; i++)
		if (strcmp(d->measurands[i].quantity, m->quantity) == 0)
			return ls_cal_lines_fail(lines, "a quantity is there twice");
	return 0;
}

static int read_details_head(struct ls_cal_lines *lines, struct ls_cal_details *d)
{
	struct ls_cal_field f;
	int rc = ls_cal_lines_take(lines, "salt", &f, 1, FORM_SALT);
	if (rc < 0)
		return rc;
	if (f.length != 2 * sizeof(d->salt) || ls_hex_decode(f.text, f.length, d->salt) < 0)
		return ls_cal_lines_fail(lines, "the line before is not \"" FORM_SALT "\"");
	rc = ls_cal_lines_text(lines, "number", d->number, sizeof(d->number), FORM_NUMBER);
	if (rc == 0 && next_is(lines, "method"))
		rc = ls_cal_lines_text(lines, "method", d->method, sizeof(d->method), FORM_METHOD);
	if (rc < 0)
		return rc;
	d->has_document = ls_cal_lines_at(lines, "document");
	if (d->has_document &&
	    (ls_cal_lines_fields(lines, &f, 1) < 0 || ls_cal_field_digest(f, &d->document) < 0))
		return ls_cal_lines_fail(lines, "it is not \"" FORM_DOCUMENT "\"");
	while (rc == 0 && next_is(lines, "condition"))
		rc = read_condition(lines, d);
	return rc;
}

int ls_cal_details_parse(const void *bytes, size_t size, size_t parent_count,
			 struct ls_cal_details **ret_details, struct ls_error *err)
{
	struct ls_cal_lines lines = { .id = "cal.details.form",
				      .what = "what a calibration report says",
				      .err = err };
	_cleanup_(ls_cal_details_free) struct ls_cal_details *d = calloc(1, sizeof(*d));
	if (!d)
		return fail_memory(&lines);
	ls_reader_init(&lines.r, bytes, size);
	int rc = read_details_head(&lines, d);
	do
		rc = rc < 0 ? rc : add_measurand(&lines, d, parent_count);
	while (rc == 0 && ls_reader_left(&lines.r) > 0);
	if (rc < 0)
		return rc;
	*ret_details = ls_steal_ptr(&d);
	return 0;
}
