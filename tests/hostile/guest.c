/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/hostile/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "diode/export/sha256.h"
#include "diode/wire/cobs.h"
#include "diode/wire/crc32c.h"
#include "lib/base/cleanup.h"

#define WRITE_MAX    32768 /* bytes, as the driver takes them */
#define DATA_SIZE    32000 /* of a DATA frame */
#define HONEST_LINES 900
#define BEAT_MS	     5000

static void die(const char *what)
{
	fprintf(stderr, "labseal-hostile: cannot %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- sending ------------------------------------------------------------------------------ */

void guest_open(struct guest *g)
{
	g->port = open(g->port_path, O_WRONLY | O_CLOEXEC);
	if (g->port < 0)
		die("open the port");
}

void guest_flush(struct guest *g)
{
	for (size_t done = 0; done < g->out_size;) {
		size_t n = g->out_size - done < WRITE_MAX ? g->out_size - done : WRITE_MAX;
		ssize_t written = write(g->port, g->out + done, n);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			die("write to the port");
		done += written > 0 ? (size_t)written : 0;
		g->written += written > 0 ? (size_t)written : 0;
	}
	g->out_size = 0;
}

void guest_put(struct guest *g, const void *bytes, size_t n)
{
	if (g->capture) {
		if (ls_buffer_add(g->capture, bytes, n) < 0)
			die("keep what is sent");
		return;
	}
	for (const uint8_t *p = bytes; n > 0;) {
		size_t room = sizeof(g->out) - g->out_size;
		size_t part = n < room ? n : room;
		memcpy(g->out + g->out_size, p, part);
		g->out_size += part;
		p += part;
		n -= part;
		if (g->out_size == sizeof(g->out))
			guest_flush(g);
	}
}

void guest_sleep(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

int64_t guest_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* xorshift64* (Vigna, 2016) */
uint64_t guest_random(struct guest *g)
{
	g->random ^= g->random >> 12;
	g->random ^= g->random << 25;
	g->random ^= g->random >> 27;
	return g->random * 0x2545f4914f6cdd1dULL;
}

void guest_random_bytes(struct guest *g, void *bytes, size_t n)
{
	for (uint8_t *p = bytes; n > 0;) {
		uint64_t value = guest_random(g);
		size_t part = n < sizeof(value) ? n : sizeof(value);
		memcpy(p, &value, part);
		p += part;
		n -= part;
	}
}

void guest_new_session(struct guest *g)
{
	guest_random_bytes(g, g->session, sizeof(g->session));
}

/* The exporter's, as the guest has no libraries. */
void guest_sha256(const void *bytes, size_t n, struct ls_digest *ret_digest)
{
	struct ls_small_sha256 h;
	ls_small_sha256_init(&h);
	ls_small_sha256_update(&h, bytes, n);
	ls_small_sha256_final(&h, ret_digest);
}

uint32_t guest_times(const struct guest *g, uint32_t usual, uint32_t most)
{
	return g->is_long ? most : usual;
}

/* --- frames --------------------------------------------------------------------------------- */

static void put_be(uint8_t *to, uint64_t value, size_t n)
{
	while (n-- > 0) {
		to[n] = (uint8_t)value;
		value >>= 8;
	}
}

void guest_put_raw(struct guest *g, const struct raw_frame *f)
{
	static uint8_t wire[LS_FRAME_WIRE_MAX];
	uint8_t header[LS_FRAME_HEADER_SIZE] = { f->version, f->type }, tail[LS_FRAME_CRC_SIZE];
	struct ls_cobs_encoder e;
	put_be(header + 2, f->length, 2);
	put_be(header + 4, f->run, 4);
	memcpy(header + 8, f->session, sizeof(f->session));
	put_be(header + 24, f->number, 8);
	put_be(header + 32, f->record, 8);
	put_be(header + 40, f->offset, 8);
	uint32_t crc = ls_crc32c(0, header, sizeof(header));
	put_be(tail, ls_crc32c(crc, f->payload, f->size) ^ f->crc_flip, sizeof(tail));
	ls_cobs_encode_begin(&e, wire);
	ls_cobs_encode_add(&e, header, sizeof(header));
	ls_cobs_encode_add(&e, f->payload, f->size);
	ls_cobs_encode_add(&e, tail, sizeof(tail));
	guest_put(g, wire, ls_cobs_encode_end(&e));
}

struct raw_frame guest_frame(struct guest *g, uint8_t type, uint64_t record, uint64_t offset,
			     const void *payload, size_t n)
{
	struct raw_frame f = { .version = LS_FRAME_VERSION,
			       .type = type,
			       .length = (uint16_t)n,
			       .run = 1,
			       .number = g->frame++,
			       .record = record,
			       .offset = offset,
			       .payload = payload,
			       .size = n };
	memcpy(f.session, g->session, sizeof(f.session));
	return f;
}

void guest_put_frame(struct guest *g, uint8_t type, uint64_t record, uint64_t offset,
		     const void *payload, size_t n)
{
	struct raw_frame f = guest_frame(g, type, record, offset, payload, n);
	guest_put_raw(g, &f);
}

/* --- files ------------------------------------------------------------------------------------ */

struct ls_begin guest_claim(const char *name, size_t name_size, const void *bytes, size_t n)
{
	struct ls_begin begin = { .size = n,
				  .mtime = guest_clock(),
				  .clock = guest_clock(),
				  .attempt = 1,
				  .name = { name, name_size } };
	guest_sha256(bytes, n, &begin.sha256);
	return begin;
}

#define ENCODE(kind, value, b)                              \
	_cleanup_buffer_ struct ls_buffer b;                \
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);           \
	if (ls_encode_##kind((value), &b) < 0) {            \
		errno = EINVAL;                             \
		die("encode what a frame carries: " #kind); \
	}

void guest_put_hello(struct guest *g, const struct ls_hello *hello)
{
	ENCODE(hello, hello, b);
	guest_put_frame(g, LS_FRAME_HELLO, 0, 0, b.data, b.size);
}

void guest_put_begin(struct guest *g, uint64_t number, const struct ls_begin *begin)
{
	ENCODE(begin, begin, b);
	guest_put_frame(g, LS_FRAME_BEGIN, number, 0, b.data, b.size);
}

void guest_put_data(struct guest *g, uint64_t number, const void *bytes, size_t n)
{
	for (size_t at = 0; at < n; at += DATA_SIZE) {
		size_t part = n - at < DATA_SIZE ? n - at : DATA_SIZE;
		guest_put_frame(g, LS_FRAME_DATA, number, at, (const uint8_t *)bytes + at, part);
	}
}

void guest_put_end(struct guest *g, uint64_t number, uint64_t size, const struct ls_digest *sha256)
{
	struct ls_end end = { .sha256 = *sha256 };
	ENCODE(end, &end, b);
	guest_put_frame(g, LS_FRAME_END, number, size, b.data, b.size);
}

void guest_put_abort(struct guest *g, uint64_t number, uint8_t reason)
{
	struct ls_abort value = { .reason = reason, .text = { "hostile", 7 } };
	ENCODE(abort, &value, b);
	guest_put_frame(g, LS_FRAME_ABORT, number, 0, b.data, b.size);
}

void guest_put_beat(struct guest *g, const struct ls_beat *beat)
{
	ENCODE(beat, beat, b);
	guest_put_frame(g, LS_FRAME_BEAT, 0, 0, b.data, b.size);
}

void guest_put_file(struct guest *g, uint64_t number, const struct ls_begin *begin,
		    const void *bytes, size_t n)
{
	guest_put_begin(g, number, begin);
	guest_put_data(g, number, bytes, n);
	guest_put_end(g, number, n, &begin->sha256);
}

void guest_put_text(struct guest *g, uint64_t number, const char *name, const char *text)
{
	struct ls_begin begin = guest_claim(name, strlen(name), text, strlen(text));
	guest_put_file(g, number, &begin, text, strlen(text));
}

/* --- the honest exporter ------------------------------------------------------------------------
 */

/* h(n) = SHA-256( h(n-1) | n | SHA-256 of file n ) */
static void chain_next(struct ls_digest *chain, uint64_t number, const struct ls_digest *sha256)
{
	uint8_t bytes[2 * LS_DIGEST_SIZE + 8];
	memcpy(bytes, chain->bytes, LS_DIGEST_SIZE);
	put_be(bytes + LS_DIGEST_SIZE, number, 8);
	memcpy(bytes + LS_DIGEST_SIZE + 8, sha256->bytes, LS_DIGEST_SIZE);
	guest_sha256(bytes, sizeof(bytes), chain);
}

static void honest_hello(struct guest *g)
{
	struct ls_hello hello = { .run_id = "honest",
				  .clock = guest_clock(),
				  .beat_interval = BEAT_MS,
				  .last = g->honest_last,
				  .chain = g->honest_chain,
				  .version = { "honest", 6 },
				  .watch_count = 1,
				  .watch = { { "/instrument/results", 19 } } };
	guest_put_hello(g, &hello);
}

static void honest_beat(struct guest *g)
{
	struct ls_beat beat = { .clock = guest_clock(),
				.last = g->honest_last,
				.chain = g->honest_chain,
				.sent = g->honest_last };
	guest_sha256("", 0, &beat.outbox);
	guest_put_beat(g, &beat);
}

static void swap_sessions(struct guest *g)
{
	uint8_t session[LS_FRAME_SESSION_SIZE];
	memcpy(session, g->session, sizeof(session));
	memcpy(g->session, g->honest_session, sizeof(session));
	memcpy(g->honest_session, session, sizeof(session));
	uint64_t frame = g->frame;
	g->frame = g->honest_frame;
	g->honest_frame = frame;
}

void honest_file(struct guest *g, const char *name, const void *bytes, size_t n)
{
	struct ls_begin begin = guest_claim(name, strlen(name), bytes, n);
	swap_sessions(g);
	guest_put(g, "", 1); /* as after opening the port */
	honest_hello(g);
	chain_next(&g->honest_chain, ++g->honest_last, &begin.sha256);
	guest_put_file(g, g->honest_last, &begin, bytes, n);
	honest_beat(g);
	guest_flush(g);
	swap_sessions(g);
}

void honest_name(unsigned i, const char *attack, char name[static 64])
{
	snprintf(name, 64, "honest-%02u-%s.txt", i, attack);
}

int honest_content(unsigned i, const char *attack, struct ls_buffer *b)
{
	for (unsigned line = 1; line <= HONEST_LINES; line++)
		ls_buffer_printf(b, "honest file %u, after the attack '%s', line %u\n", i, attack,
				 line);
	return ls_buffer_error(b);
}
