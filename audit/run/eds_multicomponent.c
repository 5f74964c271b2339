/* SPDX-License-Identifier: Apache-2.0 */
/* multicomponentdata.xml (QuantStudio, ViiA 7): what each dye gave, in each well, at each reading.
 */
#include <string.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"

#define READINGS_MAX (LS_RUN_CYCLES_MAX + LS_RUN_MELT_MAX)

struct signals {
	struct ls_run *run;
	struct ls_reading *readings;
	size_t reading_count;
	struct ls_reading_plan plan;
	double *temperatures; /* reading_count for each of well_count wells, or NULL */
	uint64_t well_count;
	uint64_t well;	/* of the element that is open; UINT64_MAX: none */
	size_t **dyes;	/* by well: indices of dyes, ended by LS_RUN_NONE */
	size_t dye;	/* which CycleData comes next */
	size_t dropped; /* readings of no use */
};

/* The number behind "Stg:", or 0. */
static size_t field(const char *text, size_t length, const char *name)
{
	const char *at = memmem(text, length, name, strlen(name));
	size_t value = 0;
	if (!at)
		return 0;
	for (at += strlen(name); at < text + length && *at >= '0' && *at <= '9'; at++)
		if (value < 1000000)
			value = 10 * value + (size_t)(*at - '0');
	return value;
}

/* "[[Stg:2 Cyc:1 Stp:1 Pt:1], [Stg:2 Cyc:2 Stp:1 Pt:1]]" */
static void take_points(struct signals *s, const struct ls_xml_node *node)
{
	const char *at = node->text, *end = node->text + node->length;
	while (at < end && (at = memchr(at, 'S', (size_t)(end - at)))) {
		const char *close = memchr(at, ']', (size_t)(end - at));
		size_t n = (size_t)((close ? close : end) - at);
		struct ls_reading *r = ls_run_grow(s->run, &s->readings, &s->reading_count,
						   sizeof(*r), READINGS_MAX, "readings");
		if (!r)
			return;
		r->stage = field(at, n, "Stg:");
		r->cycle = field(at, n, "Cyc:");
		r->step = field(at, n, "Stp:");
		at += n;
	}
	s->plan = ls_eds_plan(s->run, s->readings, s->reading_count);
}

/* A list in "[1.0, 2.0]" or between blanks: the next number's text, or NULL at the end. */
static const char *next_item(const char **at, const char *end, size_t *ret_length)
{
	static const char between[] = "[], \t\r\n";
	while (*at < end && strchr(between, **at))
		++*at;
	const char *item = *at;
	while (*at < end && !strchr(between, **at))
		++*at;
	*ret_length = (size_t)(*at - item);
	return *ret_length ? item : NULL;
}

static void take_temperatures(struct signals *s, const struct ls_xml_node *node)
{
	if (s->well_count == 0 || s->well_count > LS_RUN_WELLS_MAX || s->reading_count == 0)
		return;
	size_t total = (size_t)s->well_count * s->reading_count, i = 0, n;
	double *values = ls_run_alloc(s->run, total, sizeof(*values));
	const char *at = node->text, *end = at + node->length, *item;
	while (values && i < total && (item = next_item(&at, end, &n)))
		values[i++] = ls_text_double(item, n, '.');
	if (values && i == total)
		s->temperatures = values;
}

static double temperature(const struct signals *s, size_t reading)
{
	if (!s->temperatures || s->well >= s->well_count)
		return __builtin_nan("");
	return s->temperatures[(size_t)s->well * s->reading_count + reading];
}

static void take_dyes(struct signals *s, const struct ls_xml_node *node)
{
	if (s->well >= LS_RUN_WELLS_MAX || s->dyes[s->well])
		return;
	size_t *list = ls_run_alloc(s->run, LS_RUN_DYES_MAX + 1, sizeof(*list)), count = 0, n;
	const char *at = node->text, *end = at + node->length;
	while (list && count < LS_RUN_DYES_MAX && at < end) {
		const char *item = at + strspn(at, "[], ");
		n = strcspn(item, "],");
		at = item + n;
		size_t dye = n ? ls_run_dye(s->run, item, n) : LS_RUN_NONE;
		if (dye != LS_RUN_NONE)
			list[count++] = dye;
	}
	if (!list)
		return;
	list[count] = LS_RUN_NONE;
	s->dyes[s->well] = list;
}

