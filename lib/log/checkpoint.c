/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define TEXT_SIZE_MAX 512 /* name, 20 digits, 44 of base64, three LF */

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "checkpoint.form", "a checkpoint is malformed: %s", why);
}

int ls_checkpoint_parse(const char *text, size_t size, struct ls_checkpoint *ret_checkpoint,
			struct ls_error *err)
{
	struct ls_checkpoint c = { .size = 0 };
	struct ls_reader r;
	const char *line;
	size_t length, root_size = 0;
	ls_reader_init(&r, text, size);
	if (ls_read_line(&r, &line, &length) < 0 || !ls_note_name_valid(line, length))
		return fail_form(err, "its first line is no origin");
	memcpy(c.origin, line, length);
	if (ls_read_line(&r, &line, &length) < 0 || ls_parse_u64(line, length, &c.size) < 0)
		return fail_form(err, "its second line is no size");
	if (ls_read_line(&r, &line, &length) < 0 ||
	    ls_base64_decode(line, length, c.root.bytes, LS_DIGEST_SIZE, &root_size) < 0 ||
	    root_size != LS_DIGEST_SIZE)
		return fail_form(err, "its third line is no root hash");
	if (ls_reader_end(&r) < 0)
		return fail_form(err, "it has more than three lines");
	*ret_checkpoint = c;
	return 0;
}

int ls_checkpoint_format(const struct ls_checkpoint *checkpoint, struct ls_buffer *out)
{
	ls_buffer_printf(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
	ls_base64_encode(checkpoint->root.bytes, LS_DIGEST_SIZE, out);
	return ls_buffer_add_str(out, "\n");
}

int ls_checkpoint_open(const void *bytes, size_t size, const struct ls_note_key *key,
		       struct ls_checkpoint *ret_checkpoint, struct ls_error *err)
{
	struct ls_note note;
	struct ls_checkpoint c;
	int rc = ls_note_parse(bytes, size, &note, err);
	if (rc == 0)
		rc = ls_note_verify(&note, key, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &c, err);
	if (rc < 0)
		return rc;
	if (strcmp(c.origin, key->name) != 0)
		return ls_fail(err, -EXDEV, "checkpoint.origin",
			       "the checkpoint is of the log '%s', not of '%s'", c.origin,
			       key->name);
	*ret_checkpoint = c;
	return 0;
}

int ls_checkpoint_own(const struct ls_note *note, const char *origin, struct ls_buffer *out)
{
	size_t length = strlen(origin);
	ls_buffer_add(out, note->text, note->text_size);
	ls_buffer_add_str(out, "\n");
	for (unsigned i = 0; i < note->count; i++) {
		const struct ls_note_line *line = &note->lines[i];
		if (line->name_size == length && memcmp(line->name, origin, length) == 0)
			ls_buffer_printf(out, "\xe2\x80\x94 %s %.*s\n", origin,
					 (int)line->base64_size, line->base64);
	}
	return ls_buffer_error(out);
}

int ls_checkpoint_sign(const struct ls_checkpoint *checkpoint, const struct ls_signer *signer,
		       const struct ls_ed25519_signer *ed25519, struct ls_buffer *out,
		       struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, TEXT_SIZE_MAX);
	if (ls_checkpoint_format(checkpoint, &text) < 0)
		return ls_fail(err, ls_buffer_error(&text), "checkpoint.memory",
			       "out of memory for a checkpoint");
	int rc = ls_note_sign(ls_buffer_str(&text), text.size, checkpoint->origin, signer, out,
			      err);
	if (rc == 0 && ed25519)
		rc = ls_note_add_ed25519(ls_buffer_str(&text), text.size, checkpoint->origin,
					 ed25519, out, err);
	return rc;
}
