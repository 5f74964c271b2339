/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thermalCyclingConditions: a list of steps, in which a loop says "go to step
 * N, M times".  Made into stages: what is looped over is a cycling stage, the
 * other steps are a stage each.
 */
#include <math.h>
#include <string.h>

#include "audit/run/rdml_parts.h"
#include "audit/run/text_number.h"

#define CONDITIONS "rdml/thermalCyclingConditions"
#define STEP	   CONDITIONS "/step"

void ls_rdml_protocol_start(struct ls_rdml *d, const struct ls_xml_node *node, const char *id,
			    size_t id_length)
{
	if (ls_xml_is(node, CONDITIONS)) {
		if (++d->protocols == 1 && id)
			ls_run_set(d->run, &d->run->protocol.name, id, id_length);
		return;
	}
	if (d->protocols != 1 || !ls_xml_is(node, STEP))
		return;
	d->is_loop = false;
	d->number = d->goto_step = d->repeat = 0;
	if (d->step_count == LS_RUN_STEPS_MAX) {
		ls_run_limit(d->run, LS_RUN_STEPS_MAX, "steps in a stage of the thermal protocol");
		return;
	}
	memset(&d->steps[d->step_count], 0, sizeof(d->steps[0]));
	struct ls_run_step *s = &d->steps[d->step_count].step;
	s->temperature = s->temperature_high = s->hold = s->ramp = NAN;
}

/* The first count steps that wait, as a stage of their own each. */
static void flush(struct ls_rdml *d, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ls_run_stage *stage = ls_run_stage(d->run);
		struct ls_run_step *step = ls_run_step(d->run, stage);
		if (!step)
			return;
		stage->kind = d->steps[i].melt ? LS_STAGE_MELT : LS_STAGE_HOLD;
		*step = d->steps[i].step;
	}
	memmove(d->steps, d->steps + count, (d->step_count - count) * sizeof(d->steps[0]));
	d->step_count -= count;
}

static void end_loop(struct ls_rdml *d)
{
	size_t before = 0;
	while (before < d->step_count && d->steps[before].number < d->goto_step)
		before++;
	flush(d, before);
	if (d->step_count == 0 || d->repeat == 0)
		return; /* a loop over nothing, or over a loop: no cycler runs it */
	struct ls_run_stage *stage = ls_run_stage(d->run);
	if (!stage)
		return;
	stage->kind = LS_STAGE_CYCLING;
	stage->repeats = (size_t)d->repeat;
	for (size_t i = 0; i < d->step_count; i++) {
		struct ls_run_step *step = ls_run_step(d->run, stage);
		if (step)
			*step = d->steps[i].step;
	}
	d->step_count = 0;
}

static void take_figure(struct ls_rdml *d, const struct ls_xml_node *node)
{
	struct ls_run_step *s = &d->steps[d->step_count].step;
	double value = ls_text_double(node->text, node->length, '.');
	if (ls_xml_ends(node, "temperature/temperature") ||
	    ls_xml_ends(node, "pause/temperature") || ls_xml_ends(node, "lowTemperature"))
		s->temperature = value;
	else if (ls_xml_ends(node, "highTemperature"))
		s->temperature_high = value;
	else if (ls_xml_ends(node, "duration"))
		s->hold = value;
	else if (ls_xml_ends(node, "temperatureChange"))
		s->delta_temperature = isnan(value) ? 0 : value;
	else if (ls_xml_ends(node, "durationChange"))
		s->delta_hold = isnan(value) ? 0 : value;
	else if (ls_xml_ends(node, "ramp"))
		s->ramp = value, s->ramp_unit = LS_RAMP_CELSIUS_PER_SECOND;
	else if (ls_xml_ends(node, "measure")) {
		s->collects = true;
		d->steps[d->step_count].melt = strcmp(node->text, "meltcurve") == 0;
	}
}

void ls_rdml_protocol_end(struct ls_rdml *d, const struct ls_xml_node *node)
{
	if (d->protocols != 1 || d->step_count == LS_RUN_STEPS_MAX)
		return;
	if (ls_xml_is(node, CONDITIONS "/lidTemperature"))
		d->run->protocol.cover = ls_text_double(node->text, node->length, '.');
	else if (ls_xml_is(node, CONDITIONS))
		flush(d, d->step_count);
	else if (ls_xml_is(node, STEP "/nr"))
		ls_text_index(node->text, node->length, 100000, &d->number);
	else if (ls_xml_is(node, STEP "/loop/goto"))
		d->is_loop = true, ls_text_index(node->text, node->length, 100000, &d->goto_step);
	else if (ls_xml_is(node, STEP "/loop/repeat"))
		d->is_loop = true,
		ls_text_index(node->text, node->length, LS_RUN_CYCLES_MAX, &d->repeat);
	else if (!ls_xml_is(node, STEP))
		take_figure(d, node);
	else if (d->is_loop)
		end_loop(d);
	else
		d->steps[d->step_count++].number = d->number;
}
