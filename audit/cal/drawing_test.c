/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/drawing.h"

#include <math.h>

#include "lib/base/test.h"

#define PAGE_MAX (1024 * 1024)

static const char *draw(struct ls_buffer *out, const struct ls_cal_drawing *drawing)
{
	struct ls_html h;
	ls_buffer_init(out, PAGE_MAX);
	ls_html_init(&h, out);
	ls_cal_draw(&h, drawing);
	CHECK_INT_EQ(h.depth, 0);
	CHECK_INT_EQ(ls_buffer_error(out), 0);
	return ls_buffer_str(out);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;
	for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
		count++;
	return count;
}

TEST(two_parents_have_a_box_and_a_line_each)
{
	const struct ls_cal_node nodes[] = {
		{ .row = 0, .name = "device", .detail = "U 0.1 K", .share = 0.5 },
		{ .row = 1, .name = "bath", .share = 0.3 },
		{ .row = 1, .name = "bridge", .share = NAN },
	};
	const struct ls_cal_edge edges[] = { { 0, 1, LS_CAL_MARK_NONE },
					     { 0, 2, LS_CAL_MARK_NONE } };
	_cleanup_buffer_ struct ls_buffer out;
	const char *svg = draw(&out, &(struct ls_cal_drawing){ nodes, 3, edges, 2 });
	CHECK_INT_EQ(count_of(svg, "class=\"box\""), 3);
	CHECK_INT_EQ(count_of(svg, "class=\"line\""), 2);
	CHECK_INT_EQ(count_of(svg, "class=\"bar\""), 2);
	CHECK(strstr(svg, "50 %"));
	CHECK(strstr(svg, "<title>device: U 0.1 K</title>"));
}

TEST(what_fails_is_told_by_a_word)
{
	const struct ls_cal_node nodes[] = {
		{ .row = 0, .name = "a", .share = NAN, .mark = LS_CAL_MARK_UNSURE },
		{ .row = 1,
		  .name = "b",
		  .share = NAN,
		  .mark = LS_CAL_MARK_BAD,
		  .first_failing = true },
		{ .row = 2, .name = "c", .share = NAN, .mark = LS_CAL_MARK_BAD },
	};
	const struct ls_cal_edge edges[] = { { 0, 1, LS_CAL_MARK_BAD }, { 7, 1, LS_CAL_MARK_BAD } };
	_cleanup_buffer_ struct ls_buffer out;
	const char *svg = draw(&out, &(struct ls_cal_drawing){ nodes, 3, edges, 2 });
	CHECK_INT_EQ(count_of(svg, "fails first"), 1);
	CHECK_INT_EQ(count_of(svg, "✗ fails<"), 1);
	CHECK_INT_EQ(count_of(svg, "? not shown"), 1);
	CHECK_INT_EQ(count_of(svg, "class=\"line bad\""), 1);
}

TEST(names_are_text_and_are_cut_at_whole_characters)
{
	char name[400] = "<b>&";
	for (size_t i = 4; i + 3 < sizeof(name); i += 2)
		memcpy(name + i, "é", 3);
	const struct ls_cal_node node = { .name = name,
					  .detail = "\xff\xe2\x80\xae",
					  .share = NAN };
	_cleanup_buffer_ struct ls_buffer out;
	const char *svg = draw(&out, &(struct ls_cal_drawing){ &node, 1, NULL, 0 });
	CHECK(!strstr(svg, "<b>"));
	CHECK(strstr(svg, "éé…</text>"));
	CHECK(strstr(svg, "%E2%80%AE"));
}

TEST(fifty_levels_are_drawn_on_sheets_that_overlap)
{
	static struct ls_cal_node nodes[50];
	static struct ls_cal_edge edges[49];
	for (unsigned i = 0; i < 50; i++) {
		nodes[i] = (struct ls_cal_node){ .row = i, .name = "standard", .share = 0.02 };
		if (i > 0)
			edges[i - 1] = (struct ls_cal_edge){ i - 1, i, LS_CAL_MARK_NONE };
	}
	_cleanup_buffer_ struct ls_buffer out;
	const char *svg = draw(&out, &(struct ls_cal_drawing){ nodes, 50, edges, 49 });
	CHECK_INT_EQ(count_of(svg, "<svg"), 5);
	CHECK_INT_EQ(count_of(svg, "class=\"line\""), 49); /* none is lost between two sheets */
	CHECK(strstr(svg, "Steps 40 to 50 of 50"));
}

TEST_MAIN()
