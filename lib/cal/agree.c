/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/agree.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cal/trace_internal.h"

#define NEARLY	  1e-9
#define DAY	  86400
#define NAME_SIZE 512 /* a name of LS_CAL_TEXT_SIZE with blanks around it */

/* --- numbers ------------------------------------------------------------------------------ */

static bool same(struct ls_decimal a, const struct ls_unit *from, struct ls_decimal b,
		 const struct ls_unit *to, bool difference)
{
	double x, y = ls_decimal_double(b);
	int rc = difference ? ls_unit_convert_difference(ls_decimal_double(a), from, to, &x)
			    : ls_unit_convert_value(ls_decimal_double(a), from, to, &x);
	return rc == 0 && fabs(x - y) <= NEARLY * fmax(fabs(x), fabs(y));
}

/* What differs between two points, or NULL. */
static const char *difference_of(const struct ls_cal_point *a, const struct ls_unit *from,
				 const struct ls_cal_point *b, const struct ls_unit *to)
{
	if (!same(a->value, from, b->value, to, false))
		return "value";
	if (a->has_error != b->has_error ||
	    (a->has_error && !same(a->error, from, b->error, to, true)))
		return "error";
	if (a->has_u != b->has_u || (a->has_u && !same(a->u, from, b->u, to, true)))
		return "uncertainty";
	if (a->has_k && b->has_k &&
	    fabs(ls_decimal_double(a->k) - ls_decimal_double(b->k)) > NEARLY)
		return "coverage factor";
	return NULL;
}

static const char *difference_between(const struct ls_cal_measurand *a,
				      const struct ls_cal_measurand *b, size_t *ret_point)
{
	if (a->point_count != b->point_count)
		return "number of points";
	for (size_t i = 0; i < a->point_count; i++) {
		const char *what = difference_of(&a->points[i], &a->unit, &b->points[i], &b->unit);
		if (what) {
			*ret_point = i;
			return what;
		}
	}
	return NULL;
}

static int find_measurand(const struct ls_cal_measurand *m,
			  const struct ls_cal_details *certificate, struct ls_error *err)
{
	const char *what = NULL;
	size_t point = 0;
	for (size_t i = 0; i < certificate->measurand_count; i++) {
		if (!ls_unit_comparable(&m->unit, &certificate->measurands[i].unit))
			continue;
		what = difference_between(m, &certificate->measurands[i], &point);
		if (!what)
			return 0;
	}
	if (!what)
		return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
			       "the report has '%s' in '%s', and the certificate nothing of that "
			       "unit that can be used",
			       m->quantity, m->unit_text);
	return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
		       "'%s', point %zu: the report and the certificate have another %s",
		       m->quantity, point + 1, what);
}

int ls_cal_agree(const struct ls_cal_report *report, const struct ls_cal_report *certificate,
		 struct ls_error *err)
{
	char said[LS_UTC_SIZE], begin[LS_UTC_SIZE], end[LS_UTC_SIZE];
	if (report->performed < certificate->begun ||
	    report->performed >= certificate->performed + DAY)
		return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
			       "the report says that it was performed at %s, the certificate from "
			       "%.10s to %.10s",
			       ls_utc_format(report->performed, said),
			       ls_utc_format(certificate->begun, begin),
			       ls_utc_format(certificate->performed, end));
	const struct ls_cal_details *d = report->details;
	int rc = 0;
	for (size_t i = 0; rc == 0 && d && i < d->measurand_count; i++)
		rc = find_measurand(&d->measurands[i], certificate->details, err);
	return rc;
}

/* --- names -------------------------------------------------------------------------------- */

static bool in_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c >= 0x80;
}

/* " maker t 17 ": its words with one blank around each. */
static const char *words_of(const char *name, char words[static NAME_SIZE])
{
	size_t n = 0;
	words[n++] = ' ';
	for (const unsigned char *c = (const unsigned char *)name; *c && n < NAME_SIZE - 2; c++) {
		if (in_word(*c))
			words[n++] = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
		else if (words[n - 1] != ' ')
			words[n++] = ' ';
	}
	if (words[n - 1] != ' ')
		words[n++] = ' ';
	words[n] = '\0';
	return words;
}

bool ls_cal_same_name(const char *a, const char *b)
{
	char x[NAME_SIZE], y[NAME_SIZE];
	return strcmp(words_of(a, x), words_of(b, y)) == 0;
}

