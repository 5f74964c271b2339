/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal stats: how a registry stands, or one organisation's part of it. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/columns.h"
#include "audit/cal/commands.h"
#include "audit/cal/lookup.h"
#include "audit/cal/sweep.h"
#include "audit/cal/view.h"
#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/text.h"

#define QUANTILES 5

static const double quantile_of[QUANTILES] = { 0, 0.1, 0.5, 0.9, 1 };

/* U of the devices that measure the same in the same unit. */
struct distribution {
	const struct ls_cal_swept_kind *kind;
	size_t count;
	double quantiles[QUANTILES]; /* least, first decile, median, last decile, greatest */
};

struct statistics {
	size_t devices, verdicts[3], uncalibrated;
	size_t depths[LS_CAL_DEPTH_MAX + 2];
	size_t reasons[LS_CAL_CHECKS]; /* what decided the verdicts that are not TRACEABLE */
	size_t distribution_count;
	struct distribution *distributions; /* owned; in the order of kinds */
};

struct arguments {
	struct ls_cal_sources sources;
	const char *organisation;
	bool json;
};

static const struct ls_command *const command = &ls_cal_commands[LS_CAL_STATS];

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		LS_CAL_SOURCE_OPTIONS(&a->sources),
		{ "--organisation", NULL, &a->organisation },
		{ "--json", &a->json, NULL },
	};
	return ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(*options),
			       NULL, NULL);
}

static void count_device(struct statistics *s, const struct ls_cal_summary *d)
{
	s->devices++;
	s->verdicts[d->verdict]++;
	s->uncalibrated += ls_digest_is_zero(&d->report);
	s->depths[d->depth <= LS_CAL_DEPTH_MAX ? d->depth : LS_CAL_DEPTH_MAX + 1]++;
	if (d->first < LS_CAL_CHECKS)
		s->reasons[d->first]++;
}

static int by_value(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;
	return a < b ? -1 : a > b;
}

/* The value that a part of them is not above: the nearest rank. */
static double quantile(const double *values, size_t count, double part)
{
	size_t rank = (size_t)ceil(part * (double)count);
	return values[rank > 0 ? rank - 1 : 0];
}

static size_t collect(const struct ls_cal_sweep *sweep, size_t kind, double *values)
{
	size_t count = 0;
	for (size_t i = 0; i < sweep->count; i++)
		if (sweep->devices[i].summary.has_u && sweep->devices[i].kind == kind)
			values[count++] = sweep->devices[i].summary.u_expanded;
	return count;
}

static int fill_distributions(const struct ls_cal_sweep *sweep, struct statistics *s)
{
	_cleanup_free_ double *values = calloc(sweep->count + 1, sizeof(*values));
	s->distributions = calloc(sweep->kind_count + 1, sizeof(*s->distributions));
	if (!values || !s->distributions)
		return -ENOMEM;
	for (size_t k = 0; k < sweep->kind_count; k++) {
		struct distribution *d = &s->distributions[s->distribution_count];
		*d = (struct distribution){ .kind = &sweep->kinds[k],
					    .count = collect(sweep, k, values) };
		if (d->count == 0)
			continue;
		qsort(values, d->count, sizeof(*values), by_value);
		for (size_t q = 0; q < QUANTILES; q++)
			d->quantiles[q] = quantile(values, d->count, quantile_of[q]);
		s->distribution_count++;
	}
	return 0;
}

/* Of others' devices nothing is kept: neither counts nor names. */
static void keep_only(struct ls_cal_sweep *sweep, const struct ls_digest *organisation)
{
	size_t count = 0;
	for (size_t i = 0; organisation && i < sweep->count; i++)
		if (ls_digest_equal(&sweep->devices[i].summary.organisation, organisation))
			sweep->devices[count++] = sweep->devices[i];
	sweep->count = organisation ? count : sweep->count;
}

static double share(size_t part, size_t of)
{
	return of ? (double)part / (double)of : 0;
}

/* --- rows, for both ------------------------------------------------------------------------- */

/* Of a list of counts, those that are not 0: how many devices, and of what. */
struct counted {
	size_t devices, depth;
	const struct ls_cal_check_kind *check;
};
typedef void row(void *context, const struct counted *counted);

static void each_depth(const struct statistics *s, row *put, void *context)
{
	for (size_t depth = 0; depth <= LS_CAL_DEPTH_MAX + 1; depth++)
		if (s->depths[depth] > 0)
			put(context, &(struct counted){ s->depths[depth], depth, NULL });
}

static void each_reason(const struct statistics *s, row *put, void *context)
{
	for (int id = 0; id < LS_CAL_CHECKS; id++)
		if (s->reasons[id] > 0)
			put(context,
			    &(struct counted){ s->reasons[id], 0,
					       ls_cal_check_kind((enum ls_cal_check_id)id) });
}

static void print_row(void *context, const struct counted *c)
{
	(void)context;
	if (c->check)
		printf("  %10zu  %s [%s]\n", c->devices, c->check->name, c->check->id);
	else
		printf("  %10zu  %zu\n", c->devices, c->depth);
}

static void put_row(void *array, const struct counted *c)
{
	json_t *object = json_pack("{s:I}", "devices", (json_int_t)c->devices);
	if (c->check)
		json_object_set_new(object, "check", json_string(c->check->id));
	else
		json_object_set_new(object, "depth", json_integer((json_int_t)c->depth));
	json_array_append_new(array, object);
}

static json_t *rows(const struct statistics *s,
		    void (*each)(const struct statistics *s, row *put, void *context))
{
	json_t *array = json_array();
	each(s, put_row, array);
	return array;
}

