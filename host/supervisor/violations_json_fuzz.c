/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine's process may send: a judgement that is taken is sent on as it came. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/supervisor/machine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_violations a, b;
	struct ls_error err;
	struct ls_machine_report report;
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_message m = { .type = LS_MSG_MACHINE_JUDGED, .body = data, .size = size };
	ls_buffer_init(&text, LS_MESSAGE_MAX);
	ls_machine_report_decode(&m, &report, &err);
	if (ls_machine_judged_decode(&m, &a, &err) < 0)
		return 0;
	if (ls_machine_judged_encode(&a, &text) < 0)
		abort();
	m.body = text.data;
	m.size = text.size;
	if (ls_machine_judged_decode(&m, &b, &err) < 0 || !ls_violations_equal(&a, &b))
		abort();
	return 0;
}
