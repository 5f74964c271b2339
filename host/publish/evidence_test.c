/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/attest/event_log.h"
#include "lib/attest/evidence.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

/* A share's folder, and evidence to publish there. */
struct lab {
	char dir[64];
	int fd;
	struct ls_buffer log;
	struct ls_evidence e;
};

static void lab_init(struct lab *lab)
{
	static const enum ls_measured events[] = { LS_MEASURED_SUPERVISOR, LS_MEASURED_ENCLAVE_FILE,
						   LS_MEASURED_POLICY, LS_MEASURED_DOMAIN_XML };
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	memset(lab, 0, sizeof(*lab));
	snprintf(lab->dir, sizeof(lab->dir), "/tmp/labseal-evidence-XXXXXX");
	CHECK(mkdtemp(lab->dir) != NULL);
	lab->fd = open(lab->dir, O_DIRECTORY | O_CLOEXEC);
	CHECK_INT_EQ(mkdirat(lab->fd, ".staging", 0700), 0);
	for (size_t i = 0; i < 4; i++) {
		struct ls_measurement m = { .event = events[i], .path = "x", .size = i };
		ls_event_log_add(&log, &m, NULL);
	}
	ls_buffer_init(&lab->log, LS_EVENT_LOG_SIZE_MAX);
	ls_event_log_format(&log, &lab->log);
	ls_event_log_replay(&log, &lab->e.pcr23);
	lab->e.size = 7;
	lab->e.event_log = (struct ls_bytes){ lab->log.data, lab->log.size };
	lab->e.creation = (struct ls_bytes){ (const uint8_t *)"creation", 8 };
	lab->e.enrolment = (struct ls_bytes){ (const uint8_t *)"enrolment", 9 };
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++)
		lab->e.parts[i] = (struct ls_bytes){ (const uint8_t *)ls_evidence_file(i),
						     strlen(ls_evidence_file(i)) };
}

static void lab_free(struct lab *lab)
{
	close(lab->fd);
	ls_buffer_free(&lab->log);
	ls_remove_tree(AT_FDCWD, lab->dir, NULL);
}
#define LAB(lab)                                           \
	__attribute__((cleanup(lab_free))) struct lab lab; \
	lab_init(&lab)

static bool is_there(const struct lab *lab, const char *path)
{
	return faccessat(lab->fd, path, F_OK, 0) == 0;
}

static void check_holds(const struct lab *lab, const char *path, const void *bytes, size_t n)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_EVENT_LOG_SIZE_MAX);
	CHECK_INT_EQ(ls_file_read(lab->fd, path, &b, NULL), 0);
	CHECK(b.size == n && memcmp(b.data, bytes, n) == 0);
}

/* A certificate is named by itself. */
static const char *certificate_path(const char *bytes)
{
	static char path[256];
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	ls_sha256_buffer(bytes, strlen(bytes), &digest);
	snprintf(path, sizeof(path), "log/evidence/keys/%s.certificate",
		 ls_digest_hex(&digest, hex));
	return path;
}

TEST(evidence_is_published_whole)
{
	LAB(lab);
	char path[256], hex[LS_DIGEST_HEX_SIZE];
	struct ls_error err = { 0 };
	struct stat st;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 7, &lab.e, &err), 0);
	CHECK_STR_EQ(err.message, "");
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++) {
		snprintf(path, sizeof(path), "log/evidence/7/%s", ls_evidence_file(i));
		check_holds(&lab, path, ls_evidence_file(i), strlen(ls_evidence_file(i)));
		CHECK(fstatat(lab.fd, path, &st, 0) == 0 && (st.st_mode & 0777) == 0444);
	}
	snprintf(path, sizeof(path), "log/evidence/events/%s.jsonl",
		 ls_digest_hex(&lab.e.pcr23, hex));
	check_holds(&lab, path, lab.log.data, lab.log.size);
	snprintf(path, sizeof(path), "log/evidence/keys/%s.creation",
		 ls_digest_hex(&lab.e.key, hex));
	check_holds(&lab, path, "creation", 8);
	check_holds(&lab, certificate_path("enrolment"), "enrolment", 9);
	CHECK(!is_there(&lab, ".staging/evidence") && !is_there(&lab, ".staging/evidence-file"));
}

