/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An axis: where a value stands, and which values are written beside it, as one
 * would choose them by hand: steps of 1, 2 or 5 times a power of ten, or decades.
 * Numbers are written as everywhere, without a locale: "20,000", "0.05".
 */
#ifndef LABSEAL_LIB_PAGE_SCALE_H
#define LABSEAL_LIB_PAGE_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#define LS_SCALE_TICKS_MAX  24
#define LS_SCALE_LABEL_SIZE 32

struct ls_scale {
	bool is_log;
	double low, high; /* finite, low < high; of a logarithmic axis powers of ten */
	double step;	  /* between ticks; of a logarithmic axis decades */
};

/* From a multiple of the step to one, around low and high; about: how many ticks are wanted. */
void ls_scale_linear(struct ls_scale *scale, double low, double high, unsigned about);

/* From low to high as they are, with ticks at multiples of the step. */
void ls_scale_exact(struct ls_scale *scale, double low, double high, unsigned about);

/* The same with some room on both sides, as curves want it that are never quite 0. */
void ls_scale_around(struct ls_scale *scale, double low, double high, unsigned about);

/* From 1 to count, with ticks at whole numbers. */
void ls_scale_counted(struct ls_scale *scale, size_t count, unsigned about);

/* Whole decades around low and high, but at most so many, counted from the highest. */
void ls_scale_log(struct ls_scale *scale, double low, double high, unsigned most);

/* The values to be written, rising; returns how many. */
size_t ls_scale_ticks(const struct ls_scale *scale, double ticks[static LS_SCALE_TICKS_MAX]);

/* 0 at low, 1 at high, linear or logarithmic between and beyond; NAN for what has no place. */
double ls_scale_place(const struct ls_scale *scale, double value);

/* How a tick is written; returns buffer. */
const char *ls_scale_label(const struct ls_scale *scale, double value,
			   char buffer[static LS_SCALE_LABEL_SIZE]);

/* The lowest and highest of values, NANs apart, into *low and *high, which begin as NAN. */
void ls_scale_take(const double *values, size_t count, double *low, double *high);

#endif
