/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of a text export with curves. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "audit/run/text_number.h"
#include "audit/run/text_parts.h"

/* The row's cycle from 0, or LS_RUN_NONE with a warning. */
static size_t cycle_of(struct ls_text_file *f, size_t column)
{
	struct ls_cell cell = ls_text_cell(f, column);
	uint64_t cycle;
	if (ls_text_index(cell.text, cell.length, LS_RUN_CYCLES_MAX, &cycle) == 0 && cycle > 0)
		return (size_t)cycle - 1;
	ls_run_warn(f->run, "report.text.cycle",
		    "a row whose cycle is no number from 1 to %d was left out: '%.*s'",
		    LS_RUN_CYCLES_MAX, (int)(cell.length < 40 ? cell.length : 40), cell.text);
	return LS_RUN_NONE;
}

/* --- [Amplification Data] --- */

enum { AMP_CYCLE, AMP_RN, AMP_DELTA_RN, AMP_COLUMNS };

static const char *const amplification_columns[AMP_COLUMNS][LS_TEXT_HEADINGS] = {
	[AMP_CYCLE] = { "cycle", "cyclenumber" },
	[AMP_RN] = { "rn" },
	[AMP_DELTA_RN] = { "deltarn", "drn" },
};

static void amplification_row(struct ls_text_file *f)
{
	size_t cycle = cycle_of(f, AMP_CYCLE);
	struct ls_run_reaction *r = cycle == LS_RUN_NONE ? NULL
							 : ls_text_reaction(f, ls_text_well(f));
	if (!r)
		return;
	struct ls_cell rn = ls_text_cell(f, AMP_RN), delta = ls_text_cell(f, AMP_DELTA_RN);
	if (rn.length)
		ls_run_series_set(f->run, &r->rn, cycle, ls_text_number(f, rn));
	if (delta.length)
		ls_run_series_set(f->run, &r->delta_rn, cycle, ls_text_number(f, delta));
}

/* --- [Multicomponent Data], [Raw Data]: a column for each dye, or pair of filters --- */

enum { SIGNAL_CYCLE, SIGNAL_COLUMNS };

static const char *const signal_columns[SIGNAL_COLUMNS][LS_TEXT_HEADINGS] = {
	[SIGNAL_CYCLE] = { "cycle", "cyclenumber" },
};

static bool is_signal(const struct ls_text_file *f, size_t column)
{
	return column != f->well && column != f->position && column != f->target &&
	       column != f->column[SIGNAL_CYCLE] && f->header[column].length > 0 &&
	       !ls_cell_is(&f->header[column], "Stage") &&
	       !ls_cell_is(&f->header[column], "Sample Name");
}

static void signal_row(struct ls_text_file *f,
		       size_t (*index_of)(struct ls_run *, const char *, size_t),
		       struct ls_run_series *(*series_of)(struct ls_run *, struct ls_run_well *,
							  size_t))
{
	size_t cycle = cycle_of(f, SIGNAL_CYCLE);
	struct ls_run_well *well = cycle == LS_RUN_NONE ? NULL : ls_text_well(f);
	for (size_t i = 0; well && i < f->columns && i < f->count; i++) {
		if (!is_signal(f, i) || f->cells[i].length == 0)
			continue;
		size_t which = index_of(f->run, f->header[i].text, f->header[i].length);
		if (which == LS_RUN_NONE)
			return;
		ls_run_series_set(f->run, series_of(f->run, well, which), cycle,
				  ls_text_number(f, f->cells[i]));
	}
}

static void multicomponent_row(struct ls_text_file *f)
{
	signal_row(f, ls_run_dye, ls_run_multicomponent);
}

static void raw_row(struct ls_text_file *f)
{
	signal_row(f, ls_run_filter, ls_run_raw);
}

/* --- [Melt Curve Raw Data]: a row for each reading --- */

enum { MELT_TEMPERATURE, MELT_SIGNAL, MELT_DERIVATIVE, MELT_COLUMNS };

static const char *const melt_columns[MELT_COLUMNS][LS_TEXT_HEADINGS] = {
	[MELT_TEMPERATURE] = { "temperature" },
	[MELT_SIGNAL] = { "fluorescence", "signal", "normalized" },
	[MELT_DERIVATIVE] = { "derivative" },
};

/* Where the target is not named, it is the well's only one; else the well's curve has no target. */
static struct ls_run_reaction *melt_reaction(struct ls_text_file *f)
{
	struct ls_run_well *well = ls_text_well(f);
	struct ls_run_reaction *r = ls_text_reaction(f, well);
	if (r || !well)
		return r;
	if (well->reaction_count == 1)
		return &well->reactions[0];
	if (well->reaction_count == 0)
		return ls_text_target(f, well, "", 0);
	ls_run_warn(f->run, "report.text.melt",
		    "a melt curve of a well with several targets does not say of which it is, and "
		    "was left out");
	return NULL;
}

static void melt_row(struct ls_text_file *f)
{
	struct ls_run_reaction *r = melt_reaction(f);
	double temperature = ls_text_number(f, ls_text_cell(f, MELT_TEMPERATURE));
	if (!r || isnan(temperature))
		return;
	ls_run_melt_add(f->run, &r->melt, temperature,
			ls_text_number(f, ls_text_cell(f, MELT_SIGNAL)),
			ls_text_number(f, ls_text_cell(f, MELT_DERIVATIVE)));
}

/*
 * --- [Melt Region Temperature Data] and its kin (7500, StepOne): a row for each well, a column
 * "Reading N" for each point, a section each for temperature, signal and derivative ---
 */

static bool is_reading(const struct ls_text_file *f, size_t column)
{
	return f->header[column].length > 8 &&
	       strncasecmp(f->header[column].text, "Reading ", 8) == 0;
}

static void region_row(struct ls_text_file *f, enum ls_melt_part part)
{
	struct ls_run_reaction *r = melt_reaction(f);
	size_t point = 0;
	for (size_t i = 0; r && i < f->columns && i < f->count && !ls_run_failed(f->run); i++)
		if (is_reading(f, i) && f->cells[i].length > 0)
			ls_run_melt_set(f->run, &r->melt, point++, part,
					ls_text_number(f, f->cells[i]));
}

static void region_temperature_row(struct ls_text_file *f)
{
	region_row(f, LS_MELT_TEMPERATURE);
}

static void region_signal_row(struct ls_text_file *f)
{
	region_row(f, LS_MELT_SIGNAL);
}

static void region_derivative_row(struct ls_text_file *f)
{
	region_row(f, LS_MELT_DERIVATIVE);
}

const struct ls_text_section ls_text_signal_sections[] = {
	{ "amplificationdata", amplification_columns, AMP_COLUMNS, NULL, amplification_row },
	{ "multicomponentdata", signal_columns, SIGNAL_COLUMNS, NULL, multicomponent_row },
	{ "rawdata", signal_columns, SIGNAL_COLUMNS, NULL, raw_row },
	{ "meltcurverawdata", melt_columns, MELT_COLUMNS, NULL, melt_row },
	{ "meltregiontemperaturedata", NULL, 0, NULL, region_temperature_row },
	{ "meltregionnormalizeddata", NULL, 0, NULL, region_signal_row },
	{ "meltregionderivativedata", NULL, 0, NULL, region_derivative_row },
	{ NULL, NULL, 0, NULL, NULL },
};
