/* SPDX-License-Identifier: Apache-2.0 */
/* experiment/run: reactions and their data. */
#include <math.h>
#include <string.h>

#include "audit/run/rdml_parts.h"
#include "audit/run/text_number.h"
#include "lib/base/text.h"

#define RUN   "rdml/experiment/run"
#define REACT RUN "/react"
#define DATA  REACT "/data"

/* "12", counted from 1 along the rows; "A12" in version 1.0. */
static void start_react(struct ls_rdml *d, const char *id, size_t length)
{
	uint64_t index;
	d->well = NULL;
	d->reaction = NULL;
	d->reaction_sample = NULL;
	if (id && ls_text_index(id, length, UINT64_MAX, &index) == 0 && index > 0)
		d->well = ls_run_well(d->run, index - 1);
	else if (id && ls_run_position(d->run, id, length, &index) == 0)
		d->well = ls_run_well(d->run, index);
	else
		ls_run_warn(d->run, "report.rdml.react",
			    "a reaction whose place is not known was left out: '%.*s'",
			    (int)(length < 40 ? length : 40), id ? id : "");
}

static void start_sample(struct ls_rdml *d, const char *id, size_t length)
{
	if (!d->well || !id)
		return;
	ls_run_set(d->run, &d->well->sample, id, length);
	size_t i = d->well->sample ? ls_run_name_find(&d->sample_names, d->well->sample,
						      strlen(d->well->sample))
				   : LS_RUN_NONE;
	d->reaction_sample = i < d->sample_count ? &d->samples[i] : NULL;
}

static void start_target(struct ls_rdml *d, const char *id, size_t length)
{
	size_t target;
	d->reaction = NULL;
	if (!d->well || !id || !ls_run_target(d->run, id, length, &target))
		return;
	struct ls_run_reaction *r = ls_run_reaction(d->run, d->well, target);
	const struct ls_rdml_sample *s = d->reaction_sample;
	d->reaction = r;
	if (!r || !s)
		return;
	/* schema: a sample without a type is unknown */
	ls_run_set_task(d->run, r, s->type ? s->type : "unkn", s->type ? strlen(s->type) : 4);
	r->quantity = s->quantity;
	r->unit = s->unit;
}

void ls_rdml_run_start(struct ls_rdml *d, const struct ls_xml_node *node, const char *id,
		       size_t id_length)
{
	if (ls_xml_is(node, RUN)) {
		d->runs++;
	} else if (ls_xml_is(node, "rdml/experiment")) {
		if (d->runs == 0 && id)
			ls_run_set(d->run, &d->run->name, id, id_length);
	} else if (d->runs != 1) {
		return;
	} else if (ls_xml_is(node, REACT)) {
		start_react(d, id, id_length);
	} else if (ls_xml_is(node, REACT "/sample")) {
		start_sample(d, id, id_length);
	} else if (ls_xml_is(node, DATA)) {
		d->reaction = NULL;
	} else if (ls_xml_is(node, DATA "/tar")) {
		start_target(d, id, id_length);
	} else if (ls_xml_is(node, DATA "/adp") || ls_xml_is(node, DATA "/mdp")) {
		d->x = d->y = NAN;
	} else if (ls_xml_is(node, RUN "/experimenter") && id) {
		ls_run_set(d->run, &d->run->operator_name, id, id_length);
	}
}

/* A cycle may be written "1.0"; one between two cycles is none. */
static void end_amplification(struct ls_rdml *d)
{
	if (d->x >= 1 && d->x <= LS_RUN_CYCLES_MAX && d->x == floor(d->x))
		ls_run_series_set(d->run, &d->reaction->amplitude, (uint64_t)d->x - 1, d->y);
	else
		ls_run_warn(d->run, "report.rdml.cycle",
			    "a data point whose cycle is no number from 1 to %d was left out",
			    LS_RUN_CYCLES_MAX);
}

