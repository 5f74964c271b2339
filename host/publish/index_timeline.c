/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/index_timeline.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/text.h"

#define TICKS_MAX 5

/* Heights in pixels: a lane's words, then what is drawn. */
enum {
	RESULTS_WORDS = 12,
	RESULTS_TOP = 18,
	RESULTS_BASE = 58,
	MACHINE_WORDS = 76,
	MACHINE_TOP = 82,
	MACHINE_BASE = 92,
	PROBLEM_WORDS = 110,
	PROBLEM_LINE = 122,
	EVENT_WORDS = 144,
	EVENT_LINE = 156,
	AXIS = 170,
	AXIS_WORDS = 184,
	HEIGHT = 190
};

struct bin {
	uint64_t results;
	uint64_t events[LS_INDEX_EVENT + 1]; /* of each kind */
	const struct ls_index_row *newest[LS_INDEX_EVENT + 1];
};

struct timeline {
	const struct ls_index_row *const *rows;
	size_t count;
	int64_t first, last; /* times of the ends; first < last */
	uint64_t most;	     /* results in one bin */
	struct bin bins[LS_TIMELINE_BINS];
	const char *page; /* what a link to a row begins with */
	struct ls_html *h;
};

static double percent(const struct timeline *t, int64_t time)
{
	return 100.0 * (double)(time - t->first) / (double)(t->last - t->first);
}

static size_t bin_of(const struct timeline *t, int64_t time)
{
	size_t bin = (size_t)(percent(t, time) * LS_TIMELINE_BINS / 100);
	return bin < LS_TIMELINE_BINS ? bin : LS_TIMELINE_BINS - 1;
}

/* A host's clock may go back, so the ends are looked for. */
static bool find_ends(struct timeline *t)
{
	t->first = INT64_MAX;
	t->last = INT64_MIN;
	for (size_t i = 0; i < t->count; i++) {
		if (t->rows[i]->seal == 0)
			continue;
		t->first = t->rows[i]->received < t->first ? t->rows[i]->received : t->first;
		t->last = t->rows[i]->received > t->last ? t->rows[i]->received : t->last;
	}
	return t->first < t->last;
}

static void fill_bins(struct timeline *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct ls_index_row *row = t->rows[i];
		if (row->seal == 0)
			continue;
		struct bin *bin = &t->bins[bin_of(t, row->received)];
		bin->results += row->results;
		t->most = bin->results > t->most ? bin->results : t->most;
		bin->events[row->kind]++;
		if (!bin->newest[row->kind] || bin->newest[row->kind]->seal < row->seal)
			bin->newest[row->kind] = row;
	}
}

/* --- lanes --------------------------------------------------------------------- */

static void add_words(struct timeline *t, int y, const char *words)
{
	ls_html_open(t->h, "text");
	ls_html_attr(t->h, "class", "w");
	ls_html_attrf(t->h, "y", "%d", y);
	ls_html_text(t->h, words);
	ls_html_close(t->h);
	ls_html_line(t->h);
}

static void add_line(struct timeline *t, double x, int from, int to, const char *class)
{
	ls_html_open(t->h, "line");
	ls_html_attr(t->h, "class", class);
	ls_html_attrf(t->h, "x1", "%.2f%%", from == to ? 0 : x);
	ls_html_attrf(t->h, "x2", "%.2f%%", x);
	ls_html_attrf(t->h, "y1", "%d", from);
	ls_html_attrf(t->h, "y2", "%d", to);
	ls_html_close(t->h);
}

/* A box is open then, for its title. */
static void open_box(struct timeline *t, const char *class, double x, double y, double width,
		     double height)
{
	ls_html_open(t->h, "rect");
	ls_html_attr(t->h, "class", class);
	ls_html_attrf(t->h, "x", "%.2f%%", x);
	ls_html_attrf(t->h, "y", "%.1f", y);
	ls_html_attrf(t->h, "width", "%.2f%%", width);
	ls_html_attrf(t->h, "height", "%.1f", height);
}

static void open_link(struct timeline *t, uint64_t seal)
{
	ls_html_open(t->h, "a");
	ls_html_attrf(t->h, "href", "%s#s%" PRIu64, t->page, seal);
}

/* As high as their number, but one result among thousands is still seen. */
static void add_results(struct timeline *t)
{
	add_words(t, RESULTS_WORDS, "Results");
	for (size_t i = 0; i < LS_TIMELINE_BINS; i++) {
		const struct bin *b = &t->bins[i];
		if (b->results == 0)
			continue;
		double height = (RESULTS_BASE - RESULTS_TOP) * (double)b->results / (double)t->most;
		height = height < 4 ? 4 : height;
		open_link(t, b->newest[LS_INDEX_RESULT]->seal);
		open_box(t, "r", 100.0 * (double)i / LS_TIMELINE_BINS, RESULTS_BASE - height, 0.5,
			 height);
		ls_html_elementf(t->h, "title", NULL, "%" PRIu64 " result%s", b->results,
				 b->results == 1 ? "" : "s");
		ls_html_close(t->h);
		ls_html_close(t->h);
		ls_html_line(t->h);
	}
}

static void add_running(struct timeline *t, int64_t from, int64_t to)
{
	open_box(t, "m", percent(t, from), MACHINE_TOP, percent(t, to) - percent(t, from),
		 MACHINE_BASE - MACHINE_TOP);
	ls_html_element(t->h, "title", NULL, "running");
	ls_html_close(t->h);
	ls_html_line(t->h);
}

/* What ends a run: stopped, or no longer what was approved. */
static bool ends_run(const struct ls_index_row *row)
{
	return row->kind == LS_INDEX_MACHINE_OFF ||
	       (row->kind == LS_INDEX_PROBLEM && strcmp(row->event, "drift") == 0);
}

