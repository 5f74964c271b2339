/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/witnesses.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/read.h"
#include "lib/base/text.h"
#include "lib/log/cosignature.h"

#define NOTE_MAX   LS_NOTE_SIZE_MAX
#define FILES_MAX  64 /* labseal keeps at most as many as there are witnesses */
#define CHECKPOINT "log/checkpoint"

struct witnesses {
	const struct ls_log *log;
	const struct ls_third_parties *parties;
	struct ls_report *report;
	struct ls_log_scratch scratch;
	ls_witnesses_link *link; /* in a bundle; NULL: the log has its hashes */
	void *context;
	unsigned files;
	uint64_t cosigned; /* the largest size that the quorum cosigned; 0: none */
	uint64_t when;	   /* by the latest of its witnesses, seconds since 1970 */
	unsigned most;	   /* the most witnesses on one checkpoint */
};

static void failed(struct witnesses *w, const char *id, const char *file, const char *message)
{
	ls_report_fail(w->report, LS_CHECK_WITNESSES, id, 0, file, "%s", message);
}

/* How many of the trust file's witnesses signed; a line by one of them that is none is a finding.
 */
static unsigned count_lines(struct witnesses *w, const struct ls_note *note, const char *file,
			    uint64_t *ret_when)
{
	unsigned count = 0;
	for (size_t i = 0; i < w->parties->witness_count; i++) {
		uint64_t time = 0;
		struct ls_error err = { 0 };
		int rc = ls_cosignature_verify(note, &w->parties->witnesses[i], &time, &err);
		if (rc == -EBADMSG)
			failed(w, "witness.signature", file, err.message);
		else if (rc == -ENOMEM)
			ls_report_unable(w->report, LS_CHECK_WITNESSES, "witness.unable", 0, file,
					 "%s", err.message);
		if (rc == 0)
			count++;
		if (rc == 0 && time > *ret_when)
			*ret_when = time;
	}
	return count;
}

/* What a witness cosigned is what the share holds; if not, there were two histories. */
static bool is_this_log(struct witnesses *w, const struct ls_checkpoint *c, const char *file)
{
	struct ls_digest root;
	_cleanup_buffer_ struct ls_buffer seen;
	ls_buffer_init(&seen, 64);
	ls_base64_encode(c->root.bytes, LS_DIGEST_SIZE, &seen);
	if (c->size > w->log->checkpoint.size) {
		if (ls_log_has_grown_to(w->log, c->size))
			return false; /* while the audit ran: the next one sees it */
		ls_report_fail(w->report, LS_CHECK_WITNESSES, "witness.rollback", 0, file,
			       "witnesses cosigned this log at size %" PRIu64 " with root %s; the "
			       "share's ends at size %" PRIu64 ": it was taken back",
			       c->size, ls_buffer_str(&seen), w->log->checkpoint.size);
		return false;
	}
	if (w->link)
		return w->link(w->context, c, file);
	if (ls_log_root_at(w->log, &w->scratch, c->size, &root) < 0) {
		ls_report_unable(w->report, LS_CHECK_WITNESSES, "witness.unable", 0, file,
				 "the log's root at size %" PRIu64 " cannot be recomputed",
				 c->size);
		return false;
	}
	if (ls_digest_equal(&root, &c->root))
		return true;
	ls_report_fail(w->report, LS_CHECK_WITNESSES, "witness.fork", 0, file,
		       "witnesses cosigned another log of size %" PRIu64
		       ", with root %s: the log's key signed two histories",
		       c->size, ls_buffer_str(&seen));
	return false;
}

static void check_note(struct witnesses *w, const void *bytes, size_t size, uint64_t named,
		       const char *file)
{
	struct ls_note note;
	struct ls_checkpoint c;
	struct ls_error err = { 0 };
	uint64_t when = 0;
	int rc = ls_checkpoint_open(bytes, size, &w->log->trust->log, &c, &err);
	if (rc == 0)
		rc = ls_note_parse(bytes, size, &note, &err);
	if (rc < 0) {
		failed(w, "witness.checkpoint", file, err.message);
		return;
	}
	if (named != 0 && c.size != named) {
		failed(w, "witness.checkpoint", file, "its name is another size than its own");
		return;
	}
	unsigned count = count_lines(w, &note, file, &when);
	if (count == 0 || !is_this_log(w, &c, file))
		return;
	w->most = count > w->most ? count : w->most;
	if (count >= w->parties->quorum && c.size > w->cosigned) {
		w->cosigned = c.size;
		w->when = when;
	}
}

