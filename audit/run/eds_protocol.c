/* SPDX-License-Identifier: Apache-2.0 */
/* tcprotocol.xml: the thermal protocol; and which readings it makes amplification. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"

/* Ramps without a unit: nothing heats by 20 degrees a second, so the 7500's "100.0" is percent. */
#define RAMP_PERCENT_FROM 20

struct protocol {
	struct ls_run *run;
	struct ls_run_stage *stage;
	struct ls_run_step *step;
	bool deltas; /* AutoDeltaEnabled: else the increments do not hold */
};

static enum ls_stage_kind kind_of(const char *flag)
{
	static const struct {
		const char *word;
		enum ls_stage_kind kind;
	} words[] = {
		{ "CYCLING", LS_STAGE_CYCLING },    { "PRE_CYCLING", LS_STAGE_HOLD },
		{ "POST_CYCLING", LS_STAGE_HOLD },  { "HOLD", LS_STAGE_HOLD },
		{ "PRE_READ", LS_STAGE_HOLD },	    { "POST_READ", LS_STAGE_HOLD },
		{ "MELT", LS_STAGE_MELT },	    { "MELT_CURVE", LS_STAGE_MELT },
		{ "DISSOCIATION", LS_STAGE_MELT },  { "CONTINUOUS_MELT", LS_STAGE_MELT },
		{ "STEP_AND_HOLD", LS_STAGE_MELT },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(flag, words[i].word) == 0)
			return words[i].kind;
	if (strcasestr(flag, "MELT") || strcasestr(flag, "DISSOCIATION"))
		return LS_STAGE_MELT;
	return LS_STAGE_OTHER;
}

static int protocol_start(void *context, const struct ls_xml_node *node)
{
	struct protocol *p = context;
	if (ls_xml_is(node, "TCProtocol/TCStage")) {
		p->stage = ls_run_stage(p->run);
		p->deltas = false;
	} else if (ls_xml_is(node, "TCProtocol/TCStage/TCStep")) {
		p->step = ls_run_step(p->run, p->stage);
	}
	return ls_run_failed(p->run) ? 1 : 0;
}

static void take_stage(struct protocol *p, const struct ls_xml_node *node)
{
	uint64_t n;
	if (ls_xml_ends(node, "StageFlag")) {
		ls_eds_set(p->run, &p->stage->label, node);
		p->stage->kind = kind_of(p->stage->label ? p->stage->label : "");
	} else if (ls_xml_ends(node, "NumOfRepetitions")) {
		if (ls_text_index(node->text, node->length, LS_RUN_CYCLES_MAX, &n) == 0 && n > 0)
			p->stage->repeats = (size_t)n;
		else
			ls_run_warn(p->run, "report.eds.repeats",
				    "a stage of the thermal protocol is repeated '%.*s' times, "
				    "which is no number of cycles",
				    (int)(node->length < 40 ? node->length : 40), node->text);
	} else if (ls_xml_ends(node, "AutoDeltaEnabled")) {
		ls_text_bool(node->text, node->length, &p->deltas);
	}
}

/* A block with zones has one temperature for each. */
static void take_temperature(struct ls_run_step *step, double value)
{
	if (isnan(step->temperature))
		step->temperature = value;
	else if (value != step->temperature)
		step->temperature_high = value;
}

static void take_step(struct protocol *p, const struct ls_xml_node *node)
{
	struct ls_run_step *step = p->step;
	double value = ls_text_double(node->text, node->length, '.');
	if (ls_xml_ends(node, "TCStep/Temperature"))
		take_temperature(step, value);
	else if (ls_xml_ends(node, "HoldTime"))
		step->hold = value;
	else if (ls_xml_ends(node, "CollectionFlag"))
		step->collects = value == 1;
	else if (ls_xml_ends(node, "RampRate"))
		step->ramp = value;
	else if (ls_xml_ends(node, "RampRateUnit"))
		step->ramp_unit = strcasecmp(node->text, "DEGREES_PER_SECOND") == 0
					  ? LS_RAMP_CELSIUS_PER_SECOND
				  : strcasecmp(node->text, "PERCENTAGE") == 0 ? LS_RAMP_PERCENT
									      : LS_RAMP_UNKNOWN;
	else if (ls_xml_ends(node, "ExtTemperature") && p->deltas && !isnan(value))
		step->delta_temperature = value;
	else if (ls_xml_ends(node, "ExtHoldTime") && p->deltas && !isnan(value))
		step->delta_hold = value;
	else if (ls_xml_is(node, "TCProtocol/TCStage/TCStep") &&
		 step->ramp_unit == LS_RAMP_UNKNOWN && step->ramp >= RAMP_PERCENT_FROM)
		step->ramp_unit = LS_RAMP_PERCENT;
}

static int protocol_end(void *context, const struct ls_xml_node *node)
{
	struct protocol *p = context;
	struct ls_run_protocol *to = &p->run->protocol;
	if (strncmp(node->path, "TCProtocol/TCStage/TCStep", 25) == 0 && p->step)
		take_step(p, node);
	else if (strncmp(node->path, "TCProtocol/TCStage/", 19) == 0 && p->stage)
		take_stage(p, node);
	else if (ls_xml_is(node, "TCProtocol/ProtocolName"))
		ls_eds_set(p->run, &to->name, node);
	else if (ls_xml_is(node, "TCProtocol/RunMode"))
		ls_eds_set(p->run, &to->mode, node);
	else if (ls_xml_is(node, "TCProtocol/SampleVolume"))
		to->volume = ls_text_double(node->text, node->length, '.');
	else if (ls_xml_is(node, "TCProtocol/CoverTemperature"))
		to->cover = ls_text_double(node->text, node->length, '.');
	return ls_run_failed(p->run) ? 1 : 0;
}

int ls_eds_protocol(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	static const struct ls_xml_handler handler = { protocol_start, protocol_end };
	struct protocol p = { .run = run };
	int rc = ls_xml_read(data, size, &handler, &p, err);
	return rc > 0 ? 0 : rc;
}

static enum ls_stage_kind stage_kind(const struct ls_run *run, size_t stage)
{
	return stage >= 1 && stage <= run->protocol.stage_count
		       ? run->protocol.stages[stage - 1].kind
		       : LS_STAGE_OTHER;
}

struct ls_reading_plan ls_eds_plan(const struct ls_run *run, const struct ls_reading *readings,
				   size_t count)
{
	struct ls_reading_plan plan = { 0 };
	for (size_t i = 0; i < count; i++) {
		const struct ls_reading *r = &readings[i];
		if (stage_kind(run, r->stage) != LS_STAGE_CYCLING || r->stage < plan.stage)
			continue;
		if (r->stage > plan.stage || r->step > plan.step)
			plan.step = r->step;
		plan.stage = r->stage;
	}
	return plan;
}

size_t ls_eds_cycle(const struct ls_run *run, const struct ls_reading_plan *plan,
		    const struct ls_reading *reading, bool *ret_melt)
{
	*ret_melt = stage_kind(run, reading->stage) == LS_STAGE_MELT;
	if (*ret_melt ||
	    (plan->stage && (reading->stage != plan->stage || reading->step != plan->step)))
		return LS_RUN_NONE;
	return reading->cycle >= 1 && reading->cycle <= LS_RUN_CYCLES_MAX ? reading->cycle - 1
									  : LS_RUN_NONE;
}
