/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For benches: a picture of what was measured.
 *
 *     curves TITLE X-LABEL Y-LABEL linear|log <LINES >PICTURE.svg
 *
 * LINES are "series<TAB>x<TAB>y", a series' lines together, at most seven of them; y is always
 * logarithmic, x as said.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/page/plot.h"
#include "tests/bench/measure.h"

#define SERIES_MAX 7
#define POINTS_MAX 256
#define WIDTH	   520
#define HEIGHT	   320
#define KEY_HEIGHT 18

static const char style[] =
	"svg{--soft:#5a6572;--line:#d5dae0;--paper:#fff;--c1:#0069a8;--c2:#c25100;--c3:#007a5c;"
	"--c4:#a8478a;--c5:#8a6d00;--c6:#2a8fc4;--c7:#5a6572;font-family:sans-serif;"
	"background:#fff}text.key{font-size:12px;fill:currentColor}" LS_PLOT_STYLE;

struct series {
	char name[80];
	double x[POINTS_MAX], y[POINTS_MAX];
	size_t count;
};

static struct series all[SERIES_MAX];
static size_t series_count;

static void read_lines(void)
{
	char line[256], name[80];
	double x, y;
	while (fgets(line, sizeof(line), stdin)) {
		char *tab = strchr(line, '\t');
		if (!tab || sscanf(tab + 1, "%lf %lf", &x, &y) != 2)
			bench_die("no line of a curve: %s", line);
		snprintf(name, sizeof(name), "%.*s", (int)(tab - line), line);
		if (series_count == 0 || strcmp(all[series_count - 1].name, name) != 0) {
			if (series_count == SERIES_MAX)
				bench_die("more than %d series", SERIES_MAX);
			memcpy(all[series_count++].name, name, sizeof(name));
		}
		struct series *s = &all[series_count - 1];
		if (s->count == POINTS_MAX)
			bench_die("more than %d points", POINTS_MAX);
		s->x[s->count] = x;
		s->y[s->count++] = y;
	}
}

static const char *class_of(size_t i)
{
	static const char *const classes[SERIES_MAX] = { "c1", "c2", "c3", "c4", "c5", "c6", "c7" };
	return classes[i];
}

static void add_key(struct ls_html *h, size_t i)
{
	ls_html_open(h, "text");
	ls_html_attrf(h, "class", "key %s", class_of(i));
	ls_html_attr(h, "x", "66");
	ls_html_attrf(h, "y", "%zu", HEIGHT + KEY_HEIGHT * (i + 1));
	ls_html_textf(h, "● %s", all[i].name);
	ls_html_close(h);
	ls_html_line(h);
}

/* x as it stands on the axis: decades where it is logarithmic. */
static void draw_series(struct ls_plot *p, struct series *s, size_t i, bool is_log)
{
	for (size_t n = 0; is_log && n < s->count; n++)
		s->x[n] = log10(s->x[n]);
	ls_plot_curve(p, class_of(i), s->x, s->y, s->count, s->name);
	for (size_t n = 0; n < s->count; n++)
		ls_plot_point(p, class_of(i), s->x[n], s->y[n], s->name);
}

static void set_axes(struct ls_plot *p, bool is_log)
{
	double x_low = NAN, x_high = NAN, y_low = NAN, y_high = NAN;
	for (size_t i = 0; i < series_count; i++) {
		ls_scale_take(all[i].x, all[i].count, &x_low, &x_high);
		ls_scale_take(all[i].y, all[i].count, &y_low, &y_high);
	}
	if (is_log)
		ls_scale_exact(&p->x, floor(log10(x_low)), ceil(log10(x_high)), 6);
	else
		ls_scale_linear(&p->x, 0, x_high, 6);
	ls_scale_log(&p->y, y_low, y_high, 8);
}

int main(int argc, char **argv)
{
	struct ls_buffer out;
	struct ls_html h;
	if (argc != 5)
		bench_die("usage: curves TITLE X-LABEL Y-LABEL linear|log <LINES");
	bool is_log = strcmp(argv[4], "log") == 0;
	struct ls_plot plot = {
		.id = "p", .title = argv[1], .desc = argv[3], .x_label = argv[2], .y_label = argv[3]
	};
	read_lines();
	if (series_count == 0)
		bench_die("nothing to draw");
	ls_buffer_init(&out, 1u << 20);
	ls_html_init(&h, &out);
	ls_html_open(&h, "svg");
	ls_html_attr(&h, "xmlns", "http://www.w3.org/2000/svg");
	ls_html_attrf(&h, "viewBox", "0 0 %d %zu", WIDTH, HEIGHT + KEY_HEIGHT * series_count + 8);
	ls_html_element(&h, "style", NULL, style);
	ls_html_open(&h, "svg"); /* as large as the plot: what is in it fills it */
	ls_html_attrf(&h, "width", "%d", WIDTH);
	ls_html_attrf(&h, "height", "%d", HEIGHT);
	set_axes(&plot, is_log);
	ls_plot_begin(&plot, &h);
	for (size_t i = 0; i < series_count; i++)
		draw_series(&plot, &all[i], i, is_log);
	ls_plot_end(&plot);
	ls_html_close(&h);
	for (size_t i = 0; i < series_count; i++)
		add_key(&h, i);
	ls_html_close(&h);
	if (ls_buffer_error(&out) < 0 || fwrite(out.data, 1, out.size, stdout) != out.size)
		bench_die("the picture cannot be written");
	ls_buffer_free(&out);
	return 0;
}
