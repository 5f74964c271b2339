/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/cobs.h"

#include <errno.h>
#include <string.h>

#define FULL 0xff /* code of a block of 254 bytes: no 0x00 follows it */

static void open_block(struct ls_cobs_encoder *e)
{
	e->code_at = e->size++;
}

static void close_block(struct ls_cobs_encoder *e)
{
	e->out[e->code_at] = (uint8_t)(e->size - e->code_at);
}

void ls_cobs_encode_begin(struct ls_cobs_encoder *e, uint8_t *out)
{
	e->out = out;
	e->size = 0;
	open_block(e);
}

void ls_cobs_encode_add(struct ls_cobs_encoder *e, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	while (n > 0) {
		/* a full block is closed only when more follows, so that it may also end the frame
		 */
		if (e->size - e->code_at == FULL) {
			close_block(e);
			open_block(e);
		}
		size_t room = FULL - (e->size - e->code_at);
		size_t step = n < room ? n : room;
		const uint8_t *zero = memchr(p, 0, step);
		size_t run = zero ? (size_t)(zero - p) : step;
		memcpy(e->out + e->size, p, run);
		e->size += run;
		if (zero) {
			close_block(e);
			open_block(e);
			run++;
		}
		p += run;
		n -= run;
	}
}

size_t ls_cobs_encode_end(struct ls_cobs_encoder *e)
{
	close_block(e);
	e->out[e->size++] = 0;
	return e->size;
}

void ls_cobs_decode_begin(struct ls_cobs_decoder *d, uint8_t *out, size_t max)
{
	*d = (struct ls_cobs_decoder){ .out = out, .max = max };
}

static int put(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n)
{
	if (n > d->max - d->size)
		return -EMSGSIZE;
	memcpy(d->out + d->size, bytes, n);
	d->size += n;
	return 0;
}

/* A code byte: the 0x00 of the block before it becomes known to be wanted. */
static int start_block(struct ls_cobs_decoder *d, uint8_t code)
{
	static const uint8_t zero;
	int rc = d->zero_due ? put(d, &zero, 1) : 0;
	d->left = (uint8_t)(code - 1);
	d->zero_due = code != FULL;
	d->any = true;
	return rc;
}

int ls_cobs_decode_add(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n)
{
	int rc = 0;
	while (n > 0 && rc == 0) {
		size_t step = 1;
		if (d->left == 0) {
			rc = start_block(d, *bytes);
		} else {
			step = n < d->left ? n : d->left;
			rc = put(d, bytes, step);
			d->left = (uint8_t)(d->left - step);
		}
		bytes += step;
		n -= step;
	}
	return rc;
}

bool ls_cobs_decode_whole(const struct ls_cobs_decoder *d)
{
	return d->any && d->left == 0;
}
