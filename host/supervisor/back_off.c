/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/back_off.h"

int ls_back_off_next(struct ls_back_off *b, int64_t now_ms)
{
	if (b->ms == 0 || now_ms - b->last > LS_BACK_OFF_QUIET_MS)
		b->ms = LS_BACK_OFF_FIRST_MS;
	else if (2 * b->ms > LS_BACK_OFF_LAST_MS)
		b->ms = LS_BACK_OFF_LAST_MS;
	else
		b->ms *= 2;
	b->last = now_ms + b->ms;
	return b->ms;
}
