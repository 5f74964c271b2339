/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cosignatures of witnesses (C2SP tlog-cosignature, cosignature/v1): lines on a
 * checkpoint by Ed25519 keys of type 0x04, each with the time at which the
 * witness saw that the checkpoint continues all that it cosigned before.
 *
 *     key id    = first four bytes of SHA-256(NAME 0x0A 0x04 KEY)
 *     vkey      = NAME+HEX(ID)+BASE64(0x04 || KEY)
 *     signature = u64 TIME || Ed25519 over "cosignature/v1\ntime TIME\n" || text
 */
#ifndef LABSEAL_LIB_LOG_COSIGNATURE_H
#define LABSEAL_LIB_LOG_COSIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/note.h"

#define LS_NOTE_TYPE_COSIGNATURE 0x04
#define LS_ED25519_SIZE		 32  /* bytes of a public key, and of a private one */
#define LS_WITNESS_VKEY_SIZE	 184 /* name + "+" + 8 hex + "+" + base64(1 + 32 bytes), NUL */
#define LS_WITNESSES_MAX	 16

/* A witness whose cosignatures we know. */
struct ls_witness_key {
	char name[LS_NOTE_NAME_SIZE];
	uint8_t id[4];
	uint8_t key[LS_ED25519_SIZE];
};

/* -EINVAL: not a valid name. */
int ls_witness_key_init(struct ls_witness_key *ret_key, const char *name,
			const uint8_t key[static LS_ED25519_SIZE], struct ls_error *err);

/* Returns buffer. */
const char *ls_witness_vkey_format(const struct ls_witness_key *key,
				   char buffer[static LS_WITNESS_VKEY_SIZE]);
/* Strict, one spelling.  0 or -EBADMSG. */
int ls_witness_vkey_parse(const char *text, size_t length, struct ls_witness_key *ret_key,
			  struct ls_error *err);

/*
 * Whether the note carries a good cosignature of this witness; *ret_time
 * (seconds since 1970, may be NULL) is the latest of them.  As ls_note_verify:
 * 0; -ENOKEY: no line by this key; -EBADMSG: a line by this key is no cosignature
 * of this text; -ENOMEM.
 */
int ls_cosignature_verify(const struct ls_note *note, const struct ls_witness_key *key,
			  uint64_t *ret_time, struct ls_error *err);

/* Append the line "— NAME BASE64\n" by this private key over a note's text. */
int ls_cosignature_sign(const char *text, size_t text_size, const char *name,
			const uint8_t private_key[static LS_ED25519_SIZE], uint64_t time,
			struct ls_buffer *out, struct ls_error *err);

/* The public key of a private one.  0 or -ENOMEM. */
int ls_ed25519_public(const uint8_t private_key[static LS_ED25519_SIZE],
		      uint8_t ret_public[static LS_ED25519_SIZE]);

#endif
