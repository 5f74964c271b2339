/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/approval_event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/supervisor/state.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/number.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"

/* Now, nanoseconds since 1970. */
static int64_t clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Its kind and its detail are its key: the same again is no news. */
static int send_event(const char *kind, const char *detail, int channel, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer named, body;
	struct ls_event event = {
		.host_time = clock_now(),
		.kind = { (const uint8_t *)kind, strlen(kind) },
		.detail = { (const uint8_t *)detail, strlen(detail) },
	};
	ls_buffer_init(&named, LS_DETAIL_MAX);
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	ls_buffer_printf(&named, "labseal/approval-event/v1\n%s\n%s\n", kind, detail);
	if (ls_buffer_error(&named) == 0)
		ls_sha256_buffer(named.data, named.size, &event.key);
	if (ls_buffer_error(&named) < 0 || ls_encode_event(&event, &body) < 0)
		return ls_fail(err, -ENOMEM, "approval.memory", "out of memory for an event");
	return ls_message_send(channel, LS_MSG_EVENT, body.data, body.size, err);
}

int ls_approval_event_send(const struct ls_approval *approval, int channel, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer json;
	ls_buffer_init(&json, LS_APPROVAL_SIZE_MAX);
	int rc = ls_approval_format(approval, &json, err);
	return rc < 0 ? rc : send_event("approval", ls_buffer_str(&json), channel, err);
}

/* "VERSION COUNTER TIME" LF */
static int parse(const struct ls_buffer *text, struct ls_retirement *ret)
{
	struct ls_reader r;
	const char *word;
	size_t n;
	ls_reader_init(&r, text->data, text->size);
	if (ls_read_until(&r, ' ', &word, &n) < 0 || ls_parse_u64(word, n, &ret->version) < 0 ||
	    ls_read_until(&r, ' ', &word, &n) < 0 || ls_parse_u64(word, n, &ret->counter) < 0 ||
	    ls_read_until(&r, '\n', &word, &n) < 0 || ls_utc_parse(word, n, &ret->when) < 0)
		return -EBADMSG;
	return ls_reader_end(&r);
}

int ls_retirement_read(int state_fd, struct ls_retirement *ret_retirement, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_RETIRED_SIZE);
	int rc = ls_file_read(state_fd, LS_STATE_RETIRED, &text, err);
	if (rc < 0)
		return rc;
	return parse(&text, ret_retirement) == 0
		       ? 0
		       : ls_fail(err, -EBADMSG, "approval.retired",
				 "'%s' is damaged; retire the approval again (labseal approve "
				 "--retire)",
				 LS_STATE_RETIRED);
}

int ls_retired_event_send(int state_fd, uint64_t tpm_counter, int channel, struct ls_error *err)
{
	struct ls_retirement retired;
	char detail[256], utc[LS_UTC_SIZE];
	struct ls_error why = { 0 };
	int rc = ls_retirement_read(state_fd, &retired, &why);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return ls_fail(err, rc, why.id, "%s", why.message);
	if (tpm_counter <= retired.counter) {
		ls_log(LS_LOG_WARNING, "approval.unretired",
		       "the retirement of approval %llu was begun and not finished; it still "
		       "holds: retire it again (labseal approve --retire)",
		       (unsigned long long)retired.version);
		return 0;
	}
	snprintf(detail, sizeof(detail),
		 "{\"version\": %llu, \"counter\": %llu, \"retired\": \"%s\"}",
		 (unsigned long long)retired.version, (unsigned long long)retired.counter,
		 ls_utc_format(retired.when, utc));
	return send_event("approval-retired", detail, channel, err);
}
