/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/assemble.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

_Static_assert(LS_FRAME_SESSION_SIZE == LS_SESSION_SIZE, "one session everywhere");
_Static_assert(LS_WIRE_NAME_MAX == LS_NAME_MAX, "one longest name everywhere");

struct open_file {
	bool used;
	uint64_t began; /* order of beginning, for giving up the oldest */
	uint64_t received;
	struct ls_delivery delivery; /* its name points to the next member */
	char name[LS_WIRE_NAME_MAX];
	struct ls_sha256 hash;
};

struct ls_assembler {
	const struct ls_limits *limits;
	const struct ls_sink *sink;
	uint64_t clock; /* counts beginnings */
	struct ls_assemble_counts counts;
	struct open_file files[LS_OPEN_FILES_MAX];
};

const char *ls_refusal_name(enum ls_refusal refusal)
{
	static const char *const names[LS_REFUSAL_COUNT] = {
		"size", "name-length", "name-pattern", "rate", "number", "content", "open-files",
	};
	return names[refusal];
}

int ls_assembler_new(const struct ls_limits *limits, const struct ls_sink *sink,
		     struct ls_assembler **ret_assembler, struct ls_error *err)
{
	struct ls_assembler *a = calloc(1, sizeof(*a));
	if (!a)
		return ls_fail(err, -ENOMEM, "diode.assemble.memory",
			       "out of memory for the open files");
	a->limits = limits;
	a->sink = sink;
	*ret_assembler = a;
	return 0;
}

static unsigned slot_of(const struct ls_assembler *a, const struct open_file *f)
{
	return (unsigned)(f - a->files);
}

static void drop(struct ls_assembler *a, struct open_file *f)
{
	a->sink->drop(a->sink->context, slot_of(a, f));
	a->counts.dropped++;
	f->used = false;
}

/* Its frames are not those of a file: cut on the way, or never meant to be one. */
static void drop_disordered(struct ls_assembler *a, struct open_file *f)
{
	a->counts.disordered++;
	drop(a, f);
}

struct ls_assembler *ls_assembler_free(struct ls_assembler *a)
{
	if (!a)
		return NULL;
	for (unsigned i = 0; i < LS_OPEN_FILES_MAX; i++) {
		if (a->files[i].used)
			drop(a, &a->files[i]);
		ls_sha256_free(&a->files[i].hash);
	}
	free(a);
	return NULL;
}

static struct open_file *find(struct ls_assembler *a, const uint8_t *session, uint64_t number)
{
	for (unsigned i = 0; i < a->limits->open_files; i++) {
		struct open_file *f = &a->files[i];
		if (f->used && f->delivery.key.number == number &&
		    memcmp(f->delivery.key.session, session, LS_SESSION_SIZE) == 0)
			return f;
	}
	return NULL;
}

bool ls_assembler_has_open(const struct ls_assembler *a,
			   const uint8_t session[static LS_SESSION_SIZE], uint64_t number)
{
	return find((struct ls_assembler *)a, session, number) != NULL;
}

static struct open_file *oldest(struct ls_assembler *a, const struct open_file *but)
{
	struct open_file *found = NULL;
	for (unsigned i = 0; i < a->limits->open_files; i++) {
		struct open_file *f = &a->files[i];
		if (f->used && f != but && (!found || f->began < found->began))
			found = f;
	}
	return found;
}

static void refuse(struct ls_assembler *a, const struct ls_delivery *d, enum ls_refusal why)
{
	a->counts.refused++;
	a->sink->refused(a->sink->context, d, why);
}

static void give_up(struct ls_assembler *a, struct open_file *f)
{
	refuse(a, &f->delivery, LS_REFUSED_OPEN);
	drop(a, f);
}

bool ls_assembler_give_up_oldest(struct ls_assembler *a, const struct ls_frame *keep)
{
	struct open_file *f = oldest(a, keep ? find(a, keep->session, keep->record) : NULL);
	if (f)
		give_up(a, f);
	return f != NULL;
}

/* A place for one more open file, if need be the oldest's. */
static struct open_file *make_place(struct ls_assembler *a)
{
	for (unsigned i = 0; i < a->limits->open_files; i++)
		if (!a->files[i].used)
			return &a->files[i];
	struct open_file *f = oldest(a, NULL);
	give_up(a, f);
	return f;
}

/* What a BEGIN says, in the words of the next process. */
static struct ls_delivery delivery_of(const struct ls_frame *frame, const struct ls_begin *begin,
				      int64_t now)
{
	struct ls_delivery d = {
		.key.number = frame->record,
		.key.sha256 = begin->sha256,
		.size = begin->size,
		.name = { .data = (const uint8_t *)begin->name.data, .size = begin->name.size },
		.parent = begin->parent,
		.guest_mtime = begin->mtime,
		.guest_clock = begin->clock,
		.host_began = now,
	};
	memcpy(d.key.session, frame->session, sizeof(d.key.session));
	return d;
}

