/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/events.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/base/text.h"
#include "lib/proc/protocol.h"

int ls_events_init(struct ls_events *events, struct ls_error *err)
{
	*events = (struct ls_events){ 0 };
	if (getrandom(events->run, sizeof(events->run), 0) != (ssize_t)sizeof(events->run))
		return ls_fail_errno(err, EIO, "events.random", "cannot name this run");
	return 0;
}

static void make_key(const struct ls_events *events, const char *kind, struct ls_digest *ret_key)
{
	char run[2 * sizeof(events->run) + 1], text[128];
	ls_hex_encode(events->run, sizeof(events->run), run);
	int n = snprintf(text, sizeof(text), "labseal/supervisor-event/v1\n%s\n%llu\n%s\n", run,
			 (unsigned long long)events->number, kind);
	ls_sha256_buffer(text, (size_t)n, ret_key);
}

int ls_events_tell(struct ls_events *events, const char *kind, const char *detail,
		   struct ls_error *err)
{
	struct timespec now;
	int rc = 0;
	if (strlen(kind) >= LS_EVENT_KIND_ROOM || strlen(detail) >= LS_EVENT_DETAIL_ROOM)
		return ls_fail(err, -EINVAL, "events.size", "the event '%s' is too large", kind);
	if (events->count == LS_EVENTS_MAX) {
		rc = ls_fail(err, -ENOBUFS, "events.lost",
			     "too many events wait to be sealed; '%s' is lost",
			     events->pending[0].kind);
		memmove(events->pending, events->pending + 1,
			--events->count * sizeof(events->pending[0]));
	}
	clock_gettime(CLOCK_REALTIME, &now);
	struct ls_pending_event *e = &events->pending[events->count++];
	*e = (struct ls_pending_event){ .time = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec };
	snprintf(e->kind, sizeof(e->kind), "%s", kind);
	snprintf(e->detail, sizeof(e->detail), "%s", detail);
	events->number++;
	make_key(events, kind, &e->key);
	return rc;
}

static int send_one(const struct ls_pending_event *e, int channel, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	struct ls_event event = {
		.key = e->key,
		.host_time = e->time,
		.kind = { (const uint8_t *)e->kind, strlen(e->kind) },
		.detail = { (const uint8_t *)e->detail, strlen(e->detail) },
	};
	if (ls_encode_event(&event, &body) < 0)
		return ls_fail(err, -ENOMEM, "events.memory", "out of memory for an event");
	return ls_message_send(channel, LS_MSG_EVENT, body.data, body.size, err);
}

int ls_events_send(const struct ls_events *events, size_t from, int channel, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = from; rc == 0 && i < events->count; i++)
		rc = send_one(&events->pending[i], channel, err);
	return rc;
}

void ls_events_done(struct ls_events *events, const struct ls_digest *key)
{
	size_t kept = 0;
	for (size_t i = 0; i < events->count; i++)
		if (!ls_digest_equal(&events->pending[i].key, key))
			events->pending[kept++] = events->pending[i];
	events->count = kept;
}
