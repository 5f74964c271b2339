/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of a text export with what is in the wells, and what the software made of it. */
#include <math.h>
#include <string.h>
#include <strings.h>

#include "audit/run/text_number.h"
#include "audit/run/text_parts.h"

/* --- what [Sample Setup] and [Results] have in common --- */

enum {
	SAMPLE,
	TASK,
	REPORTER,
	QUENCHER,
	QUANTITY,
	COMMENT,
	ASSAY,
	NAME_1, /* of genotyping's alleles, in pairs */
	NAME_2,
	REPORTER_1,
	REPORTER_2,
	QUENCHER_1,
	QUENCHER_2,
	SETUP_COLUMNS
};

static const char *const setup_columns[SETUP_COLUMNS][LS_TEXT_HEADINGS] = {
	[SAMPLE] = { "samplename", "sample" },
	[TASK] = { "task" },
	[REPORTER] = { "reporter", "reporterdye" },
	[QUENCHER] = { "quencher", "quencherdye" },
	[QUANTITY] = { "quantity" },
	[COMMENT] = { "comments" },
	[ASSAY] = { "snpassayname" },
	[NAME_1] = { "allele1name" },
	[NAME_2] = { "allele2name" },
	[REPORTER_1] = { "allele1reporter" },
	[REPORTER_2] = { "allele2reporter" },
	[QUENCHER_1] = { "allele1quencher" },
	[QUENCHER_2] = { "allele2quencher" },
};

static void set_cell(struct ls_text_file *f, const char **field, struct ls_cell cell)
{
	if (!*field)
		ls_run_set(f->run, field, cell.text, cell.length);
}

static void describe(struct ls_text_file *f, struct ls_run_reaction *r, struct ls_cell reporter,
		     struct ls_cell quencher, struct ls_cell task)
{
	struct ls_run_target *t = &f->run->targets[r->target];
	set_cell(f, &t->reporter, reporter);
	if (!ls_cell_is(&quencher, "None"))
		set_cell(f, &t->quencher, quencher);
	if (r->task == LS_TASK_NONE)
		ls_run_set_task(f->run, r, task.text, task.length);
}

static void describe_well(struct ls_text_file *f, struct ls_run_well *well, size_t sample,
			  size_t comment)
{
	set_cell(f, &well->sample, ls_text_cell(f, sample));
	set_cell(f, &well->comment, ls_text_cell(f, comment));
}

/* Exports name an allele's target "ASSAY-ALLELE" where they name it. */
static struct ls_run_reaction *allele(struct ls_text_file *f, struct ls_run_well *well,
				      struct ls_cell assay, struct ls_cell name)
{
	char target[LS_RUN_TEXT_MAX];
	if (assay.length == 0 || name.length == 0)
		return NULL;
	int n = snprintf(target, sizeof(target), "%.*s-%.*s", (int)assay.length, assay.text,
			 (int)name.length, name.text);
	size_t length = (size_t)n < sizeof(target) ? (size_t)n : sizeof(target) - 1;
	return ls_text_target(f, well, target, length);
}

static void setup_row(struct ls_text_file *f)
{
	struct ls_run_well *well = ls_text_well(f);
	if (!well)
		return;
	describe_well(f, well, SAMPLE, COMMENT);
	struct ls_cell task = ls_text_cell(f, TASK), assay = ls_text_cell(f, ASSAY);
	for (size_t i = 0; i < 2; i++) {
		struct ls_run_reaction *r = allele(f, well, assay, ls_text_cell(f, NAME_1 + i));
		if (r)
			describe(f, r, ls_text_cell(f, REPORTER_1 + i),
				 ls_text_cell(f, QUENCHER_1 + i), task);
	}
	struct ls_run_reaction *r = ls_text_reaction(f, well);
	if (!r)
		return;
	describe(f, r, ls_text_cell(f, REPORTER), ls_text_cell(f, QUENCHER), task);
	double quantity = ls_text_number(f, ls_text_cell(f, QUANTITY));
	if (r->task == LS_TASK_STANDARD && !isnan(quantity))
		r->quantity = quantity;
}

/* --- [Results] --- */

