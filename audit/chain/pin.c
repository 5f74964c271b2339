/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/pin.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define TITLE "labseal/calibration-block/v1\n"

static int bad(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "chain.pin", "the pinned block: %s", what);
}

/* "WORD NUMBER HEX\n", the hex of n bytes. */
static int read_numbered(struct ls_reader *r, const char *word, uint64_t *number, uint8_t *bytes,
			 size_t n)
{
	const char *text;
	size_t length;
	if (ls_read_literal(r, word) < 0 || ls_read_until(r, ' ', &text, &length) < 0 ||
	    ls_parse_u64(text, length, number) < 0 || ls_read_line(r, &text, &length) < 0 ||
	    length != 2 * n)
		return -EBADMSG;
	return ls_hex_decode(text, length, bytes);
}

int ls_chain_pin_parse(const char *text, size_t size, struct ls_chain_pin *ret_pin,
		       struct ls_error *err)
{
	struct ls_reader r;
	struct ls_chain_pin pin = { 0 };
	const char *name;
	size_t length;
	ls_reader_init(&r, text, size);
	if (ls_read_literal(&r, TITLE) < 0)
		return bad(err, "the file is none that `labseal cal chain pin` made");
	if (ls_read_literal(&r, "registry ") < 0 || ls_read_line(&r, &name, &length) < 0 ||
	    !ls_note_name_valid(name, length))
		return bad(err, "the second line names no registry");
	memcpy(pin.registry, name, length);
	if (read_numbered(&r, "contract ", &pin.block.chain, pin.block.contract,
			  LS_ETH_ADDRESS_SIZE) < 0)
		return bad(err, "the third line is not `contract CHAIN ADDRESS`");
	if (read_numbered(&r, "block ", &pin.block.number, pin.block.hash.bytes, LS_DIGEST_SIZE) <
		    0 ||
	    ls_reader_end(&r) < 0)
		return bad(err, "the fourth and last line is not `block NUMBER HASH`");
	*ret_pin = pin;
	return 0;
}

int ls_chain_pin_format(const struct ls_chain_pin *pin, struct ls_buffer *out)
{
	char contract[2 * LS_ETH_ADDRESS_SIZE + 1], hash[LS_DIGEST_HEX_SIZE];
	ls_hex_encode(pin->block.contract, LS_ETH_ADDRESS_SIZE, contract);
	return ls_buffer_printf(
		out, TITLE "registry %s\ncontract %" PRIu64 " %s\nblock %" PRIu64 " %s\n",
		pin->registry, pin->block.chain, contract, pin->block.number,
		ls_digest_hex(&pin->block.hash, hash));
}

int ls_chain_pin_sign(const struct ls_chain_pin *pin, const struct ls_signer *signer,
		      struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_CHAIN_PIN_MAX);
	if (ls_chain_pin_format(pin, &text) < 0)
		return ls_fail(err, -ENOMEM, "chain.memory", "out of memory");
	return ls_note_sign(ls_buffer_str(&text), text.size, pin->registry, signer, out, err);
}

static int check_pin(const struct ls_cal_trust *trust, const struct ls_chain_pin *pin,
		     struct ls_error *err)
{
	if (strcmp(pin->registry, trust->registry.name) != 0)
		return bad(err, "it is of another registry than the trust file's");
	if (trust->has_contract &&
	    (pin->block.chain != trust->chain ||
	     memcmp(pin->block.contract, trust->contract, LS_ETH_ADDRESS_SIZE) != 0))
		return bad(err, "it names another contract than the trust file");
	return 0;
}

static int open_pin(const struct ls_cal_trust *trust, const struct ls_buffer *file,
		    struct ls_chain_block *ret_block, struct ls_error *err)
{
	struct ls_note note;
	struct ls_chain_pin pin;
	if (!trust->has_registry)
		return ls_fail(err, -EINVAL, "chain.pin",
			       "the trust file names no registry, whose key could have signed the "
			       "pinned block");
	int rc = ls_note_parse(file->data, file->size, &note, err);
	if (rc == 0)
		rc = ls_note_verify(&note, &trust->registry, err);
	if (rc < 0) {
		ls_error_prefix(err, "the pinned block");
		return rc;
	}
	rc = ls_chain_pin_parse(note.text, note.text_size, &pin, err);
	if (rc == 0)
		rc = check_pin(trust, &pin, err);
	if (rc == 0)
		*ret_block = pin.block;
	return rc;
}

int ls_chain_pin_choose(const struct ls_cal_trust *trust, const struct ls_buffer *file,
			struct ls_chain_block *ret_block, struct ls_error *err)
{
	if (file)
		return open_pin(trust, file, ret_block, err);
	if (!trust->has_contract || !trust->has_block)
		return ls_fail(err, -EINVAL, "chain.pin",
			       "the trust file names no contract with a block that is believed "
			       "(lines `contract` and `block`), and no signed pin was given");
	*ret_block = (struct ls_chain_block){ .chain = trust->chain,
					      .number = trust->block_number };
	memcpy(ret_block->contract, trust->contract, LS_ETH_ADDRESS_SIZE);
	ret_block->hash = trust->block_hash;
	return 0;
}
