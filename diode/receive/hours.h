/* SPDX-License-Identifier: Apache-2.0 */
/* How many files were accepted in the last 24 hours, by the hour. */
#ifndef LABSEAL_DIODE_RECEIVE_HOURS_H
#define LABSEAL_DIODE_RECEIVE_HOURS_H

#include <stddef.h>
#include <stdint.h>

#include "diode/receive/ledger.h"

#define LS_HOURS 24

struct ls_hours {
	uint64_t count[LS_HOURS]; /* of each hour, by hour % LS_HOURS ... */
	int64_t last;		  /* ... up to this hour since 1970 */
};

/* Times are ns since 1970.  A clock that was set back forgets what was counted. */
void ls_hours_init(struct ls_hours *hours, int64_t now);

/* One file was accepted then; one of more than a day ago, or of the future, is not counted. */
void ls_hours_add(struct ls_hours *hours, int64_t time);

uint64_t ls_hours_sum(struct ls_hours *hours, int64_t now);

/* Add what the ledger's tables have, and what is to be folded into them; returns how many. */
void ls_hours_recall(struct ls_hours *hours, struct ls_ledger *ledger);
size_t ls_hours_states(struct ls_hours *hours, int64_t now,
		       struct ls_ledger_record records[static LS_HOURS]);

#endif
