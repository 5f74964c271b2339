/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/rlp.h"

#include <errno.h>

#define STRING	   0x80 /* the head of an empty string */
#define LIST	   0xc0 /* the head of an empty list */
#define SHORT_MAX  55	/* bytes whose number stands in the head itself */
#define LENGTH_MAX 8	/* bytes of a length in the long form */

static int malformed(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "chain.rlp", "RLP: %s", what);
}

/* The length in the long form: n bytes, big-endian. */
static int read_length(struct ls_reader *r, size_t n, size_t *ret_length, struct ls_error *err)
{
	const uint8_t *bytes;
	uint64_t length = 0;
	if (n > LENGTH_MAX || ls_read_bytes(r, n, &bytes) < 0)
		return malformed(err, "a length is cut off");
	if (bytes[0] == 0)
		return malformed(err, "a length has a leading zero");
	for (size_t i = 0; i < n; i++)
		length = length << 8 | bytes[i];
	if (length <= SHORT_MAX)
		return malformed(err, "a length in the long form that fits the short one");
	if (length > ls_reader_left(r))
		return malformed(err, "an item is longer than what is left");
	*ret_length = (size_t)length;
	return 0;
}

static int read_body(struct ls_reader *r, uint8_t head, struct ls_rlp *item, struct ls_error *err)
{
	item->is_list = head >= LIST;
	item->size = head - (item->is_list ? LIST : STRING);
	if (item->size > SHORT_MAX) {
		int rc = read_length(r, item->size - SHORT_MAX, &item->size, err);
		if (rc < 0)
			return rc;
	}
	if (ls_read_bytes(r, item->size, &item->bytes) < 0)
		return malformed(err, "an item is longer than what is left");
	if (!item->is_list && item->size == 1 && item->bytes[0] < STRING)
		return malformed(err, "a single byte below 0x80 has a head");
	return 0;
}

static int read_item(struct ls_reader *r, struct ls_rlp *item, struct ls_error *err)
{
	uint8_t head;
	item->whole = r->data + r->pos;
	if (ls_read_u8(r, &head) < 0)
		return malformed(err, "an item is missing");
	if (head >= STRING)
		return read_body(r, head, item, err);
	item->is_list = false;
	item->bytes = item->whole;
	item->size = 1;
	return 0;
}

int ls_rlp_next(struct ls_reader *r, struct ls_rlp *ret_item, struct ls_error *err)
{
	struct ls_reader ahead = *r;
	struct ls_rlp item;
	int rc = read_item(&ahead, &item, err);
	if (rc < 0)
		return rc;
	item.whole_size = ahead.pos - r->pos;
	*r = ahead;
	*ret_item = item;
	return 0;
}

int ls_rlp_parse(const void *bytes, size_t n, struct ls_rlp *ret_item, struct ls_error *err)
{
	struct ls_reader r;
	struct ls_rlp item;
	ls_reader_init(&r, bytes, n);
	int rc = ls_rlp_next(&r, &item, err);
	if (rc < 0)
		return rc;
	if (ls_reader_end(&r) < 0)
		return malformed(err, "bytes follow the item");
	*ret_item = item;
	return 0;
}

int ls_rlp_items(const struct ls_rlp *list, struct ls_rlp *items, int max, struct ls_error *err)
{
	struct ls_reader r;
	int count = 0;
	if (!list->is_list)
		return malformed(err, "a string where a list belongs");
	ls_reader_init(&r, list->bytes, list->size);
	while (ls_reader_left(&r) > 0) {
		if (count == max)
			return malformed(err, "a list has too many items");
		int rc = ls_rlp_next(&r, &items[count], err);
		if (rc < 0)
			return rc;
		count++;
	}
	return count;
}

int ls_rlp_u64(const struct ls_rlp *item, uint64_t *ret_value, struct ls_error *err)
{
	uint64_t value = 0;
	if (item->is_list || item->size > sizeof(value) || (item->size > 0 && item->bytes[0] == 0))
		return malformed(err, "a number is a list, too long, or has a leading zero");
	for (size_t i = 0; i < item->size; i++)
		value = value << 8 | item->bytes[i];
	*ret_value = value;
	return 0;
}

int ls_rlp_fixed(const struct ls_rlp *item, void *buffer, size_t n, struct ls_error *err)
{
	struct ls_reader r;
	if (item->is_list || item->size != n)
		return malformed(err, "a field has not the size that it must have");
	ls_reader_init(&r, item->bytes, item->size);
	return ls_read_into(&r, buffer, n);
}

static int add_head(struct ls_buffer *out, uint8_t base, size_t n)
{
	uint8_t length[LENGTH_MAX];
	size_t count = 0;
	if (n <= SHORT_MAX)
		return ls_buffer_add_u8(out, (uint8_t)(base + n));
	for (; n > 0; n >>= 8)
		length[LENGTH_MAX - ++count] = (uint8_t)n;
	ls_buffer_add_u8(out, (uint8_t)(base + SHORT_MAX + count));
	return ls_buffer_add(out, length + LENGTH_MAX - count, count);
}

int ls_rlp_add_string(struct ls_buffer *out, const void *bytes, size_t n)
{
	if (n != 1 || *(const uint8_t *)bytes >= STRING)
		add_head(out, STRING, n);
	ls_buffer_add(out, bytes, n);
	return ls_buffer_error(out);
}

int ls_rlp_add_list(struct ls_buffer *out, const void *items, size_t n)
{
	add_head(out, LIST, n);
	ls_buffer_add(out, items, n);
	return ls_buffer_error(out);
}
