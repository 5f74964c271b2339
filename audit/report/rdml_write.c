/* SPDX-License-Identifier: Apache-2.0 */
/* RDML 1.3 (RDML_v1_3_REC.xsd, whose types are named here): samples, targets, the protocol. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "audit/report/export.h"
#include "audit/report/rdml_write.h"
#include "audit/run/rdml.h"
#include "audit/run/text_number.h"
#include "lib/base/text.h"

#define NO_DYE	  "not stated"
#define NO_TARGET "not named"

void ls_rdml_text(struct ls_buffer *out, const char *element, const char *text)
{
	if (!text)
		return;
	ls_buffer_printf(out, "<%s>", element);
	ls_html_escape(text, strlen(text), out);
	ls_buffer_printf(out, "</%s>\n", element);
}

void ls_rdml_number(struct ls_buffer *out, const char *element, double value)
{
	char number[LS_NUMBER_SIZE];
	if (isfinite(value))
		ls_buffer_printf(out, "<%s>%s</%s>", element, ls_number_format(value, number),
				 element);
}

/* <element id="..." and no more. */
void ls_rdml_id(struct ls_buffer *out, const char *element, const char *id)
{
	ls_buffer_printf(out, "<%s id=\"", element);
	ls_html_escape(id, strlen(id), out);
	ls_buffer_add_u8(out, '"');
}

const char *ls_rdml_target_id(const struct ls_run *run, size_t target)
{
	return run->targets[target].name[0] ? run->targets[target].name : NO_TARGET;
}

/* --- dyes and targets --- */

static const char *dye_of(const struct ls_run_target *t)
{
	return t->reporter ? t->reporter : NO_DYE;
}

static bool is_first_with_dye(const struct ls_run *run, size_t target)
{
	for (size_t i = 0; i < target; i++)
		if (strcmp(dye_of(&run->targets[i]), dye_of(&run->targets[target])) == 0)
			return false;
	return true;
}

static void add_dyes(const struct ls_run *run, struct ls_buffer *out)
{
	for (size_t i = 0; i < run->target_count; i++)
		if (is_first_with_dye(run, i)) {
			ls_rdml_id(out, "dye", dye_of(&run->targets[i]));
			ls_buffer_add_str(out, "/>\n");
		}
}

/* Two targets without a name are one in the model, and one may be called NO_TARGET. */
static void add_targets(const struct ls_run *run, struct ls_buffer *out)
{
	for (size_t i = 0; i < run->target_count; i++) {
		ls_rdml_id(out, "target", ls_rdml_target_id(run, i));
		ls_buffer_add_str(out, ">\n<type>toi</type>\n");
		ls_rdml_id(out, "dyeId", dye_of(&run->targets[i]));
		ls_buffer_add_str(out, "/>\n</target>\n");
	}
}

/* --- samples --- */

/* sampleTypeType; NULL: there is no word for it, and a sample without a type is unknown. */
static const char *type_of(enum ls_run_task task)
{
	switch (task) {
	case LS_TASK_UNKNOWN: return "unkn";
	case LS_TASK_STANDARD: return "std";
	case LS_TASK_NTC: return "ntc";
	case LS_TASK_NAC: return "nac";
	case LS_TASK_NRT: return "nrt";
	case LS_TASK_POSITIVE: return "pos";
	default: return NULL;
	}
}

/* quantityUnitType */
static const char *unit_of(const char *unit)
{
	static const char *const known[] = { "cop", "fold", "dil", "nMol", "ng" };
	for (size_t i = 0; unit && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], unit) == 0)
			return unit;
	return "other";
}

static void add_target_attribute(const struct ls_run *run, size_t target, struct ls_buffer *out)
{
	ls_buffer_add_str(out, " targetId=\"");
	const char *id = ls_rdml_target_id(run, target);
	ls_html_escape(id, strlen(id), out);
	ls_buffer_add_str(out, "\">");
}

static void add_sample(const struct ls_run *run, const struct ls_run_well *well, const char *id,
		       struct ls_buffer *out)
{
	ls_rdml_id(out, "sample", id);
	ls_buffer_add_str(out, ">\n");
	for (size_t i = 0; i < well->reaction_count; i++) {
		const char *type = type_of(well->reactions[i].task);
		if (!type)
			continue;
		ls_buffer_add_str(out, "<type");
		add_target_attribute(run, well->reactions[i].target, out);
		ls_buffer_printf(out, "%s</type>\n", type);
	}
	for (size_t i = 0; i < well->reaction_count; i++) {
		const struct ls_run_reaction *r = &well->reactions[i];
		if (!isfinite(r->quantity))
			continue;
		ls_buffer_add_str(out, "<quantity");
		add_target_attribute(run, r->target, out);
		ls_rdml_number(out, "value", r->quantity);
		ls_rdml_text(out, "unit", unit_of(r->unit));
		ls_buffer_add_str(out, "</quantity>\n");
	}
	ls_buffer_add_str(out, "</sample>\n");
}

/* --- the protocol --- */

static bool is_duration(double hold)
{
	return hold >= 1 && hold <= 1e9;
}

