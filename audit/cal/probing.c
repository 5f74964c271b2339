/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/probing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/reader.h"

#define HEAD "reference,uncertainty,reading"

int ls_cal_probe_number(const char *text, size_t length, bool is_uncertainty, double *ret_value)
{
	struct ls_decimal value;
	if (ls_decimal_read(text, length, &value) < 0 ||
	    (is_uncertainty && ls_decimal_negative(value)))
		return -EBADMSG;
	*ret_value = ls_decimal_double(value);
	return 0;
}

static double at_two(const struct ls_cal_point *p)
{
	return 2 * ls_decimal_double(p->u) / ls_decimal_double(p->k);
}

static bool usable(const struct ls_cal_point *p)
{
	return p->has_error && p->has_u && p->has_k && p->k.coefficient > 0;
}

struct ls_cal_probed ls_cal_probe_judge(const struct ls_cal_measurand *m,
					const struct ls_cal_probe *probe)
{
	struct ls_cal_probed result = { .probe = *probe };
	size_t above = 0;
	while (above < m->point_count &&
	       ls_decimal_double(m->points[above].value) < probe->reference)
		above++;
	if (above == m->point_count)
		return result;
	const struct ls_cal_point *high = &m->points[above];
	const struct ls_cal_point *low = above > 0 ? high - 1 : high;
	double from = ls_decimal_double(low->value), to = ls_decimal_double(high->value);
	if (to == probe->reference)
		low = high;
	if (low == high && to != probe->reference)
		return result; /* below the first point */
	if (!usable(low) || !usable(high))
		return result;
	double part = low == high ? 0 : (probe->reference - from) / (to - from);
	result.error = (1 - part) * ls_decimal_double(low->error) +
		       part * ls_decimal_double(high->error);
	result.u_device = (1 - part) * at_two(low) + part * at_two(high);
	double u = hypot(result.u_device, probe->uncertainty);
	if (!(u > 0))
		return result;
	result.judged = true;
	result.en = (probe->reading - result.error - probe->reference) / u;
	result.within = fabs(result.en) <= 1;
	return result;
}

static int parse_line(const char *line, size_t length, struct ls_cal_probe *ret)
{
	double *fields[3] = { &ret->reference, &ret->uncertainty, &ret->reading };
	const char *at = line, *end = line + length;
	for (size_t i = 0; i < 3; i++) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = i < 2 ? comma : end;
		if (!stop || (i == 2 && comma) ||
		    ls_cal_probe_number(at, (size_t)(stop - at), i == 1, fields[i]) < 0)
			return -EBADMSG;
		at = stop + 1;
	}
	return 0;
}

static size_t lines_of(const uint8_t *bytes, size_t size)
{
	size_t lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += bytes[i] == '\n';
	return lines;
}

/* The next line, without its end; the last one may lack it. */
static bool next_line(struct ls_reader *r, const char **line, size_t *length)
{
	if (ls_reader_left(r) == 0)
		return false;
	if (ls_read_until(r, '\n', line, length) < 0) {
		const uint8_t *rest;
		*length = ls_reader_left(r);
		ls_read_bytes(r, *length, &rest);
		*line = (const char *)rest;
	}
	if (*length > 0 && (*line)[*length - 1] == '\r')
		(*length)--;
	return true;
}

int ls_cal_probe_csv(const void *bytes, size_t size, struct ls_cal_probe **ret_probes,
		     size_t *ret_count, struct ls_error *err)
{
	struct ls_reader r;
	const char *line;
	size_t length, number = 1, count = 0, lines = lines_of(bytes, size);
	if (lines > LS_CAL_PROBES_MAX + 2)
		return ls_fail(err, -EFBIG, "cal.probe.limit", "more than %d lines",
			       LS_CAL_PROBES_MAX);
	_cleanup_free_ struct ls_cal_probe *probes = calloc(lines, sizeof(*probes));
	if (!probes)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
	ls_reader_init(&r, bytes, size);
	if (!next_line(&r, &line, &length) || length != strlen(HEAD) ||
	    memcmp(line, HEAD, length) != 0)
		return ls_fail(err, -EBADMSG, "cal.probe.head", "line 1 is not '%s'", HEAD);
	while (next_line(&r, &line, &length)) {
		number++;
		if (length == 0)
			continue;
		if (parse_line(line, length, &probes[count]) < 0)
			return ls_fail(err, -EBADMSG, "cal.probe.line",
				       "line %zu is not three numbers, the second not negative",
				       number);
		count++;
	}
	if (count == 0)
		return ls_fail(err, -EBADMSG, "cal.probe.none", "there is no measurement in it");
	*ret_probes = ls_steal_ptr(&probes);
	*ret_count = count;
	return 0;
}
