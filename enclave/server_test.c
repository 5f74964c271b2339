/* SPDX-License-Identifier: Apache-2.0 */
/* The real program with a key from a file; keys/tpm_test.c has it with a TPM. */
#include <errno.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "enclave/rig_test.h"
#include "enclave/serving.h"
#include "lib/base/exit.h"
#include "lib/proc/confine.h"

#define RIG(r)                                           \
	__attribute__((cleanup(rig_free))) struct rig r; \
	rig_keys(&r);                                    \
	rig_certify(&r, &r.signer.key);                  \
	struct ls_start start = rig_start(&r);           \
	(void)start

#define RUNNING_RIG(r) \
	RIG(r);        \
	REQUIRE(rig_run(&r, &start))

TEST(it_seals_results_and_events)
{
	RUNNING_RIG(r);
	for (uint64_t n = 1; n <= 9; n += 2) {
		struct ls_delivery d = rig_delivery(n, "plate 7.eds", "content of a plate");
		rig_deliver(&r, &d, "content of a plate");
		REQUIRE(rig_take_seal(&r, n, true));
		rig_expect_done(&r, &d, n);
		rig_expect_sealed(&r, n);
		CHECK_STR_EQ(r.label, "plate_7.eds");
		CHECK_STR_EQ(r.record.files[0].claimed.name, "plate 7.eds");
		CHECK_INT_EQ(r.record.files[0].number, n);
		CHECK(r.record.development && r.record.key_kind == LS_KEY_FILE);
		CHECK_INT_EQ(r.record.policy.bytes[0], 1);
		CHECK_INT_EQ(r.record.domain_xml.bytes[0], 2);
		CHECK_INT_EQ(r.record.base_image.bytes[0], 3);

		struct ls_event e = rig_event((uint8_t)n, "gap", "{\"missing\":[4,5]}");
		RIG_SEND(&r, RIG_IN, LS_MSG_EVENT, event, &e);
		REQUIRE(rig_take_seal(&r, n + 1, true));
		struct ls_message m;
		struct ls_event_done done;
		REQUIRE(rig_expect(&r, RIG_IN, LS_MSG_EVENT_DONE, &m));
		CHECK_INT_EQ(ls_decode_event_done(&m, &done, NULL), 0);
		CHECK_INT_EQ(done.seal, n + 1);
		rig_expect_sealed(&r, n + 1);
		CHECK_STR_EQ(r.record.event, "gap");
		CHECK_STR_HAS(r.record.detail, "\"missing\":[4,5]");
		CHECK_STR_HAS(r.record.detail, "\"occurred\":\"2023-11-14T22:13:20Z\"");
	}
	rig_stop(&r);
}

TEST(nothing_is_done_before_it_is_published)
{
	RUNNING_RIG(r);
	struct ls_delivery d[3];
	for (uint64_t n = 0; n < 3; n++) {
		d[n] = rig_delivery(n + 1, "a.txt", "x");
		rig_deliver(&r, &d[n], "x");
	}
	for (uint64_t n = 1; n <= 3; n++)
		REQUIRE(rig_take_seal(&r, n, false));
	struct pollfd quiet = { r.fds[RIG_IN], POLLIN, 0 };
	CHECK_INT_EQ(poll(&quiet, 1, 100), 0);
	for (uint64_t n = 1; n <= 3; n++) {
		ls_buffer_clear(&r.body);
		ls_encode_published(n, &r.body);
		rig_send(&r, RIG_OUT, LS_MSG_PUBLISHED, r.body.data, r.body.size);
		rig_expect_done(&r, &d[n - 1], n);
	}
	rig_stop(&r);
}

TEST(it_goes_on_with_its_own_log)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	for (uint64_t n = 1; n <= 5; n++) {
		d.key.number = n;
		rig_deliver(&r, &d, "x");
		REQUIRE(rig_take_seal(&r, n, true));
		rig_expect_done(&r, &d, n);
	}
	rig_stop(&r);
	rig_end(&r);
	/* a new process, with number 5 among the recent ones */
	r.resume.recent_count = 1;
	ls_delivery_key_digest(&d.key, &r.resume.recent[0]);
	r.resume.recent_seals[0] = 5;
	REQUIRE(rig_run(&r, &start));
	rig_deliver(&r, &d, "x");
	rig_expect_done(&r, &d, 5);
	d.key.number = 6;
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 6, true));
	rig_expect_done(&r, &d, 6);
	rig_stop(&r);
}

/* Five seals, then a run with what the share says after it was tampered with. */
static void with_forged_resume(void (*forge)(struct rig *r), const char *id)
{
	RUNNING_RIG(r);
	for (uint64_t n = 1; n <= 5; n++) {
		struct ls_delivery d = rig_delivery(n, "a.txt", "x");
		rig_deliver(&r, &d, "x");
		REQUIRE(rig_take_seal(&r, n, true));
		rig_expect_done(&r, &d, n);
	}
	rig_end(&r);
	rig_resume(&r);
	forge(&r);
	REQUIRE(rig_spawn(&r) == 0);
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_START, start, &start);
	RIG_SEND(&r, RIG_OUT, LS_MSG_RESUME, resume, &r.resume);
	rig_expect_failed(&r, id, "nothing is sealed", LS_EXIT_FAILED);
}

