/* SPDX-License-Identifier: Apache-2.0 */
/* Amplification, multicomponent and melt curves. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"
#include "audit/run/analysis.h"
#include "lib/page/plot.h"

#define POINTS_MAX   120000 /* of one plot: the page has to stay small */
#define KEYS_MAX     6	    /* colours that tell apart */
#define MELT_POINTS  200    /* of one melt curve */
#define LOG_DECADES  4	    /* below the plateau: what is further down is noise */
#define NAME_SIZE    400
#define MANY	     100 /* curves, from which on they are thin */
#define TICKS	     8
#define CYCLES_LABEL "Cycle"

/* --- names and colours --------------------------------------------------------- */

const char *ls_page_colour(size_t index)
{
	static const char *const colours[KEYS_MAX] = { "c1", "c2", "c3", "c4", "c5", "c6" };
	return index < KEYS_MAX ? colours[index] : "c7";
}

const char *ls_page_target_name(const struct ls_run *run, size_t target,
				char buffer[static LS_TARGET_NAME_SIZE])
{
	const char *name = target < run->target_count ? run->targets[target].name : "";
	if (name && name[0])
		snprintf(buffer, LS_TARGET_NAME_SIZE, "%.120s", name);
	else
		snprintf(buffer, LS_TARGET_NAME_SIZE, "target %zu", target + 1);
	return buffer;
}

/* "A1 sample 7, GAPDH" */
static const char *curve_name(const struct ls_run *run, const struct ls_run_well *w,
			      const struct ls_run_reaction *r, char name[static NAME_SIZE])
{
	char target[LS_TARGET_NAME_SIZE];
	snprintf(name, NAME_SIZE, "%s %.200s, %s", w->position, w->sample ? w->sample : "",
		 ls_page_target_name(run, r->target, target));
	return name;
}

/* --- all curves of a kind ------------------------------------------------------ */

/* One reaction and what was worked out of it. */
struct curve {
	const struct ls_run_well *well;
	const struct ls_run_reaction *reaction;
	const struct ls_reaction_analysis *analysis;
};

/* Call visit for each reaction, in order. */
static void each_reaction(const struct ls_page_content *c,
			  void (*visit)(const struct curve *curve, void *context), void *context)
{
	for (size_t i = 0; i < c->run->well_count; i++) {
		const struct ls_run_well *w = &c->run->wells[i];
		for (size_t j = 0; j < w->reaction_count; j++) {
			const struct curve curve = {
				.well = w,
				.reaction = &w->reactions[j],
				.analysis = &c->analysis->reactions[c->analysis->first[i] + j],
			};
			visit(&curve, context);
		}
	}
}

/* What the curves of a kind have in common. */
struct survey {
	size_t curves, points;
	double low, high;
	double x_low, x_high; /* of melt curves */
	enum ls_curve_origin origin;
};

static void begin_survey(struct survey *s)
{
	*s = (struct survey){ .low = NAN, .high = NAN, .x_low = NAN, .x_high = NAN };
}

static void survey_amplification(const struct curve *curve, void *context)
{
	struct survey *s = context;
	const struct ls_run_series *y = &curve->analysis->delta_rn;
	if (y->count == 0)
		return;
	s->curves++;
	s->points += y->count;
	if (s->origin == LS_CURVE_NONE)
		s->origin = curve->analysis->origin;
	ls_scale_take(y->values, y->count, &s->low, &s->high);
}

/* So that one plot has at most POINTS_MAX points: one curve of how many is drawn. */
static size_t one_of(const struct survey *s)
{
	return s->points / POINTS_MAX + 1;
}

struct drawing {
	const struct ls_run *run;
	struct ls_plot *plot;
	size_t every, number;
};

static void draw_amplification(const struct curve *curve, void *context)
{
	char name[NAME_SIZE], class[16];
	struct drawing *d = context;
	const struct ls_run_series *y = &curve->analysis->delta_rn;
	if (y->count == 0 || d->number++ % d->every != 0)
		return;
	bool omitted = curve->well->omitted || curve->reaction->omitted;
	snprintf(class, sizeof(class), "%s%s",
		 omitted ? "c7" : ls_page_colour(curve->reaction->target),
		 curve->reaction->task == LS_TASK_NTC ? " dash" : "");
	ls_plot_curve(d->plot, class, NULL, y->values, y->count,
		      curve_name(d->run, curve->well, curve->reaction, name));
}

/* --- amplification ------------------------------------------------------------- */

