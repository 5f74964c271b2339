/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which block of which chain is believed (docs/formats/calibration-contract.md, "The pin"): what
 * the trust file says, or a note that the registry signed with the key of its checkpoints:
 *
 *     labseal/calibration-block/v1
 *     registry example.org/calibration
 *     contract 31337 5fbdb2315678afecb367f032d93f642f64180aa3
 *     block 1204 9f0c...
 *
 *     — example.org/calibration HxP...
 */
#ifndef LABSEAL_AUDIT_CHAIN_PIN_H
#define LABSEAL_AUDIT_CHAIN_PIN_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/cal/trust.h"
#include "lib/log/note.h"

#include "audit/chain/view.h"

#define LS_CHAIN_PIN_MAX 4096 /* bytes of a pin's file */

struct ls_chain_pin {
	char registry[LS_NOTE_NAME_SIZE];
	struct ls_chain_block block;
};

/* A note's text.  Strict: format(parse(x)) == x.  0, -EBADMSG "chain.pin". */
int ls_chain_pin_parse(const char *text, size_t size, struct ls_chain_pin *ret_pin,
		       struct ls_error *err);
int ls_chain_pin_format(const struct ls_chain_pin *pin, struct ls_buffer *out);

/* The whole note.  The signer's errors. */
int ls_chain_pin_sign(const struct ls_chain_pin *pin, const struct ls_signer *signer,
		      struct ls_buffer *out, struct ls_error *err);

/*
 * The block that trust believes: the note's (file not NULL), which must be signed by the
 * registry's key, name its registry, and the trust file's contract where that names one; else the
 * trust file's own.  -EINVAL "chain.pin": none is named; -ENOKEY: another key signed it; -EBADMSG
 * "chain.pin", and the errors of ls_note_verify.
 */
int ls_chain_pin_choose(const struct ls_cal_trust *trust, const struct ls_buffer *file,
			struct ls_chain_block *ret_block, struct ls_error *err);

#endif
