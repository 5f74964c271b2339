/* SPDX-License-Identifier: Apache-2.0 */
/* What the reactions of one target have in common: threshold, standard curve, controls. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "audit/run/analysis_parts.h"

#define THRESHOLD_SD	  10   /* standard deviations of the baselines */
#define THRESHOLD_PORTION 0.02 /* of the highest delta Rn */
#define CURVE_POINTS_MIN  3

static void *take(struct ls_analysis_work *w, size_t n, size_t size)
{
	return ls_run_memory_take(w->out->memory, n ? n : 1, size);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double highest(const struct ls_run_series *s)
{
	double top = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->values[i] > top)
			top = s->values[i];
	return top;
}

/* Our threshold for the reactions order[begin] to order[end - 1]; NAN when there is no baseline. */
static double own_threshold(struct ls_analysis_work *w, size_t begin, size_t end)
{
	double *deviations = take(w, end - begin, sizeof(double)), top = 0;
	size_t n = 0;
	for (size_t i = begin; deviations && i < end; i++) {
		const struct ls_reaction_analysis *a = &w->out->reactions[w->order[i]];
		if (a->origin == LS_CURVE_NONE)
			continue;
		double reached = highest(&a->delta_rn);
		if (reached > top)
			top = reached;
		if (!isnan(a->baseline_sd))
			deviations[n++] = a->baseline_sd;
	}
	if (n == 0)
		return NAN;
	qsort(deviations, n, sizeof(double), by_size);
	double median = (deviations[(n - 1) / 2] + deviations[n / 2]) / 2;
	double threshold = THRESHOLD_SD * median, least = THRESHOLD_PORTION * top;
	if (threshold < least)
		threshold = least;
	return threshold > 0 ? threshold : NAN;
}

/*
 * A Cq that means something.  Software of this family stores the number of the
 * last cycle where it found none.
 */
static bool is_cq(const struct ls_analysis_work *w, double cq)
{
	return cq > 0 && !(w->run->cycles && cq >= (double)w->run->cycles);
}

static enum ls_ntc_verdict judge(bool is_ntc, bool looked, bool has_cq)
{
	if (!is_ntc || !looked)
		return LS_NTC_NONE;
	return has_cq ? LS_NTC_SIGNAL : LS_NTC_CLEAN;
}

static void take_cq(struct ls_analysis_work *w, size_t index, double threshold)
{
	struct ls_reaction_analysis *a = &w->out->reactions[index];
	const struct ls_run_reaction *r = w->stored[index];
	if (a->origin != LS_CURVE_NONE && a->threshold_origin == LS_THRESHOLD_NONE &&
	    !isnan(threshold)) {
		a->threshold = threshold;
		a->threshold_origin = LS_THRESHOLD_OURS;
	}
	if (a->threshold_origin != LS_THRESHOLD_NONE)
		a->cq = ls_threshold_cross(a->delta_rn.values, a->delta_rn.count, a->threshold);
	bool ntc = r->task == LS_TASK_NTC;
	a->ntc_stored = judge(ntc, r->undetermined || !isnan(r->cq), is_cq(w, r->cq));
	a->ntc_ours = judge(ntc, a->threshold_origin != LS_THRESHOLD_NONE, !isnan(a->cq));
}

/* --- standard curve --- */

static bool is_omitted(const struct ls_analysis_work *w, size_t index)
{
	if (w->stored[index]->omitted)
		return true;
	/* the well: the last whose reactions begin at or before this one */
	size_t low = 0, high = w->run->well_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (w->out->first[middle] <= index)
			low = middle;
		else
			high = middle;
	}
	return w->run->wells[low].omitted;
}

static void add_point(struct ls_analysis_work *w, struct ls_curve_analysis *c, size_t index)
{
	const struct ls_run_reaction *r = w->stored[index];
	double cq = c->stored_cq ? r->cq : w->out->reactions[index].cq;
	if (r->task != LS_TASK_STANDARD || !(r->quantity > 0) || !is_cq(w, cq) ||
	    is_omitted(w, index))
		return;
	c->points[c->point_count++] = (struct ls_curve_point){ index, log10(r->quantity), cq };
	if (!(c->quantity_low <= r->quantity))
		c->quantity_low = r->quantity;
	if (!(c->quantity_high >= r->quantity))
		c->quantity_high = r->quantity;
}

static void fit_curve(struct ls_analysis_work *w, struct ls_curve_analysis *c)
{
	struct ls_line line;
	double *x = take(w, c->point_count, sizeof(double));
	double *y = take(w, c->point_count, sizeof(double));
	for (size_t i = 0; x && y && i < c->point_count; i++) {
		x[i] = c->points[i].log10_quantity;
		y[i] = c->points[i].cq;
	}
	if (!x || !y || c->point_count < CURVE_POINTS_MIN ||
	    ls_line_fit(x, y, c->point_count, &line) < 0)
		return;
	c->slope = line.slope;
	c->intercept = line.intercept;
	c->r2 = line.r2;
	c->sd = line.sd;
	c->efficiency = ls_efficiency(line.slope);
}

