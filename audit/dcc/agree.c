/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/agree.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dcc/measurand.h"
#include "lib/base/text.h"

#define NEARLY 1e-9
#define DAY    86400

static bool same(struct ls_decimal a, const struct ls_unit *from, struct ls_decimal b,
		 const struct ls_unit *to, bool difference)
{
	double x, y = ls_decimal_double(b);
	int rc = difference ? ls_unit_convert_difference(ls_decimal_double(a), from, to, &x)
			    : ls_unit_convert_value(ls_decimal_double(a), from, to, &x);
	return rc == 0 && fabs(x - y) <= NEARLY * fmax(fabs(x), fabs(y));
}

/* What differs between two points, or NULL. */
static const char *difference_of(const struct ls_cal_point *a, const struct ls_unit *from,
				 const struct ls_cal_point *b, const struct ls_unit *to)
{
	if (!same(a->value, from, b->value, to, false))
		return "value";
	if (a->has_error != b->has_error ||
	    (a->has_error && !same(a->error, from, b->error, to, true)))
		return "error";
	if (a->has_u != b->has_u || (a->has_u && !same(a->u, from, b->u, to, true)))
		return "uncertainty";
	if (a->has_k && b->has_k &&
	    fabs(ls_decimal_double(a->k) - ls_decimal_double(b->k)) > NEARLY)
		return "coverage factor";
	return NULL;
}

static const char *difference_between(const struct ls_cal_measurand *a,
				      const struct ls_cal_measurand *b, size_t *ret_point)
{
	if (a->point_count != b->point_count)
		return "number of points";
	for (size_t i = 0; i < a->point_count; i++) {
		const char *what = difference_of(&a->points[i], &a->unit, &b->points[i], &b->unit);
		if (what) {
			*ret_point = i;
			return what;
		}
	}
	return NULL;
}

static int find_measurand(const struct ls_cal_measurand *m, const struct ls_cal_details *document,
			  struct ls_error *err)
{
	const char *what = NULL;
	size_t point = 0;
	for (size_t i = 0; i < document->measurand_count; i++) {
		if (!ls_unit_comparable(&m->unit, &document->measurands[i].unit))
			continue;
		what = difference_between(m, &document->measurands[i], &point);
		if (!what)
			return 0;
	}
	if (!what)
		return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
			       "the report has '%s' in '%s', and the certificate nothing of that "
			       "unit that can be used",
			       m->quantity, m->unit_text);
	return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
		       "'%s', point %zu: the report and the certificate have another %s",
		       m->quantity, point + 1, what);
}

static int check_dates(const struct ls_cal_report *report, const struct ls_dcc *dcc,
		       struct ls_error *err)
{
	char said[LS_UTC_SIZE];
	if (report->performed >= dcc->begin_time && report->performed < dcc->end_time + DAY)
		return 0;
	return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
		       "the report says that it was performed at %s, the certificate from %s to %s",
		       ls_utc_format(report->performed, said), dcc->begin, dcc->end);
}

int ls_dcc_agree(const struct ls_cal_report *report, const struct ls_dcc *dcc, struct ls_error *err)
{
	size_t *parents = calloc(dcc->link_count + 1, sizeof(*parents)), left_out;
	struct ls_cal_details *document = calloc(1, sizeof(*document));
	int rc = parents && document ? check_dates(report, dcc, err) : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < dcc->link_count; i++)
		parents[i] = SIZE_MAX;
	if (rc == 0)
		rc = ls_dcc_details_fill(dcc, parents, document, &left_out);
	for (size_t i = 0; rc == 0 && report->details && i < report->details->measurand_count; i++)
		rc = find_measurand(&report->details->measurands[i], document, err);
	ls_cal_details_free(document);
	free(parents);
	return rc == -ENOMEM ? ls_fail(err, rc, "cal.dcc.memory", "out of memory") : rc;
}