enum {
	RESULT_SAMPLE,
	RESULT_TASK,
	RESULT_REPORTER,
	RESULT_QUENCHER,
	RESULT_QUANTITY,
	RESULT_COMMENT,
	OMIT,
	CT,
	CT_MEAN,
	CT_SD,
	CONFIDENCE,
	AMP_SCORE,
	AUTO_THRESHOLD,
	THRESHOLD,
	AUTO_BASELINE,
	BASELINE_START,
	BASELINE_END,
	CALL,
	SLOPE,
	INTERCEPT,
	R2,
	EFFICIENCY,
	RESULT_ASSAY,
	RESULT_COLUMNS
};

static const char *const result_columns[RESULT_COLUMNS][LS_TEXT_HEADINGS] = {
	[RESULT_SAMPLE] = { "samplename", "sample" },
	[RESULT_TASK] = { "task" },
	[RESULT_REPORTER] = { "reporter", "reporterdye" },
	[RESULT_QUENCHER] = { "quencher", "quencherdye" },
	[RESULT_QUANTITY] = { "quantity" },
	[RESULT_COMMENT] = { "comments" },
	[OMIT] = { "omit" },
	[CT] = { "ct", "cq", "crt" },
	[CT_MEAN] = { "ctmean", "cqmean", "crtmean" },
	[CT_SD] = { "ctsd", "cqsd", "crtsd" },
	[CONFIDENCE] = { "cqconf", "cqconfidence" },
	[AMP_SCORE] = { "ampscore" },
	[AUTO_THRESHOLD] = { "automaticctthreshold", "autoctthreshold" },
	[THRESHOLD] = { "ctthreshold", "threshold" },
	[AUTO_BASELINE] = { "automaticbaseline", "autobaseline" },
	[BASELINE_START] = { "baselinestart" },
	[BASELINE_END] = { "baselineend" },
	[CALL] = { "call" },
	[SLOPE] = { "slope" },
	[INTERCEPT] = { "yintercept", "intercept" },
	[R2] = { "r2" },
	[EFFICIENCY] = { "efficiency", "eff", "eff%" },
	[RESULT_ASSAY] = { "snpassayname" },
};
_Static_assert(RESULT_COLUMNS <= LS_TEXT_COLUMNS, "LS_TEXT_COLUMNS");

static double number(const struct ls_text_file *f, size_t column)
{
	return ls_text_number(f, ls_text_cell(f, column));
}

static bool said(const struct ls_text_file *f, size_t column, bool *ret)
{
	struct ls_cell cell = ls_text_cell(f, column);
	return ls_text_bool(cell.text, cell.length, ret) == 0;
}

static void take_ct(struct ls_run_reaction *r, struct ls_cell cell, double value)
{
	r->cq = value;
	r->undetermined = ls_cell_is(&cell, "Undetermined");
}

static void take_settings(struct ls_text_file *f, struct ls_run_reaction *r)
{
	r->threshold = number(f, THRESHOLD);
	r->threshold_automatic_known = said(f, AUTO_THRESHOLD, &r->threshold_automatic);
	r->baseline.automatic_known = said(f, AUTO_BASELINE, &r->baseline.automatic);
	r->baseline.start = number(f, BASELINE_START);
	r->baseline.end = number(f, BASELINE_END);
}

/* Efficiency is in percent: "98.7". */
static void take_curve(struct ls_text_file *f, size_t target)
{
	double slope = number(f, SLOPE), intercept = number(f, INTERCEPT);
	if (isnan(slope) || isnan(intercept))
		return;
	struct ls_run_curve *c = ls_run_curve(f->run, target);
	if (!c)
		return;
	c->slope = slope;
	c->intercept = intercept;
	c->r2 = number(f, R2);
	c->efficiency = number(f, EFFICIENCY) / 100;
}

/* "Tm1", "Tm2", ... */
static bool is_tm(const struct ls_cell *heading)
{
	return heading->length >= 2 && heading->length <= 3 &&
	       strncasecmp(heading->text, "Tm", 2) == 0 &&
	       (heading->length == 2 || (heading->text[2] >= '1' && heading->text[2] <= '9'));
}

