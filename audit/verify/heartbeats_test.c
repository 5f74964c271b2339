/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/heartbeats.h"

#include <stdio.h>

#include "lib/base/test.h"

static void tell(struct ls_heartbeats *h, uint64_t seal, const char *event)
{
	struct ls_record r = { .kind = event ? LS_SEAL_EVENT : LS_SEAL_RESULT,
			       .seal = seal,
			       .received = (int64_t)(1767225600 + seal * 60) * 1000 };
	snprintf(r.event, sizeof(r.event), "%s", event ? event : "");
	ls_heartbeats_tell(h, &r);
}

TEST(a_seal_lies_between_two_of_them)
{
	char said[LS_HEARTBEATS_SENTENCE];
	struct ls_heartbeats h;
	ls_heartbeats_init(&h);
	CHECK_STR_EQ(ls_heartbeats_sentence(&h, 1, said), "no later heartbeat");
	tell(&h, 9, "heartbeat"); /* as threads come */
	tell(&h, 3, NULL);
	tell(&h, 2, "vm-start");
	tell(&h, 5, "gap");
	tell(&h, 12, "vm-stop");
	ls_heartbeats_sort(&h);
	CHECK_INT_EQ(h.count, 3);
	CHECK_STR_EQ(ls_heartbeats_sentence(&h, 1, said),
		     "before vm-start 2 (2026-01-01T00:02:00Z)");
	CHECK_STR_EQ(ls_heartbeats_sentence(&h, 3, said),
		     "after vm-start 2 (2026-01-01T00:02:00Z) and before heartbeat 9 "
		     "(2026-01-01T00:09:00Z)");
	CHECK_STR_EQ(ls_heartbeats_sentence(&h, 9, said), /* itself is not its own */
		     "after vm-start 2 (2026-01-01T00:02:00Z) and before vm-stop 12 "
		     "(2026-01-01T00:12:00Z)");
	CHECK_STR_EQ(ls_heartbeats_sentence(&h, 13, said),
		     "after vm-stop 12 (2026-01-01T00:12:00Z), no later heartbeat");
	ls_heartbeats_free(&h);
}

TEST_MAIN()
