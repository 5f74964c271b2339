/* SPDX-License-Identifier: Apache-2.0 */
/* The set of files for one checkpoint: each by itself, and after the one before. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/evidence_internal.h"
#include "audit/verify/read.h"

const char *ls_evidence_part_path(const struct ls_evidence_audit *a, enum ls_evidence_part part,
				  char buffer[static LS_EVIDENCE_PATH_SIZE])
{
	snprintf(buffer, LS_EVIDENCE_PATH_SIZE, LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", a->size,
		 ls_evidence_file(part));
	return buffer;
}

void ls_evidence_fail(struct ls_evidence_audit *a, enum ls_check check, const char *id,
		      enum ls_evidence_part part, const char *message)
{
	char path[LS_EVIDENCE_PATH_SIZE];
	ls_report_fail(a->report, check, id, 0, ls_evidence_part_path(a, part, path), "%s",
		       message);
}

static bool read_parts(struct ls_evidence_audit *a)
{
	bool whole = true;
	char path[LS_EVIDENCE_PATH_SIZE];
	for (int part = 0; part < LS_EVIDENCE_PARTS; part++) {
		struct ls_read_result read = ls_share_read(
			a->log->source, ls_evidence_part_path(a, part, path), &a->parts[part]);
		if (read.status == LS_READ_OK)
			ls_report_pass(a->report, LS_CHECK_EVIDENCE_FILES, 1);
		else
			ls_read_report(a->report, LS_CHECK_EVIDENCE_FILES, "evidence.file", 0, path,
				       &read);
		whole = whole && read.status == LS_READ_OK;
	}
	return whole;
}

/* Why this is not the log's signed checkpoint of this size, or NULL. */
static const char *checkpoint_fault(struct ls_evidence_audit *a, struct ls_checkpoint *ret)
{
	struct ls_digest root;
	const struct ls_buffer *note = &a->parts[LS_EVIDENCE_CHECKPOINT];
	if (ls_checkpoint_open(note->data, note->size, &a->trust->log, ret, NULL) < 0)
		return "it is no checkpoint that the trust file's log key signed";
	if (ret->size != a->size)
		return "its size is not the one in its folder's name";
	if (a->size > a->log->checkpoint.size) {
		if (a->size > a->log->vouched)
			a->log->vouched = a->size;
		return NULL;
	}
	int rc = ls_log_root_at(a->log, &a->scratch, a->size, &root);
	a->out_of_memory = a->out_of_memory || rc == -ENOMEM;
	if (rc == 0 && !ls_digest_equal(&root, &ret->root))
		return "its root is not that of the log's entries: the log was forked";
	return NULL;
}

static bool check_checkpoint(struct ls_evidence_audit *a, struct ls_checkpoint *ret)
{
	const char *fault = checkpoint_fault(a, ret);
	if (fault)
		ls_evidence_fail(a, LS_CHECK_EVIDENCE_CHECKPOINT, "evidence.checkpoint.wrong",
				 LS_EVIDENCE_CHECKPOINT, fault);
	else
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_CHECKPOINT, 1);
	return !fault;
}

/*
 * rc of a check of lib/attest's.  When the signature does not belong to the
 * attestation, either of the two was altered: both are named.
 */
static bool settle(struct ls_evidence_audit *a, enum ls_check check, const char *id, int rc,
		   enum ls_evidence_part part, const struct ls_error *err)
{
	if (rc == 0) {
		ls_report_pass(a->report, check, 1);
		return true;
	}
	bool of_signature = strncmp(err->id, "attest.signature", 16) == 0;
	bool malformed = strcmp(err->id, "attest.signature.malformed") == 0;
	if (!malformed)
		ls_evidence_fail(a, check, id, part, err->message);
	if (of_signature)
		ls_evidence_fail(a, check, id, part + 1, err->message);
	return false;
}

static bool check_attested(struct ls_evidence_audit *a, const struct ls_checkpoint *checkpoint)
{
	struct ls_evidence_set set;
	struct ls_error err = { 0 };
	enum ls_evidence_part part;
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++) {
		set.parts[i].bytes = a->parts[i].data;
		set.parts[i].size = a->parts[i].size;
	}
	memset(&a->says, 0, sizeof(a->says));
	int rc = ls_evidence_check_quote(&set, &a->believed, &a->says, &part, &err);
	bool good = settle(a, LS_CHECK_EVIDENCE_QUOTE, "evidence.quote.wrong", rc, part, &err);
	rc = ls_evidence_check_counter(&set, &a->believed, &a->says, &part, &err);
	good &= settle(a, LS_CHECK_EVIDENCE_COUNTER, "evidence.counter.wrong", rc, part, &err);
	rc = ls_evidence_check_checkpoint(&set, &a->believed, a->size, &checkpoint->root, &a->says,
					  &part, &err);
	good &= settle(a, LS_CHECK_EVIDENCE_NV, "evidence.nv-checkpoint.wrong", rc, part, &err);
	return good;
}

static bool check_order(struct ls_evidence_audit *a)
{
	struct ls_error err = { 0 };
	bool good = !a->have_clock || ls_clock_check_follows(&a->clock, &a->says.first, &err) == 0;
	if (!good)
		ls_evidence_fail(a, LS_CHECK_EVIDENCE_CLOCK, "evidence.clock.backwards",
				 LS_EVIDENCE_QUOTE, err.message);
	if (a->have_clock && a->says.counter < a->chain->counter) {
		ls_evidence_fail(
			a, LS_CHECK_EVIDENCE_CLOCK, "evidence.counter.backwards",
			LS_EVIDENCE_COUNTER,
			"the version counter is lower than it was for an earlier checkpoint");
		good = false;
	}
	if (good)
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_CLOCK, 1);
	a->clock = a->says.last;
	a->have_clock = true;
	return good;
}

/* When the last seal of the checkpoint was received; false: it is not known. */
bool ls_evidence_received_at(struct ls_evidence_audit *a, int64_t *ret_time)
{
	struct ls_manifest manifest = { 0 };
	int rc = ls_log_entry(a->log, &a->scratch, a->size - 1, &manifest);
	a->out_of_memory = a->out_of_memory || rc == -ENOMEM;
	if (rc < 0)
		return false;
	*ret_time = manifest.received;
	ls_manifest_free(&manifest);
	return true;
}

void ls_evidence_received(struct ls_evidence_audit *a, char text[static LS_UTC_SIZE])
{
	int64_t time;
	if (ls_evidence_received_at(a, &time))
		ls_utc_format(time, text);
}

static void take_into_chain(struct ls_evidence_audit *a)
{
	struct ls_chain *c = a->chain;
	if (c->checkpoints++ == 0) {
		c->first = a->size;
		ls_evidence_received(a, c->since);
	}
	int64_t time;
	if (a->enrolments.count > 0 && a->size <= a->log->checkpoint.size &&
	    ls_evidence_received_at(a, &time))
		ls_enrolment_hold(&a->enrolments, a->size, time);
	c->last = a->size;
	c->counter = a->says.counter;
	c->resets = a->says.last.reset_count;
}

void ls_evidence_check_set(struct ls_evidence_audit *a)
{
	struct ls_checkpoint checkpoint;
	if (!read_parts(a) || !check_checkpoint(a, &checkpoint) || !check_attested(a, &checkpoint))
		return;
	bool approved = ls_evidence_check_state(a), ordered = check_order(a);
	if (approved && ordered)
		take_into_chain(a);
}
