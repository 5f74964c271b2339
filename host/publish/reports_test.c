/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for results, from a drawer that this test plays: good ones, bad ones, none. */
#include "host/publish/reports.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "host/publish/place.h"
#include "host/publish/test_maker.h"
#include "lib/base/log.h"
#include "lib/base/test.h"
#include "lib/proc/packet.h"
#include "lib/proc/protocol.h"
#include "lib/report/ask.h"

#define PATIENT_MS 60000
#define PLATE	   "results/2026/%06u-plate7.eds"

struct bench {
	char path[64];
	int share;
	int drawer; /* our end */
	int socket; /* theirs */
	struct maker *m;
	struct ls_reports *reports;
	struct ls_packet packet;
	struct ls_report_request request;
};

static void begin(struct bench *b, int patience_ms)
{
	int ends[2];
	ls_log_init("reports_test", LS_LOG_ERROR);
	b->share = scratch_make(b->path);
	b->m = maker_new();
	MUST(ls_packet_pair(ends, MUST_ERR));
	b->drawer = ends[0];
	b->socket = ends[1];
	MUST(ls_make_dirs(b->share, LS_STAGING, 0700, MUST_ERR));
	MUST(ls_make_dirs(b->share, "results/2026", 0755, MUST_ERR));
	MUST(ls_make_dirs(b->share, "events/2026", 0755, MUST_ERR));
	MUST(ls_reports_new(b->share, b->socket, patience_ms, &b->reports, MUST_ERR));
	CHECK_INT_EQ(fcntl(b->drawer, F_SETFL, O_NONBLOCK), 0);
}

static void finish(struct bench *b)
{
	ls_reports_free(b->reports);
	if (b->drawer >= 0)
		close(b->drawer);
	close(b->socket);
	maker_free(b->m);
	scratch_remove(b->path, b->share);
}

static void put(struct bench *b, const char *folder, const char *name, struct ls_bytes bytes)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	MUST(ls_file_write_new(b->share, path, bytes.data, bytes.size, 0444, MUST_ERR));
}

static struct ls_item item_of(unsigned seal, bool is_event)
{
	struct ls_item item = { .seal = seal, .is_event = is_event, .year = "2026" };
	snprintf(item.label, sizeof(item.label), "%s", is_event ? "gap" : "plate7.eds");
	return item;
}

/* The next result, as if it had just been published. */
static struct ls_item publish(struct bench *b)
{
	char folder[128];
	unsigned seal = (unsigned)b->m->frontier.size + 1;
	maker_result(b->m, seal, "plate7.eds", "plate 7.eds", "bytes", 5);
	snprintf(folder, sizeof(folder), PLATE, seal);
	char original[160];
	snprintf(original, sizeof(original), "%s/original", folder);
	MUST(ls_make_dirs(b->share, original, 0755, MUST_ERR));
	put(b, folder, LS_FILE_RECORD, b->m->seal.record);
	put(b, folder, LS_FILE_MANIFEST, b->m->seal.manifest);
	put(b, folder, LS_FILE_PROOF, b->m->seal.proof);
	put(b, original, "plate7.eds", (struct ls_bytes){ (const uint8_t *)"bytes", 5 });
	maker_advance(b->m);
	return item_of(seal, false);
}

/* What the drawer is asked next: its number, 0 when it is asked nothing. */
static uint64_t asked(struct bench *b)
{
	ls_packet_close(&b->packet);
	int rc = ls_packet_receive(b->drawer, &b->packet, NULL);
	if (rc != 1)
		return 0;
	CHECK_INT_EQ(b->packet.message.type, LS_MSG_REPORT);
	MUST(ls_decode_report_request(&b->packet.message, &b->request, MUST_ERR));
	CHECK_INT_EQ(b->packet.fd_count, LS_REPORT_SEAL_FILES + b->request.count);
	return b->request.number;
}

