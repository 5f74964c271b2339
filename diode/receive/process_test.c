/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real labseal-export and the real labseal-diode with a FIFO between them;
 * this program writes the files and plays the enclave.
 */
#include "diode/receive/guest_harness.h"
#include "diode/receive/harness.h"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

#include "diode/receive/ledger.h"
#include "lib/base/exit.h"
#include "lib/base/text.h"

static void start_export(void)
{
	char path[4096], port[128], outbox[128], watch[128];
	REQUIRE(program("labseal-export", path, sizeof(path)) == 0);
	snprintf(port, sizeof(port), "%s/fifo", s.dir);
	snprintf(outbox, sizeof(outbox), "%s/outbox", s.dir);
	snprintf(watch, sizeof(watch), "%s/data", s.dir);
	const char *argv[] = { "labseal-export",
			       "--port",
			       port,
			       "--outbox",
			       outbox,
			       "--watch",
			       watch,
			       "--stable",
			       "300",
			       "--scan",
			       "50",
			       "--beat",
			       "200",
			       "--resend",
			       "700",
			       "--resend-max",
			       "700",
			       "--structure-wait",
			       "3000",
			       NULL };
	struct ls_child_spec spec = { .path = path, .argv = argv, .death_signal = SIGKILL };
	CHECK_INT_EQ(ls_child_spawn(&spec, &s.export, NULL), 0);
}

/* --- files ------------------------------------------------------------------------------ */

static void fill(char *bytes, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)((i * 2654435761u + seed * 40503u) >> 13);
}

static int create(const char *name)
{
	char path[300];
	snprintf(path, sizeof(path), "data/%s", name);
	return openat(s.dirfd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static void write_plain(const char *name, const char *bytes, size_t n)
{
	_cleanup_close_ int fd = create(name);
	CHECK_INT_EQ(ls_write_all(fd, bytes, n), 0);
}

TEST(process_files_written_in_four_ways_arrive_once)
{
	static char bytes[4][100000];
	for (unsigned i = 0; i < 4; i++)
		fill(bytes[i], sizeof(bytes[i]), i);
	begin(NULL);
	start_export();
	write_plain("plain.bin", bytes[0], sizeof(bytes[0]));
	/* slowly, in pieces, the file open all the time; longer than the stable time */
	int slow = create("slow.bin");
	for (int i = 0; i < 10; i++) {
		ls_write_all(slow, bytes[1] + i * 10000, 10000);
		play(i == 5 ? 700 : 60, RESULTS_MAX);
	}
	CHECK(!result("slow.bin", bytes[1], 60000));
	close(slow);
	/* under a temporary name, then renamed */
	write_plain("plate.tmp", bytes[2], sizeof(bytes[2]));
	play(600, RESULTS_MAX);
	CHECK_INT_EQ(renameat(s.dirfd, "data/plate.tmp", s.dirfd, "data/plate.bin"), 0);
	/* and rewritten in place: two versions, the second names the first */
	write_plain("again.bin", bytes[3], 50000);
	play(SOON_MS, 4);
	write_plain("again.bin", bytes[3], sizeof(bytes[3]));
	play(SOON_MS, 5);
	play(1500, RESULTS_MAX); /* repetitions come and are known */
	CHECK_INT_EQ(s.count, 5);
	CHECK_INT_EQ(s.doubled, 0);
	CHECK(result("plain.bin", bytes[0], sizeof(bytes[0])));
	CHECK(result("slow.bin", bytes[1], sizeof(bytes[1])));
	CHECK(result("plate.bin", bytes[2], sizeof(bytes[2])));
	const struct result *first = result("again.bin", bytes[3], 50000);
	const struct result *second = result("again.bin", bytes[3], sizeof(bytes[3]));
	REQUIRE(first && second);
	CHECK(ls_digest_is_zero(&first->parent));
	CHECK(ls_digest_equal(&second->parent, &first->key.sha256));
	CHECK(await_event("session", "\"what\":\"new-session\""));
	end();
}

TEST(process_nothing_is_lost_or_doubled_when_the_receiver_is_killed)
{
	enum { FILES = 60 };
	static char bytes[FILES][60000];
	begin(NULL);
	start_export();
	unsigned seed = (unsigned)time(NULL);
	printf("  seed %u\n", seed);
	srand(seed);
	for (unsigned i = 0; i < FILES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "file-%u.bin", i);
		fill(bytes[i], sizeof(bytes[i]), i);
		write_plain(name, bytes[i], 1000 * (i + 1));
		if (i % 3 == 0) {
			play(rand() % 150, RESULTS_MAX);
			kill(s.diode, SIGKILL);
			waitpid(s.diode, NULL, 0);
			start_diode();
		}
	}
	play(SOON_MS, FILES);
	play(1500, RESULTS_MAX);
	CHECK_INT_EQ(s.count, FILES);
	for (unsigned i = 0; i < FILES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "file-%u.bin", i);
		CHECK(result(name, bytes[i], 1000 * (i + 1)));
	}
	end();
}

