/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/cobs.h"

#include <errno.h>
#include <string.h>

#define FULL  0xff /* code of a block of 254 bytes: no 0x00 follows it */
#define SHORT 16   /* bytes of a run that are looked at one by one */

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

/*
 * Copy up to the first 0x00, and say how many bytes that was.  A run is short
 * where there are many: then a call of memchr and of memcpy would cost the most.
 */
static size_t copy_run(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t i = 0;
	for (; i < n && i < SHORT && p[i] != 0; i++)
		out[i] = p[i];
	if (i < SHORT)
		return i;
	const uint8_t *zero = memchr(p + i, 0, n - i);
	size_t run = zero ? (size_t)(zero - p) : n;
	memcpy(out + i, p + i, run - i);
	return run;
}

static size_t zeros_length(const uint8_t *p, size_t n)
{
	size_t i = 0;
	while (i < n && p[i] == 0)
		i++;
	return i;
}

/* n > 0 times 0x00: the first ends the open block, each other one is a block of its own. */
static void add_zeros(struct ls_cobs_encoder *e, size_t n)
{
	close_block(e);
	memset(e->out + e->size, 1, n - 1);
	e->size += n - 1;
	open_block(e);
}

void ls_cobs_encode_add(struct ls_cobs_encoder *e, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	while (n > 0) {
		/* a full block is closed only when more follows: it may also end the frame */
		if (e->size - e->code_at == FULL) {
			close_block(e);
			open_block(e);
		}
		size_t room = FULL - (e->size - e->code_at);
		size_t run = copy_run(e->out + e->size, p, n < room ? n : room);
		e->size += run;
		size_t zeros = run < room ? zeros_length(p + run, n - run) : 0;
		if (zeros > 0)
			add_zeros(e, zeros);
		p += run + zeros;
		n -= run + zeros;
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

/*
 * Whole blocks while there are plenty of bytes and of room: a block is copied
 * with one of two fixed lengths, whatever it holds, because a copy of a length
 * that nobody can predict costs more than the bytes that are copied in vain.
 * Returns how many bytes were taken.
 */
static size_t decode_blocks(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n)
{
	static const uint8_t empty_blocks[8] = { 1, 1, 1, 1, 1, 1, 1, 1 }; /* of many 0x00 */
	const uint8_t *in = bytes, *in_last = bytes + n - FULL;
	uint8_t *out = d->out + d->size, *out_last = d->out + d->max - FULL;
	bool zero_due = d->zero_due;
	while (in <= in_last && out <= out_last) {
		uint8_t code = *in;
		*out = 0;
		out += zero_due;
		if (code == 1 && memcmp(in, empty_blocks, sizeof(empty_blocks)) == 0) {
			memset(out, 0, sizeof(empty_blocks) - 1);
			out += sizeof(empty_blocks) - 1;
			in += sizeof(empty_blocks);
			zero_due = true;
			continue;
		}
		if (code <= SHORT)
			memcpy(out, in + 1, SHORT);
		else
			memcpy(out, in + 1, FULL - 1);
		out += code - 1;
		in += code;
		zero_due = code != FULL;
	}
	d->size = (size_t)(out - d->out);
	d->zero_due = zero_due;
	d->any = true;
	return (size_t)(in - bytes);
}

int ls_cobs_decode_add(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n)
{
	int rc = 0;
	while (n > 0 && rc == 0) {
		size_t step = 1;
		if (d->left == 0 && n >= FULL && d->max - d->size >= FULL) {
			step = decode_blocks(d, bytes, n);
		} else if (d->left == 0) {
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
