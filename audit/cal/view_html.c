/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict as one page for a screen and for paper, without scripts.  Names and words are
 * others' text, and text here, whatever they hold.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/drawing.h"
#include "audit/cal/view.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/page/html.h"

#define PAGE_MAX (64 * 1024 * 1024) /* bytes */

static const char style[] =
	"table{width:100%}td{overflow-wrap:anywhere}td.word,td.n,th.n{white-space:nowrap}"
	".id{display:block;color:var(--soft);font-size:.86em}"
	".verdict .big{font-size:1.5rem;letter-spacing:.02em}"
	"tr.first td{border-top:2px solid var(--bad);border-bottom:2px solid var(--bad)}"
	"figure{margin:0 0 1rem}figcaption{color:var(--soft);font-size:.88em}"
	"@media print{table.links{font-size:8pt}}" LS_CAL_DRAWING_STYLE;

static const char *class_of(enum ls_cal_outcome outcome)
{
	switch (outcome) {
	case LS_CAL_HOLDS: return "good";
	case LS_CAL_FAILS: return "bad";
	case LS_CAL_CANNOT:
	case LS_CAL_WARNS: return "unsure";
	case LS_CAL_INFO: break;
	}
	return "soft";
}

static const char *verdict_class(enum ls_cal_verdict verdict)
{
	static const char *const classes[] = { "good", "bad", "unsure" };
	return classes[verdict];
}

static void cell_claim(struct ls_html *h, const char *text)
{
	ls_html_open(h, "td");
	ls_html_claim(h, text);
	ls_html_close(h);
}

/* --- the top ------------------------------------------------------------------------------- */

static void add_first(struct ls_html *h, const struct ls_cal_check *first)
{
	const struct ls_cal_check_kind *kind = ls_cal_check_kind(first->check);
	ls_html_open(h, "p");
	ls_html_element(h, "strong", NULL,
			first->outcome == LS_CAL_FAILS ? "First that fails: "
						       : "First that could not be shown: ");
	if (first->link != LS_CAL_NO_LINK)
		ls_html_textf(h, "link %zu, ", first->link + 1);
	ls_html_textf(h, "%s (%s). ", kind->name, kind->rule);
	ls_html_claim(h, first->words ? first->words : "");
	ls_html_close(h);
	ls_html_element(h, "p", NULL, ls_cal_advice(first->check, first->outcome));
}

static void add_verdict(struct ls_html *h, const struct ls_cal_result *r)
{
	char sentence[LS_CAL_SENTENCE_SIZE];
	ls_html_open(h, "section");
	ls_html_attrf(h, "class", "verdict %s", verdict_class(r->verdict));
	ls_html_open(h, "p");
	ls_html_element(h, "strong", "big", ls_cal_verdict_name(r->verdict));
	ls_html_close(h);
	ls_html_open(h, "p");
	ls_html_claim(h, ls_cal_sentence(r, sentence));
	ls_html_close(h);
	if (ls_cal_first(r))
		add_first(h, ls_cal_first(r));
	ls_html_close(h);
	ls_html_line(h);
}

static void add_facts(struct ls_html *h, const struct ls_cal_view *view)
{
	char text[256], time[LS_UTC_SIZE], hex[LS_DIGEST_HEX_SIZE];
	const struct ls_cal_result *r = view->result;
	const struct ls_cal_fresh *f = &r->fresh;
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	if (!ls_digest_is_zero(&r->device))
		ls_html_fact(h, "Device's record", ls_digest_hex(&r->device, hex));
	ls_html_claimed_fact(h, "Chain ends at", r->nmi);
	snprintf(text, sizeof(text), "%" PRIu64 " entries", f->size);
	if (f->origin[0]) {
		ls_html_claimed_fact(h, "Registry", f->origin);
		ls_html_fact(h, "Its size", text);
		ls_html_fact(h, "Its root (SHA-256)", ls_digest_hex(&f->root, hex));
	}
	if (f->time != LS_CAL_TIME_UNKNOWN) {
		snprintf(text, sizeof(text), "%s, by %s", ls_utc_format(f->time, time),
			 ls_cal_clock_words(f->clock));
		ls_html_fact(h, "Its state of", text);
	}
	ls_html_fact(h, "Trust file (SHA-256)", ls_digest_hex(&view->trust, hex));
	ls_html_claimed_fact(h, "Memory", view->memory_said);
	ls_html_close(h);
	ls_html_line(h);
}

