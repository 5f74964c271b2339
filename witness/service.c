/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log/merkle.h"
#include "witness/add_checkpoint.h"

#define TEXT_TYPE "text/plain; charset=utf-8"
#define SIZE_TYPE "text/x.tlog.size"

enum {
	OK = 200,
	BAD = 400,
	FORBIDDEN = 403,
	UNKNOWN = 404,
	CONFLICT = 409,
	NO_PROOF = 422,
	FAILED = 500
};

void ls_witness_free(struct ls_witness *w)
{
	explicit_bzero(w->private_key, sizeof(w->private_key));
	free(w->logs);
	w->logs = NULL;
}

void ls_witness_answer_init(struct ls_witness_answer *a)
{
	memset(a, 0, sizeof(*a));
	ls_buffer_init(&a->body, 4096);
}

void ls_witness_answer_free(struct ls_witness_answer *a)
{
	ls_buffer_free(&a->body);
}

/* The reason is in the problem, and in the body where the standard leaves it to us. */
static void refuse(struct ls_witness_answer *a, unsigned status)
{
	a->status = status;
	a->type = TEXT_TYPE;
	ls_buffer_clear(&a->body);
	/* of a failure of ours, no stranger learns more than that it was one */
	ls_buffer_printf(&a->body, "%s\n",
			 status == FAILED ? "the witness failed" : a->problem.message);
}

static void conflict(struct ls_witness_answer *a, uint64_t known)
{
	a->status = CONFLICT;
	a->type = SIZE_TYPE;
	ls_buffer_clear(&a->body);
	ls_buffer_printf(&a->body, "%" PRIu64 "\n", known);
}

static int verify_by(const struct ls_note *note, const struct ls_witness_log *log,
		     struct ls_error *err)
{
	return log->is_ed25519 ? ls_note_verify_ed25519(note, &log->key, err)
			       : ls_note_verify(note, &log->key, err);
}

/* By one of the log's keys, and no line of another one false.  0; 404 or 403 of the standard; 500.
 */
static unsigned check_signature(const struct ls_witness *w, const struct ls_add_checkpoint *request,
				struct ls_error *err)
{
	bool is_known = false, is_signed = false;
	struct ls_error unsigned_by = { 0 };
	for (size_t i = 0; i < w->log_count; i++) {
		if (strcmp(w->logs[i].key.name, request->checkpoint.origin) != 0)
			continue;
		is_known = true;
		struct ls_error why = { 0 };
		int rc = verify_by(&request->note, &w->logs[i], &why);
		if (rc < 0 && rc != -ENOKEY) { /* a false line spoils a good one */
			*err = why;
			return rc == -ENOMEM ? FAILED : FORBIDDEN;
		}
		if (rc < 0)
			unsigned_by = why;
		is_signed = is_signed || rc == 0;
	}
	if (is_signed)
		return 0;
	if (is_known) {
		*err = unsigned_by;
		return FORBIDDEN;
	}
	ls_fail(err, -ENOENT, "witness.unknown", "no log '%s' is known here",
		request->checkpoint.origin);
	return UNKNOWN;
}

/* By this line alone. */
static bool is_of_the_log(const struct ls_witness *w, const struct ls_add_checkpoint *request,
			  const struct ls_note_line *line)
{
	const struct ls_note one = { .text = request->note.text,
				     .text_size = request->note.text_size,
				     .count = 1,
				     .lines = { *line } };
	for (size_t i = 0; i < w->log_count; i++)
		if (strcmp(w->logs[i].key.name, request->checkpoint.origin) == 0 &&
		    verify_by(&one, &w->logs[i], NULL) == 0)
			return true;
	return false;
}

/* The checkpoint with the lines by the log's keys: what strangers put on it is not kept. */
static int own_note(const struct ls_witness *w, const struct ls_add_checkpoint *request,
		    struct ls_buffer *out, struct ls_error *err)
{
	const struct ls_note *note = &request->note;
	ls_buffer_add(out, note->text, note->text_size);
	ls_buffer_add_str(out, "\n");
	for (unsigned i = 0; i < note->count; i++)
		if (is_of_the_log(w, request, &note->lines[i]))
			ls_buffer_printf(out, "\xe2\x80\x94 %s %.*s\n", request->checkpoint.origin,
					 (int)note->lines[i].base64_size, note->lines[i].base64);
	int rc = ls_buffer_error(out);
	return rc < 0 ? ls_fail(err, rc, "witness.memory", "out of memory for a checkpoint") : 0;
}

/* --- of a log that shows two histories ---------------------------------------------------- */

static bool is_fork_of_one_size(const struct ls_checkpoint *next, const struct ls_checkpoint *known)
{
	return next->size == known->size && !ls_digest_equal(&next->root, &known->root);
}

