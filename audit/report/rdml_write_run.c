/* SPDX-License-Identifier: Apache-2.0 */
/* RDML 1.3: experiment, run and reactions (runType, reactType, dataType). */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "audit/report/rdml_write.h"
#include "lib/base/text.h"

/* --- the samples' names --- */

static bool same_number(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

static bool same_content(const struct ls_run_well *a, const struct ls_run_well *b)
{
	if (a->reaction_count != b->reaction_count)
		return false;
	for (size_t i = 0; i < a->reaction_count; i++) {
		const struct ls_run_reaction *x = &a->reactions[i], *y = &b->reactions[i];
		if (x->target != y->target || x->task != y->task ||
		    !same_number(x->quantity, y->quantity))
			return false;
	}
	return true;
}

static const char *name_of(const struct ls_run_well *well)
{
	return well->sample ? well->sample : well->position;
}

/* The id that a name gets for the nth content it has; owned by the caller. */
static char *numbered(const char *name, size_t n)
{
	char *id = NULL;
	if (n == 1)
		return strdup(name);
	return asprintf(&id, "%s (%zu)", name, n) < 0 ? NULL : id;
}

static bool is_taken(const struct ls_rdml_ids *ids, size_t count, const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (ids->well[i].is_first && strcmp(ids->well[i].id, id) == 0)
			return true;
	return false;
}

/* Well i after those before it: the same sample as one of them, or a new one. */
static int name_sample(const struct ls_run *run, struct ls_rdml_ids *ids, size_t i)
{
	const struct ls_run_well *well = &run->wells[i];
	size_t contents = 0; /* that the name has already */
	for (size_t k = 0; k < i; k++) {
		if (!ids->well[k].is_first || strcmp(name_of(&run->wells[k]), name_of(well)) != 0)
			continue;
		if (same_content(&run->wells[k], well)) {
			ids->well[i].id = strdup(ids->well[k].id);
			return ids->well[i].id ? 0 : -ENOMEM;
		}
		contents++;
	}
	for (size_t n = contents + 1;; n++) { /* "A (2)" may be a sample's own name */
		char *id = numbered(name_of(well), n);
		if (!id)
			return -ENOMEM;
		if (!is_taken(ids, i, id)) {
			ids->well[i].id = id;
			ids->well[i].is_first = true;
			return 0;
		}
		free(id);
	}
}

int ls_rdml_name_samples(const struct ls_run *run, struct ls_rdml_ids *ids)
{
	*ids = (struct ls_rdml_ids){ .well = calloc(run->well_count + 1, sizeof(*ids->well)),
				     .count = run->well_count };
	if (!ids->well)
		return -ENOMEM;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < run->well_count; i++)
		rc = name_sample(run, ids, i);
	return rc;
}

void ls_rdml_ids_free(struct ls_rdml_ids *ids)
{
	for (size_t i = 0; ids->well && i < ids->count; i++)
		free(ids->well[i].id);
	free(ids->well);
	*ids = (struct ls_rdml_ids){ 0 };
}

/* --- reactions --- */

static void add_amplification(const struct ls_run_series *series, struct ls_buffer *out)
{
	for (size_t i = 0; i < series->count; i++) {
		if (!isfinite(series->values[i]))
			continue;
		ls_buffer_printf(out, "<adp><cyc>%zu</cyc>", i + 1);
		ls_rdml_number(out, "fluor", series->values[i]);
		ls_buffer_add_str(out, "</adp>\n");
	}
}

/* A temperature may come once (mdpTmpUnique): where one comes again, or the block cools for a
 * moment, the point is left out. */
static void add_melt(const struct ls_run_melt *melt, struct ls_buffer *out)
{
	double last = -INFINITY;
	for (size_t i = 0; i < melt->count; i++) {
		if (!(melt->temperature[i] > last) || !isfinite(melt->signal[i]))
			continue;
		last = melt->temperature[i];
		ls_buffer_add_str(out, "<mdp>");
		ls_rdml_number(out, "tmp", last);
		ls_rdml_number(out, "fluor", melt->signal[i]);
		ls_buffer_add_str(out, "</mdp>\n");
	}
}

