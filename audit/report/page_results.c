/* SPDX-License-Identifier: Apache-2.0 */
/* Standard curves, controls, and the table of results. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"
#include "audit/run/analysis.h"
#include "lib/page/plot.h"

#define ROWS_MAX   4000 /* of the table of results */
#define CURVES_MAX 6	/* plots of standard curves */
#define POINTS_MAX 500	/* of one of them */
#define NAME_SIZE  400
#define TEXT_SIZE  256
#define DECADES	   12

static void cell(struct ls_html *h, const char *text)
{
	ls_html_open(h, "td");
	if (text && text[0])
		ls_html_claim(h, text);
	ls_html_close(h);
}

static void open_table(struct ls_html *h, const char *class, const char *const *columns)
{
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "scroll");
	ls_html_open(h, "table");
	if (class)
		ls_html_attr(h, "class", class);
	ls_page_head_row(h, columns);
	ls_html_open(h, "tbody");
}

static void close_table(struct ls_html *h)
{
	for (int i = 0; i < 3; i++)
		ls_html_close(h);
	ls_html_line(h);
}

/* --- standard curves ----------------------------------------------------------- */

static void percent_cell(struct ls_html *h, double efficiency)
{
	if (isfinite(efficiency) && fabs(efficiency) < 100)
		ls_html_elementf(h, "td", "n", "%.1f %%", 100 * efficiency);
	else
		ls_html_element(h, "td", "n", "–");
}

static void curve_row(struct ls_html *h, const struct ls_run *run, size_t target, const char *by,
		      const double figures[static 4])
{
	char name[LS_TARGET_NAME_SIZE];
	ls_html_open(h, "tr");
	cell(h, ls_page_target_name(run, target, name));
	ls_html_element(h, "td", NULL, by);
	ls_page_number_cell(h, figures[0], 3);
	percent_cell(h, figures[3]);
	ls_page_number_cell(h, figures[2], 4);
	ls_page_number_cell(h, figures[1], 2);
	ls_html_close(h);
	ls_html_line(h);
}

static void curve_table(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const columns[] = { "Target", "By",	       ">Slope", ">Efficiency",
					       ">R²",	 ">Intercept", NULL };
	const struct ls_run *run = c->run;
	open_table(h, NULL, columns);
	for (size_t i = 0; i < run->curve_count; i++) {
		const struct ls_run_curve *k = &run->curves[i];
		const double figures[4] = { k->slope, k->intercept, k->r2, k->efficiency };
		curve_row(h, run, k->target, "the instrument, stored in the file", figures);
	}
	for (size_t i = 0; i < c->analysis->curve_count; i++) {
		const struct ls_curve_analysis *k = &c->analysis->curves[i];
		const double figures[4] = { k->slope, k->intercept, k->r2, k->efficiency };
		curve_row(h, run, k->target,
			  k->stored_cq ? "computed from the stored Cq"
				       : "computed from the computed Cq",
			  figures);
	}
	close_table(h);
}

static void curve_scales(const struct ls_curve_analysis *k, struct ls_plot *plot)
{
	double low = NAN, high = NAN, x_low = NAN, x_high = NAN;
	for (size_t i = 0; i < k->point_count; i++) {
		ls_scale_take(&k->points[i].cq, 1, &low, &high);
		ls_scale_take(&k->points[i].log10_quantity, 1, &x_low, &x_high);
	}
	ls_scale_log(&plot->x, pow(10, x_low), pow(10, x_high), DECADES);
	ls_scale_around(&plot->y, low, high, 6);
}

/* The fitted line, over the quantities of the standards and not beyond. */
static void draw_fit(const struct ls_curve_analysis *k, struct ls_plot *plot, const char *class)
{
	const double x[2] = { k->quantity_low, k->quantity_high };
	const double y[2] = { k->slope * log10(x[0]) + k->intercept,
			      k->slope * log10(x[1]) + k->intercept };
	ls_plot_curve(plot, class, x, y, 2, "least squares");
}

/* "RNase P: slope -3.320, efficiency 100.1 %, R² 0.9991" */
static void curve_caption(const struct ls_page_content *c, const struct ls_curve_analysis *k,
			  char caption[static NAME_SIZE])
{
	char name[LS_TARGET_NAME_SIZE], n[3][LS_NUMBER_SIZE];
	ls_page_target_name(c->run, k->target, name);
	if (isfinite(k->slope))
		snprintf(caption, NAME_SIZE, "%s: slope %s, efficiency %s %%, R² %s", name,
			 ls_page_fixed(k->slope, 3, n[0]),
			 ls_page_fixed(100 * k->efficiency, 1, n[1]),
			 ls_page_fixed(k->r2, 4, n[2]));
	else
		snprintf(caption, NAME_SIZE, "%s: too few standards for a line", name);
}