TEST(process_a_restarted_exporter_sends_nothing_new_twice)
{
	static char bytes[5000];
	begin(NULL);
	start_export();
	write_plain("one.bin", bytes, 1000);
	play(SOON_MS, 1);
	ls_child_stop(s.export, 2000);
	write_plain("two.bin", bytes, 2000);
	start_export();
	play(SOON_MS, 2);
	play(1500, RESULTS_MAX);
	CHECK_INT_EQ(s.count, 2);
	CHECK_INT_EQ(s.doubled, 0);
	CHECK(await_event("session", "\"what\":\"new-run\""));
	end();
}

TEST(process_limits_refuse_and_put_on_record)
{
	static const char *const more[] = {
		"--max-file-size",   "10000", "--accept", "*.bin", "--spool-size", "100000",
		"--max-name-length", "20",    NULL
	};
	static char bytes[20000];
	begin(more);
	start_export();
	write_plain("big.bin", bytes, 20000);
	write_plain("other.doc", bytes, 100);
	write_plain("a-name-that-is-too-long.bin", bytes, 200);
	write_plain("good.bin", bytes, 300);
	play(SOON_MS, 1);
	play(1500, RESULTS_MAX);
	CHECK_INT_EQ(s.count, 1);
	CHECK(result("good.bin", bytes, 300));
	CHECK(await_event("big.bin", "\"reason\":\"size\""));
	CHECK(await_event("other.doc", "\"reason\":\"name-pattern\""));
	CHECK(await_event("too-long", "\"reason\":\"name-length\""));
	size_t refused = 0;
	for (size_t i = 0; i < s.event_count; i++)
		refused += strncmp(s.events[i], "refused", 7) == 0;
	CHECK_INT_EQ(refused, 3); /* repetitions are the same event */
	CHECK(!event_seen("gap", "missing"));
	end();
}

enum { WAITING_FILES = 20, WAITING_SIZE_MAX = 90000 };

/* Write files, and have them wait: the enclave answers nothing for so long. */
static void write_and_hold_back(size_t size, int ms)
{
	static char bytes[WAITING_SIZE_MAX];
	s.hold_back = RESULTS_MAX;
	start_export();
	for (unsigned i = 0; i < WAITING_FILES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "%u.bin", i);
		fill(bytes, size, i);
		write_plain(name, bytes, size);
	}
	play(ms, RESULTS_MAX);
	CHECK(await_event("backpressure", "\"what\":\"spool-full\""));
	CHECK_INT_EQ(waitpid(s.diode, NULL, WNOHANG), 0);
}