/* Each target's threshold, once. */
static void draw_thresholds(const struct ls_page_content *c, struct ls_plot *plot)
{
	bool drawn[KEYS_MAX] = { false };
	char name[NAME_SIZE], target[LS_TARGET_NAME_SIZE], number[LS_NUMBER_SIZE];
	for (size_t i = 0; i < c->run->well_count; i++)
		for (size_t j = 0; j < c->run->wells[i].reaction_count; j++) {
			size_t t = c->run->wells[i].reactions[j].target;
			const struct ls_reaction_analysis *a =
				&c->analysis->reactions[c->analysis->first[i] + j];
			if (t >= KEYS_MAX || drawn[t] || a->threshold_origin == LS_THRESHOLD_NONE)
				continue;
			drawn[t] = true;
			snprintf(name, sizeof(name), "threshold of %s: %s%s",
				 ls_page_target_name(c->run, t, target),
				 ls_page_number(a->threshold, number),
				 a->threshold_origin == LS_THRESHOLD_OURS ? " (computed)" : "");
			ls_plot_level(plot, ls_page_colour(t), a->threshold, name);
		}
}

static void add_amplification_plot(struct ls_html *h, const struct ls_page_content *c,
				   const struct survey *s, bool is_log)
{
	char desc[NAME_SIZE];
	snprintf(desc, sizeof(desc),
		 "%zu curves over %zu cycles, %s scale; the table of results has their Cq.",
		 s->curves, c->run->cycles, is_log ? "logarithmic" : "linear");
	struct ls_plot plot = {
		.id = is_log ? "amp-log" : "amp-lin",
		.title = is_log ? "Amplification, logarithmic" : "Amplification, linear",
		.desc = desc,
		.x_label = CYCLES_LABEL,
		.y_label = s->origin == LS_CURVE_AMPLITUDE ? "Fluorescence" : "ΔRn",
		.many = s->curves > MANY,
	};
	ls_scale_counted(&plot.x, c->run->cycles, TICKS);
	if (is_log)
		ls_scale_log(&plot.y, 0, s->high, LOG_DECADES);
	else
		ls_scale_around(&plot.y, fmin(s->low, 0), s->high, 6);
	if (is_log) /* whole decades make a wide axis: all of what was asked for */
		plot.y.low = plot.y.high / pow(10, LOG_DECADES);
	ls_html_open(h, "figure");
	ls_html_element(h, "figcaption", NULL, plot.title);
	ls_plot_begin(&plot, h);
	struct drawing d = { .run = c->run, .plot = &plot, .every = one_of(s) };
	each_reaction(c, draw_amplification, &d);
	draw_thresholds(c, &plot);
	ls_plot_end(&plot);
	ls_html_close(h);
}

static bool has_controls(const struct ls_run *run)
{
	for (size_t i = 0; i < run->well_count; i++)
		for (size_t j = 0; j < run->wells[i].reaction_count; j++)
			if (run->wells[i].reactions[j].task == LS_TASK_NTC)
				return true;
	return false;
}

static void add_target_key(struct ls_html *h, const struct ls_run *run)
{
	char name[LS_TARGET_NAME_SIZE];
	ls_html_open(h, "ul");
	ls_html_attr(h, "class", "key");
	for (size_t t = 0; t < run->target_count && t < KEYS_MAX; t++)
		ls_plot_key(h, ls_page_colour(t), ls_page_target_name(run, t, name));
	if (run->target_count > KEYS_MAX)
		ls_plot_key(h, "c7", "other targets");
	if (has_controls(run))
		ls_plot_key(h, "c7 dash", "no-template control");
	ls_html_close(h);
	ls_html_line(h);
}

static void add_sparse(struct ls_html *h, const struct survey *s)
{
	if (one_of(s) > 1)
		ls_html_elementf(h, "p", "note", "There are many: one curve of %zu is drawn.",
				 one_of(s));
}

static void add_origin(struct ls_html *h, const struct survey *s)
{
	ls_html_open(h, "p");
	ls_html_attr(h, "class", "note");
	ls_html_textf(h, "Drawn from: %s. ", ls_curve_origin_name(s->origin));
	if (s->origin != LS_CURVE_DELTA_RN)
		ls_html_text(h, "The baseline was subtracted by labseal, a straight line through "
				"the cycles before the rise. ");
	ls_html_text(h, "Dotted lines are thresholds.");
	ls_html_close(h);
	ls_html_line(h);
}

/* --- multicomponent ------------------------------------------------------------ */

static void survey_dyes(const struct ls_run *run, struct survey *s)
{
	begin_survey(s);
	for (size_t i = 0; i < run->well_count; i++)
		for (size_t d = 0; run->wells[i].multicomponent && d < run->dye_count; d++) {
			const struct ls_run_series *y = &run->wells[i].multicomponent[d];
			s->curves += y->count > 0;
			s->points += y->count;
			ls_scale_take(y->values, y->count, &s->low, &s->high);
		}
}

static void draw_dyes(const struct ls_run *run, struct ls_plot *plot, size_t every)
{
	char name[NAME_SIZE];
	for (size_t i = 0; i < run->well_count; i += every)
		for (size_t d = 0; run->wells[i].multicomponent && d < run->dye_count; d++) {
			const struct ls_run_series *y = &run->wells[i].multicomponent[d];
			snprintf(name, sizeof(name), "%s %.100s", run->wells[i].position,
				 run->dyes[d]);
			ls_plot_curve(plot, ls_page_colour(d), NULL, y->values, y->count, name);
		}
}

