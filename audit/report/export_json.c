/* SPDX-License-Identifier: Apache-2.0 */
/* docs/formats/report-json.md.  A figure that is not there is null. */
#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "audit/report/export.h"
#include "lib/base/text.h"

static json_t *text(const char *value)
{
	return value ? json_string(value) : json_null();
}

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(size_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *values(const double *list, size_t n)
{
	json_t *array = json_array();
	for (size_t i = 0; list && i < n; i++)
		json_array_append_new(array, number(list[i]));
	return array;
}

static json_t *series(const struct ls_run_series *s)
{
	return values(s->values, s->count);
}

/* Whether it is known, or what is said: true, false, null. */
static json_t *known(bool is_known, bool value)
{
	return is_known ? json_boolean(value) : json_null();
}

static json_t *said(enum ls_said answer)
{
	return known(answer != LS_SAID_NOTHING, answer == LS_SAID_YES);
}

static json_t *time_of(const struct ls_run_time *t)
{
	char utc[LS_UTC_SIZE];
	if (!t->known && !t->text)
		return json_null();
	return json_pack("{s:o, s:o}", "utc",
			 t->known ? json_string(ls_utc_format(t->seconds, utc)) : json_null(),
			 "text", text(t->text));
}

static json_t *instrument(const struct ls_run *run)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "maker", text(run->maker),
			 "type", text(run->instrument_type), "name", text(run->instrument_name),
			 "serial", text(run->instrument_serial), "block_type",
			 text(run->block_type), "block_serial", text(run->block_serial), "software",
			 text(run->software), "software_version", text(run->software_version));
}

static json_t *experiment(const struct ls_run *run)
{
	json_t *object = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
				   text(run->name), "description", text(run->description), "type",
				   text(run->experiment_type), "chemistry", text(run->chemistry),
				   "operator", text(run->operator_name), "barcode",
				   text(run->barcode), "file_name", text(run->file_name), "state",
				   text(run->run_state), "cq_method", text(run->cq_method),
				   "passive_reference", text(run->passive_reference));
	json_object_set_new(object, "started", time_of(&run->started));
	json_object_set_new(object, "ended", time_of(&run->ended));
	json_object_set_new(object, "created", time_of(&run->created));
	json_object_set_new(object, "modified", time_of(&run->modified));
	return object;
}

static json_t *steps(const struct ls_run_stage *stage)
{
	static const char *const units[] = {
		[LS_RAMP_PERCENT] = "percent", [LS_RAMP_CELSIUS_PER_SECOND] = "celsius_per_second"
	};
	json_t *array = json_array();
	for (size_t i = 0; i < stage->step_count; i++) {
		const struct ls_run_step *s = &stage->steps[i];
		json_array_append_new(
			array,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "temperature",
				  number(s->temperature), "temperature_high",
				  number(s->temperature_high), "hold", number(s->hold), "ramp",
				  number(s->ramp), "ramp_unit", text(units[s->ramp_unit]),
				  "delta_temperature", number(s->delta_temperature), "delta_hold",
				  number(s->delta_hold), "collects", s->collects));
	}
	return array;
}

static json_t *protocol(const struct ls_run_protocol *p)
{
	json_t *stages = json_array();
	for (size_t i = 0; i < p->stage_count; i++)
		json_array_append_new(stages, json_pack("{s:s, s:o, s:o, s:o}", "kind",
							ls_stage_kind_name(p->stages[i].kind),
							"label", text(p->stages[i].label),
							"repeats", count(p->stages[i].repeats),
							"steps", steps(&p->stages[i])));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", text(p->name), "mode", text(p->mode),
			 "volume", number(p->volume), "cover", number(p->cover), "stages", stages);
}

static json_t *targets(const struct ls_run *run)
{
	json_t *array = json_array();
	for (size_t i = 0; i < run->target_count; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:o, s:o}", "name", run->targets[i].name,
						"reporter", text(run->targets[i].reporter),
						"quencher", text(run->targets[i].quencher)));
	return array;
}

static json_t *calibrations(const struct ls_run *run)
{
	json_t *array = json_array();
	for (size_t i = 0; i < run->calibration_count; i++) {
		const struct ls_run_calibration *c = &run->calibrations[i];
		json_array_append_new(
			array,
			json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b}",
				  "kind", ls_calibration_kind_name(c->kind), "name", text(c->name),
				  "entry", text(c->entry), "performed", time_of(&c->performed),
				  "expires", time_of(&c->expires), "operator",
				  text(c->operator_name), "id", text(c->calibration_id),
				  "instrument_serial", text(c->instrument_serial), "passed",
				  said(c->passed), "expired", said(c->expired), "has_data",
				  c->has_data, "provenance", c->provenance));
	}
	return array;
}

