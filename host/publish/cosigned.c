/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/cosigned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/publish/place.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/log/checkpoint.h"
#include "lib/proc/handover.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

#define PATH_SIZE 64

/* A cosigned checkpoint, taken apart; the note points into its bytes. */
struct cosigned {
	struct ls_note note;
	struct ls_checkpoint checkpoint;
};

static int parse(const void *bytes, size_t size, struct cosigned *ret, struct ls_error *err)
{
	int rc = size > LS_HANDOVER_NOTE_MAX
			 ? ls_fail(err, -EBADMSG, "cosigned.size", "it is too long")
			 : ls_note_parse(bytes, size, &ret->note, err);
	return rc < 0 ? rc
		      : ls_checkpoint_parse(ret->note.text, ret->note.text_size, &ret->checkpoint,
					    err);
}

static bool is_same_name(const struct ls_note_line *a, const struct ls_note_line *b)
{
	return a->name_size == b->name_size && memcmp(a->name, b->name, a->name_size) == 0;
}

static bool has_line(const struct ls_note *note, const struct ls_note_line *wanted)
{
	for (unsigned i = 0; i < note->count; i++)
		if (is_same_name(&note->lines[i], wanted))
			return true;
	return false;
}

/* Every name on it, the log's own too, is on the other one. */
static bool is_covered(const struct ls_note *note, const struct ls_note *by)
{
	for (unsigned i = 0; i < note->count; i++)
		if (!has_line(by, &note->lines[i]))
			return false;
	return true;
}

/* --- what is checked ----------------------------------------------------------------- */

/* A state that this log was in: the network's word is not enough. */
static int check_state(struct ls_share *share, const struct cosigned *c, struct ls_error *err)
{
	struct ls_bytes own = ls_share_checkpoint(share);
	struct cosigned head;
	struct ls_digest proof[LS_MERKLE_PROOF_MAX];
	unsigned count = 0;
	int rc = parse(own.data, own.size, &head, err);
	if (rc < 0)
		return rc;
	if (strcmp(c->checkpoint.origin, head.checkpoint.origin) != 0)
		return ls_fail(err, -EBADMSG, "cosigned.origin", "it is of the log '%s'",
			       c->checkpoint.origin);
	if (c->checkpoint.size == 0 || c->checkpoint.size > head.checkpoint.size)
		return ls_fail(err, -EBADMSG, "cosigned.state",
			       "its size %" PRIu64 " is none that the log had", c->checkpoint.size);
	if (c->checkpoint.size < head.checkpoint.size)
		rc = ls_share_prove(share, c->checkpoint.size, proof, &count, err);
	if (rc == 0)
		rc = ls_merkle_verify_consistency(c->checkpoint.size, &c->checkpoint.root,
						  head.checkpoint.size, &head.checkpoint.root,
						  proof, count, err);
	return rc;
}

/* --- what is written ------------------------------------------------------------------- */

static int read_kept(int share_fd, const char *path, struct ls_buffer *bytes, struct cosigned *ret,
		     struct ls_error *err)
{
	ls_buffer_init(bytes, LS_HANDOVER_NOTE_MAX);
	int rc = ls_file_read(share_fd, path, bytes, err);
	return rc == 0 ? parse(bytes->data, bytes->size, ret, err) : rc;
}

/* Lines that came earlier for the same checkpoint stay. */
static void keep_earlier(int share_fd, const char *path, const struct cosigned *c,
			 struct ls_buffer *whole)
{
	struct cosigned kept = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	if (read_kept(share_fd, path, &bytes, &kept, NULL) < 0)
		return;
	for (unsigned i = 0; i < kept.note.count; i++) {
		const struct ls_note_line *line = &kept.note.lines[i];
		if (!has_line(&c->note, line))
			ls_buffer_printf(whole, "\xe2\x80\x94 %.*s %.*s\n", (int)line->name_size,
					 line->name, (int)line->base64_size, line->base64);
	}
}

