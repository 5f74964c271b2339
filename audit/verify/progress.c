/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/progress.h"

#include <stdio.h>

#define CLEAR "\r\x1b[K"

static const char *const words[LS_PHASE_END][2] = {
	[LS_PHASE_OPENING] = { "opening", "" },
	[LS_PHASE_LOG] = { "log", "entries" },
	[LS_PHASE_EVIDENCE] = { "evidence", "checkpoints" },
	[LS_PHASE_FOLDERS] = { "results and events", "seals" },
};

static bool shown;

void ls_progress_show(void *context, struct ls_report *report)
{
	(void)context;
	int phase = atomic_load(&report->progress.phase);
	unsigned long long done = report->progress.done, total = report->progress.total;
	unsigned long long failed = report->findings[LS_FINDING_FAILED].total;
	shown = true;
	fprintf(stderr, CLEAR "%s", words[phase][0]);
	if (total > 0)
		fprintf(stderr, ": %llu of %llu %s (%llu %%)", done, total, words[phase][1],
			done >= total ? 100 : done * 100 / total);
	if (phase == LS_PHASE_FOLDERS)
		fprintf(stderr, ", %.1f GB in %llu files", (double)report->bytes / 1e9,
			(unsigned long long)report->files);
	if (failed > 0)
		fprintf(stderr, ", %llu found that does not hold", failed);
	fflush(stderr);
}

void ls_progress_end(void)
{
	if (shown)
		fprintf(stderr, CLEAR);
	shown = false;
}
