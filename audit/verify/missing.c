/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/missing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/reader.h"
#include "lib/seal/manifest.h"

struct missing {
	const struct ls_log *log;
	struct ls_report *report;
	struct ls_log_scratch scratch;
	uint64_t told;
	bool incomplete; /* not all folders could be listed */
};

/* What the folder of a missing seal was called, as far as its log entry tells. */
static void name_of(struct missing *m, uint64_t seal, char path[static LS_FOLDER_PATH_SIZE])
{
	struct ls_manifest manifest = { 0 };
	char folder[LS_SEAL_FOLDER_SIZE];
	struct tm utc;
	snprintf(path, LS_FOLDER_PATH_SIZE, "*/*/%06" PRIu64 "-*", seal);
	if (ls_log_entry(m->log, &m->scratch, seal - 1, &manifest) < 0)
		return;
	time_t received = (time_t)manifest.received;
	bool event = manifest.kind == LS_SEAL_EVENT || manifest.count < 2;
	char label[LS_SAFE_NAME_SIZE];
	const char *name = event ? "*" : ls_manifest_label(&manifest, label);
	if (gmtime_r(&received, &utc))
		snprintf(path, LS_FOLDER_PATH_SIZE, "%s/%04u/%s", event ? "events" : "results",
			 (unsigned)(utc.tm_year + 1900) % 10000,
			 ls_seal_folder(seal, name, folder));
	ls_manifest_free(&manifest);
}

/* What was not listed may well be there. */
static void unlisted(struct missing *m, uint64_t first)
{
	if (m->told++ == 0)
		ls_report_unable(m->report, LS_CHECK_FOLDERS, "result.folder.unlisted", first, "",
				 "whether the folder of seal %" PRIu64 " and others are there "
				 "cannot be told: a folder could not be listed",
				 first);
}

static void missing(struct missing *m, uint64_t first, uint64_t end)
{
	if (m->incomplete && first < end) {
		unlisted(m, first);
		return;
	}
	for (uint64_t seal = first; seal < end; seal++) {
		char path[LS_FOLDER_PATH_SIZE];
		if (m->told++ >= LS_REPORT_KEPT_MAX) {
			ls_report_fail(
				m->report, LS_CHECK_FOLDERS, "result.folder.missing", seal, "",
				"the folders of seals %" PRIu64 " to %" PRIu64 " were removed",
				seal, end - 1);
			return;
		}
		name_of(m, seal, path);
		ls_report_fail(m->report, LS_CHECK_FOLDERS, "result.folder.missing", seal, path,
			       "the folder of seal %" PRIu64 " was removed", seal);
	}
}

static void doubled(struct missing *m, const struct ls_share *share, size_t i)
{
	char path[LS_FOLDER_PATH_SIZE], first[LS_FOLDER_PATH_SIZE];
	ls_report_fail(m->report, LS_CHECK_FOLDERS, "result.folder.doubled", share->folders[i].seal,
		       ls_folder_path(share, &share->folders[i], path),
		       "there is a second folder with this seal's number: '%s'",
		       ls_folder_path(share, &share->folders[i - 1], first));
}

void ls_missing_check(const struct ls_share *share, const struct ls_log *log,
		      struct ls_report *report)
{
	struct missing m = { .log = log, .report = report, .incomplete = share->incomplete };
	ls_log_scratch_init(&m.scratch);
	uint64_t size = log ? log->checkpoint.size : 0;
	/* a log that was found to end before its checkpoint's size names no more seals */
	if (log && size / LS_TILE_WIDTH >= log->block_count)
		size = log->block_count * LS_TILE_WIDTH < size ? log->block_count * LS_TILE_WIDTH
							       : size;
	uint64_t next = 1;
	for (size_t i = 0; i < share->count; i++) {
		uint64_t seal = share->folders[i].seal;
		if (i > 0 && seal == share->folders[i - 1].seal) {
			doubled(&m, share, i);
			continue;
		}
		if (seal > size)
			break;
		missing(&m, next, seal);
		next = seal + 1;
	}
	missing(&m, next, size + 1);
	ls_log_scratch_free(&m.scratch);
}
