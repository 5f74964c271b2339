/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "audit/cal/evidence.h"
#include "audit/dcc/tree.h"
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
	struct ls_reader ahead = e->records;
	if (ls_reader_left(&ahead) == 0 ||
	    ls_read_literal(&ahead, LS_CAL_EVIDENCE_DOCUMENT " ") == 0)
		return 0;
	if (take_block(&e->records, "record", LS_ENTRY_SIZE_MAX, ret_record, ret_size) < 0 ||
	    (!e->complete &&
	     take_block(&e->records, "proof", LS_PROOF_SIZE_MAX, ret_proof, ret_proof_size) < 0))
		return malformed(err, "a record in it is cut short, or has no proof");
	return 1;
}

/* "document SHA256 SIZE", so many bytes, and an LF. */
static int take_document(struct ls_reader *r, struct ls_digest *ret_named, const uint8_t **ret,
			 size_t *ret_size)
{
	const char *field;
	size_t length, digits = LS_DIGEST_HEX_SIZE - 1;
	uint64_t size;
	if (take_field(r, LS_CAL_EVIDENCE_DOCUMENT, &field, &length) < 0 || length < digits + 2 ||
	    field[digits] != ' ' || ls_digest_parse(field, digits, ret_named) < 0 ||
	    ls_parse_u64(field + digits + 1, length - digits - 1, &size) < 0 || size == 0 ||
	    size > LS_DCC_SIZE_MAX || ls_read_bytes(r, (size_t)size, ret) < 0 ||
	    ls_read_literal(r, "\n") < 0)
		return -EBADMSG;
	*ret_size = (size_t)size;
	return 0;
}

int ls_cal_evidence_document(struct ls_cal_evidence *e, const uint8_t **ret_document,
			     size_t *ret_size, struct ls_error *err)
{
	struct ls_digest named, is;
	char hex[LS_DIGEST_HEX_SIZE];
	if (ls_reader_left(&e->records) == 0)
		return 0;
	if (take_document(&e->records, &named, ret_document, ret_size) < 0)
		return malformed(err, "a certificate in it is cut short, or something is behind "
				      "the last one");
	ls_sha256_buffer(*ret_document, *ret_size, &is);
	if (!ls_digest_equal(&is, &named))
		return ls_fail(err, -EBADMSG, "cal.evidence.document",
			       "a certificate in it does not have the SHA-256 %s that it is given: "
			       "it was altered",
			       ls_digest_hex(&named, hex));
	if (memcmp(e->last.bytes, named.bytes, LS_DIGEST_SIZE) >= 0)
		return malformed(err, "a certificate is twice in it, or they are not in order");
	e->last = named;
	return 1;
}
