/* SPDX-License-Identifier: Apache-2.0 */
#include "host/notary/notary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"

#define CLOCK_APART_S 60		     /* of which lab IT is told */
#define STAMP_MAX     (LS_DETAIL_MAX - 1024) /* bytes; "occurred" is put in */

void ls_retry_later(struct ls_retry *r, int64_t now)
{
	r->wait = r->wait == 0			  ? LS_RETRY_FIRST_S
		  : 2 * r->wait > LS_RETRY_LAST_S ? LS_RETRY_LAST_S
						  : 2 * r->wait;
	r->next = now + r->wait;
}

bool ls_retry_is_due(const struct ls_retry *r, int64_t now)
{
	/* a clock that was set back would else have it wait for as long as it was wrong */
	return now >= r->next || r->next - now > r->wait;
}

void ls_notary_free(struct ls_notary *n)
{
	ls_buffer_free(&n->tsa.ca_bytes);
	for (size_t i = 0; i < n->witness_count; i++)
		ls_buffer_free(&n->witnesses[i].line);
}

/*
 * The first failure of a run of them is a warning; that it goes on is for who asks for more.  A
 * witness that saw another log is no matter of its being away.  Of a request that the end cut off
 * there is nothing to tell.
 */
static void tell(const struct ls_notary *n, struct ls_retry *retry, const char *what,
		 const struct ls_error *err)
{
	bool is_news = retry->wait == 0;
	if (err->code == -ECANCELED)
		return;
	ls_retry_later(retry, n->clock());
	snprintf(retry->why, sizeof(retry->why), "%s", err->message);
	ls_log(err->code == -ESTALE ? LS_LOG_ERROR
	       : is_news	    ? LS_LOG_WARNING
				    : LS_LOG_INFO,
	       err->id, "%s; %s again in %d s, sealing goes on", err->message, what, retry->wait);
}

/* --- time stamps -------------------------------------------------------------------- */

/* Of the time stamp that was sealed last; 0: it is none.  Earlier versions noted the size alone. */
static uint64_t stamped_size(const struct ls_buffer *text)
{
	uint64_t size = 0;
	if (ls_witness_size_parse(text->data, text->size, &size) == 0)
		return size;
	json_t *o = json_loadb((const char *)text->data, text->size, 0, NULL);
	json_int_t said = json_integer_value(json_object_get(o, "size"));
	json_decref(o);
	return said > 0 ? (uint64_t)said : 0;
}

/* The size that was stamped last, and when; zeros when none was, or it cannot be told. */
static uint64_t last_stamped(const struct ls_notary *n, int64_t *ret_when)
{
	struct stat st;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, STAMP_MAX);
	*ret_when = n->stamped_at;
	if (n->stamped > 0) /* by this process, which knows it also where the file cannot */
		return n->stamped;
	if (ls_file_read(n->folder_fd, LS_HANDOVER_STAMPED, &text, NULL) < 0 ||
	    fstatat(n->folder_fd, LS_HANDOVER_STAMPED, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	*ret_when = st.st_mtime;
	return stamped_size(&text);
}

/* Nobody can seal it: it would keep the next one away for ever. */
static bool is_damaged(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_size == 0 || st->st_size > STAMP_MAX);
}

static bool drop_damaged(struct ls_notary *n)
{
	if (unlinkat(n->folder_fd, LS_HANDOVER_TIME_STAMP, 0) < 0)
		return false;
	ls_log(LS_LOG_WARNING, "notary.time-stamp.damaged",
	       "'" LS_HANDOVER_TIME_STAMP "' was damaged (empty, or too long) and is removed; "
	       "another time stamp is asked for when one is due");
	n->stamped = 0;
	return true;
}

static void tell_way(struct ls_notary *n)
{
	struct ls_error err = { 0 };
	if (!ls_retry_is_due(&n->way_retry, n->clock()))
		return;
	ls_fail(&err, -EEXIST, "notary.time-stamp.way",
		"'" LS_HANDOVER_TIME_STAMP "' in the notary's folder is no file, or a damaged one "
		"that cannot be removed: remove it, a time stamp has no place");
	tell(n, &n->way_retry, "looked at", &err);
}

/* One that waits is sealed first.  What is there and is none is told of. */
static bool has_waiting(struct ls_notary *n)
{
	struct stat st;
	bool is_there = fstatat(n->folder_fd, LS_HANDOVER_TIME_STAMP, &st, AT_SYMLINK_NOFOLLOW) ==
			0;
	if (is_there && is_damaged(&st) && drop_damaged(n))
		is_there = false;
	if (is_there && (!S_ISREG(st.st_mode) || is_damaged(&st)))
		tell_way(n);
	else
		n->way_retry = (struct ls_retry){ 0 };
	return is_there;
}

