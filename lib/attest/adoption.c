/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/adoption.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/number.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

#define MAGIC	"labseal-adoption/v1"
#define NOTHING "nothing"

static void put_state(struct ls_buffer *out, const struct ls_log_state *state)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_printf(out, "%" PRIu64 " %s\n", state->size, ls_digest_hex(&state->root, hex));
}

/* The lines that are signed. */
static int format_body(const struct ls_adoption *a, struct ls_buffer *out)
{
	ls_buffer_printf(out, MAGIC "\norigin %s\nremembered ", a->origin);
	if (a->remembers)
		put_state(out, &a->remembered);
	else
		ls_buffer_add_str(out, NOTHING "\n");
	ls_buffer_add_str(out, "log ");
	put_state(out, &a->log);
	return ls_buffer_error(out);
}

int ls_adoption_digest(const struct ls_adoption *adoption, struct ls_digest *ret_digest)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_ADOPTION_SIZE_MAX);
	int rc = format_body(adoption, &body);
	if (rc == 0)
		ls_sha256_buffer(body.data, body.size, ret_digest);
	return rc;
}

int ls_adoption_sign(struct ls_adoption *adoption, const struct ls_signer *authority,
		     struct ls_error *err)
{
	struct ls_digest digest;
	if (ls_adoption_digest(adoption, &digest) < 0)
		return ls_fail(err, -ENOMEM, "adoption.memory", "out of memory for an adoption");
	return ls_signer_sign(authority, &digest, adoption->signature, &adoption->signature_size,
			      err);
}

int ls_adoption_verify(const struct ls_adoption *adoption, const struct ls_p256_public *authority,
		       struct ls_error *err)
{
	struct ls_digest digest;
	if (ls_adoption_digest(adoption, &digest) < 0)
		return ls_fail(err, -ENOMEM, "adoption.memory", "out of memory for an adoption");
	int rc = ls_p256_verify(authority, &digest, adoption->signature, adoption->signature_size,
				err);
	if (rc < 0)
		ls_error_prefix(err, "the adoption of the log");
	return rc;
}

int ls_adoption_format(const struct ls_adoption *adoption, struct ls_buffer *out)
{
	int rc = format_body(adoption, out);
	if (rc == 0)
		rc = ls_buffer_add_str(out, "signature ");
	if (rc == 0)
		rc = ls_base64_encode(adoption->signature, adoption->signature_size, out);
	return rc < 0 ? rc : ls_buffer_add_u8(out, '\n');
}

/* "SIZE HEX" up to the line's end. */
static int read_state(struct ls_reader *r, struct ls_log_state *state)
{
	const char *text;
	size_t n;
	if (ls_read_until(r, ' ', &text, &n) < 0 || ls_parse_u64(text, n, &state->size) < 0 ||
	    ls_read_until(r, '\n', &text, &n) < 0)
		return -EBADMSG;
	return ls_digest_parse(text, n, &state->root);
}

static int read_remembered(struct ls_reader *r, struct ls_adoption *a)
{
	if (ls_read_literal(r, "remembered ") < 0)
		return -EBADMSG;
	a->remembers = ls_read_literal(r, NOTHING "\n") < 0;
	return a->remembers ? read_state(r, &a->remembered) : 0;
}

static int read_origin(struct ls_reader *r, struct ls_adoption *a)
{
	const char *text;
	size_t n;
	if (ls_read_literal(r, MAGIC "\norigin ") < 0 || ls_read_until(r, '\n', &text, &n) < 0 ||
	    !ls_note_name_valid(text, n))
		return -EBADMSG;
	memcpy(a->origin, text, n);
	return 0;
}

static int read_signature(struct ls_reader *r, struct ls_adoption *a)
{
	const char *text;
	size_t n;
	if (ls_read_literal(r, "signature ") < 0 || ls_read_until(r, '\n', &text, &n) < 0)
		return -EBADMSG;
	return ls_base64_decode(text, n, a->signature, sizeof(a->signature), &a->signature_size);
}

int ls_adoption_parse(const void *bytes, size_t size, struct ls_adoption *ret_adoption,
		      struct ls_error *err)
{
	struct ls_adoption a = { .origin = "" };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size <= LS_ADOPTION_SIZE_MAX ? size : 0);
	if (read_origin(&r, &a) < 0 || read_remembered(&r, &a) < 0 ||
	    ls_read_literal(&r, "log ") < 0 || read_state(&r, &a.log) < 0 ||
	    read_signature(&r, &a) < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "adoption.malformed",
			       "the adoption of the log is malformed; make it anew");
	*ret_adoption = a;
	return 0;
}
