/* SPDX-License-Identifier: Apache-2.0 */
/* A report's details, written: docs/formats/calibration-record.md, "Details". */
#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cal/line.h"
#include "lib/cal/report.h"

LS_DEFINE_CLEANUP(struct ls_cal_details *, ls_cal_details_free)

static void add_points(const char *keyword, const struct ls_cal_point *points, size_t count,
		       struct ls_buffer *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct ls_cal_point *p = &points[i];
		ls_buffer_add_str(out, keyword);
		ls_cal_add_decimal(out, p->value);
		if (p->has_error)
			ls_cal_add_decimal(out, p->error);
		else
			ls_buffer_add_str(out, " -");
		ls_cal_add_decimal(out, p->u);
		ls_cal_add_decimal(out, p->k);
		if (p->dof)
			ls_buffer_printf(out, " %u\n", p->dof);
		else
			ls_buffer_add_str(out, " -\n");
	}
}

static void add_named_range(struct ls_buffer *out, const char *keyword, const char *name,
			    const char *unit, struct ls_decimal low, struct ls_decimal high)
{
	ls_buffer_printf(out, "%s %s %s", keyword, name, unit);
	ls_cal_add_decimal(out, low);
	ls_cal_add_decimal(out, high);
	ls_buffer_add_str(out, "\n");
}

static void add_parents_share(const struct ls_cal_measurand *m, struct ls_buffer *out)
{
	if (m->from_count > 0) {
		ls_buffer_add_str(out, "from");
		for (size_t i = 0; i < m->from_count; i++)
			ls_buffer_printf(out, " %u", m->from[i] + 1U);
		ls_buffer_add_str(out, "\n");
	}
	for (size_t i = 0; i < m->sensitivity_count; i++) {
		const struct ls_cal_sensitivity *s = &m->sensitivities[i];
		ls_buffer_printf(out, "sensitivity %u %s %s", s->parent + 1U, s->quantity,
				 s->unit_text);
		ls_cal_add_decimal(out, s->coefficient);
		ls_buffer_add_str(out, "\n");
	}
}

static void add_tolerance(const struct ls_cal_measurand *m, struct ls_buffer *out)
{
	ls_buffer_add_str(out, "tolerance");
	ls_cal_add_decimal(out, m->lower);
	ls_cal_add_decimal(out, m->upper);
	ls_buffer_add_str(out, "\n");
	if (m->conformity != LS_CAL_CONFORMITY_NONE)
		ls_buffer_printf(out, "conformity %s %s\n", ls_cal_conformity_name(m->conformity),
				 ls_cal_decision_rule_name(m->rule));
}

static void add_one_measurand(const struct ls_cal_measurand *m, struct ls_buffer *out)
{
	add_named_range(out, "quantity", m->quantity, m->unit_text, m->low, m->high);
	add_parents_share(m, out);
	if (m->has_drift) {
		ls_buffer_add_str(out, "drift");
		ls_cal_add_decimal(out, m->drift);
		ls_buffer_add_str(out, "\n");
	}
	if (m->averaged)
		ls_buffer_add_str(out, "averaged\n");
	ls_buffer_printf(out, "adjustment %s\n", ls_cal_adjustment_name(m->adjustment));
	if (m->has_tolerance)
		add_tolerance(m, out);
	add_points("found", m->found, m->found_count, out);
	add_points("point", m->points, m->point_count, out);
}

/* What the lines cannot show to be wrong, because they would read as something else. */
static int check(const struct ls_cal_details *d, struct ls_error *err)
{
	for (size_t i = 0; i < d->measurand_count; i++) {
		const struct ls_cal_measurand *m = &d->measurands[i];
		bool whole = true;
		for (size_t j = 0; j < m->point_count; j++)
			whole &= m->points[j].has_u && m->points[j].has_k;
		for (size_t j = 0; j < m->found_count; j++)
			whole &= m->found[j].has_u && m->found[j].has_k;
		if (!whole)
			return ls_fail(err, -EINVAL, "cal.details.uncertainty",
				       "a point of '%s' has no uncertainty, or no coverage factor",
				       m->quantity);
		if (m->conformity != LS_CAL_CONFORMITY_NONE && !m->has_tolerance)
			return ls_fail(err, -EINVAL, "cal.details.conformity",
				       "conformity of '%s' is stated without a tolerance",
				       m->quantity);
		if (strpbrk(m->quantity, " \n") || strpbrk(m->unit_text, " \n"))
			return ls_fail(err, -EINVAL, "cal.details.quantity",
				       "a quantity's name or unit has a blank in it");
	}
	return 0;
}

static int format_head(const struct ls_cal_details *d, struct ls_buffer *out, struct ls_error *err)
{
	char hex[2 * LS_CAL_SALT_SIZE + 1];
	ls_hex_encode(d->salt, sizeof(d->salt), hex);
	ls_buffer_printf(out, "salt %s\n", hex);
	int rc = ls_cal_add_text(out, "number", d->number, sizeof(d->number), "cal.details.text",
				 err);
	if (rc == 0 && d->method[0])
		rc = ls_cal_add_text(out, "method", d->method, sizeof(d->method),
				     "cal.details.text", err);
	if (rc == 0 && d->has_document)
		ls_cal_add_digest(out, "document", &d->document);
	for (size_t i = 0; i < d->condition_count; i++)
		add_named_range(out, "condition", d->conditions[i].name, d->conditions[i].unit_text,
				d->conditions[i].low, d->conditions[i].high);
	return rc;
}

int ls_cal_details_format(const struct ls_cal_details *details, size_t parent_count,
			  struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_(ls_cal_details_free) struct ls_cal_details *again = NULL;
	size_t before = out->size;
	int rc = check(details, err);
	if (rc == 0)
		rc = format_head(details, out, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < details->measurand_count; i++)
		add_one_measurand(&details->measurands[i], out);
	rc = ls_buffer_error(out);
	if (rc < 0)
		return ls_fail(err, rc, "cal.details.size",
			       "what a calibration report says is longer than %d bytes, or memory "
			       "ran out",
			       LS_CAL_DETAILS_SIZE_MAX);
	/* the rules stand once, where it is read */
	rc = ls_cal_details_parse(out->data + before, out->size - before, parent_count, &again,
				  err);
	return rc == -EBADMSG ? -EINVAL : rc;
}
