/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next try of something that fails again and again. */
#ifndef LABSEAL_HOST_SUPERVISOR_BACK_OFF_H
#define LABSEAL_HOST_SUPERVISOR_BACK_OFF_H

#include <stdint.h>

#define LS_BACK_OFF_FIRST_MS 1000
#define LS_BACK_OFF_LAST_MS  30000
#define LS_BACK_OFF_QUIET_MS \
	60000 /* after so long without trouble the next one counts as the first */

struct ls_back_off {
	int64_t last; /* when the last wait was over; monotonic, ms */
	int ms;
};

/* In ms: twice as long as the last time, from the first to the last of the above. */
int ls_back_off_next(struct ls_back_off *b, int64_t now_ms);

#endif
