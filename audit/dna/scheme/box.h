/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret inside a key file, under a passphrase: scrypt (RFC 7914) and AES-256-GCM.
 *
 *   0                                                             no passphrase | secret
 *   1 | log2 N (1 byte) | r (1) | p (1) | salt (16) | tag (16)                  | secret, encrypted
 *
 * The nonce is zero: the key is new with each salt.  What stands before the box in its file, label
 * included, is authenticated with it.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_BOX_H
#define LABSEAL_AUDIT_DNA_SCHEME_BOX_H

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

/* Append a box to out.  passphrase: NULL for none.  -EIO: no randomness, or OpenSSL failed; out's
 * error. */
int ls_box_write(const struct ls_box_context *context, const char *passphrase,
		 const uint8_t *secret, size_t n, struct ls_buffer *out, struct ls_error *err);

/*
 * Take a box with a secret of n bytes from r, to its end.  -EKEYREJECTED: the passphrase (NULL:
 * none given) does not open it, or it was changed; -EBADMSG: no box.  secret is zero on failure;
 * the caller wipes it.
 */
int ls_box_read(struct ls_reader *r, const struct ls_box_context *context, const char *passphrase,
		uint8_t *secret, size_t n, struct ls_error *err);

#endif