/* Now it is there, and answers: the receiver is new, the spool is not. */
static void check_all_arrive(size_t size)
{
	static char bytes[WAITING_SIZE_MAX];
	s.hold_back = 0;
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	start_diode();
	play(SOON_MS, WAITING_FILES);
	CHECK_INT_EQ(s.count, WAITING_FILES);
	for (unsigned i = 0; i < WAITING_FILES; i++) {
		char name[32];
		snprintf(name, sizeof(name), "%u.bin", i);
		fill(bytes, size, i);
		CHECK(result(name, bytes, size));
	}
}

/* A file that has a name of its own in the spool, and one that lies in a segment. */
static const size_t large_and_small[] = { 90000, 9000 };

TEST(process_a_full_spool_makes_the_guest_wait_and_loses_nothing)
{
	for (int i = 0; i < 2; i++) {
		size_t size = large_and_small[i];
		char max[32], limit[32];
		snprintf(max, sizeof(max), "%zu", size + 1000);
		snprintf(limit, sizeof(limit), "%zu", 4 * size + 4000);
		const char *const more[] = { "--max-file-size", max, "--spool-size", limit, NULL };
		begin(more);
		write_and_hold_back(size, 7000);
		CHECK(s.count >= 2 && s.count <= 4);
		check_all_arrive(size);
		end();
	}
}

/* Cut every file in the spool that begins so. */
static int damage_spool(char type)
{
	char path[128];
	int count = 0;
	snprintf(path, sizeof(path), "%s/spool", s.dir);
	DIR *d = opendir(path);
	for (const struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] != type || e->d_name[1] != '-')
			continue;
		_cleanup_close_ int fd = openat(s.spool, e->d_name, O_WRONLY | O_CLOEXEC);
		count += ftruncate(fd, 50) == 0;
	}
	closedir(d);
	return count;
}

/* A disk that lost what it had: the guest has it still, and it is not taken for known. */
TEST(process_what_the_disk_lost_is_taken_again)
{
	for (int i = 0; i < 2; i++) {
		begin(NULL);
		s.hold_back = RESULTS_MAX;
		start_export();
		static char bytes[WAITING_SIZE_MAX];
		write_plain("0.bin", bytes, large_and_small[i]);
		play(SOON_MS, 1);
		CHECK_INT_EQ(s.count, 1);
		kill(s.diode, SIGKILL);
		waitpid(s.diode, NULL, 0);
		CHECK_INT_EQ(damage_spool(i == 0 ? 'f' : 's'), 1);
		s.count = 0; /* it was never sealed */
		s.hold_back = 0;
		start_diode();
		play(SOON_MS, 1);
		CHECK(result("0.bin", bytes, large_and_small[i]));
		play(1500, RESULTS_MAX);
		CHECK_INT_EQ(s.doubled, 0);
		end();
	}
}

