/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes: read, worked on, and written in each form. */
#include "audit/report/export.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void export_all(const struct ls_run *run, const struct ls_run_analysis *analysis)
{
	static int (*const forms[])(
		const struct ls_run *, const struct ls_run_analysis *, struct ls_buffer *,
		struct ls_error *) = { ls_export_csv, ls_export_json, ls_export_rdml };
	for (size_t i = 0; i < 3; i++) {
		struct ls_buffer out;
		ls_buffer_init(&out, 64 << 20);
		if (forms[i](run, analysis, &out, NULL) == 0 && i == 2) {
			/* what we write, we read */
			struct ls_run *again = NULL;
			if (ls_run_read(out.data, out.size, &again, NULL) < 0)
				__builtin_trap();
			ls_run_free(again);
		}
		ls_buffer_free(&out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_run *run = NULL;
	struct ls_error err = { 0 };
	if (ls_run_read(data, size, &run, &err) < 0) {
		if (run || !err.id[0] || !err.message[0])
			__builtin_trap();
		return 0;
	}
	struct ls_run_analysis *analysis = NULL;
	if (ls_run_analyse(run, &analysis, NULL) == 0)
		export_all(run, analysis);
	ls_run_analysis_free(analysis);
	ls_run_free(run);
	return 0;
}