/*
 * The seal of a time stamp is an entry, too: alone it is not worth another one, or they would go
 * on for ever.
 */
static bool is_stamp_due(struct ls_notary *n, const struct ls_own_note *note)
{
	if (!n->stamps || has_waiting(n))
		return false;
	int64_t when, now = n->clock();
	uint64_t stamped = last_stamped(n, &when);
	if (!ls_retry_is_due(&n->tsa_retry, now))
		return false;
	if (stamped > 0 && stamped <= note->checkpoint.size && note->checkpoint.size - stamped < 2)
		return false;
	/* a clock that went back does not stop it */
	return stamped == 0 || now - when >= (int64_t)n->every || when > now;
}

static void tell_clock(const struct ls_time_stamp *stamp, int64_t now)
{
	char utc[LS_UTC_SIZE];
	int64_t apart = stamp->time > now ? stamp->time - now : now - stamp->time;
	if (apart > CLOCK_APART_S + stamp->accuracy)
		ls_log(LS_LOG_ERROR, "notary.clock",
		       "this host's clock is %lld s off the time-stamping authority's, which says "
		       "%s: auditors will see that; set the clock",
		       (long long)apart, ls_utc_format(stamp->time, utc));
}

/* That is all that says so: labseald keeps the file when it is sealed, so that whoever is killed
 * whenever, the next process knows of it. */
static int hand_over_stamp(struct ls_notary *n, const struct ls_own_note *note,
			   const struct ls_buffer *detail, struct ls_error *err)
{
	int rc = ls_file_replace(n->folder_fd, LS_HANDOVER_TIME_STAMP, detail->data, detail->size,
				 0644, err);
	if (rc < 0)
		return rc;
	n->stamped = note->checkpoint.size;
	n->stamped_at = n->clock();
	return 0;
}

static void stamp(struct ls_notary *n, const struct ls_own_note *note)
{
	char utc[LS_UTC_SIZE];
	struct ls_error err = { 0 };
	struct ls_time_stamp made;
	_cleanup_buffer_ struct ls_buffer detail;
	ls_buffer_init(&detail, STAMP_MAX);
	int rc = ls_tsa_ask(&n->tsa, note, &made, &detail, &err);
	if (rc == 0)
		rc = hand_over_stamp(n, note, &detail, &err);
	if (rc < 0) {
		tell(n, &n->tsa_retry, "asked", &err);
		return;
	}
	n->tsa_retry = (struct ls_retry){ 0 };
	ls_log(LS_LOG_INFO, "notary.time-stamp", "%s stamped the log at size %" PRIu64 " at %s",
	       made.authority, note->checkpoint.size, ls_utc_format(made.time, utc));
	tell_clock(&made, n->clock());
}

/* --- witnesses ---------------------------------------------------------------------- */

/* Of one size there may be two: that the log was exchanged is what a witness is asked for. */
static bool has_line(const struct ls_notary_witness *w, const struct ls_own_note *note)
{
	const struct ls_checkpoint *c = &note->checkpoint;
	return w->cosigned.size > 0 && w->cosigned.size == c->size &&
	       ls_digest_equal(&w->cosigned.root, &c->root) &&
	       strcmp(w->cosigned.origin, c->origin) == 0;
}

/* Anybody may have a checkpoint cosigned: a mirror's may be newer than the one that was just read.
 */
static bool has_grown_to(const struct ls_notary *n, uint64_t size)
{
	struct ls_own_note note;
	if (size == 0)
		return false;
	ls_buffer_init(&note.bytes, LS_OWN_NOTE_MAX);
	bool has = ls_own_note_read(n->share_fd, &note, NULL) == 1 && note.checkpoint.size >= size;
	ls_buffer_free(&note.bytes);
	return has;
}

static void ask_witness(struct ls_notary *n, struct ls_notary_witness *w,
			const struct ls_own_note *note)
{
	struct ls_error err = { 0 };
	w->cosigned.size = 0;
	ls_buffer_clear(&w->line);
	int rc = ls_witness_ask(&w->client, n->share_fd, note, n->clock, &w->line, &err);
	if (rc == -ESTALE && has_grown_to(n, w->client.ahead))
		return; /* it is asked for that one next */
	if (rc < 0) {
		tell(n, &w->retry, "asked", &err);
		return;
	}
	if (w->retry.wait > 0)
		ls_log(LS_LOG_INFO, "notary.witness.back", "the witness '%s' cosigns again",
		       w->client.key.name);
	w->retry = (struct ls_retry){ 0 };
	w->cosigned = note->checkpoint;
	n->is_line_owed = true;
	n->line_retry.next = 0;
}