/* The spool lies on a disk of its own; false: nobody may mount one here. */
static bool begin_on_a_disk(const char *const *more, const char *size)
{
	char path[128];
	begin(more);
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	snprintf(path, sizeof(path), "%s/spool", s.dir);
	bool mounted = mount("none", path, "tmpfs", 0, size) == 0;
	close(s.spool);
	s.spool = openat(s.dirfd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	start_diode();
	return mounted;
}

static void end_on_a_disk(void)
{
	char path[128];
	ls_child_stop(s.export, 2000);
	s.export = 0;
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	close(s.spool);
	snprintf(path, sizeof(path), "%s/spool", s.dir);
	CHECK_INT_EQ(umount(path), 0);
	s.spool = openat(s.dirfd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	start_diode();
	end();
}

TEST(process_silence_is_told_unless_the_machine_is_off)
{
	static const char *const more[] = { "--silence-after", "2", NULL };
	begin(more);
	start_export();
	CHECK(await_event("session", "new-session"));
	ls_child_stop(s.export, 2000);
	for (int i = 0; i < 40; i++) { /* the machine is off, labseald says */
		kill(s.diode, LS_SIGNAL_MACHINE_OFF);
		play(100, RESULTS_MAX);
	}
	CHECK(!event_seen("silence", ""));
	CHECK(await_event("silence", "\"what\":\"silent\""));
	start_export();
	CHECK(await_event("silence", "\"what\":\"heard\""));
	CHECK(event_seen("silence", "\"same-session\":true"));
	end();
}

/* The disk of the spool is full although the limit is far. */
TEST(process_a_full_disk_makes_the_guest_wait_and_loses_nothing)
{
	static const char *const more[] = { "--max-file-size", "100000", NULL };
	static const char *const disks[] = { "size=800k", "size=400k" };
	for (int i = 0; i < 2; i++) {
		if (!begin_on_a_disk(more, disks[i])) {
			end();
			TEST_SKIP("cannot mount a small disk");
		}
		size_t size = i == 0 ? 90000 : 30000;
		write_and_hold_back(size, 7000);
		CHECK(s.count >= 3 && s.count < 12);
		check_all_arrive(size);
		end_on_a_disk();
	}
}

TEST(process_told_to_stop_it_finishes)
{
	static char bytes[3000];
	begin(NULL);
	start_export();
	write_plain("one.bin", bytes, sizeof(bytes));
	play(SOON_MS, 1);
	ls_child_stop(s.export, 2000);
	s.export = 0;
	kill(s.diode, SIGTERM);
	play(500, RESULTS_MAX);
	int status = 0;
	CHECK_INT_EQ(ls_child_wait(s.diode, SOON_MS, &status), 1);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	start_diode();
	end();
}

/* --- a guest that does what it likes ---------------------------------------------------------- */

static const uint8_t own_session[LS_FRAME_SESSION_SIZE] = "a hostile guest";

static void add_hello(uint32_t n)
{
	uint8_t session[LS_FRAME_SESSION_SIZE] = "hello";
	struct ls_hello hello = { .beat_interval = 1000 };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4096);
	memcpy(session + 8, &n, sizeof(n));
	CHECK_INT_EQ(ls_encode_hello(&hello, &b), 0);
	add_frame(session, LS_FRAME_HELLO, 0, 0, b.data, b.size);
}

static void send_wire(void)
{
	CHECK_INT_EQ(ls_write_all(s.fifo, wire, wire_size), 0);
	wire_size = 0;
}

/* The receiver sees all answers to what it was sent so far at once. */
static void answer_at_once(void)
{
	struct pollfd p = { .fd = s.socket, .events = POLLIN };
	CHECK_INT_EQ(poll(&p, 1, SOON_MS), 1);
	nanosleep(&(struct timespec){ .tv_nsec = 300000000 }, NULL);
	kill(s.diode, SIGSTOP);
	play(100, RESULTS_MAX);
	kill(s.diode, SIGCONT);
}

/* It lives, and takes one more file. */
static void check_it_goes_on(void)
{
	int status = 0;
	size_t count = s.count;
	add_file(own_session, 1000 + count, "honest.txt", "an honest file");
	send_wire();
	play(SOON_MS, count + 1);
	CHECK_INT_EQ(s.count, count + 1);
	CHECK_INT_EQ(ls_child_wait(s.diode, 0, &status), 0);
}

/* The ledger as after months: one record is missing until it is folded. */
static void make_long_ledger(const char *text)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, (size_t)LS_LEDGER_JOURNAL_MAX * LS_LEDGER_RECORD_SIZE);
	struct ls_ledger_record record = { .kind = LS_LEDGER_SEALED };
	memcpy(record.key.session, own_session, sizeof(own_session));
	ls_sha256_buffer(text, strlen(text), &record.key.sha256);
	for (uint64_t n = 1; n < LS_LEDGER_JOURNAL_MAX; n++) {
		record.key.number = n;
		record.seal = n;
		ls_ledger_record_encode(&record, &b);
	}
	_cleanup_close_ int fd = openat(s.spool, "ledger", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
					0600);
	CHECK_INT_EQ(ls_write_all(fd, b.data, b.size), 0);
}

static off_t size_in_spool(const char *name)
{
	struct stat st;
	return fstatat(s.spool, name, &st, 0) < 0 ? -1 : st.st_size;
}