static void curve_plot(struct ls_html *h, const struct ls_page_content *c,
		       const struct ls_curve_analysis *k, size_t number)
{
	char id[32], caption[NAME_SIZE];
	const char *class = ls_page_colour(k->target);
	snprintf(id, sizeof(id), "std-%zu", number);
	curve_caption(c, k, caption);
	struct ls_plot plot = { .id = id,
				.title = "Standard curve",
				.desc = caption,
				.x_label = "Quantity",
				.y_label = k->stored_cq ? "Cq, stored" : "Cq, computed",
				.is_loose = true };
	curve_scales(k, &plot);
	ls_html_open(h, "figure");
	ls_html_element(h, "figcaption", NULL, caption);
	ls_plot_begin(&plot, h);
	draw_fit(k, &plot, class);
	for (size_t i = 0; i < k->point_count && i < POINTS_MAX; i++)
		ls_plot_point(&plot, class, pow(10, k->points[i].log10_quantity), k->points[i].cq,
			      NULL);
	ls_plot_end(&plot);
	ls_html_close(h);
	ls_html_line(h);
}

/* A target is drawn once: from the stored Cq, which come first, where there are some. */
static bool is_drawn_before(const struct ls_run_analysis *a, size_t curve)
{
	for (size_t i = 0; i < curve; i++)
		if (a->curves[i].target == a->curves[curve].target && a->curves[i].point_count > 0)
			return true;
	return false;
}

void ls_page_standard(struct ls_html *h, const struct ls_page_content *c)
{
	const struct ls_run_analysis *a = c->analysis;
	size_t drawn = 0;
	if (a->curve_count == 0 && c->run->curve_count == 0)
		return;
	ls_html_element(h, "h2", NULL, "Standard curve");
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "plots");
	for (size_t i = 0; i < a->curve_count && drawn < CURVES_MAX; i++)
		if (a->curves[i].point_count > 0 && !is_drawn_before(a, i))
			curve_plot(h, c, &a->curves[i], drawn++);
	ls_html_close(h);
	curve_table(h, c);
	ls_html_element(h, "p", "note",
			"Least squares of Cq over the logarithm of the quantity; efficiency is "
			"10^(−1/slope) − 1, 100 % is doubling in each cycle.");
}

/* --- controls ------------------------------------------------------------------ */

static const char *verdict_words(enum ls_ntc_verdict v)
{
	return v == LS_NTC_CLEAN ? "✓ no Cq" : v == LS_NTC_SIGNAL ? "✗ a Cq" : "–";
}

static const char *verdict_class(enum ls_ntc_verdict v)
{
	return v == LS_NTC_CLEAN ? "good" : v == LS_NTC_SIGNAL ? "bad" : "unsure";
}

static void verdict_cell(struct ls_html *h, enum ls_ntc_verdict v)
{
	ls_html_open(h, "td");
	ls_html_attr(h, "class", verdict_class(v));
	ls_html_element(h, "strong", NULL, verdict_words(v));
	ls_html_close(h);
}

static void cq_cell(struct ls_html *h, double cq, bool undetermined)
{
	if (!isfinite(cq) && undetermined)
		ls_html_element(h, "td", "n", "undetermined");
	else
		ls_page_number_cell(h, cq, 2);
}

static void control_row(struct ls_html *h, const struct ls_run *run, const struct ls_run_well *w,
			const struct ls_run_reaction *r, const struct ls_reaction_analysis *a)
{
	char name[LS_TARGET_NAME_SIZE];
	ls_html_open(h, "tr");
	ls_html_element(h, "td", NULL, w->position);
	cell(h, w->sample);
	cell(h, ls_page_target_name(run, r->target, name));
	cq_cell(h, r->cq, r->undetermined);
	verdict_cell(h, a->ntc_stored);
	cq_cell(h, a->cq, false);
	verdict_cell(h, a->ntc_ours);
	ls_html_close(h);
	ls_html_line(h);
}

static size_t count_controls(const struct ls_run *run)
{
	size_t count = 0;
	for (size_t i = 0; i < run->well_count; i++)
		for (size_t j = 0; j < run->wells[i].reaction_count; j++)
			count += run->wells[i].reactions[j].task == LS_TASK_NTC;
	return count;
}

void ls_page_controls(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const columns[] = { "Well",	  "Sample",	  "Target",  ">Stored Cq",
					       "Verdict", ">Computed Cq", "Verdict", NULL };
	const struct ls_run *run = c->run;
	ls_html_element(h, "h2", NULL, "No-template controls");
	if (count_controls(run) == 0) {
		ls_html_element(h, "p", NULL, "The file marks no well as one.");
		ls_html_line(h);
		return;
	}
	open_table(h, NULL, columns);
	for (size_t i = 0; i < run->well_count; i++)
		for (size_t j = 0; j < run->wells[i].reaction_count; j++)
			if (run->wells[i].reactions[j].task == LS_TASK_NTC)
				control_row(h, run, &run->wells[i], &run->wells[i].reactions[j],
					    &c->analysis->reactions[c->analysis->first[i] + j]);
	close_table(h);
}

/* --- results ------------------------------------------------------------------- */

