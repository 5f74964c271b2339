/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/cobs.h"

#include <errno.h>
#include <string.h>

#define FULL 0xff /* code of a block of 254 bytes: no 0x00 follows it */
#define WORD 8

/*
 * Encoded, bytes stay where they are but for one place (two, after 254 bytes
 * without a 0x00, and so on), and each 0x00 becomes the code of the block that
 * it begins.  So both ways copy whole words and then put right what was or
 * becomes a 0x00; how many bytes are 0x00 hardly matters for the copying.
 */
#define EACH(byte) (0x0101010101010101u * (byte)) /* a word of one byte */

/* Byte i of memory is bits 8 i to 8 i + 7. */
static uint64_t load(const uint8_t *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

static void store(uint8_t *p, uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	memcpy(p, &word, sizeof(word));
}

/* 0x80 for each byte that is 0x00, and 0x00 for each other. */
static uint64_t zeros_in(uint64_t word)
{
	uint64_t low = (word & EACH(0x7f)) + EACH(0x7f);
	return ~(low | word | EACH(0x7f));
}

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

static void add_byte(struct ls_cobs_encoder *e, uint8_t byte)
{
	/* a full block is closed only when more follows: it may also end the frame */
	if (e->size - e->code_at == FULL) {
		close_block(e);
		open_block(e);
	}
	if (byte != 0) {
		e->out[e->size++] = byte;
		return;
	}
	close_block(e);
	open_block(e);
}

/* Up to the first 0x00 or the end of the block; returns how many bytes that was. */
static size_t add_run(struct ls_cobs_encoder *e, const uint8_t *p, size_t n)
{
	size_t room = FULL - (e->size - e->code_at);
	const uint8_t *zero = memchr(p, 0, n < room ? n : room);
	size_t run = zero ? (size_t)(zero - p) : n < room ? n : room;
	memcpy(e->out + e->size, p, run);
	e->size += run;
	return run;
}

/*
 * Whole words until two of them have no 0x00, or a block comes near its end.
 * Returns how many bytes were taken.
 */
static size_t add_words(struct ls_cobs_encoder *e, const uint8_t *bytes, size_t n)
{
	const uint8_t *p = bytes, *last = bytes + n - WORD;
	uint8_t *out = e->out + e->size, *code = e->out + e->code_at;
	for (int quiet = 0; p <= last && quiet < 2 && out - code <= FULL - WORD; p += WORD) {
		uint64_t word = load(p), zeros = zeros_in(word);
		quiet = zeros ? 0 : quiet + 1;
		bool all = zeros == EACH(0x80);
		store(out, all ? EACH(1) : word);
		if (all) {
			*code = (uint8_t)(out - code);
			code = out + WORD - 1;
			zeros = 0;
		}
		for (; zeros; zeros &= zeros - 1) {
			uint8_t *zero = out + __builtin_ctzll(zeros) / 8;
			*code = (uint8_t)(zero - code);
			code = zero;
		}
		out += WORD;
	}
	e->size = (size_t)(out - e->out);
	e->code_at = (size_t)(code - e->out);
	return (size_t)(p - bytes);
}

void ls_cobs_encode_add(struct ls_cobs_encoder *e, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	while (n > 0) {
		size_t step = n >= WORD ? add_words(e, p, n) : 0;
		if (step < n)
			step += add_run(e, p + step, n - step);
		if (step < n)
			add_byte(e, p[step++]);
		p += step;
		n -= step;
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
 * Where bytes of 0x00 are many, they are so at equal distances: zeros, numbers
 * of 16, 32 or 64 bits.  A word from a code byte on that has the codes of an
 * earlier one at the same places is as many blocks, without a look at each.
 */
struct pattern {
	uint64_t codes;
	uint64_t mask; /* 0xff for each byte that is a code; the first is one, and the last block
			  ends with the word */
	bool failed;   /* the last word was another */
};

struct place {
	const uint8_t *in, *in_end;
	uint8_t *out, *out_end;
	bool zero_due;
};

static bool has_room(const struct place *p, ptrdiff_t n)
{
	return p->in_end - p->in >= n && p->out_end - p->out >= n;
}

/*
 * The blocks that end within a word: how many bytes they are, and where their
 * codes stand.  Always as many steps as there may be blocks, since how many there
 * are is what nobody can predict.
 */
static size_t find_codes(uint64_t word, uint64_t *ret_mask)
{
	size_t at = 0;
	uint64_t mask = 0;
	for (int i = 0; i < WORD; i++) {
		size_t shift = at % WORD * 8, next = at + (word >> shift & 0xff);
		mask |= next <= WORD ? UINT64_C(0xff) << shift : 0;
		at = next <= WORD ? next : at;
	}
	*ret_mask = mask;
	return at;
}

/* As many whole pairs of words as are of the pattern; returns how many bytes they are. */
static size_t decode_pattern(uint8_t *out, const uint8_t *in, size_t n, uint64_t codes,
			     uint64_t mask)
{
	size_t at = 0;
	for (; n - at >= 2 * WORD; at += 2 * WORD) {
		uint64_t first = load(in + at), second = load(in + at + WORD);
		if (((first ^ codes) | (second ^ codes)) & mask)
			break;
		store(out + at, first & ~mask);
		store(out + at + WORD, second & ~mask);
	}
	return at;
}

/* A word that may not be of the pattern.  One such is an exception, two are the rule. */
static size_t decode_word(uint8_t *out, const uint8_t *in, struct pattern *pattern)
{
	uint64_t word = load(in), mask;
	size_t at = find_codes(word, &mask);
	store(out, word & ~mask);
	bool same = mask == pattern->mask && (word & mask) == pattern->codes;
	if (at == WORD && pattern->failed)
		*pattern = (struct pattern){ .codes = word & mask, .mask = mask };
	else
		pattern->failed = !same;
	return at;
}

/* Blocks of at most a word, the 0x00 of the one before being due: a code is where that goes. */
static void decode_short_blocks(struct place *p, struct pattern *pattern)
{
	size_t in_left = (size_t)(p->in_end - p->in), out_left = (size_t)(p->out_end - p->out);
	size_t left = in_left < out_left ? in_left : out_left, at = 0, step = 1;
	while (step > 0) {
		at += decode_pattern(p->out + at, p->in + at, left - at, pattern->codes,
				     pattern->mask);
		if (left - at < 2 * WORD)
			break;
		step = decode_word(p->out + at, p->in + at, pattern);
		at += step;
	}
	p->in += at;
	p->out += at;
}

/*
 * A block is copied with one of three fixed lengths, whatever it holds, because
 * a copy of a length that nobody can predict costs more than the bytes that are
 * copied in vain.
 */
static void decode_block(struct place *p)
{
	uint8_t code = *p->in;
	*p->out = 0;
	p->out += p->zero_due;
	if (code <= 2 * WORD)
		memcpy(p->out, p->in + 1, 2 * WORD);
	else if (code <= 8 * WORD)
		memcpy(p->out, p->in + 1, 8 * WORD);
	else
		memcpy(p->out, p->in + 1, FULL - 1);
	p->out += code - 1;
	p->in += code;
	p->zero_due = code != FULL;
}

/* Whole blocks while there are plenty of bytes and of room.  Returns how many bytes were taken. */
static size_t decode_blocks(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n)
{
	struct pattern pattern = { .codes = EACH(1), .mask = EACH(0xff) };
	struct place p = { .in = bytes,
			   .in_end = bytes + n,
			   .out = d->out + d->size,
			   .out_end = d->out + d->max,
			   .zero_due = d->zero_due };
	for (;;) {
		if (p.zero_due && has_room(&p, WORD) && *p.in <= WORD)
			decode_short_blocks(&p, &pattern);
		if (!has_room(&p, FULL))
			break;
		decode_block(&p);
	}
	d->size = (size_t)(p.out - d->out);
	d->zero_due = p.zero_due;
	d->any |= p.in > bytes;
	return (size_t)(p.in - bytes);
}

int ls_cobs_decode_add(struct ls_cobs_decoder *d, const uint8_t *bytes, size_t n)
{
	int rc = 0;
	while (n > 0 && rc == 0) {
		size_t step = d->left == 0 ? decode_blocks(d, bytes, n) : 0;
		if (step > 0) {
			;
		} else if (d->left == 0) {
			rc = start_block(d, *bytes);
			step = 1;
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
