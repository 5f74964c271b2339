/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/anchor.h"

#include <errno.h>
#include <inttypes.h>

#include "audit/chain/contract.h"

int ls_anchor_digest(const struct ls_buffer *note, const struct ls_note_key *key,
		     struct ls_checkpoint *ret_checkpoint, struct ls_digest *ret_digest,
		     struct ls_error *err)
{
	struct ls_note parsed;
	int rc = ls_note_parse(note->data, note->size, &parsed, err);
	if (rc == 0)
		rc = key ? ls_checkpoint_open(note->data, note->size, key, ret_checkpoint, err)
			 : ls_checkpoint_parse(parsed.text, parsed.text_size, ret_checkpoint, err);
	if (rc == 0)
		ls_sha256_buffer(parsed.text, parsed.text_size, ret_digest);
	return rc;
}

int ls_anchor_check(const struct ls_chain_view *view, const struct ls_digest *digest,
		    int64_t *ret_time, struct ls_error *err)
{
	struct ls_digest slot, word;
	uint64_t time = 0;
	char hex[LS_DIGEST_HEX_SIZE];
	ls_contract_anchor(digest, &slot);
	int rc = ls_chain_view_words(view, &slot, 1, &word, err);
	if (rc == 0)
		rc = ls_contract_number(&word, INT64_MAX, &time, err);
	if (rc == 0 && time == 0)
		return ls_fail(err, -ENOENT, "chain.anchor",
			       "as of block %" PRIu64 " no checkpoint with the digest %s was "
			       "anchored",
			       view->header.number, ls_digest_hex(digest, hex));
	if (rc == 0)
		*ret_time = (int64_t)time;
	return rc;
}
