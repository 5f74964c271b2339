/* SPDX-License-Identifier: Apache-2.0 */
/* For benches alone: what an exporter would send for a number of files, made in advance. */
#ifndef LABSEAL_TESTS_BENCH_STREAM_H
#define LABSEAL_TESTS_BENCH_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum bench_content {
	BENCH_RANDOM,
	BENCH_ZEROS,
	BENCH_TEXT,
	BENCH_SAMPLES,
	BENCH_HALF, /* what COBS is slowest with */
	BENCH_CONTENTS
};

extern const char *const bench_content_names[BENCH_CONTENTS];

/* Fill with bytes of a kind; the same seed gives the same bytes. */
void bench_fill(enum bench_content kind, uint64_t seed, void *bytes, size_t n);

struct bench_stream {
	uint8_t *bytes; /* owned */
	size_t size;
	size_t *ends; /* owned: where each frame ends, as one write ends */
	size_t frames;
	uint64_t payload; /* bytes of all files */
};

/* HELLO, then files of one size: BEGIN, DATA as large as they may be, END.  Files differ. */
void bench_stream_make(enum bench_content kind, size_t files, size_t file_size,
		       struct bench_stream *ret);
void bench_stream_free(struct bench_stream *s);

/* Write it frame by frame, as a guest does; fd blocks. */
void bench_stream_write(const struct bench_stream *s, int fd);

#endif
