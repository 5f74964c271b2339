/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <zip.h>

#include "audit/zip/zip.h"

#define DOS_DATE_1980 ((1 << 5) | 1) /* APPNOTE.TXT 4.4.6: year - 1980, month, day */

static bool add(zip_t *archive, const char *name, const void *data, size_t size)
{
	zip_source_t *bytes = zip_source_buffer(archive, data, size, /* free it: */ 0);
	if (!bytes)
		return false;
	zip_int64_t index = zip_file_add(archive, name, bytes, ZIP_FL_ENC_UTF_8);
	if (index < 0) {
		zip_source_free(bytes);
		return false;
	}
	return zip_file_set_dostime(archive, (zip_uint64_t)index, 0, DOS_DATE_1980, 0) == 0;
}

static int copy_out(zip_source_t *source, struct ls_buffer *out)
{
	if (zip_source_open(source) < 0)
		return -ENOMEM;
	int rc = 0;
	for (;;) {
		uint8_t step[16384];
		zip_int64_t n = zip_source_read(source, step, sizeof(step));
		if (n < 0)
			rc = -ENOMEM;
		if (n <= 0)
			break;
		rc = ls_buffer_add(out, step, (size_t)n);
		if (rc < 0)
			break;
	}
	zip_source_close(source);
	return rc;
}

int ls_zip_write_one(const char *name, const void *data, size_t size, struct ls_buffer *out,
		     struct ls_error *err)
{
	zip_error_t error;
	zip_error_init(&error);
	zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
	zip_t *archive = source ? zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error)
				: NULL;
	zip_error_fini(&error);
	int rc = -ENOMEM;
	if (archive) {
		zip_source_keep(source); /* zip_close() lets go of one, and the bytes are wanted */
		if (add(archive, name, data, size) && zip_close(archive) == 0)
			rc = copy_out(source, out);
		else
			zip_discard(archive);
	}
	zip_source_free(source);
	return rc < 0 ? ls_fail(err, rc, rc == -EFBIG ? "zip.total" : "zip.memory",
				"the ZIP archive could not be made: %s",
				rc == -EFBIG ? "it is too large" : "out of memory")
		      : 0;
}
