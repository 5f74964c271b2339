/* SPDX-License-Identifier: Apache-2.0 */
/* What is handed in from outside, in labseald's loop: countersignatures (countersign.h), time
 * stamps (stamps.h). */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/log.h"
#include "lib/proc/handover.h"
#include "lib/proc/protocol.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/record.h"

static struct ls_countersign_place place_of(const struct ls_supervisor *s)
{
	return (struct ls_countersign_place){ .state_fd = s->state_fd,
					      .share_fd = s->share_fd,
					      .instrument = s->policy->instrument.id,
					      .development = s->policy->development };
}

static int send_event(struct ls_supervisor *s, const struct ls_digest *key, const char *kind,
		      const struct ls_buffer *detail, struct ls_error *err)
{
	struct timespec now;
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	clock_gettime(CLOCK_REALTIME, &now);
	const struct ls_event event = {
		.key = *key,
		.host_time = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
		.kind = { (const uint8_t *)kind, strlen(kind) },
		.detail = { detail->data, detail->size },
	};
	if (ls_encode_event(&event, &body) < 0)
		return ls_fail(err, -ENOMEM, "events.memory", "out of memory for an event");
	return ls_message_send(s->children.channel, LS_MSG_EVENT, body.data, body.size, err);
}

/* A time stamp that the notary made. */
static void look_for_stamp(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer detail;
	ls_buffer_init(&detail, LS_DETAIL_MAX);
	int rc = ls_stamps_look(&s->stamps, ls_now_ms(), &detail, &err);
	if (rc < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	if (rc <= 0)
		return;
	if (send_event(s, &s->stamps.key, LS_TIME_STAMP_EVENT, &detail, &err) < 0)
		ls_signing_trouble(s, &err);
	else
		ls_stamps_sent(&s->stamps, ls_now_ms());
}

/* Seal 0: the enclave does not seal what is no JSON object. */
static void stamp_done(struct ls_supervisor *s, const struct ls_digest *key, uint64_t seal)
{
	struct ls_error err = { 0 };
	int rc = ls_stamps_done(&s->stamps, key, seal != 0, &err);
	if (err.code < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	if (rc <= 0)
		return;
	if (seal == 0) {
		ls_log(LS_LOG_ERROR, "stamps.refused",
		       "what the notary handed over is no time stamp, and is not sealed: was it "
		       "taken over?");
		return;
	}
	s->status.time_stamp = time(NULL);
	ls_status_changed(s, NULL);
	ls_log(LS_LOG_INFO, "stamps.sealed", "a time stamp is sealed as seal %llu",
	       (unsigned long long)seal);
}

void ls_handed_in_look(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	struct ls_countersign_place place = place_of(s);
	if (!s->is_ready || s->signing_failed || s->is_stopping)
		return;
	look_for_stamp(s);
	if (ls_countersign_look(&s->countersign, &place, ls_now_ms(), &err) < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
}

void ls_handed_in_judged(struct ls_supervisor *s, int status)
{
	struct ls_error err = { 0 };
	struct ls_countersign_place place = place_of(s);
	_cleanup_buffer_ struct ls_buffer detail;
	ls_buffer_init(&detail, LS_RECORD_DETAIL_MAX);
	int rc = ls_countersign_judged(&s->countersign, &place, status, ls_now_ms(), &detail, &err);
	if (rc < 0) {
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
		return;
	}
	if (!s->is_ready || s->signing_failed) {
		ls_countersign_again(&s->countersign);
	} else if (send_event(s, &s->countersign.key, LS_COUNTERSIGNATURE_EVENT, &detail, &err) <
		   0) {
		ls_countersign_again(&s->countersign);
		ls_signing_trouble(s, &err);
	} else {
		ls_countersign_sent(&s->countersign);
	}
}

void ls_handed_in_sealed(struct ls_supervisor *s, const struct ls_digest *key, uint64_t seal)
{
	struct ls_error err = { 0 };
	struct ls_countersign_place place = place_of(s);
	stamp_done(s, key, seal);
	int rc = ls_countersign_sealed(&s->countersign, &place, key, &err);
	if (rc < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	if (rc == 1)
		ls_log(LS_LOG_INFO, "countersign.sealed",
		       "a countersignature is sealed as seal %llu", (unsigned long long)seal);
}
