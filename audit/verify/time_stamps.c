/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/time_stamps.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/log/checkpoint.h"
#include "lib/seal/time_stamp.h"

LS_DEFINE_CLEANUP(json_t *, json_decref)

#define EVENT "time-stamp"

void ls_time_stamps_init(struct ls_time_stamps *t, const struct ls_trust *trust)
{
	*t = (struct ls_time_stamps){ .trust = trust };
	pthread_mutex_init(&t->lock, NULL);
}

void ls_time_stamps_free(struct ls_time_stamps *t)
{
	free(t->received);
	free(t->stamps);
	pthread_mutex_destroy(&t->lock);
}

static bool is_wanted(const struct ls_time_stamps *t)
{
	return t->trust && t->trust->third_parties.ca_count > 0;
}

void ls_time_stamps_begin(struct ls_time_stamps *t, uint64_t size)
{
	t->size = size;
	if (!is_wanted(t))
		return;
	t->received = size < SIZE_MAX / sizeof(int64_t) ? calloc(size + 1, sizeof(int64_t)) : NULL;
	t->out_of_memory = !t->received;
}

/* --- one time stamp ----------------------------------------------------------------- */

/* What an event says: a checkpoint, and the reply of the authority for it. */
struct said {
	const char *checkpoint;
	size_t checkpoint_size;
	uint8_t token[LS_TIME_STAMP_SIZE_MAX];
	size_t token_size;
};

static int read_detail(const json_t *detail, struct said *ret, struct ls_error *err)
{
	const json_t *token = json_object_get(detail, "token");
	const json_t *checkpoint = json_object_get(detail, "checkpoint");
	if (!json_is_string(checkpoint) || !json_is_string(token) ||
	    ls_base64_decode(json_string_value(token), json_string_length(token), ret->token,
			     sizeof(ret->token), &ret->token_size) < 0)
		return ls_fail(err, -EBADMSG, "time-stamp.malformed",
			       "the event names no checkpoint and no token for it");
	ret->checkpoint = json_string_value(checkpoint);
	ret->checkpoint_size = json_string_length(checkpoint);
	return 0;
}

/* The checkpoint is this log's, and older than the event. */
static int check_checkpoint(const struct ls_time_stamps *t, const struct said *said, uint64_t seal,
			    struct ls_checkpoint *ret, struct ls_error *err)
{
	int rc = ls_checkpoint_open(said->checkpoint, said->checkpoint_size, &t->trust->log, ret,
				    err);
	if (rc == 0 && ret->size >= seal)
		rc = ls_fail(err, -EBADMSG, "time-stamp.checkpoint",
			     "it is of a checkpoint of size %" PRIu64
			     ", which is not older than its own seal",
			     ret->size);
	return rc;
}

static int check_stamp(const struct ls_time_stamps *t, const struct ls_record *record,
		       struct ls_stamp *ret, const char **ret_id, struct ls_error *err)
{
	struct said said = { .token_size = 0 };
	struct ls_checkpoint c;
	struct ls_time_stamp stamp;
	struct ls_digest imprint;
	const struct ls_third_parties *p = &t->trust->third_parties;
	_cleanup_(json_decref) json_t *detail = json_loads(record->detail ? record->detail : "",
							   JSON_REJECT_DUPLICATES, NULL);
	*ret_id = "time-stamp.malformed";
	int rc = read_detail(detail, &said, err);
	if (rc < 0)
		return rc;
	*ret_id = "time-stamp.checkpoint";
	rc = check_checkpoint(t, &said, record->seal, &c, err);
	if (rc < 0)
		return rc;
	*ret = (struct ls_stamp){ .seal = record->seal, .size = c.size, .root = c.root };
	if (!is_wanted(t))
		return 0;
	*ret_id = "time-stamp.token";
	ls_sha256_buffer(said.checkpoint, said.checkpoint_size, &imprint);
	rc = ls_time_stamp_check(said.token, said.token_size, &imprint, NULL, p->cas, p->ca_count,
				 &stamp, err);
	if (rc == -EKEYREJECTED)
		*ret_id = "time-stamp.certificate";
	ret->time = stamp.time;
	ret->accuracy = stamp.accuracy;
	return rc;
}

static void add(struct ls_time_stamps *t, const struct ls_stamp *stamp)
{
	if (t->count == t->capacity) {
		size_t capacity = 2 * t->capacity + 64;
		void *grown = reallocarray(t->stamps, capacity, sizeof(*t->stamps));
		if (!grown) {
			t->out_of_memory = true;
			return;
		}
		t->stamps = grown;
		t->capacity = capacity;
	}
	t->stamps[t->count++] = *stamp;
}

static void say_bad(const struct ls_record *record, const char *file, int rc, const char *id,
		    const char *message, struct ls_report *report)
{
	if (rc == -ENOMEM || rc == -EINVAL)
		ls_report_unable(report, LS_CHECK_TIME_STAMPS, "time-stamp.unable", record->seal,
				 file, "%s", message);
	else
		ls_report_fail(report, LS_CHECK_TIME_STAMPS, id, record->seal, file, "%s", message);
}

