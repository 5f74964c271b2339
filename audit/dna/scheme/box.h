/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret inside a key file, under a passphrase (scrypt, RFC 7914), a TPM, or both; AES-256-GCM.
 *
 *   0                                                             no passphrase | secret
 *   1 | log2 N (1 byte) | r (1) | p (1) | salt (16) | tag (16)                  | secret, encrypted
 *   2 | size (2) | what the TPM gives a key for | 0 | tag (16)                  | secret, encrypted
 *   2 | size (2) | what the TPM gives a key for | 1 | log2 N ... salt | tag     | secret, encrypted
 *
 * The nonce is zero: the key is new with each salt, and with each key that a TPM keeps.  What
 * stands before the box in its file, label included, is authenticated with it.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_BOX_H
#define LABSEAL_AUDIT_DNA_SCHEME_BOX_H

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/reader.h"

/* What is written: 64 MiB, about 0.2 s.  What is read may take at most 256 MiB. */
#define LS_BOX_LOG2_N 16
#define LS_BOX_R      8
#define LS_BOX_P      1

/* What is authenticated: a file's label, and its bytes up to the box. */
struct ls_box_context {
	const char *label;
	const uint8_t *bytes;
	size_t size;
};

/* What opens a box.  Zeroed: nothing is needed. */
struct ls_box_lock {
	const char *passphrase; /* NULL: none */
	const char *tpm;	/* where the TPM is, as lib/base/keeper.h has it */
	bool sealed;		/* for writing: a TPM's key is needed; reading tells by the box */
	uint32_t pcrs;		/* for writing: and these PCRs of it as they are now */
};

/* Append a box to out.  -EIO: no randomness, or OpenSSL failed; out's error; errors of the keeper.
 */
int ls_box_write(const struct ls_box_context *context, const struct ls_box_lock *lock,
		 const uint8_t *secret, size_t n, struct ls_buffer *out, struct ls_error *err);

/*
 * Take a box with a secret of n bytes from r, to its end.  -EKEYREJECTED: the passphrase (NULL:
 * none given) does not open it, or it was changed; -EBADMSG: no box; errors of the keeper.
 * secret is zero on failure; the caller wipes it.
 */
int ls_box_read(struct ls_reader *r, const struct ls_box_context *context,
		const struct ls_box_lock *lock, uint8_t *secret, size_t n, struct ls_error *err);

/* What opens a box, as the box says it. */
struct ls_box_told {
	bool sealed, passphrase;
};

/* The same for a box that is not opened: nothing but its form is checked.  -EBADMSG: no box. */
int ls_box_tell(struct ls_reader *r, size_t n, struct ls_box_told *ret, struct ls_error *err);

#endif