static void add_data(const struct ls_run *run, const struct ls_run_well *well,
		     const struct ls_run_reaction *r, const struct ls_reaction_analysis *a,
		     struct ls_buffer *out)
{
	ls_buffer_add_str(out, "<data>");
	ls_rdml_id(out, "tar", ls_rdml_target_id(run, r->target));
	ls_buffer_add_str(out, "/>");
	ls_rdml_number(out, "cq", r->undetermined ? -1 : r->cq);
	if (r->tm_count > 0)
		ls_rdml_number(out, "meltTemp", r->tm[0]);
	if (r->omitted || well->omitted)
		ls_rdml_text(out, "excl", "omitted by the operator");
	if (a->rn.count == 0 && r->delta_rn.count > 0)
		ls_rdml_text(out, "note", "the source has baseline-corrected curves only");
	add_amplification(&a->rn, out);
	add_melt(&a->melt, out);
	ls_buffer_add_str(out, "</data>\n");
}

static void add_reaction(const struct ls_run *run, const struct ls_run_analysis *analysis,
			 const struct ls_rdml_ids *ids, size_t index, struct ls_buffer *out)
{
	const struct ls_run_well *well = &run->wells[index];
	ls_buffer_printf(out, "<react id=\"%zu\">", well->index + 1);
	ls_rdml_id(out, "sample", ids->well[index].id);
	ls_buffer_add_str(out, "/>\n");
	for (size_t i = 0; i < well->reaction_count; i++)
		add_data(run, well, &well->reactions[i],
			 &analysis->reactions[analysis->first[index] + i], out);
	ls_buffer_add_str(out, "</react>\n");
}

/* --- the run --- */

/* cqDetectionMethodType has four words; others are no words of it. */
static const char *method_of(const struct ls_run *run)
{
	static const char *const known[] = { "automated threshold and baseline settings",
					     "manual threshold and baseline settings",
					     "second derivative maximum", "other" };
	for (size_t i = 0; run->cq_method && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], run->cq_method) == 0)
			return known[i];
	return NULL;
}

static void add_software(const struct ls_run *run, struct ls_buffer *out)
{
	if (!run->software && !run->software_version)
		return;
	ls_buffer_add_str(out, "<dataCollectionSoftware>");
	ls_rdml_text(out, "name", run->software ? run->software : "");
	ls_rdml_text(out, "version", run->software_version ? run->software_version : "");
	ls_buffer_add_str(out, "</dataCollectionSoftware>\n");
}

static void add_date(const struct ls_run *run, struct ls_buffer *out)
{
	char utc[LS_UTC_SIZE];
	const struct ls_run_time *t = run->started.known ? &run->started : &run->ended;
	if (t->known)
		ls_rdml_text(out, "runDate", ls_utc_format(t->seconds, utc));
}

static void add_head(const struct ls_run *run, struct ls_buffer *out)
{
	ls_rdml_text(out, "description", run->description);
	if (run->operator_name) {
		ls_rdml_id(out, "experimenter", run->operator_name);
		ls_buffer_add_str(out, "/>\n");
	}
	ls_rdml_text(out, "instrument", run->instrument_type);
	add_software(run, out);
	ls_rdml_text(out, "cqDetectionMethod", method_of(run));
	if (ls_rdml_has_protocol(run)) {
		ls_rdml_id(out, "thermalCyclingConditions", ls_rdml_protocol_id(run));
		ls_buffer_add_str(out, "/>\n");
	}
	ls_buffer_printf(out,
			 "<pcrFormat><rows>%zu</rows><columns>%zu</columns><rowLabel>%s</rowLabel>"
			 "<columnLabel>123</columnLabel></pcrFormat>\n",
			 run->rows, run->columns, run->columns == 1 ? "123" : "ABC");
	add_date(run, out);
}

void ls_rdml_add_run(const struct ls_run *run, const struct ls_run_analysis *analysis,
		     const struct ls_rdml_ids *ids, struct ls_buffer *out)
{
	ls_rdml_id(out, "experiment", run->name ? run->name : "experiment");
	ls_buffer_add_str(out, ">\n<run id=\"run\">\n");
	add_head(run, out);
	for (size_t i = 0; i < run->well_count; i++)
		add_reaction(run, analysis, ids, i, out);
	ls_buffer_add_str(out, "</run>\n</experiment>\n");
}
