/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/sequences.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/files.h"
#include "lib/seal/samples.h"

#define STAGED LS_STAGING "/sequence"

struct publishing {
	int share;
	const struct ls_buffer *bytes;
	const char *path;
};

static int read_file(int fd, struct ls_buffer *bytes, struct ls_error *err)
{
	int rc = ls_read_all(fd, bytes);
	if (rc == -EFBIG)
		return ls_fail(err, rc, "sequence.size",
			       "a sample's sequence file has more than %u bytes",
			       LS_SEQUENCE_SIZE_MAX);
	return rc < 0 ? ls_fail_errno(err, -rc, "sequence.read",
				      "cannot read a sample's sequence file")
		      : 0;
}

static int check(const struct ls_buffer *bytes, const struct ls_digest *expected,
		 struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest seen;
	ls_sha256_buffer(bytes->data, bytes->size, &seen);
	return ls_digest_equal(&seen, expected)
		       ? 0
		       : ls_fail(err, -ESTALE, "sequence.changed",
				 "a sample's sequence file was changed while it was taken up: its "
				 "SHA-256 was %s",
				 ls_digest_hex(expected, hex));
}

/* 0: it is there, as it should be; -ENOENT: it is not there. */
static int look(int share_fd, const char *path, const struct ls_digest *expected,
		struct ls_error *err)
{
	struct ls_digest seen;
	struct ls_error why = { 0 };
	_cleanup_buffer_ struct ls_buffer there;
	ls_buffer_init(&there, LS_SEQUENCE_SIZE_MAX);
	int rc = ls_file_read(share_fd, path, &there, &why);
	if (rc == -ENOENT || rc == -ENOMEM)
		return rc == -ENOENT ? rc : ls_fail(err, rc, why.id, "%s", why.message);
	ls_sha256_buffer(there.data, there.size, &seen);
	if (rc == 0 && ls_digest_equal(&seen, expected))
		return 0;
	return ls_fail(
		err, -EUCLEAN, "sequence.altered",
		"'%s' on the share is not the file of that SHA-256: somebody changed it; move "
		"it away and start labseald anew, which puts the right one there",
		path);
}

static int place(void *context, struct ls_error *err)
{
	const struct publishing *p = context;
	int rc = ls_make_dirs(p->share, LS_SEQUENCES_FOLDER, LS_PLACE_FOLDER_MODE, err);
	if (rc == 0)
		rc = ls_place_write(p->share, STAGED, p->bytes->data, p->bytes->size, err);
	if (rc < 0)
		return rc;
	rc = ls_place_move(p->share, STAGED, p->share, p->path);
	return rc < 0 ? ls_fail_errno(err, -rc, "sequence.place", "cannot put '%s' in its place",
				      p->path)
		      : ls_sync_dir(p->share, LS_SEQUENCES_FOLDER, err);
}

int ls_sequence_publish(int share_fd, int fd, const struct ls_digest *expected,
			const struct ls_place_hooks *hooks, struct ls_error *err)
{
	char path[LS_SEQUENCE_PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_SEQUENCE_SIZE_MAX);
	struct publishing p = { share_fd, &bytes, ls_sequence_path(expected, path) };
	int rc = read_file(fd, &bytes, err);
	if (rc == 0)
		rc = check(&bytes, expected, err);
	if (rc < 0)
		return rc;
	rc = look(share_fd, path, expected, err);
	return rc == -ENOENT ? ls_place_step(hooks, "place sequence", place, &p, err) : rc;
}
