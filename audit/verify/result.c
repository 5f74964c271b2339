/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/result.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/verify/result_internal.h"
#include "lib/log/merkle.h"
#include "lib/log/proof.h"
#include "lib/seal/cms.h"

static void init(struct ls_result_scratch *s)
{
	ls_log_scratch_init(&s->log);
	ls_buffer_init(&s->manifest, LS_MANIFEST_SIZE_MAX);
	ls_buffer_init(&s->record, LS_RECORD_SIZE_MAX);
	ls_buffer_init(&s->signature, LS_CMS_SIZE_MAX);
	ls_buffer_init(&s->proof, LS_PROOF_SIZE_MAX);
	s->chunk = malloc(LS_SHARE_CHUNK);
}

static void done(struct ls_result_scratch *s)
{
	ls_log_scratch_free(&s->log);
	ls_sha256_free(&s->hash);
	ls_buffer_free(&s->manifest);
	ls_buffer_free(&s->record);
	ls_buffer_free(&s->signature);
	ls_buffer_free(&s->proof);
	ls_cms_verifier_free(&s->cms);
	ls_p256_verifier_free(&s->log_key);
	free(s->chunk);
}

int ls_result_scratch_new(unsigned threads, struct ls_result_scratch **ret)
{
	bool whole = true;
	struct ls_result_scratch *all = calloc(threads, sizeof(*all));
	*ret = NULL;
	for (unsigned i = 0; all && i < threads; i++) {
		init(&all[i]);
		all[i].worker = i;
		all[i].of_all = all;
		whole = whole && all[i].chunk;
	}
	if (all && !whole) {
		ls_result_scratch_free(all, threads);
		return -ENOMEM;
	}
	*ret = all;
	return all ? 0 : -ENOMEM;
}

void ls_result_scratch_free(struct ls_result_scratch *all, unsigned threads)
{
	for (unsigned i = 0; all && i < threads; i++)
		done(&all[i]);
	free(all);
}

const char *ls_result_file(const struct ls_result *r, const char *name,
			   char buffer[static LS_RESULT_PATH_SIZE])
{
	if (strcmp(r->path, ".") == 0)
		snprintf(buffer, LS_RESULT_PATH_SIZE, "%s", name);
	else
		snprintf(buffer, LS_RESULT_PATH_SIZE, "%s/%s", r->path, name);
	return buffer;
}

static bool read_manifest(struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE];
	struct ls_buffer *b = &r->s->manifest;
	struct ls_report *report = r->c->report;
	ls_result_file(r, LS_FILE_MANIFEST, file);
	struct ls_read_result read = ls_share_read(r->c->source, file, b);
	if (read.status != LS_READ_OK) {
		ls_read_report(report, LS_CHECK_MANIFEST, "result.manifest", r->seal, file, &read);
		return false;
	}
	struct ls_error err = { 0 };
	int rc = ls_manifest_parse(b->data, b->size, &r->manifest, &err);
	if (rc == -EBADMSG)
		ls_report_fail(report, LS_CHECK_MANIFEST, "result.manifest.malformed", r->seal,
			       file, "it is no manifest: %s", err.message);
	else if (rc < 0)
		ls_report_unable(report, LS_CHECK_MANIFEST, "result.manifest.unable", r->seal, file,
				 "%s", err.message);
	return rc == 0;
}

/* Whether the manifest is the log's entry of its seal. */
static void check_against_log(struct ls_result *r)
{
	struct ls_digest logged, leaf;
	const struct ls_log *log = r->c->log;
	uint64_t seal = r->manifest.seal;
	char file[LS_RESULT_PATH_SIZE];
	ls_result_file(r, LS_FILE_MANIFEST, file);
	if (r->seal != seal)
		ls_report_fail(r->c->report, LS_CHECK_MANIFEST, "result.manifest.seal", r->seal,
			       file, "it is the manifest of seal %" PRIu64, seal);
	if (!log || seal > log->checkpoint.size)
		return; /* a seal beyond the log is reported by who walks the share */
	int rc = ls_log_leaf(log, &r->s->log, seal - 1, &logged);
	if (rc == 0)
		rc = ls_merkle_leaf(&r->s->hash, r->s->manifest.data, r->s->manifest.size, &leaf);
	if (rc < 0)
		ls_report_unable(r->c->report, LS_CHECK_MANIFEST, "result.manifest.unable", seal,
				 file, "the log's entry of seal %" PRIu64 " cannot be read", seal);
	else if (!ls_digest_equal(&logged, &leaf))
		ls_report_fail(r->c->report, LS_CHECK_MANIFEST, "result.manifest.altered", seal,
			       file, "it is not what the log holds at index %" PRIu64, seal - 1);
	else
		ls_report_pass(r->c->report, LS_CHECK_MANIFEST, 1);
}

