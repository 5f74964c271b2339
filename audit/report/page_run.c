/* SPDX-License-Identifier: Apache-2.0 */
/* What the file says of itself: instrument, experiment, calibration, protocol. */
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

static void time_value(struct ls_html *h, const struct ls_run_time *t)
{
	if (t->known)
		ls_page_time(h, t->seconds);
	else if (t->text)
		ls_html_claim(h, t->text);
	else
		ls_html_text(h, "–");
}

static void time_claim(struct ls_html *h, const char *name, const struct ls_run_time *t)
{
	if (!t->known && !t->text)
		return;
	ls_html_element(h, "dt", NULL, name);
	ls_html_open(h, "dd");
	time_value(h, t);
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

/* --- calibration --------------------------------------------------------------- */

/* What the file says of a calibration's standing; the class that goes with it. */
static const char *standing(const struct ls_run_calibration *k, const struct ls_run *run,
			    const char **ret_class)
{
	*ret_class = "bad";
	if (k->passed == LS_SAID_NO)
		return "✗ failed";
	if (k->expired == LS_SAID_YES)
		return "✗ expired at the run";
	const struct ls_run_time *at = run->started.known ? &run->started : &run->ended;
	if (k->expires.known && at->known && k->expires.seconds > 0 &&
	    k->expires.seconds < at->seconds)
		return "✗ expired before the run";
	*ret_class = "unsure";
	if (!k->provenance)
		return k->expired == LS_SAID_NO ? "– not expired, of unknown origin"
						: "– of unknown origin";
	*ret_class = "good";
	if (k->expired == LS_SAID_NO || (k->expires.known && at->known))
		return "✓ not expired at the run";
	*ret_class = "unsure";
	return "– not said";
}

static bool same_time(const struct ls_run_time *a, const struct ls_run_time *b)
{
	return a->known == b->known && (!a->known || a->seconds == b->seconds) &&
	       strcmp(a->text ? a->text : "", b->text ? b->text : "") == 0;
}

/* Whether two are told apart by their names alone, as a plate of pure dyes makes them. */
static bool is_alike(const struct ls_run_calibration *a, const struct ls_run_calibration *b,
		     const struct ls_run *run)
{
	const char *class;
	return a->kind == b->kind && a->name && b->name &&
	       same_time(&a->performed, &b->performed) && same_time(&a->expires, &b->expires) &&
	       strcmp(a->operator_name ? a->operator_name : "",
		      b->operator_name ? b->operator_name : "") == 0 &&
	       strcmp(standing(a, run, &class), standing(b, run, &class)) == 0;
}

static void calibration_names(struct ls_html *h, const struct ls_run_calibration *k, size_t count)
{
	ls_html_open(h, "th");
	ls_html_attr(h, "scope", "row");
	ls_html_text(h, ls_calibration_kind_name(k->kind));
	for (size_t i = 0; i < count && k[i].name; i++) {
		ls_html_text(h, i ? ", " : ": ");
		ls_html_claim(h, k[i].name);
	}
	ls_html_close(h);
}

/* One row for count that are alike. */
static void calibration_row(struct ls_html *h, const struct ls_run_calibration *k, size_t count,
			    const struct ls_run *run)
{
	const char *class;
	const char *words = standing(k, run, &class);
	ls_html_open(h, "tr");
	calibration_names(h, k, count);
	ls_html_open(h, "td");
	time_value(h, &k->performed);
	ls_html_close(h);
	ls_html_open(h, "td");
	time_value(h, &k->expires);
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_html_claim(h, k->operator_name ? k->operator_name : "–");
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_html_attr(h, "class", class);
	ls_html_element(h, "strong", NULL, words);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

void ls_page_calibration(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const columns[] = { "Calibration", "Performed",   "Expires",
					       "By",	      "By the file", NULL };
	const struct ls_run *r = c->run;
	ls_html_element(h, "h2", NULL, "Calibration");
	if (r->calibration_count == 0) {
		ls_html_element(h, "p", NULL, "The file says nothing of calibrations.");
		ls_html_line(h);
		return;
	}
	ls_html_element(h, "p", "note",
			"As the file carries or names them. Whether a calibration was good on that "
			"day was not checked for this page.");
	ls_html_open(h, "div");
	ls_html_attr(h, "class", "scroll");
	ls_html_open(h, "table");
	ls_page_head_row(h, columns);
	ls_html_open(h, "tbody");
	for (size_t i = 0, count; i < r->calibration_count; i += count) {
		const struct ls_run_calibration *k = &r->calibrations[i];
		for (count = 1; i + count < r->calibration_count; count++)
			if (!is_alike(k, &k[count], r))
				break;
		calibration_row(h, k, count, r);
	}
	ls_html_close(h);
	ls_html_close(h);
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
