/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/rdml.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "audit/run/encoding.h"
#include "audit/run/rdml_parts.h"
#include "audit/run/text_number.h"
#include "lib/base/text.h"

#define HEAD_SIZE   4096 /* bytes that tell the format */
#define SAMPLES_MAX 20000

bool ls_rdml_is(const void *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 4 * HEAD_SIZE);
	size_t n = size < HEAD_SIZE ? size : HEAD_SIZE;
	if (ls_encoding_decode(data, n, ls_encoding_guess(data, n & ~(size_t)1), &text) < 0)
		return false;
	const char *begin = ls_buffer_str(&text);
	begin += strspn(begin, " \t\n");
	/* with or without a prefix: <rdml version="1.0">, <r:rdml ...> */
	return *begin == '<' && (strstr(begin, "<rdml") || strstr(begin, ":rdml"));
}

size_t ls_rdml_entry(const struct ls_zip *zip)
{
	size_t named = ls_zip_find(zip, "rdml_data.xml");
	if (named != LS_ZIP_NONE)
		return named;
	size_t only = LS_ZIP_NONE, count = ls_zip_count(zip);
	for (size_t i = 0; i < count; i++) {
		const char *name = ls_zip_name(zip, i);
		size_t n = name ? strlen(name) : 0;
		if (n < 4 || strcmp(name + n - 4, ".xml") != 0)
			continue;
		if (only != LS_ZIP_NONE)
			return LS_ZIP_NONE;
		only = i;
	}
	return count == 1 ? only : LS_ZIP_NONE;
}

/* --- samples and targets, before the run --- */

static void end_sample(struct ls_rdml *d, const struct ls_xml_node *node)
{
	struct ls_rdml_sample *s = d->sample == LS_RUN_NONE ? NULL : &d->samples[d->sample];
	if (!s)
		return;
	if (ls_xml_is(node, "rdml/sample/type")) {
		if (!s->type)
			ls_run_set(d->run, &s->type, node->text, node->length);
	} else if (ls_xml_is(node, "rdml/sample/quantity/value")) {
		s->quantity = ls_text_double(node->text, node->length, '.');
	} else if (ls_xml_is(node, "rdml/sample/quantity/unit")) {
		ls_run_set(d->run, &s->unit, node->text, node->length);
	}
}

static void start_sample(struct ls_rdml *d, const char *id, size_t length)
{
	size_t before = d->sample_names.count;
	d->sample = ls_run_name(d->run, &d->sample_names, id, length, "samples");
	if (d->sample == LS_RUN_NONE || d->sample < before)
		return;
	struct ls_rdml_sample *s = ls_run_grow(d->run, &d->samples, &d->sample_count, sizeof(*s),
					       SAMPLES_MAX, "samples");
	if (s)
		s->quantity = NAN;
	else
		d->sample = LS_RUN_NONE;
}

/*
 * 1.95 for 95 per cent, says the schema from 1.2 on; StepOne's software writes "93.91181".
 * There is no telling 1 from 1 per cent, and nobody means the latter.
 */
static double efficiency_of(double stored)
{
	return stored > 3 ? stored / 100 : stored - 1;
}

static void end_target(struct ls_rdml *d, const struct ls_xml_node *node)
{
	if (d->target == LS_RUN_NONE)
		return;
	struct ls_run_target *t = &d->run->targets[d->target];
	if (ls_xml_is(node, "rdml/target/dyeId")) { /* 1.0 and 1.1: the text */
		ls_run_set(d->run, &t->reporter, node->text, node->length);
	} else if (ls_xml_is(node, "rdml/target/amplificationEfficiency")) {
		double stored = ls_text_double(node->text, node->length, '.');
		struct ls_run_curve *c = stored > 0 ? ls_run_curve(d->run, d->target) : NULL;
		if (c)
			c->efficiency = efficiency_of(stored);
	}
}

/* --- the whole --- */

static const char *id_of(const struct ls_xml_node *node, size_t *ret_length)
{
	return ls_xml_attribute(node, "id", ret_length);
}

static int rdml_start(void *context, const struct ls_xml_node *node)
{
	struct ls_rdml *d = context;
	size_t n = 0;
	const char *id = id_of(node, &n);
	if (strncmp(node->path, "rdml/experiment", 15) == 0) {
		ls_rdml_run_start(d, node, id, n);
	} else if (ls_xml_is(node, "rdml")) {
		size_t m;
		const char *version = ls_xml_attribute(node, "version", &m);
		if (version)
			ls_run_set(d->run, &d->run->format_version, version, m);
	} else if (ls_xml_is(node, "rdml/sample")) {
		start_sample(d, id ? id : "", n);
	} else if (ls_xml_is(node, "rdml/target")) {
		if (!ls_run_target(d->run, id ? id : "", n, &d->target))
			d->target = LS_RUN_NONE;
	} else if (ls_xml_is(node, "rdml/target/dyeId") && id && d->target != LS_RUN_NONE) {
		ls_run_set(d->run, &d->run->targets[d->target].reporter, id, n);
	} else if (strncmp(node->path, "rdml/thermalCyclingConditions", 29) == 0) {
		ls_rdml_protocol_start(d, node, id, n);
	}
	return ls_run_failed(d->run) ? 1 : 0;
}

static int rdml_end(void *context, const struct ls_xml_node *node)
{
	struct ls_rdml *d = context;
	if (strncmp(node->path, "rdml/experiment", 15) == 0)
		ls_rdml_run_end(d, node);
	else if (strncmp(node->path, "rdml/sample", 11) == 0)
		end_sample(d, node);
	else if (strncmp(node->path, "rdml/target", 11) == 0)
		end_target(d, node);
	else if (strncmp(node->path, "rdml/thermalCyclingConditions", 29) == 0)
		ls_rdml_protocol_end(d, node);
	return ls_run_failed(d->run) ? 1 : 0;
}

static void warn_of_others(const struct ls_rdml *d)
{
	if (d->runs > 1)
		ls_run_warn(d->run, "report.rdml.runs",
			    "the file has %zu runs; the first of them is shown", d->runs);
	if (d->protocols > 1)
		ls_run_warn(d->run, "report.rdml.protocols",
			    "the file has %zu thermal protocols; the first of them is shown",
			    d->protocols);
}

int ls_rdml_read(const void *data, size_t size, struct ls_run *run, struct ls_error *err)
{
	static const struct ls_xml_handler handler = { rdml_start, rdml_end };
	struct ls_rdml d = { .run = run,
			     .sample_names.max = SAMPLES_MAX,
			     .sample = LS_RUN_NONE,
			     .target = LS_RUN_NONE };
	int rc = ls_xml_read(data, size, &handler, &d, err);
	if (rc != 0)
		return rc > 0 ? 0 : rc; /* what stopped it was noted in the run */
	if (d.runs == 0)
		return ls_fail(err, -EBADMSG, "report.rdml.nothing",
			       "RDML without a run: there is nothing to show of it");
	warn_of_others(&d);
	return 0;
}

int ls_rdml_read_zip(struct ls_zip *zip, struct ls_run *run, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, LS_RDML_XML_MAX);
	int rc = ls_zip_read(zip, ls_rdml_entry(zip), &xml, err);
	return rc < 0 ? rc : ls_rdml_read(xml.data, xml.size, run, err);
}
