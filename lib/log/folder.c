/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/text.h"

#define CHECKPOINT "log/checkpoint"

int ls_own_note_read(int folder_fd, struct ls_own_note *note, struct ls_error *err)
{
	struct ls_note parsed;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	if (faccessat(folder_fd, CHECKPOINT, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	int rc = ls_file_read(folder_fd, CHECKPOINT, &bytes, err);
	if (rc == 0)
		rc = ls_note_parse(bytes.data, bytes.size, &parsed, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(parsed.text, parsed.text_size, &note->checkpoint, err);
	ls_buffer_clear(&note->bytes);
	if (rc == 0 && ls_checkpoint_own(&parsed, note->checkpoint.origin, &note->bytes) < 0)
		rc = ls_fail(err, -EBADMSG, "log.checkpoint.size", "it is too long");
	if (rc < 0)
		ls_error_prefix(err, "the log's " CHECKPOINT);
	return rc < 0 ? rc : 1;
}

static int read_tile(void *context, const struct ls_tile *tile, uint8_t *bytes,
		     struct ls_error *err)
{
	const int *folder_fd = context;
	char path[LS_TILE_PATH_SIZE], full[LS_TILE_PATH_SIZE + 8];
	_cleanup_buffer_ struct ls_buffer b;
	size_t wanted = (size_t)tile->width * LS_DIGEST_SIZE;
	ls_buffer_init(&b, LS_TILE_SIZE_MAX);
	snprintf(full, sizeof(full), "log/%s", ls_tile_path(tile, path));
	int rc = ls_file_read(*folder_fd, full, &b, err);
	if (rc == -ENOENT && tile->width < LS_TILE_WIDTH) {
		/* it has grown full, and the partial one is gone: its beginning is the same */
		struct ls_tile whole = *tile;
		whole.width = LS_TILE_WIDTH;
		snprintf(full, sizeof(full), "log/%s", ls_tile_path(&whole, path));
		rc = ls_file_read(*folder_fd, full, &b, err);
	}
	if (rc == 0 && b.size < wanted)
		rc = ls_fail(err, -EBADMSG, "log.tile.short", "'%s' is too short", full);
	if (rc == 0)
		memcpy(bytes, b.data, wanted);
	return rc;
}

struct ls_tile_source ls_log_folder_tiles(const int *folder_fd)
{
	return (struct ls_tile_source){ .read = read_tile,
					.context = (void *)(uintptr_t)folder_fd };
}

int ls_log_folder_prove(int folder_fd, uint64_t old_size, uint64_t size, struct ls_buffer *out,
			struct ls_error *err)
{
	struct ls_digest proof[LS_MERKLE_PROOF_MAX];
	unsigned count = 0;
	if (old_size == 0 || old_size == size)
		return 0; /* an empty proof */
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	const struct ls_tile_source tiles = ls_log_folder_tiles(&folder_fd);
	int rc = ls_tile_reader_new(&tiles, size, &reader, err);
	if (rc < 0)
		return rc;
	struct ls_merkle_source source = ls_tile_reader_source(reader);
	rc = ls_merkle_prove_consistency(&source, old_size, size, proof, &count, err);
	for (unsigned i = 0; rc == 0 && i < count; i++) {
		ls_base64_encode(proof[i].bytes, LS_DIGEST_SIZE, out);
		rc = ls_buffer_add_str(out, "\n");
	}
	return rc;
}
