/* SPDX-License-Identifier: Apache-2.0 */
/* Small files in the spool: their segments, torn, damaged, full, given back. */
#include "diode/receive/spool_harness.h"

#include "diode/receive/kill_at.h"

#define FIRST "s-0000000000000001"

static uint64_t size_of(const char *name)
{
	struct stat st;
	return fstatat(dirfd_, name, &st, 0) == 0 ? (uint64_t)st.st_size : 0;
}

static uint64_t bytes_on_disk(void)
{
	uint64_t sum = 0;
	DIR *d = opendir(dir);
	for (const struct dirent *e; (e = readdir(d));)
		sum += e->d_name[1] == '-' ? size_of(e->d_name) : 0;
	closedir(d);
	return sum;
}

static struct ls_spool_entry *entry_at(struct ls_spool *s, size_t index)
{
	struct ls_spool_entry *e = ls_spool_after(s, NULL);
	while (e && index-- > 0)
		e = ls_spool_after(s, e);
	return e;
}

TEST(segment_holds_many_files_with_one_sync)
{
	begin();
	struct ls_spool *s = open_spool(64 << 20, 0);
	for (uint64_t n = 1; n <= 500; n++)
		CHECK_INT_EQ(receive_sized(s, n % LS_OPEN_FILES_MAX, n, 100 * n), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK(names_of("s") <= 3);
	CHECK(disk.syncs <= 4);
	for (int i = 0; i < 2; i++) {
		CHECK_INT_EQ(ls_spool_count(s), 500);
		for (uint64_t n = 1; n <= 500; n++)
			check_sized(s, entry_at(s, n - 1), n, 100 * n);
		ls_spool_free(s);
		s = open_spool(64 << 20, 0);
	}
	ls_spool_free(s);
	end();
}

TEST(segment_goes_when_all_in_it_is_sealed)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	for (uint64_t n = 1; n <= 3; n++)
		CHECK_INT_EQ(receive_sized(s, 0, n, 1000), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_remove(s, entry_at(s, 1), NULL), 0);
	CHECK_INT_EQ(ls_spool_remove(s, entry_at(s, 0), NULL), 0);
	CHECK_INT_EQ(names_of("s"), 1);
	check_sized(s, ls_spool_next(s), 3, 1000);
	/* after a restart they are all there; the ledger knows which are sealed */
	ls_spool_free(s);
	s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), 3);
	for (int i = 0; i < 3; i++) {
		CHECK_INT_EQ(names_of("s"), 1);
		CHECK_INT_EQ(ls_spool_remove(s, ls_spool_next(s), NULL), 0);
	}
	CHECK_INT_EQ(names_of("s"), 0);
	/* and the next file makes another */
	CHECK_INT_EQ(receive(s, 0, 4, "four"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	check_content(s, ls_spool_next(s), 4, "four");
	ls_spool_free(s);
	end();
}

/* Half received files hold room in a segment all of whose entries went. */
TEST(segment_stays_for_files_that_are_open)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	_cleanup_free_ uint8_t *bytes = content(2, 5000);
	struct ls_delivery d = delivery_of(2, bytes, 5000);
	CHECK_INT_EQ(ls_spool_begin(s, 5, 5000, NULL), 0);
	CHECK_INT_EQ(ls_spool_write(s, 5, bytes, 3000, NULL), 0);
	CHECK_INT_EQ(ls_spool_begin(s, 6, 100, NULL), 0);
	CHECK_INT_EQ(ls_spool_write(s, 6, bytes, 100, NULL), 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_remove(s, ls_spool_next(s), NULL), 0);
	CHECK_INT_EQ(names_of("s"), 1);
	CHECK_INT_EQ(size_of(FIRST), 0); /* but what went takes no room */
	CHECK_INT_EQ(ls_spool_write(s, 5, bytes + 3000, 2000, NULL), 0);
	CHECK_INT_EQ(ls_spool_finish(s, 5, &d, NULL), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	check_sized(s, ls_spool_next(s), 2, 5000);
	CHECK_INT_EQ(ls_spool_remove(s, ls_spool_next(s), NULL), 0);
	ls_spool_drop(s, 6);
	CHECK_INT_EQ(names_of("s"), 0);
	ls_spool_free(s);
	end();
}

/* --- torn and damaged ----------------------------------------------------------------------- */

/* Three files in one segment; where the last one's record begins. */
static uint64_t write_three(void)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "the first"), 0);
	CHECK_INT_EQ(receive(s, 0, 2, "the second"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	uint64_t size = size_of(FIRST);
	CHECK_INT_EQ(receive(s, 0, 3, "the third"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	return size;
}

TEST(segment_torn_at_every_byte_of_its_end)
{
	uint64_t whole = write_three(), size = size_of(FIRST);
	for (uint64_t cut = size - 1; cut + 1 > whole; cut--) {
		int fd = openat(dirfd_, FIRST, O_WRONLY | O_CLOEXEC);
		CHECK_INT_EQ(ftruncate(fd, (off_t)cut), 0);
		close(fd);
		struct ls_spool *s = open_spool(1 << 20, cut > whole);
		CHECK_INT_EQ(ls_spool_count(s), 2);
		check_content(s, entry_at(s, 0), 1, "the first");
		check_content(s, entry_at(s, 1), 2, "the second");
		/* what comes next does not go behind it */
		if (cut == whole + 5) {
			CHECK_INT_EQ(receive(s, 0, 3, "the third"), 0);
			CHECK_INT_EQ(sync_all(s), 0);
			ls_spool_free(s);
			s = open_spool(1 << 20, 1);
			CHECK_INT_EQ(ls_spool_count(s), 3);
			check_content(s, entry_at(s, 2), 3, "the third");
			CHECK_INT_EQ(ls_spool_remove(s, entry_at(s, 2), NULL), 0);
		}
		ls_spool_free(s);
	}
	end();
}

/* Pages of the end that never came to the disk. */
TEST(segment_with_any_byte_of_its_end_altered)
{
	uint64_t whole = write_three(), size = size_of(FIRST);
	int fd = openat(dirfd_, FIRST, O_RDWR | O_CLOEXEC);
	for (uint64_t at = whole; at < size; at++) {
		uint8_t byte = 0, other;
		CHECK_INT_EQ(pread(fd, &byte, 1, (off_t)at), 1);
		other = (uint8_t)~byte;
		CHECK_INT_EQ(pwrite(fd, &other, 1, (off_t)at), 1);
		struct ls_spool *s = open_spool(1 << 20, 1);
		CHECK_INT_EQ(ls_spool_count(s), 2);
		ls_spool_free(s);
		CHECK_INT_EQ(pwrite(fd, &byte, 1, (off_t)at), 1);
	}
	close(fd);
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), 3);
	ls_spool_free(s);
	end();
}

TEST(segment_damage_costs_no_file_before_it)
{
	uint64_t last = write_three();
	int fd = openat(dirfd_, FIRST, O_RDWR | O_CLOEXEC);
	/* a byte of the second file: the third is there */
	CHECK_INT_EQ(pwrite(fd, "X", 1, (off_t)last - 1), 1);
	struct ls_spool *s = open_spool(1 << 20, 1);
	CHECK_INT_EQ(ls_spool_count(s), 2);
	check_content(s, entry_at(s, 0), 1, "the first");
	check_content(s, entry_at(s, 1), 3, "the third");
	ls_spool_free(s);
	/* nothing but damage: the segment is no use to anybody */
	CHECK_INT_EQ(pwrite(fd, "X", 1, 0), 1);
	s = open_spool(1 << 20, 1);
	CHECK_INT_EQ(ls_spool_count(s), 0);
	CHECK_INT_EQ(names_of("s"), 0);
	ls_spool_free(s);
	close(fd);
	end();
}

/* --- no room ---------------------------------------------------------------------------------- */

/* The limit holds for what is on the disk, not for what waits. */
TEST(segment_bytes_are_given_back_with_the_segment)
{
	enum { MAX = 1 << 20, SIZE = 20000 };
	begin();
	struct ls_spool *s = open_spool(MAX, 0);
	uint64_t number = 0, sealed = 0;
	for (int round = 0; round < 300; round++) {
		int rc = receive_sized(s, 0, number + 1, SIZE);
		number += rc == 0;
		CHECK(rc == 0 || rc == -EAGAIN);
		CHECK(bytes_on_disk() <= MAX);
		if (rc == 0)
			continue;
		/* full: what waits is sealed, until there is room */
		CHECK_INT_EQ(sync_all(s), 0);
		CHECK(number - sealed >= MAX / 2 / SIZE);
		for (rc = -EAGAIN; rc == -EAGAIN && ls_spool_next(s);) {
			check_sized(s, ls_spool_next(s), ++sealed, SIZE);
			CHECK_INT_EQ(ls_spool_remove(s, ls_spool_next(s), NULL), 0);
			rc = ls_spool_begin(s, 0, SIZE, NULL);
		}
		CHECK_INT_EQ(rc, 0);
		ls_spool_drop(s, 0);
	}
	CHECK(sealed > 100);
	ls_spool_free(s);
	s = open_spool(MAX, 0);
	CHECK(ls_spool_count(s) >= number - sealed);
	ls_spool_free(s);
	end();
}

TEST(segment_full_disk_is_no_room_and_loses_nothing)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	disk.reserve_error = ENOSPC; /* before there is a segment */
	CHECK_INT_EQ(receive(s, 0, 1, "one"), -EAGAIN);
	ls_spool_drop(s, 0);
	CHECK_INT_EQ(names_of("s"), 0);
	disk.reserve_error = 0;
	for (uint64_t n = 1; n <= 5; n++)
		CHECK_INT_EQ(receive_sized(s, 0, n, 1000), 0);
	disk.reserve_error = EDQUOT; /* and when what was reserved is used up */
	uint64_t number = 6;
	while (receive_sized(s, 0, number, 60000) == 0)
		number++;
	CHECK(number > 6 && number < 30);
	ls_spool_drop(s, 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_count(s), number - 1);
	disk.reserve_error = 0;
	CHECK_INT_EQ(receive_sized(s, 0, number, 60000), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), number);
	for (uint64_t n = 1; n <= number; n++)
		check_sized(s, entry_at(s, n - 1), n, n <= 5 ? 1000 : 60000);
	ls_spool_free(s);
	end();
}

