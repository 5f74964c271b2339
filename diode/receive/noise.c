/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/noise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ll

struct ls_noise {
	struct ls_events *events;
	struct ls_noise_counts told; /* what the events so far have */
	int64_t since;		     /* when the first came that is not told, ns; 0: none */
	int64_t last;		     /* when the last event was made, ns; 0: never */
	int64_t wait;		     /* from then to the next, ns */
};

int ls_noise_new(struct ls_events *events, struct ls_noise **ret_noise, struct ls_error *err)
{
	struct ls_noise *n = calloc(1, sizeof(*n));
	if (!n)
		return ls_fail(err, -ENOMEM, "diode.noise.memory", "out of memory for counts");
	n->events = events;
	*ret_noise = n;
	return 0;
}

struct ls_noise *ls_noise_free(struct ls_noise *n)
{
	free(n);
	return NULL;
}

static json_t *detail_of(const struct ls_noise *n, const struct ls_noise_counts *seen, int64_t now)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "reason", "noise",
			 "bad-frames", ls_json_u64(seen->bad_frames - n->told.bad_frames),
			 "malformed", ls_json_u64(seen->malformed - n->told.malformed),
			 "disordered", ls_json_u64(seen->disordered - n->told.disordered),
			 "unknown", ls_json_u64(seen->unknown - n->told.unknown), "no-session",
			 ls_json_u64(seen->no_session - n->told.no_session), "lost-frames",
			 ls_json_u64(seen->lost_frames - n->told.lost_frames), "from",
			 (json_int_t)(n->since / SECOND), "until", (json_int_t)(now / SECOND));
}

/* A clock that was set back makes it due. */
static bool is_due(const struct ls_noise *n, int64_t now)
{
	return n->last == 0 || now < n->last || now - n->last >= n->wait;
}

static int64_t next_wait(const struct ls_noise *n, int64_t now)
{
	if (n->last == 0 || now - n->last >= 2 * LS_NOISE_LAST * SECOND)
		return LS_NOISE_FIRST * SECOND;
	return 2 * n->wait < LS_NOISE_LAST * SECOND ? 2 * n->wait : LS_NOISE_LAST * SECOND;
}

int ls_noise_tick(struct ls_noise *n, const struct ls_noise_counts *seen, int64_t now, bool at_end,
		  struct ls_error *err)
{
	if (memcmp(seen, &n->told, sizeof(*seen)) == 0)
		return 0;
	if (n->since == 0)
		n->since = now;
	if (!at_end && !is_due(n, now))
		return 0;
	enum ls_event_outcome outcome;
	int rc = ls_events_add(n->events, "refused", detail_of(n, seen, now), now, &outcome, err);
	if (rc < 0)
		return rc;
	n->wait = next_wait(n, now);
	n->last = now;
	if (outcome == LS_EVENT_COUNTED)
		return 0; /* no room among the events: it stays untold, and is tried again */
	n->told = *seen;
	n->since = 0;
	return 0;
}