static int put_lines(const struct ls_notary *n, const struct ls_own_note *note,
		     struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer whole;
	ls_buffer_init(&whole, LS_HANDOVER_NOTE_MAX);
	ls_buffer_add(&whole, note->bytes.data, note->bytes.size);
	for (size_t i = 0; i < n->witness_count; i++)
		if (has_line(&n->witnesses[i], note))
			ls_buffer_add(&whole, n->witnesses[i].line.data, n->witnesses[i].line.size);
	int rc = ls_buffer_error(&whole);
	return rc < 0 ? ls_fail(err, rc, "notary.memory", "the cosigned checkpoint is too long")
		      : ls_file_replace(n->folder_fd, LS_HANDOVER_COSIGNED, whole.data, whole.size,
					0644, err);
}

/* What cannot be written now (a full disk) is tried again: a line is not asked for twice. */
static void hand_over_lines(struct ls_notary *n, const struct ls_own_note *note)
{
	struct ls_error err = { 0 };
	bool is_any = false;
	for (size_t i = 0; i < n->witness_count; i++)
		is_any = is_any || has_line(&n->witnesses[i], note);
	if (!is_any || !n->is_line_owed || !ls_retry_is_due(&n->line_retry, n->clock()))
		return;
	if (put_lines(n, note, &err) < 0) {
		tell(n, &n->line_retry, "tried", &err);
		return;
	}
	n->line_retry = (struct ls_retry){ 0 };
	n->is_line_owed = false;
}

/* Those who are known to answer come first, and what each says is handed over before the next one
 * is asked: one that hangs keeps up nobody's line. */
static void cosign(struct ls_notary *n, const struct ls_own_note *note)
{
	hand_over_lines(n, note);
	for (int trouble = 0; trouble < 2; trouble++)
		for (size_t i = 0; i < n->witness_count; i++) {
			struct ls_notary_witness *w = &n->witnesses[i];
			if ((w->retry.wait > 0) != (trouble > 0) || has_line(w, note) ||
			    !ls_retry_is_due(&w->retry, n->clock()))
				continue;
			ask_witness(n, w, note);
			hand_over_lines(n, note);
		}
}

/* --- what `labseal status` shows ------------------------------------------------------ */

static void add_trouble(const struct ls_retry *retry, const char *what, struct ls_buffer *text)
{
	if (retry->wait > 0)
		ls_buffer_printf(text, "%s%s: %s", text->size > 0 ? "; " : "", what, retry->why);
}

/* Cut where there is too much of it: the first reasons are enough to begin with. */
static void hand_over_trouble(struct ls_notary *n)
{
	int64_t now = n->clock();
	char text[LS_HANDOVER_TROUBLE_MAX + 1];
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer all;
	ls_buffer_init(&all, (LS_WITNESSES_MAX + 3) * (LS_ERROR_MESSAGE_SIZE + 32));
	add_trouble(&n->line_retry, "cosignatures not handed over", &all);
	add_trouble(&n->way_retry, "time stamps not handed over", &all);
	add_trouble(&n->tsa_retry, "no time stamp", &all);
	for (size_t i = 0; i < n->witness_count; i++)
		add_trouble(&n->witnesses[i].retry, "not cosigned", &all);
	snprintf(text, sizeof(text), "%s", ls_buffer_str(&all));
	bool is_fresh = n->trouble_written > 0 && n->trouble_written <= now &&
			now - n->trouble_written < LS_HANDOVER_TROUBLE_EVERY_S;
	if (is_fresh && strcmp(text, n->trouble) == 0)
		return;
	memcpy(n->trouble, text, sizeof(text));
	n->trouble_written = now;
	if (ls_file_replace(n->folder_fd, LS_HANDOVER_TROUBLE, text, strlen(text), 0644, &err) < 0)
		ls_log_error(&err);
}

void ls_notary_begin(const struct ls_notary *n)
{
	static const char *const names[] = { LS_HANDOVER_TIME_STAMP, LS_HANDOVER_STAMPED,
					     LS_HANDOVER_COSIGNED, LS_HANDOVER_TROUBLE };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ls_file_drop_unfinished(n->folder_fd, names[i]);
}

void ls_notary_end(const struct ls_notary *n)
{
	unlinkat(n->folder_fd, LS_HANDOVER_TROUBLE, 0);
}

void ls_notary_look(struct ls_notary *n)
{
	struct ls_own_note note;
	struct ls_error err = { 0 };
	ls_buffer_init(&note.bytes, LS_OWN_NOTE_MAX);
	int rc = ls_own_note_read(n->share_fd, &note, &err);
	if (rc < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	if (rc == 1 && note.checkpoint.size > 0) {
		if (is_stamp_due(n, &note))
			stamp(n, &note);
		cosign(n, &note);
	}
	ls_buffer_free(&note.bytes);
	hand_over_trouble(n);
}
