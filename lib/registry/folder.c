/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"

void ls_registry_note_init(struct ls_registry_note *note)
{
	memset(note, 0, sizeof(*note));
	ls_buffer_init(&note->bytes, LS_NOTE_SIZE_MAX);
}

void ls_registry_note_free(struct ls_registry_note *note)
{
	ls_buffer_free(&note->bytes);
}

int ls_registry_folder_open(const char *path, struct ls_error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd
		       : ls_fail_errno(err, errno, "registry.folder",
				       "the registry's folder '%s' cannot be opened", path);
}

/* --- checkpoints --------------------------------------------------------------------- */

int ls_registry_checkpoint_open(const void *bytes, size_t size, const struct ls_note_key *key,
				struct ls_checkpoint *ret_checkpoint, struct ls_error *err)
{
	struct ls_note note;
	struct ls_checkpoint checkpoint;
	int rc = ls_checkpoint_open(bytes, size, key, &checkpoint, err);
	if (rc == 0)
		rc = ls_note_parse(bytes, size, &note, err);
	if (rc < 0)
		return rc;
	if (key->has_ed25519 && !ls_note_has_ed25519(&note, key))
		return ls_fail(err, -ENOKEY, "registry.checkpoint.no-ed25519",
			       "the checkpoint has no line by the registry's Ed25519 key: it was "
			       "taken away, or it is another registry's key; copy the checkpoint "
			       "from the registry's own place, or ask who keeps it");
	*ret_checkpoint = checkpoint;
	return 0;
}

int ls_registry_note_read(int folder_fd, const char *path, const struct ls_note_key *key,
			  struct ls_registry_note *note, struct ls_error *err)
{
	int rc = ls_file_read(folder_fd, path, &note->bytes, err);
	if (rc == 0)
		rc = ls_registry_checkpoint_open(note->bytes.data, note->bytes.size, key,
						 &note->checkpoint, err);
	if (rc < 0)
		ls_error_prefix(err, "the registry's '%s'", path);
	return rc;
}

static bool has_line(const struct ls_note *note, const struct ls_note_line *line)
{
	for (unsigned i = 0; i < note->count; i++)
		if (note->lines[i].name_size == line->name_size &&
		    memcmp(note->lines[i].name, line->name, line->name_size) == 0 &&
		    note->lines[i].base64_size == line->base64_size &&
		    memcmp(note->lines[i].base64, line->base64, line->base64_size) == 0)
			return true;
	return false;
}

int ls_registry_note_join(const struct ls_registry_note *own, const struct ls_registry_note *other,
			  struct ls_buffer *out, struct ls_error *err)
{
	struct ls_note a = { .count = 0 }, b = { .count = 0 };
	int rc = ls_note_parse(own->bytes.data, own->bytes.size, &a, err);
	if (rc == 0)
		rc = ls_note_parse(other->bytes.data, other->bytes.size, &b, err);
	if (rc == 0 && (a.text_size != b.text_size || memcmp(a.text, b.text, a.text_size) != 0))
		rc = ls_fail(err, -EBADMSG, "registry.checkpoint.other",
			     "two checkpoints of size %" PRIu64 " say different things",
			     own->checkpoint.size);
	if (rc < 0)
		return rc;
	ls_buffer_add(out, own->bytes.data, own->bytes.size);
	unsigned lines = a.count;
	/* log's own lines differ at each signing, and one is enough; the newest of others last */
	for (unsigned i = 0; i < b.count && lines < LS_NOTE_SIGNATURES_MAX; i++) {
		bool is_own = b.lines[i].name_size == strlen(own->checkpoint.origin) &&
			      memcmp(b.lines[i].name, own->checkpoint.origin,
				     b.lines[i].name_size) == 0;
		if (is_own || has_line(&a, &b.lines[i]))
			continue;
		ls_buffer_printf(out, "\xe2\x80\x94 %.*s %.*s\n", (int)b.lines[i].name_size,
				 b.lines[i].name, (int)b.lines[i].base64_size, b.lines[i].base64);
		lines++;
	}
	return ls_buffer_error(out) < 0
		       ? ls_fail(err, ls_buffer_error(out), "registry.checkpoint.size",
				 "the checkpoint has too many cosignatures")
		       : 0;
}

/* What is in the history of that size, joined with this one. */
static int join_history(int folder_fd, const char *path, const struct ls_registry_note *note,
			struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_registry_note_ struct ls_registry_note before;
	ls_registry_note_init(&before);
	struct ls_error ignored = { 0 };
	if (ls_file_read(folder_fd, path, &before.bytes, &ignored) < 0)
		return ls_buffer_add(out, note->bytes.data, note->bytes.size);
	int rc = ls_registry_note_join(note, &before, out, err);
	if (rc < 0) /* what was kept is damaged, and the new one is verified */
		ls_buffer_clear(out);
	return rc < 0 ? ls_buffer_add(out, note->bytes.data, note->bytes.size) : 0;
}

