/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/index_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/publish/index_timeline.h"
#include "host/publish/readme.h"
#include "host/publish/texts.h"

#define PAGES_LINKED 20 /* full thousands that a page links to */

const char *ls_index_path(uint64_t block, char buffer[static LS_INDEX_PATH_SIZE])
{
	snprintf(buffer, LS_INDEX_PATH_SIZE, "index/%06" PRIu64 "-%06" PRIu64 ".html",
		 (block - 1) * LS_INDEX_ROWS + 1, block * LS_INDEX_ROWS);
	return buffer;
}

/* --- the instrument's state ---------------------------------------------------- */

/* One box of the state: a term and, open then, what is said of it. */
static void open_box(struct ls_html *h, const char *class, const char *term)
{
	ls_html_open(h, "div");
	ls_html_attr(h, "class", class);
	ls_html_element(h, "dt", NULL, term);
	ls_html_open(h, "dd");
}

static void close_box(struct ls_html *h)
{
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

/* Words for it, and how it is to look. */
static const char *vm_words(const char *event, const char **ret_class)
{
	*ret_class = "wide good";
	if (strcmp(event, "vm-start") == 0)
		return "running";
	*ret_class = "wide";
	if (strcmp(event, "vm-stop") == 0)
		return "stopped";
	if (strcmp(event, "drift") != 0)
		return "not known";
	*ret_class = "wide bad";
	return "CHANGED without approval";
}

static void add_vm(const struct ls_index_state *s, struct ls_html *h)
{
	const char *class, *words = vm_words(s->vm, &class);
	open_box(h, class, "Instrument's computer");
	ls_html_text(h, words);
	if (s->vm[0]) {
		ls_html_open(h, "small");
		ls_html_text(h, "since ");
		ls_html_time(h, s->vm_since, "");
		ls_html_close(h);
	}
	close_box(h);
}

static void add_last(const struct ls_index_state *s, struct ls_html *h)
{
	open_box(h, "wide", "Last seal");
	if (s->last)
		ls_html_time(h, s->last, "");
	else
		ls_html_text(h, "none yet");
	ls_html_element(h, "small", NULL, "this page shows what was there then");
	close_box(h);
}

/* Only where the laboratory has it checked. */
static void add_calibration(const struct ls_index_state *s, struct ls_html *h)
{
	if (s->calibration == LS_CALIBRATION_NOT_CHECKED)
		return;
	open_box(h,
		 s->calibration == LS_CALIBRATION_TRACEABLE	  ? "wide good"
		 : s->calibration == LS_CALIBRATION_NOT_TRACEABLE ? "wide bad"
								  : "wide",
		 "Calibration");
	ls_html_text(h, ls_calibration_verdict_name(s->calibration));
	ls_html_open(h, "small");
	ls_html_text(h, "at the last seal");
	if (s->calibration_due) {
		ls_html_text(h, ", due ");
		ls_html_time(h, s->calibration_due, "");
	}
	ls_html_close(h);
	close_box(h);
}

/* class: how it is to look when there are any. */
static void add_count(struct ls_html *h, const char *name, uint64_t value, const char *class)
{
	char digits[LS_GROUPED_SIZE];
	open_box(h, value ? class : "", name);
	if (value)
		ls_html_text(h, ls_grouped(value, digits));
	else
		ls_html_text(h, "none");
	close_box(h);
}

static void add_state(const struct ls_index_state *s, struct ls_html *h)
{
	ls_html_open(h, "dl");
	ls_html_line(h);
	add_vm(s, h);
	add_last(s, h);
	add_calibration(s, h);
	add_count(h, "Results", s->results, "");
	add_count(h, "Events", s->events, "");
	add_count(h, "Gaps", s->gaps, "bad");
	add_count(h, "Refused", s->refused, "bad");
	ls_html_close(h);
	ls_html_line(h);
}

static void add_note(const struct ls_index_state *s, struct ls_html *h)
{
	ls_html_open(h, "p");
	ls_html_attr(h, "class", "note");
	if (s->key_kind) {
		ls_html_text(h, "Signing key: ");
		ls_html_element(h, "b", NULL, ls_key_kind_name(s->key_kind));
		ls_html_text(h, ". ");
	}
	ls_html_text(h, "This page proves nothing: it lies beside the results and could be changed "
			"with them. ");
	ls_html_link(h, "README.txt", "README.txt");
	ls_html_text(h, " tells how to check them, ");
	ls_html_link(h, LS_VERIFY_PAGE, LS_VERIFY_PAGE);
	ls_html_text(h, " checks one in your browser");
	if (s->has_trust_copies) {
		ls_html_text(h, "; ");
		ls_html_link(h, "trust/", "trust/");
		ls_html_text(h, " holds copies of the keys, for convenience only");
	}
	ls_html_text(h, ". Times are UTC, by the host's clock; names are as the instrument's "
			"computer gave them.");
	ls_html_close(h);
	ls_html_line(h);
}

static void add_intro(const struct ls_index_state *s, const char *title, struct ls_html *h)
{
	ls_html_element(h, "h1", NULL, title);
	if (s->development)
		ls_html_element(h, "p", "warn",
				"Development setup: these seals prove how labseal works, not where "
				"the results come from.");
	add_state(s, h);
	add_note(s, h);
}

/* --- the list ------------------------------------------------------------------ */

/* Links to the pages of the newest full thousands; such a page links to those before it. */
static void add_pages(uint64_t full, uint64_t block, struct ls_html *h)
{
	char path[LS_INDEX_PATH_SIZE], text[64];
	uint64_t last = block ? block - 1 : full;
	if (!block && !full)
		return;
	ls_html_open(h, "nav");
	if (block)
		ls_html_link(h, "index.html", "newest");
	else
		ls_html_text(h, "All, by thousands:");
	for (uint64_t b = last; b > 0 && b + PAGES_LINKED > last; b--) {
		snprintf(text, sizeof(text), "%" PRIu64 "\u2013%" PRIu64,
			 (b - 1) * LS_INDEX_ROWS + 1, b * LS_INDEX_ROWS);
		ls_html_text(h, " ");
		ls_html_link(h, ls_index_path(b, path), text);
	}
	ls_html_close(h);
	ls_html_line(h);
}

/* A label is open after it, with its input. */
static void add_input(struct ls_html *h, const char *label, const char *id, const char *type,
		      const char *placeholder)
{
	ls_html_open(h, "label");
	ls_html_attr(h, "class", id);
	ls_html_text(h, label);
	ls_html_open(h, "input");
	ls_html_attr(h, "id", id);
	ls_html_attr(h, "type", type);
	ls_html_attr(h, "placeholder", placeholder);
	ls_html_attr(h, "autocomplete", "off");
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

/* The values are the letters of the rows' classes. */
static void add_kinds(struct ls_html *h)
{
	static const char *const kinds[][2] = { { "", "results and events" },
						{ "r", "results" },
						{ "ep", "events" },
						{ "p", "events that need attention" } };
	ls_html_open(h, "label");
	ls_html_attr(h, "class", "kind");
	ls_html_text(h, "Show");
	ls_html_open(h, "select");
	ls_html_attr(h, "id", "kind");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		ls_html_open(h, "option");
		ls_html_attr(h, "value", kinds[i][0]);
		ls_html_text(h, kinds[i][1]);
		ls_html_close(h);
	}
	ls_html_close(h);
	ls_html_close(h);
}

/* Only a script makes use of it, so only a script shows it.  pages: what it may search besides. */
static void add_filter(uint64_t pages, struct ls_html *h)
{
	ls_html_open(h, "form");
	ls_html_attr(h, "id", "filter");
	ls_html_attr(h, "role", "search");
	ls_html_attr(h, "hidden", "hidden");
	ls_html_attrf(h, "data-pages", "%" PRIu64, pages);
	ls_html_attrf(h, "data-rows", "%d", LS_INDEX_ROWS);
	add_input(h, "Search", "q", "search", "name, seal, SHA-256");
	add_kinds(h);
	add_input(h, "From", "from", "date", "YYYY-MM-DD");
	add_input(h, "To", "to", "date", "YYYY-MM-DD");
	ls_html_open(h, "button");
	ls_html_attr(h, "id", "older");
	ls_html_attr(h, "type", "button");
	ls_html_attr(h, "hidden", "hidden");
	ls_html_close(h);
	ls_html_open(h, "output");
	ls_html_attr(h, "id", "found");
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_head_row(struct ls_html *h)
{
	static const char *const columns[][2] = { { "s", "Seal" },    { "t", "Received" },
						  { "c", "Name" },    { "n", "Bytes" },
						  { "h", "SHA-256" }, { "f", "Files" } };
	ls_html_open(h, "thead");
	ls_html_open(h, "tr");
	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		ls_html_element(h, "th", columns[i][0], columns[i][1]);
	ls_html_close(h);
	ls_html_close(h);
}

static void add_table(const struct ls_index_row *const *rows, size_t count, struct ls_html *h)
{
	ls_html_open(h, "table");
	ls_html_attr(h, "id", "list");
	add_head_row(h);
	ls_html_open(h, "tbody");
	ls_html_line(h);
	for (size_t i = 0; i < count; i++)
		if (rows[i]->seal)
			ls_html_written(h, &rows[i]->html);
	ls_html_close(h);
	ls_html_close(h);
	if (count == 0)
		ls_html_element(h, "p", "note", "Nothing has been sealed yet.");
	ls_html_open(h, "div");
	ls_html_attr(h, "id", "pages");
	ls_html_close(h);
	ls_html_line(h);
}

int ls_index_page(const struct ls_index_state *state, const struct ls_index_row *const *rows,
		  size_t count, uint64_t block, struct ls_buffer *out)
{
	uint64_t full = state->seals / LS_INDEX_ROWS;
	char path[LS_INDEX_PATH_SIZE], title[sizeof(state->instrument) + 16];
	struct ls_html h;
	snprintf(title, sizeof(title), "Results of %s",
		 state->instrument[0] ? state->instrument : "the instrument");
	const struct ls_html_page page = { .title = title,
					   .style = ls_text_index_page_css,
					   .script = ls_text_index_page_js,
					   .base = block ? "../" : NULL,
					   .framed = block != 0,
					   .frames = block == 0 };
	ls_html_init(&h, out);
	ls_html_begin_page(&h, &page);
	ls_html_open(&h, "header");
	if (block)
		ls_html_elementf(&h, "h1", NULL, "Seals %" PRIu64 " to %" PRIu64,
				 (block - 1) * LS_INDEX_ROWS + 1, block * LS_INDEX_ROWS);
	else
		add_intro(state, title, &h);
	ls_index_timeline(rows, count, block ? ls_index_path(block, path) : "", &h);
	add_pages(full, block, &h);
	ls_html_close(&h);
	add_filter(block ? 0 : full, &h);
	add_table(rows, count, &h);
	return ls_html_end_page(&h, &page);
}