/* The same tree, signed by someone else under our origin, or by us for another origin. */
static void forge_checkpoint(struct rig *r, const char *origin, const struct ls_signer *signer)
{
	struct ls_checkpoint c = { .size = 5 };
	snprintf(c.origin, sizeof(c.origin), "%s", origin);
	ls_merkle_frontier_root(&r->frontier, &r->hash, &c.root);
	ls_buffer_clear(&r->checkpoint);
	CHECK_INT_EQ(ls_checkpoint_sign(&c, signer, NULL, &r->checkpoint, NULL), 0);
	r->resume.checkpoint = rig_bytes(r->checkpoint.data, r->checkpoint.size);
}

static void forge_signer(struct rig *r)
{
	struct ls_signer foreign;
	ls_p256_key_signer(r->ca, &foreign);
	forge_checkpoint(r, RIG_ORIGIN, &foreign);
}

static void forge_origin(struct rig *r)
{
	forge_checkpoint(r, "labseal/other", &r->signer);
}

static void forge_bit(struct rig *r)
{
	r->checkpoint.data[strlen(RIG_ORIGIN) + 4] ^= 1; /* in the root */
}

static void forge_frontier(struct rig *r)
{
	r->resume.frontier[1].bytes[0] ^= 1;
}

static void forge_count(struct rig *r)
{
	r->resume.frontier_count--;
}

static void forge_recent(struct rig *r)
{
	r->resume.recent_count = 1;
	r->resume.recent_seals[0] = 6;
}

static void forge_nothing_there(struct rig *r)
{
	r->resume.checkpoint.size = 0;
}

TEST(a_log_that_is_not_its_own_is_refused)
{
	with_forged_resume(forge_signer, "note.unsigned");
	with_forged_resume(forge_origin, "note.unsigned");
	with_forged_resume(forge_bit, "p256.signature");
	with_forged_resume(forge_frontier, "enclave.resume.root");
	with_forged_resume(forge_count, "merkle.frontier");
	with_forged_resume(forge_recent, "enclave.resume.recent");
	with_forged_resume(forge_nothing_there, "enclave.resume.checkpoint");
}

TEST(duplicates_are_not_sealed_again)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x"), next = rig_delivery(2, "b.txt", "y");
	struct ls_event e = rig_event(7, "gap", "{}");
	struct ls_message m;
	rig_deliver(&r, &d, "x");
	rig_deliver(&r, &d, "x"); /* while the first is not published yet */
	RIG_SEND(&r, RIG_IN, LS_MSG_EVENT, event, &e);
	RIG_SEND(&r, RIG_IN, LS_MSG_EVENT, event, &e);
	REQUIRE(rig_take_seal(&r, 1, true));
	rig_expect_done(&r, &d, 1);
	rig_expect_done(&r, &d, 1);
	REQUIRE(rig_take_seal(&r, 2, true));
	CHECK(rig_expect(&r, RIG_IN, LS_MSG_EVENT_DONE, &m));
	CHECK(rig_expect(&r, RIG_IN, LS_MSG_EVENT_DONE, &m));
	rig_deliver(&r, &d, "x"); /* and long after */
	rig_expect_done(&r, &d, 1);
	rig_deliver(&r, &next, "y");
	REQUIRE(rig_take_seal(&r, 3, true));
	rig_expect_done(&r, &next, 3);
	rig_expect_sealed(&r, 1);
	rig_stop(&r);
}

/* Deliver what is not as announced: refused, dropped by the publisher, and life goes on. */
static void with_wrong_content(const char *announced, const char *sent, const char *reason)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", announced);
	struct ls_delivery_refused refused;
	struct ls_message m;
	char text[256];
	rig_deliver(&r, &d, sent);
	REQUIRE(rig_expect(&r, RIG_IN, LS_MSG_DELIVERY_REFUSED, &m));
	CHECK_INT_EQ(ls_decode_delivery_refused(&m, &refused, NULL), 0);
	CHECK_INT_EQ(refused.key.number, 1);
	snprintf(text, sizeof(text), "%.*s", (int)refused.reason.size,
		 (const char *)refused.reason.data);
	CHECK_STR_HAS(text, reason);
	REQUIRE(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_BEGIN, &m));
	do
		REQUIRE(rig_next(&r, RIG_OUT, &m) == 1);
	while (m.type == LS_MSG_PAYLOAD_DATA);
	CHECK_INT_EQ(m.type, LS_MSG_PAYLOAD_DROP);
	d = rig_delivery(2, "b.txt", "fine");
	rig_deliver(&r, &d, "fine");
	REQUIRE(rig_take_seal(&r, 1, true));
	rig_expect_done(&r, &d, 1);
	rig_stop(&r);
}

TEST(what_is_not_as_announced_is_refused)
{
	with_wrong_content("abcdef", "abcdeX", "announced SHA-256");
	with_wrong_content("abcdef", "abcde", "shorter than announced");
	with_wrong_content("abcdef", "abcdefg", "longer than announced");
	with_wrong_content("", "x", "longer than announced");
}

TEST(a_number_that_no_record_holds_is_refused)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(UINT64_MAX, "a.txt", "x");
	struct ls_message m;
	rig_deliver(&r, &d, "x");
	CHECK(rig_expect(&r, RIG_IN, LS_MSG_DELIVERY_REFUSED, &m));
	rig_stop(&r);
}

TEST(empty_files_and_hostile_names_are_sealed)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "..\\..\\<b>\x1b[2J\xff con", "");
	rig_deliver(&r, &d, "");
	REQUIRE(rig_take_seal(&r, 1, true));
	rig_expect_done(&r, &d, 1);
	CHECK(ls_is_safe_name(r.label, strlen(r.label)));
	CHECK_STR_HAS(r.record.files[0].claimed.name, "%1B");
	CHECK_STR_HAS(r.record.files[0].claimed.name, "%FF");
	rig_stop(&r);
}

