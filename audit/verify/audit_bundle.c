/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/audit_bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/evidence.h"
#include "audit/verify/log.h"
#include "audit/verify/read.h"
#include "audit/verify/result.h"
#include "audit/verify/share.h"
#include "audit/verify/time_stamps.h"
#include "audit/verify/witnesses.h"
#include "lib/attest/evidence.h"
#include "lib/log/proof.h"

#define PATH_SIZE 512

struct bundle {
	struct ls_result_context results;
	struct ls_share share;
	struct ls_log log;
	struct ls_order order;
	struct ls_time_stamps stamps;
	struct ls_report *report;
	const struct ls_folder *result; /* the only one, or NULL */
	struct ls_buffer manifest;	/* of it */
};

const char *ls_bundle_proof_path(uint64_t size, char buffer[static LS_BUNDLE_PROOF_SIZE])
{
	snprintf(buffer, LS_BUNDLE_PROOF_SIZE, LS_BUNDLE_PROOFS "/%" PRIu64 LS_BUNDLE_PROOF_ENDING,
		 size);
	return buffer;
}

/* --- folders ------------------------------------------------------------------------------- */

/* One result, so that nobody takes a share from which something is missing for a bundle. */
static void find_result(struct bundle *b)
{
	uint64_t results = 0;
	for (size_t i = 0; i < b->share.count; i++)
		if (!b->share.folders[i].event) {
			results++;
			b->result = &b->share.folders[i];
		}
	if (results == 1) {
		ls_report_pass(b->report, LS_CHECK_LAYOUT, 1);
		return;
	}
	b->result = NULL;
	ls_report_fail(b->report, LS_CHECK_LAYOUT, "bundle.results", 0, "results",
		       "a bundle (" LS_BUNDLE_PROOFS ") holds one result, this %" PRIu64
		       ": it is neither a bundle nor a share",
		       results);
}

static int check_folders(struct bundle *b)
{
	char path[LS_FOLDER_PATH_SIZE];
	struct ls_result_scratch *s;
	int rc = ls_result_scratch_new(1, &s);
	for (size_t i = 0; rc == 0 && i < b->share.count; i++)
		ls_result_check(&b->results, s,
				ls_folder_path(&b->share, &b->share.folders[i], path),
				b->share.folders[i].seal);
	ls_result_scratch_free(s, 1);
	return rc;
}

static void read_manifest(struct bundle *b)
{
	char folder[LS_FOLDER_PATH_SIZE], path[PATH_SIZE];
	if (!b->result)
		return;
	snprintf(path, sizeof(path), "%s/" LS_FILE_MANIFEST,
		 ls_folder_path(&b->share, b->result, folder));
	/* checked with its folder */
	if (ls_share_read(b->results.source, path, &b->manifest).status == LS_READ_OK)
		b->results.bundled = &b->manifest;
}

/* --- log/ ---------------------------------------------------------------------------------- */

static void unknown(struct bundle *b, const char *path, unsigned type)
{
	ls_report_fail(b->report, LS_CHECK_LAYOUT, "log.unknown", 0, path,
		       "labseal did not put this into a bundle: %s", ls_kind_of_file(type));
}

static int each_in_log(void *context, const char *name, unsigned type)
{
	struct bundle *b = context;
	char path[PATH_SIZE];
	bool folder = strcmp(name, "proofs") == 0 || strcmp(name, "evidence") == 0 ||
		      strcmp(name, "witnessed") == 0;
	snprintf(path, sizeof(path), "log/%s", name);
	if (type == S_IFDIR ? !folder : strcmp(name, "checkpoint") != 0)
		unknown(b, path, type);
	return 0;
}

/* Why the proof does not tie the result to this checkpoint, or NULL. */
static const char *proof_fault(const struct bundle *b, const struct ls_buffer *bytes,
			       const struct ls_checkpoint *wanted, struct ls_error *err)
{
	struct ls_checkpoint checkpoint;
	uint64_t index;
	if (ls_proof_verify(bytes->data, bytes->size, b->manifest.data, b->manifest.size,
			    &b->results.trust->log, &index, &checkpoint, err) < 0)
		return err->message;
	if (index != b->result->seal - 1)
		return "it is of another seal";
	if (checkpoint.size != wanted->size || !ls_digest_equal(&checkpoint.root, &wanted->root))
		return "its checkpoint is not the one it is named after";
	return NULL;
}