/* temperatureType, gradientType, or pauseType where no duration is known */
static void add_step(const struct ls_run_step *s, enum ls_stage_kind kind, size_t number,
		     struct ls_buffer *out)
{
	bool gradient = isfinite(s->temperature_high) && is_duration(s->hold);
	const char *element = gradient		     ? "gradient"
			      : is_duration(s->hold) ? "temperature"
						     : "pause";
	ls_buffer_printf(out, "<step><nr>%zu</nr><%s>", number, element);
	if (gradient) {
		ls_rdml_number(out, "highTemperature", s->temperature_high);
		ls_rdml_number(out, "lowTemperature", s->temperature);
	} else {
		ls_rdml_number(out, "temperature", s->temperature);
	}
	if (is_duration(s->hold)) {
		ls_rdml_number(out, "duration", floor(s->hold));
		if (s->delta_temperature != 0)
			ls_rdml_number(out, "temperatureChange", s->delta_temperature);
		if (s->delta_hold != 0 && fabs(s->delta_hold) < 1e9)
			ls_rdml_number(out, "durationChange", floor(s->delta_hold));
		if (s->collects)
			ls_rdml_text(out, "measure",
				     kind == LS_STAGE_MELT ? "meltcurve" : "real time");
		if (s->ramp_unit == LS_RAMP_CELSIUS_PER_SECOND)
			ls_rdml_number(out, "ramp", s->ramp);
	}
	ls_buffer_printf(out, "</%s></step>\n", element);
}

static void add_protocol(const struct ls_run *run, struct ls_buffer *out)
{
	const struct ls_run_protocol *p = &run->protocol;
	size_t number = 0;
	ls_rdml_id(out, "thermalCyclingConditions", ls_rdml_protocol_id(run));
	ls_buffer_add_str(out, ">\n");
	ls_rdml_number(out, "lidTemperature", p->cover);
	for (size_t i = 0; i < p->stage_count; i++) {
		const struct ls_run_stage *stage = &p->stages[i];
		size_t first = number + 1;
		for (size_t k = 0; k < stage->step_count; k++)
			if (isfinite(stage->steps[k].temperature))
				add_step(&stage->steps[k], stage->kind, ++number, out);
		if (stage->repeats > 1 && number >= first)
			ls_buffer_printf(out,
					 "<step><nr>%zu</nr><loop><goto>%zu</goto><repeat>%zu"
					 "</repeat></loop></step>\n",
					 ++number, first, stage->repeats);
	}
	ls_buffer_add_str(out, "</thermalCyclingConditions>\n");
}

bool ls_rdml_has_protocol(const struct ls_run *run)
{
	for (size_t i = 0; i < run->protocol.stage_count; i++)
		for (size_t k = 0; k < run->protocol.stages[i].step_count; k++)
			if (isfinite(run->protocol.stages[i].steps[k].temperature))
				return true;
	return false;
}

const char *ls_rdml_protocol_id(const struct ls_run *run)
{
	return run->protocol.name ? run->protocol.name : "protocol";
}

/* --- the document --- */

static void add_document(const struct ls_run *run, const struct ls_run_analysis *analysis,
			 const struct ls_rdml_ids *ids, struct ls_buffer *out)
{
	ls_buffer_add_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			       "<rdml xmlns=\"http://www.rdml.org\" version=\"1.3\">\n");
	if (run->operator_name) {
		ls_rdml_id(out, "experimenter", run->operator_name);
		ls_buffer_add_str(out, "><firstName></firstName>");
		ls_rdml_text(out, "lastName", run->operator_name);
		ls_buffer_add_str(out, "</experimenter>\n");
	}
	add_dyes(run, out);
	for (size_t i = 0; i < run->well_count; i++)
		if (ids->well[i].is_first)
			add_sample(run, &run->wells[i], ids->well[i].id, out);
	add_targets(run, out);
	if (ls_rdml_has_protocol(run))
		add_protocol(run, out);
	ls_rdml_add_run(run, analysis, ids, out);
	ls_buffer_add_str(out, "</rdml>\n");
}

int ls_rdml_write(const struct ls_run *run, const struct ls_run_analysis *analysis,
		  struct ls_buffer *out)
{
	struct ls_rdml_ids ids;
	int rc = ls_rdml_name_samples(run, &ids);
	if (rc == 0) {
		add_document(run, analysis, &ids, out);
		rc = ls_buffer_error(out);
	}
	ls_rdml_ids_free(&ids);
	return rc;
}

int ls_rdml_write_zip(const struct ls_run *run, const struct ls_run_analysis *analysis,
		      struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, LS_EXPORT_MAX);
	int rc = ls_rdml_write(run, analysis, &xml);
	if (rc < 0)
		return ls_fail(err, rc, "report.export.rdml", "the curves as RDML: %s",
			       rc == -EFBIG ? "too many" : "out of memory");
	return ls_zip_write_one("rdml_data.xml", xml.data, xml.size, out, err);
}

int ls_export_rdml(const struct ls_run *run, const struct ls_run_analysis *analysis,
		   struct ls_buffer *out, struct ls_error *err)
{
	return ls_rdml_write_zip(run, analysis, out, err);
}
