/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/zip/zip.h"

#include <errno.h>
#include <zip.h>

#include "lib/base/test.h"

static const struct ls_zip_limits limits = { .entries = 4, .total = 100000 };

/* An archive of n entries, each of size bytes of 'x', packed by method. */
static void make(struct ls_buffer *out, const char *const *names, size_t n, size_t size, int method)
{
	zip_error_t error;
	zip_error_init(&error);
	zip_source_t *to = zip_source_buffer_create(NULL, 0, 0, &error);
	zip_t *z = zip_open_from_source(to, ZIP_CREATE | ZIP_TRUNCATE, &error);
	zip_source_keep(to);
	char *bytes = malloc(size + 1);
	memset(bytes, 'x', size);
	for (size_t i = 0; i < n; i++) {
		zip_int64_t at = zip_file_add(z, names[i], zip_source_buffer(z, bytes, size, 0),
					      ZIP_FL_ENC_RAW);
		zip_set_file_compression(z, (zip_uint64_t)at, method, 0);
	}
	zip_close(z);
	zip_stat_t st;
	zip_source_stat(to, &st);
	ls_buffer_init(out, 1 << 20);
	zip_source_open(to);
	zip_source_read(to, ls_buffer_reserve(out, st.size), st.size);
	out->size = st.size;
	zip_source_close(to);
	zip_source_free(to);
	zip_error_fini(&error);
	free(bytes);
}

static int open_fails(const void *data, size_t size, struct ls_error *err)
{
	struct ls_zip *zip = NULL;
	int rc = ls_zip_open(data, size, &limits, &zip, err);
	ls_zip_close(zip);
	return rc;
}

static int read_entry(struct ls_zip *zip, size_t index, size_t max, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, max);
	int rc = ls_zip_read(zip, index, &out, err);
	return rc < 0 ? rc : (int)out.size;
}

TEST(names_are_data_and_found_whatever_their_slashes)
{
	static const char *const names[] = { "..\\..\\up", "APLDBIO\\SDS\\CALIBRATIONS/a.ini",
					     "/root" };
	_cleanup_buffer_ struct ls_buffer bytes;
	make(&bytes, names, 3, 5, ZIP_CM_DEFLATE);
	struct ls_zip *zip = NULL;
	REQUIRE(ls_zip_open(bytes.data, bytes.size, &limits, &zip, NULL) == 0);
	CHECK_INT_EQ(ls_zip_count(zip), 3);
	CHECK_STR_EQ(ls_zip_name(zip, 0), "..\\..\\up");
	CHECK_INT_EQ(ls_zip_find(zip, "apldbio/sds/calibrations/a.ini"), 1);
	CHECK(ls_zip_find(zip, "apldbio/sds/calibrations") == LS_ZIP_NONE);
	CHECK_INT_EQ(ls_zip_size(zip, 1), 5);
	CHECK_INT_EQ(read_entry(zip, 1, 100, NULL), 5);
	ls_zip_close(zip);
}

TEST(what_unfolds_to_too_much_is_refused)
{
	static const char *const names[] = { "bomb", "bomb2", "bomb3" };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_error err = { 0 };
	make(&bytes, names, 3, 60000, ZIP_CM_DEFLATE);
	CHECK(bytes.size < 2000);
	struct ls_zip *zip = NULL;
	REQUIRE(ls_zip_open(bytes.data, bytes.size, &limits, &zip, NULL) == 0);
	CHECK_INT_EQ(read_entry(zip, 0, 59999, &err), -EFBIG);
	CHECK_STR_EQ(err.id, "zip.entry.size");
	CHECK_INT_EQ(read_entry(zip, 0, 60000, NULL), 60000);
	CHECK_INT_EQ(read_entry(zip, 1, 60000, &err), -EFBIG); /* of 100000 in all */
	CHECK_STR_EQ(err.id, "zip.total");
	ls_zip_close(zip);
}

TEST(a_claimed_size_is_not_believed)
{
	static const char *const names[] = { "a" };
	_cleanup_buffer_ struct ls_buffer bytes;
	make(&bytes, names, 1, 60000, ZIP_CM_DEFLATE);
	/* local and central header (APPNOTE.TXT 4.3.7, 4.3.12) claim 16 bytes */
	const uint8_t was[4] = { 60000 & 0xff, 60000 >> 8, 0, 0 }, says[4] = { 16, 0, 0, 0 };
	for (size_t i = 0; i + 4 <= bytes.size; i++)
		if (memcmp(bytes.data + i, was, 4) == 0)
			memcpy(bytes.data + i, says, 4);
	struct ls_zip *zip = NULL;
	if (ls_zip_open(bytes.data, bytes.size, &limits, &zip, NULL) < 0)
		return; /* seen at once */
	int rc = read_entry(zip, 0, 1000, NULL);
	CHECK(rc == -EFBIG || rc == -EBADMSG);
	ls_zip_close(zip);
}

