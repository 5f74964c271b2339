/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "audit/report/export.h"
#include "audit/run/text_number.h"

/* What all rows of one curve begin with. */
struct row {
	struct ls_buffer *out;
	const char *well, *sample, *task, *target, *dye;
	bool computed;
	const char *curve;
};

/*
 * A text cell.  Spreadsheets take one that begins with these for a formula, and
 * run it; an apostrophe makes it text (OWASP, "CSV Injection").  Other scripts'
 * wide forms of the characters count, too.
 */
static bool looks_like_formula(const char *text)
{
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					    "\xef\xbc\xa0" };
	for (size_t i = 0; i < sizeof(wide) / sizeof(wide[0]); i++)
		if (strncmp(text, wide[i], strlen(wide[i])) == 0)
			return true;
	return *text && strchr("=+-@|%", *text);
}

static void add_cell(struct ls_buffer *out, const char *text)
{
	if (!text)
		text = "";
	bool formula = looks_like_formula(text), quoted = formula || strpbrk(text, ",\"\r\n;");
	if (quoted)
		ls_buffer_add_u8(out, '"');
	if (formula)
		ls_buffer_add_u8(out, '\'');
	for (const char *c = text; *c; c++) {
		if (*c == '"')
			ls_buffer_add_u8(out, '"');
		ls_buffer_add_u8(out, (uint8_t)*c);
	}
	if (quoted)
		ls_buffer_add_u8(out, '"');
}

static void add_row(const struct row *r, double cycle, double temperature, double value)
{
	char number[LS_NUMBER_SIZE];
	const char *cells[] = { r->well, r->sample, r->task, r->target, r->dye };
	if (isnan(value))
		return;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		add_cell(r->out, cells[i]);
		ls_buffer_add_u8(r->out, ',');
	}
	ls_buffer_printf(r->out, "%s,%s,", r->computed ? "computed" : "stored", r->curve);
	ls_buffer_printf(r->out, "%s,", ls_number_format(cycle, number));
	ls_buffer_printf(r->out, "%s,", ls_number_format(temperature, number));
	ls_buffer_printf(r->out, "%s\r\n", ls_number_format(value, number));
}

static void add_series(struct row r, bool computed, const char *curve,
		       const struct ls_run_series *series)
{
	r.computed = computed;
	r.curve = curve;
	for (size_t i = 0; i < series->count; i++)
		add_row(&r, (double)i + 1, NAN, series->values[i]);
}

static void add_melt(struct row r, bool computed, const char *curve, const struct ls_run_melt *melt,
		     const double *values)
{
	r.computed = computed;
	r.curve = curve;
	for (size_t i = 0; values && i < melt->count; i++)
		add_row(&r, NAN, melt->temperature[i], values[i]);
}

static void add_value(struct row r, bool computed, const char *what, double value)
{
	r.computed = computed;
	r.curve = what;
	add_row(&r, NAN, NAN, value);
}

static void add_reaction(struct row row, const struct ls_run_reaction *r,
			 const struct ls_reaction_analysis *a)
{
	add_value(row, false, "cq", r->cq);
	add_value(row, true, "cq", a->cq);
	add_series(row, false, "rn", &r->rn);
	add_series(row, false, "delta_rn", &r->delta_rn);
	add_series(row, false, "fluorescence", &r->amplitude);
	if (a->origin != LS_CURVE_NONE && a->origin != LS_CURVE_DELTA_RN)
		add_series(row, true, "delta_rn", &a->delta_rn);
	add_melt(row, false, "melt", &r->melt, r->melt.signal);
	add_melt(row, false, "melt_derivative", &r->melt, r->melt.derivative);
	add_melt(row, true, "melt_derivative", &a->melt, a->melt.derivative);
}

static void add_well(struct ls_buffer *out, const struct ls_run *run,
		     const struct ls_run_analysis *analysis, size_t index)
{
	const struct ls_run_well *well = &run->wells[index];
	struct row row = { .out = out, .well = well->position, .sample = well->sample };
	for (size_t i = 0; i < well->reaction_count; i++) {
		const struct ls_run_reaction *r = &well->reactions[i];
		struct row of_target = row;
		of_target.task = ls_run_task_name(r->task);
		of_target.target = run->targets[r->target].name;
		of_target.dye = run->targets[r->target].reporter;
		add_reaction(of_target, r, &analysis->reactions[analysis->first[index] + i]);
	}
	for (size_t i = 0; well->multicomponent && i < run->dye_count; i++) {
		row.dye = run->dyes[i];
		add_series(row, false, "multicomponent", &well->multicomponent[i]);
	}
	for (size_t i = 0; well->melt && i < run->dye_count; i++) {
		row.dye = run->dyes[i];
		add_melt(row, false, "melt_multicomponent", &well->melt[i], well->melt[i].signal);
	}
	for (size_t i = 0; well->raw && i < run->filter_count; i++) {
		row.dye = run->filters[i];
		add_series(row, false, "raw", &well->raw[i]);
	}
}

int ls_export_csv(const struct ls_run *run, const struct ls_run_analysis *analysis,
		  struct ls_buffer *out, struct ls_error *err)
{
	ls_buffer_add_str(out, "well,sample,task,target,dye,origin,curve,cycle,temperature,"
			       "value\r\n");
	for (size_t i = 0; i < run->well_count; i++)
		add_well(out, run, analysis, i);
	int rc = ls_buffer_error(out);
	return rc < 0 ? ls_fail(err, rc, "report.export.csv", "the curves as CSV: %s",
				rc == -EFBIG ? "too many" : "out of memory")
		      : 0;
}