/* From the oldest row on.  A stop that no start precedes: it ran when the page begins. */
static void add_machine(struct timeline *t)
{
	int64_t since = t->first;
	bool running = false, known = false;
	add_words(t, MACHINE_WORDS, "Instrument's computer runs");
	for (size_t i = t->count; i-- > 0;) {
		const struct ls_index_row *row = t->rows[i];
		bool on = row->kind == LS_INDEX_MACHINE_ON, off = ends_run(row);
		if (row->seal == 0 || (!on && !off))
			continue;
		if ((running || !known) && row->received > since && off)
			add_running(t, since, row->received);
		if (!running && on)
			since = row->received;
		running = on;
		known = true;
	}
	if (running)
		add_running(t, since, t->last);
}

static void add_mark(struct timeline *t, size_t bin, enum ls_index_kind kind, int y)
{
	const struct ls_index_row *row = t->bins[bin].newest[kind];
	bool problem = kind == LS_INDEX_PROBLEM;
	open_link(t, row->seal);
	ls_html_open(t->h, "circle");
	ls_html_attr(t->h, "class", problem ? "p" : "e");
	ls_html_attrf(t->h, "cx", "%.2f%%", 100.0 * ((double)bin + 0.5) / LS_TIMELINE_BINS);
	ls_html_attrf(t->h, "cy", "%d", y);
	ls_html_attr(t->h, "r", problem ? "5" : "3");
	ls_html_open(t->h, "title");
	ls_html_text(t->h, row->event);
	if (t->bins[bin].events[kind] > 1)
		ls_html_textf(t->h, " and %" PRIu64 " more", t->bins[bin].events[kind] - 1);
	ls_html_close(t->h);
	ls_html_close(t->h);
	ls_html_close(t->h);
	ls_html_line(t->h);
}

static void add_marks(struct timeline *t, const char *words, int y_words, int y,
		      enum ls_index_kind kind)
{
	add_words(t, y_words, words);
	add_line(t, 100, y, y, "a");
	for (size_t i = 0; i < LS_TIMELINE_BINS; i++)
		if (t->bins[i].newest[kind])
			add_mark(t, i, kind, y);
}

/* --- the axis ------------------------------------------------------------------ */

/* Steps that people count in, seconds: the smallest that needs no more than TICKS_MAX. */
static int64_t step_of(const struct timeline *t)
{
	static const int64_t steps[] = { 1,	    5,		15,	    60,
					 300,	    900,	3600,	    3 * 3600,
					 6 * 3600,  12 * 3600,	86400,	    2 * 86400,
					 7 * 86400, 14 * 86400, 30 * 86400, 91 * 86400 };
	int64_t length = t->last - t->first;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (length / steps[i] <= TICKS_MAX)
			return steps[i];
	return (length / TICKS_MAX / 86400 + 1) * 86400;
}

/* Days for steps of days, the time of the day for shorter ones, where a day begins its date. */
static void add_tick_words(struct timeline *t, int64_t time, int64_t step)
{
	char utc[LS_UTC_SIZE];
	ls_utc_format(time, utc);
	if (step >= 86400)
		ls_html_textf(t->h, "%.10s", utc);
	else if (time % 86400 == 0)
		ls_html_textf(t->h, "%.5s", utc + 5);
	else
		ls_html_textf(t->h, "%.*s", step < 60 ? 8 : 5, utc + 11);
}

static void add_tick(struct timeline *t, int64_t time, int64_t step)
{
	double x = percent(t, time);
	add_line(t, x, RESULTS_TOP, AXIS + 4, "g");
	ls_html_open(t->h, "text");
	ls_html_attr(t->h, "class", x < 8 ? "w" : x > 92 ? "o" : "i");
	ls_html_attrf(t->h, "x", "%.2f%%", x);
	ls_html_attrf(t->h, "y", "%d", AXIS_WORDS);
	add_tick_words(t, time, step);
	ls_html_close(t->h);
	ls_html_line(t->h);
}

static void add_axis(struct timeline *t)
{
	int64_t step = step_of(t), time = t->first - t->first % step + step;
	add_line(t, 100, AXIS, AXIS, "a");
	for (; time <= t->last; time += step)
		add_tick(t, time, step);
}

static void add_caption(struct timeline *t)
{
	ls_html_open(t->h, "figcaption");
	ls_html_time(t->h, t->first, "");
	ls_html_text(t->h, " to ");
	ls_html_time(t->h, t->last, "");
	ls_html_text(t->h, ", the seals listed below. A mark leads to its row.");
	ls_html_close(t->h);
}

void ls_index_timeline(const struct ls_index_row *const *rows, size_t count, const char *page,
		       struct ls_html *h)
{
	struct timeline t = { .rows = rows, .count = count, .page = page, .h = h };
	if (!find_ends(&t))
		return;
	fill_bins(&t);
	ls_html_open(h, "figure");
	ls_html_open(h, "svg");
	ls_html_attr(h, "width", "100%");
	ls_html_attrf(h, "height", "%d", HEIGHT);
	ls_html_attr(h, "role", "img");
	ls_html_attr(h, "aria-label", "Time line of results and events");
	add_axis(&t);
	add_results(&t);
	add_machine(&t);
	add_marks(&t, "Needs attention", PROBLEM_WORDS, PROBLEM_LINE, LS_INDEX_PROBLEM);
	add_marks(&t, "Other events", EVENT_WORDS, EVENT_LINE, LS_INDEX_EVENT);
	ls_html_close(h);
	add_caption(&t);
	ls_html_close(h);
	ls_html_line(h);
}
