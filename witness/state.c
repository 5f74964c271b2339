/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"

#define VERSION_LINE "labseal-witness-state/v1\n"
#define NAME_SIZE    (LS_DIGEST_HEX_SIZE + sizeof(".checkpoint"))

static const char *file_name(const char *origin, char buffer[static NAME_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	ls_sha256_buffer(origin, strlen(origin), &digest);
	snprintf(buffer, NAME_SIZE, "%s.checkpoint", ls_digest_hex(&digest, hex));
	return buffer;
}

int ls_witness_state_parse(const void *bytes, size_t size, struct ls_checkpoint *ret_checkpoint,
			   struct ls_error *err)
{
	struct ls_reader r;
	const uint8_t *text;
	ls_reader_init(&r, bytes, size);
	if (ls_read_literal(&r, VERSION_LINE) < 0)
		return ls_fail(err, -EBADMSG, "witness.state.form",
			       "its first line is not \"labseal-witness-state/v1\"");
	size_t left = ls_reader_left(&r);
	ls_read_bytes(&r, left, &text);
	return ls_checkpoint_parse((const char *)text, left, ret_checkpoint, err);
}

int ls_witness_state_read(int folder_fd, const char *origin, struct ls_checkpoint *ret_checkpoint,
			  struct ls_error *err)
{
	char name[NAME_SIZE];
	struct ls_checkpoint c = { .size = 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WITNESS_STATE_MAX);
	file_name(origin, name);
	if (faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
		ls_sha256_buffer("", 0, &c.root);
		snprintf(c.origin, sizeof(c.origin), "%s", origin);
		*ret_checkpoint = c;
		return 0;
	}
	int rc = ls_file_read(folder_fd, name, &bytes, err);
	if (rc == 0)
		rc = ls_witness_state_parse(bytes.data, bytes.size, &c, err);
	if (rc == 0 && strcmp(c.origin, origin) != 0)
		rc = ls_fail(err, -EBADMSG, "witness.state.origin", "it is of the log '%s'",
			     c.origin);
	if (rc < 0) {
		ls_error_prefix(err,
				"what was cosigned of the log '%s' is not known, '%s' in the state "
				"folder is damaged; nothing of this log is cosigned until the "
				"file is restored",
				origin, name);
		return rc;
	}
	*ret_checkpoint = c;
	return 0;
}

int ls_witness_state_write(int folder_fd, const struct ls_checkpoint *checkpoint,
			   struct ls_error *err)
{
	char name[NAME_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WITNESS_STATE_MAX);
	ls_buffer_add_str(&bytes, VERSION_LINE);
	if (ls_checkpoint_format(checkpoint, &bytes) < 0)
		return ls_fail(err, ls_buffer_error(&bytes), "witness.memory",
			       "out of memory for a checkpoint");
	return ls_file_replace(folder_fd, file_name(checkpoint->origin, name), bytes.data,
			       bytes.size, 0600, err);
}

int ls_witness_state_open(const char *path, struct ls_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "witness.state.open",
				     "cannot open the state folder '%s'", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK
			       ? ls_fail(err, -EBUSY, "witness.state.busy",
					 "another witness works with the state folder '%s'", path)
			       : ls_fail_errno(err, errno, "witness.state.open",
					       "cannot lock the state folder '%s'", path);
	return ls_steal_fd(&fd);
}
