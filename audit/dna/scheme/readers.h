/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for chosen readers: identity-based encryption after Boneh and Franklin (SIAM J. Comput.
 * 32(3), 2003) on BLS12-381, one group element for all readers.
 *
 *   number of readers (1 byte) | U (48 bytes, compressed point of G1) | 16 bytes a reader | text
 *
 * The text's key, 16 bytes, is a keyed hash of the text under a fresh random key, so that it is new
 * for each text even where randomness is poor, and needs no nonce beside it.  U = rP1, where r is a
 * hash of the text's key and of the text: a reader who has found both computes U again, which tells
 * him that the key was his and that not a bit was changed.  Who the readers are is not told, to
 * others neither: each tries every slot.  docs/formats/dna-keys.md has it to the bit.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_READERS_H
#define LABSEAL_AUDIT_DNA_SCHEME_READERS_H

#include "audit/dna/scheme/scheme.h"
#include "lib/base/buffer.h"

#define LS_DNA_READERS_MAX 255
/* What sealing adds to a text. */
#define LS_DNA_SEALED_SIZE(readers, text) (1 + 48 + 16 * (size_t)(readers) + (size_t)(text))

/*
 * Append text, sealed for these readers of the signer's own authority, to out.
 * -EINVAL: no reader, too many, one twice, or a key of profile aggregate's kind only; out's error;
 * -EIO: no randomness.
 */
int ls_dna_seal(const struct ls_dna_key *key, const struct ls_orcid *readers, size_t count,
		const void *text, size_t n, struct ls_buffer *out, struct ls_error *err);

/*
 * Append the text to out (untouched on failure).  -ENOKEY: this key is none of the readers', or
 * something was changed: the one cannot be told from the other; -EBADMSG: the form; -EINVAL: a key
 * of profile aggregate's kind, which reads nothing; out's error.
 */
int ls_dna_unseal(const struct ls_dna_key *key, const uint8_t *sealed, size_t n,
		  struct ls_buffer *out, struct ls_error *err);

#endif
