/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/demo_input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

#define INPUTS "inputs" /* where the guest looks for them */

void ls_demo_input_free(struct ls_demo_input *input)
{
	if (!input)
		return;
	for (size_t i = 0; i < input->count; i++)
		free(input->files[i].path);
	free(input->files);
	*input = (struct ls_demo_input){ 0 };
}

/* --- listing ------------------------------------------------------------------- */

static int add(struct ls_demo_input *input, const char *path, const struct stat *st,
	       struct ls_error *err)
{
	if (input->count == LS_DEMO_FILES_MAX)
		return ls_fail(err, -EFBIG, "demo.input.many",
			       "there are more than %d files; the demo takes no more",
			       LS_DEMO_FILES_MAX);
	if (st->st_size > LS_DEMO_FILE_MAX)
		return ls_fail(err, -EFBIG, "demo.input.large",
			       "'%s' is larger than 4 GiB; the demo takes no such file", path);
	if ((input->count & (input->count + 1)) == 0) {
		size_t room = 2 * (input->count + 1);
		void *more = realloc(input->files, room * sizeof(*input->files));
		if (!more)
			return ls_fail(err, -ENOMEM, "demo.memory", "out of memory for the files");
		input->files = more;
	}
	struct ls_demo_file file = { .path = strdup(path), .is_folder = S_ISDIR(st->st_mode) };
	if (!file.path)
		return ls_fail(err, -ENOMEM, "demo.memory", "out of memory for the files");
	if (!file.is_folder) {
		file.size = (uint64_t)st->st_size;
		input->bytes += file.size;
		input->file_count++;
	}
	input->files[input->count++] = file;
	return 0;
}