static void tell_stamp(struct ls_time_stamps *t, const struct ls_record *record, const char *file,
		       struct ls_report *report)
{
	struct ls_stamp stamp = { 0 };
	struct ls_error err = { 0 };
	const char *id;
	int rc = t->trust ? check_stamp(t, record, &stamp, &id, &err) : 0;
	if (rc < 0 && is_wanted(t))
		say_bad(record, file, rc, id, err.message, report);
	pthread_mutex_lock(&t->lock);
	t->told++;
	if (rc == 0 && t->trust)
		add(t, &stamp);
	pthread_mutex_unlock(&t->lock);
}

void ls_time_stamps_tell(struct ls_time_stamps *t, const struct ls_record *record, const char *file,
			 struct ls_report *report)
{
	if (!t)
		return;
	/* each seal has its own place; of two folders of one seal, either does */
	if (t->received && record->seal <= t->size)
		t->received[record->seal] = record->received / 1000;
	if (record->kind == LS_SEAL_EVENT && strcmp(record->event, EVENT) == 0)
		tell_stamp(t, record, file, report);
}

/* --- all of them ---------------------------------------------------------------------- */

static int by_seal(const void *left, const void *right)
{
	const struct ls_stamp *a = left, *b = right;
	return a->seal < b->seal ? -1 : a->seal > b->seal;
}

static void fail_clock(struct ls_report *report, const char *id, const struct ls_stamp *s,
		       uint64_t seal, int64_t received, const char *what)
{
	char stamped[LS_UTC_SIZE], said[LS_UTC_SIZE];
	ls_report_fail(
		report, LS_CHECK_TIME_STAMPS, id, seal, "",
		"seal %" PRIu64 " says that it was received at %s, and was sealed %s %s, as the "
		"time stamp of seal %" PRIu64 " shows: the laboratory's clock was %s",
		seal, ls_utc_format(received, said), what, ls_utc_format(s->time, stamped), s->seal,
		strcmp(id, "clock.ahead") == 0 ? "ahead" : "behind, or it was back-dated");
}

/* The first seal of the stamped checkpoint that says it is younger than the stamp.  Told once for
 * each seal. */
static bool check_before(const struct ls_time_stamps *t, const struct ls_stamp *s,
			 const uint64_t *latest, uint64_t *told, struct ls_report *report)
{
	uint64_t size = s->size <= t->size ? s->size : t->size;
	uint64_t seal = latest[size];
	if (t->received[seal] <= s->time + s->accuracy + LS_CLOCK_TOLERANCE_S)
		return true;
	if (seal != *told)
		fail_clock(report, "clock.ahead", s, seal, t->received[seal], "before");
	*told = seal;
	return false;
}

/* A seal after the stamp's own that says it is older. */
static bool check_after(const struct ls_time_stamps *t, const struct ls_stamp *s,
			const uint64_t *earliest, uint64_t *told, struct ls_report *report)
{
	uint64_t seal = s->seal < t->size ? earliest[s->seal + 1] : 0;
	if (seal == 0 || t->received[seal] >= s->time - s->accuracy - LS_CLOCK_TOLERANCE_S)
		return true;
	if (seal != *told)
		fail_clock(report, "clock.behind", s, seal, t->received[seal], "after");
	*told = seal;
	return false;
}

/* The log's own state at that size is the stamped one. */
static bool check_history(const struct ls_stamp *s, const struct ls_log *log,
			  struct ls_log_scratch *scratch, struct ls_report *report)
{
	struct ls_digest root;
	if (!log || ls_log_root_at(log, scratch, s->size, &root) < 0) {
		ls_report_unable(report, LS_CHECK_TIME_STAMPS, "time-stamp.unable", s->seal, "",
				 "whether the log is the one that was stamped at size %" PRIu64
				 ": its root at that size cannot be recomputed",
				 s->size);
		return false;
	}
	if (ls_digest_equal(&root, &s->root))
		return true;
	ls_report_fail(report, LS_CHECK_TIME_STAMPS, "time-stamp.fork", s->seal, "",
		       "another log of size %" PRIu64 " was stamped than the share holds", s->size);
	return false;
}

/* For each seal: which one up to it is the latest, which one from it on the earliest. */
static uint64_t *make_latest(const struct ls_time_stamps *t)
{
	uint64_t *latest = calloc(t->size + 1, sizeof(*latest));
	for (uint64_t seal = 1; latest && seal <= t->size; seal++)
		latest[seal] = t->received[seal] > t->received[latest[seal - 1]] ? seal
										 : latest[seal - 1];
	return latest;
}

static uint64_t *make_earliest(const struct ls_time_stamps *t)
{
	uint64_t *earliest = calloc(t->size + 2, sizeof(*earliest));
	for (uint64_t seal = t->size; earliest && seal > 0; seal--) {
		uint64_t next = earliest[seal + 1];
		bool is_first = t->received[seal] != 0 &&
				(next == 0 || t->received[seal] <= t->received[next]);
		earliest[seal] = is_first ? seal : next;
	}
	return earliest;
}