TEST(a_large_file_passes)
{
	RUNNING_RIG(r);
	static char data[LS_DATA_MAX];
	static char all[40 * LS_DATA_MAX + 1];
	memset(data, 'd', sizeof(data));
	memset(all, 'd', sizeof(all) - 1);
	struct ls_delivery d = rig_delivery(1, "big.bin", all);
	pid_t diode = fork();
	if (diode == 0) { /* both ends at once need two of us */
		ls_buffer_clear(&r.body);
		ls_encode_delivery(&d, &r.body);
		rig_send(&r, RIG_IN, LS_MSG_DELIVERY_BEGIN, r.body.data, r.body.size);
		for (int i = 0; i < 40; i++)
			rig_send(&r, RIG_IN, LS_MSG_DELIVERY_DATA, data, sizeof(data));
		rig_send(&r, RIG_IN, LS_MSG_DELIVERY_END, NULL, 0);
		_exit(0);
	}
	CHECK(rig_take_seal(&r, 1, true));
	CHECK_INT_EQ(r.payload_size, sizeof(all) - 1);
	waitpid(diode, NULL, 0);
	rig_expect_done(&r, &d, 1);
	rig_stop(&r);
}

/* --- many at once ---------------------------------------------------------------------- */

/* So many seals that the publisher has enough to do: from now on results gather. */
static void keep_publisher_busy(struct rig *r)
{
	for (uint64_t n = 1; n <= LS_UNPUBLISHED_MAX; n++) {
		struct ls_delivery d = rig_delivery(n, "first.txt", "x");
		rig_deliver(r, &d, "x");
		REQUIRE(rig_take_seal(r, n, false));
	}
}

static void publish_those(struct rig *r)
{
	for (uint64_t n = 1; n <= LS_UNPUBLISHED_MAX; n++) {
		struct ls_delivery d = rig_delivery(n, "first.txt", "x");
		rig_publish(r, n);
		rig_expect_done(r, &d, n);
	}
}

TEST(what_waits_is_sealed_together)
{
	static const struct {
		const char *claimed, *name;
	} files[] = { { "plate.eds", "plate.eds" },
		      { "PLATE.eds", "11-PLATE.eds" },
		      { "C:\\data\\plate.eds", "12-plate.eds" },
		      { "12-plate.eds", "13-12-plate.eds" },
		      { "37-files", "_37-files" },
		      { "con", "_con" } };
	enum { FILES = sizeof(files) / sizeof(files[0]) };
	RUNNING_RIG(r);
	struct ls_delivery d[FILES];
	keep_publisher_busy(&r);
	for (size_t i = 0; i < FILES; i++) {
		d[i] = rig_delivery(10 + i, files[i].claimed, "content");
		rig_deliver(&r, &d[i], "content");
	}
	rig_deliver(&r, &d[2], "content"); /* known already, though not sealed */
	rig_take_count(&r, FILES);
	publish_those(&r);
	REQUIRE(rig_take_seal(&r, LS_UNPUBLISHED_MAX + 1, true));
	CHECK_STR_EQ(r.label, "6-files");
	REQUIRE(r.record.count == FILES);
	for (size_t i = 0; i < FILES; i++) {
		CHECK_STR_EQ(r.record.files[i].path + strlen(LS_ORIGINAL_PREFIX), files[i].name);
		CHECK_INT_EQ(r.record.files[i].number, 10 + i);
		rig_expect_done(&r, &d[i], LS_UNPUBLISHED_MAX + 1);
	}
	rig_expect_done(&r, &d[2], LS_UNPUBLISHED_MAX + 1);
	snprintf(r.label, sizeof(r.label), "first.txt");
	for (uint64_t n = 1; n <= LS_UNPUBLISHED_MAX; n++) {
		rig_expect_sealed(&r, n);
		CHECK_INT_EQ(r.sealed_count, 1);
	}
	snprintf(r.label, sizeof(r.label), "6-files");
	rig_expect_sealed(&r, LS_UNPUBLISHED_MAX + 1);
	CHECK_INT_EQ(r.sealed_count, FILES);
	rig_stop(&r);
}

/* What is refused in the middle of them leaves the others alone. */
TEST(one_that_is_refused_is_not_in_the_batch)
{
	RUNNING_RIG(r);
	struct ls_delivery a = rig_delivery(10, "a.txt", "good"),
			   b = rig_delivery(11, "b.txt", "good"),
			   c = rig_delivery(12, "c.txt", "good");
	struct ls_message m;
	keep_publisher_busy(&r);
	rig_deliver(&r, &a, "good");
	rig_deliver(&r, &b, "evil");
	rig_deliver(&r, &c, "good");
	rig_take_count(&r, 2);
	CHECK(rig_expect(&r, RIG_IN, LS_MSG_DELIVERY_REFUSED, &m));
	publish_those(&r);
	REQUIRE(rig_take_seal(&r, LS_UNPUBLISHED_MAX + 1, true));
	CHECK_STR_EQ(r.label, "2-files");
	rig_expect_done(&r, &a, LS_UNPUBLISHED_MAX + 1);
	rig_expect_done(&r, &c, LS_UNPUBLISHED_MAX + 1);
	rig_stop(&r);
}

