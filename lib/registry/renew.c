/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which lines stay on a mirror's checkpoint when its source has one of the same size.  There is
 * room for LS_NOTE_SIGNATURES_MAX, and whoever serves the checkpoint, or stands in between, can
 * write as many as he likes: what is known to be good comes first, then what the mirror had.
 */
#include <errno.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/registry/folder.h"

struct renewal {
	struct ls_note own, theirs; /* the same text */
	const struct ls_registry_trusted *trusted;
	unsigned count;
	struct ls_note_line lines[LS_NOTE_SIGNATURES_MAX]; /* that stay */
};

static bool has_name(const struct ls_note_line *line, const char *name)
{
	return line->name_size == strlen(name) && memcmp(line->name, name, line->name_size) == 0;
}

static bool is_same_line(const struct ls_note_line *a, const struct ls_note_line *b)
{
	return a->name_size == b->name_size && memcmp(a->name, b->name, a->name_size) == 0 &&
	       a->base64_size == b->base64_size &&
	       memcmp(a->base64, b->base64, a->base64_size) == 0;
}

static bool is_name_among(const struct ls_note_line *lines, unsigned count,
			  const struct ls_note_line *line)
{
	for (unsigned i = 0; i < count; i++)
		if (lines[i].name_size == line->name_size &&
		    memcmp(lines[i].name, line->name, line->name_size) == 0)
			return true;
	return false;
}

static void keep(struct renewal *r, const struct ls_note_line *line)
{
	for (unsigned i = 0; i < r->count; i++)
		if (is_same_line(&r->lines[i], line))
			return;
	if (r->count < LS_NOTE_SIGNATURES_MAX)
		r->lines[r->count++] = *line;
}

/* The note with this line alone. */
static struct ls_note alone(const struct ls_note *note, unsigned i)
{
	return (struct ls_note){ .text = note->text,
				 .text_size = note->text_size,
				 .count = 1,
				 .lines = { note->lines[i] } };
}

/* The log's own: one by each of its keys is enough. */
static void keep_own(struct renewal *r)
{
	bool has[2] = { false, false };
	for (unsigned i = 0; i < r->theirs.count; i++) {
		struct ls_error ignored = { 0 };
		const struct ls_note note = alone(&r->theirs, i);
		bool second = ls_note_has_ed25519(&note, &r->trusted->key);
		if (!has[second] &&
		    (second || ls_note_verify(&note, &r->trusted->key, &ignored) == 0)) {
			has[second] = true;
			keep(r, &note.lines[0]);
		}
	}
}

/* The newest good line of this witness becomes *best. */
static void look_for(const struct ls_note *note, const struct ls_witness_key *witness,
		     const struct ls_note_line **best, uint64_t *newest)
{
	for (unsigned i = 0; i < note->count; i++) {
		uint64_t time;
		struct ls_error ignored = { 0 };
		const struct ls_note one = alone(note, i);
		if (has_name(&note->lines[i], witness->name) &&
		    ls_cosignature_verify(&one, witness, &time, &ignored) == 0 &&
		    (!*best || time > *newest)) {
			*best = &note->lines[i];
			*newest = time;
		}
	}
}

static void keep_witnessed(struct renewal *r)
{
	for (size_t i = 0; i < r->trusted->witness_count; i++) {
		const struct ls_note_line *best = NULL;
		uint64_t newest = 0;
		look_for(&r->own, &r->trusted->witnesses[i], &best, &newest);
		look_for(&r->theirs, &r->trusted->witnesses[i], &best, &newest);
		if (best)
			keep(r, best);
	}
}

/* By one of the log's keys, or of a witness that is believed: it was looked at.  A line of the
 * log's name by an Ed25519 key that nobody here knows was not. */
static bool is_judged(const struct renewal *r, const struct ls_note_line *line)
{
	for (size_t i = 0; i < r->trusted->witness_count; i++)
		if (has_name(line, r->trusted->witnesses[i].name))
			return true;
	return ls_note_line_is_by(line, &r->trusted->key);
}

/* Those that nobody here can verify: one newer of each name that the mirror knows, what the mirror
 * has, and what is new, as far as there is room. */
static void keep_rest(struct renewal *r)
{
	const struct ls_note *own = &r->own, *theirs = &r->theirs;
	for (unsigned i = 0; i < theirs->count; i++)
		if (!is_judged(r, &theirs->lines[i]) &&
		    is_name_among(own->lines, own->count, &theirs->lines[i]) &&
		    !is_name_among(theirs->lines, i, &theirs->lines[i]))
			keep(r, &theirs->lines[i]);
	for (unsigned i = 0; i < own->count; i++)
		if (!is_judged(r, &own->lines[i]))
			keep(r, &own->lines[i]);
	for (unsigned i = 0; i < theirs->count; i++)
		if (!is_judged(r, &theirs->lines[i]))
			keep(r, &theirs->lines[i]);
}

/* The mirror's own note of that size; none, or a damaged one, has nothing to keep. */
static void read_own(int folder_fd, struct renewal *r, uint64_t size, struct ls_buffer *bytes)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_error ignored = { 0 };
	if (ls_file_read(folder_fd, ls_registry_history_path(size, path), bytes, &ignored) < 0 ||
	    ls_note_parse(bytes->data, bytes->size, &r->own, &ignored) < 0 ||
	    r->own.text_size != r->theirs.text_size ||
	    memcmp(r->own.text, r->theirs.text, r->own.text_size) != 0)
		r->own.count = 0;
}

/* What does not fit any more is of those that count least. */
static int format(const struct renewal *r, struct ls_buffer *out)
{
	int rc = ls_buffer_add(out, r->theirs.text, r->theirs.text_size);
	if (rc == 0)
		rc = ls_buffer_add(out, "\n", 1);
	for (unsigned i = 0; rc == 0 && i < r->count; i++) {
		const struct ls_note_line *l = &r->lines[i];
		if (out->size + l->name_size + l->base64_size + strlen("\xe2\x80\x94  \n") >
		    LS_NOTE_SIZE_MAX)
			continue;
		rc = ls_buffer_printf(out, "\xe2\x80\x94 %.*s %.*s\n", (int)l->name_size, l->name,
				      (int)l->base64_size, l->base64);
	}
	return rc;
}

int ls_registry_note_renew(int folder_fd, const struct ls_registry_note *note,
			   const struct ls_registry_trusted *trusted, struct ls_error *err)
{
	struct renewal r = { .trusted = trusted };
	_cleanup_buffer_ struct ls_buffer before, bytes;
	ls_buffer_init(&before, LS_NOTE_SIZE_MAX);
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	int rc = ls_note_parse(note->bytes.data, note->bytes.size, &r.theirs, err);
	if (rc < 0)
		return rc;
	read_own(folder_fd, &r, note->checkpoint.size, &before);
	keep_own(&r);
	keep_witnessed(&r);
	keep_rest(&r);
	return format(&r, &bytes) < 0
		       ? ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a checkpoint")
		       : ls_registry_note_put(folder_fd, note->checkpoint.size, &bytes, err);
}
