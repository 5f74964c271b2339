/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/report/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"
#include "lib/page/plot.h"

#define TITLE_SIZE 4096

static const char style[] = LS_PLOT_STYLE
	".plate{display:block;width:100%;height:auto}.plate.small{max-width:30rem}"
	".plate text{font-size:10px;text-anchor:middle;fill:var(--paper);font-weight:600}"
	".plate .s{fill:var(--soft);font-weight:400}.plate circle{fill:currentColor}"
	".plate .e{fill:none;stroke:var(--line);color:transparent}"
	".plate .o circle{fill:none;stroke:currentColor}.plate .o text{fill:currentColor}"
	".key b{display:inline-block;min-width:1.2em;font-weight:700}"
	".wells{font-size:.88em}.wells td{padding:.1rem 1.4rem .1rem "
	"0;max-width:20rem;overflow-wrap:anywhere}.wells "
	"th{padding-right:1.4rem}"
	"ul{padding-left:1.2rem;margin:.4rem 0}"
	"@media print{.plots{grid-template-columns:1fr 1fr}.plate.small{max-width:11cm}"
	".wells{font-size:8pt}}";

static const char *shown_name(const struct ls_page_content *c)
{
	if (!c->seal)
		return c->name;
	const struct ls_record_file *f = &c->seal->record->files[c->seal->shown];
	return f->claimed.name[0] ? f->claimed.name : f->path;
}

static void add_top(struct ls_html *h, const struct ls_page_content *c)
{
	ls_html_open(h, "header");
	ls_html_open(h, "h1");
	ls_html_claim(h, shown_name(c));
	ls_html_close(h);
	if (c->seal)
		ls_html_elementf(h, "p", "soft", "Report on a result of %s",
				 c->seal->record->instrument);
	else
		ls_html_element(h, "p", "soft", "Report on a file");
	ls_html_close(h);
	ls_html_line(h);
}

static void add_file_alone(struct ls_html *h, const struct ls_page_content *c)
{
	char bytes[LS_GROUPED_SIZE];
	ls_html_open(h, "section");
	ls_html_attr(h, "class", "verdict unsure");
	ls_html_open(h, "p");
	ls_html_element(h, "strong", NULL, "No seal was looked at.");
	ls_html_text(h, " This page shows a file as it lies there. Who made it, and whether it was "
			"changed, it cannot tell.");
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
	if (!c->is_hashed)
		return;
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	ls_page_factf(h, "Size", "%s bytes", ls_grouped(c->size, bytes));
	ls_page_hash_fact(h, "SHA-256", &c->sha256);
	ls_html_close(h);
	ls_html_line(h);
}

static void add_problem(struct ls_html *h, const struct ls_page_content *c)
{
	ls_html_element(h, "h2", NULL, "Curves");
	ls_html_open(h, "p");
	ls_html_attr(h, "class", "warn");
	ls_html_text(h, "No curves are shown: ");
	ls_html_claim(h, c->problem ? c->problem : "the file holds none");
	ls_html_text(h, ".");
	ls_html_close(h);
	if (c->seal)
		ls_html_element(
			h, "p", "note",
			"The seal does not depend on it: the file is sealed as it came, byte "
			"by byte.");
	ls_html_line(h);
}

static void add_run(struct ls_html *h, const struct ls_page_content *c)
{
	ls_page_run_facts(h, c);
	ls_page_plate(h, c);
	ls_page_calibration(h, c);
	ls_page_amplification(h, c);
	ls_page_standard(h, c);
	ls_page_controls(h, c);
	ls_page_melt(h, c);
	ls_page_protocol(h, c);
	ls_page_results(h, c);
	ls_page_warnings(h, c);
}

static void add_limits(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const limits[] = {
		"that this page is unaltered: it is not under the seal",
		"which sample was in which well, or how it was taken and treated",
		"that the instrument measured rightly, or that its software told the truth",
		"that the instrument's clock was right: its times are claims",
		"who operated the instrument: a name in a file is typed, not proven",
	};
	size_t first = c->seal ? 0 : 1;
	ls_html_limits(h, limits + first, sizeof(limits) / sizeof(limits[0]) - first);
}

static void add_foot(struct ls_html *h)
{
	ls_html_element(h, "p", "note", "Drawn by labseal " LABSEAL_VERSION ".");
	ls_html_line(h);
}

int ls_report_draw(const struct ls_page_content *c, struct ls_buffer *out)
{
	char title[TITLE_SIZE];
	if (c->seal)
		snprintf(title, sizeof(title), "%s, seal %" PRIu64 " of %s", shown_name(c),
			 c->seal->record->seal, c->seal->record->instrument);
	else
		snprintf(title, sizeof(title), "%s", c->name);
	const struct ls_html_page page = { .title = title, .style = style };
	struct ls_html h;
	ls_html_init(&h, out);
	ls_html_begin_page(&h, &page);
	add_top(&h, c);
	if (c->seal) {
		ls_page_seal_top(&h, c);
		ls_page_seal_facts(&h, c);
	} else {
		add_file_alone(&h, c);
	}
	if (c->run)
		add_run(&h, c);
	else
		add_problem(&h, c);
	if (c->seal)
		ls_page_seal_technical(&h, c);
	add_limits(&h, c);
	add_foot(&h);
	return ls_html_end_page(&h, &page);
}