/* Quality flags are the columns in capitals, with Y where one is raised: "NOAMP", "HIGHSD". */
static bool is_flag(const struct ls_cell *heading)
{
	for (size_t i = 0; i < heading->length; i++)
		if (heading->text[i] < 'A' || heading->text[i] > 'Z')
			return false;
	return heading->length >= 3;
}

static void take_others(struct ls_text_file *f, struct ls_run_reaction *r)
{
	for (size_t i = 0; i < f->columns && i < f->count; i++) {
		const struct ls_cell *heading = &f->header[i];
		if (is_flag(heading) && ls_cell_is(&f->cells[i], "Y"))
			ls_run_flag(f->run, r, heading->text, heading->length);
		double tm = is_tm(heading) ? ls_text_number(f, f->cells[i]) : NAN;
		if (!isnan(tm) && r->tm_count < LS_RUN_TM_MAX)
			r->tm[r->tm_count++] = tm;
	}
}

static void take_result(struct ls_text_file *f, struct ls_run_reaction *r)
{
	bool omit;
	take_ct(r, ls_text_cell(f, CT), number(f, CT));
	take_settings(f, r);
	r->cq_mean = number(f, CT_MEAN);
	r->cq_sd = number(f, CT_SD);
	r->cq_confidence = number(f, CONFIDENCE);
	r->amp_score = number(f, AMP_SCORE);
	if (said(f, OMIT, &omit))
		r->omitted = omit;
	double quantity = number(f, RESULT_QUANTITY);
	if (r->task == LS_TASK_STANDARD)
		r->quantity = isnan(r->quantity) ? quantity : r->quantity;
	else
		r->quantity_stored = quantity;
	r->tm_count = 0;
	take_others(f, r);
	take_curve(f, r->target);
}

/* Genotyping: one row for both alleles, "Allele1 Ct", "Allele2 Ct Threshold", ... */
static void genotyping_row(struct ls_text_file *f, struct ls_run_well *well)
{
	struct ls_cell task = ls_text_cell(f, RESULT_TASK);
	for (size_t i = 0; i < well->reaction_count; i++) {
		struct ls_run_reaction *r = &well->reactions[i];
		set_cell(f, &r->call, ls_text_cell(f, CALL));
		if (r->task == LS_TASK_NONE)
			ls_run_set_task(f->run, r, task.text, task.length);
	}
	static const char prefix[] = "allele";
	for (size_t c = 0; c < f->columns && c < f->count; c++) {
		char heading[LS_HEADING_SIZE];
		ls_heading(&f->header[c], heading);
		size_t n = sizeof(prefix) - 1;
		if (strncmp(heading, prefix, n) != 0 || (heading[n] != '1' && heading[n] != '2'))
			continue;
		size_t which = (size_t)(heading[n] - '1');
		if (which >= well->reaction_count)
			continue;
		struct ls_run_reaction *r = &well->reactions[which];
		const char *what = heading + n + 1;
		double value = ls_text_number(f, f->cells[c]);
		if (strcmp(what, "ct") == 0)
			take_ct(r, f->cells[c], value);
		else if (strcmp(what, "ctthreshold") == 0)
			r->threshold = value;
		else if (strcmp(what, "baselinestart") == 0)
			r->baseline.start = value;
		else if (strcmp(what, "baselineend") == 0)
			r->baseline.end = value;
	}
}

static void result_row(struct ls_text_file *f)
{
	struct ls_run_well *well = ls_text_well(f);
	if (!well)
		return;
	describe_well(f, well, RESULT_SAMPLE, RESULT_COMMENT);
	struct ls_run_reaction *r = ls_text_reaction(f, well);
	if (r) {
		describe(f, r, ls_text_cell(f, RESULT_REPORTER), ls_text_cell(f, RESULT_QUENCHER),
			 ls_text_cell(f, RESULT_TASK));
		set_cell(f, &r->call, ls_text_cell(f, CALL));
		take_result(f, r);
	} else if (ls_text_cell(f, RESULT_ASSAY).length > 0) {
		genotyping_row(f, well);
	}
}

const struct ls_text_section ls_text_result_sections[] = {
	{ "samplesetup", setup_columns, SETUP_COLUMNS, NULL, setup_row },
	{ "results", result_columns, RESULT_COLUMNS, NULL, result_row },
	{ NULL, NULL, 0, NULL, NULL },
};
