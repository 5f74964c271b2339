/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes, split anyhow: the same frames and faults; and what was decoded encodes to itself. */
#include <stdlib.h>
#include <string.h>

#include "diode/wire/crc32c.h"
#include "diode/wire/frame.h"
#include "diode/wire/frame_mutate.h"

static struct ls_frame_stream stream;

static void check_again(const struct ls_frame *f)
{
	static uint8_t wire[LS_FRAME_WIRE_MAX];
	static struct ls_frame_stream again;
	struct ls_frame g;
	size_t n = ls_frame_encode(f, wire), used;
	ls_frame_stream_init(&again);
	if (ls_frame_stream_take(&again, wire, n, &used, &g, NULL) != 1 || g.size != f->size ||
	    memcmp(g.payload, f->payload, f->size) != 0 || g.offset != f->offset)
		abort();
}

/* One number for all that a stream says. */
static uint32_t run(const uint8_t *data, size_t n, size_t piece)
{
	uint32_t sum = 0;
	ls_frame_stream_init(&stream);
	for (size_t at = 0, used; at < n; at += used) {
		struct ls_frame f;
		size_t give = n - at < piece ? n - at : piece;
		int rc = ls_frame_stream_take(&stream, data + at, give, &used, &f, NULL);
		sum = rc ? ls_crc32c(sum, &rc, sizeof(rc)) : sum;
		sum = rc < 0 ? ls_crc32c(sum, &stream.fault, sizeof(stream.fault)) : sum;
		if (rc != 1)
			continue;
		sum = ls_crc32c(sum, f.payload, f.size);
		check_again(&f);
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 0 && run(data + 1, n - 1, SIZE_MAX) != run(data + 1, n - 1, data[0] % 97u + 1))
		abort();
	return 0;
}
