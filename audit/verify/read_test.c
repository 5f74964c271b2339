/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/read.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static char folder[] = "/tmp/labseal-read-XXXXXX";
static int dir = -1;
static struct ls_source *source;

static bool set_up(void)
{
	if (dir < 0 && mkdtemp(folder))
		dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && (source || ls_source_folder(dir, NULL, &source) == 0);
}

static void put(const char *name, const char *text)
{
	ls_file_write_new(dir, name, text, strlen(text), 0644, NULL);
}

static enum ls_read_status status_of(const char *name, size_t max)
{
	struct ls_buffer b;
	ls_buffer_init(&b, max);
	enum ls_read_status status = ls_share_read(source, name, &b).status;
	ls_buffer_free(&b);
	return status;
}

TEST(a_file)
{
	REQUIRE(set_up());
	put("file", "hello");
	struct ls_buffer b;
	ls_buffer_init(&b, 5);
	CHECK_INT_EQ(ls_share_read(source, "file", &b).status, LS_READ_OK);
	CHECK_INT_EQ(b.size, 5);
	CHECK_STR_EQ(ls_buffer_str(&b), "hello");
	ls_buffer_free(&b);
	CHECK_INT_EQ(status_of("file", 4), LS_READ_TOO_LARGE);
	put("empty", "");
	CHECK_INT_EQ(status_of("empty", 5), LS_READ_OK);
}

TEST(what_is_none)
{
	REQUIRE(set_up());
	CHECK_INT_EQ(status_of("nothing", 5), LS_READ_MISSING);
	CHECK_INT_EQ(status_of("file/below", 5), LS_READ_MISSING);
	CHECK_INT_EQ(status_of(".", 5), LS_READ_SPECIAL);
	CHECK_INT_EQ(symlinkat("file", dir, "link"), 0);
	CHECK_INT_EQ(status_of("link", 5), LS_READ_SYMLINK);
	CHECK_INT_EQ(symlinkat(".", dir, "loop"), 0);
	CHECK_INT_EQ(status_of("loop/file", 5), LS_READ_SYMLINK);
	CHECK_INT_EQ(mkfifoat(dir, "fifo", 0644), 0);
	CHECK_INT_EQ(status_of("fifo", 5), LS_READ_SPECIAL);
	CHECK(status_of("../etc/passwd", 5) != LS_READ_OK);
	CHECK(status_of("/etc/passwd", 5) != LS_READ_OK);
}

TEST(a_socket)
{
	REQUIRE(set_up());
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", folder);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_INT_EQ(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	CHECK_INT_EQ(status_of("socket", 5), LS_READ_SPECIAL);
	close(fd);
}

static struct ls_read_result hash(const char *name, struct ls_sha256 *h, const uint64_t *expected,
				  struct ls_digest *ret_digest, uint64_t *ret_size)
{
	static uint8_t chunk[LS_SHARE_CHUNK];
	struct ls_source_file file;
	struct ls_read_result result = ls_source_file_open(source, name, &file);
	return result.status != LS_READ_OK
		       ? result
		       : ls_share_hash(&file, h, chunk, expected, ret_digest, ret_size);
}

static int truncate_to(const char *name, off_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
	int rc = fd < 0 ? -1 : ftruncate(fd, size);
	close(fd);
	return rc;
}

