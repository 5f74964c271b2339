/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/add_checkpoint.h"

#include <errno.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "witness.request", "the request is malformed: %s", why);
}

static int read_old_size(struct ls_reader *r, uint64_t *ret_size)
{
	const char *line;
	size_t length;
	if (ls_read_literal(r, "old ") < 0 || ls_read_line(r, &line, &length) < 0)
		return -EBADMSG;
	return ls_parse_u64(line, length, ret_size);
}

/* Hashes up to the empty line, which is taken. */
static int read_proof(struct ls_reader *r, struct ls_add_checkpoint *request, struct ls_error *err)
{
	for (;;) {
		const char *line;
		size_t length, size = 0;
		if (ls_read_line(r, &line, &length) < 0)
			return fail_form(err, "no empty line ends its proof");
		if (length == 0)
			return 0;
		if (request->proof_count == LS_ADD_CHECKPOINT_PROOF_MAX)
			return fail_form(err, "its proof has more than 63 hashes");
		struct ls_digest *hash = &request->proof[request->proof_count++];
		if (ls_base64_decode(line, length, hash->bytes, LS_DIGEST_SIZE, &size) < 0 ||
		    size != LS_DIGEST_SIZE)
			return fail_form(err, "a line of its proof is not base64 of a hash");
	}
}

int ls_add_checkpoint_parse(const void *bytes, size_t size, struct ls_add_checkpoint *ret_request,
			    struct ls_error *err)
{
	struct ls_add_checkpoint request = { .proof_count = 0 };
	struct ls_reader r;
	const uint8_t *note;
	if (size > LS_ADD_CHECKPOINT_SIZE_MAX)
		return fail_form(err, "it is too long");
	ls_reader_init(&r, bytes, size);
	if (read_old_size(&r, &request.old_size) < 0)
		return fail_form(err, "its first line is not \"old SIZE\"");
	int rc = read_proof(&r, &request, err);
	if (rc < 0)
		return rc;
	size_t left = ls_reader_left(&r);
	ls_read_bytes(&r, left, &note);
	rc = ls_note_parse(note, left, &request.note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(request.note.text, request.note.text_size,
					 &request.checkpoint, err);
	if (rc == 0)
		*ret_request = request;
	return rc;
}
