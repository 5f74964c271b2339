/* SPDX-License-Identifier: Apache-2.0 */
/* log/checkpoint: read, parsed, its signature verified. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/log_internal.h"
#include "lib/log/note.h"

#define CHECKPOINT "log/checkpoint"

void ls_log_scratch_init(struct ls_log_scratch *s)
{
	memset(s, 0, sizeof(*s));
	ls_buffer_init(&s->bytes, LS_BUNDLE_SIZE_MAX);
	ls_buffer_init(&s->other, LS_BUNDLE_SIZE_MAX);
	s->block = UINT64_MAX;
}

void ls_log_scratch_free(struct ls_log_scratch *s)
{
	ls_sha256_free(&s->hash);
	ls_buffer_free(&s->bytes);
	ls_buffer_free(&s->other);
	ls_tree_free(&s->leaves);
}

void ls_log_setup(struct ls_log *log, struct ls_source *source, struct ls_report *report,
		  const struct ls_trust *trust)
{
	memset(log, 0, sizeof(*log));
	log->source = source;
	log->report = report;
	log->trust = trust;
	ls_buffer_init(&log->note, LS_NOTE_SIZE_MAX);
}

void ls_log_free(struct ls_log *log)
{
	ls_buffer_free(&log->note);
	ls_tree_free(&log->tree);
	free(log->blocks);
}

static void bad(struct ls_log *log, const char *id, const char *message)
{
	ls_report_fail(log->report, LS_CHECK_CHECKPOINT, id, 0, CHECKPOINT, "%s", message);
}

/* The line that the trust file says there is, and that ls_note_verify does not ask for. */
static void look_for_ed25519(struct ls_log *log, const struct ls_note *note)
{
	if (!log->trust->log.has_ed25519)
		return;
	if (ls_note_has_ed25519(note, &log->trust->log))
		ls_report_pass(log->report, LS_CHECK_CHECKPOINT, 1);
	else
		ls_report_unable(log->report, LS_CHECK_CHECKPOINT, "log.checkpoint.no-ed25519", 0,
				 CHECKPOINT,
				 "it has no line by the trust file's Ed25519 key: the line was "
				 "taken away, or nothing was sealed since that key was made");
}

static void verify_signature(struct ls_log *log, const struct ls_note *note)
{
	struct ls_error err = { 0 };
	const struct ls_note_key *key = &log->trust->log;
	if (strcmp(log->checkpoint.origin, key->name) != 0) {
		ls_report_fail(log->report, LS_CHECK_CHECKPOINT, "log.checkpoint.origin", 0,
			       CHECKPOINT,
			       "it is of log '%s', the trust file of log '%s': is this the right "
			       "trust file?",
			       log->checkpoint.origin, key->name);
		return;
	}
	switch (ls_note_verify(note, key, &err)) {
	case 0:
		log->signature_good = true;
		ls_report_pass(log->report, LS_CHECK_CHECKPOINT, 1);
		look_for_ed25519(log, note);
		break;
	case -ENOKEY:
		bad(log, "log.checkpoint.other-key", "the trust file's log key did not sign it");
		break;
	case -EBADMSG: bad(log, "log.checkpoint.altered", err.message); break;
	default:
		ls_report_unable(log->report, LS_CHECK_CHECKPOINT, "log.checkpoint.unable", 0,
				 CHECKPOINT, "%s", err.message);
	}
}

void ls_log_read_checkpoint(struct ls_log *log)
{
	struct ls_read_result read = ls_share_read(log->source, CHECKPOINT, &log->note);
	if (read.status != LS_READ_OK) {
		ls_read_report(log->report, LS_CHECK_CHECKPOINT, "log.checkpoint", 0, CHECKPOINT,
			       &read);
		return;
	}
	struct ls_note note;
	struct ls_error err = { 0 };
	if (ls_note_parse(log->note.data, log->note.size, &note, &err) < 0 ||
	    ls_checkpoint_parse(note.text, note.text_size, &log->checkpoint, &err) < 0) {
		bad(log, "log.checkpoint.malformed", err.message);
		return;
	}
	log->have_checkpoint = true;
	if (log->trust)
		verify_signature(log, &note);
}

bool ls_log_has_grown_to(const struct ls_log *log, uint64_t size)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	if (ls_share_read(log->source, CHECKPOINT, &bytes).status != LS_READ_OK)
		return false;
	struct ls_note note;
	struct ls_checkpoint now;
	if (ls_note_parse(bytes.data, bytes.size, &note, NULL) < 0 ||
	    ls_checkpoint_parse(note.text, note.text_size, &now, NULL) < 0 || now.size < size)
		return false;
	return !log->trust || ls_note_verify(&note, &log->trust->log, NULL) == 0;
}
