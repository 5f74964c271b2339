/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calibration, twice: what the seal says of the instrument's, by a registry, and what the run's
 * file says of its own (background, uniformity, pure dye, region of interest).
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/report/page_internal.h"

/* --- what the seal says ------------------------------------------------------------ */

const char *ls_page_calibration_mark(const struct ls_calibration_status *s)
{
	switch (s->verdict) {
	case LS_CALIBRATION_TRACEABLE: return "✓";
	case LS_CALIBRATION_NOT_TRACEABLE: return "✗";
	default: return "–";
	}
}

const char *ls_page_calibration_line(const struct ls_calibration_status *s,
				     char buffer[static LS_CALIBRATION_LINE_SIZE])
{
	char due[LS_UTC_SIZE];
	if (s->verdict == LS_CALIBRATION_NOT_CHECKED)
		snprintf(buffer, LS_CALIBRATION_LINE_SIZE, "not checked");
	else if (s->verdict == LS_CALIBRATION_TRACEABLE)
		snprintf(buffer, LS_CALIBRATION_LINE_SIZE,
			 "%s by the record%s%s; labseal verify "
			 "--calibration asks the registry again",
			 ls_calibration_verdict_name(s->verdict), s->due ? ", due " : "",
			 s->due ? ls_utc_format(s->due / 1000, due) : "");
	else
		snprintf(buffer, LS_CALIBRATION_LINE_SIZE, "%s by the record: %s",
			 ls_calibration_verdict_name(s->verdict), s->reason.text);
	return buffer;
}

static const char *verdict_class(enum ls_calibration_verdict verdict)
{
	return verdict == LS_CALIBRATION_TRACEABLE	 ? "good"
	       : verdict == LS_CALIBRATION_NOT_TRACEABLE ? "bad"
							 : "unsure";
}

static void verdict_fact(struct ls_html *h, const struct ls_calibration_status *s)
{
	ls_html_element(h, "dt", NULL, "At the time of receipt");
	ls_html_open(h, "dd");
	ls_html_attr(h, "class", verdict_class(s->verdict));
	ls_html_open(h, "strong");
	ls_html_textf(h, "%s %s", ls_page_calibration_mark(s),
		      ls_calibration_verdict_name(s->verdict));
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}

static void time_fact(struct ls_html *h, const char *name, int64_t ms)
{
	if (ms != 0)
		ls_page_time_fact(h, name, ms / 1000);
}

void ls_page_sealed_calibration(struct ls_html *h, const struct ls_page_content *c)
{
	const struct ls_calibration_status *s = &c->seal->record->calibration;
	ls_html_element(h, "h2", NULL, "Calibration of the instrument");
	if (s->verdict == LS_CALIBRATION_NOT_CHECKED) {
		ls_html_element(h, "p", NULL,
				"Not checked: the laboratory's policy names no device.");
		ls_html_line(h);
		return;
	}
	ls_html_open(h, "dl");
	ls_html_attr(h, "class", "facts");
	verdict_fact(h, s);
	if (s->reason.id[0])
		ls_page_factf(h, "Because", "%s (%s)", s->reason.text, s->reason.id);
	ls_html_fact(h, "Device", s->device);
	ls_html_fact(h, "Quantity", s->quantity);
	time_fact(h, "Performed", s->performed);
	time_fact(h, "Due", s->due);
	ls_page_hash_fact(h, "Report", &s->report);
	if (s->registry.size > 0)
		ls_page_factf(h, "Registry", "%s, of %" PRIu64 " entries", s->registry.origin,
			      s->registry.size);
	time_fact(h, "Registry known until", s->registry.time);
	time_fact(h, "Asked", s->checked);
	ls_html_close(h);
	ls_html_element(h, "p", "note",
			"As the host sealed it. Whoever has the registry asks it again, as of that "
			"time and with what is known today: labseal verify --calibration.");
	ls_html_line(h);
}

/* --- what the file says ------------------------------------------------------------ */

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
		return k->expired == LS_SAID_NO ? "– not expired; present, provenance absent"
						: "– present, provenance absent";
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
	ls_page_run_time(h, &k->performed);
	ls_html_close(h);
	ls_html_open(h, "td");
	ls_page_run_time(h, &k->expires);
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

/* What a run file of these instruments carries, and this one does not. */
static void absent_rows(struct ls_html *h, const struct ls_run *run)
{
	static const enum ls_calibration_kind carried[] = { LS_CALIBRATION_BACKGROUND,
							    LS_CALIBRATION_UNIFORMITY,
							    LS_CALIBRATION_PURE_DYE,
							    LS_CALIBRATION_ROI };
	for (size_t i = 0; i < sizeof(carried) / sizeof(carried[0]); i++) {
		size_t k = 0;
		while (k < run->calibration_count && run->calibrations[k].kind != carried[i])
			k++;
		if (run->source != LS_RUN_EDS || k < run->calibration_count)
			continue;
		const struct ls_run_calibration none = { .kind = carried[i] };
		ls_html_open(h, "tr");
		calibration_names(h, &none, 1);
		for (int column = 0; column < 3; column++)
			ls_html_element(h, "td", NULL, "–");
		ls_html_open(h, "td");
		ls_html_attr(h, "class", "unsure");
		ls_html_element(h, "strong", NULL, "– not in the file");
		ls_html_close(h);
		ls_html_close(h);
		ls_html_line(h);
	}
}

void ls_page_calibration(struct ls_html *h, const struct ls_page_content *c)
{
	static const char *const columns[] = { "Calibration", "Performed",   "Expires",
					       "By",	      "By the file", NULL };
	const struct ls_run *r = c->run;
	ls_html_element(h, "h2", NULL, "Calibrations in the file");
	if (r->calibration_count == 0) {
		ls_html_element(h, "p", NULL, "The file says nothing of calibrations.");
		ls_html_line(h);
		return;
	}
	ls_html_element(h, "p", "note",
			"As the file carries or names them: the instrument's word on itself, which "
			"nobody signed. \"Provenance absent\": the figures are there, and not who "
			"made them, when and on which instrument.");
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
	absent_rows(h, r);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_close(h);
	ls_html_line(h);
}
