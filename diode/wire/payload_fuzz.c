/* SPDX-License-Identifier: Apache-2.0 */
/* Any payload of any type: refused, or encoded to the same bytes again. */
#include <stdlib.h>
#include <string.h>

#include "diode/wire/frame.h"
#include "diode/wire/payload.h"

#define TRY(kind)                                                              \
	do {                                                                   \
		struct ls_##kind v_;                                           \
		if (ls_decode_##kind(data + 1, n - 1, &v_, NULL) == 0)         \
			check(ls_encode_##kind(&v_, &b), &b, data + 1, n - 1); \
	} while (0)

static void check(int rc, const struct ls_buffer *b, const uint8_t *bytes, size_t n)
{
	if (rc < 0 || b->size != n || (n > 0 && memcmp(b->data, bytes, n) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	if (n == 0 || n > LS_FRAME_PAYLOAD_MAX)
		return 0;
	switch (data[0]) {
	case LS_FRAME_HELLO: TRY(hello); break;
	case LS_FRAME_BEGIN: TRY(begin); break;
	case LS_FRAME_END: TRY(end); break;
	case LS_FRAME_ABORT: TRY(abort); break;
	case LS_FRAME_BEAT: TRY(beat); break;
	case LS_FRAME_MANIFEST: TRY(manifest); break;
	default: break;
	}
	return 0;
}