/* Files of smaller sizes that say nothing which this one does not say. */
static int remove_covered(int share_fd, const struct cosigned *c, struct ls_error *err)
{
	int fd = openat(share_fd, LS_WITNESSED_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closedir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return ls_fail_errno(err, errno, "cosigned.list", "cannot list '%s'",
				     LS_WITNESSED_FOLDER);
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		uint64_t size;
		char path[PATH_SIZE];
		struct cosigned kept;
		_cleanup_buffer_ struct ls_buffer bytes;
		ls_buffer_init(&bytes, 0);
		if (ls_parse_u64(entry->d_name, strlen(entry->d_name), &size) < 0 ||
		    size >= c->checkpoint.size)
			continue;
		snprintf(path, sizeof(path), LS_WITNESSED_FOLDER "/%" PRIu64, size);
		if (read_kept(share_fd, path, &bytes, &kept, NULL) == 0 &&
		    is_covered(&kept.note, &c->note))
			unlinkat(share_fd, path, 0);
	}
	return 0;
}

static int write_files(struct ls_share *share, int share_fd, const char *path,
		       const struct cosigned *c, const struct ls_buffer *whole,
		       struct ls_error *err)
{
	int rc = ls_make_dirs(share_fd, LS_WITNESSED_FOLDER, LS_PLACE_FOLDER_MODE, err);
	if (rc == 0)
		rc = ls_place_replace(share_fd, path, whole->data, whole->size, err);
	if (rc == 0 && c->checkpoint.size == ls_share_size(share))
		rc = ls_place_replace(share_fd, "log/checkpoint", whole->data, whole->size, err);
	return rc;
}

int ls_cosigned_publish(struct ls_share *share, int share_fd, const void *bytes, size_t size,
			struct ls_error *err)
{
	char path[PATH_SIZE];
	struct cosigned c, all;
	struct ls_bytes own = ls_share_checkpoint(share);
	_cleanup_buffer_ struct ls_buffer whole;
	ls_buffer_init(&whole, LS_HANDOVER_NOTE_MAX);
	int rc = parse(bytes, size, &c, err);
	if (rc == 0)
		rc = check_state(share, &c, err);
	if (rc < 0)
		return rc;
	/* whose checkpoint it is, is said by the lines that the log has, not by what came */
	bool is_head = c.checkpoint.size == ls_share_size(share);
	if (is_head && (size < own.size || memcmp(bytes, own.data, own.size) != 0))
		return ls_fail(err, -EBADMSG, "cosigned.lines",
			       "it does not begin with the log's own checkpoint");
	snprintf(path, sizeof(path), LS_WITNESSED_FOLDER "/%" PRIu64, c.checkpoint.size);
	ls_buffer_add(&whole, bytes, size);
	keep_earlier(share_fd, path, &c, &whole);
	if (ls_buffer_error(&whole) < 0)
		return ls_fail(err, -EFBIG, "cosigned.size", "its lines are too many");
	rc = parse(whole.data, whole.size, &all, err);
	if (rc == 0)
		rc = write_files(share, share_fd, path, &all, &whole, err);
	return rc < 0 ? rc : remove_covered(share_fd, &all, err);
}

int ls_cosigned_look(struct ls_cosigned *c, struct ls_share *share, int share_fd,
		     struct ls_error *err)
{
	struct stat st;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_HANDOVER_NOTE_MAX);
	if (c->folder_fd < 0 || ls_share_size(share) == 0 ||
	    fstatat(c->folder_fd, LS_HANDOVER_COSIGNED, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (st.st_ino == c->inode && st.st_mtim.tv_sec == c->seen.tv_sec &&
	    st.st_mtim.tv_nsec == c->seen.tv_nsec)
		return 0;
	c->inode = st.st_ino;
	c->seen = st.st_mtim;
	_cleanup_close_ int fd = ls_open_beneath(c->folder_fd, LS_HANDOVER_COSIGNED, O_RDONLY, 0);
	if (fd < 0)
		return ls_fail_errno(err, -fd, "cosigned.open",
				     "cannot open the notary's cosigned checkpoint");
	int rc = ls_file_read(c->folder_fd, LS_HANDOVER_COSIGNED, &bytes, err);
	if (rc == 0)
		rc = ls_cosigned_publish(share, share_fd, bytes.data, bytes.size, err);
	if (rc < 0)
		ls_error_prefix(err, "the checkpoint that the notary handed over");
	return rc;
}
