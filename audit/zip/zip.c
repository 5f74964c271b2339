/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/zip/zip.h"

#include <errno.h>
#include <string.h>
#include <zip.h>

#include "audit/zip/zip_end.h"

#define STEP ((size_t)64 << 10) /* bytes unfolded at a time */

struct ls_zip {
	zip_t *archive;
	struct ls_zip_limits limits; /* total: what is left of it */
};

/* libzip's number of an error as ours. */
static int fail_open(int code, struct ls_error *err)
{
	if (code == ZIP_ER_MEMORY)
		return ls_fail(err, -ENOMEM, "zip.memory", "out of memory");
	zip_error_t error;
	zip_error_init_with_code(&error, code);
	ls_fail(err, -EBADMSG, "zip.malformed",
		"no whole ZIP archive (%s): cut short, or damaged; copy it again",
		zip_error_strerror(&error));
	zip_error_fini(&error);
	return -EBADMSG;
}

/* An archive's last bytes: at most LS_ZIP_END_MAX of so many in all. */
struct tail {
	const uint8_t *bytes;
	size_t n;
	uint64_t size;
};

static int check_end(zip_t *archive, const struct tail *tail, struct ls_error *err)
{
	int comment = 0;
	zip_get_archive_comment(archive, &comment, ZIP_FL_ENC_RAW);
	if (ls_zip_end_is_plain(tail->bytes, tail->n, tail->size, (size_t)comment))
		return 0;
	return ls_fail(
		err, -EBADMSG, "zip.end",
		"the ZIP archive's end can be read in more than one way, so that programs may "
		"see other files in it than these; pack the files anew");
}

/* Takes archive over, whatever comes of it. */
static int wrap(zip_t *archive, const struct tail *tail, const struct ls_zip_limits *limits,
		struct ls_zip **ret, struct ls_error *err)
{
	zip_int64_t entries = zip_get_num_entries(archive, 0);
	struct ls_zip *zip = NULL;
	int rc = check_end(archive, tail, err);
	if (rc == 0 && (entries < 0 || (uint64_t)entries > limits->entries))
		rc = ls_fail(err, -EFBIG, "zip.entries",
			     "the ZIP archive has %lld entries, and %zu at most are read",
			     (long long)entries, limits->entries);
	else if (rc == 0 && !(zip = malloc(sizeof(*zip))))
		rc = ls_fail(err, -ENOMEM, "zip.memory", "out of memory");
	if (rc < 0) {
		zip_discard(archive);
		return rc;
	}
	zip->archive = archive;
	zip->limits = *limits;
	*ret = zip;
	return 0;
}

int ls_zip_open(const void *data, size_t size, const struct ls_zip_limits *limits,
		struct ls_zip **ret, struct ls_error *err)
{
	zip_error_t error;
	if (size == 0) /* to libzip, an archive to be filled */
		return fail_open(ZIP_ER_NOZIP, err);
	zip_error_init(&error);
	zip_source_t *source = zip_source_buffer_create(data, size, /* free it: */ 0, &error);
	zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error)
				: NULL;
	int code = zip_error_code_zip(&error);
	zip_error_fini(&error);
	if (!archive) {
		zip_source_free(source);
		return fail_open(code, err);
	}
	size_t n = size < LS_ZIP_END_MAX ? size : LS_ZIP_END_MAX;
	const struct tail tail = { (const uint8_t *)data + (size - n), n, size };
	return wrap(archive, &tail, limits, ret, err);
}

void ls_zip_close(struct ls_zip *zip)
{
	if (!zip)
		return;
	zip_discard(zip->archive);
	free(zip);
}

size_t ls_zip_count(const struct ls_zip *zip)
{
	return (size_t)zip_get_num_entries(zip->archive, 0);
}

const char *ls_zip_name(const struct ls_zip *zip, size_t index)
{
	return zip_get_name(zip->archive, index, ZIP_FL_ENC_RAW);
}

