/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger when it is long: its journal folded into tables, again and again. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diode/receive/kill_at.h"
#include "diode/receive/ledger.h"
#include "diode/receive/ledger_table.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static char dir[64];
static int dirfd_ = -1;
static struct ls_ledger *ledger;

static void open_ledger(void)
{
	struct ls_error err = { 0 };
	ledger = NULL;
	if (ls_ledger_open(dirfd_, NULL, NULL, &ledger, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static void reopen(void)
{
	ledger = ls_ledger_free(ledger);
	open_ledger();
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/ledger-fold-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_ledger();
}

static void end(void)
{
	ledger = ls_ledger_free(ledger);
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static struct ls_ledger_record record(enum ls_ledger_kind kind, uint8_t session, uint64_t number,
				      uint8_t content)
{
	static int64_t now;
	struct ls_ledger_record r = { .kind = kind, .key.number = number, .time = ++now };
	memset(r.key.session, session, sizeof(r.key.session));
	memset(r.key.sha256.bytes, content, sizeof(r.key.sha256.bytes));
	return r;
}

static int add(enum ls_ledger_kind kind, uint8_t session, uint64_t number, uint8_t content)
{
	struct ls_ledger_record r = record(kind, session, number, content);
	return ls_ledger_append(ledger, &r, NULL);
}

static int kind_of(uint8_t session, uint64_t number, uint8_t content)
{
	struct ls_ledger_record r = record(LS_LEDGER_RECEIVED, session, number, content);
	return ls_ledger_kind_of(ledger, &r.key);
}

static unsigned contents_of(uint8_t session, uint64_t number, uint8_t *ret_first)
{
	unsigned count;
	struct ls_digest first = { { 0 } };
	struct ls_ledger_record r = record(LS_LEDGER_RECEIVED, session, number, 0);
	ls_ledger_number(ledger, r.key.session, number, &count, &first);
	*ret_first = first.bytes[0];
	return count;
}

static void fold(void)
{
	struct ls_error err = { 0 };
	if (ls_ledger_fold(ledger, NULL, 0, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static off_t size_of(const char *name)
{
	struct stat st;
	return fstatat(dirfd_, name, &st, 0) < 0 ? -1 : st.st_size;
}

static unsigned count_tables(char ret_last[static 256])
{
	struct dirent **names;
	unsigned count = 0;
	uint32_t first, last;
	int n = scandirat(dirfd_, ".", &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (ls_ledger_table_parse_name(names[i]->d_name, &first, &last) == 0) {
			count++;
			snprintf(ret_last, 256, "%s", names[i]->d_name);
		}
		free(names[i]);
	}
	free(names);
	return count;
}

static unsigned tables(void)
{
	char last[256];
	return count_tables(last);
}

TEST(fold_forgets_nothing)
{
	enum { FOLDS = 20, MANY = 1000 };
	begin();
	for (uint64_t n = 1; n <= FOLDS * MANY; n++) {
		CHECK_INT_EQ(add(LS_LEDGER_RECEIVED, (uint8_t)(n % 3 + 1), n, (uint8_t)n), 0);
		if (n % 2 == 0)
			add(LS_LEDGER_SEALED, (uint8_t)(n % 3 + 1), n, (uint8_t)n);
		if (n % MANY == 0)
			fold();
	}
	CHECK_INT_EQ(size_of("ledger"), 0);
	CHECK(tables() <= 4);
	for (int again = 0; again < 2; again++) {
		unsigned wrong = 0;
		for (uint64_t n = 1; n <= FOLDS * MANY; n++) {
			int wanted = n % 2 ? LS_LEDGER_RECEIVED : LS_LEDGER_SEALED;
			uint8_t session = (uint8_t)(n % 3 + 1), first;
			wrong += kind_of(session, n, (uint8_t)n) != wanted;
			wrong += kind_of(session, n, (uint8_t)(n + 1)) != 0;
			wrong += kind_of((uint8_t)(session + 1), n, (uint8_t)n) != 0;
			wrong += contents_of(session, n, &first) != 1 || first != (uint8_t)n;
		}
		CHECK_INT_EQ(wrong, 0);
		CHECK_INT_EQ(ls_ledger_check(ledger, NULL), 0);
		reopen();
	}
	end();
}

TEST(fold_the_highest_kind_counts_wherever_it_is)
{
	begin();
	add(LS_LEDGER_SEALED, 1, 1, 1);
	add(LS_LEDGER_REFUSED, 1, 2, 2);
	for (uint64_t n = 100; n < 200; n++) /* large enough to stay a table of its own */
		add(LS_LEDGER_SEALED, 9, n, 1);
	fold();
	add(LS_LEDGER_RECEIVED, 1, 1, 1);
	add(LS_LEDGER_RECEIVED, 1, 2, 2);
	CHECK_INT_EQ(kind_of(1, 1, 1), LS_LEDGER_SEALED);
	CHECK_INT_EQ(kind_of(1, 2, 2), LS_LEDGER_RECEIVED);
	fold();
	CHECK_INT_EQ(tables(), 2);
	CHECK_INT_EQ(kind_of(1, 1, 1), LS_LEDGER_SEALED);
	CHECK_INT_EQ(kind_of(1, 2, 2), LS_LEDGER_RECEIVED);
	for (uint64_t n = 200; n < 300; n++)
		add(LS_LEDGER_SEALED, 9, n, 1);
	fold();
	CHECK_INT_EQ(tables(), 1);
	CHECK_INT_EQ(kind_of(1, 1, 1), LS_LEDGER_SEALED);
	CHECK_INT_EQ(kind_of(1, 2, 2), LS_LEDGER_RECEIVED);
	end();
}

TEST(fold_finds_all_contents_of_a_number_and_which_was_first)
{
	uint8_t first;
	begin();
	for (uint8_t content = 20; content > 0; content--) {
		add(LS_LEDGER_RECEIVED, 3, 7, content);
		if (content % 5 == 0)
			fold();
	}
	CHECK_INT_EQ(contents_of(3, 7, &first), 20);
	CHECK_INT_EQ(first, 20);
	add(LS_LEDGER_SEALED, 3, 7, 4); /* known, by another kind */
	CHECK_INT_EQ(contents_of(3, 7, &first), 20);
	for (uint8_t content = 100; content > 0; content--)
		add(LS_LEDGER_REFUSED, 3, 8, content);
	fold();
	CHECK_INT_EQ(contents_of(3, 8, &first), 32); /* and it stops counting */
	end();
}

TEST(fold_keeps_the_newest_of_what_changes)
{
	struct ls_ledger_record seen, held = record(LS_LEDGER_HELD, 1, 10, 1);
	begin();
	CHECK(!ls_ledger_state(ledger, LS_LEDGER_HELD, held.key.session, 0, &seen));
	for (uint64_t n = 1; n <= 5; n++) {
		struct ls_ledger_record states[] = { record(LS_LEDGER_HELD, 1, 10 * n, (uint8_t)n),
						     record(LS_LEDGER_HOUR, 0, 1000 + n, 0) };
		states[1].extra = n;
		add(LS_LEDGER_SESSION, 1, 20 * n, (uint8_t)n);
		CHECK_INT_EQ(ls_ledger_fold(ledger, states, 2, NULL), 0);
	}
	add(LS_LEDGER_SESSION, 1, 7, 7);
	reopen();
	CHECK(ls_ledger_state(ledger, LS_LEDGER_HELD, held.key.session, 0, &seen));
	CHECK_INT_EQ(seen.key.number, 50);
	CHECK_INT_EQ(seen.key.sha256.bytes[31], 5);
	CHECK(ls_ledger_state(ledger, LS_LEDGER_SESSION, held.key.session, 0, &seen));
	CHECK_INT_EQ(seen.key.number, 7);
	static const uint8_t none[LS_SESSION_SIZE];
	for (uint64_t n = 1; n <= 5; n++) {
		CHECK(ls_ledger_state(ledger, LS_LEDGER_HOUR, none, 1000 + n, &seen));
		CHECK_INT_EQ(seen.extra, n);
	}
	CHECK(!ls_ledger_state(ledger, LS_LEDGER_HOUR, none, 1000, &seen));
	CHECK_INT_EQ(kind_of(1, 50, 5), 0); /* none of them is a file */
	end();
}

/* As an earlier version left it: one journal that only grew. */
static void make_long_journal(uint64_t count)
{
	_cleanup_buffer_ struct ls_buffer b;
	int fd = openat(dirfd_, "ledger", O_WRONLY | O_APPEND | O_CLOEXEC);
	ls_buffer_init(&b, (size_t)count * LS_LEDGER_RECORD_SIZE);
	for (uint64_t n = 1; n <= count; n++) {
		struct ls_ledger_record r = record(n % 2 ? LS_LEDGER_RECEIVED : LS_LEDGER_SEALED, 1,
						   (n + 1) / 2, 1);
		ls_ledger_record_encode(&r, &b);
	}
	CHECK_INT_EQ(ls_write_all(fd, b.data, b.size), 0);
	close(fd);
}

static void count_visit(void *context, const struct ls_ledger_record *r)
{
	*(uint64_t *)context += r->key.number;
}

TEST(fold_takes_up_a_long_journal_of_an_earlier_version)
{
	enum { RECORDS = 150000 };
	begin();
	ledger = ls_ledger_free(ledger);
	make_long_journal(RECORDS);
	uint64_t sum = 0;
	REQUIRE(ls_ledger_open(dirfd_, count_visit, &sum, &ledger, NULL) == 0);
	CHECK_INT_EQ(sum, (uint64_t)RECORDS / 2 * (RECORDS / 2 + 1));
	CHECK_INT_EQ(size_of("ledger"), 0);
	CHECK(tables() >= 1 && tables() <= 4);
	CHECK(!ls_ledger_is_long(ledger));
	unsigned wrong = 0;
	for (uint64_t n = 1; n <= RECORDS / 2; n++)
		wrong += kind_of(1, n, 1) != LS_LEDGER_SEALED;
	CHECK_INT_EQ(wrong, 0);
	CHECK_INT_EQ(kind_of(1, RECORDS / 2 + 1, 1), 0);
	end();
}

TEST(fold_is_due_when_the_journal_is_long)
{
	begin();
	ledger = ls_ledger_free(ledger);
	make_long_journal(LS_LEDGER_JOURNAL_MAX - 1);
	open_ledger();
	CHECK(!ls_ledger_is_long(ledger));
	add(LS_LEDGER_SEALED, 1, 99999, 1);
	CHECK(ls_ledger_is_long(ledger));
	fold();
	CHECK(!ls_ledger_is_long(ledger));
	end();
}

/* --- damage -------------------------------------------------------------------------- */

static void spoil(const char *name, off_t at)
{
	int fd = openat(dirfd_, name, O_RDWR | O_CLOEXEC);
	uint8_t byte = 0;
	CHECK_INT_EQ(pread(fd, &byte, 1, at), 1);
	byte ^= 1;
	CHECK_INT_EQ(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void make_table(char name[static 256])
{
	for (uint64_t n = 1; n <= 300; n++)
		add(LS_LEDGER_SEALED, 1, n, 1);
	fold();
	CHECK_INT_EQ(count_tables(name), 1);
}

static void check_refused(const char *word)
{
	struct ls_error err = { 0 };
	ledger = NULL;
	CHECK_INT_EQ(ls_ledger_open(dirfd_, NULL, NULL, &ledger, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "diode.ledger.damaged");
	CHECK_STR_HAS(err.message, word);
}

TEST(fold_a_damaged_table_is_refused_and_kept)
{
	static const off_t header[] = { 0, 7, 8, 20, 40, 130, 188, 191 };
	char name[256];
	begin();
	make_table(name);
	ledger = ls_ledger_free(ledger);
	for (size_t i = 0; i < sizeof(header) / sizeof(*header); i++) {
		spoil(name, header[i]);
		check_refused(name);
		spoil(name, header[i]);
	}
	off_t size = size_of(name);
	int fd = openat(dirfd_, name, O_RDWR | O_CLOEXEC);
	CHECK_INT_EQ(ftruncate(fd, size - 1), 0);
	check_refused(name);
	CHECK_INT_EQ(ftruncate(fd, 10), 0);
	check_refused(name);
	close(fd);
	CHECK_INT_EQ(size_of(name), 10);
	end();
}

TEST(fold_a_damaged_record_lets_nothing_be_handed_on)
{
	char name[256];
	begin();
	make_table(name);
	for (off_t i = 0; i < 300; i++)
		spoil(name, 192 + i * LS_LEDGER_RECORD_SIZE + 50);
	CHECK_INT_EQ(ls_ledger_check(ledger, NULL), 0);
	CHECK_INT_EQ(kind_of(1, 1000, 1), LS_LEDGER_SEALED); /* who knows: it may be */
	struct ls_error err = { 0 };
	CHECK(ls_ledger_check(ledger, &err) < 0);
	CHECK_STR_EQ(err.id, "diode.ledger.damaged");
	uint8_t first;
	CHECK_INT_EQ(contents_of(1, 5, &first), 0);
	CHECK(ls_ledger_fold(ledger, NULL, 0, NULL) == 0); /* has nothing to do with it */
	end();
}

TEST(fold_a_missing_table_is_noticed)
{
	char name[256];
	begin();
	make_table(name);
	for (uint64_t n = 1; n <= 10; n++)
		add(LS_LEDGER_SEALED, 2, n, 1);
	fold();
	CHECK_INT_EQ(count_tables(name), 2);
	ledger = ls_ledger_free(ledger);
	CHECK_INT_EQ(unlinkat(dirfd_, "ledger-00000001-00000001", 0), 0);
	check_refused("ledger-00000001-");
	end();
}

TEST(fold_names_that_are_no_tables)
{
	static const char *const wrong[] = { "ledger",
					     "ledger-00000001-0000000",
					     "ledger-00000001-000000011",
					     "ledger-00000002-00000001",
					     "ledger-0000000A-0000000B",
					     "ledger-00000001_00000001",
					     "ledger.new" };
	uint32_t first, last;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK_INT_EQ(ls_ledger_table_parse_name(wrong[i], &first, &last), -EINVAL);
	CHECK_INT_EQ(ls_ledger_table_parse_name("ledger-0000000a-ffffffff", &first, &last), 0);
	CHECK_INT_EQ(first, 10);
	CHECK_INT_EQ(last, UINT32_MAX);
}

TEST(fold_without_room_changes_nothing)
{
	begin();
	ledger = ls_ledger_free(ledger);
	if (mount("none", dir, "tmpfs", 0, "size=64k") < 0) {
		open_ledger();
		end();
		TEST_SKIP("cannot mount a small disk");
	}
	close(dirfd_);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_ledger();
	for (uint64_t n = 1; n <= 400; n++)
		CHECK_INT_EQ(add(LS_LEDGER_SEALED, 1, n, 1), 0);
	off_t size = size_of("ledger");
	CHECK_INT_EQ(ls_ledger_fold(ledger, NULL, 0, NULL), -EAGAIN);
	CHECK_INT_EQ(size_of("ledger"), size);
	CHECK_INT_EQ(size_of("ledger.new"), -1);
	CHECK_INT_EQ(tables(), 0);
	for (uint64_t n = 1; n <= 400; n++)
		CHECK_INT_EQ(kind_of(1, n, 1), LS_LEDGER_SEALED);
	ledger = ls_ledger_free(ledger);
	close(dirfd_);
	CHECK_INT_EQ(umount(dir), 0);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_ledger();
	end();
}

/* --- killed at every system call -------------------------------------------------------- */

static void prepare(void)
{
	for (uint64_t n = 1; n <= 40; n++) {
		add(LS_LEDGER_SEALED, 1, n, 1);
		if (n % 10 == 0)
			fold();
	}
	for (uint64_t n = 41; n <= 45; n++)
		add(LS_LEDGER_RECEIVED, 1, n, 1);
	for (uint64_t n = 1; n <= 30; n++) /* so many that tables are made one */
		add(LS_LEDGER_REFUSED, 2, n, 1);
}

static void open_fold_and_append(void)
{
	struct ls_ledger_record held = record(LS_LEDGER_HELD, 1, 45, 9);
	struct ls_ledger_record after = record(LS_LEDGER_SEALED, 1, 46, 1);
	if (ls_ledger_open(dirfd_, NULL, NULL, &ledger, NULL) < 0 ||
	    ls_ledger_fold(ledger, &held, 1, NULL) < 0 ||
	    ls_ledger_append(ledger, &after, NULL) < 0 || ls_ledger_sync(ledger, NULL) < 0)
		_exit(1);
}

/* All that was noted before is known, and the folder has nothing beside its tables. */
static unsigned count_wrong(void)
{
	unsigned wrong = 0;
	uint8_t first;
	for (uint64_t n = 1; n <= 40; n++)
		wrong += kind_of(1, n, 1) != LS_LEDGER_SEALED;
	for (uint64_t n = 41; n <= 45; n++)
		wrong += kind_of(1, n, 1) != LS_LEDGER_RECEIVED;
	for (uint64_t n = 1; n <= 30; n++)
		wrong += kind_of(2, n, 1) != LS_LEDGER_REFUSED || contents_of(2, n, &first) != 1;
	return wrong + (size_of("ledger.new") >= 0) + (ls_ledger_check(ledger, NULL) < 0);
}

/* In memory where the system has such a folder: what is durable is not the question here. */
static void begin_in_memory(void)
{
	bool there = access("/dev/shm", W_OK) == 0;
	snprintf(dir, sizeof(dir), "%s/ledger-fold-test-XXXXXX", there ? "/dev/shm" : "/tmp");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	open_ledger();
}

TEST(fold_killed_at_any_system_call_forgets_nothing)
{
	int rc = 0;
	unsigned stops = 0;
	for (unsigned n = 1; rc == 0; n++) {
		begin_in_memory();
		prepare();
		ledger = ls_ledger_free(ledger);
		rc = killed_at(n, open_fold_and_append);
		open_ledger();
		if (rc == KILL_AT_IMPOSSIBLE) {
			end();
			TEST_SKIP("cannot trace a process");
		}
		REQUIRE(ledger != NULL);
		if (count_wrong() > 0)
			TEST_FAIL("%u things wrong when killed at stop %u", count_wrong(), n);
		if (rc == 1)
			CHECK_INT_EQ(kind_of(1, 46, 1), LS_LEDGER_SEALED);
		fold(); /* and it goes on */
		reopen();
		CHECK_INT_EQ(count_wrong(), 0);
		end();
		stops = n;
	}
	printf("  %u moments\n", stops);
	CHECK(stops > 50);
}

TEST_MAIN()
