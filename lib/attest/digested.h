/* SPDX-License-Identifier: Apache-2.0 */
/* A short run of bytes that is hashed: big-endian, as TPM structures are.  For this room only. */
#ifndef LABSEAL_LIB_ATTEST_DIGESTED_H
#define LABSEAL_LIB_ATTEST_DIGESTED_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/hash.h"

#define LS_DIGESTED_MAX 256 /* the callers' structures are of fixed, smaller sizes */

struct ls_digested {
	uint8_t data[LS_DIGESTED_MAX];
	size_t size;
};

static inline void ls_put(struct ls_digested *b, const void *data, size_t n)
{
	memcpy(b->data + b->size, data, n);
	b->size += n;
}

static inline void ls_put_be(struct ls_digested *b, uint64_t value, unsigned width)
{
	while (width-- > 0)
		b->data[b->size++] = (uint8_t)(value >> (8 * width));
}

static inline void ls_put_digest(struct ls_digested *b, const struct ls_digest *digest)
{
	ls_put(b, digest->bytes, LS_DIGEST_SIZE);
}

static inline void ls_digested_hash(const struct ls_digested *b, struct ls_digest *ret_digest)
{
	ls_sha256_buffer(b->data, b->size, ret_digest);
}

#endif