/* -1: the software looked, and there is none (schema, dataType/cq). */
static void take_cq(struct ls_run_reaction *r, double value)
{
	r->undetermined = value == -1;
	r->cq = value > 0 ? value : NAN;
}

static void end_data(struct ls_rdml *d, const struct ls_xml_node *node)
{
	struct ls_run_reaction *r = d->reaction;
	double value = ls_text_double(node->text, node->length, '.');
	if (ls_xml_ends(node, "adp/cyc") || ls_xml_ends(node, "mdp/tmp"))
		d->x = value;
	else if (ls_xml_ends(node, "adp/fluor") || ls_xml_ends(node, "mdp/fluor"))
		d->y = value;
	else if (ls_xml_is(node, DATA "/adp"))
		end_amplification(d);
	else if (ls_xml_is(node, DATA "/mdp"))
		ls_run_melt_add(d->run, &r->melt, d->x, d->y, NAN);
	else if (ls_xml_is(node, DATA "/cq"))
		take_cq(r, value);
	else if (ls_xml_is(node, DATA "/excl"))
		r->omitted = true;
	else if (ls_xml_is(node, DATA "/quantFluor"))
		r->threshold = value;
	else if (ls_xml_is(node, DATA "/meltTemp") && !isnan(value) && r->tm_count < LS_RUN_TM_MAX)
		r->tm[r->tm_count++] = value;
	else if (ls_xml_is(node, DATA "/quantity/value")) /* StepOne's, in no schema */
		r->quantity_stored = value;
}

static void take_format(struct ls_rdml *d, const struct ls_xml_node *node)
{
	uint64_t n;
	bool is_number = ls_text_index(node->text, node->length, UINT64_MAX, &n) == 0;
	if (ls_xml_is(node, RUN "/pcrFormat/rows"))
		d->rows = is_number ? n : 0; /* -1: free format */
	else if (ls_xml_is(node, RUN "/pcrFormat/columns") && is_number && d->rows > 0 &&
		 ls_run_plate(d->run, d->rows, n) < 0)
		ls_run_warn(d->run, "report.rdml.plate",
			    "a plate of %llu rows and %llu columns is no plate that is known",
			    (unsigned long long)d->rows, (unsigned long long)n);
}

/* xs:dateTime; an instant only with its zone. */
static void take_date(struct ls_rdml *d, const struct ls_xml_node *node)
{
	struct ls_run_time *t = &d->run->started;
	ls_run_set(d->run, &t->text, node->text, node->length);
	char iso[LS_UTC_SIZE];
	if (node->length < 20 || node->text[node->length - 1] != 'Z')
		return;
	snprintf(iso, sizeof(iso), "%.19sZ", node->text);
	t->known = ls_utc_parse(iso, strlen(iso), &t->seconds) == 0;
}

static void end_run(struct ls_rdml *d, const struct ls_xml_node *node)
{
	struct ls_run *run = d->run;
	const struct {
		const char *path;
		const char **field;
	} texts[] = {
		{ RUN "/description", &run->description },
		{ RUN "/instrument", &run->instrument_type },
		{ RUN "/dataCollectionSoftware/name", &run->software },
		{ RUN "/dataCollectionSoftware/version", &run->software_version },
		{ RUN "/cqDetectionMethod", &run->cq_method },
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (ls_xml_is(node, texts[i].path))
			ls_run_set(run, texts[i].field, node->text, node->length);
	if (ls_xml_is(node, RUN "/runDate"))
		take_date(d, node);
	else if (strncmp(node->path, RUN "/pcrFormat/", sizeof(RUN "/pcrFormat/") - 1) == 0)
		take_format(d, node);
}

void ls_rdml_run_end(struct ls_rdml *d, const struct ls_xml_node *node)
{
	if (d->runs != 1)
		return;
	if (strncmp(node->path, DATA "/", sizeof(DATA)) == 0) {
		if (d->reaction)
			end_data(d, node);
	} else if (strncmp(node->path, REACT, sizeof(REACT) - 1) != 0) {
		end_run(d, node);
	}
}
