/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a unit: what is read is finite, equals itself and converts to and fro. */
#include <math.h>

#include "lib/cal/unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_unit u;
	struct ls_error err = { 0 };
	char symbol[LS_UNIT_SYMBOL_SIZE];
	ls_unit_symbol((const char *)data, size, symbol);
	if (ls_unit_parse((const char *)data, size, &u, &err) < 0) {
		if (!err.id[0] || !err.message[0])
			__builtin_trap();
		return 0;
	}
	double back;
	if (!isfinite(u.factor) || u.factor <= 0 || !ls_unit_equal(&u, &u) ||
	    ls_unit_convert_value(3, &u, &u, &back) < 0 || back != 3)
		__builtin_trap();
	(void)ls_unit_quantity(&u);
	return 0;
}