int ls_registry_note_put(int folder_fd, uint64_t size, const struct ls_buffer *bytes,
			 struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	ls_registry_history_path(size, path);
	int rc = ls_make_dirs(folder_fd, LS_REGISTRY_HISTORY, 0755, err);
	if (rc == 0)
		rc = ls_file_replace(folder_fd, path, bytes->data, bytes->size, 0644, err);
	if (rc == 0)
		rc = ls_file_replace(folder_fd, LS_REGISTRY_CHECKPOINT, bytes->data, bytes->size,
				     0644, err);
	return rc;
}

int ls_registry_note_write(int folder_fd, const struct ls_registry_note *note, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer joined;
	ls_buffer_init(&joined, LS_NOTE_SIZE_MAX);
	ls_registry_history_path(note->checkpoint.size, path);
	int rc = join_history(folder_fd, path, note, &joined, err);
	return rc == 0 ? ls_registry_note_put(folder_fd, note->checkpoint.size, &joined, err) : rc;
}

/* --- names --------------------------------------------------------------------------- */

const char *ls_registry_document_path(const struct ls_digest *digest,
				      char buffer[static LS_REGISTRY_PATH_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	snprintf(buffer, LS_REGISTRY_PATH_SIZE, LS_REGISTRY_DOCUMENTS "/%s",
		 ls_digest_hex(digest, hex));
	return buffer;
}

const char *ls_registry_history_path(uint64_t size, char buffer[static LS_REGISTRY_PATH_SIZE])
{
	snprintf(buffer, LS_REGISTRY_PATH_SIZE, LS_REGISTRY_HISTORY "/%" PRIu64, size);
	return buffer;
}

const char *ls_registry_tile_path(const struct ls_tile *tile,
				  char buffer[static LS_REGISTRY_PATH_SIZE])
{
	char path[LS_TILE_PATH_SIZE];
	snprintf(buffer, LS_REGISTRY_PATH_SIZE, "log/%s", ls_tile_path(tile, path));
	return buffer;
}

/* --- the key, the lock ---------------------------------------------------------------- */

int ls_registry_vkey_read(int folder_fd, struct ls_note_key *ret_key, struct ls_error *err)
{
	struct ls_reader r;
	struct ls_note_key key;
	const char *line;
	size_t n;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 2 * LS_VKEY_SIZE);
	int rc = ls_file_read(folder_fd, LS_REGISTRY_VKEY, &text, err);
	ls_reader_init(&r, text.data, text.size);
	if (rc == 0 && ls_read_line(&r, &line, &n) < 0)
		rc = ls_fail(err, -EBADMSG, "registry.vkey", "'%s' has no whole line",
			     LS_REGISTRY_VKEY);
	if (rc == 0)
		rc = ls_vkey_parse(line, n, &key, err);
	if (rc == 0 && ls_reader_left(&r) > 0)
		rc = ls_read_line(&r, &line, &n) == 0 && ls_reader_end(&r) == 0
			     ? ls_vkey_parse_ed25519(line, n, &key, err)
			     : ls_fail(err, -EBADMSG, "registry.vkey",
				       "'%s' is not one line or two", LS_REGISTRY_VKEY);
	if (rc == 0)
		*ret_key = key;
	return rc;
}

int ls_registry_vkey_write(int folder_fd, const struct ls_note_key *key, struct ls_error *err)
{
	char vkey[LS_VKEY_SIZE], lines[2 * LS_VKEY_SIZE + 2];
	int n = snprintf(lines, sizeof(lines), "%s\n", ls_vkey_format(key, vkey));
	if (key->has_ed25519)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n, "%s\n",
			      ls_vkey_format_ed25519(key, vkey));
	return ls_file_replace(folder_fd, LS_REGISTRY_VKEY, lines, (size_t)n, 0644, err);
}

int ls_registry_lock(int folder_fd, struct ls_error *err)
{
	_cleanup_close_ int fd = openat(folder_fd, LS_REGISTRY_LOCK,
					O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return ls_fail_errno(err, errno, "registry.lock",
				     "the registry's '" LS_REGISTRY_LOCK "' cannot be opened");
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return ls_steal_fd(&fd);
	if (errno == EWOULDBLOCK)
		return ls_fail(
			err, -EBUSY, "registry.busy",
			"another process writes to this registry; try again when it is done");
	return ls_fail_errno(err, errno, "registry.lock", "the registry cannot be locked");
}
