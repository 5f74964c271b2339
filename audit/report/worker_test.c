/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker cannot do, and what it makes of a result's files. */
#include "audit/report/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/seal/manifest.h"
#include "lib/seal/record.h"

/* --- locked up ----------------------------------------------------------------- */

/* The wait status of a process that is locked up and then makes an attempt. */
static int locked_up(int (*attempt)(void))
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		struct ls_error err = { 0 };
		if (ls_worker_lock_up(&err) < 0) {
			fprintf(stderr, "%s\n", err.message);
			_exit(250);
		}
		_exit(attempt());
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static bool is_killed_by(int status, int signal)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == signal;
}

static int try_nothing(void)
{
	return 0;
}

static int try_open(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : 0;
}

static int try_create(void)
{
	return open("/tmp/labseal-worker-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0 ? errno
											  : 0;
}

TEST(a_worker_that_is_locked_up_can_still_end)
{
	CHECK_INT_EQ(locked_up(try_nothing), 0);
}

TEST(a_worker_opens_and_makes_no_file)
{
	int status = locked_up(try_open);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EACCES);
	status = locked_up(try_create);
	CHECK(is_killed_by(status, SIGSYS) || (WIFEXITED(status) && WEXITSTATUS(status) == EACCES));
	CHECK(access("/tmp/labseal-worker-test", F_OK) < 0);
}

#ifndef LABSEAL_SANITIZE /* the sanitizer needs some of it, and terabytes of addresses */
static int try_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int try_fork(void)
{
	return fork() < 0 ? errno : 0;
}

static int try_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int try_kill(void)
{
	return kill(getppid(), 0) < 0 ? errno : 0;
}

static int try_much_memory(void)
{
	void *much = mmap(NULL, LS_WORKER_MEMORY, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return much == MAP_FAILED ? errno : 0;
}

static int output = -1;

static int try_much_output(void)
{
	static char part[65536];
	for (size_t done = 0; done <= LS_REPORT_PAGE_MAX; done += sizeof(part))
		if (write(output, part, sizeof(part)) < 0)
			return errno;
	return 0;
}

static int try_code(void)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return code == MAP_FAILED ? errno : 0;
}

TEST(a_worker_talks_to_nobody_and_starts_nothing)
{
	CHECK(is_killed_by(locked_up(try_socket), SIGSYS));
	CHECK(is_killed_by(locked_up(try_fork), SIGSYS));
	CHECK(is_killed_by(locked_up(try_exec), SIGSYS));
	CHECK(is_killed_by(locked_up(try_kill), SIGSYS));
	CHECK(is_killed_by(locked_up(try_code), SIGSYS));
}

TEST(a_worker_has_its_limits)
{
	int status = locked_up(try_much_memory);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == ENOMEM);
	output = memfd_create("page", MFD_CLOEXEC);
	status = locked_up(try_much_output);
	CHECK(is_killed_by(status, SIGXFSZ) || (WIFEXITED(status) && WEXITSTATUS(status) == EFBIG));
	close(output);
}
#endif

/* --- a file -------------------------------------------------------------------- */

static int file_of(const char *text)
{
	int fd = memfd_create("file", MFD_CLOEXEC);
	if (ls_write_all(fd, text, strlen(text)) < 0)
		TEST_FAIL("cannot write");
	return fd;
}

