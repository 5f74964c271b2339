/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/incoming.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define PAYLOAD	 "payload"
#define ORIGINAL "original"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void folder_init(struct ls_incoming_folder *f, const char *name)
{
	f->name = name;
	f->fd = f->original = -1;
}

static void folder_close(struct ls_incoming_folder *f)
{
	close_fd(&f->original);
	close_fd(&f->fd);
	f->count = 0;
}

void ls_incoming_init(struct ls_incoming *in, int staging_fd, const struct ls_place_hooks *hooks)
{
	memset(in, 0, sizeof(*in));
	in->staging = staging_fd;
	in->hooks = hooks;
	in->file = -1;
	folder_init(&in->folders[0], "incoming-a");
	folder_init(&in->folders[1], "incoming-b");
	folder_init(&in->event, "incoming-e");
	in->open = &in->folders[0];
}

void ls_incoming_free(struct ls_incoming *in)
{
	close_fd(&in->file);
	folder_close(&in->folders[0]);
	folder_close(&in->folders[1]);
	folder_close(&in->event);
	ls_sha256_free(&in->hash);
}

static int fail_order(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EPROTO, "incoming.order", "%s", what);
}

/* --- one payload -------------------------------------------------------------------- */

static int open_below(int dirfd, const char *path, int *fd, struct ls_error *err)
{
	if (*fd >= 0)
		return 0;
	int rc = ls_make_dirs(dirfd, path, LS_PLACE_FOLDER_MODE, err);
	if (rc < 0)
		return rc;
	*fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? ls_fail_errno(err, errno, "incoming.open", "cannot open '%s'", path) : 0;
}

static int create_payload(void *context, struct ls_error *err)
{
	struct ls_incoming *in = context;
	in->file = openat(in->staging, PAYLOAD,
			  O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return in->file < 0 ? ls_fail_errno(err, errno, "incoming.create",
					    "cannot create a file for a payload")
			    : 0;
}

int ls_incoming_begin(struct ls_incoming *in, struct ls_error *err)
{
	if (in->file >= 0)
		return fail_order(err, "a payload begins within another payload");
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
					     "cannot write a payload");
		c->bytes += done;
		c->n -= (size_t)done;
		c->in->written += (uint64_t)done;
	}
	return 0;
}

int ls_incoming_data(struct ls_incoming *in, const void *bytes, size_t n, struct ls_error *err)
{
	if (in->file < 0)
		return fail_order(err, "data comes outside of a payload");
	ls_sha256_update(&in->hash, bytes, n);
	struct chunk c = { .in = in, .bytes = bytes, .n = n };
	return ls_place_step(in->hooks, "write payload", write_chunk, &c, err);
}

int ls_incoming_drop(struct ls_incoming *in, struct ls_error *err)
{
	if (in->file < 0)
		return fail_order(err, "a payload is to be forgotten that never began");
	close_fd(&in->file);
	return unlinkat(in->staging, PAYLOAD, 0) < 0
		       ? ls_fail_errno(err, errno, "incoming.drop", "cannot remove a payload")
		       : 0;
}

static bool name_is_taken(const struct ls_incoming_folder *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcasecmp(f->payloads[i].name, name) == 0)
			return true;
	return false;
}

/* Its place in the list, behind those that count. */
static int list_payload(struct ls_incoming_folder *f, const struct ls_payload *p,
			struct ls_error *err)
{
	if (f->count == sizeof(f->payloads) / sizeof(f->payloads[0]))
		return ls_fail(err, -EPROTO, "incoming.count", "a seal has more than %d payloads",
			       LS_MANIFEST_FILES_MAX - 1);
	if (!ls_is_safe_name((const char *)p->name.data, p->name.size))
		return ls_fail(err, -EINVAL, "incoming.name",
			       "a payload's name of %zu bytes is not safe", p->name.size);
	char *name = f->payloads[f->count].name;
	memcpy(name, p->name.data, p->name.size);
	name[p->name.size] = '\0';
	if (name_is_taken(f, name))
		return ls_fail(err, -EINVAL, "incoming.name",
			       "two payloads of one seal are named '%s'", name);
	return 0;
}

/* Into its folder; may be run again. */
static int place_payload(void *context, struct ls_error *err)
{
	struct ls_incoming *in = context;
	struct ls_incoming_folder *f = in->open;
	const char *name = f->payloads[f->count].name;
	int rc = open_below(in->staging, f->name, &f->fd, err);
	if (rc == 0)
		rc = open_below(f->fd, ORIGINAL, &f->original, err);
	if (rc < 0)
		return rc;
	rc = ls_place_move(in->staging, PAYLOAD, f->original, name);
	return rc < 0 ? ls_fail_errno(err, -rc, "incoming.place", "cannot place 'original/%s'",
				      name)
		      : 0;
}

