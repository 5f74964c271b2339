/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire's codec alone, against memcpy + CRC-32C + SHA-256 of the same bytes in
 * pieces of the same size: encode, decode, and decode with the SHA-256 of what
 * came out, which is all that a receiver does to a byte before it writes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/wire/crc32c.h"
#include "diode/wire/frame.h"
#include "lib/base/cleanup.h"
#include "lib/base/hash.h"
#include "tests/bench/measure.h"
#include "tests/bench/stream.h"

#define SIZE   (8u << 20) /* bytes a run */
#define ROUNDS 31
#define CHUNK  (256u << 10) /* what the receiver reads at once */

struct material {
	uint8_t *bytes;		    /* SIZE of them */
	struct bench_stream stream; /* the same, framed */
	struct ls_sha256 hash;
	uint32_t sum; /* of all results, so that no work is left out */
};

static double baseline(struct material *m)
{
	static uint8_t copy[LS_FRAME_PAYLOAD_MAX];
	struct ls_digest digest;
	double start = bench_cpu();
	ls_sha256_init(&m->hash);
	for (size_t at = 0; at < SIZE; at += sizeof(copy)) {
		size_t n = SIZE - at < sizeof(copy) ? SIZE - at : sizeof(copy);
		memcpy(copy, m->bytes + at, n);
		m->sum += ls_crc32c(0, copy, n);
		ls_sha256_update(&m->hash, copy, n);
	}
	ls_sha256_final(&m->hash, &digest);
	m->sum += digest.bytes[0];
	return bench_cpu() - start;
}

static double encode(struct material *m)
{
	static uint8_t wire[LS_FRAME_WIRE_MAX];
	struct ls_frame f = { .type = LS_FRAME_DATA, .run = 1, .record = 1 };
	double start = bench_cpu();
	for (; f.offset < SIZE; f.offset += f.size, f.number++) {
		size_t left = SIZE - (size_t)f.offset;
		f.payload = m->bytes + f.offset;
		f.size = left < LS_FRAME_PAYLOAD_MAX ? left : LS_FRAME_PAYLOAD_MAX;
		m->sum += (uint32_t)ls_frame_encode(&f, wire);
	}
	return bench_cpu() - start;
}

/* Returns the payload's bytes. */
static uint64_t decode_chunk(struct material *m, struct ls_frame_stream *s, const uint8_t *bytes,
			     size_t n, bool hash)
{
	uint64_t payload = 0;
	for (size_t at = 0, used; at < n; at += used) {
		struct ls_frame f;
		int rc = ls_frame_stream_take(s, bytes + at, n - at, &used, &f, NULL);
		if (rc < 0)
			bench_die("the codec does not read what it wrote");
		if (rc == 1 && f.type == LS_FRAME_DATA) {
			payload += f.size;
			if (hash)
				ls_sha256_update(&m->hash, f.payload, f.size);
		}
	}
	return payload;
}

static double decode(struct material *m, bool hash)
{
	static struct ls_frame_stream s;
	struct ls_digest digest;
	uint64_t payload = 0;
	double start = bench_cpu();
	ls_frame_stream_init(&s);
	ls_sha256_init(&m->hash);
	for (size_t at = 0; at < m->stream.size; at += CHUNK) {
		size_t left = m->stream.size - at;
		payload += decode_chunk(m, &s, m->stream.bytes + at, left < CHUNK ? left : CHUNK,
					hash);
	}
	ls_sha256_final(&m->hash, &digest);
	m->sum += digest.bytes[0];
	if (payload != SIZE)
		bench_die("the codec lost bytes");
	return bench_cpu() - start;
}

static void measure(enum bench_content kind)
{
	struct material m = { .bytes = malloc(SIZE) };
	if (!m.bytes)
		bench_die("out of memory");
	bench_fill(kind, 1, m.bytes, SIZE);
	bench_stream_make(kind, 1, SIZE, &m.stream);
	char names[3][64];
	static const char *const what[3] = { "encode", "decode", "decode + SHA-256" };
	struct bench b[3];
	for (int i = 0; i < 3; i++) {
		snprintf(names[i], sizeof(names[i]), "codec: %s, %s", what[i],
			 bench_content_names[kind]);
		b[i] = (struct bench){ .what = names[i],
				       .baseline = "memcpy + CRC-32C + SHA-256",
				       .aim = 0.9,
				       .bytes = SIZE };
	}
	for (int i = 0; i < ROUNDS; i++) {
		double base = baseline(&m);
		bench_add(&b[0], encode(&m), base);
		bench_add(&b[1], decode(&m, false), base);
		bench_add(&b[2], decode(&m, true), base);
	}
	for (int i = 0; i < 3; i++)
		bench_report(&b[i]);
	ls_sha256_free(&m.hash);
	bench_stream_free(&m.stream);
	free(m.bytes);
}

int main(void)
{
	for (int kind = 0; kind < BENCH_CONTENTS; kind++)
		measure((enum bench_content)kind);
	return 0;
}