static bool check_proof(struct bundle *b, const struct ls_checkpoint *wanted)
{
	char path[LS_BUNDLE_PROOF_SIZE];
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_PROOF_SIZE_MAX);
	ls_bundle_proof_path(wanted->size, path);
	struct ls_read_result read = ls_share_read(b->results.source, path, &bytes);
	if (read.status != LS_READ_OK) {
		ls_read_report(b->report, LS_CHECK_PROOF, "bundle.proof", b->result->seal, path,
			       &read);
		return false;
	}
	const char *fault = proof_fault(b, &bytes, wanted, &err);
	if (fault)
		ls_report_fail(b->report, LS_CHECK_PROOF, "bundle.proof.wrong", b->result->seal,
			       path, "%s", fault);
	else
		ls_report_pass(b->report, LS_CHECK_PROOF, 1);
	return fault == NULL;
}

/* That this checkpoint, of which there is word in this file, is of the bundle's log and covers the
 * result. */
static bool check_link(struct bundle *b, const struct ls_checkpoint *c, const char *id,
		       const char *file)
{
	if (c->size != b->log.checkpoint.size)
		return check_proof(b, c);
	if (ls_digest_equal(&c->root, &b->log.checkpoint.root))
		return true;
	ls_report_fail(b->report, LS_CHECK_PROOF, id, 0, file,
		       "it has another root than log/checkpoint of the same size: the log was "
		       "forked");
	return false;
}

/* That of the TPM's word: what else there is to say of it is evidence.c's. */
static void check_evidence_proof(struct bundle *b, uint64_t size)
{
	char path[PATH_SIZE];
	struct ls_checkpoint checkpoint;
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", size,
		 ls_evidence_file(LS_EVIDENCE_CHECKPOINT));
	struct ls_read_result read = ls_share_read(b->results.source, path, &note);
	struct ls_error err = { 0 };
	if (read.status != LS_READ_OK)
		ls_read_report(b->report, LS_CHECK_PROOF, "bundle.evidence", 0, path, &read);
	else if (ls_checkpoint_open(note.data, note.size, &b->results.trust->log, &checkpoint,
				    &err) < 0)
		ls_report_fail(b->report, LS_CHECK_PROOF, "bundle.evidence.checkpoint", 0, path,
			       "%s", err.message);
	else
		check_link(b, &checkpoint, "bundle.evidence.fork", path);
}

static int each_evidence(void *context, const char *name, unsigned type)
{
	uint64_t size;
	if (type == S_IFDIR && ls_parse_u64(name, strlen(name), &size) == 0)
		check_evidence_proof(context, size);
	return 0;
}

static bool is_there(const struct bundle *b, const char *folder, uint64_t size, mode_t wanted)
{
	char path[PATH_SIZE];
	mode_t type;
	snprintf(path, sizeof(path), "%s/%" PRIu64, folder, size);
	return ls_source_type(b->results.source, path, &type) == 0 && type == wanted;
}

static bool is_stamped(const struct bundle *b, uint64_t size)
{
	for (size_t i = 0; i < b->stamps.count; i++)
		if (b->stamps.stamps[i].size == size)
			return true;
	return false;
}

/* Whether there is something in the bundle that a proof of this name is for. */
static bool is_wanted(const struct bundle *b, const char *name)
{
	size_t ending = strlen(LS_BUNDLE_PROOF_ENDING), length = strlen(name);
	uint64_t size;
	if (length <= ending || strcmp(name + length - ending, LS_BUNDLE_PROOF_ENDING) != 0 ||
	    ls_parse_u64(name, length - ending, &size) < 0)
		return false;
	return size == b->log.checkpoint.size || is_stamped(b, size) ||
	       is_there(b, LS_EVIDENCE_FOLDER, size, S_IFDIR) ||
	       is_there(b, LS_WITNESSED, size, S_IFREG);
}

