/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define ORIGINAL LS_INCOMING_FOLDER "/original"

void ls_incoming_init(struct ls_incoming *in, int staging_fd, const struct ls_place_hooks *hooks)
{
	memset(in, 0, sizeof(*in));
	in->staging = staging_fd;
	in->hooks = hooks;
	in->folder = in->original = in->file = -1;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void ls_incoming_hand_over(struct ls_incoming *in)
{
	close_fd(&in->file);
	close_fd(&in->original);
	close_fd(&in->folder);
	in->count = 0;
}

void ls_incoming_free(struct ls_incoming *in)
{
	ls_incoming_hand_over(in);
	ls_sha256_free(&in->hash);
}

int ls_incoming_drop(struct ls_incoming *in, struct ls_error *err)
{
	ls_incoming_hand_over(in);
	return ls_remove_tree(in->staging, LS_INCOMING_FOLDER, err);
}

static int open_folder(struct ls_incoming *in, const char *path, int *fd, struct ls_error *err)
{
	if (*fd >= 0)
		return 0;
	int rc = ls_make_dirs(in->staging, path, LS_PLACE_FOLDER_MODE, err);
	if (rc < 0)
		return rc;
	*fd = openat(in->staging, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? ls_fail_errno(err, errno, "incoming.open", "cannot open '%s'", path) : 0;
}

static bool name_is_taken(const struct ls_incoming *in, const char *name)
{
	for (size_t i = 0; i < in->count; i++)
		if (strcasecmp(in->payloads[i].name, name) == 0)
			return true;
	return false;
}

/* Give the payload its place in the list. */
static int list_payload(struct ls_incoming *in, const struct ls_payload *p, struct ls_error *err)
{
	if (in->file >= 0)
		return ls_fail(err, -EPROTO, "incoming.order",
			       "a payload begins within another payload");
	if (in->count >= LS_MANIFEST_FILES_MAX - 1)
		return ls_fail(err, -EPROTO, "incoming.count", "a seal has more than %d payloads",
			       LS_MANIFEST_FILES_MAX - 1);
	if (!ls_is_safe_name((const char *)p->name.data, p->name.size))
		return ls_fail(err, -EINVAL, "incoming.name",
			       "a payload's name of %zu bytes is not safe", p->name.size);
	char *name = in->payloads[in->count].name;
	memcpy(name, p->name.data, p->name.size);
	name[p->name.size] = '\0';
	if (name_is_taken(in, name))
		return ls_fail(err, -EINVAL, "incoming.name",
			       "two payloads of one seal are named '%s'", name);
	in->count++;
	return 0;
}

static int create_payload(void *context, struct ls_error *err)
{
	struct ls_incoming *in = context;
	int rc = open_folder(in, LS_INCOMING_FOLDER, &in->folder, err);
	if (rc == 0)
		rc = open_folder(in, ORIGINAL, &in->original, err);
	if (rc < 0)
		return rc;
	const char *name = in->payloads[in->count - 1].name;
	in->file = openat(in->original, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
			  0600);
	return in->file < 0 ? ls_fail_errno(err, errno, "incoming.create",
					    "cannot create 'original/%s'", name)
			    : 0;
}

int ls_incoming_begin(struct ls_incoming *in, const struct ls_payload *payload,
		      struct ls_error *err)
{
	int rc = list_payload(in, payload, err);
	if (rc < 0)
		return rc;
	in->announced = payload->size;
	in->written = 0;
	if (ls_sha256_init(&in->hash) < 0)
		return ls_fail(err, -ENOMEM, "incoming.memory", "out of memory for a hash");
	return ls_place_step(in->hooks, "create payload", create_payload, in, err);
}

struct chunk {
	struct ls_incoming *in;
	const uint8_t *bytes;
	size_t n;
};

/* Goes on where it stopped, so that it may be run again after a full disk. */
static int write_chunk(void *context, struct ls_error *err)
{
	struct chunk *c = context;
	while (c->n > 0) {
		ssize_t done = pwrite(c->in->file, c->bytes, c->n, (off_t)c->in->written);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return ls_fail_errno(err, errno, "incoming.write",
					     "cannot write 'original/%s'",
					     c->in->payloads[c->in->count - 1].name);
		c->bytes += done;
		c->n -= (size_t)done;
		c->in->written += (uint64_t)done;
	}
	return 0;
}

int ls_incoming_data(struct ls_incoming *in, const void *bytes, size_t n, struct ls_error *err)
{
	if (in->file < 0)
		return ls_fail(err, -EPROTO, "incoming.order", "data comes outside of a payload");
	if (n > in->announced - in->written)
		return ls_fail(err, -EPROTO, "incoming.size",
			       "a payload is longer than the %llu bytes announced",
			       (unsigned long long)in->announced);
	ls_sha256_update(&in->hash, bytes, n);
	struct chunk c = { .in = in, .bytes = bytes, .n = n };
	return ls_place_step(in->hooks, "write payload", write_chunk, &c, err);
}

/*
 * A failed fsync is final: the kernel may have let go of the bytes, and a second
 * call that says "fine" would mean nothing.
 */
int ls_incoming_end(struct ls_incoming *in, struct ls_error *err)
{
	if (in->file < 0)
		return ls_fail(err, -EPROTO, "incoming.order", "a payload ends that never began");
	if (in->written != in->announced)
		return ls_fail(err, -EPROTO, "incoming.size",
			       "a payload ends after %llu of %llu bytes",
			       (unsigned long long)in->written, (unsigned long long)in->announced);
	ls_sha256_final(&in->hash, &in->payloads[in->count - 1].sha256);
	if (in->hooks->step)
		in->hooks->step(in->hooks->context, "sync payload");
	if (fchmod(in->file, LS_PLACE_FILE_MODE) < 0 || fsync(in->file) < 0)
		return ls_fail_errno(err, errno, "incoming.sync",
				     "cannot make 'original/%s' durable",
				     in->payloads[in->count - 1].name);
	close_fd(&in->file);
	return 0;
}

static const struct ls_digest *find_payload(const struct ls_incoming *in, const char *path)
{
	size_t n = strlen(LS_ORIGINAL_PREFIX);
	if (strncmp(path, LS_ORIGINAL_PREFIX, n) != 0)
		return NULL;
	for (size_t i = 0; i < in->count; i++)
		if (strcmp(in->payloads[i].name, path + n) == 0)
			return &in->payloads[i].sha256;
	return NULL;
}

/* files[0] is record.json; a manifest's names are distinct, so equal counts mean equal sets. */
int ls_incoming_matches(const struct ls_incoming *in, const struct ls_manifest *manifest,
			struct ls_error *err)
{
	if (in->file >= 0)
		return ls_fail(err, -EPROTO, "incoming.order", "a seal comes within a payload");
	if (manifest->count != in->count + 1)
		return ls_fail(err, -EBADMSG, "incoming.manifest",
			       "the manifest names %zu files and %zu came", manifest->count,
			       in->count + 1);
	for (size_t i = 1; i < manifest->count; i++) {
		const struct ls_manifest_file *file = &manifest->files[i];
		const struct ls_digest *seen = find_payload(in, file->path);
		if (!seen || !ls_digest_equal(seen, &file->sha256))
			return ls_fail(err, -EBADMSG, "incoming.manifest",
				       "the manifest's '%s' is not what came", file->path);
	}
	return 0;
}

int ls_incoming_complete(struct ls_incoming *in, const struct ls_seal *seal, struct ls_error *err)
{
	const struct {
		const char *name;
		const struct ls_bytes *bytes;
	} files[] = {
		{ LS_FILE_RECORD, &seal->record },
		{ LS_FILE_MANIFEST, &seal->manifest },
		{ LS_FILE_SIGNATURE, &seal->signature },
		{ LS_FILE_PROOF, &seal->proof },
	};
	int rc = open_folder(in, LS_INCOMING_FOLDER, &in->folder, err);
	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		rc = ls_place_write(in->folder, files[i].name, files[i].bytes->data,
				    files[i].bytes->size, err);
	if (rc == 0 && in->original >= 0)
		rc = ls_sync_dir(in->original, ".", err);
	return rc == 0 ? ls_sync_dir(in->folder, ".", err) : rc;
}