/* --- the drawing --------------------------------------------------------------------------- */

static enum ls_cal_mark mark_of(const struct ls_cal_result *r, size_t link)
{
	enum ls_cal_mark mark = LS_CAL_MARK_NONE;
	for (size_t i = 0; i < r->check_count; i++) {
		if (r->checks[i].link != link)
			continue;
		if (r->checks[i].outcome == LS_CAL_FAILS)
			return LS_CAL_MARK_BAD;
		if (r->checks[i].outcome == LS_CAL_CANNOT)
			mark = LS_CAL_MARK_UNSURE;
	}
	return mark;
}

/* A link's second line: when, by whom, U. */
static void detail_of(const struct ls_cal_link *l, char *buffer, size_t size)
{
	char day[24], amount[LS_CAL_AMOUNT_SIZE];
	ls_cal_amount(l->has_u, l->u_expanded, l->unit, amount);
	snprintf(buffer, size, "%s, %s%s%s", ls_cal_day(l->performed, day),
		 l->hidden  ? "private"
		 : l->has_u ? "U "
			    : "no U",
		 !l->hidden && l->has_u ? amount : "", l->interpolated ? " (interpolated)" : "");
	size_t n = strlen(buffer);
	snprintf(buffer + n, size - n, ", %s", l->organisation_name);
}

static size_t fill_edges(const struct ls_cal_result *r, const struct ls_cal_node *nodes,
			 struct ls_cal_edge *edges, size_t most)
{
	size_t count = 0;
	for (size_t i = 0; i < r->link_count; i++)
		for (size_t j = 0; j < r->links[i].parent_count && count < most; j++)
			edges[count++] = (struct ls_cal_edge){ i, r->links[i].parents[j],
							       nodes[i].mark };
	return count;
}

#define DETAIL_SIZE 512

static int draw(struct ls_html *h, const struct ls_cal_result *r)
{
	size_t count = r->link_count, edges_most = count * LS_CAL_PARENTS_MAX * 2;
	_cleanup_free_ struct ls_cal_node *nodes = calloc(count + 1, sizeof(*nodes));
	_cleanup_free_ struct ls_cal_edge *edges = calloc(edges_most + 1, sizeof(*edges));
	_cleanup_free_ char(*details)[DETAIL_SIZE] = calloc(count + 1, sizeof(*details));
	const struct ls_cal_check *first = ls_cal_first(r);
	if (!nodes || !edges || !details)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct ls_cal_link *l = &r->links[i];
		detail_of(l, details[i], DETAIL_SIZE);
		nodes[i] = (struct ls_cal_node){ .row = l->depth,
						 .name = l->device_name,
						 .detail = details[i],
						 .share = l->has_share ? l->share : NAN,
						 .mark = mark_of(r, i),
						 .first_failing = first && first->link == i };
	}
	const struct ls_cal_drawing drawing = { nodes, count, edges,
						fill_edges(r, nodes, edges, edges_most) };
	ls_cal_draw(h, &drawing);
	return 0;
}

/* --- tables -------------------------------------------------------------------------------- */

static void table(struct ls_html *h, const char *class, const char *const *columns, size_t count)
{
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "scroll");
	ls_html_open(h, "table");
	ls_html_attr(h, "class", class);
	ls_html_open(h, "thead");
	ls_html_open(h, "tr");
	for (size_t i = 0; i < count; i++)
		ls_html_element(h, "th", NULL, columns[i]);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_open(h, "tbody");
	ls_html_line(h);
}