static int each_proof(void *context, const char *name, unsigned type)
{
	struct bundle *b = context;
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), LS_BUNDLE_PROOFS "/%s", name);
	if (type != S_IFREG || !is_wanted(b, name))
		unknown(b, path, type);
	return 0;
}

static bool link_cosigned(void *context, const struct ls_checkpoint *c, const char *file)
{
	return check_link(context, c, "witness.fork", file);
}

static int check_stamps(struct bundle *b)
{
	struct ls_manifest manifest;
	bool is_linked = true;
	if (ls_manifest_parse(b->manifest.data, b->manifest.size, &manifest, NULL) < 0)
		return 0; /* said of its folder */
	int64_t received = manifest.received;
	ls_manifest_free(&manifest);
	for (size_t i = 0; i < b->stamps.count; i++) {
		const struct ls_stamp *s = &b->stamps.stamps[i];
		const struct ls_checkpoint c = { .size = s->size, .root = s->root };
		is_linked = check_link(b, &c, "time-stamp.fork", "") && is_linked;
	}
	return ls_time_stamps_check_bundle(&b->stamps, b->result->seal, received, is_linked,
					   b->report);
}

static int check_proofs(struct bundle *b)
{
	if (!b->results.trust || !b->result || b->manifest.size == 0 || !b->log.signature_good)
		return 0; /* why is said elsewhere */
	check_proof(b, &b->log.checkpoint);
	ls_each_name(b->results.source, LS_EVIDENCE_FOLDER, each_evidence, b);
	ls_witnesses_audit_bundle(&b->log, link_cosigned, b, b->report);
	int rc = check_stamps(b);
	ls_each_name(b->results.source, LS_BUNDLE_PROOFS, each_proof, b);
	return rc;
}

/* --- the whole ----------------------------------------------------------------------------- */

static void say_what_only_the_share_tells(struct bundle *b)
{
	ls_report_skip(b->report, "log.none",
		       "whether the log still holds it, the results before and after it, the "
		       "evidence that its record names, and whether all that retired its approval "
		       "is here: a bundle holds one "
		       "result; verify the share");
	b->report->facts.log_size = b->log.checkpoint.size;
	if (b->log.have_checkpoint)
		ls_report_set(b->report, &b->report->facts.origin, b->log.checkpoint.origin);
}

static int run(struct bundle *b)
{
	int rc = ls_share_walk(b->results.source, &b->share, b->report);
	if (rc < 0)
		return rc;
	find_result(b);
	read_manifest(b);
	ls_log_read_checkpoint(&b->log);
	ls_each_name(b->results.source, "log", each_in_log, b);
	rc = check_folders(b);
	if (rc == 0)
		rc = ls_evidence_audit(&b->log, b->report);
	if (rc == 0)
		rc = ls_order_check(&b->order, b->report);
	if (rc == 0)
		rc = check_proofs(b);
	say_what_only_the_share_tells(b);
	return rc;
}

int ls_audit_bundle(struct ls_source *source, const struct ls_trust *trust,
		    struct ls_calibrations *calibrations, struct ls_report *report)
{
	struct bundle b = { .results = { .source = source, .report = report, .trust = trust },
			    .report = report };
	ls_buffer_init(&b.manifest, LS_MANIFEST_SIZE_MAX);
	ls_log_setup(&b.log, source, report, trust);
	b.results.order = &b.order;
	b.results.calibrations = calibrations;
	b.results.stamps = &b.stamps;
	ls_time_stamps_init(&b.stamps, trust);
	int rc = ls_order_init(&b.order, trust);
	if (rc == 0)
		rc = run(&b);
	ls_share_done(&b.share);
	ls_log_free(&b.log);
	ls_order_free(&b.order);
	ls_time_stamps_free(&b.stamps);
	ls_buffer_free(&b.manifest);
	return rc;
}