/*
 * A file system that cannot reserve may be full in the middle of a record.  What
 * is left of it must go: a guest's bytes may look like a record.
 */
TEST(segment_half_written_record_leaves_nothing)
{
	begin();
	disk.reserve_error = EOPNOTSUPP;
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	for (int i = 0; i < 3; i++) {
		disk.write_error = ENOSPC;
		CHECK_INT_EQ(receive_sized(s, 0, 2, 50000), -ENOSPC);
		ls_spool_drop(s, 0);
		disk.write_error = 0;
		CHECK(size_of(FIRST) < 1000);
		CHECK_INT_EQ(receive(s, 0, 3 + (uint64_t)i, "three"), 0);
	}
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), 4);
	check_content(s, entry_at(s, 0), 1, "one");
	check_content(s, entry_at(s, 3), 5, "three");
	ls_spool_free(s);
	end();
}

/* --- killed ------------------------------------------------------------------------------------
 */

enum { KILLED_FILES = 12, KILLED_LIMIT = 600000 };

static int report; /* pipe: what the killed one said */

static size_t killed_size(uint64_t number)
{
	return number % 4 == 3 ? 70000 : (size_t)number * 5000; /* large and small */
}

static void say(char what, uint64_t number)
{
	uint8_t line[2] = { (uint8_t)what, (uint8_t)number };
	if (write(report, line, sizeof(line)) != (ssize_t)sizeof(line))
		_exit(1);
}

