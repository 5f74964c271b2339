/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of eds.h: one function for each entry, in the order in which they are
 * called.  Each takes the entry's bytes and returns 0 or a negative code with
 * err filled in; what it read until then stays.
 */
#ifndef LABSEAL_AUDIT_RUN_EDS_PARTS_H
#define LABSEAL_AUDIT_RUN_EDS_PARTS_H

#include "audit/run/run_build.h"
#include "audit/run/xml.h"

int ls_eds_manifest(struct ls_run *run, const void *data, size_t size, struct ls_error *err);
int ls_eds_experiment(struct ls_run *run, const void *data, size_t size, struct ls_error *err);
int ls_eds_plate(struct ls_run *run, const void *data, size_t size, struct ls_error *err);
int ls_eds_protocol(struct ls_run *run, const void *data, size_t size, struct ls_error *err);
int ls_eds_settings(struct ls_run *run, const void *data, size_t size, struct ls_error *err);
int ls_eds_multicomponent_xml(struct ls_run *run, const void *data, size_t size,
			      struct ls_error *err);
int ls_eds_multicomponent_text(struct ls_run *run, const void *data, size_t size,
			       struct ls_error *err);
int ls_eds_filters(struct ls_run *run, const void *data, size_t size, struct ls_error *err);
int ls_eds_results(struct ls_run *run, const void *data, size_t size, struct ls_error *err);

/* entry is the name in the archive, kind what the name says. */
int ls_eds_calibration(struct ls_run *run, enum ls_calibration_kind kind, const char *entry,
		       const void *data, size_t size, struct ls_error *err);

/* Milliseconds since 1970, as text; 0 and nonsense are no time. */
void ls_eds_time(struct ls_run_time *time, const char *text, size_t length);

/* Set a text of the run to an element's text. */
void ls_eds_set(struct ls_run *run, const char **field, const struct ls_xml_node *node);

/* Where fluorescence was read: stage and step count from 1, cycle within the stage from 1. */
struct ls_reading {
	size_t stage, cycle, step;
};

/* What readings are of use for. */
struct ls_reading_plan {
	size_t stage, step; /* the cycling stage and step that amplification is taken from; 0:
			       every reading counts as a cycle */
};

/*
 * Amplification is what was read at the last collecting step of the last
 * cycling stage that has readings: where instruments of this family analyse,
 * unless told otherwise.
 */
struct ls_reading_plan ls_eds_plan(const struct ls_run *run, const struct ls_reading *readings,
				   size_t count);

/* The cycle (from 0) that a reading is of, or LS_RUN_NONE; *ret_melt: it is of a melt stage. */
size_t ls_eds_cycle(const struct ls_run *run, const struct ls_reading_plan *plan,
		    const struct ls_reading *reading, bool *ret_melt);

#endif
