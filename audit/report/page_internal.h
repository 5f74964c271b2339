/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of report.html; page.c puts them together. */
#ifndef LABSEAL_AUDIT_REPORT_PAGE_INTERNAL_H
#define LABSEAL_AUDIT_REPORT_PAGE_INTERNAL_H

#include "audit/report/page.h"
#include "lib/page/html.h"

/* --- words (page_words.c) --- */

/* ls_html_fact, formatted. */
void ls_page_factf(struct ls_html *h, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* "2026-03-04 14:22:19 UTC" as a fact; 0: none. */
void ls_page_time_fact(struct ls_html *h, const char *name, int64_t seconds);

/* A time of a run's file: an instant, or the text that stands there, or a dash. */
void ls_page_run_time(struct ls_html *h, const struct ls_run_time *t);

/* SHA-256 in hex, as a fact. */
void ls_page_hash_fact(struct ls_html *h, const char *name, const struct ls_digest *d);

/* "7 min 5 s", "340 ms"; returns buffer. */
#define LS_SPAN_SIZE 48
const char *ls_page_span(int64_t ms, char buffer[static LS_SPAN_SIZE]);

/* A number for people: 4 significant digits unless it says otherwise; a dash for NAN. */
#define LS_NUMBER_SIZE 32
const char *ls_page_number(double value, char buffer[static LS_NUMBER_SIZE]);
const char *ls_page_fixed(double value, int decimals, char buffer[static LS_NUMBER_SIZE]);

/* A table's head; ends at the first NULL.  ">Bytes": a column of numbers. */
void ls_page_head_row(struct ls_html *h, const char *const *columns);

/* A cell of a number. */
void ls_page_number_cell(struct ls_html *h, double value, int decimals);

/* --- parts --- */

void ls_page_seal_top(struct ls_html *h, const struct ls_page_content *c); /* page_seal.c */
void ls_page_seal_facts(struct ls_html *h, const struct ls_page_content *c);
void ls_page_seal_technical(struct ls_html *h, const struct ls_page_content *c);

/* --- page_calibration.c: what the record says of the instrument's, in one line and as a strip ---
 */

#define LS_CALIBRATION_LINE_SIZE 512
const char *ls_page_calibration_mark(const struct ls_calibration_status *s); /* "✓", "✗", "–" */
const char *ls_page_calibration_line(const struct ls_calibration_status *s,
				     char buffer[static LS_CALIBRATION_LINE_SIZE]);
void ls_page_sealed_calibration(struct ls_html *h, const struct ls_page_content *c);

/* What the record names, with the run's wells where there is one; nothing when it names none. */
void ls_page_samples(struct ls_html *h, const struct ls_page_content *c); /* page_samples.c */

/* The rest are of a run: c->run and c->analysis are there. */
void ls_page_run_facts(struct ls_html *h, const struct ls_page_content *c); /* page_run.c */
void ls_page_calibration(struct ls_html *h,
			 const struct ls_page_content *c); /* page_calibration.c */
void ls_page_protocol(struct ls_html *h, const struct ls_page_content *c);
void ls_page_warnings(struct ls_html *h, const struct ls_page_content *c);
void ls_page_plate(struct ls_html *h, const struct ls_page_content *c);		/* page_plate.c */
void ls_page_amplification(struct ls_html *h, const struct ls_page_content *c); /* page_curves.c */
void ls_page_melt(struct ls_html *h, const struct ls_page_content *c);
void ls_page_standard(struct ls_html *h, const struct ls_page_content *c); /* page_results.c */
void ls_page_controls(struct ls_html *h, const struct ls_page_content *c);
void ls_page_results(struct ls_html *h, const struct ls_page_content *c);

/* --- series (page_curves.c) --- */

/* The class of a target's or dye's colour: "c1" to "c6", the further ones "c7". */
const char *ls_page_colour(size_t index);

/* How a target is called: its name, or "target 3". */
#define LS_TARGET_NAME_SIZE 128
const char *ls_page_target_name(const struct ls_run *run, size_t target,
				char buffer[static LS_TARGET_NAME_SIZE]);

#endif
