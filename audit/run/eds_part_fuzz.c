/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a run file, without the archive around it: the first byte says which. */
#include "audit/run/analysis.h"
#include "audit/run/eds_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int calibration(struct ls_run *run, const void *data, size_t size, struct ls_error *err)
{
	return ls_eds_calibration(run, LS_CALIBRATION_PURE_DYE, "puredye.ini", data, size, err);
}

static int (*const parts[])(struct ls_run *, const void *, size_t, struct ls_error *) = {
	ls_eds_manifest,
	ls_eds_experiment,
	ls_eds_plate,
	ls_eds_protocol,
	ls_eds_multicomponent_xml,
	ls_eds_multicomponent_text,
	ls_eds_filters,
	ls_eds_results,
	ls_eds_settings,
	calibration,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct ls_run *run = ls_run_new(LS_RUN_EDS);
	struct ls_error err = { 0 };
	/* settings and signals want wells and a target to be about */
	size_t target;
	ls_run_target(run, "T", 1, &target);
	ls_run_reaction(run, ls_run_well(run, 0), target);
	if (parts[data[0] % (sizeof(parts) / sizeof(parts[0]))](run, data + 1, size - 1, &err) <
		    0 &&
	    !err.id[0])
		__builtin_trap();
	struct ls_run_analysis *analysis = NULL;
	if (ls_run_finish(run, NULL) == 0)
		ls_run_analyse(run, &analysis, NULL);
	ls_run_analysis_free(analysis);
	ls_run_free(run);
	return 0;
}
