/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enclave and publisher at full load, with a key in swtpm (docs/bench.md).  This process is the
 * supervisor and the broker, a child of it the diode, another stands between broker and
 * TPM and lets each signature take its time.
 *
 *     BENCH_SEALING_RESULTS, _SIZE (bytes of each), _DELAY_MS (of a signature)
 */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "enclave/batch.h"
#include "enclave/tpm_rig_test.h"
#include "lib/proc/own_user_test.h"

/* tests/bench/measure.h, without its struct bench: the rig has one of that name */
double bench_now(void);
uint64_t bench_setting(const char *name, uint64_t otherwise);
void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#define WINDOW	   1536 /* as the receiver's: LS_LINK_WINDOW */
#define LONE	   5	/* results, one after the other */
#define CC_SIGN	   0x15d
#define CC_QUOTE   0x158
#define CC_CERTIFY 0x184
#define SPARE_MS   100 /* that a lone result may take beyond its two signatures */

static unsigned seals; /* that were published since the start */
static uint8_t *payload;
static size_t payload_size;

static void check_tests(const char *what)
{
	if (ls_test_failures || ls_test_skipped)
		bench_die("%s failed; the lines above say why", what);
}

/* --- a TPM that takes its time ------------------------------------------------------------ */

static bool is_signature(const uint8_t *command)
{
	uint32_t code = (uint32_t)command[6] << 24 | (uint32_t)command[7] << 16 |
			(uint32_t)command[8] << 8 | command[9];
	return code == CC_SIGN || code == CC_QUOTE || code == CC_CERTIFY;
}

static void delay_for_ever(int from, int tpm, unsigned delay_ms)
{
	uint8_t command[LS_TPM_BUFFER_SIZE], response[LS_TPM_BUFFER_SIZE];
	for (;;) {
		size_t size = 0;
		ssize_t n = read(from, command, sizeof(command));
		if (n < 10)
			_exit(0);
		if (delay_ms && is_signature(command))
			usleep(delay_ms * 1000);
		if (ls_tpm_exchange(tpm, RIG_WAIT_MS, command, (size_t)n, response, &size, NULL) <
			    0 ||
		    write(from, response, size) != (ssize_t)size)
			_exit(1);
	}
}

/* The descriptor to use in place of the TPM's. */
static int put_delay_before(int tpm, unsigned delay_ms)
{
	int pair[2];
	if (ls_socket_pair(pair, NULL) < 0)
		bench_die("no socket pair: %s", strerror(errno));
	if (fork() == 0) {
		close(pair[0]);
		delay_for_ever(pair[1], tpm, delay_ms);
	}
	close(pair[1]);
	return pair[0];
}

/* --- enclave and publisher ---------------------------------------------------------------- */

struct lab {
	struct bench b;
	pid_t publisher;
	char share[128];
};