TEST(a_batch_is_of_one_session)
{
	RUNNING_RIG(r);
	struct ls_delivery d[3];
	keep_publisher_busy(&r);
	for (size_t i = 0; i < 3; i++) {
		d[i] = rig_delivery(10 + i, "a.txt", "x");
		memset(d[i].key.session, i == 1 ? 0x11 : 0x5e, sizeof(d[i].key.session));
		rig_deliver(&r, &d[i], "x");
	}
	rig_take_count(&r, 1);
	publish_those(&r);
	for (size_t i = 0; i < 3; i++) {
		REQUIRE(rig_take_seal(&r, LS_UNPUBLISHED_MAX + 1 + i, true));
		CHECK_STR_EQ(r.record.session, i == 1 ? "11111111111111111111111111111111"
						      : "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e");
		CHECK_STR_EQ(r.label, "a.txt");
		rig_expect_done(&r, &d[i], LS_UNPUBLISHED_MAX + 1 + i);
	}
	rig_stop(&r);
}

/* In a process of its own, since both ends at once need two of us. */
static pid_t deliver_many(struct rig *r, uint64_t first, uint64_t count)
{
	pid_t diode = fork();
	if (diode == 0) {
		for (uint64_t n = first; n < first + count; n++) {
			struct ls_delivery d = rig_delivery(n, "a name of plate.eds", "y");
			rig_deliver(r, &d, "y");
		}
		_exit(0);
	}
	return diode;
}

static size_t take_done(struct rig *r, uint64_t seal, size_t most)
{
	struct ls_delivery_done done;
	struct ls_message m;
	size_t count = 0;
	while (count < most && rig_expect(r, RIG_IN, LS_MSG_DELIVERY_DONE, &m) &&
	       ls_decode_delivery_done(&m, &done, NULL) == 0 && done.seal == seal)
		count++;
	return count;
}

TEST(a_full_batch_holds_the_diode_back)
{
	RUNNING_RIG(r);
	struct ls_message m;
	const uint64_t next = LS_UNPUBLISHED_MAX + 1;
	keep_publisher_busy(&r);
	pid_t diode = deliver_many(&r, 1000, 600);
	rig_take_count(&r, LS_BATCH_MAX);
	REQUIRE(rig_next(&r, RIG_OUT, &m) == 1);
	CHECK_INT_EQ(m.type, LS_MSG_PAYLOAD_BEGIN); /* this one waits for its bytes */
	CHECK(rig_take_payload(&r, &m));
	struct pollfd quiet = { r.fds[RIG_OUT], POLLIN, 0 };
	CHECK_INT_EQ(poll(&quiet, 1, 100), 0);
	rig_publish(&r, 1);
	REQUIRE(rig_take_seal(&r, next, false));
	CHECK_STR_EQ(r.label, "511-files");
	rig_take_count(&r, 600 - LS_BATCH_MAX);
	waitpid(diode, NULL, 0);
	rig_publish(&r, 2);
	REQUIRE(rig_take_seal(&r, next + 1, false));
	CHECK_STR_EQ(r.label, "89-files");
	for (uint64_t n = 3; n <= next + 1; n++)
		rig_publish(&r, n);
	for (uint64_t n = 1; n < next; n++)
		CHECK_INT_EQ(take_done(&r, n, 1), 1);
	CHECK_INT_EQ(take_done(&r, next, LS_BATCH_MAX), LS_BATCH_MAX);
	CHECK_INT_EQ(take_done(&r, next + 1, 600 - LS_BATCH_MAX), 600 - LS_BATCH_MAX);
	rig_stop(&r);
}

TEST(stop_seals_what_has_gathered)
{
	RUNNING_RIG(r);
	struct ls_delivery a = rig_delivery(10, "a.txt", "x"), b = rig_delivery(11, "b.txt", "x");
	keep_publisher_busy(&r);
	rig_deliver(&r, &a, "x");
	rig_deliver(&r, &b, "x");
	rig_take_count(&r, 2);
	rig_send(&r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	publish_those(&r);
	REQUIRE(rig_take_seal(&r, LS_UNPUBLISHED_MAX + 1, true));
	CHECK_STR_EQ(r.label, "2-files");
	rig_expect_done(&r, &a, LS_UNPUBLISHED_MAX + 1);
	rig_expect_done(&r, &b, LS_UNPUBLISHED_MAX + 1);
	CHECK_INT_EQ(rig_wait(&r), 0);
}

/* Events have seals of their own, and results their turn between them. */
TEST(events_and_results_take_turns)
{
	RUNNING_RIG(r);
	keep_publisher_busy(&r);
	for (uint8_t i = 0; i < 3; i++) {
		struct ls_event e = rig_event((uint8_t)(i + 1), "gap", "{}");
		RIG_SEND(&r, RIG_IN, LS_MSG_EVENT, event, &e);
	}
	struct ls_delivery a = rig_delivery(10, "a.txt", "x"), b = rig_delivery(11, "b.txt", "x");
	rig_deliver(&r, &a, "x");
	rig_deliver(&r, &b, "x");
	rig_take_count(&r, 2);
	publish_those(&r);
	static const char *const labels[] = { "gap", "2-files", "gap", "gap" };
	for (size_t i = 0; i < 4; i++) {
		REQUIRE(rig_take_seal(&r, LS_UNPUBLISHED_MAX + 1 + i, true));
		CHECK_STR_EQ(r.label, labels[i]);
	}
	rig_stop(&r);
}

/* --- the clock --------------------------------------------------------------------------- */

TEST(a_clock_that_went_back_is_on_record_before_anything_else)
{
	RIG(r);
	char wanted[64], utc[LS_UTC_SIZE];
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	r.resume.last_received = time(NULL) + 10000; /* as the share's newest record says */
	snprintf(wanted, sizeof(wanted), "\"from\":\"%s\"",
		 ls_utc_format(r.resume.last_received, utc));
	REQUIRE(rig_run(&r, &start));
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 1, true));
	CHECK_STR_EQ(r.record.event, "clock-back");
	CHECK_STR_HAS(r.record.detail, wanted);
	REQUIRE(rig_take_seal(&r, 2, true));
	CHECK_STR_EQ(r.label, "a.txt");
	rig_expect_done(&r, &d, 2);
	/* said once: the times go on from there */
	d.key.number = 2;
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 3, true));
	CHECK_STR_EQ(r.label, "a.txt");
	rig_stop(&r);
}

