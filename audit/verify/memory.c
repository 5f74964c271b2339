/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/files.h"
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

static enum outcome contradicts(struct memory *m, const char *id, const char *what)
{
	ls_report_fail(m->report, LS_CHECK_MEMORY, id, 0, "log/checkpoint",
		       "%s: remembered is size %" PRIu64 ", the share has size %" PRIu64
		       "; both notes are below",
		       what, m->old.size, m->log->checkpoint.size);
	struct ls_report_facts *facts = &m->report->facts;
	ls_report_set_verbatim(m->report, &facts->note_remembered, m->note.data, m->note.size);
	ls_report_set_verbatim(m->report, &facts->note_seen, m->log->note.data, m->log->note.size);
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
	case CONTRADICTS:
	case NOT_KNOWN: ls_report_set(report, &report->facts.memory_said, "not changed"); break;
	}
	ls_buffer_free(&m.note);
}
