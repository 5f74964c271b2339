/* SPDX-License-Identifier: Apache-2.0 */
/* filterdata.xml: what the camera saw through each pair of filters, before dyes were told apart. */
#include <string.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"
#include "lib/base/buffer.h"

#define POINT "PlatePointDataCollection/PlatePointData"
#define PLATE POINT "/PlateData"

struct filters {
	struct ls_run *run;
	struct ls_reading reading;
	struct ls_reading_plan plan;
	struct ls_buffer wells; /* text of WellData, until the filters are known */
	size_t filter;
	bool is_filter; /* the Attribute that is open is FILTER_SET */
};

/* The plan wants all readings, and the file has them one by one: those of the multicomponent data
 * hold, which are the protocol's. */
static struct ls_reading_plan plan_of(const struct ls_run *run)
{
	struct ls_reading_plan plan = { 0 };
	for (size_t s = 0; s < run->protocol.stage_count; s++) {
		const struct ls_run_stage *stage = &run->protocol.stages[s];
		for (size_t t = 0; t < stage->step_count; t++)
			if (stage->kind == LS_STAGE_CYCLING && stage->steps[t].collects)
				plan = (struct ls_reading_plan){ s + 1, t + 1 };
	}
	return plan;
}

static int filters_start(void *context, const struct ls_xml_node *node)
{
	struct filters *f = context;
	if (ls_xml_is(node, POINT))
		f->reading = (struct ls_reading){ 0 };
	else if (ls_xml_is(node, PLATE)) {
		ls_buffer_clear(&f->wells);
		f->filter = LS_RUN_NONE;
	}
	return 0;
}

static void end_plate(struct filters *f)
{
	bool melt;
	size_t cycle = ls_eds_cycle(f->run, &f->plan, &f->reading, &melt);
	if (cycle == LS_RUN_NONE || f->filter == LS_RUN_NONE)
		return;
	const char *at = ls_buffer_str(&f->wells);
	for (uint64_t i = 0; !ls_run_failed(f->run); i++) {
		static const char blanks[] = " \t\r\n";
		at += strspn(at, blanks);
		size_t n = strcspn(at, blanks);
		if (n == 0)
			return;
		ls_run_series_set(f->run, ls_run_raw(f->run, ls_run_well(f->run, i), f->filter),
				  cycle, ls_text_double(at, n, '.'));
		at += n;
	}
}

static void take_number(size_t *number, const struct ls_xml_node *node)
{
	uint64_t value;
	if (ls_text_index(node->text, node->length, 1000000, &value) == 0)
		*number = (size_t)value;
}

static int filters_end(void *context, const struct ls_xml_node *node)
{
	struct filters *f = context;
	if (ls_xml_is(node, PLATE))
		end_plate(f);
	else if (ls_xml_is(node, PLATE "/WellData"))
		ls_buffer_add(&f->wells, node->text, node->length);
	else if (ls_xml_is(node, PLATE "/Attribute/key"))
		f->is_filter = strcmp(node->text, "FILTER_SET") == 0;
	else if (ls_xml_is(node, PLATE "/Attribute/value") && f->is_filter)
		f->filter = ls_run_filter(f->run, node->text, node->length);
	else if (ls_xml_is(node, POINT "/Stage"))
		take_number(&f->reading.stage, node);
	else if (ls_xml_is(node, POINT "/Cycle"))
		take_number(&f->reading.cycle, node);
	else if (ls_xml_is(node, POINT "/Step"))
		take_number(&f->reading.step, node);
	return ls_run_failed(f->run) ? 1 : 0;
}

int ls_eds_filters(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	static const struct ls_xml_handler handler = { filters_start, filters_end };
	struct filters f = { .run = run, .plan = plan_of(run), .filter = LS_RUN_NONE };
	ls_buffer_init(&f.wells, LS_XML_TEXT_MAX);
	int rc = ls_xml_read(data, size, &handler, &f, err);
	ls_buffer_free(&f.wells);
	return rc > 0 ? 0 : rc;
}