/* What a file is when it is opened, and that it is still that when it is closed. */
TEST(a_file_that_changes_while_it_is_read)
{
	REQUIRE(set_up());
	static uint8_t chunk[LS_SHARE_CHUNK];
	struct ls_sha256 h = { 0 };
	struct ls_source_file file;
	struct ls_digest seen;
	uint64_t size;
	put("changing", "hello");
	CHECK_INT_EQ(ls_source_file_open(source, "changing", &file).status, LS_READ_OK);
	CHECK_INT_EQ(truncate_to("changing", 3), 0);
	CHECK_INT_EQ(ls_share_hash(&file, &h, chunk, NULL, &seen, &size).status, LS_READ_CHANGED);
	CHECK_INT_EQ(ls_source_file_open(source, "changing", &file).status, LS_READ_OK);
	CHECK_INT_EQ(truncate_to("changing", 30), 0);
	CHECK_INT_EQ(ls_share_hash(&file, &h, chunk, NULL, &seen, &size).status, LS_READ_CHANGED);
	/* the same size, other bytes */
	CHECK_INT_EQ(ls_source_file_open(source, "changing", &file).status, LS_READ_OK);
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	CHECK_INT_EQ(utimensat(dir, "changing", times, 0), 0);
	CHECK_INT_EQ(ls_share_hash(&file, &h, chunk, NULL, &seen, &size).status, LS_READ_CHANGED);
	ls_sha256_free(&h);
}

TEST(a_hash)
{
	REQUIRE(set_up());
	struct ls_sha256 h = { 0 };
	struct ls_digest seen, wanted;
	uint64_t size = 0, expected = 5;
	ls_sha256_buffer("hello", 5, &wanted);
	CHECK_INT_EQ(hash("file", &h, NULL, &seen, &size).status, LS_READ_OK);
	CHECK_MEM_EQ(seen.bytes, wanted.bytes, LS_DIGEST_SIZE);
	CHECK_INT_EQ(size, 5);
	CHECK_INT_EQ(hash("file", &h, &expected, &seen, &size).status, LS_READ_OK);
	CHECK_MEM_EQ(seen.bytes, wanted.bytes, LS_DIGEST_SIZE);
	expected = 6; /* another size: nothing is read */
	CHECK_INT_EQ(hash("file", &h, &expected, &seen, &size).status, LS_READ_OK);
	CHECK(ls_digest_is_zero(&seen));
	CHECK_INT_EQ(size, 5);
	CHECK_INT_EQ(hash("link", &h, NULL, &seen, &size).status, LS_READ_SYMLINK);
	/* of a size that nobody named, and too large to be read for nothing */
	put("sparse", "");
	CHECK_INT_EQ(truncate_to("sparse", (off_t)LS_SHARE_UNSIZED_MAX + 1), 0);
	CHECK_INT_EQ(hash("sparse", &h, NULL, &seen, &size).status, LS_READ_TOO_LARGE);
	ls_sha256_free(&h);
}

TEST(statuses_become_findings)
{
	struct ls_report r;
	ls_report_init(&r);
	struct ls_read_result result = { LS_READ_MISSING, 0 };
	ls_read_report(&r, LS_CHECK_PAYLOAD, "x", 1, "f", &result);
	CHECK_STR_EQ(r.findings[LS_FINDING_FAILED].items[0].id, "x.missing");
	result.status = LS_READ_CHANGED;
	ls_read_report(&r, LS_CHECK_PAYLOAD, "x", 1, "f", &result);
	CHECK_STR_EQ(r.findings[LS_FINDING_UNABLE].items[0].id, "x.changed");
	result = (struct ls_read_result){ LS_READ_UNABLE, EIO };
	ls_read_report(&r, LS_CHECK_PAYLOAD, "x", 1, "f", &result);
	CHECK_STR_EQ(r.findings[LS_FINDING_UNABLE].items[1].id, "x.unreadable");
	CHECK_STR_HAS(r.findings[LS_FINDING_UNABLE].items[1].message, "Input/output error");
	result.status = LS_READ_OK;
	ls_read_report(&r, LS_CHECK_PAYLOAD, "x", 1, "f", &result);
	CHECK_INT_EQ(r.findings[LS_FINDING_FAILED].total, 1);
	ls_report_free(&r);
}

TEST(tear_down)
{
	REQUIRE(dir >= 0);
	ls_source_free(source);
	close(dir);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, folder, NULL), 0);
}

TEST_MAIN()
