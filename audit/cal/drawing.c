/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/drawing.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SHEET_WIDTH 720.0 /* of a row of few boxes; more of them make the sheet wider */
#define ROW_HEIGHT  84.0
#define BOX_HEIGHT  54.0
#define BOX_WIDTH   300.0 /* at most */
#define BOX_LEAST   110.0
#define BOX_GAP	    14.0
#define LETTER	    6.6 /* the width of a letter of 12 px, about */

static const char *const mark_class[] = { "", " bad", " unsure" };

/* The sheet that is being drawn: rows [first, last], from the bottom up. */
struct sheet {
	const struct ls_cal_drawing *d;
	struct ls_html *h;
	unsigned first, last;
	double width, height;
};

struct place {
	double x, y, width; /* upper left corner */
};

static size_t in_row(const struct ls_cal_drawing *d, unsigned row, size_t before)
{
	size_t count = 0;
	for (size_t i = 0; i < before; i++)
		count += d->nodes[i].row == row;
	return count;
}

static struct place place_of(const struct sheet *s, size_t node)
{
	unsigned row = s->d->nodes[node].row;
	double count = (double)in_row(s->d, row, s->d->node_count);
	double slot = s->width / count;
	double width = fmin(BOX_WIDTH, slot - BOX_GAP);
	double at = (double)in_row(s->d, row, node);
	return (struct place){ at * slot + (slot - width) / 2, (s->last - row) * ROW_HEIGHT + 2,
			       width };
}

/* The first letters of it that have room, whole characters, and an ellipsis. */
static void cut_text(struct ls_html *h, const char *text, double width)
{
	size_t room = width > 4 * LETTER ? (size_t)(width / LETTER) : 4, letters = 0, n = 0;
	while (text[n] && (letters < room || ((uint8_t)text[n] & 0xc0) == 0x80)) {
		letters += ((uint8_t)text[n] & 0xc0) != 0x80;
		n++;
	}
	if (!text[n]) {
		ls_html_text(h, text);
		return;
	}
	while (n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80)
		n--;
	ls_html_text_n(h, text, n);
	ls_html_text(h, "…");
}

static void add_text(const struct sheet *s, const char *class, double x, double y, const char *text,
		     double width)
{
	ls_html_open(s->h, "text");
	if (class[0])
		ls_html_attr(s->h, "class", class);
	ls_html_attrf(s->h, "x", "%.1f", x);
	ls_html_attrf(s->h, "y", "%.1f", y);
	cut_text(s->h, text, width);
	ls_html_close(s->h);
}

static void add_rect(const struct sheet *s, const char *class, struct place at, double height)
{
	ls_html_open(s->h, "rect");
	ls_html_attr(s->h, "class", class);
	ls_html_attrf(s->h, "x", "%.1f", at.x);
	ls_html_attrf(s->h, "y", "%.1f", at.y);
	ls_html_attrf(s->h, "width", "%.1f", at.width);
	ls_html_attrf(s->h, "height", "%.1f", height);
	ls_html_attr(s->h, "rx", "3");
	ls_html_close(s->h);
}

static void add_share(const struct sheet *s, struct place at, double share)
{
	char text[24];
	double room = at.width - 62;
	if (!isfinite(share) || room < 10)
		return;
	double part = fmin(1, fmax(0, share));
	struct place rail = { at.x + 8, at.y + BOX_HEIGHT - 12, room };
	add_rect(s, "rail", rail, 6);
	rail.width *= part;
	add_rect(s, "bar", rail, 6);
	snprintf(text, sizeof(text), "%.3g %%", 100 * part);
	add_text(s, "small", at.x + at.width - 50, at.y + BOX_HEIGHT - 6, text, 60);
}

static void add_mark(const struct sheet *s, struct place at, const struct ls_cal_node *node)
{
	char class[24];
	if (node->mark == LS_CAL_MARK_NONE)
		return;
	const char *word = node->mark == LS_CAL_MARK_UNSURE ? "? not shown"
			   : node->first_failing	    ? "✗ fails first"
							    : "✗ fails";
	snprintf(class, sizeof(class), "mark%s", mark_class[node->mark]);
	add_text(s, class, at.x + at.width - 84, at.y + 14, word, 90);
}

