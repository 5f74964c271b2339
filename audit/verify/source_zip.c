/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A share that is a zip archive, read in place through libzip: an entry is
 * unpacked into memory, a piece at a time, and never to disk.  What it claims to
 * be is what is read of it, and its CRC-32 must be right.
 *
 * An open archive of libzip belongs to one thread at a time, so a few are opened.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

#include "audit/verify/source_internal.h"
#include "audit/verify/zip_index.h"
#include "audit/zip/zip_end.h"
#include "lib/base/cleanup.h"

#define HANDLES_MAX	8
#define HANDLED_ENTRIES 200000 /* of all handles together: libzip takes some 350 bytes for each */

/* The archive's bytes: a file, or memory. */
struct bytes {
	int fd; /* -1: memory */
	const uint8_t *memory;
	uint64_t size;
	struct stat stat;
	struct ls_watch *watch;
	const char *path;
};

struct handle {
	const struct bytes *bytes;
	uint64_t at; /* of the archive */
	zip_error_t error;
	zip_t *zip;
	bool busy;
};

struct archive {
	struct ls_source base;
	struct bytes bytes;
	char *path; /* owned */
	struct ls_zip_index index;
	struct handle handles[HANDLES_MAX];
	unsigned handle_count;
	pthread_mutex_t lock;
	pthread_cond_t released;
};

/* --- libzip's source ----------------------------------------------------------------------- */

static int64_t read_at(struct handle *h, void *buffer, uint64_t n)
{
	const struct bytes *b = h->bytes;
	ssize_t got = 0;
	if (h->at >= b->size)
		return 0;
	if (n > b->size - h->at)
		n = b->size - h->at;
	if (b->fd < 0) {
		memcpy(buffer, b->memory + h->at, (size_t)n);
		got = (ssize_t)n;
	} else {
		struct ls_watched *call = ls_watch_enter(b->watch, b->path);
		do
			got = pread(b->fd, buffer, (size_t)n, (off_t)h->at);
		while (got < 0 && errno == EINTR);
		ls_watch_leave(call);
	}
	if (got < 0)
		zip_error_set(&h->error, ZIP_ER_READ, errno);
	else
		h->at += (uint64_t)got;
	return got;
}

static int64_t seek_to(struct handle *h, void *data, uint64_t n)
{
	zip_int64_t to = zip_source_seek_compute_offset(h->at, h->bytes->size, data, n, &h->error);
	if (to >= 0)
		h->at = (uint64_t)to;
	return to < 0 ? -1 : 0;
}

static int64_t tell_stat(const struct handle *h, void *data)
{
	zip_stat_t *st = data;
	zip_stat_init(st);
	st->size = h->bytes->size;
	st->valid = ZIP_STAT_SIZE;
	return sizeof(*st);
}

static zip_int64_t serve(void *context, void *data, zip_uint64_t n, zip_source_cmd_t command)
{
	struct handle *h = context;
	switch (command) {
	case ZIP_SOURCE_OPEN: h->at = 0; return 0;
	case ZIP_SOURCE_READ: return read_at(h, data, n);
	case ZIP_SOURCE_SEEK: return seek_to(h, data, n);
	case ZIP_SOURCE_TELL: return (zip_int64_t)h->at;
	case ZIP_SOURCE_STAT: return tell_stat(h, data);
	case ZIP_SOURCE_ERROR: return zip_error_to_data(&h->error, data, n);
	case ZIP_SOURCE_CLOSE:
	case ZIP_SOURCE_FREE: return 0;
	case ZIP_SOURCE_SUPPORTS:
		return zip_source_make_command_bitmap(
			ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT,
			ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, -1);
	default: zip_error_set(&h->error, ZIP_ER_OPNOTSUPP, 0); return -1;
	}
}

/* --- handles ------------------------------------------------------------------------------- */

