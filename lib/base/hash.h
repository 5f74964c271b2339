/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) over OpenSSL's EVP. */
#ifndef LABSEAL_LIB_BASE_HASH_H
#define LABSEAL_LIB_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_DIGEST_SIZE	   32
#define LS_DIGEST_HEX_SIZE 65 /* with the final NUL */

struct ls_digest {
	uint8_t bytes[LS_DIGEST_SIZE];
};

/* A running hash.  One object serves many messages: init again after final. */
struct ls_sha256 {
	void *context; /* EVP_MD_CTX, owned; NULL before the first init */
};

/* Start a message.  0 or -ENOMEM.  The object must be zeroed before its first use. */
int ls_sha256_init(struct ls_sha256 *h);
void ls_sha256_update(struct ls_sha256 *h, const void *bytes, size_t n);
void ls_sha256_final(struct ls_sha256 *h, struct ls_digest *ret_digest);
void ls_sha256_free(struct ls_sha256 *h);

#define _cleanup_sha256_ __attribute__((cleanup(ls_sha256_free)))

void ls_sha256_buffer(const void *bytes, size_t n, struct ls_digest *ret_digest);

/* The same of several pieces, one after the other.  0 or -ENOMEM. */
struct ls_sha256_piece {
	const void *bytes;
	size_t n;
};
int ls_sha256_pieces(const struct ls_sha256_piece *pieces, size_t count,
		     struct ls_digest *ret_digest);

/*
 * Hash an open file from its current offset to its end.  *ret_size is the
 * number of bytes hashed (may be NULL).  0 or the negative errno of read.
 */
int ls_sha256_fd(int fd, struct ls_digest *ret_digest, uint64_t *ret_size, struct ls_error *err);

/* Called now and then while a large file is hashed; -EINTR ends that with this error. */
struct ls_hash_watch {
	int (*progress)(void *context);
	void *context;
};

/* The same, watched.  watch may be NULL. */
int ls_sha256_fd_watched(int fd, const struct ls_hash_watch *watch, struct ls_digest *ret_digest,
			 uint64_t *ret_size, struct ls_error *err);

bool ls_digest_equal(const struct ls_digest *a, const struct ls_digest *b);
bool ls_digest_is_zero(const struct ls_digest *d);

/* 64 lower-case hex digits and a NUL. */
const char *ls_digest_hex(const struct ls_digest *d, char buffer[static LS_DIGEST_HEX_SIZE]);

/* Exactly 64 lower-case hex digits, as sha256sum writes them; else -EBADMSG. */
int ls_digest_parse(const char *text, size_t length, struct ls_digest *ret_digest);

#endif
