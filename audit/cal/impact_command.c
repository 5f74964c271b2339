/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal impact: what is touched, for people and for machines. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/cal/columns.h"
#include "audit/cal/commands.h"
#include "audit/cal/impact.h"
#include "audit/cal/lookup.h"
#include "audit/cal/session.h"
#include "audit/cal/view.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/text.h"

#define SHARES_MAX 64

struct arguments {
	struct ls_cal_sources sources;
	const char *since_text, *first_share;
	const char *words[SHARES_MAX + 1]; /* what is asked about, then shares */
	size_t word_count;
	const char *shares[SHARES_MAX + 1];
	size_t share_count;
	int64_t since;
	bool json;
};

static const struct ls_command *const command = &ls_cal_commands[LS_CAL_IMPACT];

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		LS_CAL_SOURCE_OPTIONS(&a->sources),
		{ "--since", NULL, &a->since_text },
		{ "--results", NULL, &a->first_share },
		{ "--json", &a->json, NULL },
	};
	int rc = ls_options_read_many(command, argc, argv, options,
				      sizeof(options) / sizeof(*options), "key, report or device",
				      a->words, SHARES_MAX, &a->word_count);
	if (rc != 0)
		return rc;
	if (!a->since_text)
		return ls_command_usage(command, "since when is it bad? Say --since DATE");
	if (a->word_count > 1 && !a->first_share)
		return ls_command_usage(command, "what is '%s'? Shares follow --results",
					a->words[1]);
	if (a->first_share)
		a->shares[a->share_count++] = a->first_share;
	for (size_t i = 1; i < a->word_count; i++)
		a->shares[a->share_count++] = a->words[i];
	return ls_cal_time_option(command, "--since", a->since_text, &a->since);
}

static int names_of(struct ls_cal_store *store, const struct ls_cal_touched *t,
		    struct ls_cal_names *ret, struct ls_error *err)
{
	return ls_cal_names_of(store, &t->device, &t->report, &t->organisation, ret, err);
}

static size_t in_force(const struct ls_cal_impact *m)
{
	size_t count = 0;
	for (size_t i = 0; i < m->count; i++)
		count += m->touched[i].in_force;
	return count;
}

/* --- for people ----------------------------------------------------------------------------- */

static int print_touched(struct ls_cal_store *store, const struct ls_cal_impact *m,
			 struct ls_error *err)
{
	static const char *const heads[] = { "steps", "device", "report", "calibrated",
					     "by",    "",	"results" };
	struct ls_cal_names names;
	char day[24];
	_cleanup_columns_ struct ls_columns t;
	ls_columns_init(&t, 7, 1u << 0 | 1u << 6);
	for (size_t i = 0; i < 7; i++)
		ls_columns_putf(&t, "%s", heads[i]);
	for (size_t i = 0; i < m->count; i++) {
		const struct ls_cal_touched *d = &m->touched[i];
		int rc = names_of(store, d, &names, err);
		if (rc < 0)
			return rc;
		ls_columns_putf(&t, "%u", d->steps);
		ls_columns_put(&t, names.device);
		ls_columns_put(&t, names.report);
		ls_columns_put(&t, ls_cal_day(d->performed, day));
		ls_columns_put(&t, names.organisation);
		ls_columns_put(&t, d->in_force ? "in force" : "calibrated again");
		ls_columns_putf(&t, "%" PRIu64, d->results);
	}
	printf("\nreports\n");
	ls_columns_print(&t, 2, stdout);
	return 0;
}

static int print_blasts(struct ls_cal_store *store, const struct ls_cal_impact *m,
			struct ls_error *err)
{
	char name[LS_CAL_TEXT_SIZE];
	_cleanup_columns_ struct ls_columns t;
	ls_columns_init(&t, 3, 1u << 0 | 1u << 1);
	ls_columns_putf(&t, "devices");
	ls_columns_putf(&t, "reports");
	ls_columns_putf(&t, "calibrated by");
	for (size_t i = 0; i < m->blast_count; i++) {
		int rc = ls_cal_name_of(store, &m->blasts[i].organisation, name, err);
		if (rc < 0)
			return rc;
		ls_columns_putf(&t, "%zu", m->blasts[i].devices);
		ls_columns_putf(&t, "%zu", m->blasts[i].reports);
		ls_columns_put(&t, name);
	}
	printf("\nby organisation\n");
	ls_columns_print(&t, 2, stdout);
	return 0;
}

static void print_results(const struct ls_cal_impact *m, const struct arguments *a)
{
	char received[LS_UTC_SIZE];
	if (a->share_count == 0)
		return;
	printf("\n%zu of %zu sealed results are touched; %zu say nothing of their calibration. "
	       "What a "
	       "share says is not verified here (labseal verify)\n",
	       m->result_count, m->results_looked_at, m->results_other);
	for (size_t i = 0; i < m->result_count; i++)
		printf("  %s  %s/%s\n", ls_utc_format(m->results[i].received / 1000, received),
		       a->shares[m->results[i].share], m->results[i].folder);
}