static int page_of(const char *text, bool sealed)
{
	int page = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	MUST(ls_write_all(page, text, strlen(text)));
	if (sealed)
		MUST(fcntl(page, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW));
	return page;
}

static void answer_with(struct bench *b, uint64_t number, int page, const char *problem)
{
	struct ls_report_answer a = {
		.number = number,
		.has_page = page >= 0,
		.has_run = page >= 0,
		.problem = { (const uint8_t *)problem, strlen(problem) },
	};
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_PACKET_MAX);
	MUST(ls_encode_report_answer(&a, &body));
	MUST(ls_packet_send(b->drawer, LS_MSG_REPORTED, body.data, body.size, &page, page >= 0,
			    MUST_ERR));
	if (page >= 0)
		close(page);
}

static bool has_page(struct bench *b, unsigned seal, const char *text)
{
	char path[128];
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, LS_REPORT_PAGE_MAX);
	snprintf(path, sizeof(path), PLATE "/report.html", seal);
	return ls_file_read(b->share, path, &page, NULL) == 0 &&
	       strcmp(ls_buffer_str(&page), text) == 0;
}

static bool has_any_page(struct bench *b, unsigned seal)
{
	char path[128];
	snprintf(path, sizeof(path), PLATE "/report.html", seal);
	return faccessat(b->share, path, F_OK, 0) == 0;
}

TEST(each_result_gets_its_page_one_after_the_other)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	for (int i = 0; i < 3; i++) {
		const struct ls_item item = publish(&b);
		ls_reports_add(b.reports, &item);
	}
	const struct ls_item event = item_of(4, true);
	ls_reports_add(b.reports, &event);
	for (unsigned n = 1; n <= 3; n++) {
		ls_reports_work(b.reports);
		CHECK_INT_EQ(asked(&b), n);
		CHECK_INT_EQ(b.request.count, 1);
		CHECK_INT_EQ(b.request.is_sealed, 1);
		CHECK_INT_EQ(fcntl(b.packet.fds[3], F_GETFL) & O_ACCMODE, O_RDONLY);
		CHECK_INT_EQ(asked(&b), 0);
		CHECK(ls_reports_wait_ms(b.reports) > 0);
		CHECK_INT_EQ(ls_reports_descriptor(b.reports), b.socket);
		answer_with(&b, n, page_of("a page", true), "");
	}
	ls_reports_work(b.reports);
	CHECK(has_page(&b, 1, "a page") && has_page(&b, 2, "a page") && has_page(&b, 3, "a page"));
	CHECK_INT_EQ(asked(&b), 0);
	CHECK_INT_EQ(ls_reports_wait_ms(b.reports), -1);
	CHECK_INT_EQ(ls_reports_descriptor(b.reports), -1);
	struct stat st;
	CHECK_INT_EQ(fstatat(b.share, "results/2026/000001-plate7.eds/report.html", &st, 0), 0);
	CHECK_INT_EQ(st.st_mode & 0777, 0444);
	finish(&b);
}

TEST(a_page_that_is_there_is_not_replaced)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	const struct ls_item item = publish(&b);
	ls_reports_add(b.reports, &item);
	ls_reports_work(b.reports);
	put(&b, "results/2026/000001-plate7.eds", "report.html",
	    (struct ls_bytes){ (const uint8_t *)"first", 5 });
	answer_with(&b, asked(&b), page_of("second", true), "");
	ls_reports_work(b.reports);
	CHECK(has_page(&b, 1, "first"));
	CHECK(faccessat(b.share, LS_STAGING "/report", F_OK, 0) < 0);
	finish(&b);
}

