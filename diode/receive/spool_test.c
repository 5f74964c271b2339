/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

/* What the spool asks of the disk passes here, so that it can be counted and refused. */
static int syncs, sync_error;

static int pass_sync(long call, int fd)
{
	syncs++;
	if (sync_error) {
		errno = sync_error;
		return -1;
	}
	return (int)syscall(call, fd);
}

int syncfs(int fd)
{
	return pass_sync(SYS_syncfs, fd);
}

int fsync(int fd)
{
	return pass_sync(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return pass_sync(SYS_fdatasync, fd);
}

static char dir[64];
static int dirfd_ = -1;

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/spool-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void end(void)
{
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static struct ls_spool *open_spool(uint64_t max, size_t removed)
{
	struct ls_spool *s = NULL;
	struct ls_error err = { 0 };
	size_t seen = 0;
	if (ls_spool_open(dirfd_, max, &s, &seen, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(seen, removed);
	return s;
}

static struct ls_delivery delivery(uint64_t number, const char *bytes)
{
	struct ls_delivery d = { .key.number = number, .size = strlen(bytes) };
	d.name = (struct ls_bytes){ .data = (const uint8_t *)"n", .size = 1 };
	ls_sha256_buffer(bytes, strlen(bytes), &d.key.sha256);
	return d;
}

static int receive(struct ls_spool *s, unsigned slot, uint64_t number, const char *bytes)
{
	struct ls_delivery d = delivery(number, bytes);
	int rc = ls_spool_begin(s, slot, d.size, NULL);
	if (rc == 0)
		rc = ls_spool_write(s, slot, bytes, d.size, NULL);
	return rc ? rc : ls_spool_finish(s, slot, &d, NULL);
}

static int sync_all(struct ls_spool *s)
{
	return ls_spool_sync(s, NULL, NULL, NULL);
}

static int names(char type)
{
	int count = 0;
	DIR *d = opendir(dir);
	for (const struct dirent *e; (e = readdir(d));)
		count += e->d_name[0] == type && e->d_name[1] == '-';
	closedir(d);
	return count;
}

static void check_content(struct ls_spool *s, const struct ls_spool_entry *entry, uint64_t number,
			  const char *bytes)
{
	_cleanup_buffer_ struct ls_buffer body;
	_cleanup_close_ int fd = -1;
	char seen[100] = "";
	struct ls_delivery d;
	ls_buffer_init(&body, 4096);
	REQUIRE(entry != NULL);
	REQUIRE(ls_spool_read(s, entry, &body, &fd, NULL) == 0);
	struct ls_message m = { .type = LS_MSG_DELIVERY_BEGIN,
				.body = body.data,
				.size = body.size };
	REQUIRE(ls_decode_delivery(&m, &d, NULL) == 0);
	CHECK_INT_EQ(d.key.number, number);
	CHECK_INT_EQ(read(fd, seen, sizeof(seen) - 1), strlen(bytes));
	CHECK_STR_EQ(seen, bytes);
}

TEST(spool_counts_only_after_a_sync)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	uint64_t bytes;
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(ls_spool_pending(s, &bytes), 1);
	CHECK_INT_EQ(bytes, 3);
	CHECK(ls_spool_next(s) == NULL);
	CHECK_INT_EQ(names('f'), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_pending(s, &bytes), 0);
	CHECK_INT_EQ(names('f'), 1);
	CHECK_INT_EQ(names('t'), 0);
	check_content(s, ls_spool_next(s), 1, "one");
	ls_spool_free(s);
	end();
}

TEST(spool_keeps_order_and_content_over_a_restart)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(receive(s, 1, 2, "two"), 0);
	CHECK_INT_EQ(receive(s, 0, 3, ""), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(receive(s, 0, 4, "never synced"), 0);
	ls_spool_free(s);
	s = open_spool(1 << 20, 0); /* what never counted is no news */
	CHECK_INT_EQ(ls_spool_count(s), 3);
	struct ls_spool_entry *e = ls_spool_next(s);
	check_content(s, e, 1, "one");
	check_content(s, e = ls_spool_after(s, e), 2, "two");
	check_content(s, e = ls_spool_after(s, e), 3, "");
	CHECK(ls_spool_after(s, e) == NULL);
	CHECK_INT_EQ(names('t'), 0);
	/* new names do not meet the old ones */
	CHECK_INT_EQ(receive(s, 0, 5, "five"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_count(s), 4);
	ls_spool_free(s);
	end();
}

/*
 * What is found at the start may have been written by a receiver that was killed
 * before its sync: whole, and in memory alone.
 */
TEST(spool_takes_up_nothing_that_is_not_durable)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	syncs = 0;
	s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(syncs, 1);
	CHECK_INT_EQ(ls_spool_count(s), 1);
	ls_spool_free(s);
	/* a disk that does not take it: nothing is counted */
	struct ls_error err = { 0 };
	size_t removed;
	sync_error = EIO;
	s = NULL;
	CHECK_INT_EQ(ls_spool_open(dirfd_, 1 << 20, &s, &removed, &err), -EIO);
	CHECK_STR_EQ(err.id, "diode.spool.write");
	CHECK(s == NULL);
	sync_error = 0;
	end();
}

TEST(spool_counts_nothing_that_the_disk_did_not_take)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(receive(s, 0, 2, "two"), 0);
	sync_error = EIO;
	CHECK_INT_EQ(sync_all(s), -EIO);
	CHECK_INT_EQ(ls_spool_count(s), 0);
	CHECK(ls_spool_next(s) == NULL);
	sync_error = 0;
	ls_spool_free(s);
	end();
}

TEST(spool_what_is_not_whole_is_removed)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	for (uint64_t n = 1; n <= 5; n++)
		CHECK_INT_EQ(receive(s, 0, n, "some bytes"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	/* as after a power failure: short, altered, empty head, no head at all */
	int fd = openat(dirfd_, "f-0000000000000001", O_WRONLY | O_CLOEXEC);
	CHECK_INT_EQ(ftruncate(fd, LS_SPOOL_HEAD_SIZE + 9), 0);
	close(fd);
	fd = openat(dirfd_, "f-0000000000000002", O_WRONLY | O_CLOEXEC);
	CHECK_INT_EQ(pwrite(fd, "S", 1, LS_SPOOL_HEAD_SIZE), 1);
	close(fd);
	fd = openat(dirfd_, "f-0000000000000003", O_WRONLY | O_CLOEXEC);
	CHECK_INT_EQ(pwrite(fd, "X", 1, 20), 1);
	close(fd);
	fd = openat(dirfd_, "f-0000000000000004", O_WRONLY | O_TRUNC | O_CLOEXEC);
	close(fd);
	s = open_spool(1 << 20, 4);
	CHECK_INT_EQ(ls_spool_count(s), 1);
	check_content(s, ls_spool_next(s), 5, "some bytes");
	ls_spool_free(s);
	end();
}

TEST(spool_limit_is_no_room_until_something_goes)
{
	begin();
	struct ls_spool *s = open_spool(2 * (LS_SPOOL_HEAD_SIZE + 100), 0);
	CHECK_INT_EQ(ls_spool_begin(s, 0, 1u << 30, NULL), -EAGAIN);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(ls_spool_begin(s, 0, 100, NULL), 0);
	CHECK_INT_EQ(ls_spool_begin(s, 1, 100, NULL), -EAGAIN);
	ls_spool_drop(s, 0);
	CHECK_INT_EQ(ls_spool_begin(s, 1, 100, NULL), 0);
	CHECK_INT_EQ(ls_spool_begin(s, 2, 98, NULL), -EAGAIN);
	CHECK_INT_EQ(sync_all(s), 0);
	struct ls_spool_entry *e = ls_spool_next(s);
	CHECK_INT_EQ(ls_spool_remove(s, e, NULL), 0);
	CHECK_INT_EQ(ls_spool_begin(s, 2, 98, NULL), 0);
	CHECK_INT_EQ(names('f'), 0);
	ls_spool_free(s);
	CHECK_INT_EQ(names('t'), 0);
	end();
}

static int add_event(struct ls_spool *s, const char *detail)
{
	struct ls_event e = { .host_time = 1 };
	e.kind = (struct ls_bytes){ .data = (const uint8_t *)"gap", .size = 3 };
	e.detail = (struct ls_bytes){ .data = (const uint8_t *)detail, .size = strlen(detail) };
	ls_sha256_buffer(detail, strlen(detail), &e.key);
	return ls_spool_add_event(s, &e, NULL);
}

TEST(spool_events_are_kept_among_the_files)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(add_event(s, "{}"), 0);
	CHECK_INT_EQ(receive(s, 0, 2, "two"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	s = open_spool(1 << 20, 0);
	struct ls_spool_entry *e = ls_spool_after(s, ls_spool_next(s));
	REQUIRE(e != NULL);
	CHECK(e->is_event);
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 4096);
	int fd = 0;
	CHECK_INT_EQ(ls_spool_read(s, e, &body, &fd, NULL), 0);
	CHECK_INT_EQ(fd, -1);
	struct ls_event event;
	struct ls_message m = { .type = LS_MSG_EVENT, .body = body.data, .size = body.size };
	CHECK_INT_EQ(ls_decode_event(&m, &event, NULL), 0);
	CHECK_MEM_EQ(event.detail.data, "{}", 2);
	ls_spool_free(s);
	end();
}

TEST(spool_finds_what_was_sent)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	receive(s, 0, 1, "one");
	receive(s, 0, 2, "two");
	add_event(s, "{}");
	sync_all(s);
	struct ls_spool_entry *one = ls_spool_next(s);
	struct ls_delivery_key key = one->key, event = { 0 };
	CHECK(ls_spool_sent(s, false, &key) == NULL);
	one->state = LS_SPOOL_SENT;
	CHECK(ls_spool_sent(s, false, &key) == one);
	key.number = 2;
	CHECK(ls_spool_sent(s, false, &key) == NULL);
	for (struct ls_spool_entry *e; (e = ls_spool_next(s));)
		e->state = LS_SPOOL_SENT;
	ls_sha256_buffer("{}", 2, &event.sha256);
	CHECK(ls_spool_sent(s, true, &event) != NULL);
	CHECK(ls_spool_sent(s, false, &event) == NULL);
	ls_spool_free(s);
	end();
}

TEST(spool_leaves_foreign_files_alone)
{
	begin();
	ls_file_write_new(dirfd_, "README", "x", 1, 0600, NULL);
	ls_file_write_new(dirfd_, "f-123", "x", 1, 0600, NULL);
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), 0);
	ls_spool_free(s);
	CHECK_INT_EQ(faccessat(dirfd_, "README", F_OK, 0), 0);
	CHECK_INT_EQ(faccessat(dirfd_, "f-123", F_OK, 0), 0);
	end();
}

TEST_MAIN()