static int print_text(struct ls_cal_store *store, const struct ls_cal_impact *m,
		      const struct arguments *a, struct ls_error *err)
{
	char since[LS_UTC_SIZE];
	printf("%s %s, bad since %s: %zu reports on %zu devices are touched, %zu of them in "
	       "force\n",
	       ls_cal_kind_name(m->kind), a->words[0], ls_utc_format(a->since, since), m->count,
	       m->device_count, in_force(m));
	int rc = m->count > 0 ? print_blasts(store, m, err) : 0;
	if (rc == 0 && m->count > 0)
		rc = print_touched(store, m, err);
	if (rc < 0)
		return rc;
	print_results(m, a);
	return ls_command_flush();
}

/* --- for machines --------------------------------------------------------------------------- */

static int touched_json(struct ls_cal_store *store, const struct ls_cal_impact *m, json_t *array,
			struct ls_error *err)
{
	struct ls_cal_names names;
	for (size_t i = 0; i < m->count; i++) {
		const struct ls_cal_touched *t = &m->touched[i];
		int rc = names_of(store, t, &names, err);
		if (rc < 0)
			return rc;
		json_array_append_new(
			array,
			json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:b, s:I}", "steps",
				  (int)t->steps, "report",
				  ls_cal_json_party(&t->report, names.report), "device",
				  ls_cal_json_party(&t->device, names.device), "organisation",
				  ls_cal_json_party(&t->organisation, names.organisation),
				  "performed", ls_cal_json_time(t->performed), "due",
				  ls_cal_json_time(t->due), "in_force", t->in_force, "results",
				  (json_int_t)t->results));
	}
	return 0;
}

static int blasts_json(struct ls_cal_store *store, const struct ls_cal_impact *m, json_t *array,
		       struct ls_error *err)
{
	char name[LS_CAL_TEXT_SIZE];
	for (size_t i = 0; i < m->blast_count; i++) {
		const struct ls_cal_blast *b = &m->blasts[i];
		int rc = ls_cal_name_of(store, &b->organisation, name, err);
		if (rc < 0)
			return rc;
		json_array_append_new(array, json_pack("{s:o, s:I, s:I}", "organisation",
						       ls_cal_json_party(&b->organisation, name),
						       "devices", (json_int_t)b->devices, "reports",
						       (json_int_t)b->reports));
	}
	return 0;
}

static json_t *results_json(const struct ls_cal_impact *m, const struct arguments *a)
{
	json_t *array = json_array();
	for (size_t i = 0; i < m->result_count; i++) {
		const struct ls_cal_touched_result *r = &m->results[i];
		json_array_append_new(
			array, json_pack("{s:o, s:I, s:s, s:o, s:o}", "share",
					 ls_cal_json_text(a->shares[r->share]), "seal",
					 (json_int_t)r->seal, "folder", r->folder, "received",
					 ls_cal_json_time(r->received / 1000), "report",
					 ls_cal_json_id(&m->touched[r->touched].report)));
	}
	return array;
}

static int print_json(struct ls_cal_store *store, const struct ls_cal_impact *m,
		      const struct arguments *a, struct ls_error *err)
{
	json_t *reports = json_array(), *blasts = json_array();
	int rc = touched_json(store, m, reports, err);
	if (rc == 0)
		rc = blasts_json(store, m, blasts, err);
	if (rc < 0) {
		json_decref(reports);
		json_decref(blasts);
		return rc;
	}
	json_t *root = json_pack("{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:o}",
				 "format", "labseal/calibration-impact/v1", "kind",
				 ls_cal_kind_name(m->kind), "subject",
				 ls_cal_json_text(a->words[0]), "since", ls_cal_json_time(a->since),
				 "devices", (json_int_t)m->device_count, "reports",
				 (json_int_t)m->count, "in_force", (json_int_t)in_force(m),
				 "organisations", blasts, "touched", reports, "results_looked_at",
				 (json_int_t)m->results_looked_at, "results_without_calibration",
				 (json_int_t)m->results_other, "results", results_json(m, a));
	return ls_cal_print_json(root);
}

static int run(const struct ls_cal_session *session, const struct arguments *a,
	       struct ls_cal_impact *impact, struct ls_error *err)
{
	struct ls_cal_fresh fresh = { .size = 0 };
	struct ls_cal_store *store = session->store;
	int rc = store->operations->fresh(store, session->at, 0, &fresh, err);
	if (rc == 0)
		rc = ls_cal_impact_find(store, a->words[0], a->since,
					fresh.size ? fresh.size : UINT64_MAX, impact, err);
	for (size_t i = 0; rc == 0 && i < a->share_count; i++)
		rc = ls_cal_impact_share(impact, i, a->shares[i], err);
	if (rc < 0)
		return rc;
	*err = (struct ls_error){ 0 }; /* what was looked for in vain before is no failure */
	return a->json ? print_json(store, impact, a, err) : print_text(store, impact, a, err);
}

int ls_cal_impact_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	struct ls_error err = { 0 };
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	_cleanup_cal_impact_ struct ls_cal_impact impact = { .count = 0 };
	int rc = parse(argc, argv, &a);
	if (rc == 0)
		rc = ls_cal_session_open(command, &a.sources, &session);
	if (rc != 0)
		return rc;
	rc = run(&session, &a, &impact, &err);
	if (rc < 0 && err.code < 0)
		return ls_cal_fail(command, &err);
	return ls_cal_printed(command, rc, LS_EXIT_HOLDS);
}
