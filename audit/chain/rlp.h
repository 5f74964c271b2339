/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RLP, Ethereum's encoding of byte strings and lists (Yellow Paper, appendix B), strictly: each
 * item has one spelling.  Refused are a length in the long form that fits the short one, a length
 * with a leading zero, a single byte below 0x80 with a head before it, and an item that is longer
 * than what is left.  Nothing is allocated; items point into the reader's bytes.
 */
#ifndef LABSEAL_AUDIT_CHAIN_RLP_H
#define LABSEAL_AUDIT_CHAIN_RLP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/reader.h"

struct ls_rlp {
	bool is_list;
	const uint8_t *bytes; /* the string, or what the list holds; borrowed */
	size_t size;
	const uint8_t *whole; /* the item with its head */
	size_t whole_size;
};

/* Take one item.  0 or -EBADMSG, "chain.rlp"; nothing is taken then. */
int ls_rlp_next(struct ls_reader *r, struct ls_rlp *ret_item, struct ls_error *err);

/* Exactly one item in these bytes. */
int ls_rlp_parse(const void *bytes, size_t n, struct ls_rlp *ret_item, struct ls_error *err);

/*
 * The items of a list, at most max of them.  Returns how many there are, or -EBADMSG: not a list,
 * malformed, or more than max.
 */
int ls_rlp_items(const struct ls_rlp *list, struct ls_rlp *items, int max, struct ls_error *err);

/* A number: a string of at most 8 bytes without leading zeros.  0 or -EBADMSG. */
int ls_rlp_u64(const struct ls_rlp *item, uint64_t *ret_value, struct ls_error *err);

/* A string of exactly n bytes, copied.  0 or -EBADMSG. */
int ls_rlp_fixed(const struct ls_rlp *item, void *buffer, size_t n, struct ls_error *err);

/* Writing.  0 or the buffer's error. */
int ls_rlp_add_string(struct ls_buffer *out, const void *bytes, size_t n);
int ls_rlp_add_list(struct ls_buffer *out, const void *items, size_t n); /* items are encoded */

#endif