static void refuse_one(void)
{
	add_file(own_session, 1, "a.exe", "refused");
	send_wire();
}

/* A disk that lost an event: what it told of happens again, and is told again. */
TEST(process_an_event_that_the_disk_lost_is_told_again)
{
	static const char *const more[] = { "--accept", "*.txt", NULL };
	int damaged = 0;
	begin(more);
	refuse_one();
	for (int i = 0; i < SOON_MS / 100 && damaged == 0; i++) {
		usleep(100000);
		damaged = damage_spool('e');
	}
	CHECK_INT_EQ(damaged, 1);
	usleep(300000); /* it is noted as received */
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	start_diode();
	refuse_one();
	CHECK(await_event("a.exe", "name-pattern"));
	refuse_one();
	play(500, RESULTS_MAX);
	CHECK_INT_EQ(s.event_count, 1);
	end();
}

TEST(process_what_the_enclave_refuses_is_on_record_and_known)
{
	begin(NULL);
	s.refuse = true;
	add_file(own_session, 1, "a.txt", "never sealed");
	send_wire();
	CHECK(await_event("\"reason\":\"enclave\"", "\"size\":12,"));
	CHECK(event_seen("\"text\":\"no%0Aroom\"", "\"number\":1,"));
	s.refuse = false;
	add_file(own_session, 1, "a.txt", "never sealed");
	send_wire();
	check_it_goes_on();
	CHECK_INT_EQ(s.count, 2);
	CHECK_INT_EQ(s.doubled, 0);
	end();
}

/* The receiver ends by itself: what it said. */
static void start_in_vain(char *text, size_t size)
{
	char path[128];
	int status = 0;
	snprintf(path, sizeof(path), "%s/said", s.dir);
	_cleanup_close_ int said = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int mine = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	dup2(said, STDERR_FILENO);
	start_diode();
	dup2(mine, STDERR_FILENO);
	close(mine);
	CHECK_INT_EQ(ls_child_wait(s.diode, SOON_MS, &status), 1);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == LS_EXIT_FAILED);
	memset(text, 0, size);
	CHECK(pread(said, text, size - 1, 0) > 0);
}

/* It is named, it is left as it is, and the receiver neither hangs nor crashes. */
static void check_odd_is_told(const char *name, const char *what)
{
	char text[4096];
	start_in_vain(text, sizeof(text));
	if (!strstr(text, name) || !strstr(text, "is no regular file") || !strstr(text, "move it"))
		TEST_FAIL("%s as %s: %s", name, what, text);
}

/* What is removed is told of also where something else keeps the receiver from starting: at the
 * next start nothing would tell of it. */
