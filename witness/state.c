/* SPDX-License-Identifier: Apache-2.0 */
#include "witness/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"

#define VERSION_1    "labseal-witness-state/v1\n"
#define VERSION_2    "labseal-witness-state/v2\n"
#define EVIDENCE_MAX (2 * LS_WITNESS_NOTE_MAX + 16384)

static void file_name(const char *origin, const char *kind,
		      char buffer[static LS_WITNESS_EVIDENCE_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	ls_sha256_buffer(origin, strlen(origin), &digest);
	snprintf(buffer, LS_WITNESS_EVIDENCE_SIZE, "%s%s", ls_digest_hex(&digest, hex), kind);
}

void ls_witness_known_init(struct ls_witness_known *known)
{
	memset(&known->checkpoint, 0, sizeof(known->checkpoint));
	ls_buffer_init(&known->note, LS_WITNESS_NOTE_MAX);
}

void ls_witness_known_free(struct ls_witness_known *known)
{
	ls_buffer_free(&known->note);
}

static int parse_note(const uint8_t *bytes, size_t size, struct ls_witness_known *known,
		      struct ls_error *err)
{
	struct ls_note note;
	int rc = ls_note_parse(bytes, size, &note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &known->checkpoint, err);
	if (rc < 0)
		return rc;
	rc = ls_buffer_add(&known->note, bytes, size);
	return rc < 0 ? ls_fail(err, rc == -ENOMEM ? rc : -EBADMSG, "witness.state.form",
				"its checkpoint is too long, or out of memory")
		      : 0;
}

int ls_witness_state_parse(const void *bytes, size_t size, struct ls_witness_known *known,
			   struct ls_error *err)
{
	struct ls_reader r;
	const uint8_t *text;
	ls_reader_init(&r, bytes, size);
	bool is_signed = ls_read_literal(&r, VERSION_2) == 0;
	if (!is_signed && ls_read_literal(&r, VERSION_1) < 0)
		return ls_fail(err, -EBADMSG, "witness.state.form",
			       "its first line is not \"labseal-witness-state/v2\" (or v1)");
	size_t left = ls_reader_left(&r);
	ls_read_bytes(&r, left, &text);
	return is_signed ? parse_note(text, left, known, err)
			 : ls_checkpoint_parse((const char *)text, left, &known->checkpoint, err);
}

static int read_file(int folder_fd, const char *name, const char *origin,
		     struct ls_witness_known *known, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WITNESS_STATE_MAX);
	int rc = ls_file_read(folder_fd, name, &bytes, err);
	if (rc == 0)
		rc = ls_witness_state_parse(bytes.data, bytes.size, known, err);
	if (rc == 0 && strcmp(known->checkpoint.origin, origin) != 0)
		rc = ls_fail(err, -EBADMSG, "witness.state.origin", "it is of the log '%s'",
			     known->checkpoint.origin);
	return rc;
}

int ls_witness_state_read(int folder_fd, const char *origin, struct ls_witness_known *known,
			  struct ls_error *err)
{
	char name[LS_WITNESS_EVIDENCE_SIZE];
	file_name(origin, ".checkpoint", name);
	if (faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT) {
		ls_sha256_buffer("", 0, &known->checkpoint.root);
		snprintf(known->checkpoint.origin, sizeof(known->checkpoint.origin), "%s", origin);
		return 0;
	}
	int rc = read_file(folder_fd, name, origin, known, err);
	if (rc < 0)
		ls_error_prefix(err,
				"what was cosigned of the log '%s' is not known, '%s' in the state "
				"folder is damaged; nothing of this log is cosigned until the "
				"file is restored",
				origin, name);
	return rc;
}

int ls_witness_state_write(int folder_fd, const char *origin, const struct ls_buffer *note,
			   struct ls_error *err)
{
	char name[LS_WITNESS_EVIDENCE_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WITNESS_STATE_MAX);
	ls_buffer_add_str(&bytes, VERSION_2);
	if (ls_buffer_add(&bytes, note->data, note->size) < 0)
		return ls_fail(err, ls_buffer_error(&bytes), "witness.memory",
			       "out of memory for a checkpoint");
	file_name(origin, ".checkpoint", name);
	return ls_file_replace(folder_fd, name, bytes.data, bytes.size, 0600, err);
}

int ls_witness_evidence_keep(int folder_fd, const char *origin, const struct ls_misbehaviour *proof,
			     char name[static LS_WITNESS_EVIDENCE_SIZE], struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, EVIDENCE_MAX);
	file_name(origin, ".misbehaviour", name);
	/* the folder has one writer, so that nobody makes it in between */
	if (faccessat(folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	int rc = ls_misbehaviour_format(proof, &bytes);
	if (rc < 0)
		return ls_fail(err, rc, "witness.memory", "out of memory for a proof");
	rc = ls_file_replace(folder_fd, name, bytes.data, bytes.size, 0600, err);
	return rc < 0 ? rc : 1;
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