static json_t *stored_curves(const struct ls_run *run)
{
	json_t *array = json_array();
	for (size_t i = 0; i < run->curve_count; i++) {
		const struct ls_run_curve *c = &run->curves[i];
		json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:o, s:o}", "target",
						       run->targets[c->target].name, "slope",
						       number(c->slope), "intercept",
						       number(c->intercept), "r2", number(c->r2),
						       "efficiency", number(c->efficiency)));
	}
	return array;
}

static json_t *computed_curves(const struct ls_run *run, const struct ls_run_analysis *analysis)
{
	json_t *array = json_array();
	for (size_t i = 0; i < analysis->curve_count; i++) {
		const struct ls_curve_analysis *c = &analysis->curves[i];
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
					 "target", run->targets[c->target].name, "cq",
					 c->stored_cq ? "stored" : "computed", "points",
					 count(c->point_count), "slope", number(c->slope),
					 "intercept", number(c->intercept), "r2", number(c->r2),
					 "efficiency", number(c->efficiency), "sd", number(c->sd),
					 "quantity_low", number(c->quantity_low), "quantity_high",
					 number(c->quantity_high)));
	}
	return array;
}

static json_t *melt(const struct ls_run_melt *m, bool with_signal)
{
	if (m->count == 0)
		return json_null();
	json_t *object = json_pack("{s:o, s:o}", "temperature", values(m->temperature, m->count),
				   "derivative", values(m->derivative, m->count));
	if (with_signal)
		json_object_set_new(object, "signal", values(m->signal, m->count));
	return object;
}

static json_t *flags(const struct ls_run_reaction *r)
{
	json_t *array = json_array();
	for (size_t i = 0; i < r->flag_count; i++)
		json_array_append_new(array, json_string(r->flags[i]));
	return array;
}

static json_t *stored(const struct ls_run_reaction *r)
{
	json_t *object = json_pack(
		"{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "cq",
		number(r->cq), "undetermined", r->undetermined, "cq_mean", number(r->cq_mean),
		"cq_sd", number(r->cq_sd), "cq_confidence", number(r->cq_confidence), "amp_score",
		number(r->amp_score), "quantity", number(r->quantity_stored), "threshold",
		number(r->threshold), "threshold_automatic",
		known(r->threshold_automatic_known, r->threshold_automatic), "baseline_automatic",
		known(r->baseline.automatic_known, r->baseline.automatic), "baseline_start",
		number(r->baseline.start), "baseline_end", number(r->baseline.end), "call",
		text(r->call));
	json_object_set_new(object, "tm", values(r->tm, r->tm_count));
	json_object_set_new(object, "flags", flags(r));
	json_object_set_new(object, "rn", series(&r->rn));
	json_object_set_new(object, "delta_rn", series(&r->delta_rn));
	json_object_set_new(object, "fluorescence", series(&r->amplitude));
	json_object_set_new(object, "melt", melt(&r->melt, true));
	return object;
}

static json_t *ntc(enum ls_ntc_verdict verdict)
{
	return verdict == LS_NTC_NONE ? json_null()
				      : json_string(verdict == LS_NTC_CLEAN ? "clean" : "signal");
}

static json_t *peaks(const struct ls_reaction_analysis *a)
{
	json_t *array = json_array();
	for (size_t i = 0; i < a->peak_count; i++)
		json_array_append_new(array, json_pack("{s:o, s:o}", "tm", number(a->peaks[i].tm),
						       "height", number(a->peaks[i].height)));
	return array;
}

static json_t *computed(const struct ls_reaction_analysis *a)
{
	static const char *const thresholds[] = {
		[LS_THRESHOLD_STORED] = "stored", [LS_THRESHOLD_OURS] = "computed"
	};
	json_t *object = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "curve",
		ls_curve_origin_name(a->origin), "baseline_start", number(a->baseline_start),
		"baseline_end", number(a->baseline_end), "baseline_slope",
		number(a->baseline_slope), "baseline_intercept", number(a->baseline_intercept),
		"baseline_sd", number(a->baseline_sd), "threshold", number(a->threshold),
		"threshold_origin", text(thresholds[a->threshold_origin]), "cq", number(a->cq),
		"quantity", number(a->quantity), "ntc_by_stored_cq", ntc(a->ntc_stored),
		"ntc_by_computed_cq", ntc(a->ntc_ours));
	json_object_set_new(object, "delta_rn",
			    a->origin == LS_CURVE_DELTA_RN ? json_array() : series(&a->delta_rn));
	json_object_set_new(object, "melt", melt(&a->melt, false));
	json_object_set_new(object, "melt_peaks", peaks(a));
	return object;
}

