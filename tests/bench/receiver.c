/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real labseal-diode, from the FIFO to files that are durable in its spool,
 * against `cat` of the same bytes from such a FIFO to a file, with fsync.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diode/receive/ledger.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/proc/child.h"
#include "tests/bench/measure.h"
#include "tests/bench/stream.h"

#define PIPE_SIZE  (1 << 20) /* of both FIFOs: what the receiver asks for */
#define POLL_NS	   200000
#define PATIENCE_S 300

static struct {
	char dir[4096];
	int dirfd;
	char diode[4096];
} place;

static void must(bool holds, const char *what)
{
	if (!holds)
		bench_die("%s: %s", what, strerror(errno));
}

/* --- one run's folder and FIFO ------------------------------------------------------------- */

static int make_run(void)
{
	must(mkdirat(place.dirfd, "run", 0700) == 0 &&
		     mkdirat(place.dirfd, "run/spool", 0700) == 0 &&
		     mkfifoat(place.dirfd, "run/fifo", 0600) == 0,
	     "cannot make the run's folder");
	int held = openat(place.dirfd, "run/fifo", O_RDWR | O_CLOEXEC);
	must(held >= 0 && fcntl(held, F_SETPIPE_SZ, PIPE_SIZE) > 0, "cannot open the FIFO");
	must(syncfs(place.dirfd) == 0,
	     "cannot sync the file system"); /* others' work before ours */
	return held;
}

static void remove_run(int held)
{
	close(held);
	struct ls_error err = { 0 };
	if (ls_remove_tree(place.dirfd, "run", &err) < 0)
		bench_die("%s", err.message);
}

/* A process that writes as a guest does; started when the clock is. */
static pid_t start_writer(const struct bench_stream *stream)
{
	pid_t pid = fork();
	must(pid >= 0, "cannot fork");
	if (pid > 0)
		return pid;
	int fd = openat(place.dirfd, "run/fifo", O_WRONLY | O_CLOEXEC);
	bench_stream_write(stream, fd);
	_exit(0);
}

static void end_child(pid_t pid, const char *name)
{
	int status = 0;
	must(ls_child_wait(pid, PATIENCE_S * 1000, &status) == 1, name);
	char text[128];
	if (status != 0)
		bench_die("%s %s", name, ls_child_describe(status, text, sizeof(text)));
}