/* Without readings named, all are cycles. */
static size_t cycle_of(struct signals *s, size_t i, bool *ret_melt)
{
	*ret_melt = false;
	if (s->reading_count == 0)
		return i;
	return i < s->reading_count ? ls_eds_cycle(s->run, &s->plan, &s->readings[i], ret_melt)
				    : LS_RUN_NONE;
}

static void take_signal(struct signals *s, const struct ls_xml_node *node)
{
	size_t *dyes = s->well < LS_RUN_WELLS_MAX ? s->dyes[s->well] : NULL;
	size_t dye = dyes ? dyes[s->dye] : LS_RUN_NONE;
	if (dye == LS_RUN_NONE) {
		ls_run_warn(s->run, "report.eds.dye",
			    "signals of well %llu have no dye and were left out",
			    (unsigned long long)s->well + 1);
		return;
	}
	s->dye++;
	struct ls_run_well *well = ls_run_well(s->run, s->well);
	const char *at = node->text, *end = at + node->length, *item;
	size_t n;
	for (size_t i = 0; !ls_run_failed(s->run) && (item = next_item(&at, end, &n)); i++) {
		bool melt;
		double value = ls_text_double(item, n, '.');
		size_t cycle = cycle_of(s, i, &melt);
		if (melt)
			ls_run_melt_add(s->run, ls_run_well_melt(s->run, well, dye),
					temperature(s, i), value, __builtin_nan(""));
		else if (cycle != LS_RUN_NONE)
			ls_run_series_set(s->run, ls_run_multicomponent(s->run, well, dye), cycle,
					  value);
		else
			s->dropped++;
	}
}

static int signals_start(void *context, const struct ls_xml_node *node)
{
	struct signals *s = context;
	if (!ls_xml_is(node, "MulticomponentData/DyeData") &&
	    !ls_xml_is(node, "MulticomponentData/SignalData"))
		return 0;
	size_t length;
	const char *index = ls_xml_attribute(node, "WellIndex", &length);
	s->dye = 0;
	if (!index || ls_text_index(index, length, UINT64_MAX - 1, &s->well) < 0)
		s->well = UINT64_MAX;
	return 0;
}

static int signals_end(void *context, const struct ls_xml_node *node)
{
	struct signals *s = context;
	if (ls_xml_is(node, "MulticomponentData/SignalData/CycleData"))
		take_signal(s, node);
	else if (ls_xml_is(node, "MulticomponentData/DyeData/DyeList"))
		take_dyes(s, node);
	else if (ls_xml_is(node, "MulticomponentData/WellCount"))
		ls_text_index(node->text, node->length, LS_RUN_WELLS_MAX, &s->well_count);
	else if (ls_xml_is(node, "MulticomponentData/CollectionPoints") && !s->readings)
		take_points(s, node);
	else if (ls_xml_is(node, "MulticomponentData/SampleTemperatures") && !s->temperatures)
		take_temperatures(s, node);
	return ls_run_failed(s->run) ? 1 : 0;
}

int ls_eds_multicomponent_xml(struct ls_run *run, const void *data, size_t size,
			      struct ls_error *err)
{
	static const struct ls_xml_handler handler = { signals_start, signals_end };
	struct signals s = { .run = run, .well = UINT64_MAX };
	s.dyes = ls_run_alloc(run, LS_RUN_WELLS_MAX, sizeof(*s.dyes));
	if (!s.dyes)
		return 0; /* noted in the run */
	int rc = ls_xml_read(data, size, &handler, &s, err);
	if (s.dropped > 0)
		ls_run_warn(run, "report.eds.readings",
			    "readings outside the stage and step that amplification is taken from "
			    "(stage %zu, step %zu) are not shown",
			    s.plan.stage, s.plan.step);
	return rc > 0 ? 0 : rc;
}
