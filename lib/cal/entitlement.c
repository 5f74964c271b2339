/* SPDX-License-Identifier: Apache-2.0 */
/* Whether those who signed a report were entitled to that day, and the log had it soon. */
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cal/trace_internal.h"

#define HEARTBEAT_SLACK 86400 /* seconds */
#define CLOCK_SLACK	300   /* seconds that a laboratory's clock may be ahead of the log's */

static const struct ls_cal_report *report_of(const struct ls_cal_account *a)
{
	return &a->entry->record.report;
}

static struct ls_cal_use use_of(const struct ls_cal_account *a)
{
	return (struct ls_cal_use){ a->entry->record.issued, a->entry->logged };
}

void ls_cal_account_note(struct ls_cal_account *a, enum ls_cal_check_id check,
			 enum ls_cal_outcome outcome, const char *words)
{
	ls_cal_note(&a->notes, check, outcome, LS_CAL_SUBJECT_SELF, words[0] ? "%s" : NULL, words);
	if (check == LS_CAL_CHECK_REVOKED_TECHNICIAN || check == LS_CAL_CHECK_REVOKED_ORGANISATION)
		a->signers_revoked |= outcome > LS_CAL_WARNS;
	else
		a->genuine &= outcome <= LS_CAL_WARNS;
}

static void check_technician(const struct ls_cal_worker *w, struct ls_cal_account *a)
{
	char words[LS_CAL_WORDS_SIZE];
	struct ls_cal_use performed = { report_of(a)->performed, a->entry->logged };
	enum ls_cal_outcome outcome = ls_cal_proof_valid(a->technician, use_of(a), words);
	if (outcome == LS_CAL_HOLDS)
		outcome = ls_cal_proof_valid(a->technician, performed, words);
	ls_cal_account_note(a, LS_CAL_CHECK_TECHNICIAN, outcome, words);
	outcome = ls_cal_proof_unrevoked(w, a->technician, use_of(a), words);
	ls_cal_account_note(a, LS_CAL_CHECK_REVOKED_TECHNICIAN, outcome, words);
}

/* The technician's certificate was signed by the organisation when it was issued. */
static void check_organisation(const struct ls_cal_worker *w, struct ls_cal_account *a)
{
	char words[LS_CAL_WORDS_SIZE];
	const struct ls_cal_entry *technician = a->technician->entry;
	struct ls_cal_use performed = { report_of(a)->performed, a->entry->logged };
	struct ls_cal_use certified = performed;
	if (!a->organisation) {
		ls_cal_account_note(a, LS_CAL_CHECK_ORGANISATION, LS_CAL_CANNOT,
				    "the technician's organisation is not known");
		return;
	}
	if (technician)
		certified = (struct ls_cal_use){ technician->record.issued, technician->logged };
	enum ls_cal_outcome outcome = ls_cal_proof_valid(a->organisation, performed, words);
	if (outcome == LS_CAL_HOLDS)
		outcome = ls_cal_proof_valid(a->organisation, certified, words);
	ls_cal_account_note(a, LS_CAL_CHECK_ORGANISATION, outcome, words);
	outcome = ls_cal_proof_unrevoked(w, a->organisation, use_of(a), words);
	if (outcome == LS_CAL_HOLDS)
		outcome = ls_cal_proof_unrevoked(w, a->organisation, certified, words);
	ls_cal_account_note(a, LS_CAL_CHECK_REVOKED_ORGANISATION, outcome, words);
}

/* Who certified the device's key was entitled to on that day. */
static enum ls_cal_outcome device_certificate(const struct ls_cal_worker *w,
					      const struct ls_cal_proof *device, char *words)
{
	const struct ls_cal_proof *t = device->certifier;
	struct ls_cal_use then = { device->entry->record.issued, device->entry->logged };
	enum ls_cal_outcome outcome = ls_cal_proof_valid(t, then, words);
	if (outcome == LS_CAL_HOLDS && t->certifier)
		outcome = ls_cal_proof_valid(t->certifier, then, words);
	if (outcome == LS_CAL_HOLDS)
		outcome = ls_cal_proof_unrevoked(w, t, then, words);
	if (outcome == LS_CAL_HOLDS && t->certifier)
		outcome = ls_cal_proof_unrevoked(w, t->certifier, then, words);
	return outcome;
}