static void add_box(const struct sheet *s, size_t index)
{
	char class[24];
	const struct ls_cal_node *node = &s->d->nodes[index];
	struct place at = place_of(s, index);
	double name_room = at.width - 16 - (node->mark == LS_CAL_MARK_NONE ? 0 : 80);
	snprintf(class, sizeof(class), "box%s", mark_class[node->mark]);
	ls_html_open(s->h, "g");
	ls_html_open(s->h, "title");
	ls_html_text(s->h, node->name);
	if (node->detail)
		ls_html_textf(s->h, ": %s", node->detail);
	ls_html_close(s->h);
	add_rect(s, class, at, BOX_HEIGHT);
	add_text(s, "", at.x + 8, at.y + 15, node->name, name_room);
	if (node->detail)
		add_text(s, "small", at.x + 8, at.y + 30, node->detail, at.width - 16);
	add_share(s, at, node->share);
	add_mark(s, at, node);
	ls_html_close(s->h);
	ls_html_line(s->h);
}

static bool on_sheet(const struct sheet *s, size_t node)
{
	return node < s->d->node_count && s->d->nodes[node].row >= s->first &&
	       s->d->nodes[node].row <= s->last;
}

static void add_edge(const struct sheet *s, const struct ls_cal_edge *edge)
{
	if (!on_sheet(s, edge->child) || !on_sheet(s, edge->parent))
		return;
	struct place child = place_of(s, edge->child), parent = place_of(s, edge->parent);
	ls_html_open(s->h, "path");
	ls_html_attrf(s->h, "class", "line%s", mark_class[edge->mark]);
	ls_html_attrf(s->h, "d", "M%.1f %.1fL%.1f %.1f", child.x + child.width / 2, child.y,
		      parent.x + parent.width / 2, parent.y + BOX_HEIGHT);
	ls_html_close(s->h);
	ls_html_line(s->h);
}

static double sheet_width(const struct sheet *s)
{
	size_t most = 1;
	for (unsigned row = s->first; row <= s->last; row++) {
		size_t count = in_row(s->d, row, s->d->node_count);
		most = count > most ? count : most;
	}
	return fmax(SHEET_WIDTH, (double)most * (BOX_LEAST + BOX_GAP));
}

static void draw_sheet(struct sheet *s, unsigned rows)
{
	s->width = sheet_width(s);
	s->height = (s->last - s->first) * ROW_HEIGHT + BOX_HEIGHT + 4;
	ls_html_open(s->h, "figure");
	if (rows > LS_CAL_ROWS_PER_PART)
		ls_html_elementf(s->h, "figcaption", NULL,
				 "Steps %u to %u of %u, from the device up", s->first + 1,
				 s->last + 1, rows);
	ls_html_open(s->h, "svg");
	ls_html_attr(s->h, "class", "chain");
	ls_html_attr(s->h, "role", "img");
	ls_html_attr(s->h, "aria-label",
		     "The chain of calibrations; the table below says the same");
	ls_html_attrf(s->h, "viewBox", "0 0 %.0f %.0f", s->width, s->height);
	ls_html_line(s->h);
	for (size_t i = 0; i < s->d->edge_count; i++)
		add_edge(s, &s->d->edges[i]);
	for (size_t i = 0; i < s->d->node_count; i++)
		if (on_sheet(s, i))
			add_box(s, i);
	ls_html_close(s->h);
	ls_html_close(s->h);
	ls_html_line(s->h);
}

void ls_cal_draw(struct ls_html *h, const struct ls_cal_drawing *drawing)
{
	unsigned top = 0;
	for (size_t i = 0; i < drawing->node_count; i++)
		top = drawing->nodes[i].row > top ? drawing->nodes[i].row : top;
	if (drawing->node_count == 0)
		return;
	/* from the top: the national standard is read first */
	unsigned last = top;
	for (;;) {
		unsigned first = last < LS_CAL_ROWS_PER_PART ? 0 : last - LS_CAL_ROWS_PER_PART + 1;
		struct sheet sheet = { .d = drawing, .h = h, .first = first, .last = last };
		draw_sheet(&sheet, top + 1);
		if (first == 0)
			return;
		last = first;
	}
}
