/* SPDX-License-Identifier: Apache-2.0 */
/* Which state of which log is copied, and whether dest may take it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/export/export_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/note.h"

#define READS 5 /* of a tile: a partial one goes when a full one is there */

/* --- tiles ------------------------------------------------------------------------- */

static int read_beneath(int dirfd, const char *path, struct ls_buffer *bytes)
{
	struct stat st;
	_cleanup_close_ int fd = ls_open_beneath(dirfd, path, O_RDONLY, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return -EBADMSG;
	ls_buffer_clear(bytes);
	for (;;) {
		uint8_t part[4096];
		ssize_t n = read(fd, part, sizeof(part));
		if (n <= 0)
			return n < 0 ? -errno : ls_buffer_error(bytes);
		if (ls_buffer_add(bytes, part, (size_t)n) < 0)
			return -EBADMSG; /* larger than any of its kind */
	}
}

/* Keep the first entries, or hashes, of a wider tile. */
static int cut(const struct ls_tile *tile, struct ls_buffer *bytes)
{
	struct ls_reader r;
	size_t size = (size_t)tile->width * LS_DIGEST_SIZE;
	ls_reader_init(&r, bytes->data, bytes->size);
	for (unsigned i = 0; tile->entries && i < tile->width; i++) {
		const uint8_t *entry;
		size_t n;
		if (ls_bundle_next(&r, &entry, &n) < 0)
			return -EBADMSG;
	}
	size = tile->entries ? r.pos : size;
	if (size > bytes->size)
		return -EBADMSG;
	bytes->size = size;
	return 0;
}

static int try_tile(struct ls_export *x, const struct ls_tile *tile, unsigned width,
		    struct ls_buffer *bytes)
{
	char part[LS_TILE_PATH_SIZE], path[LS_TILE_PATH_SIZE + 8];
	struct ls_tile wider = *tile;
	wider.width = width;
	snprintf(path, sizeof(path), "log/%s", ls_tile_path(&wider, part));
	int rc = read_beneath(x->share, path, bytes);
	return rc < 0 ? rc : cut(tile, bytes);
}

int ls_export_read_tile(struct ls_export *x, const struct ls_tile *tile, struct ls_buffer *bytes,
			struct ls_error *err)
{
	char part[LS_TILE_PATH_SIZE];
	int rc = -ENOENT;
	for (int i = 0; rc == -ENOENT && i < READS; i++) {
		rc = try_tile(x, tile, tile->width, bytes);
		/* any wider one begins with it: the next ones, and the full one that follows */
		for (unsigned w = LS_TILE_WIDTH; rc == -ENOENT && w > tile->width; w--)
			rc = try_tile(x, tile, w, bytes);
	}
	return rc < 0 ? ls_export_fail_share(x, rc, ls_tile_path(tile, part), err) : 0;
}

static int read_hashes(void *context, const struct ls_tile *tile, uint8_t *bytes,
		       struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_TILE_SIZE_MAX);
	int rc = ls_export_read_tile(context, tile, &b, err);
	if (rc == 0 && b.size != (size_t)tile->width * LS_DIGEST_SIZE)
		rc = -EBADMSG;
	if (rc == 0)
		memcpy(bytes, b.data, b.size);
	return rc;
}

/* Whether the share's tiles make this root at this size. */
static int check_root(struct ls_export *x, const struct ls_checkpoint *c, struct ls_error *err)
{
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	const struct ls_tile_source source = { read_hashes, x };
	struct ls_digest root;
	if (c->size == 0)
		return 0;
	int rc = ls_tile_reader_new(&source, c->size, &reader, err);
	if (rc == 0)
		rc = ls_tile_reader_root(reader, &root, err);
	if (rc < 0)
		return rc;
	return ls_digest_equal(&root, &c->root) ? 0 : -EBADMSG;
}

/* --- the snapshot ------------------------------------------------------------------ */

