/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/platform.h"
#include "diode/export/whole.h"
#include "lib/base/cleanup.h"

#define DEPTH_MAX      16
#define CANDIDATES_MAX 100000
#define SENT_LEAST     3 /* times a file was sent before its copy may be let go of */

/* A file that is not in the outbox as it is now. */
struct candidate {
	char *path; /* owned */
	size_t name_at;
	struct ls_file_info info;
	uint64_t since; /* ticks when it was first seen like this */
	uint64_t look;	/* the last look that saw it */
	uint64_t retry; /* ticks before which it is not tried again */
	bool said;	/* what hinders it was said */
};

struct ls_watch {
	const struct ls_settings *settings;
	struct ls_outbox *outbox;
	const struct ls_outbox_file *sending;
	struct candidate *all;
	size_t count, capacity;
	size_t near;   /* where the last search ended: folders are listed in the same order */
	size_t next;   /* candidate to try next */
	uint64_t look; /* counts them */
	uint32_t unreadable, unreadable_now, full; /* bits of enum ls_beat_flags */
	bool folder_said[LS_LIST_MAX];
};

int ls_watch_new(const struct ls_settings *settings, struct ls_outbox *outbox,
		 struct ls_watch **ret_watch, struct ls_error *err)
{
	struct ls_watch *w = calloc(1, sizeof(*w));
	if (!w)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	w->settings = settings;
	w->outbox = outbox;
	*ret_watch = w;
	return 0;
}

struct ls_watch *ls_watch_free(struct ls_watch *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < w->count; i++)
		free(w->all[i].path);
	free(w->all);
	free(w);
	return NULL;
}

static void say(struct candidate *c, const struct ls_error *err)
{
	if (!c->said)
		ls_platform_say(err->message);
	c->said = true;
}

/* --- which names ---------------------------------------------------------------------- */

static bool matches_any(const struct ls_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (ls_match(list->items[i], name))
			return true;
	return false;
}

static bool is_wanted(const struct ls_watch *w, const char *name)
{
	return !matches_any(&w->settings->ignore, name) &&
	       (w->settings->match.count == 0 || matches_any(&w->settings->match, name));
}

/* --- what is new ------------------------------------------------------------------------ */

static bool same_info(const struct ls_file_info *a, const struct ls_file_info *b)
{
	return a->size == b->size && a->mtime == b->mtime && a->mark == b->mark;
}

static bool is_in_outbox(const struct ls_watch *w, const char *path,
			 const struct ls_file_info *info)
{
	const struct ls_outbox_file *f = ls_outbox_find(w->outbox, path);
	return f && f->size == info->size && f->mtime == info->mtime && f->mark == info->mark;
}

static struct candidate *find(struct ls_watch *w, const char *path)
{
	for (size_t i = 0; i < w->count; i++) {
		size_t at = (w->near + i) % w->count;
		if (strcmp(w->all[at].path, path) != 0)
			continue;
		w->near = at + 1;
		return &w->all[at];
	}
	return NULL;
}

static struct candidate *add(struct ls_watch *w, const char *path, size_t name_at)
{
	if (w->count == w->capacity) {
		size_t capacity = w->capacity ? 2 * w->capacity : 64;
		struct candidate *all = capacity > CANDIDATES_MAX
						? NULL
						: realloc(w->all, capacity * sizeof(*all));
		if (!all)
			return NULL; /* it is there at the next look, too */
		w->all = all;
		w->capacity = capacity;
	}
	struct candidate *c = &w->all[w->count];
	*c = (struct candidate){ .path = strdup(path), .name_at = name_at };
	if (!c->path)
		return NULL;
	w->count++;
	return c;
}

static void note(struct ls_watch *w, const char *path, size_t name_at,
		 const struct ls_file_info *info)
{
	if (is_in_outbox(w, path, info))
		return;
	struct candidate *c = find(w, path);
	if (!c)
		c = add(w, path, name_at);
	if (!c)
		return;
	if (!same_info(&c->info, info)) {
		c->info = *info;
		c->since = ls_platform_ticks();
		c->retry = 0;
	}
	c->look = w->look;
}

/* --- walking the folders -------------------------------------------------------------------- */

struct walk {
	struct ls_watch *w;
	const char *folder;
	size_t name_at;
	unsigned depth;
	struct ls_error *err;
};

static int walk_folder(struct ls_watch *w, const char *folder, size_t name_at, unsigned depth,
		       struct ls_error *err);

static int visit(void *context, const char *name, const struct ls_file_info *info)
{
	const struct walk *walk = context;
	char path[LS_PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s%c%s", walk->folder, ls_platform_separator, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	if (!info->is_folder) {
		if (is_wanted(walk->w, name))
			note(walk->w, path, walk->name_at, info);
		return 0;
	}
	if (walk->depth >= DEPTH_MAX || matches_any(&walk->w->settings->ignore, name))
		return 0;
	if (walk_folder(walk->w, path, walk->name_at, walk->depth + 1, NULL) < 0)
		walk->w->unreadable_now |= LS_BEAT_UNREADABLE;
	return 0;
}

static int walk_folder(struct ls_watch *w, const char *folder, size_t name_at, unsigned depth,
		       struct ls_error *err)
{
	struct walk walk = { .w = w, .folder = folder, .name_at = name_at, .depth = depth };
	return ls_platform_list(folder, visit, &walk, err);
}