TEST(what_is_published_is_not_written_again)
{
	LAB(lab);
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 7, &lab.e, NULL), 0);
	lab.e.parts[LS_EVIDENCE_PCRS] = (struct ls_bytes){ (const uint8_t *)"other", 5 };
	lab.e.creation = (struct ls_bytes){ (const uint8_t *)"another", 7 };
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 8, &lab.e, NULL), 0);
	check_holds(&lab, "log/evidence/7/pcrs.txt", "pcrs.txt", 8);
	lab.e.size = 8;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 8, &lab.e, NULL), 0);
	check_holds(&lab, "log/evidence/8/pcrs.txt", "other", 5);
}

TEST(the_newest_that_is_there_is_found)
{
	LAB(lab);
	uint64_t size = 99;
	CHECK_INT_EQ(ls_evidence_newest(lab.fd, 100, &size, NULL), 0);
	CHECK_INT_EQ(size, 0); /* there is no folder yet */
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 12, &lab.e, NULL), 0);
	lab.e.size = 12;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 12, &lab.e, NULL), 0);
	CHECK_INT_EQ(ls_evidence_newest(lab.fd, 100, &size, NULL), 0);
	CHECK_INT_EQ(size, 12);
	CHECK_INT_EQ(ls_evidence_newest(lab.fd, 11, &size, NULL), 0);
	CHECK_INT_EQ(size, 7); /* what is beyond the log is not of it */
	CHECK_INT_EQ(ls_remove_tree(lab.fd, "log/evidence", NULL), 0);
	CHECK_INT_EQ(ls_file_write_new(lab.fd, "log/evidence", "x", 1, 0444, NULL), 0);
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_evidence_newest(lab.fd, 11, &size, &err), -ENOTDIR);
	CHECK_STR_EQ(err.id, "evidence.list");
}

TEST(a_certificate_that_was_renewed_lies_beside_the_one_before)
{
	LAB(lab);
	lab.e.enrolment.size = 0; /* not enrolled yet */
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 8, &lab.e, NULL), 0);
	CHECK(!is_there(&lab, certificate_path("")));
	/* enrolled meanwhile, and started again: the evidence is there, the certificate is not */
	lab.e.enrolment.size = 9;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 8, &lab.e, NULL), 0);
	lab.e.enrolment = (struct ls_bytes){ (const uint8_t *)"renewed", 7 };
	lab.e.size = 8;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 8, &lab.e, NULL), 0);
	check_holds(&lab, certificate_path("enrolment"), "enrolment", 9);
	check_holds(&lab, certificate_path("renewed"), "renewed", 7);
}

TEST(what_a_crash_left_is_no_hindrance)
{
	LAB(lab);
	CHECK_INT_EQ(mkdirat(lab.fd, ".staging/evidence", 0755), 0);
	CHECK_INT_EQ(ls_file_write_new(lab.fd, ".staging/evidence/half", "x", 1, 0444, NULL), 0);
	CHECK_INT_EQ(ls_file_write_new(lab.fd, ".staging/evidence-file", "x", 1, 0444, NULL), 0);
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 7, &lab.e, NULL), 0);
	CHECK(!is_there(&lab, "log/evidence/7/half"));
	CHECK(is_there(&lab, "log/evidence/7/checkpoint"));
}

TEST(what_does_not_fit_is_refused_and_leaves_nothing)
{
	LAB(lab);
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 6, &lab.e, &err), -EPROTO); /* not yet published */
	CHECK_STR_EQ(err.id, "evidence.size");
	struct ls_evidence e = lab.e;
	e.parts[3].size = 0;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 7, &e, &err), -EPROTO);
	CHECK_STR_HAS(err.message, "quote.signature");
	e = lab.e;
	e.pcr23.bytes[0] ^= 1;
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 7, &e, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "evidence.event-log");
	CHECK(!is_there(&lab, "log"));
}

/* A file system that says no in the middle: no folder, whatever was staged. */
TEST(a_failure_in_the_middle_publishes_no_folder)
{
	LAB(lab);
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_make_dirs(lab.fd, "log", 0755, NULL), 0);
	CHECK_INT_EQ(ls_file_write_new(lab.fd, "log/evidence", "x", 1, 0444, NULL),
		     0); /* in the way */
	CHECK(ls_evidence_publish(lab.fd, 7, &lab.e, &err) < 0);
	CHECK(err.message[0] != '\0');
	CHECK_INT_EQ(unlinkat(lab.fd, "log/evidence", 0), 0);
	CHECK_INT_EQ(ls_evidence_publish(lab.fd, 7, &lab.e, &err), 0);
	CHECK(is_there(&lab, "log/evidence/7/checkpoint"));
}

TEST_MAIN()