int ls_export_take_snapshot(struct ls_export *x, const struct ls_trust *trust, struct ls_error *err)
{
	int rc = read_beneath(x->share, LS_EXPORT_CHECKPOINT, &x->note);
	if (rc < 0)
		return ls_export_fail_share(x, rc, LS_EXPORT_CHECKPOINT, err);
	if (fstatat(x->share, LS_EXPORT_CHECKPOINT, &x->note_st, AT_SYMLINK_NOFOLLOW) < 0)
		return ls_export_fail_share(x, -errno, LS_EXPORT_CHECKPOINT, err);
	rc = ls_checkpoint_open(x->note.data, x->note.size, &trust->log, &x->checkpoint, err);
	if (rc < 0) {
		ls_error_prefix(err, "the checkpoint of '%s'", x->share_name);
		return rc;
	}
	rc = check_root(x, &x->checkpoint, err);
	return rc == -EBADMSG ? ls_fail(err, rc, "export.log",
					"the log of '%s' does not hash to its checkpoint; run "
					"'labseal verify' on it",
					x->share_name)
			      : rc;
}

/* --- dest -------------------------------------------------------------------------- */

static int other(struct ls_export *x, const char *why, struct ls_error *err)
{
	return ls_fail(
		err, -EEXIST, "export.other",
		"'%s' is not overwritten: %s; name a folder that is empty, is not there yet, "
		"or holds a copy of this log",
		x->dest_name, why);
}

/* Of this log, not ahead of it, and with the same beginning. */
static int check_copy(struct ls_export *x, const struct ls_buffer *note, struct ls_error *err)
{
	struct ls_note n;
	struct ls_checkpoint c;
	char why[160];
	if (ls_note_parse(note->data, note->size, &n, NULL) < 0 ||
	    ls_checkpoint_parse(n.text, n.text_size, &c, NULL) < 0)
		return other(x, "its checkpoint is none", err);
	if (strcmp(c.origin, x->checkpoint.origin) != 0)
		return other(x, "it holds a copy of another log", err);
	if (c.size > x->checkpoint.size) {
		snprintf(why, sizeof(why),
			 "its copy holds %" PRIu64 " seals, and the share only %" PRIu64, c.size,
			 x->checkpoint.size);
		return other(x, why, err);
	}
	int rc = check_root(x, &c, err);
	return rc == -EBADMSG ? other(x,
				      "the share's log does not continue its copy: one of the two "
				      "is another history; keep both, and run 'labseal verify' on "
				      "them",
				      err)
			      : rc;
}

/* Nothing but these two names, either of which may be missing. */
static bool holds_only(int dest, const char *path, const char *one, const char *two)
{
	_cleanup_close_ int copy = openat(dest, path,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	if (!dir)
		return false;
	(void)ls_steal_fd(&copy); /* the DIR's now */
	bool only = true;
	const struct dirent *e;
	while (only && (e = readdir(dir)))
		only = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
		       strcmp(e->d_name, one) == 0 || strcmp(e->d_name, two) == 0;
	closedir(dir);
	return only;
}

/* A new disk has a lost+found; what ended before it said of which log it is has copied nothing. */
static bool is_empty(int dest)
{
	struct stat st;
	return holds_only(dest, ".", "lost+found", ".staging") &&
	       (fstatat(dest, ".staging", &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		holds_only(dest, ".staging", "export", "export"));
}

int ls_export_check_dest(struct ls_export *x, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	bool marked = false;
	static const char *const marks[] = { LS_EXPORT_CHECKPOINT, LS_EXPORT_SNAPSHOT };
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		int rc = read_beneath(x->dest, marks[i], &note);
		if (rc == -ENOENT)
			continue;
		rc = rc < 0 ? ls_export_fail_dest(x, rc, marks[i], err) : check_copy(x, &note, err);
		if (rc < 0)
			return rc;
		marked = true;
	}
	return marked || is_empty(x->dest) ? 0 : other(x, "there is something else in it", err);
}
