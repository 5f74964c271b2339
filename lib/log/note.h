/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed notes (C2SP signed-note v1) with ECDSA P-256 keys, type 0x02:
 * key id = first four bytes of SHA-256(SPKI), signature = DER ECDSA over
 * SHA-256(text).  So `openssl dgst -sha256 -verify` checks a line, too.
 * A second line of the same name may be by an Ed25519 key, type 0x01: key id =
 * first four bytes of SHA-256(name || LF || 0x01 || key), signature over text.
 */
#ifndef LABSEAL_LIB_LOG_NOTE_H
#define LABSEAL_LIB_LOG_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"

#define LS_NOTE_SIZE_MAX       65536 /* bytes of a whole note */
#define LS_NOTE_SIGNATURES_MAX 32    /* the standard asks for at least 16 */
#define LS_NOTE_NAME_SIZE      128   /* a key's name, with the final NUL */
#define LS_VKEY_SIZE	       288   /* name + "+" + 8 hex + "+" + base64(1 + 91 bytes), NUL */

#define LS_NOTE_TYPE_ED25519 0x01
#define LS_NOTE_TYPE_ECDSA   0x02

/* A key whose signatures on notes we know, and the one that may stand beside it. */
struct ls_note_key {
	char name[LS_NOTE_NAME_SIZE];
	uint8_t id[4];
	struct ls_p256_public key;

	bool has_ed25519;
	uint8_t ed25519_id[4];
	struct ls_ed25519_public ed25519;
};

/* Non-empty UTF-8 without spaces, '+' and control characters, shorter than LS_NOTE_NAME_SIZE. */
bool ls_note_name_valid(const char *name, size_t length);

/* -EINVAL: not a valid name. */
int ls_note_key_init(struct ls_note_key *ret_key, const char *name,
		     const struct ls_p256_public *key, struct ls_error *err);

/* Let this Ed25519 key stand beside it, under the same name. */
void ls_note_key_add_ed25519(struct ls_note_key *key, const struct ls_ed25519_public *ed25519);

/* The "vkey" form: NAME+HEX(ID)+BASE64(0x02 || SPKI).  Returns buffer. */
const char *ls_vkey_format(const struct ls_note_key *key, char buffer[static LS_VKEY_SIZE]);
int ls_vkey_parse(const char *text, size_t length, struct ls_note_key *ret_key,
		  struct ls_error *err);

/* The same of the Ed25519 key beside it: NAME+HEX(ID)+BASE64(0x01 || key).  Parsing adds it to
 * ret_key, whose name it must have. */
const char *ls_vkey_format_ed25519(const struct ls_note_key *key, char buffer[static LS_VKEY_SIZE]);
int ls_vkey_parse_ed25519(const char *text, size_t length, struct ls_note_key *ret_key,
			  struct ls_error *err);

/* A log's key of that type alone: ret_key has a name and an Ed25519 key, and no other, which is for
 * ls_note_verify_ed25519 only. */
int ls_vkey_parse_only_ed25519(const char *text, size_t length, struct ls_note_key *ret_key,
			       struct ls_error *err);

/* A parsed note; everything points into the bytes it was parsed from. */
struct ls_note {
	const char *text; /* what is signed: up to and with the LF before the blank line */
	size_t text_size;
	unsigned count;
	struct ls_note_line {
		const char *name;
		size_t name_size;
		const char *base64; /* well-formed; id and signature */
		size_t base64_size;
	} lines[LS_NOTE_SIGNATURES_MAX];
};

/* The form alone, strictly; no signature is checked.  0 or -EBADMSG. */
int ls_note_parse(const void *bytes, size_t size, struct ls_note *ret_note, struct ls_error *err);

/*
 * Whether the note carries a good signature of this key.  Lines of other keys
 * are ignored, as the standard has it; every line with this key's name and id
 * must be good, and every line of the Ed25519 key beside it, which may be missing.
 * 0; -ENOKEY: no line by this key; -EBADMSG: a line by one of the two is no
 * signature of this text; -ENOMEM.
 */
int ls_note_verify(const struct ls_note *note, const struct ls_note_key *key, struct ls_error *err);

/* ls_note_verify by the Ed25519 key alone, of which there must be a line: the other key and its
 * lines are not looked at. */
int ls_note_verify_ed25519(const struct ls_note *note, const struct ls_note_key *key,
			   struct ls_error *err);

/* Whether it carries a line of the Ed25519 key's name and id, good or not. */
bool ls_note_has_ed25519(const struct ls_note *note, const struct ls_note_key *key);

/* Whether a line has the name and the id of this key, or of the Ed25519 key beside it. */
bool ls_note_line_is_by(const struct ls_note_line *line, const struct ls_note_key *key);

/* ls_note_verify for many notes. */
int ls_note_verify_with(const struct ls_note *note, const struct ls_note_key *key,
			struct ls_p256_verifier *verifier, struct ls_error *err);

/*
 * Sign text (valid UTF-8, no control characters but LF, ends in LF) and append
 * the whole note with its one signature line to out.
 */
int ls_note_sign(const char *text, size_t text_size, const char *name,
		 const struct ls_signer *signer, struct ls_buffer *out, struct ls_error *err);

/* Append the line of the Ed25519 key over the same text, after ls_note_sign. */
int ls_note_add_ed25519(const char *text, size_t text_size, const char *name,
			const struct ls_ed25519_signer *signer, struct ls_buffer *out,
			struct ls_error *err);

#endif
