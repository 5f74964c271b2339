/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/hours.h"

#include <string.h>

#define HOUR (3600 * 1000000000ll)

static const uint8_t no_session[LS_SESSION_SIZE];

void ls_hours_init(struct ls_hours *h, int64_t now)
{
	*h = (struct ls_hours){ .last = now / HOUR };
}

static void turn(struct ls_hours *h, int64_t hour)
{
	if (hour - h->last >= LS_HOURS || hour < h->last)
		memset(h->count, 0, sizeof(h->count));
	else
		for (int64_t i = h->last + 1; i <= hour; i++)
			h->count[i % LS_HOURS] = 0;
	h->last = hour;
}

void ls_hours_add(struct ls_hours *h, int64_t time)
{
	int64_t hour = time / HOUR;
	if (hour > h->last - LS_HOURS && hour <= h->last)
		h->count[hour % LS_HOURS]++;
}

uint64_t ls_hours_sum(struct ls_hours *h, int64_t now)
{
	uint64_t sum = 0;
	turn(h, now / HOUR);
	for (int i = 0; i < LS_HOURS; i++)
		sum += h->count[i];
	return sum;
}

void ls_hours_recall(struct ls_hours *h, struct ls_ledger *ledger)
{
	struct ls_ledger_record record;
	for (int64_t hour = h->last; hour > h->last - LS_HOURS && hour >= 0; hour--)
		if (ls_ledger_state(ledger, LS_LEDGER_HOUR, no_session, (uint64_t)hour, &record))
			h->count[hour % LS_HOURS] += record.extra;
}

size_t ls_hours_states(struct ls_hours *h, int64_t now,
		       struct ls_ledger_record records[static LS_HOURS])
{
	size_t count = 0;
	turn(h, now / HOUR);
	for (int64_t hour = h->last; hour > h->last - LS_HOURS && hour >= 0; hour--)
		if (h->count[hour % LS_HOURS] > 0)
			records[count++] = (struct ls_ledger_record){
				.kind = LS_LEDGER_HOUR,
				.key.number = (uint64_t)hour,
				.time = now,
				.extra = h->count[hour % LS_HOURS],
			};
	return count;
}
