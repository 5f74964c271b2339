/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log/merkle.h"
#include "witness/add_checkpoint.h"
#include "witness/state.h"

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

/* 0, or the status, with the size that is known in *ret_known for 409. */
static unsigned check_continues(const struct ls_add_checkpoint *request,
				const struct ls_checkpoint *known, struct ls_error *err)
{
	const struct ls_checkpoint *next = &request->checkpoint;
	if (request->old_size != known->size) {
		ls_fail(err, -ESTALE, "witness.stale",
			"the request goes from size %" PRIu64 ", cosigned was %" PRIu64,
			request->old_size, known->size);
		return CONFLICT;
	}
	if (next->size == known->size && !ls_digest_equal(&next->root, &known->root)) {
		ls_fail(err, -EBADMSG, "witness.fork",
			"the log '%s' signed two checkpoints of size %" PRIu64
			" with different roots: it shows different histories to different readers",
			next->origin, next->size);
		return CONFLICT;
	}
	int rc = ls_merkle_verify_consistency(known->size, &known->root, next->size, &next->root,
					      request->proof, request->proof_count, err);
	return rc == 0 ? 0 : rc == -ENOMEM ? FAILED : NO_PROOF;
}

static int remember(const struct ls_witness *w, const struct ls_add_checkpoint *request,
		    const struct ls_checkpoint *known, struct ls_error *err)
{
	return request->checkpoint.size == known->size
		       ? 0
		       : ls_witness_state_write(w->state_fd, &request->checkpoint, err);
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
	struct ls_checkpoint known = { 0 };
	struct ls_error *err = &a->problem;
	if (ls_add_checkpoint_parse(body, size, &request, err) < 0) {
		refuse(a, BAD);
		return;
	}
	unsigned status = check_signature(w, &request, err);
	if (status == 0 && request.old_size > request.checkpoint.size) {
		ls_fail(err, -EINVAL, "witness.request", "the old size is above the checkpoint's");
		status = BAD;
	}
	if (status == 0 &&
	    ls_witness_state_read(w->state_fd, request.checkpoint.origin, &known, err) < 0)
		status = FAILED;
	if (status == 0)
		status = check_continues(&request, &known, err);
	if (status == 0 && remember(w, &request, &known, err) < 0)
		status = FAILED;
	if (status == CONFLICT)
		conflict(a, known.size);
	else if (status != 0)
		refuse(a, status);
	else
		cosign(w, &request, now, a);
}
