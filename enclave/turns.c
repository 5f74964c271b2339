/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sealed next: events and results take turns, so that a flood of one does not
 * keep the other waiting.  And what goes on while the TPM signs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "enclave/serving.h"
#include "lib/base/log.h"

#define NS_PER_S INT64_C(1000000000)

#define PEER(p) (1u << (p))

/* Whether there is something to seal, and room for it at the publisher. */
static bool can_seal(const struct ls_server *s)
{
	return s->is_resumed && s->unpublished_count < LS_UNPUBLISHED_MAX &&
	       (s->held_count > 0 || ls_server_has_results(s));
}

static int seal_next(struct ls_server *s, struct ls_error *err)
{
	s->after_event = s->held_count > 0 && !(s->after_event && ls_server_has_results(s));
	return s->after_event ? ls_server_seal_event(s, err) : ls_server_seal_batch(s, err);
}

/*
 * The host's clock shows an earlier time than the newest seal has: the log says so before
 * it goes on, so that its times never go back silently.
 */
static int seal_step_back(struct ls_server *s, int64_t last, int64_t now, struct ls_error *err)
{
	static const char kind[] = "clock-back";
	char from[LS_UTC_SIZE], to[LS_UTC_SIZE], detail[128];
	int n = snprintf(detail, sizeof(detail), "{\"from\":\"%s\",\"to\":\"%s\",\"after\":%llu}",
			 ls_utc_format(last, from), ls_utc_format(now, to),
			 (unsigned long long)ls_sealer_size(s->sealer));
	struct ls_event event = { .host_time = ls_server_clock(),
				  .kind = { (const uint8_t *)kind, strlen(kind) },
				  .detail = { (const uint8_t *)detail, (size_t)n } };
	ls_sha256_buffer(detail, (size_t)n, &event.key);
	ls_log(LS_LOG_WARNING, "enclave.clock.back",
	       "the clock went back from %s, the newest seal's time, to %s; an event says so; "
	       "check "
	       "the host's clock",
	       from, to);
	return ls_server_seal_own_event(s, &event, err);
}

static int seal_next_in_time(struct ls_server *s, struct ls_error *err)
{
	int64_t last = ls_sealer_last_received(s->sealer), now = ls_server_clock() / NS_PER_S;
	return last > now ? seal_step_back(s, last, now, err) : seal_next(s, err);
}

int ls_server_seal_what_waits(struct ls_server *s, struct ls_error *err)
{
	int rc = 0;
	do {
		if (can_seal(s))
			rc = seal_next_in_time(s, err);
		if (rc < 0 && s->failure.code) /* the TPM has no part in it */
			*err = s->failure;
		if (rc == 0 && s->stop_asked) {
			s->stop_asked = false;
			rc = ls_server_on_stop(s, NULL, err);
		}
	} while (rc == 0 && can_seal(s));
	return rc;
}

/* --- while the TPM works ---------------------------------------------------------------- */

int ls_server_take_other(void *context, const struct ls_message *m, struct ls_error *err)
{
	struct ls_server *s = context;
	if (m->type == LS_MSG_STOP) {
		s->stop_asked = true;
		return 0;
	}
	if (m->type == LS_MSG_EVENT)
		return ls_server_on_supervisor_event(s, m, err);
	if (m->type == LS_MSG_CALIBRATION)
		return ls_server_on_calibration(s, m, err);
	return ls_fail(err, -EPROTO, "enclave.protocol.unexpected",
		       "the supervisor sent message 0x%04x in place of a TPM response", m->type);
}

/* Messages of the publisher and the diode that are here (or, readable, can be): 1, 0 or an error.
 */
static int serve_others(struct ls_server *s, unsigned readable, struct ls_error *err)
{
	int served = 0;
	for (int p = LS_PEER_OUT; p <= LS_PEER_IN; p++) {
		int rc = ls_server_hears(s, p) ? ls_server_serve_one(s, p, readable & PEER(p), err)
					       : 0;
		if (rc < 0)
			s->failure = *err;
		if (rc < 0)
			return rc;
		served = served || rc > 0;
	}
	return served;
}

/* The TPM's answer comes first at every step: it is what all wait for. */
int ls_server_work_meanwhile(void *context, int timeout_ms, struct ls_error *err)
{
	struct ls_server *s = context;
	unsigned readable, peers = PEER(LS_PEER_SUPERVISOR);
	int rc = ls_server_wait(s, peers, 0, &readable, err);
	if (rc < 0 || readable || timeout_ms == 0)
		return rc < 0 ? rc : readable != 0;
	rc = serve_others(s, 0, err);
	if (rc != 0)
		return rc;
	for (int p = LS_PEER_OUT; p <= LS_PEER_IN; p++)
		if (ls_server_hears(s, p))
			peers |= PEER(p);
	rc = ls_server_wait(s, peers, timeout_ms, &readable, err);
	if (rc < 0 || readable == 0 || readable & PEER(LS_PEER_SUPERVISOR))
		return rc < 0 ? rc : readable != 0;
	rc = serve_others(s, readable, err);
	return rc < 0 ? rc : 1;
}
