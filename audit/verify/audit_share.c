/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/audit_share.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/verify/evidence.h"
#include "audit/verify/log.h"
#include "audit/verify/memory.h"
#include "audit/verify/missing.h"
#include "audit/verify/pool.h"
#include "audit/verify/result.h"
#include "audit/verify/share.h"
#include "audit/verify/time_stamps.h"
#include "audit/verify/witnesses.h"
#include "lib/base/text.h"

#define BATCH	     4	 /* folders that a thread takes at a time */
#define GROWTH_TRIES 20	 /* looks at whether sealing goes on */
#define GROWTH_WAIT  100 /* ms between two */

struct share_audit {
	struct ls_result_context results;
	struct ls_result_scratch *scratch; /* one for each thread */
	struct ls_share share;
	struct ls_log log;
	struct ls_order order;
	struct ls_tally tally;
	struct ls_versions versions;
	struct ls_time_stamps stamps;
	struct ls_report *report;
	unsigned threads;
};

static void check_folders(void *context, struct ls_pool *pool, unsigned worker, uint64_t first,
			  uint64_t end)
{
	struct share_audit *a = context;
	a->scratch[worker].pool = pool;
	char path[LS_FOLDER_PATH_SIZE];
	for (uint64_t i = first; i < end; i++) {
		const struct ls_folder *folder = &a->share.folders[i];
		ls_result_check(&a->results, &a->scratch[worker],
				ls_folder_path(&a->share, folder, path), folder->seal);
		ls_report_advance(a->report, 1);
	}
}

static int check_results(struct share_audit *a)
{
	int rc = ls_result_scratch_new(a->threads, &a->scratch);
	ls_report_phase(a->report, LS_PHASE_FOLDERS, a->share.count);
	if (rc == 0)
		ls_pool_run_sharing(a->threads, a->share.count, BATCH, check_folders, a);
	return rc;
}

/* The largest size that a proof, evidence or a tile on the share speaks of. */
static uint64_t largest_size(const struct share_audit *a, uint64_t *ret_proven)
{
	uint64_t proven = 0;
	for (unsigned i = 0; i < a->threads; i++)
		if (a->scratch[i].signed_size > proven)
			proven = a->scratch[i].signed_size;
	*ret_proven = a->results.trust ? proven : 0;
	uint64_t largest = proven > a->log.beyond ? proven : a->log.beyond;
	return largest > a->log.vouched ? largest : a->log.vouched;
}

static bool grows_to(const struct share_audit *a, uint64_t size)
{
	const struct timespec wait = { 0, GROWTH_WAIT * 1000000L };
	for (int i = 0; i < GROWTH_TRIES; i++) {
		if (ls_log_has_grown_to(&a->log, size))
			return true;
		nanosleep(&wait, NULL);
	}
	return false;
}

static void older(struct share_audit *a, uint64_t size, const char *carrier, uint64_t signed_size)
{
	ls_report_fail(a->report, LS_CHECK_CHECKPOINT, "log.checkpoint.older", 0, "log/checkpoint",
		       "it ends at size %" PRIu64 ", but %s on this share carries a signed "
		       "checkpoint of size %" PRIu64 ": an old one was put back",
		       size, carrier, signed_size);
}

/*
 * The publisher shows a folder and its tiles before the checkpoint that covers
 * them, so one seal beyond the checkpoint is what a crash leaves; a signed proof
 * of two or more is an old checkpoint put back.  So is evidence of any, since it
 * is made after its checkpoint was published.
 */
static void check_beyond(struct share_audit *a)
{
	uint64_t size = a->log.checkpoint.size, proven;
	uint64_t largest = largest_size(a, &proven);
	if (largest <= size)
		return;
	if (grows_to(a, largest))
		ls_report_skip(a->report, "share.growing",
			       "what was sealed while the audit ran: seals after %" PRIu64, size);
	else if (proven > size + 1)
		older(a, size, "a proof", proven);
	else if (a->log.vouched > size)
		older(a, size, "evidence", a->log.vouched);
	else
		ls_report_unable(
			a->report, LS_CHECK_CHECKPOINT, "log.checkpoint.behind", 0,
			"log/checkpoint",
			"it ends at size %" PRIu64 ", but the share holds parts of a log of "
			"size %" PRIu64 ": sealing was interrupted, or an old checkpoint was "
			"put back; verify again when sealing has gone on",
			size, largest);
}

