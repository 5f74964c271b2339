/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/misbehaviour.h"

#include <errno.h>
#include <inttypes.h>

#include "lib/base/number.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

#define HEADER "labseal-misbehaviour/v1\n"

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "misbehaviour.form",
		       "a proof of misbehaviour is malformed: %s", why);
}

/* "KEYWORD BASE64" of a hash. */
static int read_hash(struct ls_reader *r, struct ls_digest *ret_hash)
{
	const char *line;
	size_t length, size = 0;
	if (ls_read_line(r, &line, &length) < 0 ||
	    ls_base64_decode(line, length, ret_hash->bytes, LS_DIGEST_SIZE, &size) < 0 ||
	    size != LS_DIGEST_SIZE)
		return -EBADMSG;
	return 0;
}

/* The root and the hashes that lead from it, which may be missing; the empty line. */
static int read_proof(struct ls_reader *r, struct ls_misbehaviour *m, struct ls_error *err)
{
	m->has_root = ls_read_literal(r, "root ") == 0;
	if (m->has_root && read_hash(r, &m->root) < 0)
		return fail_form(err, "its root is not base64 of a hash");
	while (m->has_root && ls_read_literal(r, "hash ") == 0) {
		if (m->count == LS_MERKLE_PROOF_MAX)
			return fail_form(err, "it has more hashes than any tree has levels");
		if (read_hash(r, &m->hashes[m->count++]) < 0)
			return fail_form(err, "a hash of it is not base64 of a hash");
	}
	return ls_read_literal(r, "\n") < 0 ? fail_form(err, "no empty line ends its hashes") : 0;
}

/* "note LENGTH", and so many bytes. */
static int read_note(struct ls_reader *r, const uint8_t **ret_bytes, size_t *ret_size,
		     struct ls_error *err)
{
	const char *line;
	size_t length;
	uint64_t size;
	if (ls_read_literal(r, "note ") < 0 || ls_read_line(r, &line, &length) < 0 ||
	    ls_parse_u64(line, length, &size) < 0 || size == 0 || size > LS_NOTE_SIZE_MAX ||
	    ls_read_bytes(r, (size_t)size, ret_bytes) < 0)
		return fail_form(err, "a note of it is not \"note LENGTH\" and so many bytes");
	*ret_size = (size_t)size;
	return 0;
}

int ls_misbehaviour_parse(const void *bytes, size_t size, struct ls_misbehaviour *ret,
			  struct ls_error *err)
{
	struct ls_misbehaviour m = { .count = 0 };
	struct ls_reader r;
	if (size > LS_MISBEHAVIOUR_SIZE_MAX)
		return fail_form(err, "it is too long");
	ls_reader_init(&r, bytes, size);
	if (ls_read_literal(&r, HEADER) < 0)
		return fail_form(err, "it does not begin with \"labseal-misbehaviour/v1\"");
	int rc = read_proof(&r, &m, err);
	for (int i = 0; rc == 0 && i < 2; i++)
		rc = read_note(&r, &m.notes[i].bytes, &m.notes[i].size, err);
	if (rc == 0 && ls_reader_end(&r) < 0)
		rc = fail_form(err, "something follows its second note");
	if (rc == 0)
		*ret = m;
	return rc;
}

static void put_hash(struct ls_buffer *out, const char *keyword, const struct ls_digest *hash)
{
	ls_buffer_printf(out, "%s ", keyword);
	ls_base64_encode(hash->bytes, LS_DIGEST_SIZE, out);
	ls_buffer_add_str(out, "\n");
}

int ls_misbehaviour_format(const struct ls_misbehaviour *m, struct ls_buffer *out)
{
	ls_buffer_add_str(out, HEADER);
	if (m->has_root)
		put_hash(out, "root", &m->root);
	for (unsigned i = 0; m->has_root && i < m->count; i++)
		put_hash(out, "hash", &m->hashes[i]);
	ls_buffer_add_str(out, "\n");
	for (int i = 0; i < 2; i++) {
		ls_buffer_printf(out, "note %zu\n", m->notes[i].size);
		ls_buffer_add(out, m->notes[i].bytes, m->notes[i].size);
	}
	return ls_buffer_error(out);
}

static int no_contradiction(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "misbehaviour.none",
		       "the two checkpoints do not contradict each other: %s", why);
}

/* The larger tree begins with m->root, and the smaller checkpoint says another. */
static int check_sizes_differ(const struct ls_misbehaviour *m, const struct ls_checkpoint *small,
			      const struct ls_checkpoint *large, struct ls_error *err)
{
	if (small->size > large->size)
		return fail_form(err, "its first note is not the smaller log's");
	if (!m->has_root)
		return no_contradiction(err, "a log grows, and no root shows that the larger one "
					     "begins with something else");
	if (ls_digest_equal(&m->root, &small->root))
		return no_contradiction(err, "the larger log begins with the smaller one");
	int rc = ls_merkle_verify_consistency(small->size, &m->root, large->size, &large->root,
					      m->hashes, m->count, err);
	if (rc == -EBADMSG)
		return no_contradiction(err, "the hashes do not show what the larger one begins "
					     "with");
	return rc;
}

static int check_sizes_equal(const struct ls_misbehaviour *m, const struct ls_checkpoint *c,
			     struct ls_error *err)
{
	if (m->has_root)
		return fail_form(err, "it has a root, and its checkpoints are of one size");
	return ls_digest_equal(&c[0].root, &c[1].root)
		       ? no_contradiction(err, "they are of one size and have one root")
		       : 0;
}

int ls_misbehaviour_verify(const struct ls_misbehaviour *m, const struct ls_note_key *key,
			   struct ls_checkpoint ret_checkpoints[static 2], struct ls_error *err)
{
	struct ls_checkpoint c[2];
	for (int i = 0; i < 2; i++) {
		int rc = ls_checkpoint_open(m->notes[i].bytes, m->notes[i].size, key, &c[i], err);
		if (rc < 0) {
			ls_error_prefix(err, "the %s note", i == 0 ? "first" : "second");
			return rc;
		}
	}
	int rc = c[0].size == c[1].size ? check_sizes_equal(m, c, err)
					: check_sizes_differ(m, &c[0], &c[1], err);
	for (int i = 0; rc == 0 && i < 2; i++)
		ret_checkpoints[i] = c[i];
	return rc;
}
