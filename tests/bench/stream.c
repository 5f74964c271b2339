/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "tests/bench/measure.h"

const char *const bench_content_names[BENCH_CONTENTS] = { "random bytes", "zeros", "text",
							  "16-bit samples below 256",
							  "half zeros in no order" };

/* splitmix64 (Steele, Lea, Flood, OOPSLA 2014) */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

void bench_fill(enum bench_content kind, uint64_t seed, void *bytes, size_t n)
{
	uint8_t *p = bytes;
	memset(p, 0, n);
	if (kind == BENCH_ZEROS) {
		memcpy(p, &seed, n < sizeof(seed) ? n : sizeof(seed)); /* files differ */
		return;
	}
	for (size_t at = 0; at < n; at += sizeof(uint64_t)) {
		uint64_t word = next(&seed);
		if (kind == BENCH_TEXT)
			word = (word & 0x0f0f0f0f0f0f0f0fULL) | 0x6060606060606060ULL;
		if (kind == BENCH_SAMPLES)
			word &= 0x00ff00ff00ff00ffULL;
		if (kind == BENCH_HALF) /* the byte stays where its lowest bit is set */
			word &= (word & 0x0101010101010101ULL) * 0xff;
		memcpy(p + at, &word, n - at < sizeof(word) ? n - at : sizeof(word));
	}
}

struct maker {
	struct bench_stream *s;
	struct ls_frame frame;
};

static void put(struct maker *m, enum ls_frame_type type, const void *payload, size_t n)
{
	m->frame.type = (uint8_t)type;
	m->frame.payload = payload;
	m->frame.size = n;
	m->s->size += ls_frame_encode(&m->frame, m->s->bytes + m->s->size);
	m->s->ends[m->s->frames++] = m->s->size;
	m->frame.number++;
}

static void put_hello(struct maker *m)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	struct ls_hello hello = { .beat_interval = 3000, .version = { "bench", 5 } };
	ls_encode_hello(&hello, &b);
	put(m, LS_FRAME_HELLO, b.data, b.size);
}

static void put_file(struct maker *m, const uint8_t *bytes, size_t n)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	char name[32];
	struct ls_begin begin = { .size = n, .attempt = 1 };
	ls_sha256_buffer(bytes, n, &begin.sha256);
	begin.name.data = name;
	begin.name.size = (size_t)snprintf(name, sizeof(name), "run %llu.eds",
					   (unsigned long long)m->frame.record);
	ls_encode_begin(&begin, &b);
	m->frame.offset = 0;
	put(m, LS_FRAME_BEGIN, b.data, b.size);
	for (; m->frame.offset < n; m->frame.offset += m->frame.size) {
		size_t left = n - (size_t)m->frame.offset;
		put(m, LS_FRAME_DATA, bytes + m->frame.offset,
		    left < LS_FRAME_PAYLOAD_MAX ? left : LS_FRAME_PAYLOAD_MAX);
	}
	ls_buffer_clear(&b);
	ls_encode_end(&(struct ls_end){ begin.sha256 }, &b);
	put(m, LS_FRAME_END, b.data, b.size);
}

void bench_stream_make(enum bench_content kind, size_t files, size_t file_size,
		       struct bench_stream *ret)
{
	size_t data = file_size / LS_FRAME_PAYLOAD_MAX + 1;
	size_t frames = 1 + files * (2 + data);
	struct bench_stream s = { .payload = (uint64_t)files * file_size };
	s.bytes = malloc(files * (file_size + file_size / 254 + (data + 2) * 512) +
			 2 * LS_FRAME_WIRE_MAX);
	s.ends = calloc(frames, sizeof(*s.ends));
	_cleanup_free_ uint8_t *bytes = malloc(file_size);
	if (!s.bytes || !s.ends || !bytes)
		bench_die("out of memory for %zu files of %zu bytes", files, file_size);
	struct maker m = { .s = &s, .frame = { .run = 1, .session = "bench" } };
	put_hello(&m);
	for (size_t i = 0; i < files; i++) {
		bench_fill(kind, i + 1, bytes, file_size);
		m.frame.record++;
		put_file(&m, bytes, file_size);
	}
	*ret = s;
}

void bench_stream_free(struct bench_stream *s)
{
	free(s->bytes);
	free(s->ends);
	*s = (struct bench_stream){ 0 };
}

void bench_stream_write(const struct bench_stream *s, int fd)
{
	size_t at = 0;
	for (size_t i = 0; i < s->frames; at = s->ends[i++]) {
		int rc = ls_write_all(fd, s->bytes + at, s->ends[i] - at);
		if (rc < 0)
			bench_die("cannot write to the channel: %s", strerror(-rc));
	}
}