/* What was cosigned and what is shown now, with what proves that both cannot be. */
static void keep_evidence(const struct ls_witness *w, const struct ls_add_checkpoint *request,
			  const struct ls_witness_known *known, const struct ls_digest *root,
			  struct ls_witness_answer *a)
{
	struct ls_error *err = &a->evidence_problem;
	struct ls_misbehaviour m = { .notes = { { known->note.data, known->note.size } } };
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_WITNESS_NOTE_MAX);
	if (known->note.size == 0) {
		ls_fail(err, -ENODATA, "witness.evidence",
			"what the log signed before is not kept, an older labseal-witness cosigned "
			"it");
		return;
	}
	if (root) {
		m.has_root = true;
		m.root = *root;
		m.count = request->proof_count;
		memcpy(m.hashes, request->proof, m.count * sizeof(m.hashes[0]));
	}
	if (own_note(w, request, &note, err) < 0)
		return;
	m.notes[1].bytes = note.data;
	m.notes[1].size = note.size;
	if (ls_witness_evidence_keep(w->state_fd, request->checkpoint.origin, &m, a->evidence,
				     err) != 1)
		a->evidence[0] = '\0';
}

static unsigned fork_of_one_size(const struct ls_witness *w,
				 const struct ls_add_checkpoint *request,
				 const struct ls_witness_known *known, struct ls_witness_answer *a)
{
	ls_fail(&a->problem, -EBADMSG, "witness.fork",
		"the log '%s' signed two checkpoints of size %" PRIu64
		" with different roots: it shows different histories to different readers",
		request->checkpoint.origin, request->checkpoint.size);
	if (known->checkpoint.size > 0)
		keep_evidence(w, request, known, NULL, a);
	return CONFLICT;
}

/* A proof that is none may be a mistake, or the proof of the other history. */
static unsigned no_proof(const struct ls_witness *w, const struct ls_add_checkpoint *request,
			 const struct ls_witness_known *known, struct ls_witness_answer *a)
{
	struct ls_digest root;
	const struct ls_checkpoint *next = &request->checkpoint;
	if (ls_merkle_root_in_proof(known->checkpoint.size, next->size, &next->root, request->proof,
				    request->proof_count, &root) < 0)
		return NO_PROOF;
	ls_fail(&a->problem, -EBADMSG, "witness.fork",
		"the log '%s' of size %" PRIu64 " begins otherwise than the one of size %" PRIu64
		" that was cosigned: it shows different histories to different readers",
		next->origin, next->size, known->checkpoint.size);
	keep_evidence(w, request, known, &root, a);
	return NO_PROOF;
}

/* 0, or the status. */
static unsigned check_continues(const struct ls_witness *w, const struct ls_add_checkpoint *request,
				const struct ls_witness_known *last, struct ls_witness_answer *a)
{
	const struct ls_checkpoint *next = &request->checkpoint, *known = &last->checkpoint;
	if (is_fork_of_one_size(next, known))
		return fork_of_one_size(w, request, last, a);
	if (request->old_size != known->size) {
		ls_fail(&a->problem, -ESTALE, "witness.stale",
			"the request goes from size %" PRIu64 ", cosigned was %" PRIu64,
			request->old_size, known->size);
		return CONFLICT;
	}
	int rc = ls_merkle_verify_consistency(known->size, &known->root, next->size, &next->root,
					      request->proof, request->proof_count, &a->problem);
	return rc == 0 ? 0 : rc == -ENOMEM ? FAILED : no_proof(w, request, last, a);
}

/* Also of one that was cosigned, if the note is not kept yet: it is half of what proves a fork. */
static int remember(const struct ls_witness *w, const struct ls_add_checkpoint *request,
		    const struct ls_witness_known *known, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_WITNESS_NOTE_MAX);
	if (request->checkpoint.size == known->checkpoint.size &&
	    (known->note.size > 0 || known->checkpoint.size == 0))
		return 0;
	int rc = own_note(w, request, &note, err);
	return rc < 0 ? rc
		      : ls_witness_state_write(w->state_fd, request->checkpoint.origin, &note, err);
}

static void cosign(const struct ls_witness *w, const struct ls_add_checkpoint *request,
		   uint64_t now, struct ls_witness_answer *a)
{
	if (ls_cosignature_sign(request->note.text, request->note.text_size, w->name,
				w->private_key, now, &a->body, &a->problem) < 0) {
		refuse(a, FAILED);
		return;
	}
	a->status = OK;
	a->type = TEXT_TYPE;
}

/* In the order in which the standard has the checks. */
void ls_witness_add_checkpoint(struct ls_witness *w, const void *body, size_t size, uint64_t now,
			       struct ls_witness_answer *a)
{
	struct ls_add_checkpoint request;
	struct ls_witness_known known;
	struct ls_error *err = &a->problem;
	if (ls_add_checkpoint_parse(body, size, &request, err) < 0) {
		refuse(a, BAD);
		return;
	}
	ls_witness_known_init(&known);
	unsigned status = check_signature(w, &request, err);
	if (status == 0 && request.old_size > request.checkpoint.size) {
		ls_fail(err, -EINVAL, "witness.request", "the old size is above the checkpoint's");
		status = BAD;
	}
	if (status == 0 &&
	    ls_witness_state_read(w->state_fd, request.checkpoint.origin, &known, err) < 0)
		status = FAILED;
	if (status == 0)
		status = check_continues(w, &request, &known, a);
	if (status == 0 && remember(w, &request, &known, err) < 0)
		status = FAILED;
	if (status == CONFLICT)
		conflict(a, known.checkpoint.size);
	else if (status != 0)
		refuse(a, status);
	else
		cosign(w, &request, now, a);
	ls_witness_known_free(&known);
}