TEST(process_what_was_not_whole_is_told_of_at_once)
{
	static const char *const ways[] = { "waiting", "f-0000000000000009" };
	for (size_t i = 0; i < 2; i++) {
		char text[4096];
		begin(NULL);
		kill(s.diode, SIGKILL);
		waitpid(s.diode, NULL, 0);
		ls_file_write_new(s.spool, "e-0000000000000001", "torn", 4, 0600, NULL);
		unlinkat(s.spool, ways[i], 0);
		CHECK_INT_EQ(mkfifoat(s.spool, ways[i], 0600), 0);
		/* it may have been killed before it made one */
		_cleanup_close_ int ledger =
			openat(s.spool, "ledger", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		CHECK_INT_EQ(write(ledger, "torn", 4), 4);
		start_in_vain(text, sizeof(text));
		if (!strstr(text, "diode.ledger.torn") || !strstr(text, "is no regular file"))
			TEST_FAIL("%s", text);
		/* entries are looked at in the folder's order: it is removed and told, or left */
		bool left = faccessat(s.spool, "e-0000000000000001", F_OK, 0) == 0;
		if (left == (strstr(text, "diode.spool.torn") != NULL))
			TEST_FAIL("%s", text);
		CHECK(i == 1 || !left);
		CHECK_INT_EQ(unlinkat(s.spool, ways[i], 0), 0);
		start_diode();
		check_it_goes_on();
		end();
	}
}

TEST(process_what_is_no_file_in_the_spool_is_named)
{
	static const char *const names[] = { "ledger",
					     "ledger.new",
					     "ledger-00000001-00000001",
					     "heard",
					     "waiting",
					     "f-0000000000000001",
					     "s-0000000000000001",
					     "e-0000000000000001",
					     "t-0000000000000001" };
	begin(NULL);
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unlinkat(s.spool, names[i], 0);
		CHECK_INT_EQ(mkdirat(s.spool, names[i], 0700), 0);
		check_odd_is_told(names[i], "a folder");
		CHECK_INT_EQ(unlinkat(s.spool, names[i], AT_REMOVEDIR), 0);
		if (strcmp(names[i], "ledger.new") == 0)
			continue; /* a link or a FIFO is removed: it is nobody's */
		CHECK_INT_EQ(mkfifoat(s.spool, names[i], 0600), 0);
		check_odd_is_told(names[i], "a FIFO");
		CHECK_INT_EQ(unlinkat(s.spool, names[i], 0), 0);
		CHECK_INT_EQ(symlinkat("/etc/passwd", s.spool, names[i]), 0);
		check_odd_is_told(names[i], "a link");
		CHECK_INT_EQ(unlinkat(s.spool, names[i], 0), 0);
	}
	start_diode();
	check_it_goes_on();
	end();
}

TEST(process_a_long_ledger_is_folded_while_it_works)
{
	begin(NULL);
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	make_long_ledger("sealed long ago");
	start_diode();
	check_it_goes_on();
	for (int i = 0; i < 200 && size_in_spool("ledger") > 1000; i++)
		play(100, RESULTS_MAX);
	CHECK(size_in_spool("ledger") <= 1000);
	CHECK(size_in_spool("ledger-00000001-00000001") > 3000000);
	/* what was sealed long ago is known, and another content of its number is not */
	size_t count = s.count;
	add_file(own_session, 5, "old.txt", "sealed long ago");
	add_file(own_session, 5, "old.txt", "another history");
	send_wire();
	play(SOON_MS, count + 1);
	check_it_goes_on();
	CHECK_INT_EQ(s.count, count + 2);
	CHECK(result("old.txt", "another history", strlen("another history")));
	CHECK(!result("old.txt", "sealed long ago", strlen("sealed long ago")));
	end();
}

TEST(process_hostile_a_file_sent_twice_at_once_is_one)
{
	begin(NULL);
	add_file(own_session, 1, "a.txt", "twice");
	add_file(own_session, 1, "a.txt", "twice");
	send_wire();
	answer_at_once();
	play_until(1);
	CHECK_INT_EQ(s.count, 1);
	CHECK_INT_EQ(s.doubled, 0);
	check_it_goes_on();
	end();
}

TEST(process_hostile_a_file_refused_twice_at_once_is_one_event)
{
	static const char *const more[] = { "--accept", "*.txt", NULL };
	begin(more);
	add_file(own_session, 1, "a.exe", "refused");
	add_file(own_session, 1, "a.exe", "refused");
	send_wire();
	answer_at_once();
	CHECK(await_event("a.exe", "name-pattern"));
	play(500, RESULTS_MAX);
	CHECK_INT_EQ(s.event_count, 1);
	check_it_goes_on();
	end();
}

/*
 * An event's key is the SHA-256 of its detail.  A file with these very bytes,
 * sent before, must not pass for it.
 */
