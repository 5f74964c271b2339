/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal due: the recall list. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/columns.h"
#include "audit/cal/commands.h"
#include "audit/cal/lookup.h"
#include "audit/cal/sweep.h"
#include "audit/cal/view.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/number.h"
#include "lib/base/text.h"

#define DAY	     86400
#define DAYS_MAX     36600
#define DAYS_DEFAULT 30

struct arguments {
	struct ls_cal_sources sources;
	const char *within, *organisation;
	uint64_t days;
	bool json;
};

static const struct ls_command *const command = &ls_cal_commands[LS_CAL_DUE];

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		LS_CAL_SOURCE_OPTIONS(&a->sources),
		{ "--within", NULL, &a->within },
		{ "--organisation", NULL, &a->organisation },
		{ "--json", &a->json, NULL },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(*options),
				 NULL, NULL);
	a->days = DAYS_DEFAULT;
	if (rc == 0 && a->within &&
	    (ls_parse_u64(a->within, strlen(a->within), &a->days) < 0 || a->days > DAYS_MAX))
		return ls_command_usage(command, "'--within' takes days, 0 to %d, not '%s'",
					DAYS_MAX, a->within);
	return rc;
}

static bool is_due(const struct ls_cal_swept *d, int64_t until,
		   const struct ls_digest *organisation)
{
	if (ls_digest_is_zero(&d->summary.report) || d->summary.due == LS_CAL_NO_END)
		return false;
	if (organisation && !ls_digest_equal(&d->summary.organisation, organisation))
		return false;
	return d->summary.due <= until;
}

static int by_due(const void *left, const void *right)
{
	const struct ls_cal_swept *a = left, *b = right;
	if (a->summary.due != b->summary.due)
		return a->summary.due < b->summary.due ? -1 : 1;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* What is not on the list goes; the rest is in order. */
static size_t pick(struct ls_cal_sweep *sweep, int64_t until, const struct ls_digest *organisation)
{
	size_t count = 0;
	for (size_t i = 0; i < sweep->count; i++)
		if (is_due(&sweep->devices[i], until, organisation))
			sweep->devices[count++] = sweep->devices[i];
	sweep->count = count;
	if (count > 0)
		qsort(sweep->devices, count, sizeof(*sweep->devices), by_due);
	return count;
}

static size_t overdue(const struct ls_cal_sweep *sweep, int64_t at)
{
	size_t count = 0;
	while (count < sweep->count && sweep->devices[count].summary.due < at)
		count++;
	return count;
}

/* What is done with each row: a device, and the names of its records. */
typedef void row(void *context, const struct ls_cal_swept *device, const struct ls_cal_names *names,
		 bool over);

static int each_row(const struct ls_cal_session *s, const struct ls_cal_sweep *sweep, row *put,
		    void *context, struct ls_error *err)
{
	struct ls_cal_names names;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sweep->count; i++) {
		const struct ls_cal_swept *d = &sweep->devices[i];
		rc = ls_cal_names_of(s->store, &d->device, &d->summary.report,
				     &d->summary.organisation, &names, err);
		if (rc == 0)
			put(context, d, &names, d->summary.due < s->at);
	}
	return rc;
}

static void put_cells(void *context, const struct ls_cal_swept *d, const struct ls_cal_names *names,
		      bool over)
{
	char day[24];
	struct ls_columns *table = context;
	ls_columns_put(table, ls_cal_day(d->summary.due, day));
	ls_columns_put(table, over ? "OVER" : "due");
	ls_columns_put(table, names->device);
	ls_columns_put(table, names->report);
	ls_columns_put(table, names->organisation);
	ls_columns_put(table, ls_cal_verdict_name(d->summary.verdict));
}

static void put_object(void *context, const struct ls_cal_swept *d,
		       const struct ls_cal_names *names, bool over)
{
	json_array_append_new(
		context,
		json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:s}", "due",
			  ls_cal_json_time(d->summary.due), "over", over, "device",
			  ls_cal_json_party(&d->device, names->device), "report",
			  ls_cal_json_party(&d->summary.report, names->report), "organisation",
			  ls_cal_json_party(&d->summary.organisation, names->organisation),
			  "performed", ls_cal_json_time(d->summary.performed), "verdict",
			  ls_cal_verdict_name(d->summary.verdict)));
}

static int print_text(const struct ls_cal_session *s, const struct ls_cal_sweep *sweep,
		      const struct arguments *a, struct ls_error *err)
{
	static const char *const heads[] = { "due",	      "",	"device", "report",
					     "calibrated by", "verdict" };
	char at[24];
	_cleanup_columns_ struct ls_columns table;
	ls_columns_init(&table, 6, 0);
	printf("%zu devices are due within %" PRIu64
	       " days of %s; the calibration of %zu of them is "
	       "over\n\n",
	       sweep->count, a->days, ls_cal_day(s->at, at), overdue(sweep, s->at));
	for (size_t i = 0; i < 6; i++)
		ls_columns_putf(&table, "%s", heads[i]);
	int rc = each_row(s, sweep, put_cells, &table, err);
	if (rc < 0)
		return rc;
	if (sweep->count > 0)
		ls_columns_print(&table, 2, stdout);
	return ls_command_flush();
}

static int print_json(const struct ls_cal_session *s, const struct ls_cal_sweep *sweep,
		      const struct arguments *a, struct ls_error *err)
{
	json_t *items = json_array();
	int rc = each_row(s, sweep, put_object, items, err);
	if (rc < 0) {
		json_decref(items);
		return rc;
	}
	json_t *root = json_pack("{s:s, s:o, s:I, s:I, s:I, s:o}", "format",
				 "labseal/calibration-due/v1", "at", ls_cal_json_time(s->at),
				 "within_days", (json_int_t)a->days, "count",
				 (json_int_t)sweep->count, "over",
				 (json_int_t)overdue(sweep, s->at), "devices", items);
	return ls_cal_print_json(root);
}

int ls_cal_due_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	struct ls_error err = { 0 };
	struct ls_digest organisation;
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	_cleanup_cal_sweep_ struct ls_cal_sweep sweep = { .count = 0 };
	int rc = parse(argc, argv, &a);
	if (rc == 0)
		rc = ls_cal_session_open(command, &a.sources, &session);
	if (rc != 0)
		return rc;
	if ((a.organisation &&
	     ls_cal_organisation_find(session.store, a.organisation, &organisation, &err) < 0) ||
	    ls_cal_sweep(&session, NULL, &sweep, &err) < 0)
		return ls_cal_fail(command, &err);
	pick(&sweep, session.at + (int64_t)a.days * DAY, a.organisation ? &organisation : NULL);
	err = (struct ls_error){ 0 }; /* what was looked for in vain before is no failure */
	rc = a.json ? print_json(&session, &sweep, &a, &err)
		    : print_text(&session, &sweep, &a, &err);
	if (rc < 0 && err.code < 0)
		return ls_cal_fail(command, &err);
	return ls_cal_printed(command, rc,
			      overdue(&sweep, session.at) > 0 ? LS_EXIT_DOES_NOT_HOLD
							      : LS_EXIT_HOLDS);
}