/* What labseal-export never sends, by its own list (labseal-export(1), --ignore). */
static bool is_passed_over(const char *path)
{
	static const char *const patterns[] = { "*.tmp", "~*", ".*", "*.part", "*.lock", "*~" };
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

static int list_folder(struct ls_demo_input *input, int root, const char *path, unsigned depth,
		       struct ls_error *err);

static int list_entry(struct ls_demo_input *input, int root, const char *path, unsigned depth,
		      struct ls_error *err)
{
	struct stat st;
	if (fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return ls_fail_errno(err, errno, "demo.input.read", "cannot examine '%s'", path);
	if ((!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) || is_passed_over(path)) {
		input->skipped++;
		return 0;
	}
	int rc = add(input, path, &st, err);
	return rc == 0 && S_ISDIR(st.st_mode) ? list_folder(input, root, path, depth + 1, err) : rc;
}

static int list_folder(struct ls_demo_input *input, int root, const char *path, unsigned depth,
		       struct ls_error *err)
{
	if (depth > LS_DEMO_DEPTH_MAX)
		return ls_fail(err, -ELOOP, "demo.input.deep", "'%s' is too deep", path);
	_cleanup_close_ int fd = openat(root, path[0] ? path : ".",
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(closedir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return ls_fail_errno(err, errno, "demo.input.read", "cannot list '%s'", path);
	ls_steal_fd(&fd);
	int rc = 0;
	struct dirent *entry;
	while (rc == 0 && (entry = readdir(dir))) {
		char inner[PATH_MAX];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int n = snprintf(inner, sizeof(inner), "%s%s%s", path, path[0] ? "/" : "",
				 entry->d_name);
		if (n < 0 || (size_t)n >= sizeof(inner))
			return ls_fail(err, -ENAMETOOLONG, "demo.input.name",
				       "a name in '%s' is too long", path);
		rc = list_entry(input, root, inner, depth, err);
	}
	return rc;
}

/* '/' sorts first, so that a folder comes before what is in it. */
static int by_path(const void *a, const void *b)
{
	const unsigned char *x = (const void *)((const struct ls_demo_file *)a)->path;
	const unsigned char *y = (const void *)((const struct ls_demo_file *)b)->path;
	while (*x && *x == *y)
		x++, y++;
	return (*x == '/' ? 1 : *x) - (*y == '/' ? 1 : *y);
}

int ls_demo_input_list(const char *folder, struct ls_demo_input *ret_input, struct ls_error *err)
{
	_cleanup_demo_input_ struct ls_demo_input input = { 0 };
	_cleanup_close_ int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return ls_fail_errno(err, errno, "demo.input.open", "cannot open the folder '%s'",
				     folder);
	int rc = list_folder(&input, root, "", 0, err);
	if (rc < 0)
		return rc;
	if (input.file_count == 0)
		return ls_fail(err, -ENODATA, "demo.input.none",
			       "there is no file in '%s'; put some there, or name another folder "
			       "by --input",
			       folder);
	qsort(input.files, input.count, sizeof(*input.files), by_path);
	*ret_input = input;
	input = (struct ls_demo_input){ 0 };
	return 0;
}

/* --- packing ------------------------------------------------------------------- */

struct archive {
	FILE *file;
	uint64_t offset;
	unsigned inode;
};

static void put(struct archive *a, const void *bytes, size_t n)
{
	fwrite(bytes, 1, n, a->file); /* ferror tells at the end */
	a->offset += n;
}

/* Names and files end at a multiple of four. */
static void put_padding(struct archive *a)
{
	static const char zeroes[4];
	put(a, zeroes, (4 - a->offset % 4) % 4);
}

/*
 * One entry's header and name: magic, then inode, mode, owner, group, links,
 * time, size, device and special device (major and minor), length of the name
 * with its NUL, checksum.  Time 0 and an inode of our own make it repeatable.
 */
static void put_header(struct archive *a, const char *prefix, const char *name, unsigned mode,
		       uint64_t size)
{
	char header[128];
	size_t name_size = strlen(prefix) + strlen(name) + 1;
	snprintf(header, sizeof(header),
		 "070701%08X%08X%08X%08X%08X%08X%08" PRIX64 "%08X%08X%08X%08X%08zX%08X", ++a->inode,
		 mode, 0u, 0u, 1u, 0u, size, 0u, 0u, 0u, 0u, name_size, 0u);
	put(a, header, 110);
	put(a, prefix, strlen(prefix));
	put(a, name, strlen(name) + 1);
	put_padding(a);
}

static int put_base(struct archive *a, const char *base, struct ls_error *err)
{
	_cleanup_close_ int fd = open(base, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "demo.initrd.base",
				     "cannot open the guest's initrd '%s'; 'make image' makes it",
				     base);
	char bytes[65536];
	ssize_t n;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		put(a, bytes, (size_t)n);
	put_padding(a);
	return n < 0 ? ls_fail_errno(err, errno, "demo.initrd.base", "cannot read '%s'", base) : 0;
}

static int changed(struct ls_error *err, const char *path)
{
	return ls_fail(err, -EAGAIN, "demo.input.changed",
		       "'%s' changed while it was read; run the demo again when it is at rest",
		       path);
}

/* Exactly the bytes that the header told of. */
static int put_bytes(struct archive *a, int fd, struct ls_demo_file *file, struct ls_error *err)
{
	_cleanup_sha256_ struct ls_sha256 hash = { 0 };
	if (ls_sha256_init(&hash) < 0)
		return ls_fail(err, -ENOMEM, "demo.memory", "out of memory for a hash");
	uint64_t left = file->size;
	for (;;) {
		char bytes[65536];
		ssize_t n = read(fd, bytes, sizeof(bytes));
		if (n < 0)
			return ls_fail_errno(err, errno, "demo.input.read", "cannot read '%s'",
					     file->path);
		if ((uint64_t)n > left)
			return changed(err, file->path);
		if (n == 0)
			break;
		ls_sha256_update(&hash, bytes, (size_t)n);
		put(a, bytes, (size_t)n);
		left -= (uint64_t)n;
	}
	if (left)
		return changed(err, file->path);
	put_padding(a);
	ls_sha256_final(&hash, &file->sha256);
	return 0;
}

static int put_file(struct archive *a, int root, struct ls_demo_file *file, struct ls_error *err)
{
	if (file->is_folder) {
		put_header(a, INPUTS "/", file->path, S_IFDIR | 0755, 0);
		return 0;
	}
	_cleanup_close_ int fd = openat(root, file->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "demo.input.read", "cannot open '%s'", file->path);
	put_header(a, INPUTS "/", file->path, S_IFREG | 0644, file->size);
	return put_bytes(a, fd, file, err);
}

static int put_all(struct archive *a, const char *folder, struct ls_demo_input *input,
		   const char *base, struct ls_error *err)
{
	_cleanup_close_ int root = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return ls_fail_errno(err, errno, "demo.input.open", "cannot open the folder '%s'",
				     folder);
	int rc = put_base(a, base, err);
	put_header(a, "", INPUTS, S_IFDIR | 0755, 0);
	for (size_t i = 0; rc == 0 && i < input->count; i++)
		rc = put_file(a, root, &input->files[i], err);
	put_header(a, "", "TRAILER!!!", 0, 0);
	return rc;
}

int ls_demo_input_pack(const char *folder, struct ls_demo_input *input, const char *base,
		       const char *path, struct ls_error *err)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof(temporary))
		return ls_fail(err, -ENAMETOOLONG, "demo.initrd", "the name '%s' is too long",
			       path);
	struct archive a = { .file = fopen(temporary, "we") };
	if (!a.file)
		return ls_fail_errno(err, errno, "demo.initrd", "cannot create '%s'", temporary);
	int rc = put_all(&a, folder, input, base, err);
	bool bad = ferror(a.file) != 0;
	bad |= fclose(a.file) != 0;
	if (rc == 0 && bad)
		rc = ls_fail(err, -EIO, "demo.initrd", "cannot write '%s'; is the disk full?",
			     temporary);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = ls_fail_errno(err, errno, "demo.initrd", "cannot replace '%s'", path);
	if (rc < 0)
		unlink(temporary);
	return rc;
}