static void say_counted(void *context, const struct ls_spool_entry *entry)
{
	(void)context;
	say('c', entry->key.number);
}

/* Receives, syncs every third time, and has the oldest two sealed now and then. */
static void receive_and_seal(void)
{
	struct ls_spool *s = open_spool(KILLED_LIMIT, 0);
	for (uint64_t n = 1; n <= KILLED_FILES; n++) {
		if (receive_sized(s, n % LS_OPEN_FILES_MAX, n, killed_size(n)) != 0)
			_exit(1);
		if (n % 3 == 0 && ls_spool_sync(s, say_counted, NULL, NULL) < 0)
			_exit(1);
		for (int i = 0; n % 6 == 0 && i < 4; i++) {
			say('s', ls_spool_next(s)->key.number);
			ls_spool_remove(s, ls_spool_next(s), NULL);
		}
	}
	ls_spool_free(s);
}

/* All that counted and was not sealed is there, and all that is there is whole. */
static void check_what_is_left(int said)
{
	bool counted[KILLED_FILES + 1] = { false }, sealed[KILLED_FILES + 1] = { false };
	uint8_t line[2];
	while (read(said, line, sizeof(line)) == (ssize_t)sizeof(line))
		(line[0] == 'c' ? counted : sealed)[line[1]] = true;
	struct ls_spool *s = NULL;
	size_t removed = 0;
	REQUIRE(ls_spool_open(dirfd_, KILLED_LIMIT, &s, &removed, NULL) == 0);
	uint64_t last = 0;
	for (struct ls_spool_entry *e = NULL; (e = ls_spool_after(s, e));) {
		CHECK(e->key.number > last); /* once, and in order */
		last = e->key.number;
		check_sized(s, e, last, killed_size(last));
		counted[last] = false;
	}
	for (uint64_t n = 1; n <= KILLED_FILES; n++)
		if (counted[n] && !sealed[n])
			TEST_FAIL("file %llu counted and is not there", (unsigned long long)n);
	ls_spool_free(s);
}

TEST(segment_killed_at_every_call_loses_nothing)
{
	int rc = 0;
	unsigned stops = 1;
	place = "/dev/shm"; /* every time anew; the calls are the same */
	for (; rc == 0; stops++) {
		int pipe_fds[2];
		begin();
		REQUIRE(pipe2(pipe_fds, O_CLOEXEC) == 0);
		report = pipe_fds[1];
		rc = killed_at(stops, receive_and_seal);
		close(pipe_fds[1]);
		if (rc != KILL_AT_IMPOSSIBLE)
			check_what_is_left(pipe_fds[0]);
		close(pipe_fds[0]);
		end();
	}
	if (rc == KILL_AT_IMPOSSIBLE && stops == 2)
		TEST_SKIP("nobody may trace here");
	CHECK_INT_EQ(rc, 1);
	CHECK(stops > 100);
}

TEST_MAIN()
