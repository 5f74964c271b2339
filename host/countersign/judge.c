/* SPDX-License-Identifier: Apache-2.0 */
#include "host/countersign/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/log/checkpoint.h"
#include "lib/log/note.h"
#include "lib/log/tiles.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/manifest.h"

#define READS 5 /* tries: a partial tile goes when the next checkpoint is there */

static int read_size(int share_fd, uint64_t *ret_size, struct ls_error *err)
{
	struct ls_note note;
	struct ls_checkpoint checkpoint;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	int rc = ls_file_read(share_fd, "log/checkpoint", &text, err);
	if (rc == 0)
		rc = ls_note_parse(text.data, text.size, &note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &checkpoint, err);
	if (rc == 0)
		*ret_size = checkpoint.size;
	return rc;
}

/* The entries of the block that holds this one; -ENOENT: it went meanwhile, or is not there. */
static int read_entries(int share_fd, uint64_t index, struct ls_buffer *bytes, struct ls_error *err)
{
	uint64_t size = 0;
	char tile_path[LS_TILE_PATH_SIZE], path[LS_TILE_PATH_SIZE + 8];
	int rc = read_size(share_fd, &size, err);
	if (rc < 0)
		return rc == -ENOENT ? -EIO : rc;
	if (index >= size)
		return ls_fail(err, -ENODATA, "countersignature.missing",
			       "there is no seal %" PRIu64 " in the log", index + 1);
	struct ls_tile tile = { .entries = true, .index = index / LS_TILE_WIDTH };
	uint64_t left = size - tile.index * LS_TILE_WIDTH;
	tile.width = left < LS_TILE_WIDTH ? (unsigned)left : LS_TILE_WIDTH;
	snprintf(path, sizeof(path), "log/%s", ls_tile_path(&tile, tile_path));
	return ls_file_read(share_fd, path, bytes, err);
}

/* The manifest of a seal, as the log has it. */
static int read_manifest(int share_fd, uint64_t seal, struct ls_buffer *bytes,
			 struct ls_manifest *ret_manifest, struct ls_digest *ret_digest,
			 struct ls_error *err)
{
	struct ls_reader r;
	const uint8_t *entry = NULL;
	size_t n = 0;
	int rc = -ENOENT;
	for (int i = 0; rc == -ENOENT && i < READS; i++)
		rc = read_entries(share_fd, seal - 1, bytes, err);
	if (rc < 0)
		return rc == -ENODATA ? -ENOENT : rc == -ENOENT ? -EIO : rc;
	ls_reader_init(&r, bytes->data, bytes->size);
	for (uint64_t i = 0; i <= (seal - 1) % LS_TILE_WIDTH; i++)
		if (ls_bundle_next(&r, &entry, &n) < 0)
			return ls_fail(err, -EIO, "countersignature.log",
				       "the log's entry of seal %" PRIu64 " cannot be read", seal);
	ls_sha256_buffer(entry, n, ret_digest);
	return ls_manifest_parse(entry, n, ret_manifest, err) == 0 ? 0 : -EIO;
}

static int check_result(int share_fd, const struct ls_countersignature *said, struct ls_error *err)
{
	_cleanup_manifest_ struct ls_manifest manifest = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_digest digest;
	ls_buffer_init(&bytes, LS_BUNDLE_SIZE_MAX);
	int rc = read_manifest(share_fd, said->seal, &bytes, &manifest, &digest, err);
	if (rc < 0)
		return rc;
	if (manifest.kind == LS_SEAL_RESULT && ls_digest_equal(&digest, &said->manifest))
		return 0;
	return ls_fail(err, -EBADMSG, "countersignature.other",
		       "seal %" PRIu64 " is not the result that was signed", said->seal);
}

int ls_countersign_judge(int share_fd, const struct ls_persons *persons, const char *instrument,
			 const void *bytes, size_t size, int64_t now, struct ls_buffer *detail,
			 struct ls_error *err)
{
	struct ls_countersigner signer;
	_cleanup_countersign_request_ struct ls_countersign_request r = { .text = { .max = 0 } };
	int rc = ls_countersign_request_parse(bytes, size, &r, err);
	if (rc == 0 && strcmp(r.said.instrument, instrument) != 0)
		rc = ls_fail(err, -EBADMSG, "countersignature.other",
			     "it is of instrument '%s', not of '%s'", r.said.instrument,
			     instrument);
	if (rc == 0)
		rc = ls_countersign_check(&r, persons, now, &signer, err);
	if (rc == 0)
		rc = check_result(share_fd, &r.said, err);
	/* written anew: of what came, nothing else goes on */
	return rc < 0 ? rc : ls_countersign_request_format(&r.text, &r.signature, detail, err);
}
