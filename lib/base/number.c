/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/number.h"

#include <errno.h>

int ls_parse_u64(const char *text, size_t length, uint64_t *ret_value)
{
	if (length == 0 || (text[0] == '0' && length > 1))
		return -EBADMSG;
	uint64_t value = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EBADMSG;
		uint64_t digit = (uint64_t)(text[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return 0;
}