static json_t *reactions(const struct ls_run *run, const struct ls_run_analysis *analysis,
			 size_t well)
{
	json_t *array = json_array();
	for (size_t i = 0; i < run->wells[well].reaction_count; i++) {
		const struct ls_run_reaction *r = &run->wells[well].reactions[i];
		json_array_append_new(
			array,
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:b, s:o, s:o}", "target",
				  run->targets[r->target].name, "task", ls_run_task_name(r->task),
				  "task_text", text(r->task_text), "quantity", number(r->quantity),
				  "unit", text(r->unit), "omitted", r->omitted, "stored", stored(r),
				  "computed",
				  computed(&analysis->reactions[analysis->first[well] + i])));
	}
	return array;
}

/* The series that are there, each with its dye's or filters' name. */
static json_t *named(const char *const *names, size_t n, const struct ls_run_series *list)
{
	json_t *array = json_array();
	for (size_t i = 0; list && i < n; i++)
		if (list[i].count > 0)
			json_array_append_new(array, json_pack("{s:s, s:o}", "name", names[i],
							       "values", series(&list[i])));
	return array;
}

static json_t *wells(const struct ls_run *run, const struct ls_run_analysis *analysis)
{
	json_t *array = json_array();
	for (size_t i = 0; i < run->well_count; i++) {
		const struct ls_run_well *w = &run->wells[i];
		json_array_append_new(
			array, json_pack("{s:o, s:s, s:o, s:o, s:b, s:o, s:o, s:o}", "index",
					 count(w->index), "position", w->position, "sample",
					 text(w->sample), "comment", text(w->comment), "omitted",
					 w->omitted, "reactions", reactions(run, analysis, i),
					 "multicomponent",
					 named(run->dyes, run->dye_count, w->multicomponent), "raw",
					 named(run->filters, run->filter_count, w->raw)));
	}
	return array;
}

static json_t *warnings(const struct ls_run *run)
{
	json_t *array = json_array();
	for (size_t i = 0; i < run->warning_count; i++)
		json_array_append_new(array, json_pack("{s:s, s:s}", "id", run->warnings[i].id,
						       "message", run->warnings[i].message));
	return array;
}

static json_t *document(const struct ls_run *run, const struct ls_run_analysis *analysis)
{
	json_t *curves = json_pack("{s:o, s:o}", "stored", stored_curves(run), "computed",
				   computed_curves(run, analysis));
	json_t *plate = json_pack("{s:o, s:o, s:b}", "rows", count(run->rows), "columns",
				  count(run->columns), "known", run->plate_known);
	json_t *source = json_pack("{s:s, s:o}", "kind", ls_run_source_name(run->source), "version",
				   text(run->format_version));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "format",
			 "labseal/report/v1", "source", source, "instrument", instrument(run),
			 "experiment", experiment(run), "plate", plate, "protocol",
			 protocol(&run->protocol), "targets", targets(run), "wells",
			 wells(run, analysis), "standard_curves", curves, "calibrations",
			 calibrations(run), "warnings", warnings(run));
}

static int append(const char *bytes, size_t size, void *out)
{
	return ls_buffer_add(out, bytes, size);
}

int ls_export_json(const struct ls_run *run, const struct ls_run_analysis *analysis,
		   struct ls_buffer *out, struct ls_error *err)
{
	json_t *root = document(run, analysis);
	int rc = root ? json_dump_callback(root, append, out,
					   JSON_INDENT(1) | JSON_REAL_PRECISION(15))
		      : -1;
	json_decref(root);
	if (rc == 0)
		rc = ls_buffer_add_u8(out, '\n');
	if (rc == 0)
		return 0;
	rc = ls_buffer_error(out) < 0 ? ls_buffer_error(out) : -ENOMEM;
	return ls_fail(err, rc, "report.export.json", "the run as JSON: %s",
		       rc == -EFBIG ? "too large" : "out of memory");
}
