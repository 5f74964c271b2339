/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/page/scale.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TINY 1e-9 /* of a step: what rounding may do */
#define ROOM 0.03 /* of the span */

/* The step of 1, 2 or 5 times a power of ten that makes at most about intervals of span. */
static double nice_step(double span, unsigned about)
{
	double raw = span / (about ? about : 1);
	double power = pow(10, floor(log10(raw)));
	double times = raw / power;
	return (times <= 1 + TINY ? 1 : times <= 2 + TINY ? 2 : times <= 5 + TINY ? 5 : 10) * power;
}

/* Bounds that an axis can have: one value alone, or none, gets some room. */
static void mend(double *low, double *high)
{
	if (!isfinite(*low) || !isfinite(*high))
		*low = 0, *high = 1;
	if (*high - *low > fmax(fabs(*low), fabs(*high)) * 1e-12)
		return;
	double room = *low == 0 ? 1 : fabs(*low) / 10;
	*high = *low + room;
	*low -= room;
}

void ls_scale_linear(struct ls_scale *s, double low, double high, unsigned about)
{
	mend(&low, &high);
	double step = nice_step(high - low, about);
	*s = (struct ls_scale){ .low = floor(low / step + TINY) * step,
				.high = ceil(high / step - TINY) * step,
				.step = step };
}

void ls_scale_exact(struct ls_scale *s, double low, double high, unsigned about)
{
	mend(&low, &high);
	*s = (struct ls_scale){ .low = low, .high = high, .step = nice_step(high - low, about) };
}

void ls_scale_around(struct ls_scale *s, double low, double high, unsigned about)
{
	mend(&low, &high);
	double room = (high - low) * ROOM;
	ls_scale_exact(s, low - room, high + room, about);
}

void ls_scale_counted(struct ls_scale *s, size_t count, unsigned about)
{
	ls_scale_exact(s, 1, count > 1 ? (double)count : 2, about);
	s->step = fmax(s->step, 1);
}

void ls_scale_log(struct ls_scale *s, double low, double high, unsigned most)
{
	if (!(high > 0) || !isfinite(high))
		high = 1;
	double last = ceil(log10(high) - TINY);
	double first = low > 0 && isfinite(low) ? floor(log10(low) + TINY) : last - 1;
	if (first < last - most)
		first = last - most;
	if (first >= last)
		first = last - 1;
	*s = (struct ls_scale){
		.is_log = true, .low = pow(10, first), .high = pow(10, last), .step = 1
	};
}

static size_t log_ticks(const struct ls_scale *s, double *ticks)
{
	size_t count = 0;
	long first = lround(log10(s->low)), last = lround(log10(s->high));
	for (long e = first; e <= last && count < LS_SCALE_TICKS_MAX; e++)
		ticks[count++] = pow(10, (double)e);
	return count;
}

size_t ls_scale_ticks(const struct ls_scale *s, double ticks[static LS_SCALE_TICKS_MAX])
{
	if (s->is_log)
		return log_ticks(s, ticks);
	size_t count = 0;
	double n = ceil(s->low / s->step - TINY);
	while (count < LS_SCALE_TICKS_MAX && n * s->step <= s->high + s->step * TINY) {
		ticks[count++] = n == 0 ? 0 : n * s->step; /* never -0 */
		n++;
	}
	return count;
}

double ls_scale_place(const struct ls_scale *s, double value)
{
	if (s->is_log)
		return value > 0 ? log(value / s->low) / log(s->high / s->low) : NAN;
	return (value - s->low) / (s->high - s->low);
}

/* Commas between thousands, in place; text holds digits from its start on. */
static void group(char *text, size_t size)
{
	size_t start = text[0] == '-', digits = strspn(text + start, "0123456789");
	size_t length = strlen(text), commas = digits > 3 ? (digits - 1) / 3 : 0;
	if (length + commas >= size)
		return;
	for (; commas > 0; commas--) {
		size_t place = start + digits - 3;
		memmove(text + place + 1, text + place, length - place + 1);
		text[place] = ',';
		digits -= 3;
		length++;
	}
}

const char *ls_scale_label(const struct ls_scale *s, double value,
			   char buffer[static LS_SCALE_LABEL_SIZE])
{
	double size = fabs(value), step = s->is_log ? size : s->step;
	if (value != 0 && (size >= 1e7 || step < 1e-5)) {
		snprintf(buffer, LS_SCALE_LABEL_SIZE, "%.3g", value);
		return buffer;
	}
	int decimals = step < 1 ? (int)ceil(-log10(step) - TINY) : 0;
	snprintf(buffer, LS_SCALE_LABEL_SIZE, "%.*f", decimals, value);
	group(buffer, LS_SCALE_LABEL_SIZE);
	return buffer;
}

void ls_scale_take(const double *values, size_t count, double *low, double *high)
{
	for (size_t i = 0; i < count; i++) {
		if (!isfinite(values[i]))
			continue;
		*low = fmin(*low, values[i]); /* of a NAN and a number: the number */
		*high = fmax(*high, values[i]);
	}
}