/* --- who may say what, and when ------------------------------------------------------- */

TEST(what_is_not_allowed_ends_it)
{
	static const struct {
		enum rig_peer peer;
		uint32_t type;
		bool in_file;
	} cases[] = {
		{ RIG_IN, 0xdead, false },
		{ RIG_IN, LS_MSG_DELIVERY_DATA, false },
		{ RIG_IN, LS_MSG_DELIVERY_END, false },
		{ RIG_IN, LS_MSG_DELIVERY_BEGIN, true },
		{ RIG_IN, LS_MSG_EVENT, true },
		{ RIG_IN, LS_MSG_START, false },
		{ RIG_IN, LS_MSG_STOP, false },
		{ RIG_IN, LS_MSG_TPM_RESPONSE, false },
		{ RIG_IN, LS_MSG_PUBLISHED, false },
		{ RIG_OUT, LS_MSG_RESUME, false },
		{ RIG_OUT, LS_MSG_SEAL, false },
		{ RIG_OUT, LS_MSG_STOP, false },
		{ RIG_SUPERVISOR, LS_MSG_START, false },
		{ RIG_SUPERVISOR, LS_MSG_TPM_RESPONSE, false },
		{ RIG_SUPERVISOR, LS_MSG_DELIVERY_BEGIN, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		RUNNING_RIG(r);
		if (cases[i].in_file) {
			struct ls_delivery d = rig_delivery(1, "a.txt", "x");
			RIG_SEND(&r, RIG_IN, LS_MSG_DELIVERY_BEGIN, delivery, &d);
		}
		rig_send(&r, cases[i].peer, cases[i].type, NULL, 0);
		rig_expect_failed(&r, "enclave.protocol.unexpected", "not allowed now",
				  LS_EXIT_FAILED);
	}
}

TEST(malformed_messages_end_it)
{
	static const struct {
		enum rig_peer peer;
		uint32_t type;
	} cases[] = { { RIG_IN, LS_MSG_DELIVERY_BEGIN },
		      { RIG_IN, LS_MSG_EVENT },
		      { RIG_OUT, LS_MSG_PUBLISHED },
		      { RIG_SUPERVISOR, LS_MSG_EVENT } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		RUNNING_RIG(r);
		rig_send(&r, cases[i].peer, cases[i].type, "xyz", 3);
		rig_expect_failed(&r, "protocol.malformed", "malformed", LS_EXIT_FAILED);
	}
}

TEST(a_length_that_lies_ends_it)
{
	RUNNING_RIG(r);
	static const uint8_t header[] = { 0, 0, 1, 2, 0x7f, 0xff, 0xff, 0xff };
	CHECK_INT_EQ(write(r.fds[RIG_IN], header, sizeof(header)), sizeof(header));
	rig_expect_failed(&r, "message.size", "claims", LS_EXIT_FAILED);
}

TEST(a_seal_published_out_of_turn_ends_it)
{
	RUNNING_RIG(r);
	ls_buffer_clear(&r.body);
	ls_encode_published(1, &r.body);
	rig_send(&r, RIG_OUT, LS_MSG_PUBLISHED, r.body.data, r.body.size);
	/* nothing was sealed: 1 is the next one, and it was not handed over */
	rig_expect_failed(&r, "enclave.published", "seal 1", LS_EXIT_FAILED);
}

TEST(a_publisher_that_goes_ends_it)
{
	RUNNING_RIG(r);
	rig_close(&r, RIG_OUT);
	rig_expect_failed(&r, "enclave.closed", "the publisher went away", LS_EXIT_FAILED);
}

TEST(it_does_not_outlive_its_supervisor)
{
	RUNNING_RIG(r);
	rig_close(&r, RIG_SUPERVISOR);
	CHECK_INT_EQ(rig_wait(&r), LS_EXIT_FAILED);
}

TEST(bad_events_end_it)
{
	static const struct {
		enum rig_peer from;
		const char *kind, *detail, *id;
	} cases[] = { { RIG_IN, "gap", "{", "record.json" },
		      { RIG_IN, "gap", "[]", "record.json" },
		      { RIG_IN, "gap", "", "record.json" },
		      { RIG_IN, "../x", "{}", "enclave.event.kind" },
		      { RIG_SUPERVISOR, "../x", "{}", "record.field" },
		      { RIG_SUPERVISOR, "", "{}", "record.field" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		RUNNING_RIG(r);
		struct ls_event e = rig_event(1, cases[i].kind, cases[i].detail);
		RIG_SEND(&r, cases[i].from, LS_MSG_EVENT, event, &e);
		rig_expect_failed(&r, cases[i].id, "", LS_EXIT_FAILED);
	}
}

/* Made by the process that has a network: taken over, it must not be able to end the sealing. */
TEST(a_time_stamp_that_is_none_is_refused_and_sealing_goes_on)
{
	static const char *const details[] = { "{", "[]", "", "{\"a\":1,\"a\":2}" };
	RUNNING_RIG(r);
	struct ls_message m;
	struct ls_event_done done;
	for (uint8_t i = 0; i < sizeof(details) / sizeof(details[0]); i++) {
		struct ls_event e = rig_event(1 + i, "time-stamp", details[i]);
		RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
		REQUIRE(rig_expect(&r, RIG_SUPERVISOR, LS_MSG_EVENT_DONE, &m));
		CHECK_INT_EQ(ls_decode_event_done(&m, &done, NULL), 0);
		CHECK_INT_EQ(done.seal, 0);
		CHECK(ls_digest_equal(&done.key, &e.key));
	}
	struct ls_event good = rig_event(9, "time-stamp", "{\"size\":1}");
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &good);
	REQUIRE(rig_take_seal(&r, 1, true));
	CHECK_STR_EQ(r.record.event, "time-stamp");
	rig_stop(&r);
}

/* What the host says of itself and of its approvals, no receiver says (SECURITY.md). */
TEST(the_receiver_tells_no_others_events)
{
	static const char *const kinds[] = { "approval",    "approval-retired",
					     "log-adopted", "clock-back",
					     "vm-start",    "vm-stop",
					     "drift",	    "gap-",
					     "time-stamp" };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		RUNNING_RIG(r);
		struct ls_event e = rig_event(1, kinds[i], "{}");
		RIG_SEND(&r, RIG_IN, LS_MSG_EVENT, event, &e);
		rig_expect_failed(&r, "enclave.event.kind", kinds[i], LS_EXIT_FAILED);
	}
}