/* What our curve makes of our Cq. */
static void quantify(struct ls_analysis_work *w, const struct ls_curve_analysis *c)
{
	if (c->stored_cq || !(c->slope < 0))
		return;
	for (size_t i = w->begin[c->target]; i < w->begin[c->target + 1]; i++) {
		struct ls_reaction_analysis *a = &w->out->reactions[w->order[i]];
		double quantity = pow(10, (a->cq - c->intercept) / c->slope);
		a->quantity = isfinite(quantity) ? quantity : NAN;
	}
}

static void make_curve(struct ls_analysis_work *w, size_t target, bool stored)
{
	struct ls_curve_analysis *c = &w->out->curves[w->out->curve_count];
	size_t n = w->begin[target + 1] - w->begin[target];
	*c = (struct ls_curve_analysis){ .target = target,
					 .stored_cq = stored,
					 .slope = NAN,
					 .intercept = NAN,
					 .r2 = NAN,
					 .efficiency = NAN,
					 .sd = NAN,
					 .quantity_low = NAN,
					 .quantity_high = NAN };
	c->points = take(w, n, sizeof(*c->points));
	for (size_t i = 0; c->points && i < n; i++)
		add_point(w, c, w->order[w->begin[target] + i]);
	if (!c->points || c->point_count == 0)
		return;
	fit_curve(w, c);
	quantify(w, c);
	w->out->curve_count++;
}

/* --- all together --- */

/* The reactions by target: counted, then placed. */
static bool group(struct ls_analysis_work *w)
{
	size_t targets = w->run->target_count;
	w->begin = take(w, targets + 2, sizeof(*w->begin));
	w->order = take(w, w->out->reaction_count, sizeof(*w->order));
	if (!w->begin || !w->order)
		return false;
	for (size_t i = 0; i < w->out->reaction_count; i++)
		w->begin[w->stored[i]->target + 2]++;
	for (size_t t = 2; t < targets + 2; t++)
		w->begin[t] += w->begin[t - 1];
	for (size_t i = 0; i < w->out->reaction_count; i++)
		w->order[w->begin[w->stored[i]->target + 1]++] = i;
	return true;
}

static bool make_room(struct ls_analysis_work *w)
{
	struct ls_run_analysis *out = w->out;
	for (size_t i = 0; i < w->run->well_count; i++)
		out->reaction_count += w->run->wells[i].reaction_count;
	out->reactions = take(w, out->reaction_count, sizeof(*out->reactions));
	out->first = take(w, w->run->well_count, sizeof(*out->first));
	out->curves = take(w, 2 * w->run->target_count, sizeof(*out->curves));
	w->stored = take(w, out->reaction_count, sizeof(const struct ls_run_reaction *));
	return out->reactions && out->first && out->curves && w->stored;
}

static void analyse(struct ls_analysis_work *w)
{
	size_t index = 0;
	for (size_t i = 0; i < w->run->well_count; i++) {
		const struct ls_run_well *well = &w->run->wells[i];
		w->out->first[i] = index;
		for (size_t k = 0; k < well->reaction_count; k++) {
			w->stored[index] = &well->reactions[k];
			ls_analyse_reaction(w, well, &well->reactions[k],
					    &w->out->reactions[index++]);
		}
	}
	if (!group(w))
		return;
	for (size_t t = 0; t < w->run->target_count; t++) {
		double threshold = own_threshold(w, w->begin[t], w->begin[t + 1]);
		for (size_t i = w->begin[t]; i < w->begin[t + 1]; i++)
			take_cq(w, w->order[i], threshold);
	}
	for (int ours = 0; ours < 2; ours++)
		for (size_t t = 0; t < w->run->target_count; t++)
			make_curve(w, t, !ours);
}

int ls_run_analyse(const struct ls_run *run, struct ls_run_analysis **ret, struct ls_error *err)
{
	_cleanup_(ls_run_analysis_free) struct ls_run_analysis *out = calloc(1, sizeof(*out));
	if (out)
		out->memory = calloc(1, sizeof(*out->memory));
	if (!out || !out->memory)
		return ls_fail(err, -ENOMEM, "report.run.memory", "out of memory");
	struct ls_analysis_work w = { .run = run,
				      .out = out,
				      .passive = ls_run_find_dye(run, run->passive_reference) };
	if (make_room(&w))
		analyse(&w);
	if (out->memory->failed)
		return ls_fail(err, -ENOMEM, "report.run.memory",
			       "out of memory while the curves were worked on");
	*ret = ls_steal_ptr(&out);
	return 0;
}

void ls_run_analysis_free(struct ls_run_analysis *analysis)
{
	if (!analysis)
		return;
	if (analysis->memory)
		ls_run_memory_free(analysis->memory);
	free(analysis->memory);
	free(analysis);
}
