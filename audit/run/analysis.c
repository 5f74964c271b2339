/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/analysis_parts.h"

#include <math.h>
#include <string.h>

#define BASELINE_START	  3    /* cycles; the first two are unsteady */
#define BASELINE_EARLY	  6    /* cycles whose median is the low level of a curve */
#define BASELINE_RETREAT  3    /* cycles before that */
#define BASELINE_NOISE	  20   /* typical steps that an amplified curve rises by, at least */
#define BASELINE_STRAIGHT 0.08 /* of the rise: deviation of a curve that is a line */
#define BASELINE_RISE	  0.02 /* of that rise: where it has begun */
#define BASELINE_SLOPE	  7    /* cycles from which on it may have a slope */

const char *ls_curve_origin_name(enum ls_curve_origin origin)
{
	static const char *const names[] = {
		[LS_CURVE_NONE] = "none",
		[LS_CURVE_DELTA_RN] = "stored delta Rn",
		[LS_CURVE_RN] = "stored Rn",
		[LS_CURVE_MULTICOMPONENT] = "multicomponent data",
		[LS_CURVE_AMPLITUDE] = "stored fluorescence",
	};
	return names[origin];
}

static double *take(struct ls_analysis_work *w, size_t n)
{
	return n ? ls_run_memory_take(w->out->memory, n, sizeof(double)) : NULL;
}

static bool has_values(const struct ls_run_series *series)
{
	for (size_t i = 0; i < series->count; i++)
		if (!isnan(series->values[i]))
			return true;
	return false;
}

/* Reporter over passive reference, or the reporter alone; NULL when there is no such dye. */
static const double *ratio(struct ls_analysis_work *w, const double *reporter,
			   const double *passive, size_t n)
{
	double *values = take(w, n);
	for (size_t i = 0; values && i < n; i++) {
		double by = passive ? passive[i] : 1;
		values[i] = by > 0 ? reporter[i] / by : NAN;
		if (!isfinite(values[i]))
			values[i] = NAN;
	}
	return values;
}

static bool from_multicomponent(struct ls_analysis_work *w, const struct ls_run_well *well,
				size_t dye, struct ls_run_series *ret)
{
	if (!well->multicomponent || dye == LS_RUN_NONE || !has_values(&well->multicomponent[dye]))
		return false;
	const struct ls_run_series *reporter = &well->multicomponent[dye];
	const struct ls_run_series *passive = w->passive == LS_RUN_NONE
						      ? NULL
						      : &well->multicomponent[w->passive];
	size_t n = reporter->count;
	if (passive && passive->count < n)
		n = passive->count;
	*ret = (struct ls_run_series){
		ratio(w, reporter->values, passive ? passive->values : NULL, n), n
	};
	return ret->values != NULL;
}

static void choose_curve(struct ls_analysis_work *w, const struct ls_run_well *well,
			 const struct ls_run_reaction *r, struct ls_reaction_analysis *a)
{
	size_t dye = ls_run_find_dye(w->run, w->run->targets[r->target].reporter);
	bool rn = has_values(&r->rn);
	a->rn = r->rn;
	if (has_values(&r->delta_rn)) {
		a->origin = LS_CURVE_DELTA_RN;
		a->delta_rn = r->delta_rn;
	} else if (rn) {
		a->origin = LS_CURVE_RN;
	} else if (from_multicomponent(w, well, dye, &a->rn)) {
		a->origin = LS_CURVE_MULTICOMPONENT;
	} else if (has_values(&r->amplitude)) {
		a->origin = LS_CURVE_AMPLITUDE;
		a->rn = r->amplitude;
	}
}

/* --- baseline --- */

struct window {
	size_t first, last; /* indices */
};

static int fit(const double *cycle, const double *values, struct window w, struct ls_line *line)
{
	size_t n = w.last - w.first + 1;
	return ls_line_fit(cycle + w.first, values + w.first, n, line);
}