static int check_log(struct share_audit *a)
{
	ls_log_read_checkpoint(&a->log);
	if (!a->log.have_checkpoint) {
		ls_report_skip(
			a->report, "log.unknown-size",
			"whether seals are missing: there is no checkpoint that can be read");
		return 0;
	}
	a->results.log = &a->log;
	ls_time_stamps_begin(&a->stamps, a->log.checkpoint.size);
	int rc = ls_log_check(&a->log, a->threads);
	if (rc == 0)
		rc = ls_log_check_files(&a->log, a->threads);
	if (rc < 0)
		return rc;
	ls_witnesses_audit(&a->log, a->report);
	return ls_evidence_audit(&a->log, a->report);
}

static void set_time(struct ls_report *report, char **fact, int64_t seconds)
{
	char text[LS_UTC_SIZE];
	if (seconds != 0)
		ls_report_set(report, fact, ls_utc_format(seconds, text));
}

static void set_facts(struct share_audit *a)
{
	struct ls_report_facts *facts = &a->report->facts;
	if (!a->log.have_checkpoint)
		return;
	struct ls_buffer root;
	ls_buffer_init(&root, 64);
	ls_base64_encode(a->log.checkpoint.root.bytes, LS_DIGEST_SIZE, &root);
	ls_report_set(a->report, &facts->root, ls_buffer_str(&root));
	ls_buffer_free(&root);
	ls_report_set(a->report, &facts->origin, a->log.checkpoint.origin);
	if (a->log.instrument[0])
		ls_report_set(a->report, &facts->instrument, a->log.instrument);
	facts->log_size = a->log.checkpoint.size;
	set_time(a->report, &facts->first_received, a->log.first_received);
	set_time(a->report, &facts->last_received, a->log.last_received);
}

static void remember(struct share_audit *a, const char *memory)
{
	if (memory)
		ls_memory_check(memory, &a->log, a->report);
	else
		ls_report_skip(a->report, "memory.none",
			       "whether the log continues one seen before: no memory was given "
			       "(--memory FILE), so a share put back as a whole goes unnoticed");
}

static int run(struct share_audit *a, const char *memory)
{
	int rc = check_log(a);
	if (rc == 0)
		rc = ls_share_walk(a->results.source, &a->share, a->report);
	if (rc == 0)
		rc = check_results(a);
	if (a->share.incomplete)
		ls_order_tell_unread(&a->order, 0); /* any of them */
	if (rc == 0)
		rc = ls_order_check(&a->order, a->report);
	if (rc == 0)
		rc = ls_tally_check(&a->tally, a->results.source, a->report);
	if (rc == 0)
		rc = ls_versions_check(&a->versions, a->report);
	if (rc == 0)
		rc = ls_time_stamps_check(&a->stamps, a->results.log, a->report);
	if (rc < 0)
		return rc;
	ls_missing_check(&a->share, a->results.log, a->report);
	if (a->log.have_checkpoint)
		check_beyond(a);
	remember(a, memory);
	set_facts(a);
	return 0;
}

static struct ls_resume *open_resume(const char *path, const struct ls_source *source,
				     struct ls_report *report)
{
	if (path && ls_source_has_identity(source))
		return ls_resume_open(path, report);
	if (path)
		ls_report_skip(report, "resume.unused",
			       "what was hashed before: in a zip archive everything is hashed");
	return NULL;
}

int ls_audit_share(struct ls_source *source, const struct ls_trust *trust, const char *memory,
		   const char *resume, struct ls_calibrations *calibrations,
		   struct ls_report *report)
{
	struct share_audit a = {
		.results = { .source = source, .report = report, .trust = trust },
		.report = report,
		.threads = ls_pool_threads(),
	};
	ls_log_setup(&a.log, source, report, trust);
	a.results.order = &a.order;
	a.results.resume = open_resume(resume, source, report);
	a.results.tally = &a.tally;
	a.results.calibrations = calibrations;
	a.results.stamps = &a.stamps;
	a.results.versions = &a.versions;
	ls_tally_init(&a.tally);
	ls_versions_init(&a.versions);
	ls_time_stamps_init(&a.stamps, trust);
	int rc = ls_order_init(&a.order, trust);
	if (rc == 0)
		rc = run(&a, memory);
	ls_resume_close(a.results.resume);
	ls_result_scratch_free(a.scratch, a.threads);
	ls_share_done(&a.share);
	ls_log_free(&a.log);
	ls_order_free(&a.order);
	ls_tally_free(&a.tally);
	ls_versions_free(&a.versions);
	ls_time_stamps_free(&a.stamps);
	return rc;
}
