/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Auditors who verify a share again and again while results are sealed: the publisher's own code
 * writes, `labseal-audit verify` reads.  Each verdict is VERIFIED, of the state that the reader met
 * or of an earlier one; never NOT VERIFIED; and in the end every reader sees every result.
 *
 *     readers FOLDER PROGRAM        READERS_COUNT (12), READERS_RESULTS (300)
 *
 * What may also be said is that the newest seal has no checkpoint yet (log.checkpoint.behind): a
 * publisher that gets no processor for two seconds looks like one that was interrupted.
 */
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "host/publish/test_maker.h"
#include "lib/base/number.h"
#include "lib/seal/trust.h"

#define PAYLOAD_MAX 20000
#define SAID_MAX    65536

/* What all readers add to. */
static struct shared {
	atomic_ullong verified, behind, wrong, last;
	atomic_bool over; /* the last result is published */
} * shared;

static struct {
	char share[400], trust[400], folder[360];
	const char *program;
	uint64_t readers, results;
} t;

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value = otherwise;
	if (text && ls_parse_u64(text, strlen(text), &value) < 0) {
		fprintf(stderr, "readers: '%s' is no number\n", name);
		exit(2);
	}
	return value;
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- a reader ------------------------------------------------------------------------ */

/* One verification; its words go to the file.  The exit status, or 256 and the signal. */
static int verify(const char *said)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		execl(t.program, t.program, "verify", "--trust", t.trust, t.share, (char *)NULL);
		_exit(4);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 4;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static bool has_said(const char *said, const char *what)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, SAID_MAX);
	return ls_file_read(AT_FDCWD, said, &b, NULL) == 0 && strstr(ls_buffer_str(&b), what);
}

static void show(int status, const char *said)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, SAID_MAX);
	if (ls_file_read(AT_FDCWD, said, &b, NULL) == 0)
		fprintf(stderr, "readers: status %d: %.3000s\n", status, ls_buffer_str(&b));
}

static void count(int status, const char *said)
{
	if (status == 0) {
		atomic_fetch_add(&shared->verified, 1);
	} else if (status == 3 && has_said(said, "[log.checkpoint.behind]") &&
		   !has_said(said, "\nDoes not hold")) {
		atomic_fetch_add(&shared->behind, 1);
	} else if (atomic_fetch_add(&shared->wrong, 1) == 0) {
		show(status, said);
	}
}

static void read_for_ever(uint64_t number)
{
	char said[400], wanted[64];
	snprintf(said, sizeof(said), "%s/said-%llu", t.folder, (unsigned long long)number);
	snprintf(wanted, sizeof(wanted), "VERIFIED: all %llu results",
		 (unsigned long long)t.results);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* auditors have machines of their own */
	if (setpriority(PRIO_PROCESS, 0, 5) < 0)
		_exit(4);
	while (!atomic_load(&shared->over))
		count(verify(said), said);
	int status = verify(said);
	count(status, said);
	if (status == 0 && has_said(said, wanted))
		atomic_fetch_add(&shared->last, 1);
	else
		show(status, said);
	_exit(0);
}

/* --- the publisher ------------------------------------------------------------------- */

static void write_trust(const struct maker *m)
{
	struct ls_der ca = { m->ca.data, m->ca.size };
	struct ls_trust trust = { .instrument = MAKER_INSTRUMENT,
				  .log = m->note_key,
				  .key_kind = LS_KEY_FILE,
				  .development = true,
				  .certificate_count = 1,
				  .certificates = &ca };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	MUST(ls_trust_format(&trust, &text, MUST_ERR));
	MUST(ls_file_write_new(AT_FDCWD, t.trust, text.data, text.size, 0444, MUST_ERR));
}

static void publish(struct ls_share *share, struct maker *m)
{
	static uint8_t payload[PAYLOAD_MAX];
	struct ls_item item;
	uint64_t n = m->frontier.size + 1;
	size_t size = maker_payload(n, payload, sizeof(payload));
	maker_result(m, n, "plate7.eds", "plate 7.eds", payload, size);
	const struct ls_payload p = { .name = m->seal.label, .size = size };
	MUST(ls_share_payload_begin(share, MUST_ERR));
	MUST(ls_share_payload_data(share, payload, size, MUST_ERR));
	MUST(ls_share_payload_end(share, &p, MUST_ERR));
	MUST(ls_share_payload_close(share, MUST_ERR));
	MUST(ls_share_publish(share, &m->seal, &item, MUST_ERR));
	maker_advance(m);
}

static double seal_all(void)
{
	struct ls_share *share;
	struct maker *m = maker_new();
	write_trust(m);
	int fd = open(t.share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(ls_share_open(fd, NULL, &share, MUST_ERR));
	publish(share, m); /* a share without one is none */
	for (uint64_t i = 0; i < t.readers; i++)
		if (fork() == 0)
			read_for_ever(i);
	double began = seconds();
	while (m->frontier.size < t.results)
		publish(share, m);
	began = seconds() - began;
	atomic_store(&shared->over, true);
	while (wait(NULL) > 0)
		;
	ls_share_free(share);
	close(fd);
	maker_free(m);
	return began;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "Usage: readers FOLDER PROGRAM\n");
		return 2;
	}
	t.program = argv[2];
	t.readers = setting("READERS_COUNT", 12);
	t.results = setting("READERS_RESULTS", 300);
	snprintf(t.folder, sizeof(t.folder), "%.300s", argv[1]);
	snprintf(t.share, sizeof(t.share), "%s/share", t.folder);
	snprintf(t.trust, sizeof(t.trust), "%s/trust.txt", t.folder);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || mkdir(t.share, 0755) < 0) {
		perror("readers");
		return 4;
	}
	double began = seconds(), sealing = seal_all();
	printf("readers: %llu results sealed in %.1f s (%.0f/s) while %llu readers verified %llu "
	       "times "
	       "(%.1f s in all); %llu times the newest seal was told to have no checkpoint yet\n",
	       (unsigned long long)t.results, sealing, (double)t.results / sealing,
	       (unsigned long long)t.readers, (unsigned long long)shared->verified,
	       seconds() - began, (unsigned long long)shared->behind);
	bool wrong = shared->wrong > 0, whole = shared->last == t.readers;
	printf("%s no reader is told that the share does not hold\n", wrong ? "FAILED" : "ok");
	printf("%s in the end each sees every result\n", whole ? "ok" : "FAILED");
	printf("readers: %d passed, %d failed, 0 skipped\n", !wrong + whole, wrong + !whole);
	return wrong || !whole;
}
