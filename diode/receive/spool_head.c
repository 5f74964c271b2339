/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/spool_head.h"

#include <errno.h>

#include "diode/wire/crc32c.h"
#include "lib/base/reader.h"

#define MAGIC	      "LSSPOOL1"
#define SEGMENT_MAGIC "LSSPOOL2"

int ls_spool_head_encode(const uint64_t *sequence, const struct ls_buffer *body,
			 struct ls_buffer *head)
{
	ls_buffer_add_str(head, sequence ? SEGMENT_MAGIC : MAGIC);
	if (sequence)
		ls_buffer_add_be64(head, *sequence);
	ls_buffer_add_be32(head, (uint32_t)body->size);
	ls_buffer_add(head, body->data, body->size);
	if (ls_buffer_error(head) == 0)
		ls_buffer_add_be32(head, ls_crc32c(0, head->data, head->size));
	return ls_buffer_error(head);
}

/* Which of the two it is, up to the size of the body. */
static int decode_start(struct ls_reader *r, struct ls_spool_head *head)
{
	head->sequence = 0;
	if (ls_read_literal(r, MAGIC) == 0)
		return 0;
	int rc = ls_read_literal(r, SEGMENT_MAGIC);
	return rc ? rc : ls_read_be64(r, &head->sequence);
}

int ls_spool_head_decode(const uint8_t *bytes, size_t n, struct ls_spool_head *ret_head)
{
	struct ls_spool_head head;
	struct ls_reader r;
	uint32_t size, crc;
	ls_reader_init(&r, bytes, n);
	if (decode_start(&r, &head) < 0 || ls_read_be32(&r, &size) < 0 ||
	    ls_read_bytes(&r, size, &head.body) < 0)
		return -EBADMSG;
	size_t covered = r.pos;
	if (ls_read_be32(&r, &crc) < 0 || crc != ls_crc32c(0, bytes, covered))
		return -EBADMSG;
	head.body_size = size;
	head.size = r.pos;
	*ret_head = head;
	return 0;
}

static struct ls_message message_of(const struct ls_spool_head *head, uint32_t type)
{
	return (struct ls_message){ .type = type, .body = head->body, .size = head->body_size };
}

int ls_spool_head_delivery(const struct ls_spool_head *head, struct ls_delivery *ret_delivery)
{
	struct ls_message m = message_of(head, LS_MSG_DELIVERY_BEGIN);
	return ls_decode_delivery(&m, ret_delivery, NULL) < 0 ? -EBADMSG : 0;
}

int ls_spool_head_event(const struct ls_spool_head *head, struct ls_event *ret_event)
{
	struct ls_message m = message_of(head, LS_MSG_EVENT);
	return ls_decode_event(&m, ret_event, NULL) < 0 ? -EBADMSG : 0;
}
