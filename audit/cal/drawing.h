/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain of calibrations as inline SVG: a box for each calibration, the national
 * standard's on top, the device's below, a line from each to what it was calibrated with.
 *
 * A box tells its share of the device's variance as a bar; what fails, or cannot be
 * shown, is marked by a word and by its frame, not by colour alone.  A chain of many
 * levels is drawn in parts that fit a sheet of A4 each; a part begins with the row that
 * the one before it ended with.
 */
#ifndef LABSEAL_AUDIT_CAL_DRAWING_H
#define LABSEAL_AUDIT_CAL_DRAWING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/page/html.h"

#define LS_CAL_ROWS_PER_PART 11

/* Rules for a page that has such a drawing: goes into its style. */
#define LS_CAL_DRAWING_STYLE                                                           \
	".chain{display:block;width:100%;height:auto}.chain text{font-size:12px;fill:" \
	"var(--ink)}.chain .small{font-size:10.5px;fill:var(--soft)}"                  \
	".chain .box{fill:var(--tint);stroke:var(--soft);stroke-width:1}"              \
	".chain .box.bad{stroke:var(--bad);stroke-width:2.5;stroke-dasharray:7 3}"     \
	".chain .box.unsure{stroke:var(--unsure);stroke-width:2;stroke-dasharray:2 2}" \
	".chain .bar{fill:var(--c1)}.chain .rail{fill:none;stroke:var(--line)}"        \
	".chain .line{stroke:var(--soft);stroke-width:1.3;fill:none}"                  \
	".chain .line.bad{stroke:var(--bad);stroke-width:2.5;stroke-dasharray:7 3}"    \
	".chain .line.unsure{stroke:var(--unsure);stroke-dasharray:2 2}"               \
	".chain .mark.bad{fill:var(--bad);font-weight:600}.chain .mark.unsure{fill:"   \
	"var(--unsure);font-weight:600}"

enum ls_cal_mark { LS_CAL_MARK_NONE, LS_CAL_MARK_BAD, LS_CAL_MARK_UNSURE };

struct ls_cal_node {
	unsigned row;		   /* 0: the device's own calibration, at the bottom */
	const char *name, *detail; /* claimed text, borrowed; detail may be NULL */
	double share;		   /* of the device's variance, 0 to 1; NAN: not known */
	enum ls_cal_mark mark;
	bool first_failing;
};

/* child was calibrated with parent: indices of nodes. */
struct ls_cal_edge {
	size_t child, parent;
	enum ls_cal_mark mark;
};

struct ls_cal_drawing {
	const struct ls_cal_node *nodes;
	size_t node_count;
	const struct ls_cal_edge *edges;
	size_t edge_count;
};

/* Append the figures; nothing for no node.  An edge of a node that is not there is left out. */
void ls_cal_draw(struct ls_html *h, const struct ls_cal_drawing *drawing);

#endif