/* An event that took the key of another would keep that from being sealed. */
TEST(the_receivers_keys_are_not_the_supervisors)
{
	RUNNING_RIG(r);
	struct ls_message m;
	struct ls_event_done done;
	struct ls_event theirs = rig_event(1, "gap", "{}"), ours = rig_event(1, "vm-stop", "{}");
	RIG_SEND(&r, RIG_IN, LS_MSG_EVENT, event, &theirs);
	REQUIRE(rig_take_seal(&r, 1, true));
	REQUIRE(rig_expect(&r, RIG_IN, LS_MSG_EVENT_DONE, &m));
	CHECK_INT_EQ(ls_decode_event_done(&m, &done, NULL), 0);
	CHECK(ls_digest_equal(&done.key, &theirs.key));
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &ours);
	REQUIRE(rig_take_seal(&r, 2, true));
	CHECK_STR_EQ(r.record.event, "vm-stop");
	CHECK(ls_digest_equal(&r.record.event_key, &ours.key));
	rig_stop(&r);
}

TEST(an_event_too_large_for_a_record_is_sealed_by_digest)
{
	RUNNING_RIG(r);
	static char detail[LS_DETAIL_MAX + 1];
	size_t n = (size_t)snprintf(detail, sizeof(detail), "{\"missing\":[1");
	while (n < sizeof(detail) - 8)
		n += (size_t)snprintf(detail + n, sizeof(detail) - n, ",1");
	snprintf(detail + n, sizeof(detail) - n, "]}");
	struct ls_event e = rig_event(1, "gap", detail);
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	REQUIRE(rig_take_seal(&r, 1, true));
	CHECK_STR_HAS(r.record.detail, "too large");
	rig_stop(&r);
}

/* --- the supervisor's events, and the end ---------------------------------------------- */

TEST(an_event_within_a_delivery_has_its_own_seal)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "xy");
	struct ls_event e = rig_event(1, "vm-stop", "{}");
	struct ls_message m;
	RIG_SEND(&r, RIG_IN, LS_MSG_DELIVERY_BEGIN, delivery, &d);
	rig_send(&r, RIG_IN, LS_MSG_DELIVERY_DATA, "x", 1);
	/* once it says so to the publisher, it is within the delivery */
	struct pollfd out = { r.fds[RIG_OUT], POLLIN, 0 };
	REQUIRE(poll(&out, 1, RIG_WAIT_MS) == 1);
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_BEGIN, &m));
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_DATA, &m));
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	REQUIRE(rig_take_seal(&r, 1, true));
	CHECK_STR_EQ(r.label, "vm-stop");
	rig_send(&r, RIG_IN, LS_MSG_DELIVERY_DATA, "y", 1);
	rig_send(&r, RIG_IN, LS_MSG_DELIVERY_END, NULL, 0);
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_DATA, &m));
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_END, &m));
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_CLOSE, &m));
	struct ls_seal seal;
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_SEAL, &m));
	CHECK_INT_EQ(ls_decode_seal(&m, &seal, NULL), 0);
	CHECK_INT_EQ(seal.seal, 2);
	rig_publish(&r, 2);
	rig_expect_done(&r, &d, 2);
	CHECK(rig_expect(&r, RIG_SUPERVISOR, LS_MSG_SEALED, &m));
	CHECK(rig_expect(&r, RIG_SUPERVISOR, LS_MSG_EVENT_DONE, &m));
	CHECK(rig_expect(&r, RIG_SUPERVISOR, LS_MSG_SEALED, &m));
	rig_stop(&r);
}

