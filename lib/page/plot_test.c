/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/page/plot.h"

#include <math.h>

#include "lib/base/test.h"

static struct ls_buffer out;
static struct ls_html h;
static struct ls_plot plot;

static void begin(bool is_log)
{
	ls_buffer_free(&out);
	ls_buffer_init(&out, 4u << 20);
	ls_html_init(&h, &out);
	plot = (struct ls_plot){ .id = "p",
				 .title = "A <plot>",
				 .desc = "of & for",
				 .x_label = "Cycle",
				 .y_label = "\xce\x94Rn" };
	ls_scale_exact(&plot.x, 1, 5, 4);
	if (is_log)
		ls_scale_log(&plot.y, 0.001, 10, 4);
	else
		ls_scale_linear(&plot.y, 0, 4, 4);
	ls_plot_begin(&plot, &h);
}

static const char *finish(void)
{
	ls_plot_end(&plot);
	CHECK_INT_EQ(ls_buffer_error(&out), 0);
	CHECK_INT_EQ(h.depth, 0);
	return ls_buffer_str(&out);
}

TEST(a_plot_has_a_name_a_description_and_axes)
{
	begin(false);
	const char *svg = finish();
	CHECK_STR_HAS(svg, "aria-labelledby=\"p-t p-d\"");
	CHECK_STR_HAS(svg, "<title id=\"p-t\">A &lt;plot&gt;</title>");
	CHECK_STR_HAS(svg, "<desc id=\"p-d\">of &amp; for</desc>");
	CHECK_STR_HAS(svg, ">Cycle</text>");
	CHECK_STR_HAS(svg, ">\xce\x94Rn</text>");
}

/* The frame is 430 by 252 units, a tenth fine: a cycle is 1075, one of y 630. */
TEST(curves_are_relative_whole_numbers)
{
	static const double y[] = { 0, 1, 0.5, 4, 4 };
	begin(false);
	ls_plot_curve(&plot, "c1", NULL, y, 5, "A1 <b>");
	CHECK_STR_HAS(finish(),
		      "<path class=\"c1\" d=\"M0 2520l1075-630 1075 315 1075-2205 1075 0\">"
		      "<title>A1 &lt;b&gt;</title></path>");
}

TEST(a_gap_is_a_gap_and_a_lonely_point_is_seen)
{
	static const double y[] = { 0, NAN, 1, 1, NAN };
	begin(false);
	ls_plot_curve(&plot, "c2", NULL, y, 5, NULL);
	CHECK_STR_HAS(finish(), "d=\"M0 2520l1 0M2150 1890l1075 0\"/>");
	begin(false);
	ls_plot_curve(&plot, "c2", NULL, (double[]){ NAN, NAN }, 2, NULL);
	CHECK(!strstr(finish(), "\"c2\""));
}

TEST(on_a_logarithmic_axis_what_is_not_above_zero_has_no_place)
{
	static const double y[] = { -1, 0.1, 0, 10, 1e-200 };
	begin(true);
	ls_plot_curve(&plot, "c1", NULL, y, 5, NULL);
	CHECK_STR_HAS(finish(), "d=\"M1075 1260l1 0M3225 0l1075 8920\"/>");
}

TEST(what_is_far_off_is_kept_near)
{
	static const double y[] = { 0, 1e300, -1e300 };
	begin(false);
	ls_plot_curve(&plot, "c1", NULL, y, 3, NULL);
	ls_plot_level(&plot, "c7", INFINITY, NULL);
	ls_plot_point(&plot, "c7", NAN, 1, NULL);
	const char *svg = finish();
	CHECK_STR_HAS(svg, "M0 2520l1075-8920 1075 15320");
	CHECK(!strstr(svg, "inf") && !strstr(svg, "nan") && !strstr(svg, "<circle"));
}

TEST(levels_points_and_keys)
{
	begin(false);
	ls_plot_level(&plot, "c1", 2, "threshold");
	ls_plot_point(&plot, "c3", 3, 3, "10");
	ls_plot_key(&h, "c1 dash", "<NTC>");
	const char *svg = finish();
	CHECK_STR_HAS(svg, "<path class=\"level c1\" d=\"M0 1260h4300\"><title>threshold</title>");
	CHECK_STR_HAS(svg,
		      "<circle class=\"c3\" cx=\"2150\" cy=\"630\" r=\"35\"><title>10</title>");
	CHECK_STR_HAS(svg, "<path class=\"c1 dash\" d=\"M0 4h24\"/></svg><bdi>&lt;NTC&gt;</bdi>");
}

/* 384 wells of 40 cycles, as one plot: what the page has to afford three times. */
TEST(a_plate_of_384_curves_is_small)
{
	begin(false);
	ls_scale_exact(&plot.x, 1, 40, 8);
	for (int well = 0; well < 384; well++) {
		double y[40];
		for (int c = 0; c < 40; c++)
			y[c] = 4 / (1 + exp(-(c - 15 - well / 40.0) / 1.7)) +
			       (c * well % 7) / 200.0;
		ls_plot_curve(&plot, "c1", NULL, y, 40, "A1");
	}
	finish();
	CHECK(out.size < 150000);
}

TEST_MAIN()
