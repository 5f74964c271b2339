/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a peer sends: each decoder takes it or refuses it, and what it takes it writes back the
 * same. */
#include <stdlib.h>
#include <string.h>

#include "lib/proc/protocol.h"

#define TRY(name)                                                                    \
	do {                                                                         \
		static struct ls_##name value;                                       \
		_cleanup_buffer_ struct ls_buffer again = { .max = LS_MESSAGE_MAX }; \
		if (ls_decode_##name(&message, &value, NULL) == 0 &&                 \
		    (ls_encode_##name(&value, &again) < 0 || again.size != size ||   \
		     (size > 0 && memcmp(again.data, data, size) != 0)))             \
			abort();                                                     \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_message message = { .type = 1, .body = data, .size = size };
	TRY(delivery);
	TRY(delivery_done);
	TRY(delivery_refused);
	TRY(event);
	TRY(event_done);
	TRY(payload);
	TRY(seal);
	TRY(evidence);
	TRY(resume);
	TRY(log_proof);
	TRY(start);
	TRY(calibration);
	TRY(sealed);
	TRY(failed);
	TRY(report_request);
	TRY(report_answer);
	uint64_t seal;
	ls_decode_published(&message, &seal, NULL);
	return 0;
}
