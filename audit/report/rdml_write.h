/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of rdml.h: what the writer's two files share. */
#ifndef LABSEAL_AUDIT_REPORT_RDML_WRITE_H
#define LABSEAL_AUDIT_REPORT_RDML_WRITE_H

#include "audit/run/analysis.h"
#include "lib/base/buffer.h"

/*
 * A sample of RDML is a name with what it holds, by target.  So wells with one name and
 * different tasks or quantities (a dilution series called "STD") are different
 * samples: the second is "STD (2)".
 */
struct ls_rdml_ids {
	struct {
		char *id;      /* owned */
		bool is_first; /* the sample's first well */
	} * well;	       /* one for each of the run's wells */
	size_t count;
};

int ls_rdml_name_samples(const struct ls_run *run, struct ls_rdml_ids *ids); /* 0 or -ENOMEM */
void ls_rdml_ids_free(struct ls_rdml_ids *ids);

void ls_rdml_text(struct ls_buffer *out, const char *element, const char *text);
void ls_rdml_number(struct ls_buffer *out, const char *element, double value);
void ls_rdml_id(struct ls_buffer *out, const char *element, const char *id);
const char *ls_rdml_target_id(const struct ls_run *run, size_t target);
bool ls_rdml_has_protocol(const struct ls_run *run);
const char *ls_rdml_protocol_id(const struct ls_run *run);

/* The experiment with its one run. */
void ls_rdml_add_run(const struct ls_run *run, const struct ls_run_analysis *analysis,
		     const struct ls_rdml_ids *ids, struct ls_buffer *out);

#endif
