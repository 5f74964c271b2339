/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of rdml.h: a document while it is read. */
#ifndef LABSEAL_AUDIT_RUN_RDML_PARTS_H
#define LABSEAL_AUDIT_RUN_RDML_PARTS_H

#include "audit/run/run_build.h"
#include "audit/run/xml.h"

struct ls_rdml_sample {
	const char *type, *unit;
	double quantity;
};

struct ls_rdml {
	struct ls_run *run;
	struct ls_run_names sample_names;
	struct ls_rdml_sample *samples; /* one for each name */
	size_t sample_count;
	size_t sample, target; /* that are open, or LS_RUN_NONE */

	/* the thermal protocol: steps that are in no stage yet */
	size_t protocols;
	struct {
		struct ls_run_step step;
		bool melt;
		uint64_t number;
	} steps[LS_RUN_STEPS_MAX];
	size_t step_count;
	uint64_t number; /* of the step that is open */
	uint64_t goto_step, repeat;
	bool is_loop;

	/* the run */
	size_t runs;
	uint64_t rows;
	struct ls_run_well *well;
	struct ls_run_reaction *reaction;
	const struct ls_rdml_sample *reaction_sample;
	double x, y; /* of the data point that is open */
};

/* Elements under rdml/thermalCyclingConditions and under rdml/experiment; id is the element's
 * attribute, or NULL. */
void ls_rdml_protocol_start(struct ls_rdml *d, const struct ls_xml_node *node, const char *id,
			    size_t id_length);
void ls_rdml_protocol_end(struct ls_rdml *d, const struct ls_xml_node *node);
void ls_rdml_run_start(struct ls_rdml *d, const struct ls_xml_node *node, const char *id,
		       size_t id_length);
void ls_rdml_run_end(struct ls_rdml *d, const struct ls_xml_node *node);

#endif
