/* SPDX-License-Identifier: Apache-2.0 */
/* Signs of life and their absence, on a real ledger and spool. */
#include "diode/receive/silence.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define SECOND 1000000000LL
#define AFTER  60

static char dir[64];
static int dirfd_ = -1;
static struct ls_spool *spool;
static struct ls_ledger *ledger;
static struct ls_events *events;
static struct ls_silence *silence;
static int64_t now, uptime;

static void start(void)
{
	CHECK_INT_EQ(ls_silence_new(dirfd_, events, AFTER, uptime, &silence, NULL), 0);
}

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/silence-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	now = 1800000000 * SECOND;
	uptime = 5 * SECOND;
	CHECK_INT_EQ(ls_ledger_open(dirfd_, NULL, NULL, &ledger, NULL), 0);
	CHECK_INT_EQ(ls_spool_open(dirfd_, 1 << 20, &spool, &(size_t){ 0 }, NULL), 0);
	CHECK_INT_EQ(ls_events_new(spool, ledger, &events, NULL), 0);
	start();
}

static void end(void)
{
	ls_silence_free(silence);
	ls_events_free(events);
	ls_spool_free(spool);
	ls_ledger_free(ledger);
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static void heard(uint8_t session, int64_t guest_clock)
{
	uint8_t id[LS_SESSION_SIZE];
	memset(id, session, sizeof(id));
	CHECK_INT_EQ(ls_silence_heard(silence, id, guest_clock, now, uptime, NULL), 0);
}

static void wait_for(int seconds)
{
	for (int i = 0; i < seconds; i++) {
		now += SECOND;
		uptime += SECOND;
		CHECK_INT_EQ(ls_silence_tick(silence, now, uptime, NULL), 0);
	}
}

/* Events so far whose detail contains the word. */
static unsigned told(const char *word)
{
	unsigned count = 0;
	ls_spool_sync(spool, NULL, NULL, NULL);
	for (struct ls_spool_entry *e = NULL; (e = ls_spool_after(spool, e));) {
		_cleanup_buffer_ struct ls_buffer body;
		int fd;
		ls_buffer_init(&body, 65536);
		CHECK_INT_EQ(ls_spool_read(spool, e, &body, &fd, NULL), 0);
		count += memmem(body.data, body.size, word, strlen(word)) != NULL;
	}
	return count;
}

TEST(silence_is_told_once_and_so_is_its_end)
{
	begin();
	heard(1, 100 * SECOND);
	wait_for(AFTER - 1);
	CHECK_INT_EQ(told("what"), 0);
	wait_for(1);
	CHECK_INT_EQ(told("\"last-heard\":1800000000,\"limit\":60,\"noticed\":1800000060"), 1);
	CHECK_INT_EQ(told("\"session\":\"01010101010101010101010101010101\",\"what\":\"silent\""),
		     1);
	wait_for(10 * AFTER);
	CHECK_INT_EQ(told("what"), 1);
	/* its clock went slower than ours */
	heard(1, 400 * SECOND);
	CHECK_INT_EQ(told("\"what\":\"heard\""), 1);
	CHECK_INT_EQ(told("\"guest-clock\":400,\"guest-clock-gone\":300,\"heard\":1800000660,"
			  "\"last-heard\":1800000000,\"same-session\":true"),
		     1);
	heard(1, 401 * SECOND);
	CHECK_INT_EQ(told("what"), 2);
	/* and again */
	wait_for(AFTER);
	heard(2, -5 * SECOND);
	CHECK_INT_EQ(told("what"), 4);
	CHECK_INT_EQ(told("\"same-session\":false"), 1);
	end();
}

TEST(silence_of_one_that_was_never_heard_is_none)
{
	begin();
	wait_for(10 * AFTER);
	CHECK_INT_EQ(told("what"), 0);
	end();
}

TEST(silence_counts_from_the_start_when_it_was_heard_in_an_earlier_life)
{
	begin();
	heard(1, 0);
	ls_silence_free(silence);
	uptime = SECOND; /* another machine's life */
	start();
	wait_for(AFTER - 1);
	CHECK_INT_EQ(told("what"), 0);
	wait_for(1);
	CHECK_INT_EQ(told("\"session\":null,\"what\":\"silent\""), 1);
	CHECK_INT_EQ(told("\"last-heard\":null"), 0);
	heard(1, 7 * SECOND);
	CHECK_INT_EQ(told("\"guest-clock-gone\":null"), 1);
	end();
}

TEST(silence_while_the_machine_is_off_does_not_count)
{
	begin();
	heard(1, 0);
	for (int i = 0; i < 100; i++) {
		wait_for(AFTER - 1);
		ls_silence_excuse(silence, uptime);
	}
	CHECK_INT_EQ(told("what"), 0);
	wait_for(AFTER);
	CHECK_INT_EQ(told("silent"), 1);
	end();
}

TEST(silence_the_time_of_the_last_sign_is_on_the_disk)
{
	struct stat before, after;
	begin();
	CHECK_INT_EQ(fstatat(dirfd_, LS_SPOOL_HEARD, &before, 0), 0);
	CHECK_INT_EQ(before.st_size, 0);
	heard(1, 0);
	CHECK_INT_EQ(fstatat(dirfd_, LS_SPOOL_HEARD, &after, 0), 0);
	CHECK_INT_EQ(after.st_size, 1);
	wait_for(100);
	for (int i = 0; i < 1000; i++)
		heard(1, 0);
	CHECK_INT_EQ(fstatat(dirfd_, LS_SPOOL_HEARD, &after, 0), 0);
	CHECK_INT_EQ(after.st_size, 1);
	CHECK(after.st_mtim.tv_sec >= before.st_mtim.tv_sec);
	end();
}

TEST_MAIN()