static void table_end(struct ls_html *h)
{
	ls_html_close(h);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_link(struct ls_html *h, const struct ls_cal_link *l, size_t number, bool first)
{
	char a[LS_CAL_AMOUNT_SIZE], performed[24], due[24];
	ls_html_open(h, "tr");
	if (first)
		ls_html_attr(h, "class", "first");
	ls_html_elementf(h, "td", "n", "%zu", number);
	cell_claim(h, l->device_name);
	cell_claim(h, l->hidden ? "private" : l->report_name);
	ls_html_element(h, "td", "n", ls_cal_day(l->performed, performed));
	ls_html_element(h, "td", "n", ls_cal_day(l->due, due));
	cell_claim(h, l->organisation_name);
	cell_claim(h, l->technician_name);
	ls_html_elementf(h, "td", "n", "%s", ls_cal_amount(l->has_u, l->u_expanded, l->unit, a));
	if (l->has_u)
		ls_html_elementf(h, "td", "n", "%.3g", l->k);
	else
		ls_html_element(h, "td", "n", "–");
	if (l->has_u && isfinite(l->dof))
		ls_html_elementf(h, "td", "n", "%.3g", l->dof);
	else
		ls_html_element(h, "td", "n", "–");
	if (l->has_share)
		ls_html_elementf(h, "td", "n", "%.3g %%", 100 * l->share);
	else
		ls_html_element(h, "td", "n", "–");
	ls_html_close(h);
	ls_html_line(h);
}

static void add_links(struct ls_html *h, const struct ls_cal_result *r)
{
	static const char *const columns[] = {
		"Link",	  "Device", "Report", "Calibrated",	    "Due",	  "By",
		"Person", "U",	    "k",      "Degrees of freedom", "Share of u²"
	};
	const struct ls_cal_check *first = ls_cal_first(r);
	ls_html_heading(h, "Who calibrated what, when, and how well");
	table(h, "links", columns, 11);
	for (size_t i = 0; i < r->link_count; i++)
		add_link(h, &r->links[i], i + 1, first && first->link == i);
	table_end(h);
}

static void add_bounds(struct ls_html *h, const struct ls_cal_result *r)
{
	char a[LS_CAL_AMOUNT_SIZE], b[LS_CAL_AMOUNT_SIZE], c[LS_CAL_AMOUNT_SIZE],
		d[LS_CAL_AMOUNT_SIZE];
	const struct ls_cal_uncertainty_bounds *u = &r->bounds;
	if (!u->known || r->link_count == 0)
		return;
	const char *unit = r->links[0].unit;
	ls_html_elementf(
		h, "p", "note",
		"u of the device %s; the largest of its standards' %s; the links' own "
		"contributions together %s where they are independent, %s where they are not "
		"at all.",
		ls_cal_amount(true, u->u, unit, a), ls_cal_amount(true, u->largest, unit, b),
		ls_cal_amount(true, u->rss, unit, c), ls_cal_amount(true, u->linear, unit, d));
}

static void add_finding(struct ls_html *h, const struct ls_cal_check *c)
{
	const struct ls_cal_check_kind *kind = ls_cal_check_kind(c->check);
	ls_html_open(h, "tr");
	if (c->link != LS_CAL_NO_LINK)
		ls_html_elementf(h, "td", "n", "%zu", c->link + 1);
	else
		ls_html_element(h, "td", "n", "–");
	ls_html_open(h, "td");
	ls_html_attrf(h, "class", "word %s", class_of(c->outcome));
	ls_html_element(h, "strong", NULL, ls_cal_outcome_word(c->outcome));
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_html_text(h, kind->name);
	ls_html_elementf(h, "span", "id hash", "%s, %s", kind->id, kind->rule);
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_html_claim(h, c->words ? c->words : "");
	ls_html_element(h, "span", "id", ls_cal_advice(c->check, c->outcome));
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_findings(struct ls_html *h, const struct ls_cal_result *r)
{
	static const char *const columns[] = { "Link", "Outcome", "Check", "What was found" };
	struct ls_cal_counts c = ls_cal_count(r);
	if (c.of[LS_CAL_FAILS] + c.of[LS_CAL_CANNOT] + c.of[LS_CAL_WARNS] == 0)
		return;
	ls_html_heading(h, "What does not hold, could not be shown, or should be looked at");
	table(h, "findings", columns, 4);
	for (int outcome = LS_CAL_FAILS; outcome >= LS_CAL_WARNS; outcome--)
		for (size_t i = 0; i < r->check_count; i++)
			if (r->checks[i].outcome == (enum ls_cal_outcome)outcome)
				add_finding(h, &r->checks[i]);
	table_end(h);
}

static void add_check(struct ls_html *h, const struct ls_cal_result *r, enum ls_cal_check_id id)
{
	const struct ls_cal_check_kind *kind = ls_cal_check_kind(id);
	struct ls_cal_counts c = ls_cal_count_of(r, id);
	size_t made = c.of[LS_CAL_HOLDS] + c.of[LS_CAL_FAILS] + c.of[LS_CAL_WARNS] +
		      c.of[LS_CAL_CANNOT];
	bool is_made = made + c.of[LS_CAL_INFO] > 0;
	enum ls_cal_outcome worst = ls_cal_worst(&c);
	ls_html_open(h, "tr");
	ls_html_open(h, "td");
	ls_html_attrf(h, "class", "word %s", is_made ? class_of(worst) : "soft");
	ls_html_element(h, "strong", NULL, is_made ? ls_cal_outcome_word(worst) : "not made");
	ls_html_close(h);
	ls_html_element(h, "td", NULL, kind->name);
	ls_html_elementf(h, "td", "hash", "%s, %s", kind->id, kind->rule);
	ls_html_elementf(h, "td", "n", "%zu of %zu", c.of[LS_CAL_HOLDS], made);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_checks(struct ls_html *h, const struct ls_cal_result *r)
{
	static const char *const columns[] = { "Outcome", "Check", "Its id and rule", "Hold" };
	ls_html_heading(h, "The checks");
	table(h, "checks", columns, 4);
	for (int id = 0; id < LS_CAL_CHECKS; id++)
		add_check(h, r, (enum ls_cal_check_id)id);
	table_end(h);
}

static void add_limits(struct ls_html *h)
{
	static const char *const limits[] = {
		"That the device has not changed since it was calibrated, or was used as it should "
		"be.",
		"That a laboratory measured what it signed: its name and its accreditation stand "
		"for it.",
		"That this computer, and the program that made this page, were sound.",
	};
	ls_html_limits(h, limits, sizeof(limits) / sizeof(*limits));
}

static int write_page(const struct ls_cal_view *view, struct ls_buffer *out)
{
	struct ls_html h;
	char title[2 * LS_CAL_TEXT_SIZE];
	const struct ls_cal_result *r = view->result;
	const char *of = r->device_name[0] ? r->device_name : view->asked;
	snprintf(title, sizeof(title), "%s: %s", ls_cal_verdict_name(r->verdict), of);
	const struct ls_html_page page = { .title = title, .style = style };
	ls_html_init(&h, out);
	ls_html_begin_page(&h, &page);
	ls_html_open(&h, "h1");
	ls_html_text(&h, "Calibration of ");
	ls_html_claim(&h, of);
	ls_html_close(&h);
	add_verdict(&h, r);
	add_facts(&h, view);
	if (r->link_count > 0) {
		ls_html_heading(&h, "The chain, from the national standard down");
		if (draw(&h, r) < 0)
			return -ENOMEM;
		add_links(&h, r);
		add_bounds(&h, r);
	}
	add_findings(&h, r);
	add_checks(&h, r);
	add_limits(&h);
	return ls_html_end_page(&h, &page);
}

int ls_cal_write_html(const struct ls_cal_view *view, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, PAGE_MAX);
	return ls_html_save(&page, write_page(view, &page), path, err);
}