TEST(stop_leaves_a_half_delivery_and_seals_what_was_told_before)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "xy");
	struct ls_event e = rig_event(1, "vm-stop", "{}");
	struct ls_message m;
	RIG_SEND(&r, RIG_IN, LS_MSG_DELIVERY_BEGIN, delivery, &d);
	rig_send(&r, RIG_IN, LS_MSG_DELIVERY_DATA, "x", 1);
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_BEGIN, &m));
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_DATA, &m));
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	rig_send(&r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	REQUIRE(rig_take_seal(&r, 1, true));
	CHECK_STR_EQ(r.label, "vm-stop");
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_DROP, &m));
	CHECK_INT_EQ(rig_wait(&r), 0);
}

TEST(stop_waits_for_what_is_sealed_and_not_published)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	int status;
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 1, false));
	rig_send(&r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	CHECK_INT_EQ(ls_child_wait(r.pid, 100, &status), 0);
	ls_buffer_clear(&r.body);
	ls_encode_published(1, &r.body);
	rig_send(&r, RIG_OUT, LS_MSG_PUBLISHED, r.body.data, r.body.size);
	rig_expect_done(&r, &d, 1);
	CHECK_INT_EQ(rig_wait(&r), 0);
}

TEST(a_diode_that_goes_before_its_answer_harms_nobody)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 1, false));
	rig_send(&r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	poll(NULL, 0, 50);
	rig_close(&r, RIG_IN);
	ls_buffer_clear(&r.body);
	ls_encode_published(1, &r.body);
	rig_send(&r, RIG_OUT, LS_MSG_PUBLISHED, r.body.data, r.body.size);
	rig_expect_sealed(&r, 1);
	CHECK_INT_EQ(rig_wait(&r), 0);
}

TEST(a_diode_that_goes_takes_its_half_delivery_along)
{
	RUNNING_RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "xy");
	struct ls_event e = rig_event(1, "vm-stop", "{}");
	struct ls_message m;
	RIG_SEND(&r, RIG_IN, LS_MSG_DELIVERY_BEGIN, delivery, &d);
	rig_close(&r, RIG_IN);
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_BEGIN, &m));
	CHECK(rig_expect(&r, RIG_OUT, LS_MSG_PAYLOAD_DROP, &m));
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	CHECK(rig_take_seal(&r, 1, true));
	rig_stop(&r);
}

/* --- the start ---------------------------------------------------------------------------- */

static void expect_start_failed(struct rig *r, const struct ls_start *start, const char *id,
				int status)
{
	REQUIRE(rig_spawn(r) == 0);
	RIG_SEND(r, RIG_SUPERVISOR, LS_MSG_START, start, start);
	rig_expect_failed(r, id, "", status);
	rig_end(r);
}

TEST(a_start_that_contradicts_itself_is_refused)
{
	RIG(r);
	struct ls_start s = start;
	s.backend = rig_text("abacus");
	expect_start_failed(&r, &s, "enclave.start.backend", LS_EXIT_FAILED);
	s = start;
	s.key_kind = rig_text("TPM"); /* a file that calls itself a TPM */
	expect_start_failed(&r, &s, "enclave.start.kind", LS_EXIT_FAILED);
	s = start;
	s.pcr23.bytes[0] = 1;
	expect_start_failed(&r, &s, "enclave.start.measured", LS_EXIT_FAILED);
	s = start;
	s.instrument = rig_text("no spaces");
	expect_start_failed(&r, &s, "enclave.start.instrument", LS_EXIT_FAILED);
	s = start;
	s.origin = rig_text("a+b");
	expect_start_failed(&r, &s, "enclave.start.origin", LS_EXIT_FAILED);
	s = start;
	s.certificate = rig_bytes(r.ca_certificate.data, r.ca_certificate.size);
	expect_start_failed(&r, &s, "enclave.start.certificate", LS_EXIT_FAILED);
	s = start;
	s.key = rig_text("-----BEGIN PRIVATE KEY-----\n");
	REQUIRE(rig_spawn(&r) == 0);
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_START, start, &s);
	struct ls_message m;
	CHECK(rig_expect(&r, RIG_SUPERVISOR, LS_MSG_FAILED, &m));
}

TEST(unconfined_it_works_for_development_only)
{
	RIG(r);
	struct ls_message m;
	start.development = 0;
	REQUIRE(rig_spawn(&r) == 0);
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_START, start, &start);
	rig_resume(&r);
	RIG_SEND(&r, RIG_OUT, LS_MSG_RESUME, resume, &r.resume);
	REQUIRE(rig_next(&r, RIG_SUPERVISOR, &m) == 1);
	if (m.type == LS_MSG_READY)
		TEST_SKIP("this machine has all that confinement needs");
	CHECK_INT_EQ(m.type, LS_MSG_FAILED);
	CHECK_INT_EQ(rig_wait(&r), LS_EXIT_UNCONFINED);
}

/* In a process of its own, whose children have no Landlock: START's flag decides. */
static int without_landlock(int development)
{
	RIG(r);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) <
		    0 ||
	    seccomp_load(filter) < 0)
		return 1;
	seccomp_release(filter);
	start.development = (uint8_t)development;
	if (development)
		return rig_run(&r, &start) ? 0 : 1;
	if (rig_spawn(&r) < 0)
		return 1;
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_START, start, &start);
	rig_expect_failed(&r, "enclave.unconfined", "Landlock", LS_EXIT_UNCONFINED);
	return ls_test_failures;
}

TEST(a_kernel_without_landlock_is_refused_but_for_development)
{
	for (int development = 0; development < 2; development++) {
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			_exit(without_landlock(development));
		int status = -1;
		waitpid(pid, &status, 0);
		CHECK_INT_EQ(status, 0);
	}
}

