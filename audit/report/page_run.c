/* SPDX-License-Identifier: Apache-2.0 */
/* What the file says of itself: instrument, experiment, protocol. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"

/* A text of the file's, and one that goes with it. */
static void claim_pair(struct ls_html *h, const char *name, const char *a, const char *between,
		       const char *b)
{
	char text[2 * LS_RUN_TEXT_MAX + 32];
	if (!a || !a[0] || !b || !b[0]) {
		ls_html_claimed_fact(h, name, a && a[0] ? a : b);
		return;
	}
	snprintf(text, sizeof(text), "%s%s%s", a, between, b);
	ls_html_claimed_fact(h, name, text);
}

static void time_claim(struct ls_html *h, const char *name, const struct ls_run_time *t)
{
	if (!t->known && !t->text)
		return;
	ls_html_element(h, "dt", NULL, name);
	ls_html_open(h, "dd");
	ls_page_run_time(h, t);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_run_facts(struct ls_html *h, const struct ls_page_content *c)
{
	const struct ls_run *r = c->run;
	ls_html_element(h, "h2", NULL, "The run, as the file tells it");
	ls_html_element(h, "p", "note",
			"All of this was written by the instrument's software, and is its claim.");
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts claim");
	ls_html_claimed_fact(h, "Experiment", r->name);
	ls_html_claimed_fact(h, "Description", r->description);
	ls_html_claimed_fact(h, "Type", r->experiment_type);
	ls_html_claimed_fact(h, "Chemistry", r->chemistry);
	ls_html_claimed_fact(h, "Plate barcode", r->barcode);
	ls_html_claimed_fact(h, "Operator", r->operator_name);
	time_claim(h, "Started", &r->started);
	time_claim(h, "Ended", &r->ended);
	ls_html_claimed_fact(h, "State", r->run_state);
	claim_pair(h, "Instrument", r->maker, " ", r->instrument_type);
	claim_pair(h, "Name, serial number", r->instrument_name, ", ", r->instrument_serial);
	claim_pair(h, "Block", r->block_type, ", serial number ", r->block_serial);
	claim_pair(h, "Software", r->software, " ", r->software_version);
	ls_html_claimed_fact(h, "Passive reference", r->passive_reference);
	ls_html_claimed_fact(h, "Cq method", r->cq_method);
	claim_pair(h, "File format", ls_run_source_name(r->source), ", version ",
		   r->format_version);
	ls_html_close(h);
	ls_html_line(h);
}

/* --- protocol ------------------------------------------------------------------ */

static const char *hold_text(double seconds, char buffer[static LS_SPAN_SIZE])
{
	if (!isfinite(seconds) || fabs(seconds) > 1e9)
		return "–";
	return ls_page_span((int64_t)llround(seconds * 1000), buffer);
}

static void step_row(struct ls_html *h, const struct ls_run_stage *stage, size_t number,
		     size_t step)
{
	const struct ls_run_step *s = &stage->steps[step];
	char text[LS_NUMBER_SIZE], span[LS_SPAN_SIZE];
	ls_html_open(h, "tr");
	if (step == 0) {
		ls_html_open(h, "th");
		ls_html_attr(h, "scope", "rowgroup");
		ls_html_attrf(h, "rowspan", "%zu", stage->step_count);
		ls_html_textf(h, "%zu  %s", number, ls_stage_kind_name(stage->kind));
		if (stage->repeats > 1)
			ls_html_textf(h, ", %zu times", stage->repeats);
		ls_html_close(h);
	}
	ls_html_open(h, "td");
	ls_html_attr(h, "class", "n");
	ls_html_textf(h, "%s °C", ls_page_fixed(s->temperature, 1, text));
	if (isfinite(s->temperature_high))
		ls_html_textf(h, " to %s °C", ls_page_fixed(s->temperature_high, 1, text));
	if (s->delta_temperature != 0 && isfinite(s->delta_temperature))
		ls_html_textf(h, " (%+.2f °C each time)", s->delta_temperature);
	ls_html_close(h);
	ls_html_element(h, "td", "n", hold_text(s->hold, span));
	if (s->ramp_unit == LS_RAMP_UNKNOWN || !isfinite(s->ramp))
		ls_html_element(h, "td", "n", "–");
	else
		ls_html_elementf(h, "td", "n", "%s %s", ls_page_number(s->ramp, text),
				 s->ramp_unit == LS_RAMP_PERCENT ? "%" : "°C/s");
	ls_html_element(h, "td", NULL, s->collects ? "read" : "");
	ls_html_close(h);
	ls_html_line(h);
}

static void protocol_table(struct ls_html *h, const struct ls_run_protocol *p)
{
	static const char *const columns[] = { "Stage", "Temperature",	"Hold",
					       "Ramp",	"Fluorescence", NULL };
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "scroll");
	ls_html_open(h, "table");
	ls_page_head_row(h, columns);
	for (size_t i = 0; i < p->stage_count; i++) {
		ls_html_open(h, "tbody");
		for (size_t j = 0; j < p->stages[i].step_count; j++)
			step_row(h, &p->stages[i], i + 1, j);
		ls_html_close(h);
	}
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_protocol(struct ls_html *h, const struct ls_page_content *c)
{
	char text[LS_NUMBER_SIZE];
	const struct ls_run_protocol *p = &c->run->protocol;
	ls_html_element(h, "h2", NULL, "Thermal protocol");
	if (p->stage_count == 0) {
		ls_html_element(h, "p", NULL, "The file has none.");
		ls_html_line(h);
		return;
	}
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts claim");
	ls_html_claimed_fact(h, "Name", p->name);
	ls_html_claimed_fact(h, "Mode", p->mode);
	if (isfinite(p->volume))
		ls_page_factf(h, "Volume", "%s µl", ls_page_number(p->volume, text));
	if (isfinite(p->cover))
		ls_page_factf(h, "Cover", "%s °C", ls_page_number(p->cover, text));
	ls_html_close(h);
	protocol_table(h, p);
}

/* --- warnings ------------------------------------------------------------------ */

void ls_page_warnings(struct ls_html *h, const struct ls_page_content *c)
{
	const struct ls_run *r = c->run;
	if (r->warning_total == 0)
		return;
	ls_html_element(h, "h2", NULL, "What could not be read");
	ls_html_open(h, "ul");
	for (size_t i = 0; i < r->warning_count; i++) {
		ls_html_open(h, "li");
		ls_html_claim(h, r->warnings[i].message);
		ls_html_close(h);
	}
	if (r->warning_total > r->warning_count)
		ls_html_elementf(h, "li", NULL, "and %zu more",
				 r->warning_total - r->warning_count);
	ls_html_close(h);
	ls_html_line(h);
}