TEST(an_answer_that_is_none_costs_one_page_at_most)
{
	static struct bench b;
	static char large[LS_PACKET_MAX + 1];
	begin(&b, PATIENT_MS);
	for (int i = 0; i < 3; i++) {
		const struct ls_item item = publish(&b);
		ls_reports_add(b.reports, &item);
	}
	/* nonsense is passed over: it was not the answer */
	ls_reports_work(b.reports);
	CHECK_INT_EQ(asked(&b), 1);
	CHECK_INT_EQ(ls_packet_send(b.drawer, 0x1234, "xyz", 3, NULL, 0, NULL), 0);
	CHECK_INT_EQ(ls_packet_send(b.drawer, LS_MSG_REPORTED, "xyz", 3, NULL, 0, NULL), 0);
	CHECK(send(b.drawer, large, sizeof(large), 0) == sizeof(large));
	answer_with(&b, 99, page_of("another's", true), "");
	answer_with(&b, 1, page_of("could change", false), "");
	int much = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	CHECK_INT_EQ(ftruncate(much, (off_t)LS_REPORT_PAGE_MAX + 1), 0);
	CHECK_INT_EQ(fcntl(much, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
	answer_with(&b, 1, much, "");
	answer_with(&b, 1, page_of("", true), "");
	ls_reports_work(b.reports);
	CHECK(!has_any_page(&b, 1));
	/* there is no page, and the next is asked for */
	answer_with(&b, 1, -1, "the process that read the file was killed");
	ls_reports_work(b.reports);
	CHECK_INT_EQ(asked(&b), 2);
	answer_with(&b, 2, page_of("good", true), "");
	ls_reports_work(b.reports);
	CHECK(!has_any_page(&b, 1) && has_page(&b, 2, "good"));
	finish(&b);
}

TEST(an_answer_that_is_late_is_not_waited_for)
{
	static struct bench b;
	begin(&b, 1);
	for (int i = 0; i < 2; i++) {
		const struct ls_item item = publish(&b);
		ls_reports_add(b.reports, &item);
	}
	ls_reports_finish(b.reports, PATIENT_MS); /* both are given up */
	CHECK_INT_EQ(ls_reports_wait_ms(b.reports), -1);
	CHECK_INT_EQ(asked(&b), 1);
	CHECK_INT_EQ(asked(&b), 2);
	answer_with(&b, 2, page_of("late", true), "");
	ls_reports_work(b.reports);
	CHECK(!has_any_page(&b, 1) && !has_any_page(&b, 2));
	finish(&b);
}

TEST(what_a_drawer_that_ended_had_taken_is_asked_for_again_once)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	answer_with(&b, LS_REPORT_BEGUN, -1, ""); /* nothing was asked yet */
	for (int i = 0; i < 2; i++) {
		const struct ls_item item = publish(&b);
		ls_reports_add(b.reports, &item);
	}
	ls_reports_work(b.reports);
	CHECK_INT_EQ(asked(&b), 1);
	CHECK_INT_EQ(asked(&b), 0);
	answer_with(&b, LS_REPORT_BEGUN, -1, "");
	ls_reports_work(b.reports);
	CHECK_INT_EQ(asked(&b), 2);
	CHECK_INT_EQ(b.request.is_sealed, 1);
	answer_with(&b, 1, page_of("late", true), "");
	answer_with(&b, LS_REPORT_BEGUN, -1, "");
	ls_reports_work(b.reports); /* given up: the next */
	CHECK_INT_EQ(asked(&b), 3);
	answer_with(&b, LS_REPORT_BEGUN, -1, "");
	ls_reports_work(b.reports);
	CHECK_INT_EQ(asked(&b), 4);
	answer_with(&b, 4, page_of("good", true), "");
	ls_reports_work(b.reports);
	CHECK(!has_any_page(&b, 1) && has_page(&b, 2, "good"));
	CHECK_INT_EQ(ls_reports_wait_ms(b.reports), -1);
	finish(&b);
}

TEST(finishing_waits_no_longer_than_it_may)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	const struct ls_item item = publish(&b);
	ls_reports_add(b.reports, &item);
	ls_reports_finish(b.reports, 10);
	CHECK_INT_EQ(asked(&b), 1);
	CHECK(!has_any_page(&b, 1));
	finish(&b);
}

