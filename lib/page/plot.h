/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plots as inline SVG: a frame with axes, and in it curves, points and levels.
 *
 *     struct ls_plot p = { .id = "amp", .title = "...", .x = ..., .y = ... };
 *     ls_plot_begin(&p, &h);
 *     ls_plot_curve(&p, "c1", NULL, values, count, "A1");
 *     ls_plot_end(&p);
 *
 * Curves are whole numbers of a tenth of a unit, each point relative to the one
 * before, so that a plate of 384 curves stays small.  What lies outside of the axes
 * is cut off.  Colours are style.h's: a class names one, "c1" to "c7".
 */
#ifndef LABSEAL_LIB_PAGE_PLOT_H
#define LABSEAL_LIB_PAGE_PLOT_H

#include <stddef.h>

#include "lib/page/html.h"
#include "lib/page/scale.h"

/* Rules for a page that has plots: goes into its style. */
#define LS_PLOT_STYLE                                                                              \
	".plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));" \
	"gap:1.2rem}figure{margin:0}figcaption{font-size:.88em;color:var(--soft);margin:0 0 "      \
	".3rem}"                                                                                   \
	".plot{display:block;width:100%;height:auto;overflow:visible}.plot "                       \
	"text{font-size:12px;fill:var(--soft)}"                                                    \
	".plot .grid{stroke:var(--line);stroke-width:.7;fill:none}"                                \
	".plot .axis{stroke:var(--soft);stroke-width:1;fill:none}"                                 \
	".plot .in path{fill:none;stroke:currentColor;stroke-width:13;stroke-linejoin:round}"      \
	".plot .many path{stroke-width:8}.plot .in .dash{stroke-dasharray:60 40}"                  \
	".plot .in .level{stroke-width:10;stroke-dasharray:25 25}"                                 \
	".plot .in circle{fill:var(--paper);stroke:currentColor;stroke-width:13}"                  \
	".c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}"         \
	".c5{color:var(--c5)}.c6{color:var(--c6)}.c7{color:var(--c7)}"                             \
	".key{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:.3rem "          \
	"0;padding:0;"                                                                             \
	"font-size:.88em}.key svg{width:1.8em;height:.8em;margin-right:.35em}"                     \
	".key path{fill:none;stroke:currentColor;stroke-width:2}.key .dash{stroke-dasharray:4 3}"

struct ls_plot {
	const char *id;	   /* unique on the page, a literal: [a-z0-9-]+ */
	const char *title; /* what it is */
	const char *desc;  /* what it shows, for who does not see it */
	const char *x_label, *y_label;
	struct ls_scale x, y;
	bool many;	   /* thin lines */
	bool is_loose;	   /* points on the frame are drawn whole: nothing is cut off */
	struct ls_html *h; /* set by begin */
};

/* Append all up to the curves; axes must be set. */
void ls_plot_begin(struct ls_plot *plot, struct ls_html *h);

/*
 * A curve through count points; x NULL: 1, 2, 3, ...  A value without a place (NAN, or
 * nothing to take the logarithm of) is a gap.  name, for who points at it: may be NULL.
 */
void ls_plot_curve(struct ls_plot *plot, const char *class, const double *x, const double *y,
		   size_t count, const char *name);

/* A line across at y. */
void ls_plot_level(struct ls_plot *plot, const char *class, double y, const char *name);

void ls_plot_point(struct ls_plot *plot, const char *class, double x, double y, const char *name);

void ls_plot_end(struct ls_plot *plot);

/* An item of a <ul class="key">: a stroke of that class, and a name. */
void ls_plot_key(struct ls_html *h, const char *class, const char *name);

#endif