/* What is in a file from its start, as text. */
static const char *text_of(int fd)
{
	static char text[65536];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

TEST(a_file_without_a_run_gets_a_page_and_a_reason)
{
	const struct ls_report_request request = { .number = 1,
						   .name = { (const uint8_t *)"a<b", 3 } };
	int file = file_of("hello"), reason[2];
	REQUIRE(pipe2(reason, O_CLOEXEC | O_NONBLOCK) == 0);
	const struct ls_report_job job = {
		.request = &request, .fds = &file, .page = file_of(""), .reason = reason[1]
	};
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_worker_draw(&job, &err), LS_WORKER_NO_RUN);
	CHECK_STR_HAS(text_of(job.page), "<title>a&lt;b</title>");
	CHECK_STR_HAS(text_of(job.page), "No curves are shown");
	char said[1024] = { 0 };
	CHECK(read(reason[0], said, sizeof(said) - 1) > 0);
	CHECK_STR_HAS(said, "no format that is known");
	const int fds[] = { file, job.page, reason[0], reason[1] };
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

TEST(a_file_that_is_too_large_is_not_read)
{
	const struct ls_report_request request = { .number = 1 };
	int file = memfd_create("file", MFD_CLOEXEC), reason[2];
	REQUIRE(ftruncate(file, (off_t)(64u << 20) + 1) == 0);
	REQUIRE(pipe2(reason, O_CLOEXEC | O_NONBLOCK) == 0);
	const struct ls_report_job job = {
		.request = &request, .fds = &file, .page = file_of(""), .reason = reason[1]
	};
	CHECK_INT_EQ(ls_worker_draw(&job, NULL), LS_WORKER_NO_RUN);
	CHECK_STR_HAS(text_of(job.page), "the file has 67108865 bytes");
	const int fds[] = { file, job.page, reason[0], reason[1] };
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

TEST(a_seal_whose_record_is_no_record_gets_no_page)
{
	const struct ls_report_request request = { .number = 1, .is_sealed = 1 };
	const int fds[] = { file_of("{}"), file_of("x"), file_of("y") };
	const struct ls_report_job job = {
		.request = &request, .fds = fds, .page = file_of(""), .reason = -1
	};
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_worker_draw(&job, &err), -EBADMSG);
	CHECK_STR_EQ(text_of(job.page), "");
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	close(job.page);
}

/* --- a result ------------------------------------------------------------------ */

#define PICTURE "II*"
#define EXPORT                                                                                 \
	"* Block Type = 96-Well Block\n\n[Results]\nWell\tWell Position\tSample Name\tTarget " \
	"Name\tTask\tReporter\tQuencher\tCT\n1\tA1\ts\tt\tUNKNOWN\tFAM\tNone\t20.125\n"
/* docs/formats/share.md's; nothing of it is checked here but its form */
#define PROOF                                                                                \
	"c2sp.org/tlog-proof@v1\nindex 41\nPH6byTDck/AfppmF7yQtn56GHzxTVaokzl70tLinDMs=\n\n" \
	"labseal/7500-01\n43\nzL9q3wqzvWgPRsXgiLT6zk5iUfQe6CpOWw8HQns12uA=\n\n"              \
	"\xe2\x80\x94 labseal/7500-01 "                                                      \
	"rmghhzBFAiAT/ZHt0Y7wWRl9GfAeKmOojcJNeZ8EqUfZr1lOmXH2pgIhAKz1"                       \
	"wU482rJ3arCTVCyzG4S6sfDsAiv537hnim0tQBmQ\n"

struct result {
	struct ls_record_file files[2];
	struct ls_buffer record, manifest;
	struct ls_report_request request;
	int fds[LS_REPORT_SEAL_FILES + 2];
	int reason[2];
	struct ls_report_job job;
};

static void add_original(struct result *r, size_t i, const char *name, const char *bytes)
{
	struct ls_record_file *f = &r->files[i];
	*f = (struct ls_record_file){ .number = i + 1, .size = strlen(bytes) };
	snprintf(f->path, sizeof(f->path), "original/%.90s", name);
	snprintf(f->claimed.name, sizeof(f->claimed.name), "%s", name);
	ls_sha256_buffer(bytes, strlen(bytes), &f->sha256);
}

static void format_seal(struct result *r)
{
	struct ls_error err = { 0 };
	const struct ls_record record = { .kind = LS_SEAL_RESULT,
					  .instrument = "7500-01",
					  .seal = 42,
					  .session = "00112233445566778899aabbccddeeff",
					  .received = 1772634140000,
					  .count = 2,
					  .files = r->files,
					  .key_kind = LS_KEY_FILE };
	struct ls_manifest_file files[3] = { { .path = LS_FILE_RECORD } };
	const struct ls_manifest manifest = { .kind = LS_SEAL_RESULT,
					      .instrument = "7500-01",
					      .seal = 42,
					      .received = 1772634140,
					      .count = 3,
					      .files = files };
	ls_buffer_init(&r->record, LS_RECORD_SIZE_MAX);
	ls_buffer_init(&r->manifest, LS_MANIFEST_SIZE_MAX);
	CHECK_INT_EQ(ls_record_format(&record, &r->record, &err), 0);
	ls_sha256_buffer(r->record.data, r->record.size, &files[0].sha256);
	for (size_t i = 0; i < 2; i++) {
		files[1 + i].sha256 = r->files[i].sha256;
		memcpy(files[1 + i].path, r->files[i].path, sizeof(files[1 + i].path));
	}
	CHECK_INT_EQ(ls_manifest_format(&manifest, &r->manifest, &err), 0);
	CHECK_STR_EQ(err.message, "");
}

/* A picture and an export that were sealed together; second: what is there of the export. */
static int draw_result(struct result *r, const char *second)
{
	struct ls_error err = { 0 };
	add_original(r, 0, "camera.tif", PICTURE);
	add_original(r, 1, "plate.txt", EXPORT);
	format_seal(r);
	const struct ls_report_request request = {
		.number = 1, .is_sealed = 1, .count = 2, .files = { 0, 1 }
	};
	r->request = request;
	r->fds[0] = file_of(ls_buffer_str(&r->record));
	r->fds[1] = file_of(ls_buffer_str(&r->manifest));
	r->fds[2] = file_of(PROOF);
	r->fds[3] = file_of(PICTURE);
	r->fds[4] = file_of(second);
	if (pipe2(r->reason, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	const struct ls_report_job job = {
		.request = &r->request, .fds = r->fds, .page = file_of(""), .reason = r->reason[1]
	};
	r->job = job;
	int rc = ls_worker_draw(&r->job, &err);
	CHECK_STR_EQ(err.message, "");
	return rc;
}

static void end_result(struct result *r)
{
	for (size_t i = 0; i < sizeof(r->fds) / sizeof(r->fds[0]); i++)
		close(r->fds[i]);
	close(r->reason[0]);
	close(r->reason[1]);
	close(r->job.page);
	ls_buffer_free(&r->record);
	ls_buffer_free(&r->manifest);
}

TEST(of_several_files_the_first_with_a_run_is_shown_and_all_are_named)
{
	static struct result r;
	CHECK_INT_EQ(draw_result(&r, EXPORT), LS_WORKER_RUN);
	CHECK_STR_HAS(text_of(r.job.page), "<h1><bdi>plate.txt</bdi></h1>");
	CHECK_STR_HAS(text_of(r.job.page), "<bdi>plate.txt</bdi></a> (shown here)");
	CHECK_STR_HAS(text_of(r.job.page), "<a href=\"original/camera.tif\">");
	CHECK_STR_HAS(text_of(r.job.page), ">20.12</td>");
	end_result(&r);
}

TEST(a_file_that_is_not_the_sealed_one_is_not_read)
{
	static struct result r;
	CHECK_INT_EQ(draw_result(&r, EXPORT "2\tA2\n"), LS_WORKER_NO_RUN);
	CHECK_STR_HAS(text_of(r.job.page), "This is not the file that was sealed.");
	CHECK_STR_HAS(text_of(r.job.page), "<h1><bdi>plate.txt</bdi></h1>");
	CHECK(!strstr(text_of(r.job.page), "20.12"));
	end_result(&r);
}

TEST_MAIN()
