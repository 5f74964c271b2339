/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/spool_harness.h"

#include "diode/wire/crc32c.h"

#define LARGE (LS_SPOOL_SMALL_MAX + 1)

TEST(spool_counts_only_after_a_sync)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	uint64_t bytes;
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(receive_sized(s, 0, 2, LARGE), 0);
	CHECK_INT_EQ(ls_spool_pending(s, &bytes), 2);
	CHECK_INT_EQ(bytes, 3 + LARGE);
	CHECK(ls_spool_next(s) == NULL);
	CHECK_INT_EQ(names_of("f"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_pending(s, &bytes), 0);
	CHECK_INT_EQ(names_of("f"), 1);
	CHECK_INT_EQ(names_of("s"), 1);
	CHECK_INT_EQ(names_of("t"), 0);
	check_content(s, ls_spool_next(s), 1, "one");
	check_sized(s, ls_spool_after(s, ls_spool_next(s)), 2, LARGE);
	ls_spool_free(s);
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

/* sync_all() looks, for every mixture of what there is. */
TEST(spool_what_counts_is_durable)
{
	for (unsigned mixture = 1; mixture < 32; mixture++) {
		begin();
		struct ls_spool *s = open_spool(8 << 20, 0);
		for (unsigned round = 1; round <= 2; round++) {
			if (mixture & 1)
				CHECK_INT_EQ(receive(s, 0, 10 * round + 1, "small"), 0);
			if (mixture & 2)
				CHECK_INT_EQ(receive_sized(s, 0, 10 * round + 2, LARGE), 0);
			if (mixture & 4)
				CHECK_INT_EQ(receive_sized(s, 0, 10 * round + 3, 700000), 0);
			if (mixture & 8)
				CHECK_INT_EQ(add_event(s, round == 1 ? "{}" : "{ }"), 0);
			if (mixture & 16)
				CHECK_INT_EQ(receive_sized(s, 0, 10 * round + 4, 60000), 0);
			CHECK_INT_EQ(sync_all(s), 0);
		}
		ls_spool_free(s);
		end();
	}
}

TEST(spool_keeps_order_and_content_over_a_restart)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(receive(s, 1, 2, "two"), 0);
	CHECK_INT_EQ(receive_sized(s, 0, 3, LARGE), 0);
	CHECK_INT_EQ(receive(s, 0, 4, ""), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(receive_sized(s, 0, 5, LARGE), 0); /* never synced */
	CHECK_INT_EQ(receive(s, 0, 6, "never synced"), 0);
	ls_spool_free(s);
	s = open_spool(1 << 20, 0); /* what never counted is no news */
	CHECK_INT_EQ(ls_spool_count(s), 4);
	struct ls_spool_entry *e = ls_spool_next(s);
	check_content(s, e, 1, "one");
	check_content(s, e = ls_spool_after(s, e), 2, "two");
	check_sized(s, e = ls_spool_after(s, e), 3, LARGE);
	check_content(s, e = ls_spool_after(s, e), 4, "");
	CHECK(ls_spool_after(s, e) == NULL);
	CHECK_INT_EQ(names_of("t"), 0);
	/* new names do not meet the old ones */
	CHECK_INT_EQ(receive(s, 0, 5, "five"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	CHECK_INT_EQ(ls_spool_count(s), 5);
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
	disk.syncs = 0;
	s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(disk.syncs, 1);
	CHECK_INT_EQ(ls_spool_count(s), 1);
	ls_spool_free(s);
	/* a disk that does not take it: nothing is counted */
	struct ls_error err = { 0 };
	size_t removed;
	disk.sync_error = EIO;
	s = NULL;
	CHECK_INT_EQ(ls_spool_open(dirfd_, 1 << 20, &s, &removed, &err), -EIO);
	CHECK_STR_EQ(err.id, "diode.spool.write");
	CHECK(s == NULL);
	disk.sync_error = 0;
	end();
}

TEST(spool_counts_nothing_that_the_disk_did_not_take)
{
	begin();
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(receive(s, 0, 2, "two"), 0);
	disk.sync_error = EIO;
	CHECK_INT_EQ(sync_all(s), -EIO);
	CHECK_INT_EQ(ls_spool_count(s), 0);
	CHECK(ls_spool_next(s) == NULL);
	disk.sync_error = 0;
	ls_spool_free(s);
	end();
}

/* As receivers wrote every file before there were segments: head, padding, bytes. */
static void write_alone(uint64_t sequence, uint64_t number, const char *bytes)
{
	struct ls_delivery d = delivery_of(number, bytes, strlen(bytes));
	_cleanup_buffer_ struct ls_buffer body, head;
	ls_buffer_init(&body, 4000);
	ls_buffer_init(&head, 8192);
	CHECK_INT_EQ(ls_encode_delivery(&d, &body), 0);
	ls_buffer_add_str(&head, "LSSPOOL1");
	ls_buffer_add_be32(&head, (uint32_t)body.size);
	ls_buffer_add(&head, body.data, body.size);
	ls_buffer_add_be32(&head, ls_crc32c(0, head.data, head.size));
	while (head.size < 4096)
		ls_buffer_add_u8(&head, 0);
	ls_buffer_add_str(&head, bytes);
	char name[32];
	snprintf(name, sizeof(name), "f-%016llx", (unsigned long long)sequence);
	CHECK_INT_EQ(ls_file_write_new(dirfd_, name, head.data, head.size, 0600, NULL), 0);
}

TEST(spool_of_an_earlier_version_is_taken_up)
{
	begin();
	write_alone(7, 1, "one");
	write_alone(0x1f, 2, "");
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(receive(s, 0, 3, "three"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	for (int i = 0; i < 2; i++) {
		CHECK_INT_EQ(ls_spool_count(s), 3);
		struct ls_spool_entry *e = ls_spool_next(s);
		check_content(s, e, 1, "one");
		check_content(s, e = ls_spool_after(s, e), 2, "");
		check_content(s, e = ls_spool_after(s, e), 3, "three");
		ls_spool_free(s);
		s = open_spool(1 << 20, 0);
	}
	while (ls_spool_next(s))
		CHECK_INT_EQ(ls_spool_remove(s, ls_spool_next(s), NULL), 0);
	CHECK_INT_EQ(names_of("fes"), 0);
	ls_spool_free(s);
	end();
}

TEST(spool_what_is_not_whole_is_removed)
{
	begin();
	struct ls_spool *s;
	for (uint64_t n = 1; n <= 5; n++)
		write_alone(n, n, "some bytes");
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
	CHECK_INT_EQ(names_of("f"), 0);
	ls_spool_free(s);
	CHECK_INT_EQ(names_of("t"), 0);
	end();
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
	/* numbers after which there would soon be none */
	ls_file_write_new(dirfd_, "f-ffffffffffffffff", "x", 1, 0600, NULL);
	ls_file_write_new(dirfd_, "e-fffffffffffffffe", "x", 1, 0600, NULL);
	ls_file_write_new(dirfd_, "s-fffffffffffffffe", "x", 1, 0600, NULL);
	struct ls_spool *s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), 0);
	CHECK_INT_EQ(receive(s, 0, 1, "one"), 0);
	CHECK_INT_EQ(receive(s, 0, 2, "two"), 0);
	CHECK_INT_EQ(sync_all(s), 0);
	ls_spool_free(s);
	s = open_spool(1 << 20, 0);
	CHECK_INT_EQ(ls_spool_count(s), 2);
	ls_spool_free(s);
	CHECK_INT_EQ(faccessat(dirfd_, "README", F_OK, 0), 0);
	CHECK_INT_EQ(faccessat(dirfd_, "e-fffffffffffffffe", F_OK, 0), 0);
	CHECK_INT_EQ(faccessat(dirfd_, "f-123", F_OK, 0), 0);
	end();
}

/* At every boundary that there is: of segments, of the buffer, of the head. */
TEST(spool_keeps_files_of_any_size_in_any_pieces)
{
	static const size_t sizes[] = { 0,	1,	65535,	65536,	65537,
					131072, 258047, 258048, 258049, 262143,
					262144, 262145, 520192, 520193, 900001 };
	static const size_t pieces[] = { 32512, 4096, 65536, 999983, 777 };
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
	begin();
	struct ls_spool *s = open_spool(64 << 20, 0);
	for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
		for (size_t i = 0; i < SIZES; i++) {
			_cleanup_free_ uint8_t *bytes = content(i, sizes[i]);
			struct ls_delivery d = delivery_of(i, bytes, sizes[i]);
			CHECK_INT_EQ(ls_spool_begin(s, 3, sizes[i], NULL), 0);
			for (size_t at = 0, n; at < sizes[i]; at += n) {
				n = sizes[i] - at < pieces[p] ? sizes[i] - at : pieces[p];
				CHECK_INT_EQ(ls_spool_write(s, 3, bytes + at, n, NULL), 0);
			}
			CHECK_INT_EQ(ls_spool_finish(s, 3, &d, NULL), 0);
		}
		CHECK_INT_EQ(sync_all(s), 0);
		ls_spool_free(s);
		s = open_spool(64 << 20, 0);
		CHECK_INT_EQ(ls_spool_count(s), SIZES);
		for (size_t i = 0; i < SIZES; i++) {
			check_sized(s, ls_spool_next(s), i, sizes[i]);
			CHECK_INT_EQ(ls_spool_remove(s, ls_spool_next(s), NULL), 0);
		}
	}
	CHECK_INT_EQ(names_of("tfes"), 0);
	ls_spool_free(s);
	end();
}

TEST_MAIN()