TEST(without_a_drawer_nothing_is_queued_and_nothing_fails)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	const struct ls_item item = publish(&b);
	ls_reports_add(b.reports, &item);
	close(b.drawer);
	b.drawer = -1;
	ls_reports_work(b.reports);
	CHECK_INT_EQ(ls_reports_wait_ms(b.reports), -1);
	CHECK_INT_EQ(ls_reports_descriptor(b.reports), -1);
	ls_reports_add(b.reports, &item);
	CHECK_INT_EQ(ls_reports_wait_ms(b.reports), -1);
	struct ls_reports *none = NULL;
	CHECK_INT_EQ(ls_reports_new(b.share, -1, PATIENT_MS, &none, NULL), 0);
	CHECK_INT_EQ(ls_reports_catch_up(none, NULL), 0);
	ls_reports_add(none, &item);
	ls_reports_work(none);
	CHECK_INT_EQ(ls_reports_wait_ms(none), -1);
	ls_reports_free(none);
	finish(&b);
}

TEST(a_result_whose_files_are_missing_is_passed_over)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	const struct ls_item gone = item_of(9, false), item = publish(&b);
	ls_reports_add(b.reports, &gone);
	ls_reports_add(b.reports, &item);
	ls_reports_work(b.reports);
	CHECK(asked(&b) > 0);
	answer_with(&b, b.request.number, page_of("good", true), "");
	ls_reports_work(b.reports);
	CHECK(has_page(&b, 1, "good"));
	finish(&b);
}

TEST(what_lacks_a_page_is_caught_up_with_the_newest_of_many)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	publish(&b);
	publish(&b);
	publish(&b);
	put(&b, "results/2026/000002-plate7.eds", "report.html",
	    (struct ls_bytes){ (const uint8_t *)"there", 5 });
	CHECK_INT_EQ(ls_reports_catch_up(b.reports, NULL), 0);
	for (unsigned n = 1; n <= 2; n++) {
		ls_reports_work(b.reports);
		answer_with(&b, asked(&b), page_of("caught up", true), "");
	}
	ls_reports_work(b.reports);
	CHECK(has_page(&b, 1, "caught up") && has_page(&b, 2, "there") &&
	      has_page(&b, 3, "caught up"));
	CHECK_INT_EQ(asked(&b), 0);
	/* more than the queue holds: the newest, in their order */
	for (unsigned n = 4; n < 4 + LS_REPORTS_QUEUE + 20; n++) {
		char folder[64];
		snprintf(folder, sizeof(folder), PLATE, n);
		MUST(ls_make_dirs(b.share, folder, 0755, MUST_ERR));
	}
	CHECK_INT_EQ(ls_reports_catch_up(b.reports, NULL), 0);
	ls_reports_work(b.reports); /* all of them are empty folders */
	CHECK_INT_EQ(ls_reports_wait_ms(b.reports), -1);
	finish(&b);
}

TEST(a_full_queue_forgets_the_oldest_that_is_not_asked_for)
{
	static struct bench b;
	begin(&b, PATIENT_MS);
	const struct ls_item first = publish(&b), second = publish(&b), last = publish(&b);
	ls_reports_add(b.reports, &first);
	ls_reports_work(b.reports);
	CHECK_INT_EQ(asked(&b), 1);
	for (int i = 0; i < LS_REPORTS_QUEUE; i++)
		ls_reports_add(b.reports, i == 0 ? &second : &last);
	answer_with(&b, 1, page_of("first", true), "");
	ls_reports_work(b.reports);
	CHECK(has_page(&b, 1, "first"));
	CHECK_INT_EQ(asked(&b), 2);
	answer_with(&b, 2, page_of("last", true), "");
	ls_reports_work(b.reports);
	CHECK(has_page(&b, 3, "last") && !has_any_page(&b, 2));
	finish(&b);
}

TEST_MAIN()