uint64_t ls_zip_size(const struct ls_zip *zip, size_t index)
{
	zip_stat_t stat;
	zip_stat_init(&stat);
	if (zip_stat_index(zip->archive, index, 0, &stat) < 0 || !(stat.valid & ZIP_STAT_SIZE))
		return 0;
	return stat.size;
}

static char plain(char c)
{
	if (c == '\\')
		return '/';
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_name(const char *a, const char *b)
{
	for (; plain(*a) == plain(*b); a++, b++)
		if (!*a)
			return true;
	return false;
}

size_t ls_zip_find(const struct ls_zip *zip, const char *name)
{
	size_t count = ls_zip_count(zip);
	for (size_t i = 0; i < count; i++) {
		const char *entry = ls_zip_name(zip, i);
		if (entry && same_name(entry, name))
			return i;
	}
	return LS_ZIP_NONE;
}

static int check_entry(struct ls_zip *zip, size_t index, const struct ls_buffer *out,
		       struct ls_error *err)
{
	zip_stat_t stat;
	zip_stat_init(&stat);
	if (zip_stat_index(zip->archive, index, 0, &stat) < 0)
		return ls_fail(err, -EBADMSG, "zip.entry", "entry %zu of the ZIP archive: %s",
			       index, zip_strerror(zip->archive));
	if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE)
		return ls_fail(err, -EACCES, "zip.encrypted",
			       "entry %zu of the ZIP archive is encrypted, and wants a password",
			       index);
	if (!(stat.valid & ZIP_STAT_COMP_METHOD) ||
	    (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE))
		return ls_fail(err, -ENOTSUP, "zip.method",
			       "entry %zu of the ZIP archive is packed by method %u; stored and "
			       "deflated ones are read",
			       index, (unsigned)stat.comp_method);
	if ((stat.valid & ZIP_STAT_SIZE) && stat.size > out->max)
		return ls_fail(err, -EFBIG, "zip.entry.size",
			       "entry %zu of the ZIP archive has %llu bytes, and %zu at most are "
			       "read",
			       index, (unsigned long long)stat.size, out->max);
	return 0;
}

/* Whatever the archive claims: no more than out->max, and no more than is left in total. */
static int unfold(struct ls_zip *zip, size_t index, zip_file_t *file, struct ls_buffer *out,
		  struct ls_error *err)
{
	static const char cut[] = "entry %zu of the ZIP archive is damaged: %s";
	for (;;) {
		uint8_t step[STEP];
		zip_int64_t n = zip_fread(file, step, sizeof(step));
		if (n < 0)
			return ls_fail(err, -EBADMSG, "zip.entry", cut, index,
				       zip_file_strerror(file));
		if (n == 0)
			return 0;
		if ((uint64_t)n > zip->limits.total)
			return ls_fail(err, -EFBIG, "zip.total",
				       "the ZIP archive unfolds to more than is read of one");
		zip->limits.total -= (uint64_t)n;
		int rc = ls_buffer_add(out, step, (size_t)n);
		if (rc == -EFBIG)
			return ls_fail(err, rc, "zip.entry.size",
				       "entry %zu of the ZIP archive unfolds to more than %zu "
				       "bytes",
				       index, out->max);
		if (rc < 0)
			return ls_fail(err, rc, "zip.memory", "out of memory");
	}
}

int ls_zip_read(struct ls_zip *zip, size_t index, struct ls_buffer *out, struct ls_error *err)
{
	ls_buffer_clear(out);
	int rc = check_entry(zip, index, out, err);
	if (rc < 0)
		return rc;
	zip_file_t *file = zip_fopen_index(zip->archive, index, 0);
	if (!file)
		return ls_fail(err, -EBADMSG, "zip.entry", "entry %zu of the ZIP archive: %s",
			       index, zip_strerror(zip->archive));
	rc = unfold(zip, index, file, out, err);
	/* the CRC is wrong at the end of the entry, and libzip says so at the last read */
	zip_fclose(file);
	if (rc < 0)
		ls_buffer_clear(out);
	return rc;
}
