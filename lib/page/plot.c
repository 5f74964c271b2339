/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/page/plot.h"

#include <math.h>
#include <stdio.h>

#define WIDTH	      520
#define HEIGHT	      320
#define LEFT	      66 /* the frame's place */
#define TOP	      24
#define IN_W	      430
#define IN_H	      252
#define FINE	      10		  /* curves' units in one of the frame */
#define BEYOND	      (2 * FINE * HEIGHT) /* further off, a point is as good as there */
#define PATH_MAX_SIZE (1u << 20)

static double x_of(const struct ls_plot *p, double value)
{
	return LEFT + IN_W * ls_scale_place(&p->x, value);
}

static double y_of(const struct ls_plot *p, double value)
{
	return TOP + IN_H * (1 - ls_scale_place(&p->y, value));
}

/* --- the frame ----------------------------------------------------------------- */

static void add_path(struct ls_html *h, const char *class, const char *d)
{
	ls_html_open(h, "path");
	ls_html_attr(h, "class", class);
	ls_html_attr(h, "d", d);
	ls_html_close(h);
}

static void add_label(struct ls_html *h, double x, double y, const char *anchor, const char *text)
{
	ls_html_open(h, "text");
	ls_html_attrf(h, "x", "%.1f", x);
	ls_html_attrf(h, "y", "%.1f", y);
	ls_html_attr(h, "text-anchor", anchor);
	ls_html_text(h, text);
	ls_html_close(h);
}

static void add_x_axis(struct ls_plot *p)
{
	char text[LS_SCALE_LABEL_SIZE], d[64];
	double ticks[LS_SCALE_TICKS_MAX];
	size_t n = ls_scale_ticks(&p->x, ticks);
	for (size_t i = 0; i < n; i++) {
		double x = x_of(p, ticks[i]);
		snprintf(d, sizeof(d), "M%.1f %dv%d", x, TOP, IN_H);
		add_path(p->h, "grid", d);
		add_label(p->h, x, TOP + IN_H + 16, "middle",
			  ls_scale_label(&p->x, ticks[i], text));
	}
	add_label(p->h, LEFT + IN_W / 2.0, HEIGHT - 8, "middle", p->x_label);
}

/* Between decades: lines at 2 to 9, short ones. */
static void add_minor_ticks(struct ls_plot *p, double decade)
{
	char d[64];
	for (int times = 2; times < 10; times++) {
		double y = y_of(p, decade * times);
		if (y < TOP)
			return;
		snprintf(d, sizeof(d), "M%d %.1fh5", LEFT, y);
		add_path(p->h, "grid", d);
	}
}

static void add_y_axis(struct ls_plot *p)
{
	char text[LS_SCALE_LABEL_SIZE], d[64];
	double ticks[LS_SCALE_TICKS_MAX];
	size_t n = ls_scale_ticks(&p->y, ticks);
	for (size_t i = 0; i < n; i++) {
		double y = y_of(p, ticks[i]);
		snprintf(d, sizeof(d), "M%d %.1fh%d", LEFT, y, IN_W);
		add_path(p->h, "grid", d);
		if (p->y.is_log)
			add_minor_ticks(p, ticks[i]);
		add_label(p->h, LEFT - 6, y + 4, "end", ls_scale_label(&p->y, ticks[i], text));
	}
	add_label(p->h, 2, 12, "start", p->y_label);
}

static void add_words(struct ls_plot *p)
{
	struct ls_html *h = p->h;
	ls_html_open(h, "title");
	ls_html_attrf(h, "id", "%s-t", p->id);
	ls_html_text(h, p->title);
	ls_html_close(h);
	ls_html_open(h, "desc");
	ls_html_attrf(h, "id", "%s-d", p->id);
	ls_html_text(h, p->desc);
	ls_html_close(h);
	ls_html_line(h);
}

/* A picture in the picture: it cuts off what is outside of it, and has finer units. */
static void open_inside(struct ls_plot *p)
{
	struct ls_html *h = p->h;
	ls_html_open(h, "svg");
	ls_html_attr(h, "class", p->many ? "in many" : "in");
	ls_html_attrf(h, "x", "%d", LEFT);
	ls_html_attrf(h, "y", "%d", TOP);
	ls_html_attrf(h, "width", "%d", IN_W);
	ls_html_attrf(h, "height", "%d", IN_H);
	ls_html_attrf(h, "viewBox", "0 0 %d %d", IN_W * FINE, IN_H * FINE);
	if (p->is_loose)
		ls_html_attr(h, "overflow", "visible");
	ls_html_line(h);
}

void ls_plot_begin(struct ls_plot *p, struct ls_html *h)
{
	char d[64];
	p->h = h;
	ls_html_open(h, "svg");
	ls_html_attr(h, "class", "plot");
	ls_html_attrf(h, "viewBox", "0 0 %d %d", WIDTH, HEIGHT);
	ls_html_attr(h, "role", "img");
	ls_html_attrf(h, "aria-labelledby", "%s-t %s-d", p->id, p->id);
	add_words(p);
	add_x_axis(p);
	add_y_axis(p);
	snprintf(d, sizeof(d), "M%d %dv%dh%d", LEFT, TOP, IN_H, IN_W);
	add_path(h, "axis", d);
	ls_html_line(h);
	open_inside(p);
}