/* From outside: three channels, the log, two times /dev/null; no core, not dumpable. */
TEST(the_running_program_holds_nothing_else)
{
	RUNNING_RIG(r);
	char path[64], line[256], link[128];
	for (int fd = 0; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)r.pid, fd);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		/* it is not dumpable, so that only root may look */
		if (n < 0 && errno == EACCES && geteuid() != 0)
			break;
		if (n < 0) {
			CHECK(fd > 5);
			continue;
		}
		link[n] = '\0';
		CHECK(fd <= 5);
		CHECK(fd < 3 || strncmp(link, "socket:", 7) == 0);
		CHECK(fd > 1 || strcmp(link, "/dev/null") == 0);
	}
	snprintf(path, sizeof(path), "/proc/%d/status", (int)r.pid);
	FILE *f = fopen(path, "r");
	REQUIRE(f);
	bool no_new_privs = false, filters = false, locked = false;
	while (fgets(line, sizeof(line), f)) {
		no_new_privs = no_new_privs || strcmp(line, "NoNewPrivs:\t1\n") == 0;
		/* one for each phase */
		filters = filters || strcmp(line, "Seccomp_filters:\t2\n") == 0;
		locked = locked ||
			 (strncmp(line, "VmLck:", 6) == 0 && !strstr(line, "\t       0 kB"));
		if (strncmp(line, "VmHWM:", 6) == 0 || strncmp(line, "VmLck:", 6) == 0)
			printf("  %s", line);
	}
	fclose(f);
	CHECK(no_new_privs && filters);
#ifndef LABSEAL_SANITIZE		 /* which makes nothing of mlockall */
	CHECK(locked || geteuid() != 0); /* who is not root may not lock so much */
#endif
	rig_stop(&r);
}

/* --- the Ed25519 key beside it --------------------------------------------------------------- */

static struct ls_ed25519_signer new_ed25519(struct ls_ed25519_key **ret_key,
					    uint8_t seed[static LS_ED25519_SEED_SIZE])
{
	struct ls_ed25519_signer signer;
	CHECK_INT_EQ(ls_ed25519_key_generate(ret_key, NULL), 0);
	CHECK_INT_EQ(ls_ed25519_key_seed(*ret_key, seed, NULL), 0);
	ls_ed25519_key_signer(*ret_key, &signer);
	return signer;
}

TEST(checkpoints_have_a_second_line_and_the_log_goes_on_without_it)
{
	RIG(r);
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL;
	uint8_t seed[LS_ED25519_SEED_SIZE];
	struct ls_ed25519_signer signer = new_ed25519(&key, seed);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	start.ed25519 = rig_bytes(seed, sizeof(seed));
	start.ed25519_public = rig_bytes(signer.key.bytes, LS_ED25519_KEY_SIZE);
	r.ed25519 = &signer.key;
	REQUIRE(rig_run(&r, &start));
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 1, true));
	rig_expect_done(&r, &d, 1);
	CHECK_INT_EQ(r.record.ed25519, LS_ED25519_FILE);
	rig_stop(&r);
	rig_end(&r);
	r.ed25519 = NULL; /* the policy does not want it any more */
	start = rig_start(&r);
	REQUIRE(rig_run(&r, &start));
	d.key.number = 2;
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 2, true));
	rig_expect_done(&r, &d, 2);
	rig_stop(&r);
}

TEST(an_ed25519_key_that_is_not_the_named_one_ends_the_start)
{
	RIG(r);
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL;
	uint8_t seed[LS_ED25519_SEED_SIZE];
	struct ls_ed25519_signer signer = new_ed25519(&key, seed);
	start.ed25519 = rig_bytes(seed, sizeof(seed));
	signer.key.bytes[3] ^= 1;
	start.ed25519_public = rig_bytes(signer.key.bytes, LS_ED25519_KEY_SIZE);
	REQUIRE(rig_spawn(&r) == 0);
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_START, start, &start);
	rig_expect_failed(&r, "enclave.start.ed25519", "not the one whose public half",
			  LS_EXIT_FAILED);
}

/* --- samples --------------------------------------------------------------------------------- */

#define SEQUENCE "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
#define SAMPLES_TEXT                                              \
	"[{\"name\":\"control 1\",\"path\":\"sequences/" SEQUENCE \
	"\",\"size\":7,\"sha256\":\"" SEQUENCE "\",\"signed_by\":\"0000-0002-1825-0097\"}]"

TEST(results_name_the_samples_of_the_start_and_events_do_not)
{
	RIG(r);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	start.samples = rig_bytes(SAMPLES_TEXT, strlen(SAMPLES_TEXT));
	REQUIRE(rig_run(&r, &start));
	rig_deliver(&r, &d, "x");
	REQUIRE(rig_take_seal(&r, 1, true));
	rig_expect_done(&r, &d, 1);
	REQUIRE(r.record.samples.count == 1);
	CHECK_STR_EQ(r.record.samples.list[0].name, "control 1");
	CHECK_STR_EQ(r.record.samples.list[0].signer.text, "0000-0002-1825-0097");
	struct ls_event e = rig_event(2, "gap", "{}");
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	REQUIRE(rig_take_seal(&r, 2, true));
	CHECK_INT_EQ(r.record.samples.count, 0);
	rig_stop(&r);
}

TEST(samples_that_no_record_can_hold_end_the_start)
{
	RIG(r);
	start.samples = rig_bytes("[{}]", 4);
	REQUIRE(rig_spawn(&r) == 0);
	RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_START, start, &start);
	rig_expect_failed(&r, "enclave.start.samples", "malformed", LS_EXIT_FAILED);
}

TEST_MAIN()