static int open_with(struct handle *h, int flags)
{
	zip_error_t error;
	zip_error_init(&error);
	zip_source_t *source = zip_source_function_create(serve, h, &error);
	if (!source)
		return ZIP_ER_MEMORY;
	h->zip = zip_open_from_source(source, ZIP_RDONLY | flags, &error);
	if (h->zip)
		return ZIP_ER_OK;
	zip_source_free(source);
	return zip_error_code_zip(&error);
}

/* The archive's end, as programs find it which are not libzip: 0, -EINVAL, -EIO, -ENOMEM. */
static int check_end(struct handle *h)
{
	uint64_t size = h->bytes->size, was_at = h->at;
	size_t n = size < LS_ZIP_END_MAX ? (size_t)size : LS_ZIP_END_MAX, done = 0;
	_cleanup_free_ uint8_t *tail = malloc(n + 1);
	int64_t got = 1;
	int comment = 0;
	if (!tail)
		return -ENOMEM;
	zip_get_archive_comment(h->zip, &comment, ZIP_FL_ENC_RAW);
	for (h->at = size - n; done < n && got > 0; done += (size_t)got)
		if ((got = read_at(h, tail + done, n - done)) < 0)
			return -EIO;
	h->at = was_at;
	/* nothing at all is to libzip an archive without files */
	return size == 0 || (done == n && ls_zip_end_is_plain(tail, n, size, (size_t)comment))
		       ? 0
		       : -EINVAL;
}

/* 0; -EINVAL: it contradicts itself; -EBADMSG: it is none; -ENOMEM; -EIO. */
static int open_handle(struct handle *h, const struct bytes *bytes)
{
	h->bytes = bytes;
	zip_error_init(&h->error);
	int error = open_with(h, ZIP_CHECKCONS);
	if (error == ZIP_ER_EXISTS) /* a name twice: the index tells which */
		error = open_with(h, 0);
	switch (error) {
	case ZIP_ER_OK: break;
	case ZIP_ER_MEMORY: return -ENOMEM;
	case ZIP_ER_READ:
	case ZIP_ER_SEEK: return -EIO;
	case ZIP_ER_INCONS: return -EINVAL;
	default: return -EBADMSG;
	}
	int rc = check_end(h);
	if (rc < 0) {
		zip_discard(h->zip);
		h->zip = NULL;
	}
	return rc;
}

static struct handle *take_handle(struct archive *a)
{
	struct handle *found = NULL;
	pthread_mutex_lock(&a->lock);
	while (!found) {
		for (unsigned i = 0; i < a->handle_count && !found; i++)
			if (!a->handles[i].busy)
				found = &a->handles[i];
		if (!found)
			pthread_cond_wait(&a->released, &a->lock);
	}
	found->busy = true;
	pthread_mutex_unlock(&a->lock);
	return found;
}

static void release_handle(struct archive *a, struct handle *h)
{
	pthread_mutex_lock(&a->lock);
	h->busy = false;
	pthread_cond_signal(&a->released);
	pthread_mutex_unlock(&a->lock);
}

/* --- files --------------------------------------------------------------------------------- */

static struct ls_read_result failure_of(const zip_error_t *error)
{
	switch (zip_error_code_zip(error)) {
	case ZIP_ER_NOPASSWD:
	case ZIP_ER_WRONGPASSWD: return ls_read_is(LS_READ_ENCRYPTED);
	case ZIP_ER_COMPNOTSUPP:
	case ZIP_ER_ENCRNOTSUPP: return (struct ls_read_result){ LS_READ_UNABLE, ENOTSUP };
	case ZIP_ER_MEMORY: return (struct ls_read_result){ LS_READ_UNABLE, ENOMEM };
	case ZIP_ER_READ: {
		int errnum = zip_error_code_system(error);
		return (struct ls_read_result){ LS_READ_UNABLE, errnum ? errnum : EIO };
	}
	default: return ls_read_is(LS_READ_DAMAGED);
	}
}

