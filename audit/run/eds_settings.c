/* SPDX-License-Identifier: Apache-2.0 */
/*
 * analysis_protocol.xml: thresholds and baselines, as last set.  Read after
 * the plate, as it names targets and wells and adds none.
 */
#include <math.h>
#include <string.h>

#include "audit/run/eds_parts.h"
#include "audit/run/run_memory.h"
#include "audit/run/text_number.h"

#define SETTINGS  "JaxbAnalysisProtocol/JaxbAnalysisSettings"
#define NAME_SIZE 64

struct setting {
	struct ls_run *run;
	char kind[2 * NAME_SIZE]; /* Java's class */
	char name[NAME_SIZE];	  /* of the value that is open */
	const char *target;
	uint64_t well;
	bool has_well;
	double threshold;
	bool auto_threshold, auto_threshold_known;
	struct ls_run_baseline baseline;
	size_t targets; /* whose settings were seen */
};

static int settings_start(void *context, const struct ls_xml_node *node)
{
	struct setting *s = context;
	if (ls_xml_is(node, SETTINGS))
		*s = (struct setting){ .run = s->run,
				       .targets = s->targets,
				       .threshold = NAN,
				       .baseline = { .start = NAN, .end = NAN } };
	return 0;
}

static void copy(char *to, size_t size, const struct ls_xml_node *node)
{
	snprintf(to, size, "%s", node->length < size ? node->text : "");
}

static void take_value(struct setting *s, const struct ls_xml_node *node)
{
	double number = ls_text_double(node->text, node->length, '.');
	bool flag = false, is_flag = ls_text_bool(node->text, node->length, &flag) == 0;
	if (strcmp(s->name, "Threshold") == 0)
		s->threshold = number;
	else if (strcmp(s->name, "BaselineStart") == 0)
		s->baseline.start = number;
	else if (strcmp(s->name, "BaselineStop") == 0)
		s->baseline.end = number;
	else if (strcmp(s->name, "AutoCt") == 0)
		s->auto_threshold = flag, s->auto_threshold_known = is_flag;
	else if (strcmp(s->name, "AutoBaseline") == 0)
		s->baseline.automatic = flag, s->baseline.automatic_known = is_flag;
	else if (strcmp(s->name, "ObjectName") == 0)
		s->target = ls_run_text(s->run, node->text, node->length);
	else if (strcmp(s->name, "WellIndex") == 0)
		s->has_well = ls_text_index(node->text, node->length, LS_RUN_WELLS_MAX - 1,
					    &s->well) == 0;
}

static void apply_to(const struct setting *s, struct ls_run_well *well, size_t target, bool of_well)
{
	for (size_t i = 0; well && i < well->reaction_count; i++) {
		struct ls_run_reaction *r = &well->reactions[i];
		if (r->target != target)
			continue;
		if (!isnan(s->threshold))
			r->threshold = s->threshold;
		if (s->auto_threshold_known) {
			r->threshold_automatic = s->auto_threshold;
			r->threshold_automatic_known = true;
		}
		/* a target's baseline holds where a well has none of its own */
		if (of_well || isnan(r->baseline.end))
			r->baseline = s->baseline;
	}
}

static bool is_kind(const struct setting *s, const char *class)
{
	const char *dot = strrchr(s->kind, '.');
	return strcmp(dot ? dot + 1 : s->kind, class) == 0;
}

static void end_settings(struct setting *s)
{
	size_t target = s->target ? ls_run_name_find(&s->run->memory->targets, s->target,
						     strlen(s->target))
				  : LS_RUN_NONE;
	if (target == LS_RUN_NONE)
		return; /* the defaults, or of a target that no well has */
	if (is_kind(s, "IWellSettings") && s->has_well)
		apply_to(s, ls_run_well_there(s->run, s->well), target, true);
	else if (is_kind(s, "IDetectorSettings") && s->targets++ < LS_RUN_TARGETS_MAX)
		for (size_t i = 0; i <= s->run->memory->highest; i++)
			apply_to(s, ls_run_well_there(s->run, i), target, false);
}

static int settings_end(void *context, const struct ls_xml_node *node)
{
	struct setting *s = context;
	if (ls_xml_is(node, SETTINGS))
		end_settings(s);
	else if (ls_xml_is(node, SETTINGS "/Type"))
		copy(s->kind, sizeof(s->kind), node);
	else if (ls_xml_is(node, SETTINGS "/JaxbSettingValue/Name"))
		copy(s->name, sizeof(s->name), node);
	else if (strncmp(node->path, SETTINGS "/JaxbSettingValue/JaxbValueItem/",
			 sizeof(SETTINGS "/JaxbSettingValue/JaxbValueItem/") - 1) == 0)
		take_value(s, node);
	return ls_run_failed(s->run) ? 1 : 0;
}

int ls_eds_settings(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	static const struct ls_xml_handler handler = { settings_start, settings_end };
	struct setting s = { .run = run };
	int rc = ls_xml_read(data, size, &handler, &s, err);
	return rc > 0 ? 0 : rc;
}