static void add_multicomponent(struct ls_html *h, const struct ls_page_content *c)
{
	struct survey s;
	const struct ls_run *run = c->run;
	survey_dyes(run, &s);
	if (s.curves == 0)
		return;
	struct ls_plot plot = {
		.id = "dyes",
		.title = "Multicomponent",
		.desc = "Each dye's fluorescence in each well, before it is normalised.",
		.x_label = CYCLES_LABEL,
		.y_label = "Fluorescence",
		.many = s.curves > MANY,
	};
	ls_scale_counted(&plot.x, run->cycles, TICKS);
	ls_scale_around(&plot.y, fmin(s.low, 0), s.high, 6);
	ls_html_open(h, "figure");
	ls_html_element(h, "figcaption", NULL, "Multicomponent: the dyes' fluorescence");
	ls_plot_begin(&plot, h);
	draw_dyes(run, &plot, one_of(&s));
	ls_plot_end(&plot);
	ls_html_open(h, "ul");
	ls_html_attr(h, "class", "key");
	for (size_t d = 0; d < run->dye_count && d < KEYS_MAX; d++)
		ls_plot_key(h, ls_page_colour(d), run->dyes[d]);
	if (run->dye_count > KEYS_MAX)
		ls_plot_key(h, "c7", "other dyes");
	ls_html_close(h);
	add_sparse(h, &s);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_amplification(struct ls_html *h, const struct ls_page_content *c)
{
	struct survey s;
	begin_survey(&s);
	each_reaction(c, survey_amplification, &s);
	ls_html_element(h, "h2", NULL, "Amplification");
	if (s.curves == 0)
		ls_html_element(h, "p", NULL, "The file has no amplification curves.");
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "plots");
	if (s.curves > 0) {
		add_amplification_plot(h, c, &s, false);
		add_amplification_plot(h, c, &s, true);
	}
	add_multicomponent(h, c);
	ls_html_close(h);
	ls_html_line(h);
	if (s.curves == 0)
		return;
	add_target_key(h, c->run);
	add_origin(h, &s);
	add_sparse(h, &s);
}

/* --- melt ---------------------------------------------------------------------- */

static const double *slope_of(const struct curve *curve)
{
	const struct ls_run_melt *m = &curve->analysis->melt;
	return m->count > 0 && m->temperature ? m->derivative : NULL;
}

static void survey_melt(const struct curve *curve, void *context)
{
	struct survey *s = context;
	const struct ls_run_melt *m = &curve->analysis->melt;
	if (!slope_of(curve))
		return;
	s->curves++;
	s->points += m->count < MELT_POINTS ? m->count : MELT_POINTS;
	ls_scale_take(m->derivative, m->count, &s->low, &s->high);
	ls_scale_take(m->temperature, m->count, &s->x_low, &s->x_high);
}

/* Every so manieth point: a melt curve has more of them than a plot has places. */
static void draw_melt(const struct curve *curve, void *context)
{
	char name[NAME_SIZE];
	double x[MELT_POINTS], y[MELT_POINTS];
	struct drawing *d = context;
	const struct ls_run_melt *m = &curve->analysis->melt;
	size_t used = 0;
	if (!slope_of(curve) || d->number++ % d->every != 0)
		return;
	size_t step = (m->count + MELT_POINTS - 1) / MELT_POINTS;
	for (size_t i = 0; i < m->count && used < MELT_POINTS; i += step, used++) {
		x[used] = m->temperature[i];
		y[used] = m->derivative[i];
	}
	ls_plot_curve(d->plot, ls_page_colour(curve->reaction->target), x, y, used,
		      curve_name(d->run, curve->well, curve->reaction, name));
}

void ls_page_melt(struct ls_html *h, const struct ls_page_content *c)
{
	struct survey s;
	begin_survey(&s);
	each_reaction(c, survey_melt, &s);
	if (s.curves == 0)
		return;
	struct ls_plot plot = {
		.id = "melt",
		.title = "Melt curves",
		.desc = "How fast fluorescence falls at each temperature; the table of results "
			"has the peaks.",
		.x_label = "Temperature, °C",
		.y_label = "−dF/dT",
		.many = s.curves > MANY,
	};
	ls_scale_exact(&plot.x, s.x_low, s.x_high, TICKS);
	ls_scale_around(&plot.y, fmin(s.low, 0), s.high, 6);
	ls_html_element(h, "h2", NULL, "Melt curves");
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "plots");
	ls_html_open(h, "figure");
	ls_html_element(h, "figcaption", NULL, "Derivative, computed");
	ls_plot_begin(&plot, h);
	struct drawing d = { .run = c->run, .plot = &plot, .every = one_of(&s) };
	each_reaction(c, draw_melt, &d);
	ls_plot_end(&plot);
	ls_html_close(h);
	ls_html_close(h);
	add_target_key(h, c->run);
	add_sparse(h, &s);
}