void ls_plot_end(struct ls_plot *p)
{
	ls_html_close(p->h);
	ls_html_close(p->h);
	ls_html_line(p->h);
}

/* --- inside -------------------------------------------------------------------- */

/* A place in fine units, kept within what is worth drawing; false: there is none. */
static bool fine(double place, int size, long *ret)
{
	double at = place * size * FINE;
	if (isnan(at))
		return false;
	*ret = lround(fmax(-BEYOND, fmin(at, size * FINE + BEYOND)));
	return true;
}

static bool fine_point(const struct ls_plot *p, double x, double y, long *ret_x, long *ret_y)
{
	return fine(ls_scale_place(&p->x, x), IN_W, ret_x) &&
	       fine(1 - ls_scale_place(&p->y, y), IN_H, ret_y);
}

/* "12-3": a number that begins with its sign needs no blank before it. */
static void add_step(struct ls_buffer *d, long x, long y, bool first)
{
	ls_buffer_printf(d, "%s%ld%s%ld", first || x < 0 ? "" : " ", x, y < 0 ? "" : " ", y);
}

/* What is being drawn of a curve. */
struct pen {
	struct ls_buffer *d;
	long x, y;
	bool is_down;  /* at x, y */
	bool has_line; /* from an earlier point to there */
};

/* A point without neighbours is seen as a dot. */
static void lift(struct pen *pen)
{
	if (pen->is_down && !pen->has_line)
		ls_buffer_add_str(pen->d, "l1 0");
	pen->is_down = pen->has_line = false;
}

static void draw_to(struct pen *pen, long x, long y)
{
	if (!pen->is_down) {
		ls_buffer_printf(pen->d, "M%ld %ld", x, y);
	} else {
		if (!pen->has_line)
			ls_buffer_add_str(pen->d, "l");
		add_step(pen->d, x - pen->x, y - pen->y, !pen->has_line);
		pen->has_line = true;
	}
	pen->is_down = true;
	pen->x = x;
	pen->y = y;
}

static void add_points(const struct ls_plot *p, const double *x, const double *y, size_t count,
		       struct ls_buffer *d)
{
	struct pen pen = { .d = d };
	long to_x, to_y;
	for (size_t i = 0; i < count; i++)
		if (fine_point(p, x ? x[i] : (double)i + 1, y[i], &to_x, &to_y))
			draw_to(&pen, to_x, to_y);
		else
			lift(&pen);
	lift(&pen);
}

static void close_named(struct ls_html *h, const char *name)
{
	if (name)
		ls_html_element(h, "title", NULL, name);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_plot_curve(struct ls_plot *p, const char *class, const double *x, const double *y,
		   size_t count, const char *name)
{
	_cleanup_buffer_ struct ls_buffer d;
	ls_buffer_init(&d, PATH_MAX_SIZE);
	add_points(p, x, y, count, &d);
	if (d.size == 0)
		return;
	ls_html_open(p->h, "path");
	ls_html_attr(p->h, "class", class);
	ls_html_attr(p->h, "d", ls_buffer_str(&d));
	close_named(p->h, name);
	if (ls_buffer_error(&d) && p->h->out->error == 0)
		p->h->out->error = ls_buffer_error(&d);
}

void ls_plot_level(struct ls_plot *p, const char *class, double y, const char *name)
{
	long x_ignored, at;
	if (!fine_point(p, p->x.low, y, &x_ignored, &at))
		return;
	ls_html_open(p->h, "path");
	ls_html_attrf(p->h, "class", "level %s", class);
	ls_html_attrf(p->h, "d", "M0 %ldh%d", at, IN_W * FINE);
	close_named(p->h, name);
}

void ls_plot_point(struct ls_plot *p, const char *class, double x, double y, const char *name)
{
	long at_x, at_y;
	if (!fine_point(p, x, y, &at_x, &at_y))
		return;
	ls_html_open(p->h, "circle");
	ls_html_attr(p->h, "class", class);
	ls_html_attrf(p->h, "cx", "%ld", at_x);
	ls_html_attrf(p->h, "cy", "%ld", at_y);
	ls_html_attr(p->h, "r", "35");
	close_named(p->h, name);
}

void ls_plot_key(struct ls_html *h, const char *class, const char *name)
{
	ls_html_open(h, "li");
	ls_html_open(h, "svg");
	ls_html_attr(h, "viewBox", "0 0 24 8");
	ls_html_attr(h, "aria-hidden", "true");
	add_path(h, class, "M0 4h24");
	ls_html_close(h);
	ls_html_claim(h, name);
	ls_html_close(h);
}
