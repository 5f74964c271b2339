/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed heartbeat, by which an auditor tells between which times a result was sealed. */
#include "host/supervisor/supervisor.h"

void ls_heartbeat(struct ls_supervisor *s)
{
	int64_t now = ls_now_ms();
	if (!s->is_ready || s->is_sealing_over || s->is_stopping || now < s->heartbeat_at)
		return;
	bool is_first = s->heartbeat_at ==
			0; /* the machine's start is sealed, which does as well */
	s->heartbeat_at = now + 1000 * (int64_t)s->policy->signing.heartbeat_every;
	if (!is_first)
		ls_seal_event(s, "heartbeat", "regular");
}
