/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/keys/statement.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/dna/scheme/key.h"
#include "lib/base/text.h"
#include "lib/cal/line.h"

#define VERSION_LINE "labseal/dna-key/v1"

bool ls_key_statement_is(const void *bytes, size_t size)
{
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	return ls_read_literal(&r, VERSION_LINE "\n") == 0;
}

/* --- parsing ----------------------------------------------------------------- */

static int take_bytes(struct ls_cal_lines *lines, const char *keyword, uint8_t *ret, size_t size,
		      const char *form)
{
	struct ls_cal_field f;
	size_t n = 0;
	int rc = ls_cal_lines_take(lines, keyword, &f, 1, form);
	if (rc == 0 && (ls_base64_decode(f.text, f.length, ret, size, &n) < 0 || n != size))
		rc = ls_cal_lines_fail(lines, "it is of another size, or no base64");
	return rc;
}

static int take_orcid(struct ls_cal_lines *lines, struct ls_orcid *ret)
{
	struct ls_cal_field f;
	char text[LS_ORCID_SIZE];
	int rc = ls_cal_lines_take(lines, "orcid", &f, 1, "orcid ID");
	if (rc == 0 && (ls_cal_field_word(f, text, sizeof(text)) < 0 ||
			ls_orcid_parse(text, ret, NULL) < 0 || strcmp(text, ret->text) != 0))
		rc = ls_cal_lines_fail(lines, "it is no ORCID iD");
	return rc;
}

static int take_reason(struct ls_cal_lines *lines, enum ls_cal_reason *ret)
{
	struct ls_cal_field f;
	int rc = ls_cal_lines_take(lines, "reason", &f, 1, "reason REASON");
	if (rc == 0 && ls_cal_reason_parse(f.text, f.length, ret) < 0)
		rc = ls_cal_lines_fail(lines, "it is none of the reasons");
	return rc;
}

static int parse_head(struct ls_cal_lines *lines, struct ls_key_statement *s)
{
	struct ls_cal_field f;
	if (!ls_cal_lines_is(lines, VERSION_LINE))
		return ls_cal_lines_fail(lines, "it is not \"" VERSION_LINE "\"");
	int rc = ls_cal_lines_take(lines, "log", &f, 1, "log ORIGIN");
	if (rc == 0 && (!ls_note_name_valid(f.text, f.length) ||
			ls_cal_field_word(f, s->log, sizeof(s->log)) < 0))
		rc = ls_cal_lines_fail(lines, "it is no log's origin");
	if (rc == 0)
		rc = ls_cal_take_digest(lines, "authority", &s->authority, "authority SHA256");
	if (rc < 0)
		return rc;
	s->withdrawal = ls_cal_lines_is(lines, "kind withdrawal");
	if (!s->withdrawal && !ls_cal_lines_is(lines, "kind key"))
		return ls_cal_lines_fail(lines, "it is not \"kind key\" or \"kind withdrawal\"");
	rc = ls_cal_take_time(lines, "issued", false, &s->issued, "issued TIME");
	if (rc == 0)
		rc = take_orcid(lines, &s->orcid);
	return rc < 0 ? rc : take_bytes(lines, "key", s->key, sizeof(s->key), "key BASE64");
}

static int parse_body(struct ls_cal_lines *lines, struct ls_key_statement *s)
{
	int rc;
	if (s->withdrawal) {
		rc = ls_cal_take_time(lines, "since", false, &s->since, "since TIME");
		return rc < 0 ? rc : take_reason(lines, &s->reason);
	}
	rc = take_bytes(lines, "proof", s->proof, sizeof(s->proof), "proof BASE64");
	if (rc == 0)
		rc = ls_cal_take_time(lines, "from", false, &s->from, "from TIME");
	if (rc == 0)
		rc = ls_cal_take_time(lines, "until", true, &s->until, "until TIME, or -");
	if (rc == 0 && s->until <= s->from)
		rc = ls_cal_lines_fail(lines, "it ends before it begins");
	return rc;
}

int ls_key_statement_parse(const void *bytes, size_t size, struct ls_key_statement *ret,
			   struct ls_error *err)
{
	struct ls_key_statement s = { 0 };
	struct ls_cal_lines lines = { .id = "dna.keys.statement",
				      .what = "an entry of the log of keys",
				      .err = err };
	ls_reader_init(&lines.r, bytes, size);
	int rc = size > LS_KEY_STATEMENT_MAX ? ls_cal_lines_fail(&lines, "it is too long")
					     : parse_head(&lines, &s);
	if (rc == 0)
		rc = parse_body(&lines, &s);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(bytes, lines.r.pos, &s.sign.digest);
	rc = take_bytes(&lines, "signature", s.sign.signature, sizeof(s.sign.signature),
			"signature BASE64");
	if (rc == 0 && ls_reader_end(&lines.r) < 0)
		rc = ls_cal_lines_fail(&lines, "something follows the signature");
	if (rc == 0)
		*ret = s;
	return rc;
}

/* --- formatting -------------------------------------------------------------- */

static void add_bytes(struct ls_buffer *out, const char *keyword, const uint8_t *bytes, size_t n)
{
	ls_buffer_printf(out, "%s ", keyword);
	ls_base64_encode(bytes, n, out);
	ls_buffer_add_u8(out, '\n');
}

static void format(const struct ls_key_statement *s, struct ls_buffer *out)
{
	ls_buffer_printf(out, VERSION_LINE "\nlog %s\n", s->log);
	ls_cal_add_digest(out, "authority", &s->authority);
	ls_buffer_printf(out, "kind %s\n", s->withdrawal ? "withdrawal" : "key");
	ls_cal_add_time(out, "issued", s->issued);
	ls_buffer_printf(out, "orcid %s\n", s->orcid.text);
	add_bytes(out, "key", s->key, sizeof(s->key));
	if (s->withdrawal) {
		ls_cal_add_time(out, "since", s->since);
		ls_buffer_printf(out, "reason %s\n", ls_cal_reason_name(s->reason));
		return;
	}
	add_bytes(out, "proof", s->proof, sizeof(s->proof));
	ls_cal_add_time(out, "from", s->from);
	if (s->until == LS_DNA_NO_END)
		ls_buffer_add_str(out, "until -\n");
	else
		ls_cal_add_time(out, "until", s->until);
}

int ls_key_statement_sign(struct ls_key_statement *s, const struct ls_dna_master *master,
			  struct ls_buffer *out, struct ls_error *err)
{
	struct ls_key_statement seen;
	if (!s->withdrawal && s->until <= s->from)
		return ls_fail(err, -EINVAL, "dna.keys.interval",
			       "the key of '%s' would end before it begins", s->orcid.text);
	s->authority = master->params.id;
	ls_buffer_clear(out);
	format(s, out);
	ls_sha256_buffer(out->data, out->size, &s->sign.digest);
	ls_dna_statement_sign(master, &s->sign);
	add_bytes(out, "signature", s->sign.signature, sizeof(s->sign.signature));
	if (ls_buffer_error(out) < 0)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	/* nothing is logged that a reader would not take */
	return ls_key_statement_parse(out->data, out->size, &seen, err) < 0 ? -EINVAL : 0;
}