TEST(process_hostile_a_file_does_not_hide_an_event)
{
	static const char *const more[] = { "--accept", "*.txt", NULL };
	static const char detail[] =
		"{\"name\":\"a.exe\",\"number\":1,\"reason\":\"name-pattern\",\"session\":"
		"\"6120686f7374696c6520677565737400\",\"sha256\":"
		"\"44f8354494a5ba03ee1792a6d0f0e7a2f2c3a3c2f8a9ecd2e2c0bd3a1bb8f0c6\",\"size\":5}";
	uint8_t none[LS_FRAME_SESSION_SIZE] = { 0 };
	struct ls_digest digest, claimed;
	uint64_t number;
	begin(more);
	ls_sha256_buffer(detail, strlen(detail), &digest);
	memcpy(&number, digest.bytes, sizeof(number));
	add_file(none, number, "a.txt", detail);
	send_wire();
	play(1000, RESULTS_MAX);
	CHECK_INT_EQ(
		ls_hex_decode("44f8354494a5ba03ee1792a6d0f0e7a2f2c3a3c2f8a9ecd2e2c0bd3a1bb8f0c6",
			      64, claimed.bytes),
		0);
	add_begin(own_session, 1, "a.exe", 5, &claimed);
	send_wire();
	play(1500, RESULTS_MAX);
	CHECK(await_event("refused", detail));
	check_it_goes_on();
	end();
}

TEST(process_hostile_sessions_without_end_do_not_fill_the_disk)
{
	begin(NULL);
	for (uint32_t i = 0; i < 5000; i++) {
		add_hello(i);
		if (i % 500 == 499) {
			send_wire();
			play(20, RESULTS_MAX);
		}
	}
	check_it_goes_on();
	struct stat st;
	CHECK_INT_EQ(fstatat(s.spool, "ledger", &st, 0), 0);
	CHECK(st.st_size < 65536);
	CHECK(s.event_count <= 70);
	end();
}

TEST(process_hostile_space_held_by_files_without_end_is_given_up_at_once)
{
	static const char *const more[] = { "--max-file-size", "10000", "--spool-size", "40000",
					    NULL };
	struct ls_digest digest = { { 1 } };
	begin(more);
	for (unsigned i = 1; i <= 200; i++)
		add_begin(own_session, i, "a.txt", 10000, &digest);
	send_wire();
	check_it_goes_on();
	end();
}

/* Until the receiver has taken all that was sent. */
static void await_read(void)
{
	int left = 1;
	for (int i = 0; i < SOON_MS / 10 && ioctl(s.fifo, FIONREAD, &left) == 0 && left > 0; i++)
		play(10, RESULTS_MAX);
	CHECK_INT_EQ(left, 0);
}

TEST(process_hostile_what_is_no_frame_is_on_record)
{
	static const uint8_t garbage[] = { 3, 1, 2, 0, 9, 9, 0 };
	begin(NULL);
	CHECK_INT_EQ(ls_write_all(s.fifo, garbage, sizeof(garbage)), 0);
	add_frame(own_session, LS_FRAME_BEGIN, 1, 0, "malformed", 9);
	add_frame(own_session, 99, 1, 0, "unknown", 7);
	add_begin(own_session, 2, "a.txt", 5, &(struct ls_digest){ { 1 } });
	add_frame(own_session, LS_FRAME_DATA, 2, 3, "order", 5);
	send_wire();
	check_it_goes_on();
	play(2500, RESULTS_MAX);
	CHECK(await_event("refused", "\"reason\":\"noise\""));
	CHECK(await_event("\"bad-frames\":2", "\"malformed\":1"));
	CHECK(await_event("\"unknown\":1", "\"disordered\":1"));
	/* more of it is counted, not told at once */
	size_t told = s.event_count;
	for (int i = 0; i < 30; i++) {
		CHECK_INT_EQ(ls_write_all(s.fifo, garbage, sizeof(garbage)), 0);
		play(100, RESULTS_MAX);
	}
	CHECK_INT_EQ(s.event_count, told);
	await_read();
	kill(s.diode, SIGTERM);
	play(2000, RESULTS_MAX);
	CHECK(await_event("\"bad-frames\":60", "noise"));
	start_diode();
	end();
}

TEST_MAIN()