/* Which columns have anything in them. */
struct shown {
	bool quantity, stored, ours, tm, flags, call;
};

static void note_shown(const struct ls_run_reaction *r, const struct ls_reaction_analysis *a,
		       struct shown *s)
{
	s->quantity |= isfinite(r->quantity) || isfinite(r->quantity_stored);
	s->stored |= isfinite(r->cq) || r->undetermined;
	s->ours |= isfinite(a->cq);
	s->tm |= r->tm_count > 0 || a->peak_count > 0;
	s->flags |= r->flag_count > 0 || r->omitted;
	s->call |= r->call != NULL;
}

static void tm_cell(struct ls_html *h, const struct ls_run_reaction *r,
		    const struct ls_reaction_analysis *a)
{
	char number[LS_NUMBER_SIZE];
	ls_html_open(h, "td");
	ls_html_attr(h, "class", "n");
	for (size_t i = 0; i < r->tm_count; i++)
		ls_html_textf(h, "%s%s", i ? ", " : "", ls_page_fixed(r->tm[i], 1, number));
	for (size_t i = 0; r->tm_count == 0 && i < a->peak_count && i < 3; i++)
		ls_html_textf(h, "%s%s", i ? ", " : "", ls_page_fixed(a->peaks[i].tm, 1, number));
	ls_html_close(h);
}

static void flags_cell(struct ls_html *h, const struct ls_run_well *w,
		       const struct ls_run_reaction *r)
{
	ls_html_open(h, "td");
	if (r->omitted || w->omitted)
		ls_html_text(h, "omitted ");
	for (size_t i = 0; i < r->flag_count; i++) {
		ls_html_claim(h, r->flags[i]);
		ls_html_text(h, " ");
	}
	ls_html_close(h);
}

static void result_row(struct ls_html *h, const struct ls_run *run, const struct shown *s,
		       const struct ls_run_well *w, const struct ls_run_reaction *r,
		       const struct ls_reaction_analysis *a)
{
	char text[LS_TARGET_NAME_SIZE], number[LS_NUMBER_SIZE];
	ls_html_open(h, "tr");
	ls_html_element(h, "td", NULL, w->position);
	cell(h, w->sample);
	cell(h, ls_page_target_name(run, r->target, text));
	cell(h,
	     r->task == LS_TASK_OTHER && r->task_text ? r->task_text : ls_run_task_name(r->task));
	if (s->quantity)
		ls_html_element(
			h, "td", "n",
			ls_page_number(isfinite(r->quantity) ? r->quantity : r->quantity_stored,
				       number));
	if (s->stored)
		cq_cell(h, r->cq, r->undetermined);
	if (s->ours)
		cq_cell(h, a->cq, false);
	if (s->tm)
		tm_cell(h, r, a);
	if (s->call)
		cell(h, r->call);
	if (s->flags)
		flags_cell(h, w, r);
	ls_html_close(h);
	ls_html_line(h);
}

static void result_columns(const struct shown *s, const char *columns[static 12])
{
	size_t n = 0;
	columns[n++] = "Well";
	columns[n++] = "Sample";
	columns[n++] = "Target";
	columns[n++] = "Task";
	if (s->quantity)
		columns[n++] = ">Quantity";
	if (s->stored)
		columns[n++] = ">Cq, stored";
	if (s->ours)
		columns[n++] = ">Cq, computed";
	if (s->tm)
		columns[n++] = ">Tm, °C";
	if (s->call)
		columns[n++] = "Call";
	if (s->flags)
		columns[n++] = "Flags";
	columns[n] = NULL;
}

void ls_page_results(struct ls_html *h, const struct ls_page_content *c)
{
	struct shown s = { .quantity = false };
	const char *columns[12];
	const struct ls_run *run = c->run;
	size_t rows = 0;
	for (size_t i = 0; i < run->well_count; i++)
		for (size_t j = 0; j < run->wells[i].reaction_count; j++)
			note_shown(&run->wells[i].reactions[j],
				   &c->analysis->reactions[c->analysis->first[i] + j], &s);
	if (c->analysis->reaction_count == 0)
		return;
	ls_html_element(h, "h2", NULL, "Results by well");
	if (s.ours)
		ls_html_element(h, "p", "note",
				"What is computed was worked out by labseal from the curves, by "
				"textbook arithmetic. It stands beside what the instrument stored, "
				"and does not judge it.");
	result_columns(&s, columns);
	open_table(h, "wells", columns);
	for (size_t i = 0; i < run->well_count; i++)
		for (size_t j = 0; j < run->wells[i].reaction_count && rows < ROWS_MAX; j++, rows++)
			result_row(h, run, &s, &run->wells[i], &run->wells[i].reactions[j],
				   &c->analysis->reactions[c->analysis->first[i] + j]);
	close_table(h);
	if (c->analysis->reaction_count > rows)
		ls_html_elementf(h, "p", "note", "The first %zu of %zu are listed.", rows,
				 c->analysis->reaction_count);
}
