/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses: an ELF file's head, or the dynamic loader's answer. */
#include <stddef.h>
#include <stdint.h>

#include "host/supervisor/closure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_closure closure;
	char path[LS_CLOSURE_PATH_SIZE];
	struct ls_error err;
	if (size == 0)
		return 0;
	closure.count = 0;
	if (data[0] & 1)
		ls_closure_interpreter(data + 1, size - 1, path, &err);
	else
		ls_closure_parse((const char *)data + 1, size - 1, &closure, &err);
	return 0;
}