static void start_publisher(struct lab *l)
{
	char program[512];
	rig_program(program, sizeof(program));
	snprintf(strrchr(program, '/'), 32, "/labseal-publish");
	const char *argv[] = { program, "--instrument", "test-01", "--development", NULL };
	int share = open(l->share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ls_test_give(share, "_labseal-publish");
	fcntl(l->b.r.fds[RIG_OUT], F_SETFL, 0);
	const struct ls_child_fd fds[] = { { l->b.r.fds[RIG_OUT], 3 }, { share, 4 } };
	struct ls_child_spec spec = {
		.path = program, .argv = argv, .fds = fds, .fd_count = 2, .death_signal = SIGKILL
	};
	if (ls_child_spawn(&spec, &l->publisher, &l->b.err) < 0)
		bench_die("%s", l->b.err.message);
	close(share);
	rig_close(&l->b.r, RIG_OUT);
}

static void start_lab(struct lab *l, const char *name, unsigned delay_ms)
{
	struct ls_message m;
	int rc = set_up(&l->b);
	if (rc < 0)
		bench_die("cannot set a TPM up: %s", l->b.err.message);
	l->b.r.tpm_fd = put_delay_before(l->b.swtpm.fd, delay_ms);
	snprintf(l->share, sizeof(l->share), "%s/%s", getenv("BENCH_FOLDER"), name);
	if (mkdir(l->share, 0755) < 0 || rig_spawn(&l->b.r) < 0)
		bench_die("cannot start: %s", strerror(errno));
	start_publisher(l);
	RIG_SEND(&l->b.r, RIG_SUPERVISOR, LS_MSG_START, start, &l->b.start);
	if (!rig_expect(&l->b.r, RIG_SUPERVISOR, LS_MSG_READY, &m))
		bench_die("the enclave does not become ready");
	check_tests("the start");
}

static void end_lab(struct lab *l)
{
	int status;
	rig_end(&l->b.r);
	ls_child_wait(l->publisher, RIG_WAIT_MS, &status);
	close(l->b.r.tpm_fd);
	tear_down(&l->b);
}

/* --- the diode ------------------------------------------------------------------------------ */

static void deliver(struct rig *r, uint64_t number)
{
	char name[32];
	snprintf(name, sizeof(name), "plate%llu.eds", (unsigned long long)number);
	struct ls_delivery d = rig_delivery(number, name, "");
	memcpy(payload, &number, sizeof(number));
	d.size = payload_size;
	ls_sha256_buffer(payload, payload_size, &d.key.sha256);
	RIG_SEND(r, RIG_IN, LS_MSG_DELIVERY_BEGIN, delivery, &d);
	for (size_t at = 0; at < payload_size;) {
		size_t n = payload_size - at < LS_DATA_MAX ? payload_size - at : LS_DATA_MAX;
		rig_send(r, RIG_IN, LS_MSG_DELIVERY_DATA, payload + at, n);
		at += n;
	}
	rig_send(r, RIG_IN, LS_MSG_DELIVERY_END, NULL, 0);
}

struct answers {
	struct rig *r;
	uint64_t wanted;
	pthread_mutex_t lock;
	pthread_cond_t more;
	uint64_t count;
};

/* Answers are taken while deliveries go out, else each would wait for the other. */
static void *take_answers(void *context)
{
	struct answers *a = context;
	struct ls_message m;
	struct pollfd in = { .fd = a->r->fds[RIG_IN], .events = POLLIN };
	for (uint64_t n = 0; n < a->wanted;) {
		int rc = ls_message_receive(&a->r->streams[RIG_IN], &m, NULL);
		if (rc == -EAGAIN) {
			poll(&in, 1, -1);
			continue;
		}
		if (rc != 1 || m.type != LS_MSG_DELIVERY_DONE)
			bench_die("the enclave went away, or refused a delivery");
		n++;
		pthread_mutex_lock(&a->lock);
		a->count = n;
		pthread_cond_signal(&a->more);
		pthread_mutex_unlock(&a->lock);
	}
	return NULL;
}

/* As the receiver does it: so many may be unanswered. */
static void deliver_all(struct rig *r, uint64_t first, uint64_t count, uint64_t window)
{
	struct answers a = { .r = r,
			     .wanted = count,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .more = PTHREAD_COND_INITIALIZER };
	pthread_t thread;
	if (pthread_create(&thread, NULL, take_answers, &a) != 0)
		bench_die("no thread");
	for (uint64_t sent = 0; sent < count; sent++) {
		pthread_mutex_lock(&a.lock);
		while (sent - a.count >= window)
			pthread_cond_wait(&a.more, &a.lock);
		pthread_mutex_unlock(&a.lock);
		deliver(r, first + sent);
	}
	pthread_join(thread, NULL);
	check_tests("a delivery");
}

/* Deliver in a child, and serve the TPM meanwhile.  Seconds. */
static double run_diode(struct lab *l, uint64_t first, uint64_t count, uint64_t window)
{
	struct rig *r = &l->b.r;
	int status = 0;
	double began = bench_now();
	pid_t diode = fork();
	if (diode == 0) {
		deliver_all(r, first, count, window);
		_exit(0);
	}
	while (ls_child_wait(diode, 0, &status) == 0) {
		struct pollfd fd = { .fd = r->fds[RIG_SUPERVISOR], .events = POLLIN };
		poll(&fd, 1, 2);
		rig_serve_supervisor(r);
		while (r->kept > 0) {
			seals += r->kept_type[--r->kept] == LS_MSG_SEALED;
			ls_buffer_free(&r->kept_body[r->kept]);
		}
	}
	if (status != 0 || r->over)
		bench_die("the diode or the enclave ended early");
	return bench_now() - began;
}

/* --- what they are measured against ---------------------------------------------------------- */

/* The same bytes in as many files, made durable as cheaply as can be: a sync of all for each batch.
 */
static double disk_seconds(uint64_t count)
{
	char path[256];
	double began = bench_now();
	snprintf(path, sizeof(path), "%s/disk", getenv("BENCH_FOLDER"));
	mkdir(path, 0755);
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (uint64_t n = 1; n <= count; n++) {
		snprintf(path, sizeof(path), "%llu", (unsigned long long)n);
		int fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		memcpy(payload, &n, sizeof(n));
		if (write(fd, payload, payload_size) != (ssize_t)payload_size)
			bench_die("cannot write: %s", strerror(errno));
		close(fd);
		if ((n % LS_BATCH_MAX == 0 || n == count) && syncfs(folder) < 0)
			bench_die("cannot sync: %s", strerror(errno));
	}
	close(folder);
	return bench_now() - began;
}

static double cpu_of(pid_t pid)
{
	char path[64], line[1024] = "";
	unsigned long user = 0, system = 0;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (f && fgets(line, sizeof(line), f) && strrchr(line, ')'))
		sscanf(strrchr(line, ')') + 1,
		       " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
	if (f)
		fclose(f);
	return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* The bare loop: hash the file, sign its digest's line.  Seconds of work for each. */
static double bare_loop(struct lab *l, unsigned count)
{
	struct rig *r = &l->b.r;
	struct rusage from, to;
	_cleanup_buffer_ struct ls_buffer cms, certificate;
	struct ls_signer signer;
	struct ls_digest digest;
	struct ls_der ca = { r->ca_certificate.data, r->ca_certificate.size };
	ls_buffer_init(&cms, LS_CMS_SIZE_MAX);
	ls_buffer_init(&certificate, 8192);
	ls_p256_key_signer(r->file_key, &signer);
	if (ls_ca_issue(r->ca, ca, &signer.key, "test-01", 1000000000, 4000000000, &certificate,
			NULL) < 0)
		bench_die("no certificate");
	struct ls_der der = { certificate.data, certificate.size };
	getrusage(RUSAGE_SELF, &from);
	for (unsigned i = 0; i < count; i++) {
		memcpy(payload, &i, sizeof(i));
		ls_sha256_buffer(payload, payload_size, &digest);
		ls_buffer_clear(&cms);
		if (ls_cms_sign(&digest, sizeof(digest), der, 1700000000, &signer, &cms, NULL) < 0)
			bench_die("cannot sign");
	}
	getrusage(RUSAGE_SELF, &to);
	return ((double)(to.ru_utime.tv_sec - from.ru_utime.tv_sec) +
		(double)(to.ru_stime.tv_sec - from.ru_stime.tv_sec) +
		((double)(to.ru_utime.tv_usec - from.ru_utime.tv_usec) +
		 (double)(to.ru_stime.tv_usec - from.ru_stime.tv_usec)) /
			1e6) /
	       count;
}

/* --- the three questions ------------------------------------------------------------------------
 */

static const char *reached(bool yes)
{
	return yes ? "reached" : "NOT REACHED";
}

static void bench_rate(struct lab *l, uint64_t results, unsigned delay_ms)
{
	seals = 0;
	double ours = run_diode(l, 1, results, WINDOW), disk = disk_seconds(results);
	double rate = (double)results / ours, limit = (double)results / disk;
	double aim = limit < 1000 ? limit : 1000;
	printf("sealing: %llu results of %zu bytes in %u seals, %u ms a signature: %.0f/s; the "
	       "disk alone "
	       "%.0f/s; ratio to the aim (1000/s, or the disk's limit) %.2f: %s\n",
	       (unsigned long long)results, payload_size, seals, delay_ms, rate, limit, rate / aim,
	       reached(rate >= aim));
}

static void bench_lone(struct lab *l, unsigned delay_ms)
{
	double worst = 0, sum = 0;
	for (unsigned i = 0; i < LONE; i++) {
		double seconds = run_diode(l, 1000000 + i, 1, 1);
		sum += seconds;
		worst = seconds > worst ? seconds : worst;
	}
	double aim = 2 * delay_ms + SPARE_MS;
	printf("sealing: a lone result: %.0f ms, the slowest of %d %.0f ms; ratio to the aim (two "
	       "signatures and %d ms) %.2f: %s\n",
	       1000 * sum / LONE, LONE, 1000 * worst, SPARE_MS, 1000 * sum / LONE / aim,
	       reached(1000 * sum / LONE <= aim));
}

static void bench_cost(struct lab *l, uint64_t results)
{
	double before = cpu_of(l->b.r.pid);
	seals = 0;
	double seconds = run_diode(l, 1, results, WINDOW);
	double ours = (cpu_of(l->b.r.pid) - before) / (double)results, bare = bare_loop(l, 2000);
	printf("sealing: no delay: %.0f/s in %u seals; the enclave works %.0f us a result; a bare "
	       "loop of "
	       "SHA-256 and CMS with a key in a file %.0f us; ratio %.2f (aim: at most 1.5): %s\n",
	       (double)results / seconds, seals, 1e6 * ours, 1e6 * bare, ours / bare,
	       reached(ours <= 1.5 * bare));
}

int main(void)
{
	static struct lab l;
	uint64_t results = bench_setting("BENCH_SEALING_RESULTS", 6000);
	unsigned delay_ms = (unsigned)bench_setting("BENCH_SEALING_DELAY_MS", 200);
	payload_size = bench_setting("BENCH_SEALING_SIZE", 100000);
	payload = calloc(1, payload_size + sizeof(uint64_t));
	if (!payload || !getenv("BENCH_FOLDER"))
		bench_die("run it by its script: tests/bench/40-sealing.sh");
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	start_lab(&l, "delayed", delay_ms);
	bench_lone(&l, delay_ms);
	bench_rate(&l, results, delay_ms);
	end_lab(&l);
	start_lab(&l, "plain", 0);
	bench_cost(&l, results / 2);
	end_lab(&l);
	return 0;
}