/* LS_TAKE_IT, LS_KNOWN or a refusal: first what the announcement itself says. */
static int judge(const struct ls_assembler *a, const struct ls_delivery *d)
{
	if (d->key.number == 0 || d->key.number > LS_NUMBER_MAX)
		return LS_REFUSED_NUMBER;
	if (d->size > a->limits->max_file_size)
		return LS_REFUSED_SIZE;
	if (d->name.size > a->limits->max_name_length)
		return LS_REFUSED_NAME;
	if (!ls_limits_accept_name(a->limits, (const char *)d->name.data, d->name.size))
		return LS_REFUSED_PATTERN;
	return a->sink->judge(a->sink->context, d);
}

static int open_file(struct ls_assembler *a, const struct ls_delivery *d, struct ls_error *err)
{
	struct open_file *f = make_place(a);
	int rc = a->sink->begin(a->sink->context, slot_of(a, f), d->size, err);
	if (rc < 0)
		return rc;
	f->used = true;
	f->began = ++a->clock;
	f->received = 0;
	f->delivery = *d;
	memcpy(f->name, d->name.data, d->name.size);
	f->delivery.name.data = (const uint8_t *)f->name;
	a->counts.begun++;
	rc = ls_sha256_init(&f->hash);
	if (rc < 0)
		return ls_fail(err, rc, "diode.assemble.memory", "out of memory for a hash");
	return 0;
}

static int take_begin(struct ls_assembler *a, const struct ls_frame *frame, struct ls_error *err)
{
	struct ls_begin begin;
	if (ls_decode_begin(frame->payload, frame->size, &begin, NULL) < 0) {
		a->counts.malformed++;
		return 0;
	}
	struct open_file *same = find(a, frame->session, frame->record);
	if (same)
		drop(a, same);
	struct ls_delivery d = delivery_of(frame, &begin, a->sink->now(a->sink->context));
	int verdict = judge(a, &d);
	if (verdict == LS_TAKE_IT)
		return open_file(a, &d, err);
	if (verdict == LS_KNOWN)
		a->counts.known++;
	else
		refuse(a, &d, (enum ls_refusal)verdict);
	return 0;
}

/* A full disk costs this sending of the file and nothing else: it is sent again. */
static int unless_full(struct ls_assembler *a, struct open_file *f, int rc)
{
	if (rc != -ENOSPC && rc != -EDQUOT)
		return rc;
	drop(a, f);
	return 0;
}

static int take_data(struct ls_assembler *a, const struct ls_frame *frame, struct ls_error *err)
{
	struct open_file *f = find(a, frame->session, frame->record);
	if (!f) {
		a->counts.stray++;
		return 0;
	}
	if (frame->offset != f->received || frame->size > f->delivery.size - f->received) {
		drop_disordered(a, f);
		return 0;
	}
	int rc = a->sink->write(a->sink->context, slot_of(a, f), frame->payload, frame->size, err);
	if (rc < 0)
		return unless_full(a, f, rc);
	ls_sha256_update(&f->hash, frame->payload, frame->size);
	f->received += frame->size;
	return 0;
}

static int finish(struct ls_assembler *a, struct open_file *f, struct ls_error *err)
{
	struct ls_digest seen;
	ls_sha256_final(&f->hash, &seen);
	if (!ls_digest_equal(&seen, &f->delivery.key.sha256)) {
		refuse(a, &f->delivery, LS_REFUSED_CONTENT);
		drop(a, f);
		return 0;
	}
	f->delivery.host_received = a->sink->now(a->sink->context);
	int rc = a->sink->finish(a->sink->context, slot_of(a, f), &f->delivery, err);
	if (rc == 0) {
		f->used = false;
		a->counts.finished++;
	}
	return unless_full(a, f, rc);
}

static int take_end(struct ls_assembler *a, const struct ls_frame *frame, struct ls_error *err)
{
	struct ls_end end;
	if (ls_decode_end(frame->payload, frame->size, &end, NULL) < 0) {
		a->counts.malformed++;
		return 0;
	}
	struct open_file *f = find(a, frame->session, frame->record);
	if (!f) {
		a->counts.stray++;
		return 0;
	}
	if (f->received == f->delivery.size && frame->offset == f->delivery.size &&
	    ls_digest_equal(&end.sha256, &f->delivery.key.sha256))
		return finish(a, f, err);
	drop_disordered(a, f);
	return 0;
}

static void take_abort(struct ls_assembler *a, const struct ls_frame *frame)
{
	struct ls_abort abort;
	if (ls_decode_abort(frame->payload, frame->size, &abort, NULL) < 0) {
		a->counts.malformed++;
		return;
	}
	struct open_file *f = find(a, frame->session, frame->record);
	if (f)
		drop(a, f);
}

int ls_assembler_take(struct ls_assembler *a, const struct ls_frame *frame, struct ls_error *err)
{
	switch (frame->type) {
	case LS_FRAME_BEGIN: return take_begin(a, frame, err);
	case LS_FRAME_DATA: return take_data(a, frame, err);
	case LS_FRAME_END: return take_end(a, frame, err);
	case LS_FRAME_ABORT: take_abort(a, frame); return 0;
	default: return 0;
	}
}

const struct ls_assemble_counts *ls_assembler_counts(const struct ls_assembler *a)
{
	return &a->counts;
}
