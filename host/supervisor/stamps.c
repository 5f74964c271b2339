/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/stamps.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/proc/handover.h"
#include "lib/proc/protocol.h"

#define DOMAIN	   "labseal/time-stamp-event/v1\n"
#define DETAIL_MAX (LS_DETAIL_MAX - 512) /* "occurred" is put in */

int ls_stamps_open(const struct ls_policy *policy, int state_fd, struct ls_error *err)
{
	if (!policy->signing.timestamp.url[0] && policy->signing.witness_count == 0)
		return -1;
	/* readable to the publisher, which takes cosigned checkpoints there; the state folder is
	 * not */
	if (ls_make_dirs(state_fd, LS_STATE_NOTARY, 0755, err) < 0)
		return -1;
	const struct passwd *user = geteuid() == 0 ? getpwnam(LS_NOTARY_USER) : NULL;
	_cleanup_close_ int fd = openat(state_fd, LS_STATE_NOTARY,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || (user && fchown(fd, user->pw_uid, user->pw_gid) < 0)) {
		ls_fail_errno(err, errno, "stamps.folder", "cannot use the folder '%s'",
			      LS_STATE_NOTARY);
		return -1;
	}
	return ls_steal_fd(&fd);
}

/* A file of the notary's own, and no way to another one's. */
static int read_file(int fd, struct ls_buffer *detail, struct ls_error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "stamps.read", "cannot look at a time stamp");
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_size <= 0 || st.st_size > DETAIL_MAX)
		return ls_fail(err, -EINVAL, "stamps.file",
			       "the notary's '" LS_HANDOVER_TIME_STAMP
			       "' is empty, too long, or no file of its own");
	size_t size = (size_t)st.st_size;
	uint8_t *room = ls_buffer_reserve(detail, size);
	ssize_t n = room ? pread(fd, room, size, 0) : -1;
	if (n != (ssize_t)size)
		return ls_fail(err, -EIO, "stamps.read", "cannot read a time stamp");
	ls_buffer_commit(detail, size);
	return 0;
}

static int make_key(struct ls_stamps *s, const struct ls_buffer *detail)
{
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	if (ls_sha256_init(&h) < 0)
		return -ENOMEM;
	ls_sha256_update(&h, DOMAIN, strlen(DOMAIN));
	ls_sha256_update(&h, detail->data, detail->size);
	ls_sha256_final(&h, &s->key);
	return 0;
}

int ls_stamps_look(struct ls_stamps *s, int64_t now, struct ls_buffer *detail, struct ls_error *err)
{
	if (s->folder_fd < 0 || s->is_sent || now < s->next)
		return 0;
	s->next = now + LS_STAMPS_LOOK_MS;
	_cleanup_close_ int fd = ls_open_beneath(s->folder_fd, LS_HANDOVER_TIME_STAMP, O_RDONLY, 0);
	if (fd == -ENOENT)
		return 0;
	int rc = fd < 0 ? ls_fail_errno(err, -fd, "stamps.read", "cannot open a time stamp")
			: read_file(fd, detail, err);
	if (rc == 0 && make_key(s, detail) < 0)
		rc = ls_fail(err, -ENOMEM, "stamps.memory", "out of memory for a time stamp");
	if (rc < 0)
		s->next = now + LS_STAMPS_REST_MS;
	return rc < 0 ? rc : 1;
}

void ls_stamps_sent(struct ls_stamps *s, int64_t now)
{
	s->is_sent = true;
	s->next = now + LS_STAMPS_REST_MS;
}

static int keep_sealed(const struct ls_stamps *s, struct ls_error *err)
{
	if (renameat(s->folder_fd, LS_HANDOVER_TIME_STAMP, s->folder_fd, LS_HANDOVER_STAMPED) ==
		    0 ||
	    errno == ENOENT)
		return 0;
	return ls_fail_errno(err, errno, "stamps.keep",
			     "a time stamp is sealed, and cannot be kept as '" LS_HANDOVER_STAMPED
			     "' in the notary's folder: the notary asks for another one when it is "
			     "started again; is something in the way?");
}

int ls_stamps_done(struct ls_stamps *s, const struct ls_digest *key, bool is_sealed,
		   struct ls_error *err)
{
	if (!s->is_sent || !ls_digest_equal(&s->key, key))
		return 0;
	s->is_sent = false;
	int rc = is_sealed ? keep_sealed(s, err) : -ECANCELED;
	if (rc < 0 && unlinkat(s->folder_fd, LS_HANDOVER_TIME_STAMP, 0) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "stamps.remove",
				     "a time stamp is done with, and its file cannot be removed");
	return 1;
}

void ls_stamps_again(struct ls_stamps *s)
{
	s->is_sent = false;
}

int64_t ls_stamps_cosigned(const struct ls_stamps *s)
{
	struct stat st;
	return s->folder_fd >= 0 && fstatat(s->folder_fd, LS_HANDOVER_COSIGNED, &st,
					    AT_SYMLINK_NOFOLLOW) == 0
		       ? (int64_t)st.st_mtime
		       : 0;
}

/* 0; -ENOENT: it is not there, or so old that nobody writes it; else it cannot be read, or is none.
 */
static int read_trouble(const struct ls_stamps *s, int64_t now, struct ls_buffer *text)
{
	struct stat st;
	_cleanup_close_ int fd = ls_open_beneath(s->folder_fd, LS_HANDOVER_TROUBLE,
						 O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > LS_HANDOVER_TROUBLE_MAX)
		return -EINVAL;
	if (now - st.st_mtime > LS_NOTARY_GONE_S)
		return -ENOENT;
	uint8_t *room = ls_buffer_reserve(text, LS_HANDOVER_TROUBLE_MAX);
	ssize_t n = room ? pread(fd, room, LS_HANDOVER_TROUBLE_MAX, 0) : -1;
	if (n < 0)
		return -EIO;
	ls_buffer_commit(text, (size_t)n);
	return 0;
}

const char *ls_stamps_trouble(const struct ls_stamps *s, int64_t now,
			      char buffer[static LS_ERROR_MESSAGE_SIZE])
{
	_cleanup_buffer_ struct ls_buffer text, shown;
	ls_buffer_init(&text, LS_HANDOVER_TROUBLE_MAX);
	ls_buffer_init(&shown, LS_ERROR_MESSAGE_SIZE - 1);
	buffer[0] = '\0';
	if (s->folder_fd < 0)
		return buffer;
	int rc = read_trouble(s, now, &text);
	if (rc == 0)
		ls_text_plain(ls_buffer_str(&text), text.size, LS_ERROR_MESSAGE_SIZE - 1, &shown);
	else
		ls_buffer_add_str(
			&shown, rc == -ENOENT ? "labseal-notary does not run: nobody is asked for "
						"time stamps and cosignatures"
					      : "what labseal-notary says cannot be read");
	snprintf(buffer, LS_ERROR_MESSAGE_SIZE, "%s", ls_buffer_str(&shown));
	return buffer;
}