static struct ls_read_result open_entry(struct handle *h, uint64_t number,
					struct ls_source_file *file)
{
	zip_stat_t st;
	if (zip_stat_index(h->zip, number, 0, &st) < 0 || !(st.valid & ZIP_STAT_SIZE))
		return ls_read_is(LS_READ_DAMAGED);
	if ((st.valid & ZIP_STAT_ENCRYPTION_METHOD) && st.encryption_method != ZIP_EM_NONE)
		return ls_read_is(LS_READ_ENCRYPTED);
	file->size = st.size;
	file->entry = zip_fopen_index(h->zip, number, 0);
	return file->entry ? ls_read_is(LS_READ_OK) : failure_of(zip_get_error(h->zip));
}

static struct ls_read_result archive_open(struct ls_source *source, struct ls_source_file *file)
{
	struct archive *a = (struct archive *)source;
	mode_t type;
	const struct ls_zip_entry *entry = ls_zip_index_find(&a->index, file->path, &type);
	if (!entry || !S_ISREG(type))
		return ls_read_is(type == 0	  ? LS_READ_MISSING
				  : S_ISLNK(type) ? LS_READ_SYMLINK
						  : LS_READ_SPECIAL);
	struct handle *h = take_handle(a);
	struct ls_read_result result = open_entry(h, entry->file, file);
	file->handle = h;
	if (result.status != LS_READ_OK)
		release_handle(a, h);
	return result;
}

static struct ls_read_result archive_read(struct ls_source_file *file, void *bytes, size_t n,
					  size_t *ret_n)
{
	zip_int64_t got = zip_fread(file->entry, bytes, n);
	if (got < 0)
		return failure_of(zip_file_get_error(file->entry));
	*ret_n = (size_t)got;
	return ls_read_is(LS_READ_OK);
}

static struct ls_read_result archive_close(struct ls_source_file *file)
{
	struct archive *a = (struct archive *)file->source;
	const struct stat *before = &a->bytes.stat;
	struct stat now;
	zip_fclose(file->entry);
	release_handle(a, file->handle);
	if (a->bytes.fd < 0)
		return ls_read_is(LS_READ_OK);
	if (fstat(a->bytes.fd, &now) < 0)
		return ls_read_failed(errno);
	return ls_read_is(now.st_size == before->st_size &&
					  now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
					  now.st_mtim.tv_nsec == before->st_mtim.tv_nsec
				  ? LS_READ_OK
				  : LS_READ_CHANGED);
}

static int archive_each(struct ls_source *source, const char *path, ls_each_name_fn each,
			void *context)
{
	return ls_zip_index_each(&((struct archive *)source)->index, path, each, context);
}

static int archive_type(struct ls_source *source, const char *path, mode_t *ret_type)
{
	ls_zip_index_find(&((struct archive *)source)->index, path, ret_type);
	return *ret_type == 0 ? -ENOENT : 0;
}

static void archive_free(struct ls_source *source)
{
	struct archive *a = (struct archive *)source;
	for (unsigned i = 0; i < a->handle_count; i++)
		zip_discard(a->handles[i].zip);
	ls_zip_index_free(&a->index);
	pthread_mutex_destroy(&a->lock);
	pthread_cond_destroy(&a->released);
	if (a->bytes.fd >= 0)
		close(a->bytes.fd);
	free(a->path);
	free(a);
}

static const struct ls_source_kind kind = { archive_open, archive_read, archive_close, archive_each,
					    archive_type, archive_free, false };

/* --- opening ------------------------------------------------------------------------------- */

/* What the entry is, by who made it: Unix has its mode above the attributes of DOS. */
static mode_t type_of(zip_t *zip, uint64_t number)
{
	zip_uint8_t system;
	zip_uint32_t attributes;
	mode_t type = 0;
	if (zip_file_get_external_attributes(zip, number, 0, &system, &attributes) == 0 &&
	    (system == ZIP_OPSYS_UNIX || system == ZIP_OPSYS_OS_X))
		type = (mode_t)(attributes >> 16) & S_IFMT;
	return type ? type : S_IFREG;
}

