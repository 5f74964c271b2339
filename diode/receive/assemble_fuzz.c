/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any run of frames: the assembler keeps its promises to the sink.  A frame is
 * type, record, offset, size, payload; a BEGIN of one byte n is made honest: a
 * file of n bytes 'x' with its SHA-256, so that files also get finished.
 */
#include "diode/receive/assemble_sink.h"

static const uint8_t xs[256] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";

static void honest(struct ls_begin *begin, uint8_t n)
{
	*begin = (struct ls_begin){ .size = n % 64, .name = { .data = "n", .size = 1 } };
	ls_sha256_buffer(xs, begin->size, &begin->sha256);
}

static void give(struct ls_assembler *a, const uint8_t *p, size_t n)
{
	struct ls_frame f = {
		.type = p[0], .record = p[1] % 8, .offset = p[2], .payload = p + 4, .size = n
	};
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	struct ls_begin begin;
	if (n == 1 && (f.type == LS_FRAME_BEGIN || f.type == LS_FRAME_END)) {
		honest(&begin, p[4]);
		struct ls_end end = { .sha256 = begin.sha256 };
		if (f.type == LS_FRAME_BEGIN)
			ls_encode_begin(&begin, &b);
		else
			ls_encode_end(&end, &b);
		f.payload = b.data;
		f.size = b.size;
	} else if (n == 1) {
		f.payload = xs;
		f.size = p[4] % 64;
	}
	ls_assembler_take(a, &f, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct ls_limits limits;
	struct test_sink t;
	struct ls_assembler *a = NULL;
	ls_limits_defaults(&limits);
	test_sink_init(&t);
	if (ls_assembler_new(&limits, &t.sink, &a, NULL) < 0)
		return 0;
	for (size_t at = 0; n - at >= 4 && (size_t)data[at + 3] <= n - at - 4;
	     at += 4u + data[at + 3])
		give(a, data + at, data[at + 3]);
	if (t.opened_at_once > limits.open_files)
		abort();
	ls_assembler_free(a);
	return 0;
}