/* --- for people ---------------------------------------------------------------------------- */

static void print_distributions(const struct statistics *s)
{
	static const char *const heads[] = { "quantity", "devices", "least",   "10 %",
					     "median",	 "90 %",    "greatest" };
	char amount[LS_CAL_AMOUNT_SIZE];
	_cleanup_columns_ struct ls_columns table;
	ls_columns_init(&table, 7, 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6);
	for (size_t i = 0; i < 7; i++)
		ls_columns_putf(&table, "%s", heads[i]);
	for (size_t i = 0; i < s->distribution_count; i++) {
		const struct distribution *d = &s->distributions[i];
		ls_columns_put(&table, d->kind->quantity[0] ? d->kind->quantity : "-");
		ls_columns_putf(&table, "%zu", d->count);
		for (size_t q = 0; q < QUANTILES; q++)
			ls_columns_putf(
				&table, "%s",
				ls_cal_amount(true, d->quantiles[q], d->kind->unit, amount));
	}
	printf("\nexpanded uncertainty U at each device's best point\n");
	ls_columns_print(&table, 2, stdout);
}

static int print_text(const struct ls_cal_session *session, const struct statistics *s,
		      const struct arguments *a)
{
	char at[LS_UTC_SIZE];
	printf("%zu devices as of %s%s%s\n\n", s->devices, ls_utc_format(session->at, at),
	       a->organisation ? ", calibrated by " : "", a->organisation ? a->organisation : "");
	for (int v = 0; v < 3; v++)
		printf("  %10zu  %s (%.4g %%)\n", s->verdicts[v],
		       ls_cal_verdict_name((enum ls_cal_verdict)v),
		       100 * share(s->verdicts[v], s->devices));
	printf("  %10zu  of them without a calibration in force\n", s->uncalibrated);
	if (s->devices > 0) {
		printf("\nlinks on the longest path of a device's chain\n");
		each_depth(s, print_row, NULL);
	}
	if (s->verdicts[LS_CAL_TRACEABLE] < s->devices) {
		printf("\nwhat the others lack first\n");
		each_reason(s, print_row, NULL);
	}
	if (s->distribution_count > 0)
		print_distributions(s);
	return ls_command_flush();
}

/* --- for machines -------------------------------------------------------------------------- */

static json_t *distributions_json(const struct statistics *s)
{
	json_t *array = json_array();
	for (size_t i = 0; i < s->distribution_count; i++) {
		const struct distribution *d = &s->distributions[i];
		json_array_append_new(
			array, json_pack("{s:o, s:o, s:I, s:f, s:f, s:f, s:f, s:f}", "quantity",
					 ls_cal_json_text(d->kind->quantity), "unit",
					 ls_cal_json_text(d->kind->unit), "devices",
					 (json_int_t)d->count, "least", d->quantiles[0], "p10",
					 d->quantiles[1], "median", d->quantiles[2], "p90",
					 d->quantiles[3], "greatest", d->quantiles[4]));
	}
	return array;
}

static int print_json(const struct ls_cal_session *session, const struct statistics *s,
		      const struct arguments *a, const struct ls_digest *organisation)
{
	json_t *slice = a->organisation ? ls_cal_json_party(organisation, a->organisation)
					: json_null();
	return ls_cal_print_json(json_pack(
		"{s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:f, s:o, s:o, s:o}", "format",
		"labseal/calibration-stats/v1", "at", ls_cal_json_time(session->at), "organisation",
		slice, "devices", (json_int_t)s->devices, "traceable",
		(json_int_t)s->verdicts[LS_CAL_TRACEABLE], "not_traceable",
		(json_int_t)s->verdicts[LS_CAL_NOT_TRACEABLE], "cannot_be_shown",
		(json_int_t)s->verdicts[LS_CAL_CANNOT_BE_SHOWN], "uncalibrated",
		(json_int_t)s->uncalibrated, "share_traceable",
		share(s->verdicts[LS_CAL_TRACEABLE], s->devices), "depths", rows(s, each_depth),
		"reasons", rows(s, each_reason), "uncertainties", distributions_json(s)));
}

static int compute(const struct ls_cal_session *session, const struct ls_digest *organisation,
		   struct ls_cal_sweep *sweep, struct statistics *ret, struct ls_error *err)
{
	const struct ls_cal_sweep_options options = { .kinds = true };
	int rc = ls_cal_sweep(session, &options, sweep, err);
	if (rc < 0)
		return rc;
	keep_only(sweep, organisation);
	for (size_t i = 0; i < sweep->count; i++)
		count_device(ret, &sweep->devices[i].summary);
	return fill_distributions(sweep, ret) < 0
		       ? ls_fail(err, -ENOMEM, "cal.memory", "out of memory")
		       : 0;
}

int ls_cal_stats_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	struct ls_error err = { 0 };
	struct ls_digest organisation;
	struct statistics s = { .devices = 0 };
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	_cleanup_cal_sweep_ struct ls_cal_sweep sweep = { .count = 0 };
	int rc = parse(argc, argv, &a);
	if (rc == 0)
		rc = ls_cal_session_open(command, &a.sources, &session);
	if (rc != 0)
		return rc;
	if ((a.organisation &&
	     ls_cal_organisation_find(session.store, a.organisation, &organisation, &err) < 0) ||
	    compute(&session, a.organisation ? &organisation : NULL, &sweep, &s, &err) < 0) {
		free(s.distributions);
		return ls_cal_fail(command, &err);
	}
	rc = a.json ? print_json(&session, &s, &a, &organisation) : print_text(&session, &s, &a);
	free(s.distributions);
	return ls_cal_printed(command, rc, LS_EXIT_HOLDS);
}