static void check_instrument(struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE];
	const char *wanted = r->c->trust ? r->c->trust->instrument
					 : (r->c->log ? r->c->log->instrument : "");
	if (wanted[0] && strcmp(wanted, r->manifest.instrument) != 0)
		ls_report_fail(r->c->report, LS_CHECK_MANIFEST, "result.manifest.instrument",
			       r->manifest.seal, ls_result_file(r, LS_FILE_MANIFEST, file),
			       "it is of instrument '%s', not of '%s'", r->manifest.instrument,
			       wanted);
}

static const char *name_after_seal(const struct ls_result *r, char label[static LS_SAFE_NAME_SIZE])
{
	if (r->manifest.kind == LS_SEAL_RESULT && r->manifest.count > 1)
		return ls_manifest_label(&r->manifest, label);
	return r->have_record ? r->record.event : NULL;
}

void ls_result_check_name(struct ls_result *r)
{
	char label[LS_SAFE_NAME_SIZE];
	const char *name = name_after_seal(r, label);
	if (r->c->alone || !name)
		return;
	time_t received = (time_t)r->manifest.received;
	struct tm utc;
	char folder[LS_SEAL_FOLDER_SIZE], wanted[LS_RESULT_PATH_SIZE];
	if (!gmtime_r(&received, &utc))
		return;
	snprintf(wanted, sizeof(wanted), "%s/%04d/%s",
		 r->manifest.kind == LS_SEAL_EVENT ? "events" : "results", utc.tm_year + 1900,
		 ls_seal_folder(r->manifest.seal, name, folder));
	if (strcmp(wanted, r->path) == 0)
		ls_report_pass(r->c->report, LS_CHECK_FOLDERS, 1);
	else
		ls_report_fail(r->c->report, LS_CHECK_FOLDERS, "result.folder.renamed", r->seal,
			       r->path, "by its manifest the folder is '%s'", wanted);
}

static void tell_record(const struct ls_result *r)
{
	char file[LS_RESULT_PATH_SIZE];
	if (r->have_record)
		ls_tally_tell(r->c->tally, &r->record);
	if (r->have_record && !r->c->alone)
		ls_heartbeats_tell(&r->c->report->heartbeats, &r->record);
	if (r->have_record)
		ls_versions_tell(r->c->versions, &r->record);
	if (r->have_record)
		ls_calibrations_tell(r->c->calibrations, &r->record,
				     ls_result_file(r, LS_FILE_RECORD, file));
	if (r->have_record)
		ls_sampled_tell(&r->c->report->sampled, &r->record,
				ls_result_file(r, LS_FILE_RECORD, file));
	if (r->have_record)
		ls_time_stamps_tell(r->c->stamps, &r->record,
				    ls_result_file(r, LS_FILE_RECORD, file), r->c->report);
	if (r->have_record)
		ls_order_tell(r->c->order, &r->record, ls_result_file(r, LS_FILE_RECORD, file),
			      r->c->report);
	else if (r->seal > 0)
		ls_order_tell_unread(r->c->order, r->seal);
}

static void add_row(const struct ls_result *r)
{
	struct ls_row row = { .seal = r->seal,
			      .received = r->manifest.received,
			      .files = r->manifest.count > 0 ? r->manifest.count - 1 : 0,
			      .folder = r->path,
			      .event = r->manifest.kind == LS_SEAL_EVENT };
	for (size_t i = 0; r->have_record && i < r->record.count; i++)
		row.bytes += r->record.files[i].size;
	ls_report_row(r->c->report, &row);
}

void ls_result_check(const struct ls_result_context *c, struct ls_result_scratch *s,
		     const char *path, uint64_t seal)
{
	struct ls_result r = { .c = c, .s = s, .path = path, .seal = seal };
	if (read_manifest(&r)) {
		if (seal == 0)
			r.seal = r.manifest.seal; /* alone, its folder's number says nothing */
		if (r.manifest.kind == LS_SEAL_EVENT)
			atomic_fetch_add(&c->report->events, 1);
		else
			atomic_fetch_add(&c->report->results, r.manifest.count - 1);
		check_against_log(&r);
		check_instrument(&r);
		ls_result_check_files(&r);
		ls_result_check_record(&r);
		ls_result_tell_event(&r);
		ls_result_check_countersignature(&r);
		ls_result_check_payload(&r);
		ls_result_check_name(&r);
		ls_result_check_measurement(&r);
		ls_result_check_signature(&r);
		ls_result_check_proof(&r);
	}
	tell_record(&r);
	add_row(&r);
	ls_manifest_free(&r.manifest);
	ls_record_free(&r.record);
}