TEST(too_many_entries_are_refused)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_error err = { 0 };
	make(&bytes, names, 5, 1, ZIP_CM_STORE);
	CHECK_INT_EQ(open_fails(bytes.data, bytes.size, &err), -EFBIG);
	CHECK_STR_EQ(err.id, "zip.entries");
	CHECK_STR_HAS(err.message, "has 5 entries, and 4 at most");
}

/* To programs that look for the end from the front, there is another directory before libzip's. */
TEST(an_archive_behind_another_is_refused)
{
	static const char *const names[] = { "shown" }, *const others[] = { "other" };
	_cleanup_buffer_ struct ls_buffer bytes, other;
	struct ls_error err = { 0 };
	make(&bytes, names, 1, 5, ZIP_CM_STORE);
	make(&other, others, 1, 5, ZIP_CM_STORE);
	REQUIRE(ls_buffer_add(&bytes, other.data, other.size) == 0);
	CHECK_INT_EQ(open_fails(bytes.data, bytes.size, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "zip.end");
}

TEST(every_cut_and_every_flip_is_an_error_or_the_same_bytes)
{
	static const char *const names[] = { "a", "b" };
	_cleanup_buffer_ struct ls_buffer bytes;
	make(&bytes, names, 2, 40, ZIP_CM_DEFLATE);
	for (size_t n = 0; n < bytes.size; n++) {
		struct ls_error err = { 0 };
		CHECK_INT_EQ(open_fails(bytes.data, n, &err), -EBADMSG);
		CHECK_STR_EQ(err.id, "zip.malformed");
	}
	for (size_t i = 0; i < bytes.size; i++) {
		bytes.data[i] ^= 0x10;
		struct ls_zip *zip = NULL;
		if (ls_zip_open(bytes.data, bytes.size, &limits, &zip, NULL) == 0)
			for (size_t k = 0; k < ls_zip_count(zip); k++) {
				_cleanup_buffer_ struct ls_buffer out;
				ls_buffer_init(&out, 1000);
				if (ls_zip_read(zip, k, &out, NULL) < 0)
					continue;
				for (size_t j = 0; j < out.size; j++)
					CHECK_INT_EQ(out.data[j], 'x');
			}
		ls_zip_close(zip);
		bytes.data[i] ^= 0x10;
	}
}

TEST(other_ways_of_packing_are_named)
{
	static const char *const names[] = { "a" };
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_error err = { 0 };
	make(&bytes, names, 1, 400, ZIP_CM_BZIP2);
	struct ls_zip *zip = NULL;
	REQUIRE(ls_zip_open(bytes.data, bytes.size, &limits, &zip, NULL) == 0);
	int rc = read_entry(zip, 0, 1000, &err);
	if (rc != 400) { /* this libzip has no bzip2, and packed otherwise */
		CHECK_INT_EQ(rc, -ENOTSUP);
		CHECK_STR_HAS(err.message, "packed by method 12");
	}
	ls_zip_close(zip);
}

TEST(an_archive_that_was_written_is_read_and_always_the_same)
{
	_cleanup_buffer_ struct ls_buffer one, two;
	ls_buffer_init(&one, 1000);
	ls_buffer_init(&two, 1000);
	REQUIRE(ls_zip_write_one("data.xml", "<a/>", 4, &one, NULL) == 0);
	REQUIRE(ls_zip_write_one("data.xml", "<a/>", 4, &two, NULL) == 0);
	REQUIRE(one.size == two.size);
	CHECK_MEM_EQ(one.data, two.data, one.size);
	struct ls_zip *zip = NULL;
	REQUIRE(ls_zip_open(one.data, one.size, &limits, &zip, NULL) == 0);
	CHECK_STR_EQ(ls_zip_name(zip, 0), "data.xml");
	CHECK_INT_EQ(read_entry(zip, 0, 100, NULL), 4);
	ls_zip_close(zip);
}

TEST_MAIN()