/* What lies after the newest is the laboratory's word alone. */
static void say_rest(const struct ls_time_stamps *t, struct ls_report *report)
{
	char utc[LS_UTC_SIZE];
	const struct ls_stamp *newest = &t->stamps[0];
	for (size_t i = 1; i < t->count; i++)
		if (t->stamps[i].size > newest->size)
			newest = &t->stamps[i];
	if (newest->size < t->size)
		ls_report_skip(report, "time-stamp.after",
			       "the times of the last %" PRIu64 " of %" PRIu64
			       " seals by others than the laboratory: the newest time stamp (%s) "
			       "covers the first %" PRIu64,
			       t->size - newest->size, t->size, ls_utc_format(newest->time, utc),
			       newest->size);
}

static int check_all(struct ls_time_stamps *t, const struct ls_log *log, struct ls_report *report)
{
	uint64_t told_before = 0, told_after = 0;
	_cleanup_free_ uint64_t *latest = make_latest(t), *earliest = make_earliest(t);
	if (!latest || !earliest)
		return -ENOMEM;
	struct ls_log_scratch scratch;
	ls_log_scratch_init(&scratch);
	qsort(t->stamps, t->count, sizeof(*t->stamps), by_seal);
	for (size_t i = 0; i < t->count; i++) {
		const struct ls_stamp *s = &t->stamps[i];
		bool holds = check_history(s, log, &scratch, report);
		holds = check_before(t, s, latest, &told_before, report) && holds;
		holds = check_after(t, s, earliest, &told_after, report) && holds;
		if (holds)
			ls_report_pass(report, LS_CHECK_TIME_STAMPS, 1);
	}
	ls_log_scratch_free(&scratch);
	return 0;
}

static void say_unwanted(const struct ls_time_stamps *t, const char *holder,
			 struct ls_report *report)
{
	ls_report_skip(report, "evidence.time-stamps",
		       "independent time stamps: %s, and the %s holds %" PRIu64,
		       t->trust ? "the trust file names no time-stamping authority"
				: "there is no trust file",
		       holder, t->told);
}

/* Of a bundle's result, which is the only seal whose time is asked. */
static bool check_result(const struct ls_stamp *s, uint64_t seal, int64_t received,
			 struct ls_report *report)
{
	int64_t tolerance = (int64_t)s->accuracy + LS_CLOCK_TOLERANCE_S;
	if (received <= s->time + tolerance)
		return true;
	fail_clock(report, "clock.ahead", s, seal, received, "before");
	return false;
}

int ls_time_stamps_check_bundle(struct ls_time_stamps *t, uint64_t seal, int64_t received,
				bool is_linked, struct ls_report *report)
{
	if (t->out_of_memory)
		return -ENOMEM;
	if (!is_wanted(t)) {
		say_unwanted(t, "bundle", report);
		return 0;
	}
	for (size_t i = 0; i < t->count; i++)
		if (check_result(&t->stamps[i], seal, received, report) && is_linked)
			ls_report_pass(report, LS_CHECK_TIME_STAMPS, 1);
	if (t->told == 0)
		ls_report_skip(report, "time-stamp.after",
			       "the result's time by others than the laboratory: no time stamp is "
			       "in this bundle");
	return 0;
}

int ls_time_stamps_check_alone(struct ls_time_stamps *t, struct ls_report *report)
{
	char utc[LS_UTC_SIZE];
	if (t->out_of_memory)
		return -ENOMEM;
	if (t->told == 0)
		ls_report_skip(report, "evidence.time-stamps",
			       "the time by others than the laboratory: time stamps are events of "
			       "the log, not in a result's folder; verify the share, or a bundle");
	else if (!is_wanted(t))
		say_unwanted(t, "folder", report);
	else if (t->count > 0) {
		ls_report_pass(report, LS_CHECK_TIME_STAMPS, 1);
		ls_report_skip(
			report, "time-stamp.alone",
			"the times of seals: this time stamp is of the log's first %" PRIu64
			" seals as they were at %s; whether the share's log is that one, and "
			"its times agree, the share tells",
			t->stamps[0].size, ls_utc_format(t->stamps[0].time, utc));
	}
	return 0;
}

int ls_time_stamps_check(struct ls_time_stamps *t, const struct ls_log *log,
			 struct ls_report *report)
{
	if (t->out_of_memory)
		return -ENOMEM;
	if (!is_wanted(t)) {
		say_unwanted(t, "share", report);
		return 0;
	}
	int rc = t->count > 0 && t->received ? check_all(t, log, report) : 0;
	if (rc == 0 && t->count > 0 && t->received)
		say_rest(t, report);
	else if (rc == 0 && t->told == 0)
		ls_report_unable(report, LS_CHECK_TIME_STAMPS, "time-stamp.none", 0, "",
				 "the trust file names a time-stamping authority, and the log "
				 "holds no time stamp: does labseal-notary run, and does the "
				 "authority answer?");
	return rc;
}