static void walk_all(struct ls_watch *w)
{
	for (size_t i = 0; i < w->settings->watch.count; i++) {
		struct ls_error err = { 0 };
		const char *folder = w->settings->watch.items[i];
		if (walk_folder(w, folder, strlen(folder) + 1, 0, &err) == 0) {
			w->folder_said[i] = false;
			continue;
		}
		w->unreadable_now |= LS_BEAT_UNREADABLE;
		if (!w->folder_said[i])
			ls_platform_say(err.message);
		w->folder_said[i] = true;
	}
}

/* --- whether it is whole, and taking it ----------------------------------------------------------
 */

/* 1: whole or of no structure that we know; 0: not yet; or a negative errno. */
static int has_structure(const struct candidate *c, struct ls_source *source, struct ls_error *err)
{
	if (c->info.size == 0)
		return 0; /* most often made first and written later */
	enum ls_structure structure = ls_structure_of(c->path);
	if (structure == LS_STRUCTURE_NONE)
		return 1;
	uint64_t size = c->info.size, most = LS_TEXT_HEAD, offset = 0;
	if (structure == LS_STRUCTURE_ZIP) {
		most = LS_ZIP_TAIL;
		offset = size > most ? size - most : 0;
	}
	size_t want = (size_t)(size < most ? size : most);
	_cleanup_free_ uint8_t *bytes = malloc(want);
	if (!bytes)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	int64_t n = ls_platform_source_read(source, offset, bytes, want, err);
	if (n < 0)
		return (int)n;
	if ((size_t)n != want)
		return 0;
	return structure == LS_STRUCTURE_ZIP ? ls_zip_is_whole(bytes, want, size)
					     : ls_text_is_whole(bytes, want);
}

static int take_open(struct ls_watch *w, struct candidate *c, struct ls_source *source,
		     uint64_t still, struct ls_error *err)
{
	int rc = has_structure(c, source, err);
	if (rc < 0)
		return rc;
	if (rc == 0 && still < w->settings->structure_wait)
		return -EAGAIN;
	rc = ls_outbox_make_room(w->outbox, c->info.size, w->settings->keep, SENT_LEAST, w->sending,
				 err);
	return rc ? rc : ls_outbox_take(w->outbox, c->path, c->name_at, &c->info, source, err);
}

/* Try one file that stood still.  Errors that are the outbox's are returned as they are. */
static int take(struct ls_watch *w, struct candidate *c, uint64_t still, struct ls_error *err)
{
	struct ls_source *source = NULL;
	struct ls_file_info info;
	int rc = ls_platform_open_source(c->path, &source, &info, err);
	if (rc < 0)
		return rc;
	rc = same_info(&info, &c->info) ? take_open(w, c, source, still, err) : -ESTALE;
	ls_platform_source_close(source);
	return rc;
}

static void taken(const struct ls_watch *w, const struct candidate *c, bool is_new)
{
	if (!w->settings->verbose)
		return;
	char text[LS_PATH_MAX + 64];
	snprintf(text, sizeof(text), is_new ? "took '%s'" : "'%s' was written again as it was",
		 c->path);
	ls_platform_say(text);
}

/* Take it or see when to try again; an error says that the exporter cannot go on. */
static int try_candidate(struct ls_watch *w, struct candidate *c, struct ls_error *err)
{
	uint64_t now = ls_platform_ticks();
	if (now - c->since < w->settings->stable || now < c->retry)
		return 0;
	struct ls_error why = { 0 };
	int rc = take(w, c, now - c->since, &why);
	c->retry = now + w->settings->scan;
	if (rc == -ENOSPC) {
		w->full = LS_BEAT_OUTBOX_FULL;
		say(c, &why);
		return 0;
	}
	if (rc >= 0) {
		taken(w, c, rc == 0);
		w->full = 0;
		c->look = 0; /* is swept away */
		return 0;
	}
	if (rc == -EBUSY || rc == -EAGAIN || rc == -ESTALE || rc == -ENOENT)
		return 0;
	if (strncmp(why.id, "export.source.", strlen("export.source.")) == 0) {
		w->unreadable = LS_BEAT_UNREADABLE;
		say(c, &why);
		return 0;
	}
	*err = why;
	return rc;
}

static void sweep(struct ls_watch *w)
{
	size_t kept = 0;
	for (size_t i = 0; i < w->count; i++) {
		if (w->all[i].look == w->look)
			w->all[kept++] = w->all[i];
		else
			free(w->all[i].path);
	}
	w->count = kept;
	w->near = w->next = 0;
}

void ls_watch_look(struct ls_watch *w)
{
	w->look++;
	w->unreadable_now = 0;
	walk_all(w);
	sweep(w);
	w->unreadable = w->unreadable_now;
}

int ls_watch_take(struct ls_watch *w, const struct ls_outbox_file *sending, unsigned budget_ms,
		  struct ls_error *err)
{
	uint64_t began = ls_platform_ticks();
	w->sending = sending;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < w->count; i++) {
		if (w->next >= w->count)
			w->next = 0;
		struct candidate *c = &w->all[w->next++];
		if (c->look == w->look)
			rc = try_candidate(w, c, err);
		if (ls_platform_ticks() - began >= budget_ms)
			break;
	}
	return rc;
}

uint32_t ls_watch_flags(const struct ls_watch *w)
{
	return w->unreadable | w->full;
}
