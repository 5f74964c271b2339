/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static char dir[64];
static int dirfd_ = -1;

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/ledger-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void end(void)
{
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static struct ls_ledger_record record(enum ls_ledger_kind kind, uint8_t session, uint64_t number,
				      uint8_t content)
{
	struct ls_ledger_record r = {
		.kind = kind, .key.number = number, .seal = number, .time = 5
	};
	memset(r.key.session, session, sizeof(r.key.session));
	memset(r.key.sha256.bytes, content, sizeof(r.key.sha256.bytes));
	return r;
}

static struct ls_ledger *open_ledger(void)
{
	struct ls_ledger *l = NULL;
	struct ls_error err = { 0 };
	if (ls_ledger_open(dirfd_, NULL, NULL, &l, &err) < 0)
		TEST_FAIL("%s", err.message);
	return l;
}

static int add(struct ls_ledger *l, enum ls_ledger_kind kind, uint8_t session, uint64_t number,
	       uint8_t content)
{
	struct ls_ledger_record r = record(kind, session, number, content);
	return ls_ledger_append(l, &r, NULL);
}

static int kind_of(struct ls_ledger *l, uint8_t session, uint64_t number, uint8_t content)
{
	struct ls_ledger_record r = record(LS_LEDGER_RECEIVED, session, number, content);
	return ls_ledger_kind_of(l, &r.key);
}

static off_t size_of(void)
{
	struct stat st;
	return fstatat(dirfd_, "ledger", &st, 0) < 0 ? -1 : st.st_size;
}

static void write_at(off_t at, const void *bytes, size_t n)
{
	int fd = openat(dirfd_, "ledger", O_WRONLY | O_CLOEXEC);
	CHECK_INT_EQ(pwrite(fd, bytes, n, at), n);
	close(fd);
}

TEST(ledger_remembers_over_a_restart)
{
	begin();
	struct ls_ledger *l = open_ledger();
	CHECK_INT_EQ(kind_of(l, 1, 1, 1), 0);
	CHECK_INT_EQ(add(l, LS_LEDGER_RECEIVED, 1, 1, 1), 0);
	CHECK_INT_EQ(add(l, LS_LEDGER_SEALED, 1, 1, 1), 0);
	CHECK_INT_EQ(add(l, LS_LEDGER_REFUSED, 1, 2, 2), 0);
	CHECK_INT_EQ(ls_ledger_sync(l, NULL), 0);
	ls_ledger_free(l);
	l = open_ledger();
	CHECK_INT_EQ(kind_of(l, 1, 1, 1), LS_LEDGER_SEALED);
	CHECK_INT_EQ(kind_of(l, 1, 2, 2), LS_LEDGER_REFUSED);
	CHECK_INT_EQ(kind_of(l, 2, 1, 1), 0);
	CHECK_INT_EQ(kind_of(l, 1, 1, 2), 0);
	ls_ledger_free(l);
	end();
}

TEST(ledger_the_highest_kind_counts)
{
	begin();
	struct ls_ledger *l = open_ledger();
	add(l, LS_LEDGER_SEALED, 1, 1, 1);
	add(l, LS_LEDGER_RECEIVED, 1, 1, 1);
	CHECK_INT_EQ(kind_of(l, 1, 1, 1), LS_LEDGER_SEALED);
	ls_ledger_free(l);
	end();
}

TEST(ledger_finds_a_number_whatever_its_content)
{
	begin();
	struct ls_ledger *l = open_ledger();
	unsigned count;
	struct ls_digest digest;
	struct ls_ledger_record r = record(LS_LEDGER_RECEIVED, 3, 7, 0);
	ls_ledger_number(l, r.key.session, 7, &count, &digest);
	CHECK_INT_EQ(count, 0);
	for (uint8_t content = 9; content > 4; content--)
		add(l, LS_LEDGER_RECEIVED, 3, 7, content);
	add(l, LS_LEDGER_RECEIVED, 3, 8, 1);
	ls_ledger_number(l, r.key.session, 7, &count, &digest);
	CHECK_INT_EQ(count, 5);
	CHECK_INT_EQ(digest.bytes[0], 9); /* the first that came */
	ls_ledger_free(l);
	end();
}

TEST(ledger_many_records)
{
	begin();
	struct ls_ledger *l = open_ledger();
	enum { MANY = 5000 };
	for (uint64_t n = 1; n <= MANY; n++)
		CHECK_INT_EQ(add(l, LS_LEDGER_RECEIVED, 1, n, (uint8_t)n), 0);
	for (int again = 0; again < 2; again++) {
		for (uint64_t n = 1; n <= MANY; n++)
			CHECK_INT_EQ(kind_of(l, 1, n, (uint8_t)n), LS_LEDGER_RECEIVED);
		CHECK_INT_EQ(kind_of(l, 1, MANY + 1, (uint8_t)(MANY + 1)), 0);
		ls_ledger_free(l);
		l = open_ledger();
	}
	ls_ledger_free(l);
	end();
}

TEST(ledger_a_torn_end_is_cut_off)
{
	begin();
	struct ls_ledger *l = open_ledger();
	for (uint64_t n = 1; n <= 3; n++)
		add(l, LS_LEDGER_SEALED, 1, n, 1);
	ls_ledger_free(l);
	for (off_t cut = 1; cut < LS_LEDGER_RECORD_SIZE; cut += 19) {
		int fd = openat(dirfd_, "ledger", O_WRONLY | O_CLOEXEC);
		CHECK_INT_EQ(ftruncate(fd, 3 * LS_LEDGER_RECORD_SIZE - cut), 0);
		close(fd);
		l = open_ledger();
		CHECK_INT_EQ(size_of(), 2 * LS_LEDGER_RECORD_SIZE);
		CHECK_INT_EQ(ls_ledger_cut(l), LS_LEDGER_RECORD_SIZE - cut); /* which is told */
		CHECK_INT_EQ(kind_of(l, 1, 2, 1), LS_LEDGER_SEALED);
		CHECK_INT_EQ(kind_of(l, 1, 3, 1), 0);
		add(l, LS_LEDGER_SEALED, 1, 3, 1);
		CHECK_INT_EQ(kind_of(l, 1, 3, 1), LS_LEDGER_SEALED);
		ls_ledger_free(l);
	}
	end();
}

TEST(ledger_zeros_at_the_end_are_cut_off)
{
	begin();
	struct ls_ledger *l = open_ledger();
	add(l, LS_LEDGER_SEALED, 1, 1, 1);
	ls_ledger_free(l);
	static const uint8_t zeros[4096];
	write_at(LS_LEDGER_RECORD_SIZE, zeros, sizeof(zeros));
	l = open_ledger();
	CHECK_INT_EQ(size_of(), LS_LEDGER_RECORD_SIZE);
	CHECK_INT_EQ(ls_ledger_cut(l), sizeof(zeros));
	CHECK_INT_EQ(kind_of(l, 1, 1, 1), LS_LEDGER_SEALED);
	ls_ledger_free(l);
	l = open_ledger();
	CHECK_INT_EQ(ls_ledger_cut(l), 0);
	ls_ledger_free(l);
	end();
}

TEST(ledger_damage_in_the_middle_is_refused_and_kept)
{
	begin();
	struct ls_ledger *l = open_ledger();
	for (uint64_t n = 1; n <= 3; n++)
		add(l, LS_LEDGER_SEALED, 1, n, 1);
	ls_ledger_free(l);
	write_at(LS_LEDGER_RECORD_SIZE + 30, "?", 1);
	struct ls_error err = { 0 };
	l = NULL;
	CHECK_INT_EQ(ls_ledger_open(dirfd_, NULL, NULL, &l, &err), -EBADMSG);
	CHECK(l == NULL);
	CHECK_STR_EQ(err.id, "diode.ledger.damaged");
	CHECK_INT_EQ(size_of(), 3 * LS_LEDGER_RECORD_SIZE);
	end();
}

TEST(ledger_is_held_by_one)
{
	begin();
	struct ls_ledger *l = open_ledger(), *second = NULL;
	struct ls_error err = { 0 };
	CHECK(ls_ledger_open(dirfd_, NULL, NULL, &second, &err) < 0);
	CHECK_STR_EQ(err.id, "diode.ledger.busy");
	ls_ledger_free(l);
	end();
}

static void count_visit(void *context, const struct ls_ledger_record *r)
{
	uint64_t *sum = context;
	*sum += r->key.number + r->extra;
}

TEST(ledger_shows_every_record_when_it_opens)
{
	begin();
	struct ls_ledger *l = open_ledger();
	for (uint64_t n = 1; n <= 4; n++)
		add(l, LS_LEDGER_SEALED, 1, n, 1);
	struct ls_ledger_record session = record(LS_LEDGER_SESSION, 1, 100, 0);
	session.extra = 1000;
	CHECK_INT_EQ(ls_ledger_append(l, &session, NULL), 0);
	ls_ledger_free(l);
	uint64_t sum = 0;
	l = NULL;
	CHECK_INT_EQ(ls_ledger_open(dirfd_, count_visit, &sum, &l, NULL), 0);
	CHECK_INT_EQ(sum, 1 + 2 + 3 + 4 + 100 + 1000);
	CHECK_INT_EQ(kind_of(l, 1, 100, 0), 0); /* a session's state is no file */
	ls_ledger_free(l);
	end();
}

TEST_MAIN()
