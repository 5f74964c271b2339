/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "audit/cal/evidence.h"
#include "lib/base/number.h"
#include "lib/base/text.h"
#include "lib/log/note.h"
#include "lib/log/proof.h"
#include "lib/log/tiles.h"

static int malformed(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "cal.evidence.form",
		       "this is no evidence of a calibration: %s", what);
}

/* The rest of a line that begins with this keyword and a blank. */
static int take_field(struct ls_reader *r, const char *keyword, const char **ret,
		      size_t *ret_length)
{
	const char *line;
	size_t length, n = strlen(keyword);
	if (ls_read_line(r, &line, &length) < 0 || length <= n || memcmp(line, keyword, n) != 0 ||
	    line[n] != ' ')
		return -EBADMSG;
	*ret = line + n + 1;
	*ret_length = length - n - 1;
	return 0;
}

/* A number, and as many bytes after the line, and an LF. */
static int take_block(struct ls_reader *r, const char *keyword, size_t max, const uint8_t **ret,
		      size_t *ret_size)
{
	const char *field;
	size_t length;
	uint64_t size;
	if (take_field(r, keyword, &field, &length) < 0 || ls_parse_u64(field, length, &size) < 0 ||
	    size == 0 || size > max || ls_read_bytes(r, (size_t)size, ret) < 0 ||
	    ls_read_literal(r, "\n") < 0)
		return -EBADMSG;
	*ret_size = (size_t)size;
	return 0;
}

static int parse_head(struct ls_reader *r, struct ls_cal_evidence *e)
{
	const char *field;
	size_t length;
	if (ls_read_literal(r, "labseal/calibration-evidence/v1\n") < 0 ||
	    take_field(r, "device", &field, &length) < 0 ||
	    ls_digest_parse(field, length, &e->device) < 0 ||
	    take_field(r, "at", &field, &length) < 0 || ls_utc_parse(field, length, &e->at) < 0 ||
	    take_field(r, "form", &field, &length) < 0)
		return -EBADMSG;
	e->complete = length == 8 && memcmp(field, "complete", 8) == 0;
	return e->complete || (length == 6 && memcmp(field, "proofs", 6) == 0) ? 0 : -EBADMSG;
}

int ls_cal_evidence_parse(const void *bytes, size_t size, struct ls_cal_evidence *ret_evidence,
			  struct ls_error *err)
{
	struct ls_cal_evidence e = { .at = 0 };
	ls_reader_init(&e.records, bytes, size);
	if (parse_head(&e.records, &e) < 0)
		return malformed(
			err, "its first lines are not those of labseal/calibration-evidence/v1");
	if (take_block(&e.records, "checkpoint", LS_NOTE_SIZE_MAX, &e.checkpoint,
		       &e.checkpoint_size) < 0)
		return malformed(err, "there is no checkpoint in it");
	*ret_evidence = e;
	return 0;
}

int ls_cal_evidence_next(struct ls_cal_evidence *e, const uint8_t **ret_record, size_t *ret_size,
			 const uint8_t **ret_proof, size_t *ret_proof_size, struct ls_error *err)
{
	*ret_proof = NULL;
	*ret_proof_size = 0;
	if (ls_reader_left(&e->records) == 0)
		return 0;
	if (take_block(&e->records, "record", LS_ENTRY_SIZE_MAX, ret_record, ret_size) < 0 ||
	    (!e->complete &&
	     take_block(&e->records, "proof", LS_PROOF_SIZE_MAX, ret_proof, ret_proof_size) < 0))
		return malformed(err, "a record in it is cut short, or has no proof");
	return 1;
}
