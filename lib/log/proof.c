/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/proof.h"

#include <errno.h>
#include <inttypes.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define HEADER "c2sp.org/tlog-proof@v1\n"

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "proof.form", "a proof of inclusion is malformed: %s", why);
}

/* Lines of base64 up to the empty one, which is taken. */
static int read_hashes(struct ls_reader *r, struct ls_proof *proof, struct ls_error *err)
{
	for (;;) {
		const char *line;
		size_t length, size = 0;
		if (ls_read_line(r, &line, &length) < 0)
			return fail_form(err, "no empty line ends its hashes");
		if (length == 0)
			return 0;
		if (proof->count == LS_MERKLE_PROOF_MAX)
			return fail_form(err, "it has more hashes than any tree has levels");
		if (ls_base64_decode(line, length, proof->hashes[proof->count].bytes,
				     LS_DIGEST_SIZE, &size) < 0 ||
		    size != LS_DIGEST_SIZE)
			return fail_form(err, "a line of it is not base64 of a hash");
		proof->count++;
	}
}

int ls_proof_parse(const void *bytes, size_t size, struct ls_proof *ret_proof, struct ls_error *err)
{
	struct ls_proof proof = { .count = 0 };
	struct ls_reader r;
	const char *line;
	size_t length;
	if (size > LS_PROOF_SIZE_MAX)
		return fail_form(err, "it is too long");
	ls_reader_init(&r, bytes, size);
	if (ls_read_literal(&r, HEADER) < 0)
		return fail_form(err, "it does not begin with \"c2sp.org/tlog-proof@v1\"");
	if (ls_read_literal(&r, "index ") < 0 || ls_read_line(&r, &line, &length) < 0 ||
	    ls_parse_u64(line, length, &proof.index) < 0)
		return fail_form(err, "its second line is not \"index NUMBER\"");
	int rc = read_hashes(&r, &proof, err);
	if (rc < 0)
		return rc;
	proof.checkpoint_size = ls_reader_left(&r);
	if (proof.checkpoint_size == 0)
		return fail_form(err, "it has no checkpoint");
	ls_read_bytes(&r, proof.checkpoint_size, &proof.checkpoint);
	*ret_proof = proof;
	return 0;
}

int ls_proof_format(const struct ls_proof *proof, struct ls_buffer *out)
{
	ls_buffer_printf(out, HEADER "index %" PRIu64 "\n", proof->index);
	for (unsigned i = 0; i < proof->count; i++) {
		ls_base64_encode(proof->hashes[i].bytes, LS_DIGEST_SIZE, out);
		ls_buffer_add_str(out, "\n");
	}
	ls_buffer_add_str(out, "\n");
	return ls_buffer_add(out, proof->checkpoint, proof->checkpoint_size);
}

static int check_inclusion(const struct ls_proof *proof, const struct ls_checkpoint *checkpoint,
			   const void *entry, size_t entry_size, struct ls_error *err)
{
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	struct ls_digest leaf;
	if (ls_merkle_leaf(&h, entry, entry_size, &leaf) < 0)
		return ls_fail(err, -ENOMEM, "proof.memory", "out of memory for a proof");
	return ls_merkle_verify_inclusion(&leaf, proof->index, checkpoint->size, proof->hashes,
					  proof->count, &checkpoint->root, err);
}

int ls_proof_verify(const void *bytes, size_t size, const void *entry, size_t entry_size,
		    const struct ls_note_key *key, uint64_t *ret_index,
		    struct ls_checkpoint *ret_checkpoint, struct ls_error *err)
{
	struct ls_proof proof = { .count = 0 };
	struct ls_checkpoint checkpoint = { .size = 0 };
	int rc = ls_proof_parse(bytes, size, &proof, err);
	if (rc == 0)
		rc = ls_checkpoint_open(proof.checkpoint, proof.checkpoint_size, key, &checkpoint,
					err);
	if (rc == 0)
		rc = check_inclusion(&proof, &checkpoint, entry, entry_size, err);
	if (rc < 0)
		return rc;
	if (ret_index)
		*ret_index = proof.index;
	if (ret_checkpoint)
		*ret_checkpoint = checkpoint;
	return 0;
}