/* The disk may begin with it now: that its bytes are there is made sure of when they are closed. */
static int finish_file(struct ls_incoming *in, struct ls_error *err)
{
	if (fchmod(in->file, LS_PLACE_FILE_MODE) < 0)
		return ls_fail_errno(err, errno, "incoming.mode", "cannot finish a payload");
	ls_place_begin_writing(in->file);
	close_fd(&in->file);
	return 0;
}

int ls_incoming_end(struct ls_incoming *in, const struct ls_payload *payload, struct ls_error *err)
{
	if (in->file < 0)
		return fail_order(err, "a payload ends that never began");
	if (in->written != payload->size)
		return ls_fail(err, -EPROTO, "incoming.size",
			       "a payload of %llu bytes ends after %llu",
			       (unsigned long long)payload->size, (unsigned long long)in->written);
	int rc = list_payload(in->open, payload, err);
	if (rc == 0)
		rc = finish_file(in, err);
	if (rc == 0)
		rc = ls_place_step(in->hooks, "place payload", place_payload, in, err);
	if (rc < 0)
		return rc;
	ls_sha256_final(&in->hash, &in->open->payloads[in->open->count++].sha256);
	return 0;
}

/* --- all of a seal's ------------------------------------------------------------------ */

/*
 * A failed sync is final: the kernel may have let go of the bytes, and a second
 * call that says "fine" would mean nothing.
 */
int ls_incoming_close(struct ls_incoming *in, struct ls_error *err)
{
	struct ls_incoming_folder *f = in->open;
	if (in->closed || f->count == 0)
		return fail_order(err, in->closed ? "payloads are closed twice for one seal"
						  : "there are no payloads to be closed");
	if (in->hooks->step)
		in->hooks->step(in->hooks->context, "sync payloads");
	int rc = 0;
	if (f->count > LS_PLACE_SYNC_EACH_MAX && ls_place_syncs_all(f->original))
		rc = ls_place_sync_all(f->original, err);
	else
		for (size_t i = 0; rc == 0 && i < f->count; i++)
			rc = ls_place_sync_file(f->original, f->payloads[i].name, err);
	if (rc < 0)
		return rc;
	in->closed = f;
	in->open = f == &in->folders[0] ? &in->folders[1] : &in->folders[0];
	return 0;
}

static const struct ls_digest *find_payload(const struct ls_incoming_folder *f, const char *path,
					    size_t likely)
{
	size_t n = strlen(LS_ORIGINAL_PREFIX);
	if (strncmp(path, LS_ORIGINAL_PREFIX, n) != 0)
		return NULL;
	if (likely < f->count && strcmp(f->payloads[likely].name, path + n) == 0)
		return &f->payloads[likely].sha256;
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->payloads[i].name, path + n) == 0)
			return &f->payloads[i].sha256;
	return NULL;
}

/* files[0] is record.json; a manifest's names are distinct, so equal counts mean equal sets. */
int ls_incoming_matches(struct ls_incoming *in, const struct ls_manifest *manifest,
			struct ls_error *err)
{
	struct ls_incoming_folder *f = manifest->kind == LS_SEAL_EVENT ? &in->event : in->closed;
	if (!f)
		return fail_order(err, "a seal comes before its payloads were closed");
	if (manifest->count != f->count + 1)
		return ls_fail(err, -EBADMSG, "incoming.manifest",
			       "the manifest names %zu files and %zu came", manifest->count,
			       f->count + 1);
	for (size_t i = 1; i < manifest->count; i++) {
		const struct ls_manifest_file *file = &manifest->files[i];
		const struct ls_digest *seen = find_payload(f, file->path, i - 1);
		if (!seen || !ls_digest_equal(seen, &file->sha256))
			return ls_fail(err, -EBADMSG, "incoming.manifest",
				       "the manifest's '%s' is not what came", file->path);
	}
	in->sealed = f;
	return 0;
}

const char *ls_incoming_name(const struct ls_incoming *in)
{
	return in->sealed->name;
}

void ls_incoming_hand_over(struct ls_incoming *in)
{
	folder_close(in->sealed);
	if (in->sealed == in->closed)
		in->closed = NULL;
	in->sealed = NULL;
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
	struct ls_incoming_folder *f = in->sealed;
	int rc = open_below(in->staging, f->name, &f->fd, err);
	for (size_t i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++)
		rc = ls_place_write(f->fd, files[i].name, files[i].bytes->data,
				    files[i].bytes->size, err);
	if (rc == 0 && f->original >= 0)
		rc = ls_sync_dir(f->original, ".", err);
	return rc == 0 ? ls_sync_dir(f->fd, ".", err) : rc;
}
