/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of analysis.h, each piece for itself. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "audit/run/analysis.h"

#define MELT_WINDOW 2 /* points to each side */

int ls_line_fit(const double *x, const double *y, size_t n, struct ls_line *ret)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0, yy = 0, used = 0;
	for (size_t i = 0; i < n; i++) {
		if (isnan(x[i]) || isnan(y[i]))
			continue;
		used++;
		mean_x += (x[i] - mean_x) / used;
		mean_y += (y[i] - mean_y) / used;
	}
	/* about the means: sums of squares of large numbers would cancel */
	for (size_t i = 0; i < n; i++) {
		if (isnan(x[i]) || isnan(y[i]))
			continue;
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
		yy += (y[i] - mean_y) * (y[i] - mean_y);
	}
	if (used < 2 || !(xx > 0))
		return -EDOM;
	double slope = xy / xx, rest = yy - slope * xy;
	if (rest < 0) /* by rounding */
		rest = 0;
	*ret = (struct ls_line){ .slope = slope,
				 .intercept = mean_y - slope * mean_x,
				 .r2 = yy > 0 ? 1 - rest / yy : NAN,
				 .sd = used > 2 ? sqrt(rest / (used - 2)) : NAN };
	return 0;
}

double ls_efficiency(double slope)
{
	return slope < 0 ? pow(10, -1 / slope) - 1 : NAN;
}

double ls_threshold_cross(const double *values, size_t n, double threshold)
{
	/* from the end back to the last value that is not above */
	size_t above = n, i = n;
	while (i-- > 0) {
		if (isnan(values[i]))
			continue;
		if (!(values[i] > threshold))
			break;
		above = i;
	}
	if (above == n || i == SIZE_MAX)
		return NAN; /* never, or from the first cycle on */
	double part = (threshold - values[i]) / (values[above] - values[i]);
	return (double)i + 1 + part * (double)(above - i);
}

void ls_melt_derivative(const double *temperature, const double *signal, size_t n,
			double *derivative)
{
	for (size_t i = 0; i < n; i++) {
		size_t low = i > MELT_WINDOW ? i - MELT_WINDOW : 0;
		size_t high = i + MELT_WINDOW < n ? i + MELT_WINDOW : n - 1;
		struct ls_line line;
		derivative[i] = ls_line_fit(temperature + low, signal + low, high - low + 1,
					    &line) == 0
					? -line.slope
					: NAN;
	}
}

/* The top of the parabola through three points. */
static struct ls_melt_peak top_of(const double *t, const double *d)
{
	double a = (d[2] - d[1]) / (t[2] - t[1]), b = (d[1] - d[0]) / (t[1] - t[0]);
	double curvature = (a - b) / (t[2] - t[0]);
	struct ls_melt_peak peak = { t[1], d[1] };
	if (!(curvature < 0))
		return peak;
	double slope = b + curvature * (t[1] - t[0]); /* at t[1] */
	double shift = -slope / (2 * curvature);
	if (t[1] + shift < t[0] || t[1] + shift > t[2])
		return peak;
	peak.tm += shift;
	peak.height += slope * shift + curvature * shift * shift;
	return peak;
}

static bool is_peak(const double *t, const double *d)
{
	return t[0] < t[1] && t[1] < t[2] && d[1] > d[0] && d[1] >= d[2] && d[1] > 0;
}

/* Into the list, highest first; the lowest falls out of a full one. */
static size_t insert(struct ls_melt_peak *peaks, size_t count, size_t max, struct ls_melt_peak peak)
{
	size_t i = count < max ? count : max;
	for (; i > 0 && peaks[i - 1].height < peak.height; i--)
		if (i < max)
			peaks[i] = peaks[i - 1];
	if (i < max)
		peaks[i] = peak;
	return count < max ? count + 1 : max;
}

size_t ls_melt_peaks(const double *temperature, const double *derivative, size_t n,
		     struct ls_melt_peak *peaks, size_t max)
{
	size_t count = 0;
	for (size_t i = 1; i + 1 < n; i++)
		if (is_peak(temperature + i - 1, derivative + i - 1))
			count = insert(peaks, count, max,
				       top_of(temperature + i - 1, derivative + i - 1));
	while (count > 1 && peaks[count - 1].height < peaks[0].height / 10)
		count--;
	return count;
}