static int each(void *context, const char *name, unsigned type)
{
	struct witnesses *w = context;
	char path[128];
	uint64_t size;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, NOTE_MAX);
	snprintf(path, sizeof(path), LS_WITNESSED "/%.64s", name);
	if (type == S_IFDIR || ls_parse_u64(name, strlen(name), &size) < 0 || size == 0) {
		ls_report_fail(w->report, LS_CHECK_LAYOUT, "log.unknown", 0, path,
			       "labseal did not write this: %s that is no part of the log",
			       ls_kind_of_file(type));
		return 0;
	}
	if (++w->files > FILES_MAX)
		return 0;
	struct ls_read_result read = ls_share_read(w->log->source, path, &bytes);
	if (read.status == LS_READ_MISSING)
		return 0; /* a newer one has replaced it meanwhile */
	if (read.status == LS_READ_OK)
		check_note(w, bytes.data, bytes.size, size, path);
	else
		ls_read_report(w->report, LS_CHECK_WITNESSES, "witness.file", 0, path, &read);
	return 0;
}

/* A result may be younger than the newest that was cosigned, which is then not in its bundle. */
static void settle_bundle(struct witnesses *w)
{
	if (w->cosigned != 0)
		ls_report_pass(w->report, LS_CHECK_WITNESSES, 1);
	else
		ls_report_skip(
			w->report, "witness.after",
			"whether others were shown the result: no checkpoint in this bundle "
			"is cosigned by %u of the trust file's %zu witnesses (at most by %u)",
			w->parties->quorum, w->parties->witness_count, w->most);
}

static void settle(struct witnesses *w)
{
	char utc[LS_UTC_SIZE];
	uint64_t size = w->log->checkpoint.size;
	if (w->cosigned == 0) {
		ls_report_unable(
			w->report, LS_CHECK_WITNESSES, "witness.quorum", 0, CHECKPOINT,
			"no checkpoint of this log is cosigned by %u of the trust file's %zu "
			"witnesses (at most by %u): whether others were shown the same "
			"log is not known",
			w->parties->quorum, w->parties->witness_count, w->most);
		return;
	}
	ls_report_pass(w->report, LS_CHECK_WITNESSES, 1);
	if (w->cosigned < size)
		ls_report_skip(
			w->report, "witness.after",
			"whether others were shown the last %" PRIu64 " of %" PRIu64
			" seals: the newest checkpoint that the quorum cosigned (%s) covers the "
			"first %" PRIu64,
			size - w->cosigned, size, ls_utc_format((int64_t)w->when, utc),
			w->cosigned);
}

static void audit(const struct ls_log *log, ls_witnesses_link *link, void *context,
		  struct ls_report *report)
{
	struct witnesses w = { .log = log, .report = report, .link = link, .context = context };
	if (!log->trust || log->trust->third_parties.witness_count == 0) {
		ls_report_skip(report, "witness.none",
			       "whether others were shown the same log: the trust file names no "
			       "witness");
		return;
	}
	w.parties = &log->trust->third_parties;
	ls_log_scratch_init(&w.scratch);
	check_note(&w, log->note.data, log->note.size, 0, CHECKPOINT);
	int rc = ls_each_name(log->source, LS_WITNESSED, each, &w);
	if (rc < 0 && rc != -ENOENT)
		ls_report_unable(report, LS_CHECK_WITNESSES, "witness.unable", 0, LS_WITNESSED,
				 "the folder cannot be listed: %s", strerror(-rc));
	if (link)
		settle_bundle(&w);
	else
		settle(&w);
	ls_log_scratch_free(&w.scratch);
}

void ls_witnesses_audit(const struct ls_log *log, struct ls_report *report)
{
	audit(log, NULL, NULL, report);
}

void ls_witnesses_audit_bundle(const struct ls_log *log, ls_witnesses_link *link, void *context,
			       struct ls_report *report)
{
	audit(log, link, context, report);
}

bool ls_witnesses_are_enough(const struct ls_trust *trust, const void *bytes, size_t size)
{
	const struct ls_third_parties *p = &trust->third_parties;
	struct ls_checkpoint c;
	struct ls_note note;
	unsigned count = 0;
	if (p->witness_count == 0 || ls_checkpoint_open(bytes, size, &trust->log, &c, NULL) < 0 ||
	    ls_note_parse(bytes, size, &note, NULL) < 0)
		return false;
	for (size_t i = 0; i < p->witness_count; i++) {
		uint64_t time;
		count += ls_cosignature_verify(&note, &p->witnesses[i], &time, NULL) == 0;
	}
	return count >= p->quorum;
}
