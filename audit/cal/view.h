/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A trace's result for people and for machines.
 *
 * What is shown is a function of the result and of the trust file alone: no clock, no path, no
 * duration, so that a verdict of yesterday comes out again byte for byte.
 */
#ifndef LABSEAL_AUDIT_CAL_VIEW_H
#define LABSEAL_AUDIT_CAL_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/cal/trace.h"

struct ls_cal_view {
	const struct ls_cal_result *result;
	const char *asked;	 /* the device as it was asked for */
	struct ls_digest trust;	 /* SHA-256 of the trust file */
	const char *memory_said; /* what became of the memory, a sentence; NULL: none was used */
};

/* Exit status of a verdict. */
int ls_cal_verdict_exit(enum ls_cal_verdict verdict);

/* How many checks came out in each way. */
struct ls_cal_counts {
	size_t of[LS_CAL_FAILS + 1]; /* by outcome */
};
struct ls_cal_counts ls_cal_count(const struct ls_cal_result *result);
/* The same of one check alone. */
struct ls_cal_counts ls_cal_count_of(const struct ls_cal_result *result,
				     enum ls_cal_check_id check);

/* The worst outcome that was counted; HOLDS for nothing. */
enum ls_cal_outcome ls_cal_worst(const struct ls_cal_counts *counts);

/* The check that decides the verdict, or NULL. */
const struct ls_cal_check *ls_cal_first(const struct ls_cal_result *result);

/* What to do about a check that does not hold: a sentence. */
const char *ls_cal_advice(enum ls_cal_check_id check, enum ls_cal_outcome outcome);

/* What an outcome is called for people: "holds", "told", "warning", "not shown", "FAILS". */
const char *ls_cal_outcome_word(enum ls_cal_outcome outcome);

/* The sentence beside the verdict: what was asked, and how many checks were made. */
#define LS_CAL_SENTENCE_SIZE 640
const char *ls_cal_sentence(const struct ls_cal_result *result,
			    char buffer[static LS_CAL_SENTENCE_SIZE]);

/* By what the age of the registry's state is known: "the registry's own word", ... */
const char *ls_cal_clock_words(enum ls_cal_clock clock);
const char *ls_cal_clock_name(enum ls_cal_clock clock); /* "heartbeat" */

/* "1.2e-3 K"; "-" where it is not known.  unit is D-SI's text. */
#define LS_CAL_AMOUNT_SIZE 192
const char *ls_cal_amount(bool known, double value, const char *unit,
			  char buffer[static LS_CAL_AMOUNT_SIZE]);

/* "2026-03-04", or "-" for none and for what is not known. */
const char *ls_cal_day(int64_t time, char buffer[static 24]);

/* Each writes to standard output: 0 or a negative errno. */
int ls_cal_print_text(const struct ls_cal_view *view);
json_t *ls_cal_json(const struct ls_cal_view *view); /* NULL: out of memory */
int ls_cal_print_json(json_t *root);		     /* takes it over; NULL is -ENOMEM */

/* Text of others in JSON as everywhere: escaped.  NULL: null. */
json_t *ls_cal_json_text(const char *text);
json_t *ls_cal_json_time(int64_t time);		    /* RFC 3339, or null for none */
json_t *ls_cal_json_id(const struct ls_digest *id); /* null for zero */
/* A record: its "id" and "name" ("": null). */
json_t *ls_cal_json_party(const struct ls_digest *id, const char *name);

/*
 * One page of HTML that needs nothing else, for a screen and for paper (A4): replaced in one
 * step.  0 or a negative errno.
 */
int ls_cal_write_html(const struct ls_cal_view *view, const char *path, struct ls_error *err);

#endif
