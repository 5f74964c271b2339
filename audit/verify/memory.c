/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/log/misbehaviour.h"
#include "lib/log/note.h"

struct memory {
	const char *path;
	const struct ls_log *log;
	struct ls_report *report;
	struct ls_buffer note;
	struct ls_checkpoint old;
};

enum outcome { NOTHING_REMEMBERED, CONTINUES, CONTRADICTS, NOT_KNOWN };

static enum outcome unable(struct memory *m, const char *id, const char *message)
{
	ls_report_unable(m->report, LS_CHECK_MEMORY, id, 0, m->path, "%s", message);
	return NOT_KNOWN;
}

/* Both are the log's, and this is what the larger one begins with: nothing where they are equal. */
static int prove(struct memory *m, struct ls_misbehaviour *proof)
{
	struct ls_log_scratch s;
	proof->notes[0].bytes = m->note.data;
	proof->notes[0].size = m->note.size;
	proof->notes[1].bytes = m->log->note.data;
	proof->notes[1].size = m->log->note.size;
	if (m->old.size == m->log->checkpoint.size)
		return 0;
	ls_log_scratch_init(&s);
	proof->has_root = true;
	int rc = ls_log_root_at(m->log, &s, m->old.size, &proof->root);
	if (rc == 0)
		rc = ls_log_prove_consistency(m->log, &s, m->old.size, proof->hashes,
					      &proof->count);
	ls_log_scratch_free(&s);
	return rc;
}

/* It is verified as the third party will, before it is kept. */
static int make_proof(struct memory *m, struct ls_buffer *text, struct ls_error *err)
{
	struct ls_misbehaviour proof = { .count = 0 };
	struct ls_checkpoint c[2];
	if (!m->log->trust)
		return ls_fail(err, -ENOKEY, "misbehaviour.unproven",
			       "without a trust file nobody knows whose signatures they are");
	int rc = prove(m, &proof);
	if (rc < 0)
		return ls_fail(err, rc, "misbehaviour.unproven", "the log's hashes are not known");
	rc = ls_misbehaviour_verify(&proof, &m->log->trust->log, c, err);
	return rc < 0 ? rc : ls_misbehaviour_format(&proof, text);
}

/* A proof is never written over: the first one counts as much as the next. */
static void write_proof(struct memory *m)
{
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_error err = { 0 };
	char path[PATH_MAX], said[PATH_MAX + 128];
	ls_buffer_init(&text, LS_MISBEHAVIOUR_SIZE_MAX);
	snprintf(path, sizeof(path), "%s" LS_MISBEHAVIOUR_ENDING, m->path);
	int rc = make_proof(m, &text, &err);
	if (rc == 0)
		rc = ls_file_write_new(AT_FDCWD, path, text.data, text.size, 0644, &err);
	if (rc == 0)
		snprintf(said, sizeof(said), "not changed; the proof for others is in '%s'", path);
	else if (rc == -EEXIST)
		snprintf(said, sizeof(said),
			 "not changed; there is a proof in '%s' already, which is kept", path);
	else
		snprintf(said, sizeof(said), "not changed; no proof for others was written: %s",
			 err.message);
	ls_report_set(m->report, &m->report->facts.memory_said, said);
}

static enum outcome contradicts(struct memory *m, const char *id, const char *what)
{
	ls_report_fail(m->report, LS_CHECK_MEMORY, id, 0, "log/checkpoint",
		       "%s: remembered is size %" PRIu64 ", the share has size %" PRIu64
		       "; both notes are below",
		       what, m->old.size, m->log->checkpoint.size);
	struct ls_report_facts *facts = &m->report->facts;
	ls_report_set_verbatim(m->report, &facts->note_remembered, m->note.data, m->note.size);
	ls_report_set_verbatim(m->report, &facts->note_seen, m->log->note.data, m->log->note.size);
	if (m->old.size <= m->log->checkpoint.size)
		write_proof(m);
	else
		ls_report_set(
			m->report, &facts->memory_said,
			"not changed; the two notes show others only that both states were "
			"signed: that the smaller one was shown after the larger is your word");
	return CONTRADICTS;
}

static enum outcome load(struct memory *m)
{
	struct ls_error err = { 0 };
	struct ls_note note;
	int rc = ls_file_read(AT_FDCWD, m->path, &m->note, &err);
	if (rc == -ENOENT)
		return NOTHING_REMEMBERED;
	if (rc < 0 || ls_note_parse(m->note.data, m->note.size, &note, &err) < 0 ||
	    ls_checkpoint_parse(note.text, note.text_size, &m->old, &err) < 0)
		return unable(m, "memory.unreadable", err.message);
	if (strcmp(m->old.origin, m->log->checkpoint.origin) != 0)
		return unable(m, "memory.other-log",
			      "it remembers another log; keep one file a log");
	if (m->log->trust && ls_note_verify(&note, &m->log->trust->log, &err) < 0)
		return unable(m, "memory.signature", err.message);
	return CONTINUES;
}

static enum outcome compare(struct memory *m)
{
	enum outcome loaded = load(m);
	if (loaded != CONTINUES)
		return loaded;
	if (m->old.size > m->log->checkpoint.size)
		return contradicts(m, "memory.rollback", "the log was rolled back");
	if (m->old.size == m->log->checkpoint.size)
		return ls_digest_equal(&m->old.root, &m->log->checkpoint.root)
			       ? CONTINUES
			       : contradicts(m, "memory.fork", "the log was replaced by another");
	struct ls_log_scratch s;
	struct ls_digest root;
	ls_log_scratch_init(&s);
	int rc = ls_log_root_at(m->log, &s, m->old.size, &root);
	ls_log_scratch_free(&s);
	if (rc < 0 || !m->log->root_good)
		return unable(m, "memory.unable",
			      "the log's root at that size cannot be recomputed");
	return ls_digest_equal(&root, &m->old.root)
		       ? CONTINUES
		       : contradicts(m, "memory.fork", "the log was replaced by another");
}

static void keep(struct memory *m)
{
	struct ls_error err = { 0 };
	char said[160];
	if (!m->log->signature_good || !m->log->root_good) {
		ls_report_set(m->report, &m->report->facts.memory_said,
			      "not changed: this checkpoint could not be vouched for");
		return;
	}
	if (ls_file_replace(AT_FDCWD, m->path, m->log->note.data, m->log->note.size, 0644, &err) <
	    0) {
		unable(m, "memory.unwritable", err.message);
		return;
	}
	snprintf(said, sizeof(said), "now remembers the log at size %" PRIu64,
		 m->log->checkpoint.size);
	ls_report_set(m->report, &m->report->facts.memory_said, said);
}

void ls_memory_check(const char *path, const struct ls_log *log, struct ls_report *report)
{
	struct memory m = { .path = path, .log = log, .report = report };
	ls_report_set(report, &report->facts.memory_file, path);
	if (!log->have_checkpoint) {
		unable(&m, "memory.unable", "the share has no checkpoint to compare with");
		return;
	}
	ls_buffer_init(&m.note, LS_NOTE_SIZE_MAX);
	switch (compare(&m)) {
	case CONTINUES:
		ls_report_pass(report, LS_CHECK_MEMORY, 1);
		keep(&m);
		break;
	case NOTHING_REMEMBERED:
		ls_report_skip(report, "memory.first",
			       "whether the log continues one seen before: the memory was empty");
		keep(&m);
		break;
	case CONTRADICTS: break; /* said */
	case NOT_KNOWN: ls_report_set(report, &report->facts.memory_said, "not changed"); break;
	}
	ls_buffer_free(&m.note);
}