static bool stored_window(const struct ls_run_baseline *b, size_t n, struct window *ret)
{
	if (!(b->start >= 1 && b->end > b->start && b->end <= (double)n))
		return false;
	*ret = (struct window){ (size_t)b->start - 1, (size_t)b->end - 1 };
	return true;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Of the values that are numbers; scratch has room for n. */
static double median(const double *values, size_t n, double *scratch)
{
	size_t used = 0;
	for (size_t i = 0; i < n; i++)
		if (!isnan(values[i]))
			scratch[used++] = values[i];
	if (used == 0)
		return NAN;
	qsort(scratch, used, sizeof(*scratch), by_size);
	return (scratch[(used - 1) / 2] + scratch[used / 2]) / 2;
}

/* The typical step from one cycle to the next. */
static double typical_step(const double *values, size_t n, double *steps, double *scratch)
{
	for (size_t i = 1; i < n; i++)
		steps[i - 1] = fabs(values[i] - values[i - 1]);
	return n > 1 ? median(steps, n - 1, scratch) : NAN;
}

/* See analysis.h; scratch has room for 2n. */
static struct window search_window(const double *cycle, const double *values, size_t n,
				   double *scratch)
{
	struct window w = { n > BASELINE_START ? BASELINE_START - 1 : 0, n - 1 };
	size_t early = n - w.first < BASELINE_EARLY ? n - w.first : BASELINE_EARLY;
	double low = median(values + w.first, early, scratch), high = low;
	for (size_t i = w.first; i < n; i++)
		if (values[i] > high)
			high = values[i];
	double step = typical_step(values + w.first, n - w.first, scratch, scratch + n);
	struct ls_line line;
	if (!(high - low > BASELINE_NOISE * step) ||
	    (fit(cycle, values, w, &line) == 0 && line.sd < (high - low) * BASELINE_STRAIGHT))
		return w; /* nothing amplified: noise, or a drift */
	while (w.last > w.first && !(values[w.last] <= low + BASELINE_RISE * (high - low)))
		w.last--;
	size_t least = w.first + BASELINE_EARLY / 2;
	w.last = w.last > least + BASELINE_RETREAT ? w.last - BASELINE_RETREAT : least;
	if (w.last >= n)
		w.last = n - 1;
	return w;
}

static double mean(const double *values, struct window w)
{
	double sum = 0, n = 0;
	for (size_t i = w.first; i <= w.last; i++)
		if (!isnan(values[i]))
			sum += values[i], n++;
	return n > 0 ? sum / n : NAN;
}

static double deviation(const double *values, struct window w)
{
	double sum = 0, n = 0;
	for (size_t i = w.first; i <= w.last; i++)
		if (!isnan(values[i]))
			sum += values[i] * values[i], n++;
	return n > 2 ? sqrt(sum / (n - 1)) : NAN;
}

static void subtract_baseline(struct ls_analysis_work *w, const struct ls_run_reaction *r,
			      struct ls_reaction_analysis *a)
{
	size_t n = a->rn.count;
	double *cycle = take(w, n), *delta = take(w, n), *scratch = take(w, 2 * n);
	if (!cycle || !delta || !scratch)
		return;
	for (size_t i = 0; i < n; i++)
		cycle[i] = (double)(i + 1);
	struct window window;
	if (!stored_window(&r->baseline, n, &window))
		window = search_window(cycle, a->rn.values, n, scratch);
	struct ls_line line = { .intercept = mean(a->rn.values, window) };
	struct ls_line sloped;
	if (window.last - window.first + 1 >= BASELINE_SLOPE &&
	    fit(cycle, a->rn.values, window, &sloped) == 0)
		line = sloped;
	for (size_t i = 0; i < n; i++)
		delta[i] = a->rn.values[i] - line.slope * cycle[i] - line.intercept;
	a->delta_rn = (struct ls_run_series){ delta, n };
	a->baseline_start = (double)window.first + 1;
	a->baseline_end = (double)window.last + 1;
	a->baseline_slope = line.slope;
	a->baseline_intercept = line.intercept;
	a->baseline_sd = deviation(delta, window);
}

/* Of a stored delta Rn, the cycles that its baseline was taken from. */
static void measure_baseline(const struct ls_run_reaction *r, struct ls_reaction_analysis *a)
{
	struct window window;
	if (!stored_window(&r->baseline, a->delta_rn.count, &window)) {
		size_t n = a->delta_rn.count;
		window = (struct window){ n > 2 ? 2 : 0, n > 8 ? 7 : n - 1 };
	}
	a->baseline_sd = deviation(a->delta_rn.values, window);
}

/* --- melt curve --- */

static void choose_melt(struct ls_analysis_work *w, const struct ls_run_well *well,
			const struct ls_run_reaction *r, struct ls_run_melt *ret)
{
	*ret = r->melt;
	size_t dye = ls_run_find_dye(w->run, w->run->targets[r->target].reporter);
	if (r->melt.count || !well->melt || dye == LS_RUN_NONE)
		return;
	const struct ls_run_melt *reporter = &well->melt[dye];
	const struct ls_run_melt *passive = w->passive == LS_RUN_NONE ? NULL
								      : &well->melt[w->passive];
	if (reporter->count == 0 || (passive && passive->count != reporter->count))
		return;
	*ret = (struct ls_run_melt){ .temperature = reporter->temperature,
				     .signal = ratio(w, reporter->signal,
						     passive ? passive->signal : NULL,
						     reporter->count),
				     .count = reporter->count };
}

static void analyse_melt(struct ls_analysis_work *w, const struct ls_run_well *well,
			 const struct ls_run_reaction *r, struct ls_reaction_analysis *a)
{
	choose_melt(w, well, r, &a->melt);
	double *derivative = a->melt.signal ? take(w, a->melt.count) : NULL;
	if (!derivative) {
		a->melt = (struct ls_run_melt){ 0 };
		return;
	}
	ls_melt_derivative(a->melt.temperature, a->melt.signal, a->melt.count, derivative);
	a->melt.derivative = derivative;
	a->peak_count = ls_melt_peaks(a->melt.temperature, derivative, a->melt.count, a->peaks,
				      LS_MELT_PEAKS_MAX);
}

void ls_analyse_reaction(struct ls_analysis_work *w, const struct ls_run_well *well,
			 const struct ls_run_reaction *r, struct ls_reaction_analysis *a)
{
	a->baseline_start = a->baseline_end = NAN;
	a->baseline_slope = a->baseline_intercept = a->baseline_sd = NAN;
	a->threshold = a->cq = a->end_rn = a->quantity = NAN;
	choose_curve(w, well, r, a);
	if (a->origin == LS_CURVE_DELTA_RN)
		measure_baseline(r, a);
	else if (a->origin != LS_CURVE_NONE)
		subtract_baseline(w, r, a);
	/* the last value of the curve */
	for (size_t i = a->delta_rn.count; i > 0 && isnan(a->end_rn); i--)
		a->end_rn = a->delta_rn.values[i - 1];
	if (a->origin != LS_CURVE_NONE && a->origin != LS_CURVE_AMPLITUDE && r->threshold > 0) {
		a->threshold = r->threshold;
		a->threshold_origin = LS_THRESHOLD_STORED;
	}
	analyse_melt(w, well, r, a);
}
