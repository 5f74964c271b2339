/* SPDX-License-Identifier: Apache-2.0 */
/* plate_setup.xml: what is in which well. */
#include <string.h>
#include <strings.h>

#include "audit/run/eds_parts.h"
#include "audit/run/text_number.h"

#define VALUE	 "Plate/FeatureMap/FeatureValue"
#define ITEM	 VALUE "/FeatureItem"
#define DETECTOR ITEM "/DetectorTaskList/DetectorTask"
#define MARKER	 ITEM "/MarkerTaskList/MarkerTask"

/* A target's names, of a DetectorTask or of an allele of a MarkerTask. */
struct assay {
	const char *name, *reporter, *quencher;
};

struct plate {
	struct ls_run *run;
	struct ls_run_well *well; /* of the FeatureValue or Well that is open */
	uint64_t rows;
	const char *task;
	double quantity;
	struct assay detector;
	const char *marker;
	struct assay allele[2];
};

static int plate_start(void *context, const struct ls_xml_node *node)
{
	struct plate *p = context;
	if (ls_xml_is(node, VALUE) || ls_xml_is(node, "Plate/Wells/Well"))
		p->well = NULL;
	else if (ls_xml_is(node, DETECTOR) || ls_xml_is(node, MARKER)) {
		p->task = p->marker = NULL;
		p->quantity = 0;
		p->detector = p->allele[0] = p->allele[1] = (struct assay){ 0 };
	}
	return 0;
}

static void take_index(struct plate *p, const struct ls_xml_node *node)
{
	uint64_t index;
	/* Plate/Wells lists all places, those that nobody spoke of, too */
	struct ls_run_well *(*find)(struct ls_run *, uint64_t) = ls_xml_is(node, VALUE "/Index")
									 ? ls_run_well
									 : ls_run_well_there;
	if (ls_text_index(node->text, node->length, UINT64_MAX, &index) == 0)
		p->well = find(p->run, index);
	else
		ls_run_warn(p->run, "report.eds.well", "a well without a number was left out");
}

static struct ls_run_reaction *add_target(struct plate *p, const char *name,
					  const struct assay *assay)
{
	size_t index;
	struct ls_run_target *t = p->well && name
					  ? ls_run_target(p->run, name, strlen(name), &index)
					  : NULL;
	if (!t)
		return NULL;
	if (assay->reporter)
		t->reporter = assay->reporter;
	if (assay->quencher && strcasecmp(assay->quencher, "None") != 0)
		t->quencher = assay->quencher;
	struct ls_run_reaction *r = ls_run_reaction(p->run, p->well, index);
	if (r && p->task)
		ls_run_set_task(p->run, r, p->task, strlen(p->task));
	return r;
}

static void end_detector(struct plate *p)
{
	struct ls_run_reaction *r = add_target(p, p->detector.name, &p->detector);
	/* every task carries a concentration, and only a standard's is one */
	if (r && r->task == LS_TASK_STANDARD && p->quantity > 0)
		r->quantity = p->quantity;
}

/* Genotyping: each allele is a target, "ASSAY-ALLELE", as exports name them. */
static void end_marker(struct plate *p)
{
	for (size_t i = 0; i < 2; i++) {
		char name[LS_RUN_TEXT_MAX];
		if (!p->marker || !p->allele[i].name)
			continue;
		snprintf(name, sizeof(name), "%s-%s", p->marker, p->allele[i].name);
		add_target(p, name, &p->allele[i]);
	}
}

static void take_assay(struct ls_run *run, struct assay *assay, const struct ls_xml_node *node)
{
	if (ls_xml_ends(node, "Name"))
		ls_eds_set(run, &assay->name, node);
	else if (ls_xml_ends(node, "Reporter"))
		ls_eds_set(run, &assay->reporter, node);
	else if (ls_xml_ends(node, "Quencher"))
		ls_eds_set(run, &assay->quencher, node);
}

static bool is_under(const struct ls_xml_node *node, const char *path)
{
	size_t n = strlen(path);
	return strncmp(node->path, path, n) == 0 && node->path[n] == '/';
}

static void take_task(struct plate *p, const struct ls_xml_node *node)
{
	if (ls_xml_is(node, DETECTOR) || ls_xml_is(node, MARKER))
		(ls_xml_is(node, DETECTOR) ? end_detector : end_marker)(p);
	else if (ls_xml_ends(node, "Task"))
		ls_eds_set(p->run, &p->task, node);
	else if (ls_xml_ends(node, "Concentration"))
		p->quantity = ls_text_double(node->text, node->length, '.');
	else if (is_under(node, DETECTOR "/Detector"))
		take_assay(p->run, &p->detector, node);
	else if (is_under(node, MARKER "/Marker/Allele1"))
		take_assay(p->run, &p->allele[0], node);
	else if (is_under(node, MARKER "/Marker/Allele2"))
		take_assay(p->run, &p->allele[1], node);
	else if (ls_xml_is(node, MARKER "/Marker/Name"))
		ls_eds_set(p->run, &p->marker, node);
}

static void take_size(struct plate *p, const struct ls_xml_node *node)
{
	uint64_t n;
	if (ls_text_index(node->text, node->length, UINT64_MAX, &n) < 0)
		return;
	if (ls_xml_is(node, "Plate/Rows"))
		p->rows = n;
	else if (ls_run_plate(p->run, p->rows, n) < 0)
		ls_run_warn(p->run, "report.eds.plate",
			    "a plate of %llu rows and %llu columns is no plate that is known",
			    (unsigned long long)p->rows, (unsigned long long)n);
}

static int plate_end(void *context, const struct ls_xml_node *node)
{
	struct plate *p = context;
	bool flag;
	if (ls_xml_is(node, VALUE "/Index") || ls_xml_is(node, "Plate/Wells/Well/Index"))
		take_index(p, node);
	else if (is_under(node, ITEM "/DetectorTaskList") || is_under(node, ITEM "/MarkerTaskList"))
		take_task(p, node);
	else if (ls_xml_is(node, ITEM "/Sample/Name") && p->well)
		ls_eds_set(p->run, &p->well->sample, node);
	else if (ls_xml_is(node, ITEM "/Comment") && p->well)
		ls_eds_set(p->run, &p->well->comment, node);
	else if (ls_xml_is(node, "Plate/Rows") || ls_xml_is(node, "Plate/Columns"))
		take_size(p, node);
	else if (ls_xml_is(node, "Plate/BarCode"))
		ls_eds_set(p->run, &p->run->barcode, node);
	else if (ls_xml_is(node, "Plate/PlateKind/Name"))
		ls_eds_set(p->run, &p->run->block_type, node);
	else if (ls_xml_is(node, "Plate/Wells/Well/IsOmit") && p->well &&
		 ls_text_bool(node->text, node->length, &flag) == 0)
		p->well->omitted = flag;
	else if (ls_xml_is(node, "Plate/PassiveReferenceDye") &&
		 !(node->length == 4 && strncasecmp(node->text, "None", 4) == 0))
		ls_eds_set(p->run, &p->run->passive_reference, node);
	return ls_run_failed(p->run) ? 1 : 0;
}

int ls_eds_plate(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	static const struct ls_xml_handler handler = { plate_start, plate_end };
	struct plate p = { .run = run };
	int rc = ls_xml_read(data, size, &handler, &p, err);
	return rc > 0 ? 0 : rc; /* what stopped it was noted in the run */
}
