/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/bundle/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#define ENTRY_MODE ((zip_uint32_t)(S_IFREG | 0444) << 16)

struct ls_archive {
	zip_t *zip;
	char *path; /* owned */
	zip_uint16_t date, time;
};

/* The archive's kind of time (APPNOTE.TXT 4.4.6): local, without a zone; here always UTC. */
static void set_time(struct ls_archive *a, int64_t seconds)
{
	static const int64_t first = 315532800, last = 4354819198; /* 1980, and the end of 2107 */
	time_t t = (time_t)(seconds < first ? first : seconds > last ? last : seconds);
	struct tm utc;
	gmtime_r(&t, &utc);
	a->date = (zip_uint16_t)((utc.tm_year - 80) << 9 | (utc.tm_mon + 1) << 5 | utc.tm_mday);
	a->time = (zip_uint16_t)(utc.tm_hour << 11 | utc.tm_min << 5 | utc.tm_sec / 2);
}

int ls_archive_create(const char *path, int64_t time, struct ls_archive **ret, struct ls_error *err)
{
	int code = 0;
	struct ls_archive *a = calloc(1, sizeof(*a));
	char *copy = strdup(path);
	if (!a || !copy) {
		free(a);
		free(copy);
		return ls_fail(err, -ENOMEM, "bundle.memory", "out of memory for an archive");
	}
	a->path = copy;
	a->zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
	if (!a->zip) {
		zip_error_t why;
		zip_error_init_with_code(&why, code);
		int rc = ls_fail(err, -EIO, "bundle.write", "cannot write '%s': %s", path,
				 zip_error_strerror(&why));
		zip_error_fini(&why);
		ls_archive_discard(a);
		return rc;
	}
	set_time(a, time);
	*ret = a;
	return 0;
}

static int add(struct ls_archive *a, const char *name, zip_source_t *source, struct ls_error *err)
{
	zip_int64_t index = source ? zip_file_add(a->zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
	if (index < 0) {
		zip_source_free(source);
		return ls_fail(err, -EIO, "bundle.entry", "cannot put '%s' into '%s': %s", name,
			       a->path, zip_strerror(a->zip));
	}
	zip_uint64_t entry = (zip_uint64_t)index;
	if (zip_set_file_compression(a->zip, entry, ZIP_CM_STORE, 0) < 0 ||
	    zip_file_set_dostime(a->zip, entry, a->time, a->date, 0) < 0 ||
	    zip_file_set_external_attributes(a->zip, entry, 0, ZIP_OPSYS_UNIX, ENTRY_MODE) < 0)
		return ls_fail(err, -EIO, "bundle.entry", "cannot put '%s' into '%s': %s", name,
			       a->path, zip_strerror(a->zip));
	return 0;
}

int ls_archive_add_bytes(struct ls_archive *a, const char *name, const void *bytes, size_t size,
			 struct ls_error *err)
{
	void *copy = malloc(size ? size : 1);
	if (!copy)
		return ls_fail(err, -ENOMEM, "bundle.memory", "out of memory for '%s'", name);
	memcpy(copy, bytes, size);
	zip_source_t *source = zip_source_buffer(a->zip, copy, size, 1);
	if (!source)
		free(copy);
	return add(a, name, source, err);
}

int ls_archive_add_file(struct ls_archive *a, const char *name, int fd, struct ls_error *err)
{
	FILE *file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return ls_fail(err, -ENOMEM, "bundle.memory", "out of memory for '%s'", name);
	}
	zip_source_t *source = zip_source_filep(a->zip, file, 0, -1);
	if (!source)
		fclose(file);
	return add(a, name, source, err);
}

/* libzip writes beside the file and renames; what the disk then has is made durable here. */
static int make_durable(const char *path, struct ls_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fsync(fd) < 0)
		return ls_fail_errno(err, errno, "bundle.write", "cannot write '%s'", path);
	return 0;
}

int ls_archive_finish(struct ls_archive *a, struct ls_error *err)
{
	int rc = 0;
	if (zip_close(a->zip) == 0) {
		a->zip = NULL;
		rc = make_durable(a->path, err);
	} else {
		rc = ls_fail(err, -EIO, "bundle.write", "cannot write '%s': %s", a->path,
			     zip_strerror(a->zip));
	}
	ls_archive_discard(a);
	return rc;
}

void ls_archive_discard(struct ls_archive *a)
{
	if (!a)
		return;
	if (a->zip)
		zip_discard(a->zip);
	free(a->path);
	free(a);
}