static int index_entries(struct archive *a, struct ls_report *report)
{
	zip_t *zip = a->handles[0].zip;
	zip_int64_t count = zip_get_num_entries(zip, 0);
	for (uint64_t i = 0; i < (uint64_t)count; i++) {
		const char *name = zip_get_name(zip, i, ZIP_FL_ENC_RAW);
		int rc = ls_zip_index_add(&a->index, name ? name : "", i, type_of(zip, i), report);
		if (rc < 0)
			return rc;
	}
	return ls_zip_index_finish(&a->index, report);
}

/* As many as there are threads, unless that takes too much memory. */
static void open_more_handles(struct archive *a)
{
	uint64_t entries = (uint64_t)zip_get_num_entries(a->handles[0].zip, 0) + 1;
	while (a->handle_count < HANDLES_MAX && a->handle_count < ls_pool_threads() &&
	       (a->handle_count + 1) * entries <= HANDLED_ENTRIES &&
	       open_handle(&a->handles[a->handle_count], &a->bytes) == 0)
		a->handle_count++;
}

static int fill(struct archive *a, struct ls_report *report, struct ls_error *err)
{
	int rc = open_handle(&a->handles[0], &a->bytes);
	a->handle_count = rc == 0;
	if (rc == 0)
		rc = index_entries(a, report);
	if (rc == 0)
		open_more_handles(a);
	if (rc == -EINVAL)
		return ls_fail(err, rc, "source.zip.inconsistent",
			       "the archive contradicts itself, so that programs may unpack it to "
			       "different files: unpack it and verify the folder");
	if (rc == -EBADMSG)
		return ls_fail(
			err, rc, "source.zip",
			"it is no zip archive, or it is cut short or damaged: copy it again");
	if (rc == -EIO)
		return ls_fail(err, rc, "source.unreadable", "it cannot be read: %s",
			       strerror(zip_error_code_system(&a->handles[0].error)));
	return rc < 0 ? ls_fail(err, -ENOMEM, "source.memory", "out of memory") : 0;
}

/* Takes the descriptor over, also on failure. */
static int new_archive(const struct bytes *bytes, const char *path, struct ls_report *report,
		       struct ls_source **ret, struct ls_error *err)
{
	struct archive *a = calloc(1, sizeof(*a));
	if (!a) {
		if (bytes->fd >= 0)
			close(bytes->fd);
		return ls_fail(err, -ENOMEM, "source.memory", "out of memory");
	}
	a->base = (struct ls_source){ &kind, bytes->watch };
	a->bytes = *bytes;
	a->path = strdup(path);
	a->bytes.path = a->path ? a->path : "";
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->released, NULL);
	int rc = fill(a, report, err);
	if (rc == 0)
		*ret = &a->base;
	else
		archive_free(&a->base);
	return rc;
}

int ls_source_zip(int fd, const char *path, struct ls_watch *watch, struct ls_report *report,
		  struct ls_source **ret, struct ls_error *err)
{
	struct bytes bytes = { .fd = fd, .watch = watch };
	if (fstat(fd, &bytes.stat) < 0) {
		int errnum = errno;
		close(fd);
		return ls_fail(err, -errnum, "source.unreadable", "it cannot be read: %s",
			       strerror(errnum));
	}
	bytes.size = (uint64_t)bytes.stat.st_size;
	return new_archive(&bytes, path, report, ret, err);
}

int ls_source_zip_memory(const void *bytes, size_t size, struct ls_report *report,
			 struct ls_source **ret, struct ls_error *err)
{
	const struct bytes memory = { .fd = -1, .memory = bytes, .size = size };
	return new_archive(&memory, "", report, ret, err);
}