bool ls_cal_name_has(const char *name, const char *part)
{
	char x[NAME_SIZE], y[NAME_SIZE];
	words_of(part, y);
	return y[1] && strstr(words_of(name, x), y);
}

/* --- the check ---------------------------------------------------------------------------- */

/* Whose it is: words stay what they are where it is the same device and laboratory. */
static enum ls_cal_outcome compare_names(const char *device, const char *organisation,
					 const struct ls_cal_document *d,
					 char words[static LS_CAL_WORDS_SIZE])
{
	if (strcmp(device, "-") != 0 && !ls_cal_same_name(device, d->device) &&
	    !ls_cal_name_has(device, d->serial)) {
		snprintf(words, LS_CAL_WORDS_SIZE,
			 "the certificate is of '%s', and whether that is '%s' cannot be seen",
			 d->device, device);
		return LS_CAL_CANNOT;
	}
	if (organisation && !ls_cal_same_name(organisation, d->organisation) &&
	    !ls_cal_same_name(organisation, d->laboratory)) {
		snprintf(words, LS_CAL_WORDS_SIZE,
			 "the certificate is by '%s', and whether that is '%s' cannot be seen",
			 d->organisation[0] ? d->organisation : d->laboratory, organisation);
		return LS_CAL_CANNOT;
	}
	return LS_CAL_HOLDS;
}

enum ls_cal_outcome ls_cal_agree_document(const struct ls_cal_report *report, const char *device,
					  const char *organisation,
					  const struct ls_cal_entry *certificate,
					  char words[static LS_CAL_WORDS_SIZE])
{
	const struct ls_cal_document *d = certificate->outside;
	struct ls_error why = { 0 };
	words[0] = '\0';
	if (d->outcome == LS_CAL_FAILS) {
		snprintf(words, LS_CAL_WORDS_SIZE, "the certificate's signature: %.*s",
			 LS_CAL_WORDS_SIZE - 40, d->words);
		return LS_CAL_FAILS;
	}
	if (ls_cal_agree(report, &certificate->record.report, &why) < 0) {
		snprintf(words, LS_CAL_WORDS_SIZE, "%.*s", LS_CAL_WORDS_SIZE - 1, why.message);
		return LS_CAL_FAILS;
	}
	enum ls_cal_outcome names = compare_names(device, organisation, d, words);
	if (names != LS_CAL_HOLDS || d->outcome != LS_CAL_CANNOT)
		return names;
	snprintf(words, LS_CAL_WORDS_SIZE,
		 "it says the same, and its signature cannot be checked: %.*s",
		 LS_CAL_WORDS_SIZE - 80, d->words);
	return LS_CAL_WARNS;
}

static void compare(struct ls_cal_account *a, const struct ls_cal_entry *certificate)
{
	char words[LS_CAL_WORDS_SIZE];
	const struct ls_cal_organisation *o = ls_cal_proof_organisation(a->organisation);
	enum ls_cal_outcome outcome = ls_cal_agree_document(&a->entry->record.report,
							    ls_cal_account_device_name(a),
							    o ? o->name : NULL, certificate, words);
	ls_cal_note(&a->notes, LS_CAL_CHECK_DOCUMENT, outcome, LS_CAL_SUBJECT_SELF,
		    words[0] ? "%s" : NULL, words);
}

int ls_cal_account_document(struct ls_cal_worker *w, struct ls_cal_account *a, struct ls_error *err)
{
	const struct ls_cal_details *d = a->entry->record.report.details;
	_cleanup_cal_entry_ struct ls_cal_entry *certificate = NULL;
	struct ls_error why = { 0 };
	if (!d || !d->has_document)
		return 0;
	int rc = ls_cal_store_document(w->store, &d->document, &certificate, &why);
	if (rc == 0 && certificate->outside) {
		compare(a, certificate);
	} else if (rc == 0 || rc == -ENOENT) {
		/* whoever hands a mirror or evidence on may have kept back one that says other
		 * things */
		ls_cal_note(&a->notes, LS_CAL_CHECK_DOCUMENT, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "the certificate that it names is not here, so whether it says the "
			    "same was not looked at");
	} else if (rc == -EBADMSG) {
		ls_cal_note(&a->notes, LS_CAL_CHECK_DOCUMENT, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "%s", why.message);
	} else {
		*err = why;
		return rc;
	}
	return 0;
}