static void check_device(const struct ls_cal_worker *w, struct ls_cal_account *a)
{
	char words[LS_CAL_WORDS_SIZE];
	struct ls_cal_use performed = { report_of(a)->performed, a->entry->logged };
	const struct ls_cal_device *device = a->device->entry ? &a->device->entry->record.device
							      : NULL;
	/* a key may be imprinted and certified after the measurement, before the report */
	if (device && device->from <= use_of(a).at && performed.at < device->from)
		performed.at = device->from;
	/* does not hold without an entry */
	enum ls_cal_outcome outcome = ls_cal_proof_valid(a->device, performed, words);
	if (device && outcome == LS_CAL_HOLDS)
		outcome = device_certificate(w, a->device, words);
	if (device && outcome == LS_CAL_HOLDS && device->level != report_of(a)->level) {
		snprintf(words, sizeof(words),
			 "the report says level %u, the device's certificate level %u",
			 report_of(a)->level, device->level);
		outcome = LS_CAL_FAILS;
	}
	ls_cal_account_note(a, LS_CAL_CHECK_DEVICE_CERTIFICATE, outcome, words);
}

static void check_organisation_level(struct ls_cal_account *a)
{
	const struct ls_cal_organisation *o = ls_cal_proof_organisation(a->organisation);
	const struct ls_cal_organisation *d = NULL;
	if (a->device && a->device->certifier)
		d = ls_cal_proof_organisation(a->device->certifier->certifier);
	unsigned level = report_of(a)->level;
	if (!o || !d)
		ls_cal_note(&a->notes, LS_CAL_CHECK_LEVEL_ORGANISATION, LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "an organisation is not known");
	else if (o->level > level || d->level > level)
		ls_cal_note(&a->notes, LS_CAL_CHECK_LEVEL_ORGANISATION, LS_CAL_FAILS,
			    LS_CAL_SUBJECT_SELF,
			    "the organisation '%s' of level %u has to do with a device of level %u",
			    o->level > level ? o->name : d->name,
			    o->level > level ? o->level : d->level, level);
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_LEVEL_ORGANISATION, LS_CAL_HOLDS,
			    LS_CAL_SUBJECT_SELF, NULL);
}

/* Evidence can leave heartbeats out, so that a record seems to have come later than it did.  What
 * is dated a day or less behind the heartbeat before it is as registries are. */
static bool may_be_dated_ahead(const struct ls_cal_worker *w, const struct ls_cal_account *a)
{
	int64_t absent = a->entry->absent;
	return !w->fresh->absence_shown && (absent == LS_CAL_TIME_UNKNOWN ||
					    report_of(a)->performed - absent > HEARTBEAT_SLACK);
}

static void check_logged(const struct ls_cal_worker *w, struct ls_cal_account *a)
{
	char p[LS_UTC_SIZE], l[LS_UTC_SIZE];
	int64_t performed = report_of(a)->performed, logged = a->entry->logged;
	int64_t delay = w->trust->logging_delay;
	if (logged == LS_CAL_TIME_UNKNOWN)
		ls_cal_note(&a->notes, LS_CAL_CHECK_TIME_LOGGED,
			    delay ? LS_CAL_CANNOT : LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "nobody says when it was in the log");
	else if (performed > logged + CLOCK_SLACK)
		ls_cal_note(&a->notes, LS_CAL_CHECK_TIME_LOGGED, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "it is dated %s, and was in the log by %s", ls_utc_format(performed, p),
			    ls_utc_format(logged, l));
	else if (delay && logged - performed > delay)
		ls_cal_note(&a->notes, LS_CAL_CHECK_TIME_LOGGED, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "it is dated %s, and nothing shows it in the log before %s",
			    ls_utc_format(performed, p), ls_utc_format(logged, l));
	else if (may_be_dated_ahead(w, a))
		ls_cal_note(
			&a->notes, LS_CAL_CHECK_TIME_LOGGED, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			"that it was not in the log before %s, which it is dated, is the word of "
			"who put this evidence together",
			ls_utc_format(performed, p));
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_TIME_LOGGED, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
			    NULL);
}

void ls_cal_account_entitle(const struct ls_cal_worker *w, struct ls_cal_account *a)
{
	check_technician(w, a);
	check_organisation(w, a);
	check_device(w, a);
	check_organisation_level(a);
	check_logged(w, a);
}