static double children_cpu(void)
{
	struct rusage u;
	getrusage(RUSAGE_CHILDREN, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* --- the baseline --------------------------------------------------------------------------- */

static pid_t start_cat(int out)
{
	int in = openat(place.dirfd, "run/fifo", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	must(in >= 0 && fcntl(in, F_SETFL, 0) == 0, "cannot open the FIFO");
	static const char *const argv[] = { "cat", NULL };
	const struct ls_child_fd fds[] = { { in, 0 }, { out, 1 } };
	struct ls_child_spec spec = {
		.path = "/bin/cat", .argv = argv, .fds = fds, .fd_count = 2, .death_signal = SIGKILL
	};
	struct ls_error err = { 0 };
	pid_t pid;
	if (ls_child_spawn(&spec, &pid, &err) < 0)
		bench_die("%s", err.message);
	close(in);
	return pid;
}

static double run_cat(const struct bench_stream *stream)
{
	int held = make_run();
	_cleanup_close_ int out = openat(place.dirfd, "run/out",
					 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	must(out >= 0, "cannot make cat's file");
	pid_t cat = start_cat(out);
	double start = bench_now();
	pid_t writer = start_writer(stream);
	end_child(writer, "the writer");
	close(held); /* now cat sees the end */
	held = -1;
	end_child(cat, "cat");
	must(fsync(out) == 0, "cannot fsync cat's file");
	double seconds = bench_now() - start;
	struct stat st;
	must(fstat(out, &st) == 0 && (uint64_t)st.st_size == stream->size, "cat lost bytes");
	remove_run(held);
	return seconds;
}

/* --- the receiver --------------------------------------------------------------------------- */

static pid_t start_diode(int *ret_enclave)
{
	int pair[2];
	struct ls_error err = { 0 };
	int spool = openat(place.dirfd, "run/spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fifo = openat(place.dirfd, "run/fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	must(spool >= 0 && fifo >= 0 && ls_socket_pair(pair, NULL) == 0,
	     "cannot open the receiver's descriptors");
	static const char *const argv[] = { "labseal-diode",
					    "--development",
					    "--max-file-size",
					    "1073741824",
					    "--spool-size",
					    "1099511627776",
					    "--files-per-day",
					    "100000000",
					    "--max-name-length",
					    "1024",
					    NULL };
	const struct ls_child_fd fds[] = { { fifo, 3 }, { pair[1], 4 }, { spool, 5 } };
	struct ls_child_spec spec = { .path = place.diode,
				      .argv = argv,
				      .fds = fds,
				      .fd_count = 3,
				      .death_signal = SIGKILL };
	pid_t pid;
	if (ls_child_spawn(&spec, &pid, &err) < 0)
		bench_die("%s", err.message);
	close(spool);
	close(fifo);
	close(pair[1]);
	*ret_enclave = pair[0];
	return pid;
}

/* Files that the ledger says are durable in the spool. */
static uint64_t count_received(int ledger, uint64_t from, uint64_t *count)
{
	uint8_t record[LS_LEDGER_RECORD_SIZE];
	while (pread(ledger, record, sizeof(record), (off_t)(from * sizeof(record))) ==
	       (ssize_t)sizeof(record)) {
		static const uint8_t no_session[LS_SESSION_SIZE];
		uint32_t kind;
		memcpy(&kind, record + 4, sizeof(kind));
		*count += be32toh(kind) == LS_LEDGER_RECEIVED &&
			  memcmp(record + 8, no_session, sizeof(no_session)) != 0;
		from++;
	}
	return from;
}

static void wait_until_received(size_t files)
{
	uint64_t seen = 0, count = 0;
	int ledger = -1;
	double start = bench_now();
	while (count < files) {
		nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
		if (ledger < 0)
			ledger = openat(place.dirfd, "run/spool/ledger", O_RDONLY | O_CLOEXEC);
		struct stat st;
		if (ledger >= 0 && fstat(ledger, &st) == 0 &&
		    (uint64_t)st.st_size >= files * LS_LEDGER_RECORD_SIZE)
			seen = count_received(ledger, seen, &count);
		if (bench_now() - start > PATIENCE_S)
			bench_die("the receiver took %llu of %zu files in %d s",
				  (unsigned long long)count, files, PATIENCE_S);
	}
	close(ledger);
}

/* The enclave takes nothing: how fast it is is another question. */
static double run_diode(const struct bench_stream *stream, size_t files)
{
	int enclave, status;
	int held = make_run();
	pid_t diode = start_diode(&enclave);
	while (faccessat(place.dirfd, "run/spool/ledger", F_OK, 0) < 0)
		nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
	double start = bench_now();
	pid_t writer = start_writer(stream);
	wait_until_received(files);
	double seconds = bench_now() - start;
	end_child(writer, "the writer");
	kill(diode, SIGKILL);
	ls_child_wait(diode, -1, &status);
	close(enclave);
	remove_run(held);
	return seconds;
}

static void measure(const char *what, enum bench_content kind, size_t files, size_t size,
		    double aim, size_t rounds)
{
	struct bench_stream stream;
	double cpu[3] = { 0 };
	bench_stream_make(kind, files, size, &stream);
	struct bench b = { .what = what,
			   .baseline = "cat to a file with fsync",
			   .aim = aim,
			   .bytes = stream.payload };
	for (size_t i = 0; i < rounds; i++) {
		cpu[0] = children_cpu();
		double base = run_cat(&stream);
		cpu[1] = children_cpu();
		bench_add(&b, run_diode(&stream, files), base);
		cpu[2] = children_cpu();
	}
	bench_report(&b);
	printf("    processor, reader and writer, last turn: %.2f against %.2f s\n",
	       cpu[2] - cpu[1], cpu[1] - cpu[0]);
	bench_stream_free(&stream);
}

static void find_place(void)
{
	struct ls_error err = { 0 };
	const char *folder = getenv("BENCH_DIR");
	snprintf(place.dir, sizeof(place.dir), "%s/labseal-bench-XXXXXX", folder ? folder : "/tmp");
	must(mkdtemp(place.dir) != NULL, place.dir);
	place.dirfd = open(place.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	must(place.dirfd >= 0, place.dir);
	const char *build = getenv("BUILD");
	char *path = realpath(build ? build : "build", NULL);
	must(path != NULL, "BUILD");
	snprintf(place.diode, sizeof(place.diode), "%s/labseal-diode", path);
	free(path);
	must(access(place.diode, X_OK) == 0, place.diode);
	(void)err;
}

int main(void)
{
	size_t large = (size_t)bench_setting("BENCH_LARGE_FILES", 4);
	size_t small = (size_t)bench_setting("BENCH_SMALL_FILES", 10000);
	size_t rounds = (size_t)bench_setting("BENCH_TURNS", 7);
	find_place();
	if (large > 0)
		measure("receiver: files of 64 MiB", BENCH_RANDOM, large, 64u << 20, 0.8, rounds);
	if (small > 0)
		measure("receiver: files of 10 kB", BENCH_RANDOM, small, 10000, 0.5, rounds);
	ls_remove_tree(AT_FDCWD, place.dir, NULL);
	return 0;
}
